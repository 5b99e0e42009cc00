// SPDX-License-Identifier: Apache-2.0
// Where an engine runs: a fresh browser or a fresh process for each measurement, so that nothing is compiled or cached from the
// one before.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ask } from "../../../tools/setup/shell.mjs";

const executablePath = process.env.PITH_CHROMIUM ?? "/usr/bin/chromium";
const relaxedFlag = "--experimental-wasm-relaxed-simd";

/** Ends what does not answer, so that one peer that hangs costs a minute and a line. */
function withLimit(promise, limitSeconds, seen) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limitSeconds} s${seen.length > 0 ? `; the browser said: ${seen[0]}` : ""}`)), limitSeconds * 1000);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

export async function launchBrowser() {
  const { chromium } = await import("playwright-core");
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"] });
}

/** @returns {Promise<object[]>} what `measure` gives, of each worker; one engine on the page itself where workers is 1 */
export async function inBrowser(address, job, workers) {
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    const seen = [];
    page.on("pageerror", (error) => seen.push(String(error)));
    page.on("console", (message) => message.type() === "error" && seen.push(message.text()));
    await page.goto(`${address}/peers/page.html`);
    await page.locator("body[data-ready]").waitFor({ state: "attached" });
    const answer = workers > 1 ? page.evaluate(([j, n]) => window.runInWorkers(j, n), [job, workers]) : page.evaluate((j) => window.runJob(j), job).then((one) => [one]);
    return await withLimit(answer, 60 + 10 * job.seconds, seen);
  } finally {
    await browser.close();
  }
}

const nodeFlags = () => (ask(process.execPath, [relaxedFlag, "-e", "0"], { stdio: "ignore" }) === null ? [] : [relaxedFlag]);

function oneProcess(job) {
  const limitSeconds = 60 + 10 * job.seconds;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...nodeFlags(), fileURLToPath(new URL("node_host.mjs", import.meta.url)), JSON.stringify(job)]);
    const said = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"]) child[stream].on("data", (chunk) => { said[stream] += chunk; });
    const timer = setTimeout(() => { child.kill("SIGKILL"); reject(new Error(`no answer within ${limitSeconds} s`)); }, limitSeconds * 1000);
    child.on("close", (code) => {
      clearTimeout(timer);
      if (code === 0) resolve(JSON.parse(said.stdout.trim().split("\n").at(-1)));
      else reject(new Error(said.stderr.split("\n").find((line) => /^\w*Error/.test(line)) ?? `ended with ${code}`));
    });
  });
}

export const inNode = (job, processes) => Promise.all(Array.from({ length: processes }, () => oneProcess(job)));

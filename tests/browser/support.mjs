// SPDX-License-Identifier: Apache-2.0
// A real Chromium on the real, built page.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { startServer } from "../../tools/serve.mjs";

export const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
export const pithBinary = process.env.PITH_BINARY ?? join(root, "build/native-release/src/cli/pith");
export const sharedData = process.env.PITH_SHARED_DATA ?? join(root, "../shared/data");
export const hannover = join(sharedData, "cxr/hannover");

const browserFlags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];

/** The browser that PITH_CHROMIUM names, or Debian's. */
export function startBrowser() {
  return chromium.launch({ executablePath: process.env.PITH_CHROMIUM ?? "/usr/bin/chromium", args: browserFlags });
}

/** A folder that is removed when the test ends. */
export function temporaryFolder(t) {
  const folder = mkdtempSync(join(tmpdir(), "pith-page-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** build/screenshots/NAME.png */
export function screenshotPath(name) {
  const folder = join(root, "build/screenshots");
  mkdirSync(folder, { recursive: true });
  return join(folder, `${name}.png`);
}

/**
 * Serves dist/ and opens it. Everything is closed when the test ends; errors of the page and refusals by the content
 * security policy fail it.
 * @returns {Promise<{page, context, server, problems: string[], served: string[]}>} `served`: paths that the server was asked for
 */
export async function openPage(t, browser, { contextOptions = {}, initScript = null } = {}) {
  const served = [];
  const problems = [];
  const server = await startServer({ port: 0, onRequest: (path) => served.push(path) });
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, acceptDownloads: true, ...contextOptions });
  t.after(async () => {
    await context.close();
    await server.close();
  });
  await context.addInitScript(() => {
    window.policyViolations = [];
    document.addEventListener("securitypolicyviolation", (event) => window.policyViolations.push(`${event.violatedDirective}: ${event.blockedURI}`));
  });
  if (initScript) await context.addInitScript(initScript);
  const page = await context.newPage();
  page.on("pageerror", (error) => problems.push(`error: ${error.message}`));
  page.on("console", (message) => { if (message.type() === "error") problems.push(`console: ${message.text()}`); });
  await page.goto(server.address);
  return { page, context, server, problems, served };
}

/** The engine runs, and everything is kept for offline use. */
export async function untilReady(page) {
  await page.locator("body[data-engine=ready][data-offline=ready]").waitFor({ state: "attached" });
}

/** No image is waiting or being encoded. @returns how many were encoded */
export async function untilEncoded(page, expected, timeout = 30_000) {
  await page.waitForFunction((count) => Number(document.querySelector(".progress-done").textContent.replaceAll(",", "")) === count
    && document.querySelector("[data-action=stop]").hidden, expected, { timeout });
}

export async function addFiles(page, paths) {
  await page.locator("[data-input=files]").setInputFiles(paths);
}

export async function policyViolations(page) {
  return page.evaluate(() => window.policyViolations);
}

/** Presses Save and keeps the download. @returns its path */
export async function save(page, folder) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator("pith-save-form [type=submit]").click()]);
  const path = join(folder, download.suggestedFilename());
  await download.saveAs(path);
  return path;
}

// SPDX-License-Identifier: Apache-2.0
// A real Chromium on the real, built page.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { chromium } from "playwright-core";
import { startServer } from "../../tools/serve.mjs";
import { moduleFile } from "../../tools/setup/build.mjs";

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
 * Serves dist/, or another folder, and opens it. Everything is closed when the test ends; errors of the page and refusals by the content
 * security policy fail it.
 * @returns {Promise<{page, context, server, problems: string[], served: string[]}>} `served`: paths that the server was asked for
 */
export async function openPage(t, browser, { contextOptions = {}, initScript = null, folder } = {}) {
  const served = [];
  const problems = [];
  const server = await startServer({ port: 0, onRequest: (path) => served.push(path), ...(folder && { folder }) });
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

/** Several functions as one init script. */
export const initScripts = (...functions) => ({ content: functions.map((each) => `(${each})();`).join("\n") });

/** Init script: one worker encodes. */
export const useOneCore = () => Object.defineProperty(Navigator.prototype, "hardwareConcurrency", { value: 1 });

/** Init script: messages to workers of the kinds in `heldKinds` are not sent before `releaseMessages()`. */
export function holdMessages() {
  const post = Worker.prototype.postMessage;
  const held = [];
  window.heldKinds = [];
  Worker.prototype.postMessage = function (message, ...rest) {
    if (window.heldKinds.includes(message.kind)) held.push(() => post.call(this, message, ...rest));
    else post.call(this, message, ...rest);
  };
  window.releaseMessages = () => {
    window.heldKinds = [];
    for (const send of held.splice(0)) send();
  };
}

/** Init script: as many messages of a kind as `crashes` says make their worker throw, as a trap in WebAssembly would. */
export function crashWorkers() {
  const post = Worker.prototype.postMessage;
  window.crashes = {};
  Worker.prototype.postMessage = function (message, ...rest) {
    const crashes = window.crashes[message.kind] > 0;
    if (crashes) window.crashes[message.kind]--;
    post.call(this, crashes ? { ...message, kind: "none" } : message, ...rest);
  };
}

/** Init script: workers that `isBroken(name)` says cannot make an instance of a WebAssembly module, as if memory had run out. */
export function breakInstances() {
  const createUrl = URL.createObjectURL;
  const prefix = "if (self.name.startsWith('broken')) WebAssembly.instantiate = () => Promise.reject(new RangeError('out of memory'));\n";
  URL.createObjectURL = (blob) => createUrl.call(URL, blob.type.includes("javascript") ? new Blob([prefix, blob]) : blob);
  const RealWorker = Worker;
  window.isBroken = () => false;
  window.Worker = function (url, { name }) {
    return new RealWorker(url, { name: window.isBroken(name) ? `broken ${name}` : name });
  };
  window.Worker.prototype = RealWorker.prototype;
}

/** Drops files and folders of this computer on the page, as from a file manager. */
export async function dropPaths(page, paths) {
  const client = await page.context().newCDPSession(page);
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"]) await client.send("Input.dispatchDragEvent", { type, x: 400, y: 400, data });
  await client.detach();
}

/** Drops files that have no place on this computer, on the dialog where one is open. @param files {name, buffer} */
export async function dropFiles(page, files) {
  await page.evaluate((list) => {
    const transfer = new DataTransfer();
    for (const { name, base64 } of list) transfer.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name));
    (document.querySelector("dialog[open]") ?? document.body).dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }, files.map(({ name, buffer }) => ({ name, base64: Buffer.from(buffer).toString("base64") })));
}

/** A grey picture in the format of one header line and bytes. @param grey 0 to 255 */
export const pgm = (grey) => Buffer.concat([Buffer.from("P5\n32 32\n255\n"), Buffer.alloc(1024, grey)]);

/** The engine runs, and everything is kept for offline use, or cannot be. */
export async function untilReady(page, { offline = "ready" } = {}) {
  await page.locator(`body[data-engine=ready][data-offline=${offline}]`).waitFor({ state: "attached" });
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

/** Runs the command line. @returns {{code: number, out: string, err: string}} */
export function pith(...words) {
  const run = spawnSync(pithBinary, words, { encoding: "utf8", maxBuffer: 1 << 28 });
  if (run.error) throw run.error;
  return { code: run.status, out: run.stdout, err: run.stderr };
}

/** The same with --json; fails where the exit status is not one of `codes`. */
export function pithJson(words, codes = [0]) {
  const { code, out, err } = pith(...words, "--json");
  assert.ok(codes.includes(code), `pith ${words.join(" ")} ended with ${code}: ${err}`);
  return JSON.parse(out);
}

/** The features of a container, sorted by value so that two containers of the same images can be compared. @returns {Float32Array[]} */
export function sortedFeatures(container, folder) {
  const npy = join(folder, `${basename(container)}.npy`);
  const { code, err } = pith("export", container, "--to", "npy", "-o", npy, "--force");
  assert.equal(code, 0, err);
  const file = readFileSync(npy);
  const start = 10 + file.readUInt16LE(8);
  const header = file.toString("latin1", 10, start);
  const [rows, columns] = /'shape': \((\d+), (\d+)\)/.exec(header).slice(1).map(Number);
  assert.match(header, /'descr': '<f4'/);
  const values = new Float32Array(file.buffer.slice(file.byteOffset + start, file.byteOffset + start + 4 * rows * columns));
  return sortRows(Array.from({ length: rows }, (_, row) => values.subarray(row * columns, (row + 1) * columns)));
}

export function sortRows(rows) {
  return [...rows].sort((a, b) => {
    const at = a.findIndex((value, index) => value !== b[index]);
    return at < 0 ? 0 : a[at] - b[at];
  });
}

/** ||a - b|| / ||b|| over all rows together. */
export function relativeL2(a, b) {
  assert.equal(a.length, b.length);
  let difference = 0;
  let norm = 0;
  a.forEach((row, r) => row.forEach((value, c) => {
    difference += (value - b[r][c]) ** 2;
    norm += b[r][c] ** 2;
  }));
  return Math.sqrt(difference / norm);
}

const createModule = (preset, name) => createRequire(import.meta.url)(moduleFile(preset, name, "js"))();

/** What writes and opens containers in the page, in this process. */
export const loadContainers = () => createModule("wasm-simd", "pith_container");

/** The engine that the page uses, in this process. @param variant "simd" or "relaxed" */
export function loadEngine(variant) {
  // Node 20 has relaxed SIMD behind a flag; later versions have it without.
  if (variant === "relaxed") setFlagsFromString("--experimental-wasm-relaxed-simd");
  return createModule(`wasm-${variant}`, "pith_engine");
}

/** The encoder of the repository. */
export function readModel() {
  const folder = join(root, "models/pith-cxr-1");
  return { file: readFileSync(join(folder, "model.onnx")), manifest: readFileSync(join(folder, "manifest.json"), "utf8") };
}

/** Paths of the sample images. */
export function samplePaths() {
  const folder = join(root, "samples");
  return readdirSync(folder).filter((name) => /^film-/.test(name)).sort().map((name) => join(folder, name));
}

/** Features of images by the engine of the page, in this process; in the order of sortedFeatures. */
export async function featuresUnderNode(variant, paths) {
  const engine = await loadEngine(variant);
  const { file, manifest } = readModel();
  const extractor = engine.Extractor.load(file, manifest, "").value;
  const features = paths.map((path) => extractor.extract(readFileSync(path), 0).value.features);
  extractor.delete();
  return sortRows(features);
}

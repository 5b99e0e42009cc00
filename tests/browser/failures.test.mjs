// SPDX-License-Identifier: Apache-2.0
// When a part of the machinery gives up: it is said at once and in words, nothing hangs, and what can go on goes on.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { onnxFile } from "./onnx_file.mjs";
import { addFiles, breakInstances, crashWorkers, dropFiles, holdMessages, initScripts, openPage, pgm, pithJson, samplePaths, save, startBrowser,
  temporaryFolder, untilEncoded, untilReady, useOneCore } from "./support.mjs";

let browser;
before(async () => { browser = await startBrowser(); });
after(() => browser.close());

const picture = (name, grey) => ({ name, mimeType: "image/x-portable-graymap", buffer: pgm(grey) });
const saveError = (page) => page.locator("pith-save-form .form-error");
const saveButton = (page) => page.locator("pith-save-form [type=submit]");
const detail = (page) => page.locator(".progress-detail").textContent();

/** The parts that lead to a message are quick; what hung was ended after minutes. */
const soon = { timeout: 10_000 };

test("an engine that cannot be instantiated is told at once, and the page does not claim to encode", async (t) => {
  const initScript = initScripts(breakInstances, () => { window.isBroken = () => true; });
  const { page } = await openPage(t, browser, { initScript });
  await page.locator("#fatal").waitFor(soon);
  assert.match(await page.locator("#fatal").textContent(), /^The engine could not be started\..*out of memory/);
  await page.getByRole("button", { name: "Try with sample images" }).click();
  await page.locator(".tile").nth(11).waitFor();
  assert.equal(await page.locator(".progress-total").textContent(), "of 12 encoded");
  assert.equal(await detail(page), "");
  assert.equal(await page.getByRole("button", { name: "Stop" }).isVisible(), false);
});

/** Init script: the model's file is had when `answerModel()` says so: as it is, or not at all. */
function holdModel() {
  const { fetch } = window;
  window.fetch = async (url, ...rest) => {
    if (String(url).includes(".onnx") && !(await new Promise((resolve) => { window.answerModel = resolve; }))) throw new TypeError("network error");
    return fetch(url, ...rest);
  };
}

test("the engine starts while the encoder is on its way, and does not stay where that never comes", async (t) => {
  for (const comes of [true, false]) {
    const { page } = await openPage(t, browser, { initScript: holdModel });
    if (page.workers().length === 0) await page.waitForEvent("worker", soon);
    await page.waitForFunction(() => window.answerModel, null, soon);
    const [worker] = page.workers();
    const closed = worker.waitForEvent("close", soon).then(() => "closed", () => "stays");
    await page.evaluate((answer) => window.answerModel(answer), comes);
    await (comes ? untilReady(page) : page.locator("#fatal").waitFor(soon));
    if (comes) assert.deepEqual(page.workers(), [worker]);
    else assert.equal(await closed, "closed");
  }
});

test("a container that cannot be written for want of memory is told at once, and saved when there is some", async (t) => {
  const { page } = await openPage(t, browser, { initScript: breakInstances });
  await untilReady(page);
  await addFiles(page, samplePaths().slice(0, 2));
  await untilEncoded(page, 2);
  await page.evaluate(() => { window.isBroken = (name) => name === "pith-single-task"; });
  await saveButton(page).click();
  await saveError(page).waitFor(soon);
  assert.match(await saveError(page).textContent(), /out of memory/);
  await page.evaluate(() => { window.isBroken = () => false; });
  assert.equal(pithJson(["info", await save(page, temporaryFolder(t))]).records, 2);
});

test("workers that are gone and come back: by another encoder, and by going on", async (t) => {
  const { page } = await openPage(t, browser, { initScript: initScripts(useOneCore, breakInstances, crashWorkers) });
  await untilReady(page);
  const mode = () => page.locator("#mode").textContent();
  const loseEngine = async (pictures) => {
    await page.evaluate(() => {
      window.isBroken = () => true;
      window.crashes.extract = 1;
    });
    await addFiles(page, pictures);
    await page.locator("#fatal").waitFor(soon);
    assert.equal(await mode(), "Not running");
    await page.evaluate(() => { window.isBroken = () => false; });
  };
  await loseEngine([picture("a.pgm", 10), picture("b.pgm", 20)]);
  await dropFiles(page, [{ name: "net.onnx", buffer: onnxFile() }]);
  await page.getByLabel("Recipe", { exact: true }).selectOption("unit");
  await page.getByRole("button", { name: "Use this model" }).click();
  await untilEncoded(page, 2);
  assert.equal(await page.locator("#fatal").isVisible(), false);
  assert.match(await mode(), /^Encoder net/);

  await loseEngine([picture("c.pgm", 30), picture("d.pgm", 40)]);
  await page.getByRole("button", { name: "Continue" }).click();
  await untilEncoded(page, 3);
  assert.equal(await page.locator("#fatal").isVisible(), false);
  assert.match(await mode(), /^Encoder net/);
});

test("Stop, pressed while the last image is in work, holds up nothing later", async (t) => {
  const { page } = await openPage(t, browser, { initScript: initScripts(useOneCore, holdMessages) });
  await untilReady(page);
  await page.evaluate(() => { window.heldKinds = ["extract"]; });
  await addFiles(page, [picture("a.pgm", 10), picture("b.pgm", 20)]);
  await page.locator(".tile[data-state=working]").waitFor();
  await page.locator(".tile[data-state=waiting]").focus();
  await page.keyboard.press("Delete");
  await page.getByText("1 image removed.").waitFor();
  await page.getByRole("button", { name: "Stop" }).click();
  await page.evaluate(() => window.releaseMessages());
  await untilEncoded(page, 1);
  await page.getByRole("button", { name: "Undo" }).click();
  await untilEncoded(page, 2);
});

test("another encoder begins, also where the one before was stopped", async (t) => {
  const { page } = await openPage(t, browser, { initScript: initScripts(useOneCore, holdMessages) });
  await untilReady(page);
  await page.evaluate(() => { window.heldKinds = ["extract"]; });
  await addFiles(page, [picture("a.pgm", 10), picture("b.pgm", 20)]);
  await page.locator(".tile[data-state=working]").waitFor();
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByText("Stopped. 1 image is left.").waitFor();
  await page.evaluate(() => window.releaseMessages());
  await untilEncoded(page, 1);
  await dropFiles(page, [{ name: "net.onnx", buffer: onnxFile() }]);
  await page.getByLabel("Recipe", { exact: true }).selectOption("unit");
  await page.getByRole("button", { name: "Use this model" }).click();
  await untilEncoded(page, 2);
});

test("a worker that dies while its probe is computed is replaced, for saving and for what is added later", async (t) => {
  const { page } = await openPage(t, browser, { initScript: initScripts(useOneCore, crashWorkers) });
  await untilReady(page);
  await addFiles(page, [picture("a.pgm", 10)]);
  await untilEncoded(page, 1);
  await page.evaluate(() => { window.crashes.probe = 2; });
  await saveButton(page).click();
  await saveError(page).waitFor(soon);
  assert.match(await saveError(page).textContent(), /^The engine stopped\./);
  await page.evaluate(() => { window.crashes.probe = 1; });
  assert.equal(pithJson(["info", await save(page, temporaryFolder(t))]).records, 1);
  await addFiles(page, [picture("b.pgm", 20)]);
  await untilEncoded(page, 2);
});

test("what became of saving stays while more images are encoded", async (t) => {
  const { page } = await openPage(t, browser, { initScript: initScripts(useOneCore, holdMessages, crashWorkers) });
  await untilReady(page);
  await addFiles(page, [picture("a.pgm", 10)]);
  await untilEncoded(page, 1);
  await page.evaluate(() => { window.crashes.finish = 1; });
  await saveButton(page).click();
  await saveError(page).waitFor(soon);
  await addFiles(page, [picture("b.pgm", 20)]);
  await untilEncoded(page, 2);
  assert.equal(await saveError(page).isVisible(), true);

  await save(page, temporaryFolder(t));
  const saved = page.locator(".saved");
  await saved.waitFor();
  assert.equal(await saveError(page).isVisible(), false, "a new attempt takes the old one's place");
  await addFiles(page, [picture("c.pgm", 30)]);
  await untilEncoded(page, 3);
  assert.match(await saved.textContent(), /2 images, .* read back and found whole/);
  await page.getByLabel("Title").fill("Another");
  assert.equal(await saved.isVisible(), false, "it was the file of the words before");
});

test("an answer of the browser's that nobody expects leaves the button as it was", async (t) => {
  const refuse = () => {
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (message, ...rest) {
      if (message.kind === "finish") throw new DOMException("Data cannot be cloned, out of memory.", "DataCloneError");
      post.call(this, message, ...rest);
    };
  };
  const { page } = await openPage(t, browser, { initScript: refuse });
  await untilReady(page);
  await addFiles(page, [picture("a.pgm", 10)]);
  await untilEncoded(page, 1);
  await saveButton(page).click();
  await saveError(page).waitFor(soon);
  assert.match(await saveError(page).textContent(), /Data cannot be cloned/);
  assert.equal(await saveButton(page).isEnabled(), true);
});

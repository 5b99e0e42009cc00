// SPDX-License-Identifier: Apache-2.0
// Choosing another encoder and changing one's mind: what was closed or overtaken changes nothing, however late its answer comes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { onnxFile } from "./onnx_file.mjs";
import { addFiles, dropFiles, holdMessages, initScripts, openPage, pgm, pithJson, samplePaths, save, startBrowser, temporaryFolder, untilEncoded, untilReady,
  useOneCore } from "./support.mjs";

let browser;
before(async () => { browser = await startBrowser(); });
after(() => browser.close());

const dialog = (page) => page.locator("pith-encoder-choice dialog");
const mode = (page) => page.locator("#mode").textContent();
const model = (name) => ({ name, buffer: onnxFile() });
const hold = (page, kind) => page.evaluate((held) => { window.heldKinds = [held]; }, kind);
const release = (page) => page.evaluate(() => window.releaseMessages());

/** Gives the page a model by dropping and presses the button, without waiting for the outcome. */
async function choose(page, name) {
  await dropFiles(page, [model(name)]);
  await page.locator(".model-name", { hasText: name }).waitFor();
  await page.getByLabel("Recipe", { exact: true }).selectOption("unit");
  await page.getByRole("button", { name: "Use this model" }).click();
}

/** Longer than anything that was held needs to come through. */
const settle = (page) => page.waitForTimeout(1000);

test("closing the dialog ends a loading, and nothing changes", async (t) => {
  const { page, problems } = await openPage(t, browser, { initScript: holdMessages });
  await untilReady(page);
  await addFiles(page, samplePaths().slice(0, 2));
  await untilEncoded(page, 2);
  await hold(page, "load");
  await choose(page, "late.onnx");
  await page.getByText("Loading late …").waitFor();
  await page.keyboard.press("Escape");
  await dialog(page).waitFor({ state: "hidden" });
  await release(page);
  await settle(page);
  assert.match(await mode(page), /^Encoder pith-cxr-1/);
  assert.equal(await page.locator(".notice").count(), 0);
  await page.getByRole("button", { name: "Change encoder" }).click();
  assert.equal(await page.locator(".encoder-status").textContent(), "", "nothing is being loaded");
  assert.equal(await page.getByRole("button", { name: "Use this model" }).isEnabled(), true, "what was filled in is still there");
  assert.deepEqual(problems, []);
});

test("a later choice ends an earlier loading, and counts what is encoded by then", async (t) => {
  const { page, problems } = await openPage(t, browser, { initScript: initScripts(useOneCore, holdMessages) });
  await untilReady(page);
  await addFiles(page, samplePaths().slice(0, 1));
  await untilEncoded(page, 1);
  await hold(page, "load");
  await choose(page, "first.onnx");
  await page.getByText("Loading first …").waitFor();
  await choose(page, "second.onnx");
  await page.getByText("Loading second …").waitFor();
  await dropFiles(page, [10, 20].map((grey) => ({ name: `${grey}.pgm`, buffer: pgm(grey) })));
  await untilEncoded(page, 3);
  await release(page);
  await page.getByText("second encodes from now on. 3 images are encoded again.").waitFor();
  await settle(page);
  assert.match(await mode(page), /^Encoder second/);
  await untilEncoded(page, 3);
  assert.deepEqual(problems, []);
});

test("of two models that are read the later one is asked about", async (t) => {
  const { page } = await openPage(t, browser, { initScript: holdMessages });
  await untilReady(page);
  await hold(page, "inspect");
  await dropFiles(page, [model("first.onnx")]);
  await page.getByText("Reading first.onnx …").waitFor();
  await page.evaluate(() => { window.heldKinds = []; });
  await dropFiles(page, [model("second.onnx")]);
  await page.locator(".model-name", { hasText: "second.onnx" }).waitFor();
  await release(page);
  await settle(page);
  assert.equal(await page.locator(".model-name").textContent(), "second.onnx");

  await hold(page, "inspect");
  await dropFiles(page, [model("third.onnx")]);
  await page.getByText("Reading third.onnx …").waitFor();
  await page.keyboard.press("Escape");
  await release(page);
  await settle(page);
  assert.equal(await dialog(page).isVisible(), false);
  await page.getByRole("button", { name: "Change encoder" }).click();
  assert.equal(await page.getByRole("button", { name: "Use this encoder" }).isVisible(), true);
});

test("a model that is dropped before the engine is there is read when it is", async (t) => {
  const drop = (base64) => document.addEventListener("DOMContentLoaded", () => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], "early.onnx"));
    document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
  });
  const { page } = await openPage(t, browser, { initScript: { content: `(${drop})(${JSON.stringify(onnxFile().toString("base64"))})` } });
  await page.locator(".model-name", { hasText: "early.onnx" }).waitFor();
});

test("what was ticked and not used is as it was when the dialog is opened again", async (t) => {
  const { page } = await openPage(t, browser);
  await untilReady(page);
  const open = () => page.getByRole("button", { name: "Change encoder" }).click();
  const close = () => dialog(page).getByRole("button", { name: "Close" }).click();
  const sameBits = page.getByLabel("Same bits on every computer");
  const beside = page.getByRole("radio", { name: /^pith-cxr-1/ });
  await choose(page, "net.onnx");
  await dialog(page).waitFor({ state: "hidden" });
  await open();
  assert.equal(await beside.isChecked(), false);
  await sameBits.check();
  await beside.check();
  await close();
  await open();
  assert.equal(await sameBits.isChecked(), false);
  assert.equal(await beside.isChecked(), false);

  await sameBits.check();
  await beside.check();
  await page.getByRole("button", { name: "Use this encoder" }).click();
  await dialog(page).waitFor({ state: "hidden" });
  await open();
  assert.equal(await sameBits.isChecked(), true, "what is used stays");
  assert.equal(await beside.isChecked(), true);
});

test("what an own model is called in the file is for its user to say", async (t) => {
  const folder = temporaryFolder(t);
  const { page } = await openPage(t, browser);
  await untilReady(page);
  await dropFiles(page, [model("Ward 7, J. Doe.onnx")]);
  const name = page.getByLabel("Name in the file");
  await name.waitFor();
  assert.equal(await name.inputValue(), "Ward 7, J. Doe");
  await page.getByLabel("Recipe", { exact: true }).selectOption("unit");
  for (const refused of ["", "  ", "a\u0007b"]) {
    await name.fill(refused);
    await page.getByRole("button", { name: "Use this model" }).click();
    assert.equal(await page.evaluate(() => document.activeElement.id), "own-name", "the browser asks for it");
  }
  assert.equal(await page.getByLabel("Recipe", { exact: true }).inputValue(), "unit", "the name is no part of the recipe");
  await name.fill("é".repeat(400));
  assert.equal(Buffer.byteLength(await name.inputValue()) <= 1024, true, "no longer than a name in a container may be");
  await name.fill(" Backbone of ours ");
  await page.getByRole("button", { name: "Use this model" }).click();
  await dialog(page).waitFor({ state: "hidden" });
  assert.match(await mode(page), /^Encoder Backbone of ours/);
  await addFiles(page, samplePaths().slice(0, 1));
  await untilEncoded(page, 1);
  const container = await save(page, folder);
  assert.equal(pithJson(["describe", container]).encoders[0].name, "Backbone of ours");
  assert.ok(!readFileSync(container).includes("Doe"), "the model file's name is not in it");
});

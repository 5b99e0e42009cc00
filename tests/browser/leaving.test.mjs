// SPDX-License-Identifier: Apache-2.0
// Leaving the page: a warning where an image would be lost, and none where a file holds them all.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { onnxFile } from "./onnx_file.mjs";
import { addFiles, dropFiles, holdMessages, openPage, samplePaths, save, startBrowser, temporaryFolder, untilEncoded, untilReady } from "./support.mjs";

let browser;
before(async () => { browser = await startBrowser(); });
after(() => browser.close());

const warns = (page) => page.evaluate(() => !window.dispatchEvent(new Event("beforeunload", { cancelable: true })));

/** Saves, and waits until the page knows it. */
async function saveAll(page, folder) {
  await save(page, folder);
  await page.locator(".saved:not([hidden])").waitFor();
}

test("what was added after saving, or was not encoded yet, is warned of", async (t) => {
  const folder = temporaryFolder(t);
  const { page } = await openPage(t, browser, { initScript: holdMessages });
  await untilReady(page);
  assert.equal(await warns(page), false, "nothing was begun");
  await addFiles(page, samplePaths().slice(0, 2));
  await untilEncoded(page, 2);
  assert.equal(await warns(page), true);
  await saveAll(page, folder);
  assert.equal(await warns(page), false);

  await page.evaluate(() => { window.heldKinds = ["extract"]; });
  await addFiles(page, samplePaths().slice(2, 3));
  await page.locator(".tile[data-state=working]").waitFor();
  await saveAll(page, folder);
  assert.equal(await warns(page), true, "only a part was saved");
  await page.evaluate(() => window.releaseMessages());
  await untilEncoded(page, 3);
  assert.equal(await warns(page), true);
  await saveAll(page, folder);
  assert.equal(await warns(page), false);
});

test("removing and undoing, and another encoder", async (t) => {
  const folder = temporaryFolder(t);
  const { page } = await openPage(t, browser);
  await untilReady(page);
  const removeAll = async () => {
    await page.getByRole("button", { name: "Remove all" }).click();
    await page.locator("body.is-empty").waitFor();
  };
  await addFiles(page, samplePaths().slice(0, 2));
  await untilEncoded(page, 2);
  await removeAll();
  assert.equal(await warns(page), false, "an empty list loses nothing");
  await page.getByRole("button", { name: "Undo" }).click();
  await untilEncoded(page, 2);
  assert.equal(await warns(page), true);

  await saveAll(page, folder);
  await removeAll();
  await page.getByRole("button", { name: "Undo" }).click();
  await untilEncoded(page, 2);
  assert.equal(await warns(page), false, "a file holds them");

  await dropFiles(page, [{ name: "net.onnx", buffer: onnxFile() }]);
  await page.getByLabel("Recipe", { exact: true }).selectOption("unit");
  await page.getByRole("button", { name: "Use this model" }).click();
  await page.getByText("2 images are encoded again").waitFor();
  await untilEncoded(page, 2);
  assert.equal(await warns(page), true, "what the new encoder gave was not saved");
  await saveAll(page, folder);
  assert.equal(await warns(page), false);
});

test("the browser asks", async (t) => {
  const { page } = await openPage(t, browser);
  await untilReady(page);
  await page.getByRole("button", { name: "Try with sample images" }).click();
  await untilEncoded(page, 12);
  const asked = page.waitForEvent("dialog");
  await page.close({ runBeforeUnload: true });
  const dialog = await asked;
  assert.equal(dialog.type(), "beforeunload");
  await dialog.dismiss();
  assert.equal(await page.locator(".tile").count(), 12);
});

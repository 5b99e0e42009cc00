// SPDX-License-Identifier: Apache-2.0
// Whoever works by keyboard stays where they were when a button goes away under them, and can see it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { addFiles, holdMessages, initScripts, openPage, pgm, startBrowser, untilEncoded, untilReady, useOneCore } from "./support.mjs";

let browser;
before(async () => { browser = await startBrowser(); });
after(() => browser.close());

const picture = (name, grey) => ({ name, mimeType: "image/x-portable-graymap", buffer: pgm(grey) });

/** What has the focus, once the page has drawn what came of the last key. */
async function focused(page) {
  await page.waitForTimeout(150);
  return page.evaluate(() => {
    const element = document.activeElement;
    return element.dataset.action ?? (element.id || element.localName);
  });
}

const isTile = () => document.activeElement.classList.contains("tile");

/** Presses a button by keyboard. */
async function press(page, name) {
  await page.getByRole("button", { name, exact: true }).focus();
  await page.keyboard.press("Enter");
}

test("Stop, Continue and Remove the rest hand the focus on", async (t) => {
  const { page } = await openPage(t, browser, { initScript: initScripts(useOneCore, holdMessages) });
  await untilReady(page);
  await page.evaluate(() => { window.heldKinds = ["extract"]; });
  await addFiles(page, [picture("a.pgm", 10), picture("b.pgm", 20), picture("c.pgm", 30)]);
  await page.locator(".tile[data-state=working]").waitFor();
  await press(page, "Stop");
  assert.equal(await focused(page), "resume");
  await page.keyboard.press("Enter");
  assert.equal(await focused(page), "stop");
  await page.keyboard.press("Enter");
  await press(page, "Remove the rest");
  assert.equal(await focused(page), "pith-progress", "nothing is left to stop");
  await page.evaluate(() => window.releaseMessages());
  await untilEncoded(page, 1);

  await page.evaluate(() => { window.heldKinds = ["extract"]; });
  await addFiles(page, [picture("d.pgm", 40)]);
  await page.getByRole("button", { name: "Stop" }).focus();
  await page.evaluate(() => window.releaseMessages());
  await untilEncoded(page, 2);
  assert.equal(await focused(page), "pith-progress", "the button went with the last image");
});

test("what is removed, dismissed and brought back hands the focus on", async (t) => {
  const { page } = await openPage(t, browser);
  await untilReady(page);
  await press(page, "Try with sample images");
  await untilEncoded(page, 12);
  assert.equal(await focused(page), "images");
  await addFiles(page, [{ name: "letter.txt", mimeType: "text/plain", buffer: Buffer.from("Dear colleague") }]);
  await press(page, "Remove these from the list");
  assert.equal(await focused(page), "pith-progress");
  await press(page, "Undo");
  assert.equal(await page.evaluate(isTile), true);
  await press(page, "Remove all");
  assert.equal(await focused(page), "images");
  await press(page, "Undo");
  await untilEncoded(page, 12);
  assert.equal(await focused(page), "images");

  await page.locator(".tile[tabindex='0']").focus();
  await page.keyboard.press("Delete");
  await page.getByText("1 image removed.").waitFor();
  await press(page, "Close");
  assert.equal(await page.evaluate(isTile), true);
  await page.getByLabel("Title").focus();
  await page.evaluate(() => document.querySelector("pith-notices").show("12 images removed."));
  await press(page, "Close");
  assert.equal(await focused(page), "title", "what had the focus when the message came");
});

for (const colorScheme of ["light", "dark"]) {
  test(`the focus can be seen on a message, ${colorScheme}`, async (t) => {
    const { page } = await openPage(t, browser, { contextOptions: { colorScheme } });
    await untilReady(page);
    await press(page, "Try with sample images");
    await untilEncoded(page, 12);
    await press(page, "Remove all");
    await page.getByRole("button", { name: "Undo" }).focus();
    const [outline, text] = await page.evaluate(() => {
      const { outlineColor, outlineStyle, color } = getComputedStyle(document.activeElement);
      return [`${outlineStyle} ${outlineColor}`, `solid ${color}`];
    });
    assert.equal(outline, text);
  });
}

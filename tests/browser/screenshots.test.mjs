// SPDX-License-Identifier: Apache-2.0
// Pictures of the page in build/screenshots, for people to look at. Nothing runs over the edge of a telephone, and all text can be
// told from its ground.
import assert from "node:assert/strict";
import { linkSync, mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { onnxFile } from "./onnx_file.mjs";
import { addFiles, openPage, samplePaths, save, screenshotPath, startBrowser, temporaryFolder, untilEncoded, untilReady } from "./support.mjs";

let browser;
before(async () => { browser = await startBrowser(); });
after(() => browser.close());

const looks = [
  { name: "light", contextOptions: { colorScheme: "light" } },
  { name: "dark", contextOptions: { colorScheme: "dark" } },
  { name: "phone", contextOptions: { colorScheme: "light", viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true } },
  { name: "phone-dark", contextOptions: { colorScheme: "dark", viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true } },
  { name: "contrast", contextOptions: { forcedColors: "active" } },
];

const unreadable = [
  { name: "report.txt", mimeType: "text/plain", buffer: Buffer.from("hello, this is no picture\n") },
  { name: "empty.png", mimeType: "image/png", buffer: Buffer.alloc(0) },
];

/** Enough files that a picture can be taken before all are encoded. */
function writeMany(folder) {
  mkdirSync(folder);
  for (const path of samplePaths()) for (let copy = 100; copy < 200; copy++) linkSync(path, join(folder, `${copy}-${basename(path)}`));
  return folder;
}

/** Runs in the page. @returns texts whose contrast is below WCAG 2.2's 4.5 to 1 */
function faintTexts() {
  const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map((value) => value / 255).map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
  const groundOf = (element) => {
    for (let place = element; place; place = place.parentElement) {
      const ground = channels(getComputedStyle(place).backgroundColor);
      if (ground[3] !== 0) return ground;
    }
    return channels(getComputedStyle(document.documentElement).backgroundColor);
  };
  const faint = [];
  for (const element of document.querySelectorAll("body *")) {
    const hasText = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
    if (!hasText || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || element.closest(".tile, :disabled")) continue;
    const [a, b] = [luminance(channels(getComputedStyle(element).color)), luminance(groundOf(element))].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < 4.5) faint.push(`${contrast.toFixed(2)}: ${element.textContent.trim().slice(0, 40)}`);
  }
  return faint;
}

for (const { name, contextOptions } of looks) {
  test(`looks: ${name}`, async (t) => {
    const folder = temporaryFolder(t);
    const { page, problems } = await openPage(t, browser, { contextOptions });
    const shoot = async (state) => {
      const [content, view] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
      assert.ok(content <= view, `${state}: the content is ${content} px wide, the view ${view}`);
      // Tiles out of view are not painted (content-visibility), so the picture is taken from the top.
      await page.evaluate(() => new Promise((resolve) => { scrollTo(0, 0); requestAnimationFrame(() => requestAnimationFrame(resolve)); }));
      await page.screenshot({ path: screenshotPath(`${name}-${state}`), fullPage: true });
      if (!contextOptions.forcedColors) assert.deepEqual(await page.evaluate(faintTexts), [], state);
    };
    await untilReady(page);
    await shoot("empty");
    await page.locator("[data-input=folder]").setInputFiles(writeMany(join(folder, "films")));
    await page.locator(".tile[data-state=done]").nth(10).waitFor();
    await page.getByText(/images a second/).first().waitFor();
    await shoot("encoding");
    await page.getByRole("button", { name: "Remove all" }).click();
    await page.getByRole("button", { name: "Close" }).click();
    await page.getByRole("button", { name: "Try with sample images" }).click();
    await untilEncoded(page, 12);
    await addFiles(page, unreadable);
    await page.locator("pith-refused-list li").nth(1).waitFor();
    await shoot("refused");
    await page.getByRole("button", { name: "Remove these" }).click();
    await page.getByRole("button", { name: "Undo" }).focus();
    await page.keyboard.press("Shift");  // as of now a keyboard is used
    await shoot("message");
    await page.getByRole("button", { name: "Close" }).click();
    await page.getByLabel("Title").fill("Drawn sample films");
    await page.getByLabel("Author").fill("Pith");
    await page.getByLabel("Licence").fill("CC0-1.0");
    const saved = await save(page, folder);
    await page.locator(".saved:not([hidden])").waitFor();
    await shoot("saved");
    await page.getByText("What exactly is in the file?").click();
    await shoot("contents");
    await addFiles(page, [saved]);
    await page.locator("dialog[open]").waitFor();
    await page.screenshot({ path: screenshotPath(`${name}-container`) });
    assert.deepEqual(problems, []);
  });

  test(`looks of the encoder's choice: ${name}`, async (t) => {
    const { page, problems } = await openPage(t, browser, { contextOptions });
    await untilReady(page);
    const dialog = page.locator("pith-encoder-choice dialog");
    const shoot = async (state) => {
      const [content, view] = await dialog.evaluate((element) => [element.scrollWidth, element.clientWidth]);
      assert.ok(content <= view, `${state}: the content is ${content} px wide, the dialog ${view}`);
      await page.screenshot({ path: screenshotPath(`${name}-encoder-${state}`) });
      if (!contextOptions.forcedColors) assert.deepEqual(await page.evaluate(faintTexts), [], state);
    };
    await page.getByRole("button", { name: "Change encoder" }).click();
    await shoot("list");
    const choose = (file) => page.locator("[data-input=model]").setInputFiles({ mimeType: "application/octet-stream", ...file });
    await choose({ name: "letter.onnx", buffer: Buffer.from("Dear colleague") });
    await dialog.locator(".form-error:visible").waitFor();
    await shoot("refused");
    await choose({ name: "resnet50-of-the-radiology-department.onnx", buffer: onnxFile() });
    await page.getByLabel("Recipe", { exact: true }).selectOption("imagenet");
    await shoot("recipe");
    await page.getByLabel("Pooling").selectOption("none");
    await page.getByRole("button", { name: "Use this model" }).scrollIntoViewIfNeeded();
    await shoot("tap");
    assert.deepEqual(problems, []);
  });
}

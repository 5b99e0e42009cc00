// SPDX-License-Identifier: Apache-2.0
// Pictures of the page in build/screenshots, for people to look at; and nothing runs over the edge of a telephone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { addFiles, openPage, save, screenshotPath, startBrowser, temporaryFolder, untilEncoded, untilReady } from "./support.mjs";

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

for (const { name, contextOptions } of looks) {
  test(`looks: ${name}`, async (t) => {
    const { page, problems } = await openPage(t, browser, { contextOptions });
    const shoot = async (state) => {
      const [content, view] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
      assert.ok(content <= view, `${state}: the content is ${content} px wide, the view ${view}`);
      await page.screenshot({ path: screenshotPath(`${name}-${state}`), fullPage: true });
    };
    await untilReady(page);
    await shoot("empty");
    await page.getByRole("button", { name: "Try with sample images" }).click();
    await page.locator(".tile[data-state=done]").nth(3).waitFor();
    await shoot("encoding");
    await untilEncoded(page, 12);
    await addFiles(page, unreadable);
    await page.locator("pith-refused-list li").nth(1).waitFor();
    await shoot("refused");
    await page.getByRole("button", { name: "Remove these" }).click();
    await page.getByRole("button", { name: "Close" }).click();
    await page.getByLabel("Title").fill("Drawn sample films");
    await page.getByLabel("Author").fill("Pith");
    await page.getByLabel("Licence").fill("CC0-1.0");
    const saved = await save(page, temporaryFolder(t));
    await page.locator(".saved:not([hidden])").waitFor();
    await shoot("saved");
    await addFiles(page, [saved]);
    await page.locator("dialog[open]").waitFor();
    await page.screenshot({ path: screenshotPath(`${name}-container`) });
    assert.deepEqual(problems, []);
  });
}

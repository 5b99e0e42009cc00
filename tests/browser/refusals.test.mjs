// SPDX-License-Identifier: Apache-2.0
// What cannot be encoded is listed with its reason, and the rest goes on.
import assert from "node:assert/strict";
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { addFiles, openPage, samplePaths, save, startBrowser, temporaryFolder, untilEncoded, untilReady } from "./support.mjs";

let browser;
before(async () => { browser = await startBrowser(); });
after(() => browser.close());

const picture = (name, buffer) => ({ name, mimeType: "image/png", buffer });
const png = readFileSync(samplePaths()[0]);

/** The reasons as the page lists them. @returns {Promise<Record<string, string>>} code by name */
function listed(page) {
  return page.locator("pith-refused-list li").evaluateAll((rows) => Object.fromEntries(rows.map((row) => {
    const sentences = [...row.querySelectorAll("span")].map((span) => span.textContent);
    if (sentences.length !== 2 || sentences.some((sentence) => sentence.length < 15)) throw new Error("a reason is missing");
    return [row.querySelector("strong").textContent, row.querySelector("code").textContent];
  })));
}

test("each refused file stands in the list with its reason; the others are encoded", async (t) => {
  const { page, problems } = await openPage(t, browser);
  await untilReady(page);
  const damaged = Buffer.from(png);
  damaged[damaged.length >> 1] ^= 0xff;
  // A header that claims 60000 x 60000 pixels, followed by nothing.
  const claim = Buffer.from("P6\n60000 60000\n255\n");
  await addFiles(page, [picture("report.png", Buffer.from("Dear colleague, this is a letter.")), picture("damaged.png", damaged),
    picture("half.png", png.subarray(0, png.length >> 1)), picture("claim.ppm", claim), picture("nothing.png", Buffer.alloc(0)), picture("whole.png", png)]);
  await untilEncoded(page, 1);
  const reasons = await listed(page);
  assert.deepEqual(Object.keys(reasons).sort(), ["claim.ppm", "damaged.png", "half.png", "nothing.png", "report.png"]);
  assert.equal(reasons["report.png"], "unsupportedImage");
  assert.equal(reasons["claim.ppm"], "imageTooLarge");
  assert.equal(reasons["half.png"], "truncatedImage");
  assert.match(reasons["damaged.png"], /^(corruptImage|truncatedImage)$/);
  assert.match(reasons["nothing.png"], /^(unsupportedImage|emptyImage|truncatedImage)$/);
  assert.equal(await page.locator("pith-refused-list h3").textContent(), "5 files could not be encoded");

  await page.getByRole("button", { name: "Remove these" }).click();
  await page.locator("pith-refused-list").waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "Undo" }).click();
  await page.locator("pith-refused-list li").nth(4).waitFor();
  assert.deepEqual(problems, []);
});

test("16-bit images that stay far below full scale are encoded, and said to be nearly black", async (t) => {
  const { page, problems } = await openPage(t, browser);
  await untilReady(page);
  const film = (brightest) => {
    const samples = Buffer.alloc(2 * 64);
    for (let i = 0; i < 64; ++i) samples.writeUInt16BE(Math.round((brightest * i) / 63), 2 * i);
    return Buffer.concat([Buffer.from("P5\n8 8\n65535\n"), samples]);
  };
  const note = page.locator(".progress-faint");
  await addFiles(page, [picture("scaled.pgm", film(65535))]);
  await untilEncoded(page, 1);
  assert.equal(await note.isHidden(), true);
  await addFiles(page, [picture("a.pgm", film(4095)), picture("b.pgm", film(1023))]);
  await untilEncoded(page, 3);
  assert.match(await note.textContent(), /^2 images have 16-bit samples that stay below a quarter of full scale: they are nearly black/);
  await page.locator(".tile[title^='a.pgm'] .tile-remove").click();
  await page.waitForFunction(() => /^1 image has /.test(document.querySelector(".progress-faint").textContent));
  await page.getByRole("button", { name: "Undo" }).click();
  await page.waitForFunction(() => /^2 images have /.test(document.querySelector(".progress-faint").textContent));
  assert.deepEqual(problems, []);
});

test("a file that is larger than any image is not read into memory", async (t) => {
  const { page } = await openPage(t, browser);
  await untilReady(page);
  const film = join(temporaryFolder(t), "film.mp4");
  writeFileSync(film, "");
  truncateSync(film, 2 ** 30 + 1);  // takes no room on the disk
  await addFiles(page, [film, samplePaths()[0]]);
  await untilEncoded(page, 1);
  assert.deepEqual(await listed(page), { "film.mp4": "imageTooLarge" });
  assert.match(await page.locator("pith-refused-list li").textContent(), /1073741825 bytes/);
});

test("a worker that dies is replaced, and its image listed", async (t) => {
  // The first image makes its worker throw, as a trap in WebAssembly would.
  const breakOnce = () => {
    const post = Worker.prototype.postMessage;
    let isBroken = false;
    Worker.prototype.postMessage = function (message, ...rest) {
      if (message.kind === "extract" && !isBroken) {
        isBroken = true;
        return post.call(this, { ...message, kind: "none" }, ...rest);
      }
      return post.call(this, message, ...rest);
    };
  };
  const { page } = await openPage(t, browser, { initScript: breakOnce });
  await untilReady(page);
  await addFiles(page, samplePaths());
  await untilEncoded(page, samplePaths().length - 1);
  assert.deepEqual(Object.values(await listed(page)), ["engineFailure"]);
});

/** As on a page without HTTPS, where the engine computes digests itself. */
const hideDigests = () => Object.defineProperty(Crypto.prototype, "subtle", { value: undefined });

for (const [whose, initScript] of [["the browser", null], ["the engine", hideDigests]]) {
  test(`a model that is not the one of the manifest is refused in words, by ${whose}'s digest`, async (t) => {
    const { page } = await openPage(t, browser, { initScript, contextOptions: { serviceWorkers: "block" } });
    await untilReady(page, { offline: "unavailable" });
    await page.route(/model-[\w-]+\.onnx$/, async (route) => {
      const response = await route.fetch();
      const body = Buffer.from(await response.body());
      body[100] ^= 1;
      await route.fulfill({ response, body });
    });
    await page.reload();
    const message = page.locator("#fatal");
    await message.waitFor();
    assert.match(await message.textContent(), /SHA-256/);
  });
}

test("a browser without the needed instructions is told so", async (t) => {
  const { page } = await openPage(t, browser, { initScript: () => { WebAssembly.validate = () => false; } });
  await page.locator("#fatal").waitFor();
  assert.match(await page.locator("#fatal").textContent(), /too old.*Safari 16\.4/);
});

test("a damaged container is not described", async (t) => {
  const { page } = await openPage(t, browser);
  await untilReady(page);
  await addFiles(page, [samplePaths()[0]]);
  await untilEncoded(page, 1);
  const container = readFileSync(await save(page, temporaryFolder(t)));
  container[container.length - 70] ^= 1;
  await addFiles(page, [{ name: "damaged.pith", mimeType: "application/octet-stream", buffer: container }]);
  await page.locator("dialog[open]").waitFor();
  assert.match(await page.locator(".integrity").textContent(), /\((hashMismatch|corruptContainer)\)$/);
  assert.equal(await page.locator("dialog dd").count(), 0);
});

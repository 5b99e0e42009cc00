// SPDX-License-Identifier: Apache-2.0
// Stopping, going on, removing, undoing; folders, pasting and dropping; ten thousand files; and all of it by keyboard.
import assert from "node:assert/strict";
import { copyFileSync, linkSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { addFiles, openPage, pith, pithJson, policyViolations, samplePaths, save, startBrowser, temporaryFolder, untilEncoded, untilReady } from "./support.mjs";

let browser;
before(async () => { browser = await startBrowser(); });
after(() => browser.close());

const done = async (page) => Number((await page.locator(".progress-done").textContent()).replaceAll(",", ""));

/** One small picture under many names. */
function writeMany(folder, count) {
  const first = join(folder, "film00000.pgm");
  writeFileSync(first, Buffer.concat([Buffer.from("P5\n32 32\n255\n"), Buffer.alloc(1024, 128)]));
  return [first, ...Array.from({ length: count - 1 }, (_, index) => {
    const path = join(folder, `film${String(index + 1).padStart(5, "0")}.pgm`);
    linkSync(first, path);
    return path;
  })];
}

test("ten thousand files: the page stays quick, shows 200, stops at once and goes on", async (t) => {
  const folder = temporaryFolder(t);
  const { page, problems } = await openPage(t, browser);
  await untilReady(page);
  writeMany(folder, 10_000);
  await page.locator("[data-input=folder]").setInputFiles(folder);
  await page.waitForFunction(() => Number(document.querySelector(".progress-done").textContent) >= 20, null, { timeout: 60_000 });
  assert.equal(await page.locator(".tile").count(), 200);
  assert.equal(await page.locator("pith-image-grid .more").textContent(), "and 9,800 more, not shown");
  assert.match(await page.locator(".progress-total").textContent(), /of 10,000 encoded/);
  // The longest gap between two pictures on the screen, while both workers are busy.
  const longestMs = await page.evaluate(() => new Promise((resolve) => {
    let longest = 0;
    let last = performance.now();
    const end = last + 1500;
    const step = (now) => {
      longest = Math.max(longest, now - last);
      last = now;
      if (now > end) resolve(longest);
      else requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }));
  t.diagnostic(`longest gap between two frames: ${longestMs.toFixed(0)} ms`);
  assert.ok(longestMs < 1000, `${longestMs} ms without a frame`);

  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByRole("button", { name: "Continue" }).waitFor();
  await page.waitForFunction(() => document.querySelectorAll("[data-state=working]").length === 0);
  const atStop = await done(page);
  await page.waitForTimeout(300);
  assert.equal(await done(page), atStop, "nothing is encoded after the stop");
  assert.ok(atStop < 10_000);
  assert.match(await page.locator(".progress-detail").textContent(), /^Stopped\. [\d,]+ images are left\.$/);

  await page.getByRole("button", { name: "Continue" }).click();
  await page.waitForFunction((count) => Number(document.querySelector(".progress-done").textContent.replaceAll(",", "")) > count, atStop);
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByRole("button", { name: "Remove the rest" }).click();
  await page.waitForFunction(() => document.querySelector("[data-action=resume]").hidden && document.querySelector("[data-action=stop]").hidden);
  const kept = await done(page);
  const container = await save(page, folder);
  assert.equal(pithJson(["info", container]).records, kept);
  assert.deepEqual(problems, []);
});

test("removing and undoing; what is in the list already is not added again", async (t) => {
  const folder = temporaryFolder(t);
  const { page } = await openPage(t, browser);
  await untilReady(page);
  await addFiles(page, samplePaths().slice(0, 4));
  await untilEncoded(page, 4);
  await addFiles(page, samplePaths().slice(2, 6));
  await untilEncoded(page, 6);
  assert.match(await page.locator(".notice p").textContent(), /^2 images were in the list already/);

  await page.locator(".tile").nth(1).hover();
  await page.locator(".tile").nth(1).locator(".tile-remove").click();
  await untilEncoded(page, 5);
  assert.equal(await page.locator(".tile").count(), 5);
  await page.getByRole("button", { name: "Undo" }).click();
  await untilEncoded(page, 6);
  assert.match(await page.locator(".tile").nth(1).getAttribute("aria-label"), new RegExp(`^${basename(samplePaths()[1])}, encoded`));

  await page.getByRole("button", { name: "Remove all" }).click();
  await page.locator("body.is-empty").waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await untilEncoded(page, 6);
  assert.equal(pithJson(["info", await save(page, folder)]).records, 6);
});

test("folders become labels where that is wanted", async (t) => {
  const folder = temporaryFolder(t);
  const counts = { NORMAL: 2, PNEUMONIA: 3 };
  for (const [name, count] of Object.entries(counts)) {
    mkdirSync(join(folder, "train", name), { recursive: true });
    for (const path of samplePaths().slice(0, count)) copyFileSync(path, join(folder, "train", name, basename(path)));
  }
  writeFileSync(join(folder, "train", ".DS_Store"), "not an image");
  const { page } = await openPage(t, browser);
  await untilReady(page);
  await page.locator("[data-input=folder]").setInputFiles(join(folder, "train"));
  await untilEncoded(page, 5);
  await page.getByLabel("Use folder names as labels").check();
  const container = await save(page, folder);
  const [label] = pithJson(["info", container]).labels;
  assert.equal(label.name, "folder");
  assert.deepEqual(label.classes, [{ name: "NORMAL", count: 2 }, { name: "PNEUMONIA", count: 3 }]);
});

test("pasted and dropped images are encoded", async (t) => {
  const { page } = await openPage(t, browser);
  await untilReady(page);
  const bytes = samplePaths().slice(0, 2).map((path) => [basename(path), readFileSync(path).toString("base64")]);
  await page.evaluate((files) => {
    const transferOf = ([name, base64]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name));
      return transfer;
    };
    document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: transferOf(files[0]), bubbles: true, cancelable: true }));
    document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: transferOf(files[1]), bubbles: true, cancelable: true }));
  }, bytes);
  await untilEncoded(page, 2);
});

test("everything can be done by keyboard", async (t) => {
  const folder = temporaryFolder(t);
  const { page } = await openPage(t, browser);
  await untilReady(page);
  const focused = () => page.evaluate(() => document.activeElement.textContent.trim() || document.activeElement.getAttribute("aria-label") || document.activeElement.id);
  const tabTo = async (matches, limit = 40) => {
    for (let step = 0; step < limit; step++) {
      await page.keyboard.press("Tab");
      const outline = await page.evaluate(() => getComputedStyle(document.activeElement.closest("label") ?? document.activeElement).outlineStyle);
      assert.notEqual(outline, "none", `the focus on '${await focused()}' cannot be seen`);
      if (await page.evaluate(matches)) return;
    }
    assert.fail(`not reached in ${limit} steps; the focus is on '${await focused()}'`);
  };
  await tabTo(() => document.activeElement.dataset.action === "samples");
  await page.keyboard.press("Enter");
  await untilEncoded(page, 12);
  await tabTo(() => document.activeElement.classList.contains("tile"));
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Delete");
  await untilEncoded(page, 11);
  assert.equal(await page.evaluate(() => document.activeElement.classList.contains("tile")), true, "the focus stays in the list");
  await tabTo(() => document.activeElement.name === "title");
  await page.keyboard.type("By keyboard");
  await tabTo(() => document.activeElement.name === "featureType");
  await page.keyboard.press("ArrowRight");
  await tabTo(() => document.activeElement.type === "submit");
  const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
  const path = join(folder, download.suggestedFilename());
  await download.saveAs(path);
  assert.equal(pith("verify", path).code, 0);
  const info = pithJson(["info", path]);
  assert.deepEqual([info.records, info.featureType, info.dataset.title], [11, "f32", "By keyboard"]);
  assert.deepEqual(await policyViolations(page), []);
});

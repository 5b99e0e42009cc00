// SPDX-License-Identifier: Apache-2.0
// What is given to the page: files that look alike, folders within folders, what cannot be read, and text beside a picture.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { addFiles, dropPaths, openPage, pgm, pithJson, save, startBrowser, temporaryFolder, untilEncoded, untilReady } from "./support.mjs";

let browser;
before(async () => { browser = await startBrowser(); });
after(() => browser.close());

const notice = (page) => page.locator(".notice p");

/** Pictures of one size and one time. @param greys by path below `folder` @returns the paths */
function writePictures(folder, greys) {
  return Object.entries(greys).map(([name, grey]) => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, pgm(grey));
    utimesSync(path, 1_700_000_000, 1_700_000_000);
    return path;
  });
}

for (const [way, give] of [["dropped", (page, path) => dropPaths(page, [path])], ["chosen", (page, path) => page.locator("[data-input=folder]").setInputFiles(path)]]) {
  test(`of a folder that is ${way} every image is taken, whatever its innermost folder is called`, async (t) => {
    const folder = temporaryFolder(t);
    writePictures(folder, { "study/patient1/series/0001.pgm": 40, "study/patient2/series/0001.pgm": 90 });
    const { page, problems } = await openPage(t, browser);
    await untilReady(page);
    await give(page, join(folder, "study"));
    await untilEncoded(page, 2);
    await give(page, join(folder, "study"));
    await page.getByText("2 images were in the list already.").waitFor();
    await page.getByLabel("Use folder names as labels").check();
    const container = await save(page, folder);
    assert.deepEqual(pithJson(["info", container]).labels[0].classes, [{ name: "series", count: 2 }]);
    assert.ok(!readFileSync(container).includes("patient"), "the way to the file is not in what is saved");
    assert.deepEqual(problems, []);
  });
}

test("single files of one name, size and time are compared before one is left out", async (t) => {
  const folder = temporaryFolder(t);
  const paths = writePictures(folder, { "a/0001.pgm": 40, "b/0001.pgm": 90 });
  const [copy] = writePictures(folder, { "c/0001.pgm": 90 });
  const { page } = await openPage(t, browser);
  await untilReady(page);
  await addFiles(page, paths);
  await untilEncoded(page, 2);
  await addFiles(page, [copy]);
  await page.getByText("1 image was in the list already.").waitFor();
  await page.getByRole("button", { name: "Remove all" }).click();
  await page.getByRole("button", { name: "Undo" }).click();
  await untilEncoded(page, 2);
  await addFiles(page, paths);
  await page.getByText("2 images were in the list already.").waitFor();
  assert.equal(await page.locator(".tile").count(), 2);
});

/** Drops a folder in which one file and one folder cannot be read, and one file only once `window.go()` is called. */
function dropDifficultFolder([first, last]) {
  const file = (name, grey) => new File([Uint8Array.from(atob(grey), (letter) => letter.charCodeAt(0))], name);
  const gate = new Promise((resolve) => { window.go = resolve; });
  const fail = (_, reject) => reject(new DOMException("gone", "NotFoundError"));
  const entry = (name, give) => ({ name, isDirectory: false, fullPath: `/films/${name}`, file: give });
  const reader = (...batches) => () => ({ readEntries: (resolve, reject) => (batches[0] === fail ? fail(resolve, reject) : resolve(batches.shift() ?? [])) });
  const films = {
    name: "films", isDirectory: true, fullPath: "/films",
    createReader: reader(
      [entry("gone.pgm", fail), entry("first.pgm", (resolve) => resolve(file("first.pgm", first))),
        { name: "locked", isDirectory: true, fullPath: "/films/locked", createReader: reader(fail) }],
      [entry("last.pgm", (resolve) => void gate.then(() => resolve(file("last.pgm", last))))],
    ),
  };
  const event = new Event("drop", { bubbles: true, cancelable: true });
  const items = [{ kind: "file", webkitGetAsEntry: () => films, getAsFile: () => null }];
  Object.defineProperty(event, "dataTransfer", { value: { types: ["Files"], items } });
  document.body.dispatchEvent(event);
}

test("what cannot be read of a folder is counted, the rest is encoded, and it is told while it takes long", async (t) => {
  const { page, problems } = await openPage(t, browser);
  await untilReady(page);
  await page.evaluate(dropDifficultFolder, [pgm(40), pgm(90)].map((picture) => picture.toString("base64")));
  await page.getByText("Reading the folder … 1 file so far").waitFor();
  await page.evaluate(() => window.go());
  await untilEncoded(page, 2);
  assert.equal(await notice(page).textContent(), "1 file and 1 folder could not be read.");
  assert.deepEqual(problems, []);
});

test("a long reading takes no other message away", async (t) => {
  const { page } = await openPage(t, browser);
  await untilReady(page);
  await page.getByRole("button", { name: "Try with sample images" }).click();
  await untilEncoded(page, 12);
  await page.evaluate(dropDifficultFolder, [pgm(40), pgm(90)].map((picture) => picture.toString("base64")));
  await page.getByText("Reading the folder …").waitFor();
  await page.getByRole("button", { name: "Remove all" }).click();
  await page.getByText("12 images removed.").waitFor();
  await page.waitForTimeout(1200);
  assert.match(await notice(page).textContent(), /^12 images removed/);
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByText("Reading the folder …").waitFor();
  await page.evaluate(() => window.go());
  await untilEncoded(page, 14);
});

test("text that is pasted into a field stays text, also where a picture comes with it", async (t) => {
  const { page } = await openPage(t, browser);
  await untilReady(page);
  await page.getByRole("button", { name: "Try with sample images" }).click();
  await untilEncoded(page, 12);
  /** @returns whether the page took the paste for itself */
  const paste = (selector, hasText) => page.evaluate(([place, withText, picture]) => {
    const transfer = new DataTransfer();
    if (withText) transfer.setData("text/plain", "Chest films");
    transfer.items.add(new File([Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0))], "image.pgm"));
    const event = new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true });
    return !document.querySelector(place).dispatchEvent(event);
  }, [selector, hasText, pgm(40).toString("base64")]);
  for (const field of ["#title", "#notes"]) assert.equal(await paste(field, true), false, field);
  assert.equal(await page.locator(".tile").count(), 12);
  assert.equal(await paste("#title", false), true, "a picture alone is an image wherever it is pasted");
  await untilEncoded(page, 13);
  assert.equal(await paste("#images", true), true, "outside of fields text is of no use");
});

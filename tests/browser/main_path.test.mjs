// SPDX-License-Identifier: Apache-2.0
// Images in, one container out: the page's features are those of the same engine under Node, and those of the command line.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { addFiles, featuresUnderNode, hannover, openPage, pith, pithJson, relativeL2, samplePaths, save, sortedFeatures, startBrowser, temporaryFolder,
  untilEncoded, untilReady } from "./support.mjs";
import { engineTolerance } from "./tolerance.mjs";

let browser;
before(async () => { browser = await startBrowser(); });
after(() => browser.close());

const refuseRelaxedSimd = () => {
  const validate = WebAssembly.validate;
  // 0xfd 0x85 0x02 is f32x4.relaxed_madd
  WebAssembly.validate = (bytes) => !bytes.join().includes("253,133,2") && validate(bytes);
};

for (const variant of ["relaxed", "simd"]) {
  test(`sample images, ${variant} SIMD: page, Node and command line agree`, async (t) => {
    const folder = temporaryFolder(t);
    const { page, problems } = await openPage(t, browser, { initScript: variant === "simd" ? refuseRelaxedSimd : null });
    await untilReady(page);
    assert.match(await page.locator("#mode").textContent(), variant === "relaxed" ? /relaxed SIMD/ : /WebAssembly, SIMD/);
    await page.getByRole("button", { name: "Try with sample images" }).click();
    await untilEncoded(page, samplePaths().length);
    await page.getByLabel("Title").fill("Drawn films");
    await page.getByLabel("Notes").fill("Zwei Zeilen:\näöü ✓");
    await page.getByLabel("Full").check();
    const container = await save(page, folder);
    assert.match(container, /drawn-films\.pith$/);

    const verified = pith("verify", container);
    assert.equal(verified.code, 0, verified.err);
    const info = pithJson(["info", container]);
    assert.equal(info.records, samplePaths().length);
    assert.equal(info.dataset.title, "Drawn films");
    assert.equal(info.dataset.notes, "Zwei Zeilen:\näöü ✓");
    assert.equal(info.recordsWithName, 0);
    const bytes = readFileSync(container).toString("latin1");
    assert.ok(!bytes.includes("film-0") && !bytes.includes("samples"), "no file name is in the container");

    const features = sortedFeatures(container, folder);
    const expected = await featuresUnderNode(variant, samplePaths());
    assert.deepEqual(features, expected, "the same engine gives the same numbers in the page and under Node");

    const byCommand = join(folder, "command.pith");
    pithJson(["extract", ...samplePaths(), "-o", byCommand, "--dtype", "f32"]);
    const difference = relativeL2(features, sortedFeatures(byCommand, folder));
    t.diagnostic(`page and command line differ by ${difference.toExponential(2)}, allowed ${engineTolerance.toExponential(2)}`);
    assert.ok(difference <= engineTolerance, `they differ by ${difference}`);
    assert.deepEqual(problems, []);
  });
}

test("181 films of the Hannover Medical School", { skip: existsSync(hannover) ? false : "the shared test data is not beside the clone" }, async (t) => {
  const folder = temporaryFolder(t);
  const films = readdirSync(hannover, { recursive: true }).filter((name) => name.endsWith(".png")).map((name) => join(hannover, name));
  assert.equal(films.length, 181);
  const { page, problems } = await openPage(t, browser);
  await untilReady(page);
  await addFiles(page, films);
  await untilEncoded(page, films.length, 120_000);
  const narrow = await save(page, folder);
  assert.ok(statSync(narrow).size < 3000 * films.length, `${statSync(narrow).size} bytes for ${films.length} films`);
  t.diagnostic(`${(statSync(narrow).size / films.length).toFixed(0)} bytes a film at f16`);
  assert.equal(pith("verify", narrow).code, 0);

  await page.getByLabel("Full").check();
  await page.getByLabel("Title").fill("full");
  const container = await save(page, folder);
  const byCommand = join(folder, "command.pith");
  const summary = pithJson(["extract", hannover, "-o", byCommand, "--dtype", "f32"], [0, 3]);
  const difference = relativeL2(sortedFeatures(container, folder), sortedFeatures(byCommand, folder));
  t.diagnostic(`page and command line differ by ${difference.toExponential(2)}, allowed ${engineTolerance.toExponential(2)}`);
  assert.ok(difference <= engineTolerance, `they differ by ${difference}; ${JSON.stringify(summary).slice(0, 200)}`);
  assert.deepEqual(problems, []);
});

test("time from the navigation's start to the first feature, the cache being empty", async (t) => {
  const recordFirst = () => {
    new MutationObserver(() => {
      if (window.firstFeatureMs === undefined && document.querySelector(".tile[data-state=done]")) window.firstFeatureMs = performance.now();
    }).observe(document, { subtree: true, attributes: true, childList: true });
    document.addEventListener("DOMContentLoaded", () => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([`P5\n256 256\n255\n${"x".repeat(65536)}`], "film.pgm"));
      const input = document.querySelector("[data-input=files]");
      input.files = transfer.files;
      input.dispatchEvent(new Event("change"));
    });
  };
  const { page } = await openPage(t, browser, { initScript: recordFirst });
  const elapsedMs = await page.waitForFunction(() => window.firstFeatureMs).then((handle) => handle.jsonValue());
  t.diagnostic(`${elapsedMs.toFixed(0)} ms (aim: 1500)`);
  // The aim belongs to an idle machine; a shared one is given four times as long before this is a failure.
  assert.ok(elapsedMs < 6000, `${elapsedMs} ms`);
});

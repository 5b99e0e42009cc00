// SPDX-License-Identifier: Apache-2.0
// A model file of the user's: what is asked, what is refused and why, and that its container is the one of the command line.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { onnxFile } from "./onnx_file.mjs";
import { addFiles, dropFiles, featuresUnderNode, openPage, pith, pithJson, policyViolations, relativeL2, samplePaths, save, sharedData, sortedFeatures, startBrowser, temporaryFolder,
  untilEncoded, untilReady } from "./support.mjs";
import { engineTolerance } from "./tolerance.mjs";

let browser;
before(async () => { browser = await startBrowser(); });
after(() => browser.close());

const imagenet = { fit: "crop", resizeShortest: 256, resample: "bilinear", channels: "rgb", scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const inception = { fit: "stretch", resample: "bilinear", channels: "rgb", scale: 1 / 255, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };
const dialog = (page) => page.locator("pith-encoder-choice dialog");
const problem = (page) => dialog(page).locator(".form-error:visible");
const file = (name, buffer) => ({ name, mimeType: "application/octet-stream", buffer });

/** Opens the page and gives it a model file by the button. */
async function openModel(t, model, pageOptions) {
  const opened = await openPage(t, browser, pageOptions);
  await untilReady(opened.page);
  await opened.page.getByRole("button", { name: "Change encoder" }).click();
  await opened.page.locator("[data-input=model]").setInputFiles(model);
  return opened;
}

async function use(page) {
  await page.getByRole("button", { name: "Use this model" }).click();
  await dialog(page).waitFor({ state: "hidden" });
}

/** Encodes the samples in the page and with the command line, and compares the two containers. @returns how far the features are apart */
async function compareWithCommandLine(t, page, { model, recipe, tap }) {
  const folder = temporaryFolder(t);
  await page.getByRole("button", { name: "Try with sample images" }).click();
  await untilEncoded(page, samplePaths().length);
  await page.getByLabel("Full").check();
  const byPage = await save(page, folder);
  const recipePath = join(folder, "recipe.json");
  writeFileSync(recipePath, JSON.stringify(recipe));
  const byCommand = join(folder, "command.pith");
  pithJson(["extract", ...samplePaths(), "-o", byCommand, "--dtype", "f32", "--model", model, "--recipe", recipePath, "--tap", tap]);
  assert.equal(pith("verify", byPage).code, 0);
  const content = (path) => {
    const { encoders, features, recordCount, sections } = pithJson(["describe", path, "--no-records"]);
    // The build that computed is another one.
    return { encoders: encoders.map(({ engine, ...encoder }) => encoder), features, recordCount, sections: sections.map(({ name }) => name) };
  };
  assert.deepEqual(content(byPage), content(byCommand));
  assert.equal(pith("probe", byPage, "--model", model).code, 0, "this machine computes the same as the page");
  const difference = relativeL2(sortedFeatures(byPage, folder), sortedFeatures(byCommand, folder));
  t.diagnostic(`page and command line differ by ${difference.toExponential(2)}`);
  return difference;
}

test("an ONNX file by the button: a recipe by name, a tap, generalised mean; the container is the command line's", async (t) => {
  const model = join(temporaryFolder(t), "my.backbone.onnx");
  writeFileSync(model, onnxFile());
  const { page, problems, served } = await openModel(t, model);
  served.length = 0;
  await page.getByLabel("Recipe", { exact: true }).selectOption({ label: "ImageNet (torchvision)" });
  assert.equal(await page.getByLabel("Shortest side first").inputValue(), "256");
  const suggested = dialog(page).locator(".tap-list .choice:has(:checked)");
  assert.match(await suggested.textContent(), /^activatedSuggested · feature map, 224 × 224 × 4 · made by Relu activated_node$/);
  await page.getByLabel("Pooling").selectOption({ label: "Generalised mean (GeM)" });
  await page.getByLabel("Power p").fill("2");
  await use(page);
  assert.match(await page.locator("#mode").textContent(), /^Encoder my\.backbone · 4 numbers an image/);
  // The bound is that of a network with more layers and longer sums.
  const difference = await compareWithCommandLine(t, page, { model, recipe: { size: [224, 224], ...imagenet }, tap: "activated:gem=2" });
  assert.ok(difference <= engineTolerance, `they differ by ${difference}`);
  assert.deepEqual(served.filter((path) => !/film-/.test(path)), [], "the server was asked for nothing, and given nothing");
  assert.deepEqual(problems, []);
  assert.deepEqual(await policyViolations(page), []);
});

const tflite = join(sharedData, "models/coral/mobilenet_v2_1.0_224_quant.tflite");
test("a TFLite file of the shared data, dropped on the page", { skip: existsSync(tflite) ? false : "the shared test data is not beside the clone" }, async (t) => {
  const { page, problems } = await openPage(t, browser);
  await untilReady(page);
  await dropFiles(page, [file(basename(tflite), readFileSync(tflite))]);
  await page.getByLabel("Recipe", { exact: true }).selectOption({ label: "−1 to 1 (TensorFlow, Inception)" });
  assert.equal(await page.getByLabel("Height, pixels").getAttribute("readonly"), "", "the file says its size");
  assert.equal(await dialog(page).locator(".outcome").textContent(), "1,280 numbers for each image.");
  const tap = await dialog(page).locator(".tap-list .choice:has(:checked) strong").textContent();
  await use(page);
  const difference = await compareWithCommandLine(t, page, { model: tflite, recipe: { size: [224, 224], ...inception }, tap });
  assert.ok(difference <= engineTolerance, `they differ by ${difference}`);
  assert.deepEqual(problems, []);
});

test("a recipe.json that is dropped with the model fills the form; a wrong one is refused by its field", async (t) => {
  const { page } = await openPage(t, browser);
  await untilReady(page);
  const recipe = { size: [64, 96], fit: "letterbox", fill: 7, resample: "lanczos", channels: "bgr", scale: 1, mean: [103.5, 116, 123], std: [58, 57, 57.25] };
  await dropFiles(page, [file("net.onnx", onnxFile()), file("recipe.json", JSON.stringify(recipe))]);
  await page.getByLabel("Grey of the border").waitFor();
  assert.match(await dialog(page).locator(".tap-list .choice:has(:checked)").textContent(), /64 × 96 × 4/);
  await dropFiles(page, [file("other.json", JSON.stringify({ ...recipe, meen: [1] }))]);
  await problem(page).waitFor();
  assert.match(await problem(page).textContent(), /"meen".*\(invalidRecipe\)$/);
  assert.equal(await page.getByLabel("Mean").inputValue(), "103.5, 116, 123", "what was there before stays");
  await page.getByLabel("Mean").fill("1, 2, three");
  await page.getByRole("button", { name: "Use this model" }).click();
  await problem(page).waitFor();
  assert.match(await problem(page).textContent(), /Mean\[2\] is null.*\(invalidRecipe\)$/);
  await page.getByLabel("Mean").fill("103.5, 116, 123");
  await use(page);
  await addFiles(page, samplePaths().slice(0, 1));
  await untilEncoded(page, 1);
  const [encoder] = pithJson(["describe", await save(page, temporaryFolder(t))]).encoders;
  assert.deepEqual(encoder.recipe, recipe);
});

test("nothing is guessed: without a recipe the model is not used", async (t) => {
  const { page } = await openModel(t, file("net.onnx", onnxFile()));
  await page.getByRole("button", { name: "Use this model" }).click();
  assert.equal(await page.evaluate(() => document.activeElement.id), "recipe-preset", "the browser asks for it");
  assert.equal(await dialog(page).isVisible(), true);
});

test("a grid is kept only under a plain word about what it keeps", async (t) => {
  const { page } = await openModel(t, file("net.onnx", onnxFile({ size: [8, 8] })));
  const warning = page.getByText("Neither is anonymous");
  await page.getByLabel("Pooling").waitFor();
  assert.equal(await warning.isVisible(), false);
  await page.getByLabel("Pooling").selectOption({ label: "None: keep the grid" });
  assert.equal(await warning.isVisible(), true);
  assert.equal(await dialog(page).locator(".outcome").textContent(), "256 numbers for each image.");
  await page.getByLabel("Recipe", { exact: true }).selectOption("raw");
  await use(page);
  assert.match(await page.locator(".encoder-about").textContent(), /256 numbers an image/);
});

test("a pooling that was chosen stays when the size is changed", async (t) => {
  const { page } = await openModel(t, file("net.onnx", onnxFile()));
  const [width, pooling] = [page.getByLabel("Width, pixels"), page.getByLabel("Pooling")];
  await pooling.selectOption({ label: "Maximum" });
  await width.fill("96");
  await width.press("Tab");
  await dialog(page).locator(".tap-list").getByText("224 × 96 × 4").first().waitFor();
  assert.equal(await pooling.inputValue(), "maximum");
});

test("a vector of averages is no place of its own, whose grid would be kept under the name of a vector", async (t) => {
  const { page } = await openModel(t, file("net.onnx", onnxFile()));
  await page.getByLabel("Pooling").waitFor();
  assert.deepEqual(await dialog(page).locator(".tap-list strong").allTextContents(), ["activated"]);
});

test("a file that is no model, an operator that is not supported, and a version: each in words, and the encoder in use stays", async (t) => {
  const { page, problems } = await openModel(t, file("film.onnx", readFileSync(samplePaths()[0])));
  await problem(page).waitFor();
  assert.match(await problem(page).textContent(), /^\S.{20,} Export or fetch the model file again.*\(corruptModel\)$/);

  await page.locator("[data-input=model]").setInputFiles(file("future.onnx", onnxFile({ opset: 99 })));
  await page.getByText("operator set 99").waitFor();
  assert.match(await problem(page).textContent(), /6 to 25 are allowed.*\(unsupportedOperator\)$/);

  await page.locator("[data-input=model]").setInputFiles(file("strange.onnx", onnxFile({ activation: "NotThere" })));
  await page.locator(".tap-problem").waitFor();
  assert.match(await problem(page).textContent(), /^No place is suggested\. .*NotThere.*\(unsupportedOperator\)$/);
  assert.equal(await dialog(page).locator("[name=tap]:checked").count(), 0);
  await page.getByRole("button", { name: "Back" }).click();
  await page.getByRole("button", { name: "Close" }).click();

  await addFiles(page, samplePaths().slice(0, 2));
  await untilEncoded(page, 2);
  assert.match(await page.locator("#mode").textContent(), /pith-cxr-1/);
  assert.deepEqual(problems, []);
});

test("what comes before an operator that is not supported can be chosen", async (t) => {
  const { page } = await openModel(t, file("strange.onnx", onnxFile({ activation: "NotThere" })));
  await page.getByLabel("Recipe", { exact: true }).selectOption("unit");
  await dialog(page).getByRole("radio", { name: /^convolved/ }).check();
  await use(page);
  await addFiles(page, samplePaths().slice(0, 2));
  await untilEncoded(page, 2);
  assert.equal(pithJson(["info", await save(page, temporaryFolder(t))]).records, 2);
});

test("another encoder encodes what is in the list again, and back again", async (t) => {
  const folder = temporaryFolder(t);
  const { page, problems } = await openPage(t, browser);
  await untilReady(page);
  await addFiles(page, samplePaths().slice(0, 3));
  await untilEncoded(page, 3);
  await page.getByLabel("Full").check();
  await page.getByLabel("Title").fill("first");
  const first = await save(page, folder);

  await page.locator(".tile").first().hover();
  await page.locator(".tile-remove").first().click();
  await dropFiles(page, [file("net.onnx", onnxFile())]);
  await page.getByLabel("Recipe", { exact: true }).selectOption("unit");
  await use(page);
  await untilEncoded(page, 2);
  await page.getByText("2 images are encoded again").waitFor();
  await page.getByLabel("Title").fill("own");
  const [own] = pithJson(["describe", await save(page, folder)]).encoders;
  assert.deepEqual([own.name, own.featureCount], ["net", 4]);

  await page.getByRole("button", { name: "Change encoder" }).click();
  await page.getByRole("radio", { name: /^pith-cxr-1/ }).check();
  await page.getByRole("button", { name: "Use this encoder" }).click();
  await dialog(page).waitFor({ state: "hidden" });
  await untilEncoded(page, 2);
  await page.getByLabel("Title").fill("back");
  const back = sortedFeatures(await save(page, folder), folder).map((row) => row.join());
  const before = sortedFeatures(first, folder).map((row) => row.join());
  assert.equal(back.length, 2);
  assert.ok(back.every((row) => before.includes(row)), "the same features as before, to the bit");
  assert.deepEqual(problems, []);
});

test("the same bits on every computer, where that is wanted", async (t) => {
  const folder = temporaryFolder(t);
  const { page, problems } = await openPage(t, browser);
  await untilReady(page);
  await addFiles(page, samplePaths());
  await untilEncoded(page, samplePaths().length);
  await page.getByLabel("Full").check();
  const saved = async (sameBits) => {
    await page.getByRole("button", { name: "Change encoder" }).click();
    await page.getByLabel("Same bits on every computer").setChecked(sameBits);
    await page.getByRole("button", { name: "Use this encoder" }).click();
    await dialog(page).waitFor({ state: "hidden" });
    await untilEncoded(page, samplePaths().length);
    assert.equal(/same bits everywhere/.test(await page.locator("#mode").textContent()), sameBits);
    await page.getByLabel("Title").fill(String(sameBits));
    return save(page, folder);
  };
  for (const sameBits of [true, false]) {
    const variant = sameBits ? "simd" : "relaxed";
    const container = await saved(sameBits);
    assert.match(pithJson(["describe", container]).encoders[0].engine, new RegExp(`wasm-${variant}$`));
    assert.deepEqual(sortedFeatures(container, folder), await featuresUnderNode(variant, samplePaths()));
  }
  assert.deepEqual(problems, []);
});

test("an image that was removed and brought back is encoded by the encoder of now", async (t) => {
  const { page } = await openPage(t, browser);
  await untilReady(page);
  await addFiles(page, samplePaths().slice(0, 2));
  await untilEncoded(page, 2);
  await page.locator(".tile").first().focus();
  await page.keyboard.press("Delete");
  await page.evaluate(() => { window.undo = [...document.querySelectorAll(".notice button")].find((button) => button.textContent === "Undo"); });
  await dropFiles(page, [file("net.onnx", onnxFile())]);
  await page.getByLabel("Recipe", { exact: true }).selectOption("unit");
  await use(page);
  await untilEncoded(page, 1);
  await page.evaluate(() => window.undo.click());
  await untilEncoded(page, 2);
  assert.equal(pithJson(["info", await save(page, temporaryFolder(t))]).records, 2, "all features have one length");
});

test("a model is chosen by keyboard", async (t) => {
  const { page } = await openPage(t, browser);
  await untilReady(page);
  const tabTo = async (matches, limit = 40) => {
    for (let step = 0; step < limit; step++) {
      await page.keyboard.press("Tab");
      const outline = await page.evaluate(() => getComputedStyle(document.activeElement.closest(".choice") ?? document.activeElement).outlineStyle);
      assert.notEqual(outline, "none", "the focus can be seen");
      if (await page.evaluate(matches)) return;
    }
    assert.fail(`not reached in ${limit} steps`);
  };
  await tabTo(() => document.activeElement.dataset.action === "change");
  await page.keyboard.press("Enter");
  await tabTo(() => document.activeElement.dataset.action === "model");
  const choosing = page.waitForEvent("filechooser");
  await page.evaluate(() => null);  // by then the browser knows that it is not to open a chooser of its own
  await page.keyboard.press("Enter");
  const chooser = await choosing;
  await chooser.setFiles(file("net.onnx", onnxFile()));
  await page.getByLabel("Recipe", { exact: true }).waitFor();
  await page.waitForFunction(() => document.activeElement.name === "preset");
  await page.keyboard.press("ArrowDown");
  await tabTo(() => document.activeElement.name === "tap");
  await tabTo(() => document.activeElement.name === "pooling");
  await tabTo(() => document.activeElement.type === "submit");
  await page.keyboard.press("Enter");
  await dialog(page).waitFor({ state: "hidden" });
  assert.match(await page.locator("#mode").textContent(), /^Encoder net/);
});

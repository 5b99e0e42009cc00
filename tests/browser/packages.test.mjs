// SPDX-License-Identifier: Apache-2.0
// Model packages beside the page: listed, fetched when they are chosen and not before, and then there without the server too.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { findPackage } from "../../tools/setup/models.mjs";
import { onnxFile } from "./onnx_file.mjs";
import { addFiles, openPage, pithJson, policyViolations, root, samplePaths, save, startBrowser, temporaryFolder, untilEncoded, untilReady } from "./support.mjs";

let browser;
before(async () => { browser = await startBrowser(); });
after(() => browser.close());

const recipe = { size: [32, 32], fit: "stretch", resample: "bilinear", channels: "rgb", scale: 1, mean: [0, 0, 0], std: [1, 1, 1] };

/** @returns the package's folder */
function writePackage(folder, name, changes = {}) {
  const model = onnxFile({ size: [32, 32] });
  const manifest = {
    name, title: "A network of one layer", file: "net.onnx", sha256: createHash("sha256").update(model).digest("hex"), sizeBytes: model.length, recipe,
    featureCount: 4, licence: "CC0-1.0", attribution: "Trained on nothing.", ...changes,
  };
  mkdirSync(join(folder, name));
  writeFileSync(join(folder, name, "net.onnx"), model);
  writeFileSync(join(folder, name, "manifest.json"), JSON.stringify(manifest));
  return join(folder, name);
}

function buildPage(models, out) {
  const run = spawnSync(process.execPath, [join(root, "node_modules/vite/bin/vite.js"), "build", "--config", join(root, "web/vite.config.ts"), "--outDir", out],
    { cwd: root, env: { ...process.env, PITH_PAGE_MODELS: JSON.stringify(models) }, encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
}

/** A newer version of a page that was built. @param script  what its service worker begins with */
function publishNewer(out, script = "") {
  const edit = (name, from, to) => writeFileSync(join(out, name), readFileSync(join(out, name), "utf8").replace(from, to));
  edit("index.html", /<title>.*<\/title>/, "<title>newer</title>");
  edit("service_worker.js", /version\\?":\\?"[^"\\]*/, (found) => found.replace(/[^"]*$/, "newer"));
  edit("service_worker.js", /^/, script);
}

async function choose(page, name) {
  await page.getByRole("button", { name: "Change encoder" }).click();
  await page.getByRole("radio", { name }).check();
  await page.getByRole("button", { name: "Use this encoder" }).click();
}

test("a package is listed with what matters, fetched once it is chosen, and kept for later", async (t) => {
  const folder = temporaryFolder(t);
  const out = join(folder, "page");
  buildPage([writePackage(folder, "one-layer"), writePackage(folder, "wrong-size", { featureCount: 4, sizeBytes: 1 })], out);
  assert.equal(readdirSync(join(out, "assets/models")).length, 1, "two packages of one file need it once");
  const { page, server, served, problems } = await openPage(t, browser, { folder: out });
  await untilReady(page);
  const isModel = (path) => path.startsWith("/assets/models/");
  assert.deepEqual(served.filter(isModel), [], "nothing is fetched before it is chosen");

  await page.getByRole("button", { name: "Change encoder" }).click();
  const rows = await page.locator(".package-list .choice").allTextContents();
  assert.equal(rows.length, 3);
  assert.match(rows[0], /^pith-cxr-1.*512 numbers an image · 3\.31 MB · Apache-2\.0$/);
  assert.match(rows[1], /^one-layerA network of one layer4 numbers an image · \d+ bytes · CC0-1\.0$/);
  await page.getByRole("button", { name: "Close" }).click();

  await choose(page, /^wrong-size/);
  await page.locator("dialog .form-error:visible").waitFor();
  assert.match(await page.locator("dialog .form-error:visible").textContent(), /the manifest says 1.*\(weightsMismatch\)$/);
  await page.getByRole("button", { name: "Close" }).click();

  await choose(page, /^one-layer/);
  await page.getByText("one-layer encodes from now on").waitFor();
  publishNewer(out);
  await page.reload();
  await page.waitForFunction(() => document.title === "newer");
  await untilReady(page);
  assert.equal(served.filter(isModel).length, 1, "it is fetched once, also when there is a newer page");
  await server.close();
  await page.reload();
  await untilReady(page);
  await choose(page, /^one-layer/);
  await addFiles(page, samplePaths().slice(0, 2));
  await untilEncoded(page, 2);
  const [encoder] = pithJson(["describe", await save(page, folder)]).encoders;
  assert.deepEqual([encoder.name, encoder.featureCount, encoder.tap], ["one-layer", 4, "activated"]);
  assert.deepEqual(encoder.recipe, recipe);
  assert.deepEqual(problems, []);
  assert.deepEqual(await policyViolations(page), []);
});

test("a package that cannot be had is an error in words, and the encoder in use stays", async (t) => {
  const folder = temporaryFolder(t);
  const out = join(folder, "page");
  buildPage([writePackage(folder, "one-layer")], out);
  const { page, server } = await openPage(t, browser, { folder: out });
  await untilReady(page);
  await server.close();
  await choose(page, /^one-layer/);
  await page.locator("dialog .form-error:visible").waitFor();
  assert.match(await page.locator("dialog .form-error:visible").textContent(), /^The model could not be loaded\..*\(readFailed\)$/);
  await page.getByRole("button", { name: "Close" }).click();
  await addFiles(page, samplePaths().slice(0, 1));
  await untilEncoded(page, 1);
});

test("a newer page comes also where there is no room to keep a model once more", async (t) => {
  const folder = temporaryFolder(t);
  const out = join(folder, "page");
  buildPage([writePackage(folder, "one-layer")], out);
  const { page } = await openPage(t, browser, { folder: out });
  await untilReady(page);
  await choose(page, /^one-layer/);
  await page.getByText("one-layer encodes from now on").waitFor();
  const isKept = await page.evaluate(async () => {
    const caught = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
    return caught.flat().some(({ url }) => url.includes("/assets/models/"));
  });
  assert.ok(isKept, "there is something to keep once more");
  publishNewer(out, 'Cache.prototype.put = () => Promise.reject(new DOMException("There is no room.", "QuotaExceededError"));\n');
  await page.reload();
  await page.waitForFunction(() => document.title === "newer");
});

test("a package behind a link is fetched when it is chosen as well, and one with the page's own model needs no file", (t) => {
  const folder = temporaryFolder(t);
  const linked = join(folder, "linked");
  symlinkSync(writePackage(folder, "one-layer"), linked);
  const out = join(folder, "page");
  buildPage([linked], out);
  assert.equal(readdirSync(join(out, "assets/models")).length, 1);
  const copy = join(folder, "copy");
  cpSync(join(root, "models/pith-cxr-1"), copy, { recursive: true });
  const second = join(folder, "second");
  buildPage([copy], second);
  assert.ok(!existsSync(join(second, "assets/models")), "the model that the page begins with is kept with it");
});

test("packages are found as the command line finds them, and checked before the page is built", (t) => {
  const folder = temporaryFolder(t);
  const whole = writePackage(folder, "one-layer");
  const before = process.env.PITH_MODELS;
  process.env.PITH_MODELS = folder;
  t.after(() => { if (before === undefined) delete process.env.PITH_MODELS; else process.env.PITH_MODELS = before; });
  assert.equal(findPackage("one-layer"), whole);
  assert.equal(findPackage(whole), whole);
  assert.equal(findPackage("pith-cxr-1"), join(root, "models/pith-cxr-1"));
  // npm starts programs in the project's folder.
  const stood = process.env.INIT_CWD;
  process.env.INIT_CWD = join(folder, "here");
  t.after(() => { if (stood === undefined) delete process.env.INIT_CWD; else process.env.INIT_CWD = stood; });
  mkdirSync(join(folder, "here"));
  const near = writePackage(join(folder, "here"), "near");
  assert.equal(findPackage("./near"), near);
  assert.throws(() => findPackage("nothing"), /no model package 'nothing'/);
  assert.throws(() => findPackage(writePackage(folder, "changed", { sha256: "0".repeat(64) })), /has the SHA-256/);
  assert.throws(() => findPackage(writePackage(folder, "outside", { file: "../one-layer/net.onnx" })), /names no file beside it/);
});

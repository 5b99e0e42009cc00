// SPDX-License-Identifier: Apache-2.0
// The engine's boundary, under Node: its types, its errors, and that both variants give what they should.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { largeModel } from "./onnx_file.mjs";
import { loadContainers, loadEngine, readModel, relativeL2, root, samplePaths } from "./support.mjs";
import { moduleFile, pageModules } from "../../tools/setup/build.mjs";
import { servedBytes } from "../../tools/wasm_size.mjs";
import { warmUp } from "../../web/src/api/warm_up.mjs";
import { engineTolerance } from "./tolerance.mjs";

const mostBytes = {
  pith_engine: { raw: 1_000_000, brotli: 320_000 },
  pith_container: { raw: 460_000, brotli: 160_000 },
};

for (const [module, types] of [["pith_engine", "engine"], ["pith_container", "container_module"]]) {
  test(`the committed types are the ones that the build generates: ${types}.d.ts`, () => {
    const file = moduleFile("wasm-simd", module, "d.ts");
    const committed = readFileSync(join(root, `web/src/api/${types}.d.ts`), "utf8");
    assert.equal(committed, readFileSync(file, "utf8"), `copy ${file} to web/src/api/${types}.d.ts`);
  });
}

for (const [preset, name] of pageModules) {
  test(`what every visitor fetches stays small: ${name}, ${preset}`, () => {
    const most = mostBytes[name];
    const { raw, brotli } = servedBytes(moduleFile(preset, name, "wasm"));
    assert.ok(raw <= most.raw && brotli <= most.brotli,
      `it has ${raw} bytes, ${brotli} with brotli; at most ${most.raw} and ${most.brotli} are allowed: \`npm run size\` tells what weighs so much`);
  });
}

const dataset = JSON.stringify({ title: "Tïtle", author: "A", contact: "", source: "", licence: "CC0-1.0", notes: "" });

function loaded(engine) {
  const { file, manifest } = readModel();
  const result = engine.Extractor.load(file, manifest, "");
  assert.ok(result.ok, JSON.stringify(result.error));
  return result.value;
}

for (const variant of ["simd", "relaxed"]) {
  describe(variant, () => {
    let engine, containers;
    before(async () => { [engine, containers] = await Promise.all([loadEngine(variant), loadContainers()]); });

    test("tells its version", () => {
      const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
      assert.equal(engine.version(), version);
    });

    test("takes the network that it is warmed up with", () => assert.equal(warmUp(engine), true));

    test("encodes, writes, reads back and describes", () => {
      const extractor = loaded(engine);
      const info = JSON.parse(extractor.info());
      const columns = JSON.stringify([{ name: "kind", type: "categorical", categories: ["a", "b"] }, { name: "age", type: "number", categories: [] }]);
      const writer = containers.ContainerWriter.create(dataset, extractor.info(), columns, "f32").value;
      const image = readFileSync(samplePaths()[0]);
      const { value } = extractor.extract(image, 64);
      assert.equal(value.features.length, info.featureCount);
      assert.ok(value.features.every(Number.isFinite) && value.features.some((feature) => feature !== 0));
      assert.equal(Math.max(value.thumbnail.width, value.thumbnail.height), 64);
      assert.equal(value.thumbnail.rgba.length, 4 * value.thumbnail.width * value.thumbnail.height);
      for (const category of [0, 1, 1]) {
        const added = writer.add(value.features, JSON.stringify({ labels: [{ category }, 42.5] }));
        assert.ok(added.ok, JSON.stringify(added.error));
      }
      const file = writer.toBytes(new Uint8Array(32).fill(5)).value;
      assert.ok(containers.verifyContainer(file).ok);
      const description = JSON.parse(containers.describeContainer(file).value);
      assert.equal(description.recordCount, 3);
      assert.equal(description.dataset.title, "Tïtle");
      assert.deepEqual(description.encoder, info);
      assert.deepEqual(description.labelColumns, JSON.parse(columns));
      assert.deepEqual(description.splits, { none: 3 });
      assert.deepEqual(writer.toBytes(new Uint8Array(32).fill(5)).value, file, "an equal seed gives equal bytes");
      writer.delete();
      extractor.delete();
    });

    test("an extractor's results do not change when memory grows", () => {
      const extractor = loaded(engine);
      const image = readFileSync(samplePaths()[0]);
      const { features } = extractor.extract(image, 0).value;
      const kept = features.slice();
      const sizeBytes = engine.memoryBytes();
      const large = Buffer.concat([Buffer.from("P5\n9000 9000\n255\n"), Buffer.alloc(81_000_000, 90)]);
      assert.ok(extractor.extract(large, 0).ok);
      assert.ok(engine.memoryBytes() > sizeBytes, "the large image made memory grow");
      assert.deepEqual(features, kept);
      assert.deepEqual(extractor.extract(image, 0).value.features, kept);
      extractor.delete();
    });

    test("an image that memory does not suffice for is refused, and costs the next ones nothing", async (t) => {
      const small = await loadEngine(variant);  // whose memory has not grown yet
      const extractor = loaded(small);
      const image = readFileSync(samplePaths()[0]);
      const { features } = extractor.extract(image, 0).value;
      t.mock.method(WebAssembly.Memory.prototype, "grow", () => { throw new RangeError("no more"); });
      const films = [1, 2, 4, 8, 16].map((factor) => {
        const side = Math.ceil(Math.sqrt(factor * small.memoryBytes() / 16));
        return Buffer.concat([Buffer.from(`P5\n${side} ${side}\n255\n`), Buffer.alloc(side * side, 90)]);
      });
      const codes = () => films.map((film) => extractor.extract(film, 64).error?.code ?? "encoded");
      const first = codes();
      assert.ok(first.includes("encoded") && first.includes("outOfMemory"), first.join());
      for (let round = 0; round < 8; ++round) assert.deepEqual(codes(), first, "nothing stays behind");
      assert.deepEqual(extractor.extract(image, 0).value.features, features);
      t.mock.restoreAll();
      extractor.delete();
    });

    test("a model says its size and where features can be taken, and gives the same without its manifest", () => {
      const { file, manifest } = readModel();
      const inspection = engine.inspectModel(file, "").value;
      assert.deepEqual([inspection.height, inspection.width, inspection.channels, inspection.error], [224, 224, 1, null]);
      const chosen = inspection.taps.filter((tap) => tap.chosen);
      assert.deepEqual(chosen.map(({ kind, shape, pooling }) => ({ kind, shape, pooling })), [{ kind: "feature map", shape: [7, 7, 512], pooling: "average" }]);
      const choice = { name: "own", recipe: JSON.parse(manifest).recipe, tap: chosen[0].tensor, pooling: "average" };
      const { sha256 } = JSON.parse(manifest);
      const [a, b, c] = [loaded(engine), ...["", sha256].map((digest) => engine.Extractor.loadOwn(file, JSON.stringify(choice), digest).value)];
      const image = readFileSync(samplePaths()[0]);
      assert.deepEqual(b.extract(image, 0).value.features, a.extract(image, 0).value.features);
      assert.deepEqual({ ...JSON.parse(b.info()), name: "" }, { ...JSON.parse(a.info()), name: "" });
      assert.deepEqual(c.info(), b.info(), "a SHA-256 that the browser computed is taken");
      assert.ok(engine.Extractor.load(file, manifest, sha256).ok);
      [a, b, c].forEach((extractor) => extractor.delete());
    });

    test("a network's file is never whole in the engine's memory, nor is what nobody reads of it", async () => {
      const fresh = await loadEngine(variant);  // memory that another test needed stays
      const head = 100_000;
      const model = largeModel({ layers: 10, headRows: head });
      assert.ok(model.weightBytes > 94e6 && 4 * 512 * head > 2 * model.weightBytes, "as ResNet-50, with a far larger head");
      const own = JSON.stringify({ name: "own", recipe: { size: [32, 32] }, tap: "", pooling: "average" });
      const inspection = fresh.inspectModel(model, "");
      assert.ok(inspection.ok && model.bytesRead < 2e6, "an inspection reads no weights");
      // Its SHA-256 needs the whole file, once; the weights are read once more.
      model.bytesRead = 0;
      const extractor = fresh.Extractor.loadOwn(model, own, "");
      assert.ok(extractor.ok, JSON.stringify(extractor.error));
      assert.ok(model.bytesRead < model.size + model.weightBytes + 2e6, `${model.bytesRead} bytes were read`);
      assert.ok(fresh.memoryBytes() < 1.2 * model.weightBytes + 40e6, `the memory is ${fresh.memoryBytes()} bytes; the weights are ${model.weightBytes}`);
      extractor.value.delete();
    });

    test("a file that cannot be read any more is an error", () => {
      const { file } = readModel();
      const own = JSON.stringify({ name: "own", recipe: { size: [224, 224], channels: "grey" }, tap: "", pooling: "average" });
      for (const allowed of [0, 1, 3]) {
        let reads = 0;
        const source = { size: file.length, read: (offset, to) => reads++ < allowed && (to.set(file.subarray(offset, offset + to.length)), true) };
        const result = engine.Extractor.loadOwn(source, own, "");
        assert.equal(result.ok, false);
        assert.equal(result.error.code, "readFailed", result.error.detail);
      }
    });

    test("every failure is a value with a code, a sentence and advice", () => {
      const extractor = loaded(engine);
      const { file, manifest } = readModel();
      const broken = Buffer.from(file);
      broken[broken.length >> 1] ^= 1;
      const png = readFileSync(samplePaths()[0]);
      const seed = new Uint8Array(32);
      const createWriter = () => containers.ContainerWriter.create(dataset, extractor.info(), "[]", "f16").value;
      const withWriter = (action) => {
        const writer = createWriter();
        const result = action(writer);
        writer.delete();
        return result;
      };
      const features = new Float32Array(JSON.parse(extractor.info()).featureCount);
      const own = (changes) => JSON.stringify({ name: "own", recipe: JSON.parse(manifest).recipe, tap: "", pooling: "average", ...changes });
      const cases = [
        ["unsupportedImage", extractor.extract(Buffer.from("no picture at all, just some text"), 0)],
        ["truncatedImage", extractor.extract(png.subarray(0, png.length >> 1), 0)],
        ["weightsMismatch", engine.Extractor.load(broken, manifest, "")],
        ["weightsMismatch", engine.Extractor.load(file, manifest, "0".repeat(64))],
        ["weightsMismatch", engine.Extractor.load(file.subarray(1), manifest, JSON.parse(manifest).sha256)],
        ["invalidArgument", engine.Extractor.load(file, manifest, "00")],
        ["invalidManifest", engine.Extractor.load(file, "{}", "")],
        ["invalidManifest", engine.Extractor.load(file, "{", "")],
        ["invalidArgument", engine.Extractor.loadOwn(file, "{", "")],
        ["invalidArgument", engine.Extractor.loadOwn(file, "{}", "")],
        ["invalidArgument", engine.Extractor.loadOwn(file, own({ pooling: "sum" }), "")],
        ["invalidArgument", engine.Extractor.loadOwn(file, own({ pooling: "generalizedMean" }), "")],
        ["invalidRecipe", engine.Extractor.loadOwn(file, own({ recipe: {} }), "")],
        ["tapNotFound", engine.Extractor.loadOwn(file, own({ tap: "nowhere" }), "")],
        ["corruptModel", engine.Extractor.loadOwn(png, own({}), "")],
        ["corruptModel", engine.inspectModel(png, "")],
        ["invalidRecipe", engine.inspectModel(file, "{}")],
        ["shapeMismatch", engine.inspectModel(file, '{"size":[64,64],"channels":"grey"}')],
        ["notAContainer", containers.verifyContainer(png)],
        ["truncatedContainer", containers.describeContainer(new Uint8Array(0))],
        ["invalidArgument", containers.ContainerWriter.create("{}", extractor.info(), "[]", "f16")],
        ["invalidArgument", containers.ContainerWriter.create(dataset, "{}", "[]", "f16")],
        ["invalidArgument", containers.ContainerWriter.create(dataset, extractor.info(), "{}", "f16")],
        ["invalidArgument", containers.ContainerWriter.create(dataset, extractor.info(), "[]", "f64")],
        ["emptyContainer", withWriter((writer) => writer.toBytes(seed))],
        ["invalidArgument", withWriter((writer) => writer.toBytes(seed.subarray(1)))],
        ["shapeMismatch", withWriter((writer) => writer.add(features.subarray(1), '{"labels":[]}'))],
        ["nonFiniteFeature", withWriter((writer) => writer.add(features.slice().fill(NaN, 0, 1), '{"labels":[]}'))],
        ["invalidLabel", withWriter((writer) => writer.add(features, '{"labels":[1]}'))],
        ["invalidArgument", withWriter((writer) => writer.add(features, '{"labels":[{"category":-1}]}'))],
      ];
      for (const [code, result] of cases) {
        assert.equal(result.ok, false, `${code} was expected`);
        assert.equal(result.error.code, code, result.error.detail);
        assert.match(result.error.detail, /^\S.{10,}\S$/);
        assert.match(result.error.advice, /^\S.{10,}[.]$/);
      }
      extractor.delete();
    });
  });
}

test("the two variants agree as far as float32 sums can", async (t) => {
  const [simd, relaxed] = await Promise.all([loadEngine("simd"), loadEngine("relaxed")]);
  const [a, b] = [loaded(simd), loaded(relaxed)];
  const features = (extractor) => samplePaths().map((path) => extractor.extract(readFileSync(path), 0).value.features);
  const [ofSimd, ofRelaxed] = [features(a), features(b)];
  const difference = relativeL2(ofRelaxed, ofSimd);
  t.diagnostic(`they differ by ${difference.toExponential(2)}, allowed ${engineTolerance.toExponential(2)}`);
  assert.ok(difference <= engineTolerance, `they differ by ${difference}`);
  assert.ok(relativeL2(ofSimd.slice(1), ofSimd.slice(0, -1)) > 100 * engineTolerance, "different films differ by far more");
  a.delete();
  b.delete();
});

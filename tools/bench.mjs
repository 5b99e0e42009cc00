// SPDX-License-Identifier: Apache-2.0
// `npm run bench [-- IMAGE...]`: every step of the main path, native and both WebAssembly variants, side by side in one run.
// Rates and ratios of this machine at this hour, to compare with each other; no promise and no test.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { buildPageModules, buildPreset, moduleFile, pageModules } from "./setup/build.mjs";
import { setUp } from "./setup/main.mjs";
import { build, root } from "./setup/places.mjs";
import { SetupError, ask, runMain, say } from "./setup/shell.mjs";
import { servedBytes } from "./wasm_size.mjs";

const rounds = 3;
const secondsPerStep = 0.7;
const variants = ["native-release", "wasm-simd", "wasm-relaxed"];

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** The command that runs the benchmark program of a variant. */
function commandOf(variant) {
  const program = join(build, variant, "tests/bench/pith_bench");
  if (variant === "native-release") return [program];
  const flag = "--experimental-wasm-relaxed-simd";
  const needsFlag = variant === "wasm-relaxed" && ask(process.execPath, [flag, "-e", "0"], { stdio: "ignore" }) !== null;
  return [process.execPath, ...(needsFlag ? [flag] : []), `${program}.js`];
}

/** One run of the program in its own process. */
function measure(variant, args) {
  const [command, ...rest] = commandOf(variant);
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...rest, ...args], { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.on("data", (chunk) => { output += chunk; });
    child.on("close", (code) => (code === 0 ? resolve(JSON.parse(output)) : reject(new SetupError(`pith_bench (${variant}) ended with ${code}`))));
  });
}

/** Medians over the rounds, the variants taken in turn so that a drift of the machine meets all of them. */
async function compare(model, images) {
  const args = [model.file, model.recipe, String(secondsPerStep), ...images];
  const results = Object.fromEntries(variants.map((variant) => [variant, { one: [], all: [] }]));
  const cores = availableParallelism();
  for (let round = 0; round < rounds; ++round) {
    for (const variant of variants) results[variant].one.push(await measure(variant, args));
    for (const variant of variants) {
      const together = await Promise.all(Array.from({ length: cores }, () => measure(variant, args)));
      results[variant].all.push(together.reduce((sum, one) => sum + one.wholePerSecond, 0));
    }
  }
  return results;
}

function print(model, results) {
  const columns = [["decode/s", "decodePerSecond"], ["prepare/s", "preparePerSecond"], ["infer/s", "inferPerSecond"], ["infer ms", "inferMilliseconds"],
    ["whole/s", "wholePerSecond"], ["load ms", "loadMilliseconds"]];
  const cell = (value) => value.toFixed(value < 100 ? 1 : 0).padStart(10);
  say(`\n${model.title}`);
  say(`${"".padEnd(16)}${columns.map(([title]) => title.padStart(10)).join("")}  all cores/s  peak MiB  infer time, native = 1`);
  const native = median(results["native-release"].one.map((one) => one.inferMilliseconds));
  for (const variant of variants) {
    const of = (key) => median(results[variant].one.map((one) => one[key]));
    say(`${variant.padEnd(16)}${columns.map(([, key]) => cell(of(key))).join("")}   ${cell(median(results[variant].all))}${cell(of("peakMemoryBytes") / 2 ** 20)}  ${cell(of("inferMilliseconds") / native)}`);
  }
}

function printSizes() {
  say("\nModules of the page, bytes");
  for (const [preset, name] of pageModules) {
    const { raw, brotli } = servedBytes(moduleFile(preset, name, "wasm"));
    say(`${`${preset} ${name}`.padEnd(28)}${String(raw).padStart(10)} raw ${String(brotli).padStart(10)} brotli`);
  }
}

/** The encoder of the repository, and the exports that the tests made, where they are there. */
function models() {
  const folder = join(build, "bench");
  mkdirSync(folder, { recursive: true });
  const list = [];
  for (const name of readdirSync(join(root, "models")).sort()) {
    const manifest = join(root, "models", name, "manifest.json");
    if (!existsSync(manifest)) continue;
    const { recipe, file } = JSON.parse(readFileSync(manifest, "utf8"));
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(recipe));
    list.push({ title: name, file: join(root, "models", name, file), recipe: join(folder, `${name}.json`) });
  }
  const recipe = join(folder, "imagenet.json");
  writeFileSync(recipe, JSON.stringify({ size: [224, 224], mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }));
  for (const name of ["mobilenet_v2", "resnet50"]) {
    const file = join(build, "reference/torchvision", `${name}.onnx`);
    if (existsSync(file)) list.push({ title: `${name} (torchvision, random weights)`, file, recipe });
  }
  return list;
}

runMain(async () => {
  await setUp({ tests: false });
  for (const variant of variants) await buildPreset(variant, ["pith_bench"]);
  await buildPageModules();
  const named = process.argv.slice(2);
  const samples = readdirSync(join(root, "samples")).filter((name) => /\.(png|jpe?g|bmp|gif|pgm|tga)$/.test(name)).sort().map((name) => join(root, "samples", name));
  const images = named.length > 0 ? named : samples;
  say(`${images.length} images, ${(images.reduce((sum, image) => sum + statSync(image).size, 0) / 2 ** 20).toFixed(1)} MiB; ${availableParallelism()} cores; median of ${rounds} rounds; one process with one thread, then one on each core`);
  for (const model of models()) print(model, await compare(model, images));
  printSizes();
});

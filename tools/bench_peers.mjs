// SPDX-License-Identifier: Apache-2.0
// `npm run bench:peers`: the engine beside what a page could use instead, in one run on one machine: headless Chromium and Node, one
// thread and all cores, the same models. Prints medians and ratios of this machine at this hour; no promise and no test.
// `npm run bench:peers -- mobilenet_v2` takes one model; `--seconds 5` measures longer.
import { execFile } from "node:child_process";
import { createReadStream, existsSync, mkdirSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { availableParallelism } from "node:os";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { buildPreset } from "./setup/build.mjs";
import { setUp } from "./setup/main.mjs";
import { build, root } from "./setup/places.mjs";
import { ask, run, runMain, say, step } from "./setup/shell.mjs";

const peers = join(root, "tests/bench/peers");
const models = join(build, "bench/peers");
const sharedModels = join(root, "../shared/data/models");
const cores = availableParallelism();
const argument = (name, otherwise) => (process.argv.includes(name) ? Number(process.argv[process.argv.indexOf(name) + 1]) : otherwise);
const seconds = argument("--seconds", 3);
const rounds = argument("--rounds", 3);
const backbones = ["mobilenet_v2", "resnet50", "densenet121"];
const quantised = "coral/tf2_mobilenet_v2_1.0_224_ptq.tflite";

async function prepare() {
  await setUp({ tests: true });
  await buildPreset("native-release", ["pith_bench"]);
  for (const variant of ["wasm-simd", "wasm-relaxed"]) await buildPreset(variant, ["pith_wasm"]);
  if (!existsSync(join(peers, "node_modules"))) await step("Installing the peers", () => run("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: peers }));
  mkdirSync(models, { recursive: true });
  if (!existsSync(join(models, "densenet121.bin"))) {
    await step("Exporting torchvision's backbones", () => run("/usr/bin/python3", [join(peers, "make_models.py"), models]));
  }
  const { build: bundle } = await import("vite");  // there only after the set-up
  for (const name of ["tfjs", "litert"]) {
    await bundle({ root: peers, logLevel: "error", configFile: false, build: { outDir: join(models, "bundle"), emptyOutDir: false, minify: true,
      lib: { entry: join(peers, `${name}_entry.mjs`), formats: ["es"], fileName: () => `${name}.mjs` } } });
  }
}

const types = { ".html": "text/html", ".mjs": "text/javascript", ".js": "text/javascript", ".wasm": "application/wasm", ".json": "application/json" };
const places = [["/peers/", peers], ["/models/", models], ["/bundle/", join(models, "bundle")], ["/node_modules/", join(peers, "node_modules")],
  ["/build/", build], ["/shared/", sharedModels]];

/** A static server for this machine alone, isolated so that the peers may use threads. */
function serve() {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
    const place = places.find(([prefix]) => path.startsWith(prefix));
    const file = place && join(place[1], path.slice(place[0].length));
    if (!file || path.includes("..") || !existsSync(file)) { response.writeHead(404).end(); return; }
    response.writeHead(200, { "Content-Type": types[extname(file)] ?? "application/octet-stream", "Content-Length": statSync(file).size,
      "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" });
    createReadStream(file).pipe(response);
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

/** Ends what does not answer, so that one peer that hangs costs a minute and a line. */
function withLimit(promise, limitSeconds) {
  let timer;
  const limit = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`no answer within ${limitSeconds} s`)), limitSeconds * 1000); });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

/** A fresh browser for each measurement: nothing is compiled or cached from the one before. */
async function inBrowser(address, job, workers) {
  const { chromium } = await import("playwright-core");
  const browser = await chromium.launch({ executablePath: process.env.PITH_CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu",
    "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
  try {
    const page = await browser.newPage();
    await page.goto(`${address}/peers/page.html`);
    await page.locator("body[data-ready]").waitFor({ state: "attached" });
    const answer = workers > 1 ? page.evaluate(([j, n]) => window.runInWorkers(j, n), [job, workers]) : page.evaluate((j) => window.runJob(j), job).then((one) => [one]);
    return await withLimit(answer, 60 + 10 * seconds);
  } finally {
    await browser.close();
  }
}

async function inNode(job, processes) {
  const flag = "--experimental-wasm-relaxed-simd";
  const flags = ask(process.execPath, [flag, "-e", "0"], { stdio: "ignore" }) === null ? [] : [flag];
  const one = async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, join(peers, "node_host.mjs"), JSON.stringify({ ...job, models })], { maxBuffer: 1 << 26 });
    return JSON.parse(stdout.trim().split("\n").at(-1));
  };
  return Promise.all(Array.from({ length: processes }, one));
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Rounds of every engine in turn, so that a drift of the machine meets all of them. */
async function compare(title, candidates, measureOnce) {
  const samples = candidates.map(() => []);
  const failures = candidates.map(() => null);
  for (let round = 0; round < rounds; ++round) {
    for (const [i, candidate] of candidates.entries()) {
      if (failures[i]) continue;
      try {
        samples[i].push(await measureOnce(candidate));
      } catch (error) {
        failures[i] = String(error.message ?? error).split("\n").slice(0, 2).join(" ").slice(0, 200);
      }
    }
  }
  say(`\n${title}`);
  say(`${"".padEnd(30)}  median ms    best ms   images/s    cold ms  memory MiB  latency, ort = 1  images/s, ort = 1`);
  const summary = candidates.map((candidate, i) => samples[i].length > 0 && {
    ...candidate,
    median: median(samples[i].map((parts) => median(parts.map((part) => part.medianMilliseconds)))),
    best: Math.min(...samples[i].map((parts) => Math.min(...parts.map((part) => part.bestMilliseconds)))),
    perSecond: median(samples[i].map((parts) => parts.reduce((sum, part) => sum + part.perSecond, 0))),
    cold: median(samples[i].map((parts) => median(parts.map((part) => part.coldMilliseconds)))),
    memory: Math.max(...samples[i].map((parts) => Math.max(...parts.map((part) => part.memoryBytes)))) / 2 ** 20,
  });
  const base = summary.find((one) => one && one.engine === "onnxruntime-web");
  summary.forEach((one, i) => {
    const name = `${candidates[i].engine}${candidates[i].threads > 1 ? ` x${candidates[i].threads}` : ""}${candidates[i].note ? ` ${candidates[i].note}` : ""}`.padEnd(30);
    if (!one) { say(`${name}  not run: ${failures[i]}`); return; }
    const cell = (value, digits = 1) => value.toFixed(digits).padStart(11);
    say(`${name}${cell(one.median)}${cell(one.best)}${cell(one.perSecond)}${cell(one.cold, 0)}${cell(one.memory, 0)} ${base ? cell(one.median / base.median, 2) : ""}      ${base ? cell(one.perSecond / base.perSecond, 2) : ""}`);
  });
}

async function compareNative(name) {
  const recipe = join(models, "recipe.json");
  const { writeFileSync } = await import("node:fs");
  writeFileSync(recipe, JSON.stringify({ size: [224, 224], mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }));
  const out = ask(join(build, "native-release/tests/bench/pith_bench"), [join(models, `${name}.onnx`), recipe, String(seconds), join(root, "samples/film-04-rgb.jpg")]);
  if (out) say(`native, one thread, the same kernels on the processor's own vectors: ${JSON.parse(out).inferMilliseconds.toFixed(1)} ms`);
}

runMain(async () => {
  await prepare();
  const server = await serve();
  const address = `http://127.0.0.1:${server.address().port}`;
  const wanted = process.argv.slice(2).filter((word) => backbones.includes(word));
  say(`${cores} cores; ${rounds} rounds of ${seconds} s each, a fresh process each time; medians. Pith's times include decoding a 224-pixel PPM and preparing it.`);
  const engines = ["pith-relaxed", "pith-simd", "onnxruntime-web", "tfjs-wasm"];
  for (const name of wanted.length > 0 ? wanted : backbones) {
    const job = (engine, threads) => ({ engine, threads, model: `${name}.onnx`, seconds });
    const one = engines.map((engine) => job(engine, 1));
    const all = engines.map((engine) => job(engine, cores));
    const isPith = (candidate) => candidate.engine.startsWith("pith");
    await compare(`${name}, float32, 224 px: Chromium, one thread`, one, (candidate) => inBrowser(address, candidate, 1));
    await compare(`${name}: Chromium, all cores`, all, (candidate) => inBrowser(address, candidate, isPith(candidate) ? cores : 1));
    await compare(`${name}: Node, one thread`, one, (candidate) => inNode(candidate, 1));
    await compare(`${name}: Node, all cores`, all, (candidate) => inNode(candidate, isPith(candidate) ? cores : 1));
    await compareNative(name);
  }
  if (wanted.length === 0 && existsSync(join(sharedModels, quantised))) {
    const jobs = ["pith-relaxed", "pith-simd", "litert"].map((engine) => ({ engine, threads: 1, model: `/shared/${quantised}`, seconds }));
    await compare("MobileNetV2 int8 (TFLite): Chromium, one thread", [...jobs, { engine: "pith-relaxed", threads: 1, model: "mobilenet_v2.onnx", seconds, note: "float32" }],
      (candidate) => inBrowser(address, candidate, 1));
  } else if (wanted.length === 0) {
    say("\nThe quantised model is not beside this clone: int8 was not measured.");
  }
  server.close();
});

// SPDX-License-Identifier: Apache-2.0
// `npm run bench:peers`: the engine beside what a page could use instead, in one run on one machine: headless Chromium and Node, one
// thread and all cores, the same models. Prints medians and ratios of this machine at this hour; no promise and no test.
// `npm run bench:peers -- --help` has the options.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem, type } from "node:os";
import { join } from "node:path";
import { parseArguments, usage } from "../tests/bench/peers/arguments.mjs";
import { catalogue } from "../tests/bench/peers/catalogue.mjs";
import { inBrowser, inNode, launchBrowser } from "../tests/bench/peers/places.mjs";
import { allowedDistance, distance, summarize, table } from "../tests/bench/peers/report.mjs";
import { serve } from "../tests/bench/peers/server.mjs";
import { buildPageModules, buildPreset } from "./setup/build.mjs";
import { setUp } from "./setup/main.mjs";
import { build, contentHash, root } from "./setup/places.mjs";
import { ask, run, runMain, say, step } from "./setup/shell.mjs";

const peers = join(root, "tests/bench/peers");
const models = join(build, "bench/peers");
const sharedModels = join(root, "../shared/data/models");
const cores = availableParallelism();
const isPith = (engine) => engine.startsWith("pith");

async function prepare() {
  await setUp({ tests: true });
  await buildPreset("native-release", ["pith_bench"]);
  await buildPageModules();
  if (!existsSync(join(peers, "node_modules"))) await step("Installing the peers", () => run("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: peers }));
  mkdirSync(models, { recursive: true });
  const stamp = join(models, ".made-from");
  const key = contentHash(join(peers, "make_models.py"), join(peers, "quantize.py"));
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== key) {
    await step("Exporting torchvision's backbones", () => run("/usr/bin/python3", [join(peers, "make_models.py"), models]));
    writeFileSync(stamp, key);
  }
  const { build: bundle } = await import("vite");  // there only after the set-up
  await bundle({ root: peers, logLevel: "error", configFile: false, build: { outDir: join(models, "bundle"), emptyOutDir: false, minify: true,
    lib: { entry: join(peers, "litert_entry.mjs"), formats: ["es"], fileName: () => "litert.mjs" } } });
}

async function facts() {
  const versions = JSON.parse(readFileSync(join(peers, "package.json"), "utf8")).devDependencies;
  const browser = await launchBrowser();
  const chromium = browser.version();
  await browser.close();
  return { date: new Date().toISOString(), system: `${type()} ${release()}`, processor: cpus()[0].model, cores, memoryMebibytes: Math.round(totalmem() / 2 ** 20),
    node: process.version, chromium, pith: ask("git", ["rev-parse", "HEAD"], { cwd: root })?.trim() ?? "", peers: versions };
}

/** How a job is run in a place: Pith by one worker or process for each thread, the peers by threads of their own. */
function runnerOf(place, address) {
  return (job) => {
    const workers = isPith(job.engine) ? job.threads : 1;
    return place === "chromium" ? inBrowser(address, job, workers) : inNode({ ...job, folder: models }, workers);
  };
}

const said = (error) => String(error.message ?? error).split("\n").slice(0, 2).join(" ").slice(0, 300);

/** One answer of each engine to the same image, beside Pith's. */
async function compareAnswers(model, engines, runJob) {
  const base = "pith-simd";
  const answerOf = async (engine) => (await runJob({ engine, threads: 1, model, seconds: 0, atOutput: model.output !== undefined }))[0].features;
  const expected = await answerOf(base);
  const answers = [];
  for (const engine of engines.filter((one) => one !== base)) {
    try {
      const apart = distance(await answerOf(engine), expected);
      const isSame = apart <= allowedDistance(model);
      answers.push({ engine, distance: apart, isSame });
      say(`  ${engine} computes ${isSame ? "the same as" : "SOMETHING ELSE than"} ${base}: ${expected.length} values, relative distance ${apart.toExponential(1)}, allowed ${allowedDistance(model)}`);
    } catch (error) {
      answers.push({ engine, failure: said(error) });
      say(`  ${engine}: no answer to compare: ${said(error)}`);
    }
  }
  return answers;
}

/** Rounds of every engine in turn, so that a drift of the machine meets all of them. */
async function measureAll(jobs, rounds, runJob) {
  const rows = jobs.map((job) => ({ name: job.name, samples: [] }));
  for (let round = 0; round < rounds; ++round) {
    for (const [i, job] of jobs.entries()) {
      if (rows[i].failure) continue;
      try {
        rows[i].samples.push(await runJob(job));
      } catch (error) {
        rows[i].failure = said(error);
      }
    }
  }
  return rows.map(({ name, samples, failure }) => (failure ? { name, failure } : { name, figures: summarize(samples) }));
}

/** What is measured of a model in one place with so many threads. */
function jobsOf(model, threads, seconds) {
  const named = (engine) => (threads > 1 ? `${engine} x${threads}` : engine);
  const jobs = model.engines.map((engine) => ({ name: named(engine), engine, threads, model, seconds }));
  if (model.beside) jobs.push({ name: "pith-relaxed float32", engine: "pith-relaxed", threads, model: catalogue[model.beside], seconds });
  return jobs;
}

/** The base of the ratios: onnxruntime-web with as many threads; without it the same network in float32, or the peer there is. */
const baseOf = (model, threads) => {
  const named = (engine) => (threads > 1 ? `${engine} x${threads}` : engine);
  if (model.engines.includes("onnxruntime-web")) return named("onnxruntime-web");
  return model.beside ? "pith-relaxed float32" : named("litert");
};

function native(model, seconds) {
  const recipe = join(models, "recipe.json");
  writeFileSync(recipe, JSON.stringify({ size: [model.sidePx, model.sidePx], mean: model.mean, std: model.std }));
  const file = model.file.startsWith("/shared/") ? join(sharedModels, model.file.slice(8)) : join(models, model.file);
  const answer = ask(join(build, "native-release/tests/bench/pith_bench"), [file, recipe, String(seconds), join(root, "samples/film-04-rgb.jpg")]);
  if (!answer) return null;
  const { inferMilliseconds } = JSON.parse(answer);
  say(`  native, one thread, the same network on the processor's own vectors: ${inferMilliseconds.toFixed(1)} ms`);
  return inferMilliseconds;
}

async function measureModel(name, address, options) {
  const model = catalogue[name];
  const result = { title: model.title, places: {}, nativeMilliseconds: null };
  for (const place of model.places.filter((one) => !options.only || one === options.only)) {
    const runJob = runnerOf(place, address);
    say(`\n${model.title}, ${place}: are the answers the same?`);
    result.places[place] = { answers: await compareAnswers(model, model.engines, runJob), tables: [] };
    for (const threads of cores > 1 ? [1, cores] : [1]) {
      const rows = await measureAll(jobsOf(model, threads, options.seconds), options.rounds, runJob);
      const base = baseOf(model, threads);
      say(table(`${model.title}: ${place}, ${threads === 1 ? "one thread" : `${threads} threads`}`, rows, base));
      result.places[place].tables.push({ threads, base, rows });
    }
  }
  result.nativeMilliseconds = native(model, options.seconds);
  return result;
}

async function measureModels(address, options) {
  const report = { machine: await facts(), seconds: options.seconds, rounds: options.rounds, models: {} };
  say(JSON.stringify(report.machine));
  say(`${options.rounds} rounds of ${options.seconds} s each, a fresh browser or process each time; medians. Pith's times include decoding a PPM and preparing it; its "x${cores}" are workers, the peers' are threads.`);
  for (const name of options.models) {
    if (catalogue[name].file.startsWith("/shared/") && !existsSync(join(sharedModels, catalogue[name].file.slice(8)))) say(`\n${name}: not measured, the shared data are not beside this clone`);
    else if (options.only && !catalogue[name].places.includes(options.only)) say(`\n${name}: not measured, nobody beside Pith reads it under Node`);
    else report.models[name] = await measureModel(name, address, options);
    if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 1)}\n`);
  }
}

runMain(async () => {
  const options = parseArguments(process.argv.slice(2), Object.keys(catalogue));
  if (options.help) {
    say(usage.replace("MODELS", Object.entries(catalogue).map(([name, { title }]) => `    ${name.padEnd(20)}${title}`).join("\n")));
    return;
  }
  await prepare();
  const server = await serve([["/peers/", peers], ["/web/", join(root, "web")], ["/models/", models], ["/bundle/", join(models, "bundle")], ["/node_modules/", join(peers, "node_modules")],
    ["/build/", build], ["/shared/", sharedModels]]);
  try {
    await measureModels(`http://127.0.0.1:${server.address().port}`, options);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

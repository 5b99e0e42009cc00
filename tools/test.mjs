// SPDX-License-Identifier: Apache-2.0
// `npm test`: makes the machine ready, builds every variant and runs every test. `npm test -- native page` runs only those parts.
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { searchChangedImporters } from "./fuzzing.mjs";
import { buildPage, buildPageModules, buildPreset, buildReader } from "./setup/build.mjs";
import { setUp } from "./setup/main.mjs";
import { build, contentHash, keyOf, root } from "./setup/places.mjs";
import { SetupError, run, runMain, say, step } from "./setup/shell.mjs";

const sharedData = join(root, "../shared/data");
const references = join(build, "reference");
const binary = join(build, "native-release/src/cli/pith");
const env = { ...process.env, PITH_REFERENCE_DIR: references, PITH_BINARY: binary };

/** What asks Pillow and PyTorch for answers: script, folder below build/reference, arguments. */
const referenceScripts = [
  ["make_resize.py", "resize", (out) => (existsSync(sharedData) ? [out, "--shared-data", sharedData] : [out])],
  ["make_torchvision.py", "torchvision", (out) => [out]],
  ["make_transformers.py", "transformers", (out) => [out]],
  ["make_blocks.py", "blocks", (out) => [out]],
  ["make_decode.py", "decode", (out) => existsSync(sharedData) && [out, sharedData]],
  ["squeezenet_reference.py", "squeezenet", (out) => existsSync(sharedData) && [sharedData, out]],
];

/** Reference features and pixels by Pillow and PyTorch, made once and again where their scripts change. */
async function makeReferences() {
  const scripts = join(root, "tests/reference");
  const stamp = join(references, ".made-from");
  const key = keyOf(contentHash(scripts), existsSync(sharedData));
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === key) return;
  const unfinished = `${references}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  await step("Asking Pillow and PyTorch for reference answers, once", async () => {
    for (const [script, name, argumentsFor] of referenceScripts) {
      const args = argumentsFor(join(unfinished, name));
      if (!args) continue;
      mkdirSync(join(unfinished, name), { recursive: true });
      await run("/usr/bin/python3", [join(scripts, script), ...args], { cwd: root });
    }
  });
  writeFileSync(join(unfinished, ".made-from"), key);
  rmSync(references, { recursive: true, force: true });
  renameSync(unfinished, references);
}

const ctest = (preset) => run("ctest", ["--preset", preset], { cwd: root, env, show: true });
const nodeTest = (folder) => {
  const files = readdirSync(join(root, folder)).filter((name) => name.endsWith(".test.mjs")).sort().map((name) => join(root, folder, name));
  return run(process.execPath, ["--test", "--test-concurrency=1", "--test-reporter=spec", ...files], { cwd: root, env, show: true });
};

const parts = {
  async native() {
    await buildPreset("native-release");
    await ctest("native-release");
  },
  async asan() {
    await buildPreset("native-asan", [], "Building native-asan (address and undefined-behaviour sanitizers)");
    await ctest("native-asan");
    await step("Searching the importers with damaged models, where they changed", searchChangedImporters);
  },
  async wasm() {
    for (const variant of ["wasm-simd", "wasm-relaxed"]) {
      await buildPreset(variant);
      await ctest(variant);
    }
  },
  async conformance() {
    await buildPreset("native-release", ["pith_conformance"]);
    await nodeTest("tests/conformance");
  },
  async cli() {
    await buildPreset("native-release", ["pith_cli"]);
    const readers = join(root, "tests/cli/readers");
    if (!existsSync(join(readers, "node_modules"))) {
      await step("Installing the programs that open exported files", () => run("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: readers }));
    }
    await nodeTest("tests/cli");
  },
  async python() {
    const python = join(root, "readers/python");
    await run("/usr/bin/python3", ["-m", "mypy", "-p", "pith", "--config-file", "pyproject.toml", "--cache-dir", join(build, "mypy")], { cwd: python });
    await run("/usr/bin/python3", ["-W", "error", "-m", "unittest", "discover", "-s", join(python, "tests")],
      { cwd: root, env: { ...env, PYTHONPATH: join(python, "src") }, show: true });
  },
  async train() {
    await buildPreset("native-release", ["pith_cli"]);
    await run("/usr/bin/python3", ["-W", "error", "-m", "unittest", "discover", "-t", ".", "-s", "train/tests"],
      { cwd: join(root, "models"), env, show: true });
  },
  async page() {
    await buildPageModules();
    await buildPreset("native-release", ["pith_cli"]);
    await buildPage();
    await buildReader();
    await nodeTest("tests/browser");
  },
  async js() {
    await buildReader();
    await nodeTest("readers/js/tests");
  },
};

runMain(async () => {
  const wanted = process.argv.slice(2);
  const unknown = wanted.find((name) => !(name in parts));
  if (unknown) throw new SetupError(`'${unknown}' is no part of the tests; the parts are ${Object.keys(parts).join(", ")}`);
  await setUp({ tests: true });
  if (!existsSync(sharedData)) say("The shared test data is not beside this clone: tests that need it are skipped, each with a message.");
  await makeReferences();
  const failed = [];
  for (const [name, part] of Object.entries(parts)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    say(`\n== ${name} ==`);
    try {
      await part();
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      say(`✗ ${error.message}`);
      failed.push(name);
    }
  }
  if (failed.length > 0) throw new SetupError(`failed: ${failed.join(", ")}`);
  say("\nAll parts passed.");
});

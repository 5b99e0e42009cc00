// SPDX-License-Identifier: Apache-2.0
// libFuzzer under the sanitizers. What is found stays in build/fuzz/TARGET/findings; a finding that is mended belongs into
// tests/fuzz/regressions/TARGET.
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build, contentHash, keyOf, root } from "./setup/places.mjs";
import { SetupError, run, say } from "./setup/shell.mjs";

const largestSeedBytes = 64 * 1024;
export const seedFolders = {
  decode_image: ["samples", "tests/fuzz/regressions/decode_image", "../shared/data/decode"],
  container_reader: ["spec/vectors"],
  container_roundtrip: ["spec/vectors/valid"],
  container_transform: ["spec/vectors/valid"],
  dof_archive: ["tests/data/dof"],
  dof_pickle: [],
  onnx_model: ["tests/data/onnx", "../shared/data/onnx/pytorch-converted", "../shared/data/models/onnx"],
  tflite_model: ["tests/data/tflite"],
};

/** Sorted: a file system gives names in any order, and the search follows from the order of the seeds. */
function* filesBelow(folder) {
  const entries = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.isDirectory()) yield* filesBelow(join(folder, entry.name));
    else if (entry.isFile()) yield join(folder, entry.name);
  }
}

/** The pickles of tests/data/dof stand together in one file. */
function plantPickles(corpus) {
  for (const { name, pickle } of JSON.parse(readFileSync(join(root, "tests/data/dof/pickles.json"), "utf8"))) {
    writeFileSync(join(corpus, `seed-${name}`), Buffer.from(pickle, "hex"));
  }
}

/** Copies small files of the target's kind into its corpus, which is kept between runs. */
function plantSeeds(target, corpus, folders = seedFolders[target]) {
  let count = 0;
  for (const folder of folders) {
    for (const file of filesBelow(join(root, folder))) {
      if (statSync(file).size <= largestSeedBytes) copyFileSync(file, join(corpus, `seed-${count++}`));
    }
  }
}

function folderOf(target, name) {
  const folder = join(build, "fuzz", target, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Runs a target until a limit of libFuzzer's (`-runs=N`, `-max_total_time=SECONDS`); rejects where something is found, or nothing could be. */
async function search(target, limits, corpus, options) {
  if (target === "dof_pickle") plantPickles(corpus);
  await run(join(build, "native-asan/tests/fuzz", `${target}_fuzz`), [...limits, "-rss_limit_mb=2048", "-timeout=20",
    "-print_final_stats=1", `-artifact_prefix=${folderOf(target, "findings")}/`, corpus], options);
  // libFuzzer keeps what reaches a new branch. Where it kept nothing, it sees no branches, and the search was one in the dark.
  if (readdirSync(corpus).every((name) => name.startsWith("seed-"))) {
    throw new SetupError(`The search of ${target} kept no file: what it tests is not instrumented (tests/fuzz/CMakeLists.txt)`);
  }
}

/** A search from where the last one ended. */
export async function searchFor(target, seconds) {
  const corpus = folderOf(target, "corpus");
  plantSeeds(target, corpus);
  say(`\n▸ ${target}, ${seconds} s`);
  await search(target, [`-max_total_time=${seconds}`], corpus, { show: true });
}

/** What reads model files, and how many damaged files a change of it has to endure. */
const importers = { onnx_model: 100_000, tflite_model: 1_200_000 };

/**
 * Searches the importers that changed since they were last searched here: always the same files in the same order, from the seeds
 * of this repository, so that the outcome depends on the change alone.
 */
export async function searchChangedImporters() {
  const sources = contentHash(...["model", "onnx", "tflite", "import"].map((name) => join(root, "src/pith", name)), join(root, "tests/data"));
  await Promise.all(Object.entries(importers).map(async ([target, runs]) => {
    const key = keyOf(sources, contentHash(join(root, `tests/fuzz/${target}_fuzz.cpp`)), runs);
    const stamp = join(folderOf(target, "."), "searched");
    if (existsSync(stamp) && readFileSync(stamp, "utf8") === key) return;
    const corpus = folderOf(target, "changed");
    rmSync(corpus, { recursive: true });
    mkdirSync(corpus);
    plantSeeds(target, corpus, seedFolders[target].filter((folder) => !folder.startsWith("..")));
    const started = performance.now();
    await search(target, ["-seed=1", `-runs=${runs}`], corpus, {});
    say(`▸ ${target}: ${runs} damaged files endured, ${((performance.now() - started) / 1000).toFixed(0)} s`);
    writeFileSync(stamp, key);
  }));
}

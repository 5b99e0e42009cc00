// SPDX-License-Identifier: Apache-2.0
// `npm run fuzz [-- SECONDS [TARGET...]]`: libFuzzer under the sanitizers, each target for a while. What is found stays in
// build/fuzz/TARGET/findings; a finding that is mended belongs into tests/fuzz/regressions/TARGET.
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildPreset } from "./setup/build.mjs";
import { setUp } from "./setup/main.mjs";
import { build, root } from "./setup/places.mjs";
import { SetupError, run, runMain, say } from "./setup/shell.mjs";

const largestSeedBytes = 64 * 1024;
const seedFolders = {
  decode_image: ["samples", "tests/fuzz/regressions/decode_image", "../shared/data/decode"],
  container_reader: ["spec/vectors"],
  container_roundtrip: ["spec/vectors/valid"],
  container_transform: ["spec/vectors/valid"],
  dof_archive: ["tests/data/dof"],
  dof_pickle: [],
  onnx_model: ["../shared/data/onnx/pytorch-converted", "../shared/data/models/onnx"],
  tflite_model: ["tests/data/tflite"],
};

function* filesBelow(folder) {
  for (const entry of existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : []) {
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
function plantSeeds(target, corpus) {
  let count = 0;
  for (const folder of seedFolders[target]) {
    for (const file of filesBelow(join(root, folder))) {
      if (statSync(file).size <= largestSeedBytes) copyFileSync(file, join(corpus, `seed-${count++}`));
    }
  }
}

runMain(async () => {
  const [seconds = "60", ...named] = process.argv.slice(2);
  if (!/^\d+$/.test(seconds)) throw new SetupError(`'${seconds}' is no number of seconds: npm run fuzz -- SECONDS [TARGET...]`);
  const targets = named.length > 0 ? named : Object.keys(seedFolders);
  const unknown = targets.find((target) => !(target in seedFolders));
  if (unknown) throw new SetupError(`'${unknown}' is no fuzz target; there are ${Object.keys(seedFolders).join(", ")}`);
  await setUp({ tests: false });
  await buildPreset("native-fuzz", targets.map((target) => `${target}_fuzz`));
  for (const target of targets) {
    const corpus = join(build, "fuzz", target, "corpus");
    const findings = join(build, "fuzz", target, "findings");
    for (const folder of [corpus, findings]) mkdirSync(folder, { recursive: true });
    plantSeeds(target, corpus);
    if (target === "dof_pickle") plantPickles(corpus);
    say(`\n▸ ${target}, ${seconds} s`);
    await run(join(build, "native-fuzz/tests/fuzz", `${target}_fuzz`), [`-max_total_time=${seconds}`, "-rss_limit_mb=2048", "-timeout=20",
      "-print_final_stats=1", `-artifact_prefix=${findings}/`, corpus], { show: true });
  }
});

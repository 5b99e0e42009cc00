// SPDX-License-Identifier: Apache-2.0
// `npm run fuzz [-- SECONDS [TARGET...]]`: each fuzz target for a while, from where the last search ended.
import { searchFor, seedFolders } from "./fuzzing.mjs";
import { buildPreset } from "./setup/build.mjs";
import { setUp } from "./setup/main.mjs";
import { SetupError, runMain } from "./setup/shell.mjs";

runMain(async () => {
  const [seconds = "60", ...named] = process.argv.slice(2);
  if (!/^\d+$/.test(seconds)) throw new SetupError(`'${seconds}' is no number of seconds: npm run fuzz -- SECONDS [TARGET...]`);
  const targets = named.length > 0 ? named : Object.keys(seedFolders);
  const unknown = targets.find((target) => !(target in seedFolders));
  if (unknown) throw new SetupError(`'${unknown}' is no fuzz target; there are ${Object.keys(seedFolders).join(", ")}`);
  await setUp({ tests: false });
  await buildPreset("native-asan", targets.map((target) => `${target}_fuzz`));
  for (const target of targets) await searchFor(target, seconds);
});

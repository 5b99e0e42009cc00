// SPDX-License-Identifier: Apache-2.0
// `npm run bench:readers`: the Python reader beside other formats, and a head on stored features beside running the backbone in every
// epoch. Figures of this machine at this hour; no promise and no test. `-- --records 20000 --rounds 1` is a quick look.
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { buildPreset } from "./setup/build.mjs";
import { setUp } from "./setup/main.mjs";
import { build, root } from "./setup/places.mjs";
import { run, runMain, say } from "./setup/shell.mjs";

const benchmarks = join(root, "readers/python/benchmarks");
const archive = join(root, "../shared/data/cxr/kermany224/kermany224-train.tar.gz");
const python = (script, args) => run("/usr/bin/python3", [join(benchmarks, script), ...args],
  { cwd: root, show: true, env: { ...process.env, PYTHONPATH: join(root, "readers/python/src") } });

runMain(async () => {
  await setUp({ tests: true });
  say("\nReading\n");
  await python("reading.py", process.argv.slice(2));
  if (!existsSync(archive)) return say("The shared test data is not beside this clone: training is left out.");
  await buildPreset("native-release", ["pith_cli"]);
  const images = join(build, "bench/kermany");
  if (!existsSync(images)) {
    mkdirSync(images, { recursive: true });
    await run("tar", ["-xzf", archive, "-C", images]);
  }
  say("\nTraining\n");
  await python("training.py", [join(build, "native-release/src/cli/pith"), join(images, "train")]);
});

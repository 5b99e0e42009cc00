// SPDX-License-Identifier: Apache-2.0
// `npm run --silent pith -- ARGS`: the command line, built where it is not; nothing else on standard output.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { buildPreset } from "./setup/build.mjs";
import { setUp } from "./setup/main.mjs";
import { build } from "./setup/places.mjs";
import { run, runMain } from "./setup/shell.mjs";

runMain(async () => {
  const binary = join(build, "native-release/src/cli/pith");
  if (existsSync(binary)) {
    await run("cmake", ["--build", join(build, "native-release"), "--target", "pith_cli"]);  // answers at once where nothing changed
  } else {
    await setUp({ tests: false });
    await buildPreset("native-release", ["pith_cli"], "Building the command line");
  }
  // npm changes into the project's folder; paths are meant from where the user stands.
  const child = spawn(binary, process.argv.slice(2), { stdio: "inherit", cwd: process.env.INIT_CWD ?? process.cwd() });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  child.on("close", (code, signal) => { process.exitCode = code ?? (signal === "SIGINT" ? 130 : 143); });
});

// SPDX-License-Identifier: Apache-2.0
// `npm run --silent conformance -- FOLDER [--json]`: runs the cases of ONNX's conformance suite below a folder through import, passes
// and kernels. Cases pass, or are refused with a reason; exit status 0 where none gives wrong numbers.
import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { buildPreset } from "./setup/build.mjs";
import { setUp } from "./setup/main.mjs";
import { build } from "./setup/places.mjs";
import { SetupError, run, runMain } from "./setup/shell.mjs";

/** The program prints a line for each case: verdict, name and reason, between tabs. */
function summarise(output) {
  const cases = output.split("\n").filter(Boolean).map((line) => {
    const [status, name, reason] = line.split("\t");
    return reason ? { name, status, reason } : { name, status };
  });
  const count = (status) => cases.filter((entry) => entry.status === status).length;
  return { passed: count("passed"), refused: count("refused"), wrong: count("wrong"), cases };
}

runMain(async () => {
  const asJson = process.argv.includes("--json");
  const [folder, ...rest] = process.argv.slice(2).filter((argument) => argument !== "--json");
  if (!folder || rest.length > 0) throw new SetupError("usage: npm run --silent conformance -- FOLDER [--json]");
  if (!existsSync(folder) || !statSync(folder).isDirectory()) throw new SetupError(`${folder} is no folder`);
  await setUp({ tests: false });
  await buildPreset("native-release", ["pith_conformance"]);
  const result = summarise(await run(join(build, "native-release/tests/conformance/pith_conformance"), [resolve(folder)]));
  if (result.cases.length === 0) throw new SetupError("there is no case below this folder");
  if (asJson) {
    console.log(JSON.stringify(result, null, 2));
  } else {
    for (const { name, status, reason } of result.cases) if (status !== "passed") console.log(`${status}  ${name}: ${reason}`);
    console.log(`${result.passed} passed, ${result.refused} refused, ${result.wrong} wrong`);
  }
  process.exitCode = result.wrong === 0 ? 0 : 1;
});

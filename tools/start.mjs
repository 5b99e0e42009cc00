// SPDX-License-Identifier: Apache-2.0
// `npm start`: makes the machine ready, builds the page and serves it on http://localhost:8080 (PORT names another).
// `npm start -- --model NAME --model FOLDER` puts model packages beside the page.
import { parseArgs } from "node:util";
import { buildPage, buildPageModules } from "./setup/build.mjs";
import { defaultPackage, findPackage } from "./setup/models.mjs";
import { setUp } from "./setup/main.mjs";
import { SetupError, runMain, say } from "./setup/shell.mjs";
import { serve } from "./serve.mjs";

/** The folders of the packages that were named. */
function chosenModels() {
  try {
    const { model = [] } = parseArgs({ options: { model: { type: "string", multiple: true } } }).values;
    return [...new Set(model.map(findPackage))].filter((folder) => folder !== defaultPackage);
  } catch (error) {
    throw error instanceof SetupError ? error : new SetupError(`${error.message}; --model NAME is the only option`);
  }
}

runMain(async () => {
  const models = chosenModels();
  await setUp({ tests: false });
  await buildPageModules();
  await buildPage(models);
  const port = Number(process.env.PORT ?? 8080);
  const address = await serve({ port }).catch((error) => {
    if (error.code !== "EADDRINUSE") throw error;
    throw new SetupError(`port ${port} is taken by another program; choose another one: PORT=${port + 1} npm start`);
  });
  say(`\nPith is ready: ${address}\nImages that you open there stay on this computer. End with Ctrl-C.`);
});

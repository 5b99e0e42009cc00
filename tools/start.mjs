// SPDX-License-Identifier: Apache-2.0
// `npm start`: makes the machine ready, builds the page and serves it on http://localhost:8080 (PORT names another).
import { buildPage, buildPreset } from "./setup/build.mjs";
import { setUp } from "./setup/main.mjs";
import { SetupError, runMain, say } from "./setup/shell.mjs";
import { serve } from "./serve.mjs";

runMain(async () => {
  await setUp({ tests: false });
  await buildPreset("wasm-simd", ["pith_wasm"], "Building the engine (WebAssembly, SIMD)");
  await buildPreset("wasm-relaxed", ["pith_wasm"], "Building the engine (WebAssembly, relaxed SIMD)");
  await buildPage();
  const port = Number(process.env.PORT ?? 8080);
  const address = await serve({ port }).catch((error) => {
    if (error.code !== "EADDRINUSE") throw error;
    throw new SetupError(`port ${port} is taken by another program; choose another one: PORT=${port + 1} npm start`);
  });
  say(`\nPith is ready: ${address}\nImages that you open there stay on this computer. End with Ctrl-C.`);
});

// SPDX-License-Identifier: Apache-2.0
// `node node_host.mjs JOB.json`: one engine in one process, under Node. Prints one line of JSON.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { measure } from "./engines.mjs";
import { watchMemory } from "./memory_meter.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const job = JSON.parse(process.argv[2]);
watchMemory();

const host = {
  bytes: async (name) => {
    const file = await readFile(join(job.folder, name));
    return new Uint8Array(file.buffer.slice(file.byteOffset, file.byteOffset + file.length));
  },
  pithModule: (variant) => createRequire(import.meta.url)(join(here, `../../../build/wasm-${variant}/src/bindings/pith_engine.js`))(),
  onnxruntime: () => import("onnxruntime-web"),
  tfjs: async (threads) => {
    if (threads > 1) throw new Error("TensorFlow.js has its threads in browsers only");
    return { tf: await import("@tensorflow/tfjs-core"), wasm: await import("@tensorflow/tfjs-backend-wasm") };
  },
  litert: () => { throw new Error("LiteRT.js runs in browsers only"); },
};

console.log(JSON.stringify(await measure(job, host)));
process.exit(0);  // onnxruntime-web's threads would keep the process alive

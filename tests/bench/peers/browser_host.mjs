// SPDX-License-Identifier: Apache-2.0
// The same in a browser: the page and its workers load this file and call `runJob`.
import { measure } from "./engines.mjs";
import { watchMemory } from "./memory_meter.mjs";

watchMemory();

async function bytes(name) {
  const response = await fetch(name.startsWith("/") ? name : `/models/${name}`, { cache: "no-store" });
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** The engine's loader is a classic script; a module of its text exports what it defines. */
async function pithModule(variant) {
  const folder = `/build/wasm-${variant}/src/bindings`;
  const text = new TextDecoder().decode(await bytes(`${folder}/pith_engine.js`));
  const address = URL.createObjectURL(new Blob([`${text}\nexport default createPithModule;`], { type: "text/javascript" }));
  const { default: create } = await import(address);
  return create({ locateFile: (file) => `${folder}/${file}` });
}

function script(address) {
  return new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.src = address;
    element.onload = resolve;
    element.onerror = () => reject(new Error(`cannot load ${address}`));
    document.head.append(element);
  });
}

const host = {
  bytes,
  pithModule,
  onnxruntime: async () => {
    const ort = await import("/node_modules/onnxruntime-web/dist/ort.wasm.min.mjs");
    ort.env.wasm.wasmPaths = "/node_modules/onnxruntime-web/dist/";
    return ort;
  },
  // As published: its threads start from the text of a function, which names what a bundler renames.
  tfjs: async () => {
    await script("/node_modules/@tensorflow/tfjs-core/dist/tf-core.min.js");
    await script("/node_modules/@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.min.js");
    self.tf.wasm.setWasmPaths("/node_modules/@tensorflow/tfjs-backend-wasm/dist/");
    return { tf: self.tf, wasm: self.tf.wasm };
  },
  litert: async (threads) => {
    const litert = await import("/bundle/litert.mjs");
    await litert.loadLiteRt("/node_modules/@litertjs/core/wasm/", { threads: threads > 1 });
    return litert;
  },
};

export const runJob = (job) => measure(job, host);

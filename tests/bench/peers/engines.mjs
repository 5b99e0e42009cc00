// SPDX-License-Identifier: Apache-2.0
// Each engine as one function: load a model, then run it on one prepared image at a time. The same file runs under Node and in the
// browser; `host` says how bytes and modules are reached there.
//
// Pith takes an image file, so that its times include decoding a 224-pixel PPM and preparing it; the peers get finished floats.
import { tfjsGraph } from "./tfjs_graph.mjs";

const sidePx = 224;
const featureCounts = { mobilenet_v2: 1280, resnet50: 2048, densenet121: 1024 };

/** A picture of noise, the same every time. */
function pixels() {
  let state = 1;
  return Uint8Array.from({ length: sidePx * sidePx * 3 }, () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24);
}

function ppm() {
  const header = new TextEncoder().encode(`P6\n${sidePx} ${sidePx}\n255\n`);
  const file = new Uint8Array(header.length + sidePx * sidePx * 3);
  file.set(header);
  file.set(pixels(), header.length);
  return file;
}

async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function pith(variant, model, host) {
  const file = await host.bytes(model);
  const module = await host.pithModule(variant);
  const recipe = { size: [sidePx, sidePx], mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
  const manifest = { name: "bench", title: "benchmark", file: "model", licence: "none", attribution: "random weights", featureCount: featureCounts[model.replace(/.*\/|\.\w+$/g, "")] ?? 1280, sha256: await sha256(file), sizeBytes: file.length, recipe };
  const loaded = module.Extractor.load(file, JSON.stringify(manifest));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const image = ppm();
  return {
    run: () => {
      const result = loaded.value.extract(image, 0);
      if (!result.ok) throw new Error(JSON.stringify(result.error));
      return result.value.features;
    },
    memoryBytes: () => module.memoryBytes(),
    weightBytes: file.length,
  };
}

async function onnxruntime(threads, model, host) {
  const ort = await host.onnxruntime();
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = "error";
  const session = await ort.InferenceSession.create(await host.bytes(model), { executionProviders: ["wasm"], graphOptimizationLevel: "all" });
  const input = new ort.Tensor("float32", Float32Array.from(pixels(), (value) => value / 255), [1, 3, sidePx, sidePx]);
  return { run: async () => (await session.run({ image: input })).features.data };
}

async function tfjs(threads, model, host) {
  const { tf, wasm } = await host.tfjs();
  // Its threaded build never answers where a single thread is asked for.
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", threads > 1);
  wasm.setThreadsCount(threads);
  await tf.setBackend("wasm");
  await tf.ready();
  const name = model.replace(/\.onnx$/, "");
  const description = JSON.parse(new TextDecoder().decode(await host.bytes(`${name}.json`)));
  const weights = await host.bytes(`${name}.bin`);
  const forward = tfjsGraph(tf, description, new Float32Array(weights.buffer, weights.byteOffset, weights.length / 4));
  const image = Float32Array.from(pixels(), (value) => value / 255);
  return { run: () => forward(image, sidePx) };
}

async function litert(threads, model, host) {
  const { loadLiteRt, loadAndCompile, Tensor } = await host.litert(threads);
  void loadLiteRt;
  const compiled = await loadAndCompile(await host.bytes(model), { accelerator: "wasm" });
  const [details] = compiled.getInputDetails();
  const isByte = details.dtype === "uint8" || details.dtype === "int8";
  const Array_ = details.dtype === "uint8" ? Uint8Array : details.dtype === "int8" ? Int8Array : Float32Array;
  const input = new Tensor(Array_.from(pixels(), (value) => (isByte ? value : value / 127.5 - 1)), Array.from(details.shape));
  return {
    run: async () => {
      const outputs = await compiled.run([input]);
      const result = outputs[0].toTypedArray ? outputs[0].toTypedArray() : await outputs[0].data();
      outputs.forEach((tensor) => tensor.delete());
      return result;
    },
  };
}

/** @param {{engine: string, threads: number, model: string}} job */
export function createEngine({ engine, threads, model }, host) {
  switch (engine) {
    case "pith-relaxed": return pith("relaxed", model, host);
    case "pith-simd": return pith("simd", model, host);
    case "onnxruntime-web": return onnxruntime(threads, model, host);
    case "tfjs-wasm": return tfjs(threads, model, host);
    case "litert": return litert(threads, model, host);
    default: throw new Error(`no engine is called ${engine}`);
  }
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Loads, warms up, and runs one image after another for `seconds`. Every answer is looked at: finite, and not all zero. */
export async function measure(job, host, seconds) {
  const begin = performance.now();
  const engine = await createEngine(job, host);
  const first = await engine.run();
  const coldMilliseconds = performance.now() - begin;
  if (!first.every(Number.isFinite) || first.every((value) => value === 0)) throw new Error("the engine's answer is no feature vector");
  for (let i = 0; i < 3; ++i) await engine.run();
  const times = [];
  const start = performance.now();
  while (performance.now() - start < seconds * 1000 || times.length < 5) {
    const call = performance.now();
    await engine.run();
    times.push(performance.now() - call);
  }
  return {
    coldMilliseconds,
    medianMilliseconds: median(times),
    bestMilliseconds: Math.min(...times),
    perSecond: (1000 * times.length) / (performance.now() - start),
    memoryBytes: engine.memoryBytes?.() ?? 0,
    weightBytes: engine.weightBytes ?? 0,
  };
}

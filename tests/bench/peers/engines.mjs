// SPDX-License-Identifier: Apache-2.0
// Each engine as one function: load a model, then run it on one image at a time. The same file runs under Node and in the
// browser; `host` says how bytes and modules are reached there.
//
// Pith takes an image file, so that its times include decoding a PPM and preparing it; the peers get finished numbers, of the
// same image.
import { warmUp } from "../../../web/src/api/warm_up.mjs";
import { memoryBytes } from "./memory_meter.mjs";
import { tfjsGraph } from "./tfjs_graph.mjs";

/** A picture of soft blobs under noise, the same every time: networks that were trained see some contrast. */
function pixels(sidePx) {
  let state = 1;
  return Uint8Array.from({ length: sidePx * sidePx * 3 }, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const [x, y] = [Math.floor(i / 3) % sidePx, Math.floor(i / 3 / sidePx)];
    return (state >>> 26) + 96 + Math.round(90 * Math.sin((x + 9 * (i % 3)) / 17) * Math.cos(y / 23));
  });
}

function ppm(sidePx) {
  const header = new TextEncoder().encode(`P6\n${sidePx} ${sidePx}\n255\n`);
  const samples = pixels(sidePx);
  const file = new Uint8Array(header.length + samples.length);
  file.set(header);
  file.set(samples, header.length);
  return file;
}

/** What a recipe makes of the image, channel after channel or pixel after pixel. */
function floats({ sidePx, mean, std }, isNhwc) {
  const samples = pixels(sidePx);
  const places = sidePx * sidePx;
  return Float32Array.from(samples, (_, i) => {
    const [place, channel] = isNhwc ? [Math.floor(i / 3), i % 3] : [i % places, Math.floor(i / places)];
    return (samples[3 * place + channel] / 255 - mean[channel]) / std[channel];
  });
}

/** As the page does it, while the engine is compiled. */
async function sha256(bytes) {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param atOutput  take the features where a peer gives its answer, not where Pith would cut */
async function pith(variant, model, host, atOutput) {
  const reading = host.bytes(model.file).then(async (file) => ({ file, digest: await sha256(file) }));
  const module = await host.pithModule(variant);
  warmUp(module);  // as the page does it while the model is fetched
  const { file, digest } = await reading;
  const recipe = { size: [model.sidePx, model.sidePx], mean: model.mean, std: model.std };
  const encoder = { name: "bench", recipe, tap: atOutput ? model.output.tensor : "", pooling: atOutput ? (model.output.pooling ?? "none") : "average" };
  const loaded = module.Extractor.loadOwn(file, JSON.stringify(encoder), digest);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const image = ppm(model.sidePx);
  return {
    run: () => {
      const result = loaded.value.extract(image, 0);
      if (!result.ok) throw new Error(JSON.stringify(result.error));
      return result.value.features;
    },
  };
}

async function onnxruntime(threads, model, host) {
  const reading = host.bytes(model.file);
  const ort = await host.onnxruntime();
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = "error";
  const session = await ort.InferenceSession.create(await reading, { executionProviders: ["wasm"], graphOptimizationLevel: "all" });
  const input = new ort.Tensor("float32", floats(model, false), [1, 3, model.sidePx, model.sidePx]);
  return { run: async () => (await session.run({ image: input })).features.data };
}

async function tfjs(threads, model, host) {
  const name = model.file.replace(/\.onnx$/, "");
  const reading = Promise.all([host.bytes(`${name}.json`), host.bytes(`${name}.bin`)]);
  const { tf, wasm } = await host.tfjs(threads);
  // Its threaded build never answers where a single thread is asked for.
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", threads > 1);
  wasm.setThreadsCount(threads);
  await tf.setBackend("wasm");
  await tf.ready();
  const [text, weights] = await reading;
  const description = JSON.parse(new TextDecoder().decode(text));
  const forward = tfjsGraph(tf, description, new Float32Array(weights.buffer, weights.byteOffset, weights.length / 4));
  const image = floats(model, true);
  return { run: () => forward(image, model.sidePx) };
}

async function litert(threads, model, host) {
  const reading = host.bytes(model.file);
  const { loadAndCompile, Tensor } = await host.litert(threads);
  const compiled = await loadAndCompile(await reading, { accelerator: "wasm", cpuOptions: { numThreads: threads } });
  const [details] = compiled.getInputDetails();
  const input = new Tensor(details.dtype === "uint8" ? pixels(model.sidePx) : floats(model, true), Array.from(details.shape));
  const { scale = 1, zeroPoint = 0 } = model.output;
  return {
    run: async () => {
      const outputs = await compiled.run([input]);
      const result = Float32Array.from(await outputs[0].data(), (value) => (value - zeroPoint) * scale);
      outputs.forEach((tensor) => tensor.delete());
      return result;
    },
  };
}

/** @param {{engine: string, threads: number, model: object, atOutput?: boolean}} job */
function createEngine({ engine, threads, model, atOutput }, host) {
  switch (engine) {
    case "pith-relaxed": return pith("relaxed", model, host, atOutput);
    case "pith-simd": return pith("simd", model, host, atOutput);
    case "onnxruntime-web": return onnxruntime(threads, model, host);
    case "tfjs-wasm": return tfjs(threads, model, host);
    case "litert": return litert(threads, model, host);
    default: throw new Error(`no engine is called ${engine}`);
  }
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/**
 * Loads, warms up, and runs one image after another for `job.seconds`. Cold is from a page or process in which nothing of the
 * engine is there to its first answer: fetching and compiling the engine, fetching and loading the model, one inference.
 * @returns {Promise<object>} with the first answer, to be compared; times are left out where job.seconds is 0
 */
export async function measure(job, host) {
  const begin = performance.now();
  const engine = await createEngine(job, host);
  const first = await engine.run();
  const coldMilliseconds = performance.now() - begin;
  if (!first.every(Number.isFinite) || first.every((value) => value === 0)) throw new Error("the engine's answer is no feature vector");
  const features = Array.from(first);
  if (job.seconds === 0) return { features };
  for (let i = 0; i < 3; ++i) await engine.run();
  const times = [];
  const start = performance.now();
  while (performance.now() - start < job.seconds * 1000 || times.length < 5) {
    const call = performance.now();
    await engine.run();
    times.push(performance.now() - call);
  }
  return { features, coldMilliseconds, medianMilliseconds: median(times), bestMilliseconds: Math.min(...times),
    perSecond: (1000 * times.length) / (performance.now() - start), memoryBytes: memoryBytes() };
}

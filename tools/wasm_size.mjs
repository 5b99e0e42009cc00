// SPDX-License-Identifier: Apache-2.0
// `npm run size [-- --json]`: what the page's engine weighs, by part and by operator: bytes of functions after all optimisation.
// A function that was inlined counts where it went.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";
import { buildPreset } from "./setup/build.mjs";
import { setUp } from "./setup/main.mjs";
import { build, root } from "./setup/places.mjs";
import { runMain } from "./setup/shell.mjs";

/** Parts by where the linker took a function from, "folder/file" of ours or "library(file)": the first that fits. */
const parts = [
  ["bindings", /^bindings\//],
  ["image, with stb_image", /^image\//],
  ["TFLite", /^tflite\//],
  ["ONNX", /^onnx\//],
  ["graph, taps, recipes", /^(model|import)\//],
  ["plain kernels", /^plain\//],
  ["infer", /^infer\//],
  ["extract", /^extract\//],
  ["container", /^container\//],
  ["base", /^base\//],
  ["Cap'n Proto", /^libcapnp|container_schema/],
  ["JSON (yyjson)", /^libyyjson/],
  ["hashes, signatures (libsodium)", /^libsodium/],
  ["decompression (zstd)", /^libzstd/],
  ["XNNPACK: kernels, floats", /^libxnnpack-kernels.*\(f32-/],
  ["XNNPACK: kernels, int8 and uint8", /^libxnnpack-kernels.*\((qs8|qu8|s8|u8|s32)-/],
  ["XNNPACK: kernels that move", /^libxnnpack-kernels/],
  ["XNNPACK: packing of weights", /^libxnnpack.*\(packing/],
  ["XNNPACK: operators, run time", /^libxnnpack|^libpthreadpool/],
  ["C and C++ library, its templates", /^lib/],
];

/** What only one kind of operator needs: kernels, XNNPACK's operator, and what reads it from ONNX and TFLite. */
const operators = [
  ["convolution, matrix products", /\((f32|qs8-qc8w|qu8)-i?gemm-|\(convolution-|\(fully-connected|\(batch-matrix|\(dynamic-fully|packw-|\(gemm-config|^onnx\/operators_(product|window)|^tflite\/operators_(math|window)|^plain\/(product|window)|^infer\/(winograd|tile_transforms)/],
  ["depthwise convolution", /-dwconv-|^infer\/depthwise|\(depthwise-|\(dwconv-config|vmulcaddc/],
  ["transposed convolution", /\(deconvolution-|^tflite\/operators_transpose_conv/],
  ["pooling", /-(p?avgpool|maxpool)-|-pooling-|pool-config/],
  ["elementwise, two inputs", /\((f32|qs8|qu8)-v(add|div|max|min|mul|prelu|sub|rdiv|rsub|rprelu)c?-|\(binary|^onnx\/operators_add|^plain\/elementwise|^tflite\/operators_elementwise/],
  ["elementwise, one input", /\((f32|s8|u8)-v(clamp|elu|exp|gelu|hswish|log|lrelu|rnd[a-z]*|sigmoid|sqrt|tanh|abs|neg|sqr)-|\(unary|^onnx\/operators_(unary|math)/],
  ["quantisation, conversion", /-vcvt-|^onnx\/operators_quantized|^infer\/(lowering_quantized|quantize)/],
  ["softmax", /\(softmax|raddstoreexpminusmax|-rmax-|^onnx\/operators_normalize|^plain\/normalize/],
  ["sums and means", /-rd?sum-|\(reduce-|\(static-reduce|^onnx\/operators_reduce|^tflite\/operators_reduce|^plain\/reduce/],
  ["resizing", /ibilinear|\(resize-bilinear|\(static-resize|^onnx\/operators_resize|^tflite\/operators_resize|^plain\/resize/],
  ["shapes: reshape, transpose, slice, pad, concatenate", /transposec|transposev|\((static-)?(transpose|slice|constant-pad)|\((concatenate|copy|normalization)\.|xx-(pad|fill|copy)|^onnx\/operators_(shape|part|pad)|^tflite\/operators_(shape|part)|^plain\/(move|walk)/],
  ["constants, folding", /^onnx\/operators_constant|^model\/constant_folding|^plain\/integers/],
];

/** Reads LEB128 numbers and names one after another. */
class Cursor {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }
  number() {
    let result = 0, shift = 0, byte;
    do {
      byte = this.bytes[this.at++];
      result += (byte & 0x7f) * 2 ** shift;
      shift += 7;
    } while (byte & 0x80);
    return result;
  }
  text() {
    const length = this.number();
    this.at += length;
    return this.bytes.toString("utf8", this.at - length, this.at);
  }
}

/** The sections of a module: [{id, start, end}]; the name of a custom one is read. */
function sectionsOf(bytes) {
  const cursor = new Cursor(bytes, 8), sections = [];
  while (cursor.at < bytes.length) {
    const id = cursor.number(), end = cursor.number() + cursor.at;
    const name = id === 0 ? cursor.text() : "";
    sections.push({ id, name, start: cursor.at, end });
    cursor.at = end;
  }
  return sections;
}

function functionNames(bytes, { start, end }) {
  const names = new Map(), cursor = new Cursor(bytes, start);
  while (cursor.at < end) {
    const kind = cursor.number(), next = cursor.number() + cursor.at;
    if (kind === 1) for (let left = cursor.number(); left > 0; --left) names.set(cursor.number(), cursor.text());
    cursor.at = next;
  }
  return names;
}

/** Every function of a module that has names: [{name, bytes}]. The engine imports nothing but functions. */
function functionsOf(bytes) {
  const sections = sectionsOf(bytes);
  const section = (id, name = "") => sections.find((one) => one.id === id && one.name === name);
  const names = functionNames(bytes, section(0, "name"));
  const first = new Cursor(bytes, section(2).start).number();
  const cursor = new Cursor(bytes, section(10).start);
  return Array.from({ length: cursor.number() }, (_, i) => {
    const start = cursor.at;
    cursor.at = cursor.number() + cursor.at;
    return { name: names.get(first + i) ?? "", bytes: cursor.at - start };
  });
}

/** Where each function comes from, as `parts` says it, out of the linker's map. */
function originsOf(map) {
  const origins = new Map();
  let origin = "";
  for (const line of map.split("\n")) {
    const text = line.slice(27).trim();
    const [, object] = /^(\S+\.o(?:bj)?\)?):\(.*\)$/.exec(text) ?? [];
    if (!object) {
      if (origin && !origins.has(text)) origins.set(text, /^(?:\w+ )?std::/.test(text) ? "lib(std)" : origin);
      continue;
    }
    const [, ours] = /pith_core\.dir\/(\w+\/\w+)\.cpp\.o/.exec(object) ?? [];
    const [, bindings] = /pith_engine_named\.dir\/(\S+)\.cpp\.o/.exec(object) ?? [];
    origin = ours ?? (bindings ? `bindings/${bindings}` : object.replace(/^.*\//, ""));
  }
  return origins;
}

function sums(functions, table) {
  const result = Object.fromEntries(table.map(([title]) => [title, 0]));
  let rest = 0;
  for (const { origin, bytes } of functions) {
    const found = table.find(([, pattern]) => pattern.test(origin));
    if (found) result[found[0]] += bytes;
    else rest += bytes;
  }
  return { result, rest };
}

/** @returns raw and brotli bytes of a file as it is served */
export function servedBytes(file) {
  const bytes = readFileSync(file);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  return { raw: bytes.length, brotli: brotliCompressSync(bytes, { params }).length };
}

function measure() {
  const folder = join(build, "wasm-simd/src/bindings");
  const named = readFileSync(join(folder, "pith_engine_named.wasm"));
  const origins = originsOf(readFileSync(join(folder, "pith_engine_named.map"), "utf8"));
  const functions = functionsOf(named).map(({ name, bytes }) => ({ origin: origins.get(name) ?? "", bytes }));
  const byPart = sums(functions, parts);
  const data = sectionsOf(named).find(({ id }) => id === 11);
  return {
    ...servedBytes(join(folder, "pith_engine.wasm")),
    parts: { ...byPart.result, "not told apart": byPart.rest, "constants and texts": data.end - data.start },
    operators: sums(functions, operators).result,
  };
}

function print({ raw, brotli, parts: byPart, operators: byOperator }) {
  const row = ([title, bytes]) => `${title.padEnd(52)}${String(bytes).padStart(9)}`;
  const sorted = (table) => Object.entries(table).sort((a, b) => b[1] - a[1]).map(row);
  console.log([`The engine: ${raw} bytes, ${brotli} with brotli`, "", "Parts", ...sorted(byPart), "",
    "Operators: what nothing else needs", ...sorted(byOperator)].join("\n"));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  runMain(async () => {
    await setUp({ tests: false });
    await buildPreset("wasm-simd", ["pith_engine", "pith_engine_named"]);
    const sizes = measure();
    if (process.argv.includes("--json")) console.log(JSON.stringify(sizes, null, 2));
    else print(sizes);
  });
}

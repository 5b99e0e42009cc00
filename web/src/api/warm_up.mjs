// SPDX-License-Identifier: Apache-2.0
// Browsers run a WebAssembly function slowly until they have seen it work, and compile it for speed meanwhile. A network of a few
// small layers lets that happen while a model is still on its way.
// Field numbers: onnx/onnx.proto.

/** @typedef {number[]} Bytes */

/** @type {(value: number) => Bytes} */
const varint = (value) => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]);
/** @type {(field: number, value: number) => Bytes} */
const number = (field, value) => [...varint(field << 3), ...varint(value)];
/** @type {(field: number, ...parts: Bytes[]) => Bytes} */
const message = (field, ...parts) => [...varint((field << 3) | 2), ...varint(parts.flat().length), ...parts.flat()];
/** @type {(field: number, value: string) => Bytes} */
const text = (field, value) => message(field, [...new TextEncoder().encode(value)]);

/** @type {(name: string, values: number[]) => Bytes} */
const integers = (name, values) => message(5, text(1, name), ...values.map((value) => number(8, value)), number(20, 7));
/** @type {(value: number) => Bytes} */
const littleEndian = (value) => [...new Uint8Array(new Float32Array([value]).buffer)];
/** @type {(type: string, inputs: string[], output: string, ...attributes: Bytes[]) => Bytes} */
const node = (type, inputs, output, ...attributes) => message(1, ...inputs.map((input) => text(1, input)), text(2, output), text(4, type), ...attributes);
/** @type {(field: number, name: string, extents: number[]) => Bytes} */
const edge = (field, name, extents) =>
  message(field, text(1, name), message(2, message(1, number(1, 1), message(2, ...extents.map((extent) => message(1, number(1, extent)))))));

const sidePx = 64;
/** Fewer leave Chromium with slow kernels, and more take longer than they save. */
const images = 6;
/**
 * Input channels, output channels, side of the window, stride, groups, what follows: one layer for each kind of kernel that most networks
 * spend their time in.
 * @type {[number, number, number, number, number, string][]}
 */
const layers = [
  [3, 16, 3, 2, 1, "Clip"], [16, 64, 1, 1, 1, "Clip"], [64, 64, 3, 1, 64, "Clip"], [64, 64, 1, 1, 1, ""], [64, 64, 1, 1, 1, "Relu"], [64, 32, 3, 2, 1, "Relu"],
  [32, 32, 3, 1, 1, "Relu"],
];

/** Weights are one small number everywhere, which takes no room in a file. @returns {Uint8Array<ArrayBuffer>} */
function smallNetwork() {
  const weight = message(5, text(1, "value"), message(5, number(1, 1), number(2, 1), message(9, littleEndian(0.01))), number(20, 4));
  const parts = [["low", 0], ["high", 6]].map(([name, value]) => message(5, number(2, 1), text(8, String(name)), message(9, littleEndian(Number(value)))));
  let last = "image";
  layers.forEach(([inputs, outputs, side, stride, groups, activation], i) => {
    const shape = [outputs, inputs / groups, side, side];
    parts.push(message(5, number(1, 4), number(2, 7), ...shape.map((extent) => number(7, extent)), text(8, `s${i}`)));
    parts.push(node("ConstantOfShape", [`s${i}`], `w${i}`, weight));
    parts.push(node("Conv", [last, `w${i}`], `c${i}`, integers("strides", [stride, stride]), integers("pads", Array(4).fill((side - 1) / 2)),
      message(5, text(1, "group"), number(3, groups), number(20, 2))));
    if (activation) parts.push(node(activation, activation === "Clip" ? [`c${i}`, "low", "high"] : [`c${i}`], `a${i}`));
    last = activation ? `a${i}` : `c${i}`;
  });
  parts.push(node("GlobalAveragePool", [last], "features"), edge(11, "image", [1, 3, sidePx, sidePx]), edge(12, "features", [1, 32, 1, 1]));
  return Uint8Array.from([...number(1, 8), ...message(7, ...parts), ...message(8, number(2, 13))]);
}

/**
 * Computes a few small images.
 * @param {import("./engine").MainModule} module
 * @returns {boolean}  whether it could; whoever goes on without loses speed alone
 */
export function warmUp(module) {
  const loaded = module.Extractor.loadOwn(smallNetwork(), JSON.stringify({ name: "warm-up", recipe: { size: [sidePx, sidePx] }, tap: "", pooling: "average" }), "0".repeat(64));
  if (!loaded.ok) return false;
  const header = new TextEncoder().encode(`P6\n${sidePx} ${sidePx}\n255\n`);
  const image = new Uint8Array(header.length + 3 * sidePx ** 2).fill(128);
  image.set(header);
  let isDone = true;
  for (let i = 0; i < images; ++i) isDone &&= loaded.value.extract(image, 0).ok;
  loaded.value.delete();
  return isDone;
}

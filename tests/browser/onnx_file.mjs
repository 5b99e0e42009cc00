// SPDX-License-Identifier: Apache-2.0
// Small ONNX files of a user's, so that the page's tests need no exporter. Field numbers: onnx/onnx.proto.

function varint(value) {
  const bytes = [];
  for (let rest = BigInt.asUintN(64, BigInt(value)); ; rest >>= 7n) {
    if (rest < 128n) return Buffer.from([...bytes, Number(rest)]);
    bytes.push(Number(rest & 127n) | 128);
  }
}

const number = (field, value) => Buffer.concat([varint(field << 3), varint(value)]);
const bytes = (field, ...parts) => {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.concat([varint((field << 3) | 2), varint(content.length), content]);
};

/** @param extents numbers, or names for what is left open */
function valueInfo(field, name, extents) {
  const shape = extents.map((extent) => bytes(1, typeof extent === "number" ? number(1, extent) : bytes(2, extent)));
  return bytes(field, bytes(1, name), bytes(2, bytes(1, number(1, 1), bytes(2, ...shape))));
}

/**
 * image [1, 3, height, width] -> 1x1 convolution to four channels -> `activation` -> "activated" -> average -> "scores"
 * @returns {Buffer}
 */
export function onnxFile({ activation = "Relu", opset = 13, size = ["height", "width"] } = {}) {
  const weights = Float32Array.from([0.5, 0, 0.25, 0, 0.75, -0.5, 0.125, 1, 0, 0.25, 0.25, 0.5]);
  const node = (type, inputs, output) => bytes(1, ...inputs.map((input) => bytes(1, input)), bytes(2, output), bytes(3, `${output}_node`), bytes(4, type));
  const graph = bytes(7,
    node("Conv", ["image", "weights"], "convolved"), node(activation, ["convolved"], "activated"), node("GlobalAveragePool", ["activated"], "scores"),
    bytes(5, ...[4, 3, 1, 1].map((extent) => number(1, extent)), number(2, 1), bytes(8, "weights"), bytes(9, Buffer.from(weights.buffer))),
    valueInfo(11, "image", [1, 3, ...size]), valueInfo(12, "scores", [1, 4, 1, 1]));
  return Buffer.concat([number(1, 8), graph, bytes(8, number(2, opset))]);
}

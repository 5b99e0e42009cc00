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

/**
 * image [1, widths[0], height, width] -> 3x3 convolutions with ReLU, their weights as random as a small generator makes them -> average
 * -> "scores" by a matrix
 * @returns {Buffer}
 */
export function convolutionsFile(widths) {
  let state = 1;
  const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
  const tensor = (name, extents, scale) => {
    const values = Float32Array.from({ length: extents.reduce((a, b) => a * b) }, () => (2 * random() - 1) * scale);
    return bytes(5, ...extents.map((extent) => number(1, extent)), number(2, 1), bytes(8, name), bytes(9, Buffer.from(values.buffer)));
  };
  const node = (type, inputs, output, ...attributes) => bytes(1, ...inputs.map((input) => bytes(1, input)), bytes(2, output), bytes(4, type), ...attributes);
  const pads = bytes(5, bytes(1, "pads"), ...[1, 1, 1, 1].map((pad) => number(8, pad)));
  const parts = [];
  widths.slice(1).forEach((width, i) => {
    parts.push(tensor(`w${i}`, [width, widths[i], 3, 3], Math.sqrt(6 / (9 * widths[i]))));
    parts.push(node("Conv", [i === 0 ? "image" : `m${i}`, `w${i}`], `c${i}`, pads), node("Relu", [`c${i}`], `m${i + 1}`));
  });
  const last = widths.length - 1;
  const classes = 3;
  parts.push(tensor("fc", [widths[last], classes], 1), node("GlobalAveragePool", [`m${last}`], "pooled"), node("Flatten", ["pooled"], "flat"));
  parts.push(node("Gemm", ["flat", "fc"], "scores"));
  parts.push(valueInfo(11, "image", [1, widths[0], "height", "width"]), valueInfo(12, "scores", [1, classes]));
  return Buffer.concat([number(1, 8), bytes(7, ...parts), bytes(8, number(2, 13))]);
}

/**
 * A network of 3x3 convolutions of 512 channels on a picture of 32 pixels, and a head of one matrix, as an object that gives pieces of
 * its file: weights are made up when they are read.
 * @returns {{size: number, weightBytes: number, read: function, bytesRead: number}} `weightBytes`: of the convolutions
 */
export function largeModel({ layers, headRows = 0 }) {
  const parts = [];  // buffers, and sizes of weights
  const node = (type, inputs, output, ...attributes) => bytes(1, ...inputs.map((input) => bytes(1, input)), bytes(2, output), bytes(4, type), ...attributes);
  const tensor = (name, extents) => {
    const count = extents.reduce((a, b) => a * b) * 4;
    const head = Buffer.concat([...extents.map((extent) => number(1, extent)), number(2, 1), bytes(8, name), varint((9 << 3) | 2), varint(count)]);
    parts.push(Buffer.concat([varint((5 << 3) | 2), varint(head.length + count), head]), count);
  };
  const pads = bytes(5, bytes(1, "pads"), ...[1, 1, 1, 1].map((pad) => number(8, pad)));
  parts.push(valueInfo(11, "image", [1, 3, 32, 32]), valueInfo(12, "scores", [1, "classes"]));
  tensor("w0", [512, 3, 3, 3]);
  parts.push(node("Conv", ["image", "w0"], "m0", pads));
  for (let i = 1; i <= layers; ++i) {
    tensor(`w${i}`, [512, 512, 3, 3]);
    parts.push(node("Conv", [`m${i - 1}`, `w${i}`], `c${i}`, pads), node("Relu", [`c${i}`], `m${i}`));
  }
  if (headRows > 0) tensor("fc", [512, headRows]);
  parts.push(node("GlobalAveragePool", [`m${layers}`], "pooled"), node("Flatten", ["pooled"], headRows > 0 ? "flat" : "scores"));
  if (headRows > 0) parts.push(node("Gemm", ["flat", "fc"], "scores"));
  const length = parts.reduce((sum, part) => sum + (typeof part === "number" ? part : part.length), 0);
  parts.unshift(Buffer.concat([number(1, 8), bytes(8, number(2, 13)), varint((7 << 3) | 2), varint(length)]));
  let end = 0;
  const placed = parts.map((part) => {
    const begin = end;
    end += typeof part === "number" ? part : part.length;
    return { begin, end, part };
  });
  return {
    size: end,
    weightBytes: 4 * 9 * 512 * (3 + 512 * layers),
    bytesRead: 0,
    read(offset, to) {
      this.bytesRead += to.length;
      for (const { begin, end: behind, part } of placed) {
        const first = Math.max(begin, offset);
        const last = Math.min(behind, offset + to.length);
        if (first >= last) continue;
        const piece = to.subarray(first - offset, last - offset);
        // Every float is 0x3b3b3b3b, which is 0.0029.
        if (typeof part === "number") piece.fill(0x3b);
        else piece.set(part.subarray(first - begin, last - begin));
      }
      return true;
    },
  };
}

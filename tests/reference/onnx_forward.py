# SPDX-License-Identifier: Apache-2.0
"""Runs the nodes of an ONNX graph one after the other with torch's functions: slow, plain, independent of our engine."""
import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper


def symmetric_pads(attributes):
    top, left, bottom, right = attributes.get("pads", [0, 0, 0, 0])
    if (top, left) != (bottom, right):
        raise NotImplementedError(f"pads {attributes['pads']}: only equal ones on both sides")
    return top, left


def conv(a, x, weight, bias=None):
    return F.conv2d(x, weight, bias, a.get("strides", [1, 1]), symmetric_pads(a), a.get("dilations", [1, 1]),
                    a.get("group", 1))


def max_pool(a, x):
    return F.max_pool2d(x, a["kernel_shape"], a.get("strides", [1, 1]), symmetric_pads(a),
                        ceil_mode=bool(a.get("ceil_mode", 0)))


def gemm(a, x, weight, bias):
    weight = weight.T if a.get("transB", 0) else weight
    return a.get("alpha", 1.0) * (x @ weight) + a.get("beta", 1.0) * bias


def batch_norm(a, x, scale, shift, mean, variance):
    return F.batch_norm(x, mean, variance, scale, shift, eps=a.get("epsilon", 1e-5))


OPERATORS = {
    "Conv": conv,
    "MaxPool": max_pool,
    "Gemm": gemm,
    "BatchNormalization": batch_norm,
    "Relu": lambda a, x: x.relu(),
    "Clip": lambda a, x, low, high: x.clamp(low.item(), high.item()),
    "Add": lambda a, x, y: x + y,
    "Concat": lambda a, *xs: torch.cat(xs, a["axis"]),
    "GlobalAveragePool": lambda a, x: x.mean((2, 3), keepdim=True),
    "Flatten": lambda a, x: x.flatten(a.get("axis", 1)),
    "Softmax": lambda a, x: x.softmax(a.get("axis", 1)),
    "Identity": lambda a, x: x,
    "Dropout": lambda a, x, *rest: x,  # nothing is dropped at inference
    "Constant": lambda a: a["value"],
}


def tensor(proto, dtype):
    value = torch.from_numpy(np.array(numpy_helper.to_array(proto)))
    return value.to(dtype) if value.is_floating_point() else value


def attributes_of(node, dtype):
    values = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    return {k: tensor(v, dtype) if isinstance(v, onnx.TensorProto) else v for k, v in values.items()}


def run(model, x, dtype=torch.float32):
    """Every tensor of the graph by name. `x` is the only input that is no initializer; weights are cast to `dtype`."""
    graph = model.graph
    values = {proto.name: tensor(proto, dtype) for proto in graph.initializer}
    (name,) = [i.name for i in graph.input if i.name not in values]
    values[name] = x.to(dtype)
    with torch.no_grad():
        for node in graph.node:
            inputs = [values[i] for i in node.input if i]
            values[node.output[0]] = OPERATORS[node.op_type](attributes_of(node, dtype), *inputs)
    return values

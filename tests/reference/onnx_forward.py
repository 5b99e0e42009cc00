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


def average_pool(a, x):
    return F.avg_pool2d(x, a["kernel_shape"], a.get("strides", [1, 1]), symmetric_pads(a),
                        ceil_mode=bool(a.get("ceil_mode", 0)), count_include_pad=bool(a.get("count_include_pad", 0)))


def gemm(a, x, weight, bias):
    weight = weight.T if a.get("transB", 0) else weight
    return a.get("alpha", 1.0) * (x @ weight) + a.get("beta", 1.0) * bias


def batch_norm(a, x, scale, shift, mean, variance):
    return F.batch_norm(x, mean, variance, scale, shift, eps=a.get("epsilon", 1e-5))


def pad(a, x, pads, value=None):
    half = len(pads) // 2
    order = [int(side[axis]) for axis in reversed(range(half)) for side in (pads[:half], pads[half:])]
    return F.pad(x, order, value=float(value) if value is not None else 0.0)


def divide(a, x, y):
    return x / y if x.is_floating_point() else torch.div(x, y, rounding_mode="floor")


def cast(a, x):
    names = {1: "float", 6: "int", 7: "long", 9: "bool", 11: "double"}
    return x if x.is_floating_point() and a["to"] in (1, 11) else getattr(x, names[a["to"]])()


def reshape(a, x, shape):
    return x.reshape([x.shape[i] if n == 0 else int(n) for i, n in enumerate(shape)])


def cut(a, x, starts, ends, axes, steps=None):
    where = [slice(None)] * x.ndim
    for i, axis in enumerate(axes.tolist()):
        where[axis] = slice(int(starts[i]), int(ends[i]), int(steps[i]) if steps is not None else 1)
    return x[tuple(where)]


def gather(a, x, indices):
    axis = a.get("axis", 0) % x.ndim
    taken = x.index_select(axis, indices.reshape(-1) % x.shape[axis])
    return taken.reshape(x.shape[:axis] + indices.shape + x.shape[axis + 1:])


def unsqueeze(a, x, axes):
    for axis in sorted(axes.tolist()):
        x = x.unsqueeze(axis)
    return x


OPERATORS = {
    "Conv": conv,
    "MaxPool": max_pool,
    "AveragePool": average_pool,
    "Gemm": gemm,
    "BatchNormalization": batch_norm,
    "Pad": pad,
    "Relu": lambda a, x: x.relu(),
    "Clip": lambda a, x, low, high: x.clamp(low.item(), high.item()),
    "Sigmoid": lambda a, x: x.sigmoid(),
    "HardSigmoid": lambda a, x: (x * a.get("alpha", 0.2) + a.get("beta", 0.5)).clamp(0, 1),
    "Erf": lambda a, x: x.erf(),
    "Sqrt": lambda a, x: x.sqrt(),
    "Pow": lambda a, x, y: x ** y,
    "Add": lambda a, x, y: x + y,
    "Sub": lambda a, x, y: x - y,
    "Mul": lambda a, x, y: x * y,
    "Div": divide,
    "MatMul": lambda a, x, y: x @ y,
    "Equal": lambda a, x, y: x == y,
    "Where": lambda a, condition, x, y: torch.where(condition, x, y),
    "Concat": lambda a, *xs: torch.cat(xs, a["axis"]),
    "GlobalAveragePool": lambda a, x: x.mean((2, 3), keepdim=True),
    "ReduceMean": lambda a, x: x.mean(a["axes"], keepdim=bool(a.get("keepdims", 1))),
    "Flatten": lambda a, x: x.flatten(a.get("axis", 1)),
    "Reshape": reshape,
    "Transpose": lambda a, x: x.permute(a["perm"]),
    "Slice": cut,
    "Gather": gather,
    "Unsqueeze": unsqueeze,
    "Expand": lambda a, x, shape: x * torch.ones(shape.tolist(), dtype=x.dtype),
    "Softmax": lambda a, x: x.softmax(a.get("axis", 1)),
    "Shape": lambda a, x: torch.tensor(x.shape),
    "Cast": cast,
    "ConstantOfShape": lambda a, shape: a.get("value", torch.zeros(1)).expand(shape.tolist()),
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

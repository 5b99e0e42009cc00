# SPDX-License-Identifier: Apache-2.0
"""torchvision backbones without their classifier, in the forms that the peers read.

    python3 make_models.py OUT_DIR

For each NAME: NAME.onnx (opset 13; random weights, what a timing needs), NAME.json and NAME.bin: the same graph for
TensorFlow.js, which reads no ONNX: nodes in order with their attributes, and all constants as float32 in one file.
mobilenet_v2_qdq.onnx is MobileNetV2 again, quantised as ONNX writes it (quantize.py).
"""
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import torch
import torchvision
from onnx import numpy_helper
from torch import nn

from quantize import quantize

BACKBONES = {
    "mobilenet_v2": lambda: headless(torchvision.models.mobilenet_v2(), "classifier"),
    "resnet50": lambda: headless(torchvision.models.resnet50(), "fc"),
    "densenet121": lambda: headless(torchvision.models.densenet121(), "classifier"),
}


def headless(model, classifier):
    """With statistics of random pictures, so that activations keep their size from layer to layer."""
    setattr(model, classifier, nn.Identity())
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None
    with torch.no_grad():
        model.train()(torch.randn(4, 3, 224, 224))
    return model.eval()


def attribute_of(attribute):
    value = onnx.helper.get_attribute_value(attribute)
    return value.decode() if isinstance(value, bytes) else list(value) if isinstance(value, (list, tuple)) or hasattr(value, "extend") else value


def padding_of(graph, node):
    """The amounts of a Pad node, from the Constant that makes them."""
    maker = {o: n for n in graph.node for o in n.output}[node.input[1]]
    return numpy_helper.to_array(maker.attribute[0].t).tolist()


def main(out):
    out.mkdir(parents=True, exist_ok=True)
    for name, make in BACKBONES.items():
        torch.manual_seed(1)
        path = out / f"{name}.onnx"
        torch.onnx.export(make(), torch.randn(1, 3, 224, 224), str(path), opset_version=13, input_names=["image"], output_names=["features"])
        graph = onnx.load(str(path)).graph
        constants, payload = {}, bytearray()
        for tensor in graph.initializer:
            values = numpy_helper.to_array(tensor).astype("<f4")
            constants[tensor.name] = {"shape": list(values.shape), "offset": len(payload) // 4}
            payload += values.tobytes()
        for node in graph.node:  # constants that several nodes share stand behind an Identity
            if node.op_type == "Identity" and node.input[0] in constants:
                constants[node.output[0]] = constants[node.input[0]]
        assert not any(any(padding_of(graph, n)) for n in graph.node if n.op_type == "Pad"), "the runner for TensorFlow.js takes no padding nodes"
        nodes = [{"op": n.op_type, "inputs": list(n.input), "outputs": list(n.output),
                  "attributes": {a.name: attribute_of(a) for a in n.attribute if a.type != onnx.AttributeProto.TENSOR}}
                 for n in graph.node if n.output[0] not in constants]
        (out / f"{name}.json").write_text(json.dumps({"input": "image", "output": "features", "nodes": nodes, "constants": constants}))
        (out / f"{name}.bin").write_bytes(payload)
        print(name, sorted({n.op_type for n in graph.node}))
    quantize(out / "mobilenet_v2.onnx", out / "mobilenet_v2_qdq.onnx")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

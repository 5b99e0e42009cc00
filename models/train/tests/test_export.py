# SPDX-License-Identifier: Apache-2.0
import unittest

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper

from .. import export
from ..network import Classifier, Student
from . import material as small


def trained_student():
    """A student whose BatchNorms did something."""
    torch.manual_seed(0)
    student = Student(small.settings().network, 3, 3).eval()
    for module in student.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-0.1, 0.1)
            module.running_var.uniform_(0.5, 1.5)
            module.weight.data.uniform_(0.5, 1.5)
    return student


def narrowed(model_file):
    """What `pith models compact` does to weights: binary16 with a Cast, or 8-bit integers with a Cast and a Mul."""
    file = onnx.load_from_string(model_file)
    nodes, kept = [], []
    for number, tensor in enumerate(file.graph.initializer):
        values = numpy_helper.to_array(tensor)
        if values.size < 1024:
            kept.append(tensor)
        elif number % 2:
            kept.append(numpy_helper.from_array(values.astype(np.float16), f"{tensor.name}.f16"))
            nodes.append(helper.make_node("Cast", [f"{tensor.name}.f16"], [tensor.name], to=onnx.TensorProto.FLOAT))
        else:
            scale = np.abs(values).max(axis=(1, 2, 3), keepdims=True) / 127
            kept.append(numpy_helper.from_array(np.rint(values / scale).astype(np.int8), f"{tensor.name}.i8"))
            kept.append(numpy_helper.from_array(scale.astype(np.float32), f"{tensor.name}.scale"))
            nodes.append(helper.make_node("Cast", [f"{tensor.name}.i8"], [f"{tensor.name}.float"], to=onnx.TensorProto.FLOAT))
            nodes.append(helper.make_node("Mul", [f"{tensor.name}.float", f"{tensor.name}.scale"], [tensor.name]))
    file.graph.ClearField("initializer")
    file.graph.initializer.extend(kept)
    nodes += list(file.graph.node)
    file.graph.ClearField("node")
    file.graph.node.extend(nodes)
    return file.SerializeToString()


class ExportTest(unittest.TestCase):
    @torch.no_grad()
    def test_weights_of_the_file_are_those_of_the_network(self):
        student = trained_student()
        model_file = export.onnx_bytes(Classifier(student), 48, "name")
        self.assertEqual(model_file, export.onnx_bytes(Classifier(student), 48, "name"))
        x = torch.randn(2, 1, 48, 48)
        wanted = student.encoder(x)
        read = export.with_weights(student.encoder, export.shipped_weights(model_file))
        # folding multiplies each weight once more in float32
        self.assertLess(float((read(x) - wanted).norm() / wanted.norm()), 1e-5)
        coarse = export.with_weights(student.encoder, export.shipped_weights(narrowed(model_file)))
        distance = float((coarse(x) - wanted).norm() / wanted.norm())
        self.assertGreater(distance, 1e-4)
        self.assertLess(distance, 0.05)

    def test_tensors_have_the_names_of_modules(self):
        graph = onnx.load_from_string(export.onnx_bytes(Classifier(trained_student()), 48, "name")).graph
        outputs = {name for node in graph.node for name in node.output}
        self.assertLessEqual({"stem.conv", "block8a.sum", "features", "logits"}, outputs)
        self.assertIn("down32.conv.weight", {tensor.name for tensor in graph.initializer})

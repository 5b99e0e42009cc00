# SPDX-License-Identifier: Apache-2.0
"""Makes a model folder of trained weights: model.onnx, manifest.json, golden.json and training.json.

The exporter folds BatchNorm into the convolutions. The float32 network keeps the head for normal, bacterial, viral after
GlobalAveragePool and Flatten (tensors "features" and "logits"); where weights are narrowed, `pith models compact` leaves it
out. golden.json holds the features that PyTorch computes with the shipped weights for sample films whose decoding leaves no
choice (JPEG decoders differ by a grey level here and there).
"""
import copy
import dataclasses
import hashlib
import inspect
import io
import json
import platform
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import onnx
import PIL
import torch
from onnx import numpy_helper
from PIL import Image

from . import films
from .encode import ROOT, EncodeError
from .network import Classifier, multiply_adds

GOLDEN_SAMPLES = ("film-01-grey8.png", "film-07.gif", "film-10-alpha.png")
OPSET = 13
ATTRIBUTION = (
    "Trained on chest radiographs of children published by Daniel Kermany, Kang Zhang and Michael Goldbaum, Labeled "
    "Optical Coherence Tomography (OCT) and Chest X-Ray Images for Classification, Mendeley Data, "
    "DOI 10.17632/rscbjbr9sj, licensed CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/). Changes made: the films were "
    "resized, augmented and used for training; none is included.")
TEACHERS = (" Features of MobileNets that Google trained on ImageNet and published under the Apache License 2.0 served as "
            "training targets; none of their weights is included.")


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def _readable(name):
    """/encoder/trunk/block8a/unit/conv/Conv_output_0 -> block8a.unit.conv"""
    parts = name.removeprefix("/encoder").removeprefix("/trunk").strip("/").split("/")
    return ".".join(parts[:-1]) or parts[0]


def _rename_tensors(graph):
    """Gives tensors the names of the modules that make them, and weights the names of the nodes that use them."""
    names = {"image": "image", "logits": "logits"}
    for node in graph.node:
        module = _readable(node.name)
        names.setdefault(node.output[0], {"Add": f"{module}.sum", "Flatten": "features"}.get(node.op_type, module))
        for source, suffix in zip(node.input[1:], ("weight", "bias")):
            if any(source == weights.name for weights in graph.initializer):
                names[source] = f"{module}.{suffix}"
        node.name = names[node.output[0]]
    assert len(set(names.values())) == len(names), "two tensors would get one name"
    for node in graph.node:
        node.input[:] = [names[name] for name in node.input]
        node.output[:] = [names[name] for name in node.output]
    for weights in graph.initializer:
        weights.name = names[weights.name]


def onnx_bytes(classifier, side, name):
    """The network as an ONNX file, the same bytes for the same weights."""
    buffer = io.BytesIO()
    # PyTorch 2.9 and later export by another way unless they are asked; its names are not those of the modules.
    tracing = {"dynamo": False} if "dynamo" in inspect.signature(torch.onnx.export).parameters else {}
    torch.onnx.export(classifier.cpu().eval(), torch.zeros(1, 1, side, side), buffer, opset_version=OPSET,
                      input_names=["image"], output_names=["logits"],
                      dynamic_axes={"image": {0: "batch"}, "logits": {0: "batch"}}, **tracing)
    file = onnx.load_from_string(buffer.getvalue())
    _rename_tensors(file.graph)
    file.graph.name = name
    onnx.checker.check_model(file)
    return file.SerializeToString(deterministic=True)


def recipe(side, mean, std):
    return {"size": [side, side], "fit": "stretch", "resample": "bilinear", "channels": "grey", "scale": 1 / 255,
            "mean": [mean], "std": [std]}


def manifest(name, config, model_file, used_recipe, features):
    attribution = ATTRIBUTION + (TEACHERS if config.teacher.models else "")
    return {"name": name, "title": config.title, "file": "model.onnx", "sha256": sha256(model_file),
            "sizeBytes": len(model_file), "recipe": used_recipe, "tap": "", "featureCount": features,
            "licence": "Apache-2.0", "attribution": attribution, "provisional": config.package.provisional}


def prepare(path, used_recipe):
    """Pillow's and NumPy's reading of the recipe; float32 [1, 1, side, side]."""
    film = films.prepare(Image.open(path), used_recipe["size"][0])
    values = (np.asarray(film, np.float64) * used_recipe["scale"] - used_recipe["mean"][0]) / used_recipe["std"][0]
    return torch.from_numpy(values.astype(np.float32)[None, None])


@torch.no_grad()
def golden(encoder, used_recipe, model_file):
    """Features of the sample films by PyTorch, and how far float32 is from float64 (relative L2 distance)."""
    samples, errors = [], []
    single, double = encoder.float().eval(), copy.deepcopy(encoder).double().eval()
    for name in GOLDEN_SAMPLES:
        path = ROOT / "samples" / name
        x = prepare(path, used_recipe)
        values, exact = single(x)[0].numpy(), double(x.double())[0].numpy()
        errors.append(float(np.linalg.norm(values - exact) / np.linalg.norm(exact)))
        samples.append({"file": name, "sha256": sha256(path.read_bytes()),
                        "features": [float(f"{value:.9g}") for value in values]})
    return {"modelSha256": sha256(model_file), "preparedBy": f"Pillow {PIL.__version__}",
            "computedBy": f"PyTorch {torch.__version__}", "float32Error": max(errors), "samples": samples}


def training_record(config, training, material):
    """What the model card says of the training: settings, data in numbers, the course of the validation."""
    encoder = training.average.module.encoder
    counts = {part: {"films": len(f), "patients": len(set(f.patients))}
              for part, f in (("train", material.train), ("validation", material.validation))}
    return {"settings": dataclasses.asdict(config), "films": counts,
            "imagesByFormula": len(material.formula), "views": 0 if material.views is None else len(material.views),
            "weights": sum(p.numel() for p in encoder.parameters()),
            "multiplyAdds": multiply_adds(encoder, config.data.side_px), "validation": training.history,
            "chosenStep": training.best["step"], "python": platform.python_version(), "torch": torch.__version__}


def write_text(path, text):
    films.write_atomically(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def folded(encoder):
    """The encoder with BatchNorm folded into its convolutions, as the ONNX exporter does."""
    encoder = copy.deepcopy(encoder).eval()
    for module in list(encoder.modules()):
        if isinstance(getattr(module, "norm", None), torch.nn.BatchNorm2d):
            module.conv = torch.nn.utils.fusion.fuse_conv_bn_eval(module.conv, module.norm)
            module.norm = torch.nn.Identity()
    return encoder


def shipped_weights(model_file):
    """[(weight, bias)] of the Conv nodes of an ONNX file, float32; what Cast and Mul make of narrowed ones is computed."""
    graph = onnx.load_from_string(model_file).graph
    known = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    convolutions = []
    for node in graph.node:
        if node.op_type == "Constant":
            known[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)
        elif node.op_type == "Cast" and node.input[0] in known:
            known[node.output[0]] = known[node.input[0]].astype(np.float32)
        elif node.op_type == "Mul" and all(name in known for name in node.input):
            known[node.output[0]] = known[node.input[0]] * known[node.input[1]]
        elif node.op_type == "Conv":
            convolutions.append([known[name] for name in node.input[1:3]])
    return convolutions


def with_weights(encoder, convolutions):
    """The folded encoder with other weights, in the order of its convolutions."""
    encoder = folded(encoder)
    modules = [m for m in encoder.modules() if isinstance(m, torch.nn.Conv2d)]
    assert len(modules) == len(convolutions), "the file has another number of convolutions"
    with torch.no_grad():
        for module, (weight, bias) in zip(modules, convolutions):
            module.weight.copy_(torch.from_numpy(np.array(weight)))
            module.bias.copy_(torch.from_numpy(np.array(bias)))
    return encoder


def compact(folder, name, weights, program, into):
    """The package `name` below `into`, made of the package in `folder` by the command line."""
    done = subprocess.run([str(program), "models", "compact", str(folder), "--weights", weights, "--to", str(into), "--name",
                           name, "--force"], capture_output=True, text=True)
    if done.returncode != 0:
        raise EncodeError(f"pith models compact ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return into / name


def write_exact(out, config, student, material):
    """The package with float32 weights."""
    out.mkdir(parents=True, exist_ok=True)
    model_file = onnx_bytes(Classifier(student), config.data.side_px, out.name)
    films.write_atomically(out / "model.onnx", lambda temporary: temporary.write_bytes(model_file))
    used = recipe(config.data.side_px, material.mean, material.std)
    described = manifest(out.name, config, model_file, used, config.network.features)
    write_text(out / "manifest.json", json.dumps(described, indent=2) + "\n")


def write_model(out, config, training, material, program):
    """Writes the folder `out`; the model card is made after the evaluation, see card.py."""
    student = copy.deepcopy(training.average.module).cpu().to(memory_format=torch.contiguous_format)
    student.load_state_dict({name: value.cpu() for name, value in training.best["weights"].items()})
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / out.name
        write_exact(package, config, student, material)
        if config.package.weights != "f32":
            package = compact(package, out.name, config.package.weights, program, Path(folder) / "compact")
        described = json.loads((package / "manifest.json").read_text())
        model_file = (package / described["file"]).read_bytes()
        shutil.copyfile(package / described["file"], out / described["file"])
    encoder = with_weights(student.encoder, shipped_weights(model_file))
    write_text(out / "golden.json", json.dumps(golden(encoder, described["recipe"], model_file)) + "\n")
    record = training_record(config, training, material)
    write_text(out / "training.json", json.dumps(record, indent=1) + "\n")
    write_text(out / "manifest.json", json.dumps(described, indent=2) + "\n")

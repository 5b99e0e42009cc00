# SPDX-License-Identifier: Apache-2.0
"""Makes a model folder from a checkpoint of train.py: model.onnx, manifest.json and golden.json.

    python3 export.py --checkpoint checkpoint.pt --out ../pith-provisional-0

The ONNX graph keeps the classifier it was trained with, after GlobalAveragePool and Flatten: the features are the tensor
"features", the class scores (normal, bacterial, viral) the tensor "logits". The exporter folds BatchNorm into the
convolutions. golden.json holds the features PyTorch computes for sample films whose decoding leaves no choice (JPEG
decoders differ by a grey level here and there), prepared by Pillow.
"""
import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import PIL
import torch
from PIL import Image

from data import CLASSES
from network import FEATURES, Classifier
from train import SIDE

SAMPLES = Path(__file__).parents[2] / "samples"
GOLDEN_SAMPLES = ("film-01-grey8.png", "film-07.gif", "film-10-alpha.png")
ATTRIBUTION = (
    "Trained on chest radiographs of children published by Daniel Kermany, Kang Zhang and Michael Goldbaum, Labeled "
    "Optical Coherence Tomography (OCT) and Chest X-Ray Images for Classification, Mendeley Data, "
    "DOI 10.17632/rscbjbr9sj, licensed CC BY 4.0. Changes made: the films were resized and used for training; none is "
    "included.")


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def readable(name):
    """/encoder/trunk/block8/unit/conv/Conv_output_0 -> block8.unit.conv"""
    parts = name.removeprefix("/encoder").removeprefix("/trunk").strip("/").split("/")
    return ".".join(parts[:-1]) or parts[0]


def rename_tensors(graph):
    """Gives tensors the names of the modules that make them, and weights the names of the nodes that use them."""
    names = {"image": "image", "logits": "logits"}
    for node in graph.node:
        module = readable(node.name)
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


def write_onnx(model, path):
    torch.onnx.export(model, torch.zeros(1, 1, SIDE, SIDE), str(path), opset_version=13, input_names=["image"],
                      output_names=["logits"], dynamic_axes={"image": {0: "batch"}, "logits": {0: "batch"}})
    file = onnx.load(str(path))
    rename_tensors(file.graph)
    file.graph.name = path.parent.name
    onnx.checker.check_model(file)
    path.write_bytes(file.SerializeToString(deterministic=True))


def recipe(checkpoint):
    return {"size": [SIDE, SIDE], "fit": "stretch", "resample": "bilinear", "channels": "grey", "scale": 1 / 255,
            "mean": [checkpoint["mean"]], "std": [checkpoint["std"]]}


def manifest(name, model_file, recipe):
    return {"name": name, "title": "Provisional chest film encoder: a small residual network, 256 features",
            "file": "model.onnx", "sha256": sha256(model_file), "sizeBytes": len(model_file), "recipe": recipe, "tap": "",
            "featureCount": FEATURES, "licence": "Apache-2.0", "attribution": ATTRIBUTION, "provisional": True}


def prepare(path, recipe):
    """Pillow's and NumPy's reading of the recipe; float32 [1, 1, SIDE, SIDE]."""
    film = Image.open(path).convert("RGB").convert("L").resize((SIDE, SIDE), Image.BILINEAR)
    values = (np.asarray(film, np.float64) * recipe["scale"] - recipe["mean"][0]) / recipe["std"][0]
    return torch.from_numpy(values.astype(np.float32)[None, None])


@torch.no_grad()
def golden(model, recipe, model_file):
    encoder = model.encoder.eval()
    samples, errors = [], []
    for name in GOLDEN_SAMPLES:
        x = prepare(SAMPLES / name, recipe)
        single = encoder.float()(x)[0].numpy()
        double = encoder.double()(x.double())[0].numpy()
        errors.append(float(np.linalg.norm(single - double) / np.linalg.norm(double)))
        samples.append({"file": name, "sha256": sha256((SAMPLES / name).read_bytes()),
                        "features": [float(f"{value:.9g}") for value in single]})
    return {"modelSha256": sha256(model_file), "preparedBy": f"Pillow {PIL.__version__}",
            "computedBy": f"PyTorch {torch.__version__}", "float32Error": max(errors), "samples": samples}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path, help="the model folder; its name is the model's name")
    arguments = parser.parse_args()
    out = arguments.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    checkpoint = torch.load(arguments.checkpoint)
    model = Classifier(len(CLASSES)).eval()
    model.load_state_dict(checkpoint["weights"])
    write_onnx(model, out / "model.onnx")
    model_file = (out / "model.onnx").read_bytes()
    used = recipe(checkpoint)
    (out / "manifest.json").write_text(json.dumps(manifest(out.name, model_file, used), indent=2) + "\n")
    (out / "golden.json").write_text(json.dumps(golden(model, used, model_file)) + "\n")
    print(f"{len(model_file)} bytes, SHA-256 {sha256(model_file)}")


if __name__ == "__main__":
    main()

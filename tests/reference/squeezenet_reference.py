# SPDX-License-Identifier: Apache-2.0
"""What SqueezeNet_fp16.onnx answers in float32, computed by torch's functions node by node.

    python3 squeezenet_reference.py SHARED_DATA OUT_DIR

The weights are cast from float16 to float32, which is exact; all arithmetic is float32. The pictures are those of
models/expected.json, prepared by Pillow: bicubic to 224x224, BGR, minus (103.94, 116.78, 123.68). In OUT_DIR:

    squeezenet.json     {"model", "tap", "featureCount", "cases": [{"image", "stem", "top1", "score", "float32Error"}]};
                        "model" and "image" are paths in SHARED_DATA/models; "top1" is the 0-based ImageNet class
    STEM.input.bin      float32 little-endian, NCHW, [1, 3, 224, 224]: the prepared picture
    STEM.features.bin   float32 little-endian, [512]: the mean of fire9's output over height and width

"float32Error" is the relative L2 distance between these features and the same in float64.
"""
import argparse
import json
from pathlib import Path

import numpy as np
import onnx
import torch
from PIL import Image

from onnx_forward import run

MODEL = "onnx/SqueezeNet_fp16.onnx"
TAP = "fire9/concat_1"
MEAN_BGR = np.array([103.94, 116.78, 123.68])


def prepare(path):
    picture = Image.open(path).convert("RGB").resize((224, 224), Image.BICUBIC)
    values = (np.asarray(picture)[:, :, ::-1].astype(np.float64) - MEAN_BGR).astype(np.float32)
    return torch.from_numpy(values.transpose(2, 0, 1)[None].copy())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("shared_data", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    models = arguments.shared_data / "models"
    arguments.out.mkdir(parents=True, exist_ok=True)
    model = onnx.load(str(models / MODEL))
    expected = json.loads((models / "expected.json").read_text())["checked_here_with_a_numpy_forward_pass"][0]["results"]
    cases = []
    for image, (top1, score) in expected.items():
        stem = Path(image).stem
        x = prepare(models / image)
        values = run(model, x)
        probabilities = values["softmaxout_1"].flatten()
        found = int(probabilities.argmax())
        assert found == top1, f"{image}: class {found}, expected {top1}"
        assert abs(float(probabilities[found]) - score) < 0.0006, f"{image}: {probabilities[found]}, expected {score}"
        features = values[TAP].mean((2, 3))[0].numpy()
        double = run(model, x, torch.float64)[TAP].mean((2, 3))[0].numpy()
        x.numpy().astype("<f4").tofile(arguments.out / f"{stem}.input.bin")
        features.astype("<f4").tofile(arguments.out / f"{stem}.features.bin")
        cases.append({"image": image, "stem": stem, "top1": found, "score": float(probabilities[found]),
                      "float32Error": float(np.linalg.norm(features - double) / np.linalg.norm(double))})
        print(f"{image}: class {found}, score {cases[-1]['score']:.4f}, float32 error {cases[-1]['float32Error']:.1e}")
    description = {"model": MODEL, "tap": TAP, "featureCount": 512, "cases": cases}
    (arguments.out / "squeezenet.json").write_text(json.dumps(description, indent=2) + "\n")


if __name__ == "__main__":
    main()

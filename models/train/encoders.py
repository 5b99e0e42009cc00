# SPDX-License-Identifier: Apache-2.0
"""The encoders that the evaluation compares. Each makes float32 [N, D] of pictures [N, H, W] (uint8, or float in 0..255)."""
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from . import config as settings
from . import encode, export, films
from .network import Classifier, Student
from .privacy import reduced

MOBILENET_RECIPE = {"size": [224, 224], "fit": "stretch", "resample": "bilinear", "channels": "rgb", "scale": 1 / 127.5,
                    "mean": [1, 1, 1], "std": [1, 1, 1]}
SQUEEZENET_RECIPE = {"size": [224, 224], "fit": "stretch", "resample": "bicubic", "channels": "bgr", "scale": 1,
                     "mean": [103.94, 116.78, 123.68], "std": [1, 1, 1]}
# title, file below --teachers, recipe; all were trained on ImageNet
BACKBONES = (
    ("SqueezeNet", "onnx/SqueezeNet_fp16.onnx", SQUEEZENET_RECIPE),
    ("MobileNetV1 1.0", "coral/mobilenet_v1_1.0_224_quant_embedding_extractor.tflite", MOBILENET_RECIPE),
    ("MobileNetV2 1.0", "coral/mobilenet_v2_1.0_224_quant.tflite", MOBILENET_RECIPE))


@dataclass
class PithEncoder:
    """A model that `pith extract` runs."""

    title: str
    model: Path
    recipe: dict
    program: Path

    @property
    def key(self):
        path = self.model / "model.onnx" if self.model.is_dir() else self.model
        return export.sha256(path.read_bytes() + json.dumps(self.recipe).encode())[:16]

    def __call__(self, pictures):
        return encode.extract(pictures, [(self.model, self.recipe)], self.program)


class Pixels:
    """32 x 32 means, what a picture says without any network."""

    title, key = "raw 32 x 32 pixels", "pixels32"

    def __call__(self, pictures):
        return reduced(np.asarray(pictures), 32).astype(np.float32)


def own(title, folder, program):
    """A model folder of this project. Its recipe is given to the command line, which takes files and not folders."""
    recipe = json.loads((folder / "manifest.json").read_text())["recipe"]
    return PithEncoder(title, folder / "model.onnx", recipe, program)


def backbones(teachers, program):
    return [PithEncoder(title, teachers / file, recipe, program) for title, file, recipe in BACKBONES]


def untrained(config, pixels, mean, std, seed, folder, program):
    """The same architecture with random weights; its BatchNorm statistics are those of 256 films, as training has them."""
    path = folder / f"untrained-{settings.digest(config.network, config.data, mean, std, seed)}.onnx"
    used = export.recipe(config.data.side_px, mean, std)
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(seed)
        student = Student(config.network, 1, 1)
        for module in student.encoder.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.momentum = None  # averages over all batches
                torch.nn.init.ones_(module.weight)
        with torch.no_grad():
            for start in range(0, min(256, len(pixels)), 32):
                x = torch.from_numpy(np.array(pixels[start:start + 32])).unsqueeze(1).float() / 255
                student.encoder.train()((x - mean) / std)
        content = export.onnx_bytes(Classifier(student), config.data.side_px, "untrained")
        films.write_atomically(path, lambda temporary: temporary.write_bytes(content))
    return PithEncoder("same network, random weights", path, used, program)

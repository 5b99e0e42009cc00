# SPDX-License-Identifier: Apache-2.0
"""torchvision networks with random weights as ONNX files, and the features PyTorch computes for one random input.

    python3 make_torchvision.py OUT_DIR [--only NAME ...]

For each NAME, in OUT_DIR (a build folder, 230 MB in all):
    NAME.onnx           opset 13, inference mode, axis 0 of input and output named "batch"
    NAME.json           {"name", "model", "batchNormKept", "input", "inputShape", "output", "tap", "featureCount",
                         "float32Error"}; "input" and "output" are names of tensors of the graph
    input.bin           float32 little-endian, NCHW, [1, 3, 224, 224]; the same for all
    NAME.features.bin   float32 little-endian, [featureCount]: what the pooled features are in float32
    NAME.features64.bin float64 little-endian, [featureCount]: the same network in float64, rounding apart

"tap" is the tensor whose average over height and width is the features: the input of the last global pooling, or, where
the classifier is a convolution before it (SqueezeNet), the input of that convolution. "float32Error" is the relative
L2 distance of the two feature files: what float32 arithmetic alone costs here.

Random weights alone would leave BatchNorm the identity. Its scale, shift, mean and variance are therefore drawn too,
and the running statistics are measured on a random batch before they are perturbed, so that no activation dies or
explodes on the way. Names ending in -unfolded keep BatchNormalization as nodes of the graph; in the others the exporter
has folded it into the convolutions.
"""
import argparse
import json
from pathlib import Path

import numpy as np
import onnx
import torch
import torchvision
from torch import nn

from onnx_forward import run

NETWORKS = {
    # name: (model, kept BatchNorm, number of features)
    "mobilenet_v2": ("mobilenet_v2", False, 1280),
    "mobilenet_v2-unfolded": ("mobilenet_v2", True, 1280),
    "resnet18": ("resnet18", False, 512),
    "resnet18-unfolded": ("resnet18", True, 512),
    "resnet50": ("resnet50", False, 2048),
    "squeezenet1_1": ("squeezenet1_1", False, 512),
}
SEED = 20


def randomise_norms(model):
    """Draws every BatchNorm's affine part, measures its statistics on noise, then moves them off what was measured."""
    norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]
    for norm in norms:
        nn.init.uniform_(norm.weight, 0.5, 1.2)
        nn.init.uniform_(norm.bias, -0.3, 0.4)
        norm.momentum = None  # a plain mean over the batches that follow
        norm.reset_running_stats()
    if norms:
        model.train()
        with torch.no_grad():
            model(torch.randn(4, 3, 224, 224))
    for norm in norms:
        spread = norm.running_var.sqrt()
        norm.running_mean += 0.2 * spread * torch.randn_like(spread)
        norm.running_var *= torch.empty_like(spread).uniform_(0.7, 1.5)
    return model.eval()


def pooled(model, x):
    """The features: for SqueezeNet the mean of what enters the classifier's convolution, else what enters the head."""
    caught = {}
    head = model.classifier[1] if isinstance(model, torchvision.models.SqueezeNet) else \
        model.fc if hasattr(model, "fc") else model.classifier[-1]
    hook = head.register_forward_hook(lambda module, inputs, output: caught.update(value=inputs[0]))
    with torch.no_grad():
        model(x)
    hook.remove()
    value = caught["value"]
    return (value.mean((2, 3)) if value.ndim == 4 else value)[0].numpy()


def find_tap(graph):
    """The input of the last global pooling, or of the convolution between it and the features (SqueezeNet)."""
    produced = {output: node for node in graph.node for output in node.output}
    pooling = [node for node in graph.node if node.op_type == "GlobalAveragePool"][-1]
    tap, node = pooling.input[0], produced[pooling.input[0]]
    reaches_gemm = any(node.op_type == "Gemm" for node in graph.node)
    while not reaches_gemm and node.op_type in ("Relu", "Conv"):
        tap = node.input[0]
        if node.op_type == "Conv":
            break
        node = produced[tap]
    return tap


def export(name, x, out):
    kind, keep_norm, features = NETWORKS[name]
    torch.manual_seed(SEED)
    model = randomise_norms(getattr(torchvision.models, kind)(weights=None))
    path = out / f"{name}.onnx"
    mode = torch.onnx.TrainingMode.PRESERVE if keep_norm else torch.onnx.TrainingMode.EVAL
    torch.onnx.export(model, x, str(path), opset_version=13, training=mode, do_constant_folding=not keep_norm,
                      input_names=["image"], output_names=["logits"],
                      dynamic_axes={"image": {0: "batch"}, "logits": {0: "batch"}})
    written = onnx.load(str(path))
    graph = written.graph
    kept = any(node.op_type == "BatchNormalization" for node in graph.node)
    assert kept == keep_norm, f"{name}: BatchNormalization kept: {kept}"

    single = pooled(model, x)
    double = pooled(model.double(), x.double())
    assert single.shape == (features,) and np.isfinite(double).all()
    assert (np.abs(double) > 1e-3).mean() > 0.5, f"{name}: most features are dead"
    tap = find_tap(graph)
    reread = run(written, x, torch.float64)[tap].mean((2, 3))[0].numpy()
    # The file holds float32 weights, folded or not: each is off by at most half a unit in the last place, 2^-24. Fifty
    # layers of such errors that do not cancel stay below 50 * 2^-24 = 3e-6; errors of folding are larger by orders.
    moved = np.linalg.norm(reread - double) / np.linalg.norm(double)
    assert moved < 50 * 2 ** -24, f"{name}: the file's features differ from the model's by {moved:.1e}"
    error = float(np.linalg.norm(single - double) / np.linalg.norm(double))
    single.astype("<f4").tofile(out / f"{name}.features.bin")
    double.astype("<f8").tofile(out / f"{name}.features64.bin")
    description = {"name": name, "model": f"{name}.onnx", "batchNormKept": kept, "input": "image",
                   "inputShape": list(x.shape), "output": "logits", "tap": tap, "featureCount": features,
                   "float32Error": error}
    (out / f"{name}.json").write_text(json.dumps(description, indent=2) + "\n")
    operators = sorted({node.op_type for node in graph.node})
    print(f"{name}: {path.stat().st_size} bytes, float32 error {error:.2e}, mean {double.mean():.3f}, "
          f"std {double.std():.3f}, file {moved:.1e}, tap {description['tap']}, {' '.join(operators)}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    x = torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(SEED))
    x.numpy().astype("<f4").tofile(arguments.out / "input.bin")
    for name in arguments.only:
        export(name, x, arguments.out)


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""torchvision networks with random weights as ONNX files, and the features PyTorch computes for one random input.

    python3 make_torchvision.py OUT_DIR [--only NAME ...]

For each NAME, in OUT_DIR (a build folder):
    NAME.onnx           opset 13, inference mode, axis 0 of input and output named "batch"
    NAME.json           {"name", "model", "batchNormKept", "input", "inputShape", "output", "taps", "kind", "featureCount",
                         "float32Error"}; "input" and "output" are names of tensors of the graph
    input-SIDE.bin      float32 little-endian, NCHW, [1, 3, SIDE, SIDE]; the same for all of that size
    NAME.features.bin   float32 little-endian, [featureCount]: what the pooled features are in float32
    NAME.features64.bin float64 little-endian, [featureCount]: the same network in float64, rounding apart

The features are the mean over height and width of what the network pools last, or the class token of a transformer after
its last LayerNorm. Where the classifier is a convolution before the pooling (SqueezeNet), they are the mean of what enters
that convolution; where a map is flattened without pooling (VGG, AlexNet), the mean of that map. "taps" are the tensors of
the file that give these features, as another program (onnx_forward.py) runs it in float64. "float32Error" is the relative
L2 distance of the two feature files: what float32 arithmetic alone costs here.

Random weights alone would leave every normalisation the identity. Scales, shifts and statistics are therefore drawn too, and
running statistics are measured on a random batch before they are perturbed, so that no activation dies or explodes on the
way. Names ending in -unfolded keep BatchNormalization as nodes of the graph; in the others the exporter has folded it into
the convolutions. Fully connected layers behind the tap are narrowed, because nobody reads their weights (VGG-16 would be
553 MB), and the transformer of the usual run is narrow; what is EXTRA is made only where it is named with --only, in OUT_DIR/extra.
"""
import argparse
import json
import time
from pathlib import Path

import numpy as np
import onnx
import torch
import torchvision
from torch import nn

from onnx_forward import run

MODELS = torchvision.models


def plain(kind, **options):
    return lambda: getattr(MODELS, kind)(weights=None, **options)


def narrow_classifier(kind, inputs):
    """The layers of the original in their order, with 32 values in place of 4096 between them."""
    def build():
        model = getattr(MODELS, kind)(weights=None)
        model.classifier = nn.Sequential(nn.Dropout(), nn.Linear(inputs, 32), nn.ReLU(), nn.Dropout(), nn.Linear(32, 32),
                                         nn.ReLU(), nn.Linear(32, 1000))
        return model
    return build


def tiny_transformer():
    return MODELS.VisionTransformer(image_size=224, patch_size=16, num_layers=12, num_heads=3, hidden_dim=192, mlp_dim=768)


OLD_INCEPTION = {"init_weights": False, "aux_logits": False, "transform_input": False}
NETWORKS = {
    # name: (makes the model, module whose output is pooled, what that output is, number of features)
    "alexnet": (narrow_classifier("alexnet", 9216), "features", "map", 256),
    "convnext_tiny": (plain("convnext_tiny"), "features", "map", 768),
    "densenet121": (plain("densenet121"), "features", "map before ReLU", 1024),
    "efficientnet_b0": (plain("efficientnet_b0"), "features", "map", 1280),
    "googlenet": (plain("googlenet", **OLD_INCEPTION), "inception5b", "map", 1024),
    "inception_v3": (plain("inception_v3", **OLD_INCEPTION), "Mixed_7c", "map", 2048),
    "mnasnet0_5": (plain("mnasnet0_5"), "layers", "map", 1280),
    "mobilenet_v2": (plain("mobilenet_v2"), "features", "map", 1280),
    "mobilenet_v2-unfolded": (plain("mobilenet_v2"), "features", "map", 1280),
    "mobilenet_v3_large": (plain("mobilenet_v3_large"), "features", "map", 960),
    "regnet_x_400mf": (plain("regnet_x_400mf"), "trunk_output", "map", 400),
    "regnet_y_400mf": (plain("regnet_y_400mf"), "trunk_output", "map", 440),
    "resnet18": (plain("resnet18"), "layer4", "map", 512),
    "resnet18-unfolded": (plain("resnet18"), "layer4", "map", 512),
    "resnet50": (plain("resnet50"), "layer4", "map", 2048),
    "resnext50_32x4d": (plain("resnext50_32x4d"), "layer4", "map", 2048),
    "shufflenet_v2_x1_0": (plain("shufflenet_v2_x1_0"), "conv5", "map", 1024),
    "squeezenet1_1": (plain("squeezenet1_1"), "features", "map", 512),
    "vgg16": (narrow_classifier("vgg16", 25088), "features", "map", 512),
    "vit_ti_16": (tiny_transformer, "encoder", "tokens", 192),
    # EXTRA
    "densenet201": (plain("densenet201"), "features", "map before ReLU", 1920),
    "efficientnet_v2_s": (plain("efficientnet_v2_s"), "features", "map", 1280),
    "maxvit_t": (plain("maxvit_t"), "blocks", "map", 512),
    "swin_t": (plain("swin_t"), "norm", "channels last", 768),
    "vgg16_bn": (narrow_classifier("vgg16_bn", 25088), "features", "map", 512),
    "vit_b_16": (plain("vit_b_16"), "encoder", "tokens", 768),
    "vit_b_32": (plain("vit_b_32"), "encoder", "tokens", 768),
    "wide_resnet50_2": (plain("wide_resnet50_2"), "layer4", "map", 2048),
}
EXTRA = {"densenet201", "efficientnet_v2_s", "maxvit_t", "swin_t", "vgg16_bn", "vit_b_16", "vit_b_32", "wide_resnet50_2"}
KINDS = {
    "map": ("feature map", lambda value: value.mean((2, 3))),
    "map before ReLU": ("feature map", lambda value: value.relu().mean((2, 3))),
    "channels last": ("feature map", lambda value: value.mean((1, 2))),
    "tokens": ("tokens", lambda value: value[:, 0]),
}
SEED = 20


def side_of(name):
    return 299 if name == "inception_v3" else 224


def randomise(model, side):
    """Draws what initialisation leaves constant, measures BatchNorm's statistics on noise, then moves them off that."""
    norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]
    for norm in norms:
        nn.init.uniform_(norm.weight, 0.5, 1.2)
        nn.init.uniform_(norm.bias, -0.3, 0.4)
        norm.momentum = None  # a plain mean over the batches that follow
        norm.reset_running_stats()
    for layer_norm in (m for m in model.modules() if isinstance(m, nn.LayerNorm)):
        nn.init.uniform_(layer_norm.weight, 0.5, 1.5)
        nn.init.uniform_(layer_norm.bias, -0.3, 0.3)
    for name, parameter in model.named_parameters():
        if name.endswith("layer_scale"):  # ConvNeXt begins with 1e-6, which would hide its blocks
            nn.init.uniform_(parameter, 0.2, 1.0)
        if name.endswith(("class_token", "pos_embedding", "relative_position_bias_table")):
            nn.init.normal_(parameter, 0.0, 0.5)
    if norms:
        model.train()
        with torch.no_grad():
            model(torch.randn(4, 3, side, side))
    for norm in norms:
        spread = norm.running_var.sqrt()
        norm.running_mean += 0.2 * spread * torch.randn_like(spread)
        norm.running_var *= torch.empty_like(spread).uniform_(0.7, 1.5)
    return model.eval()


def pooled(model, module, kind, x):
    """The features, from the output of one module of the original."""
    caught = {}
    hook = model.get_submodule(module).register_forward_hook(lambda _, inputs, output: caught.update(value=output))
    with torch.no_grad():
        model(x)
    hook.remove()
    return KINDS[kind][1](caught["value"])[0].numpy()


def give(value, features, bound):
    """Whether a tensor of the file gives these features, pooled in one of the ways that are asked for here."""
    value = value if torch.is_tensor(value) and value.is_floating_point() else torch.zeros(0)
    ways = [value.mean((2, 3)), value.mean((1, 2))] if value.ndim == 4 else [value[:, 0]] if value.ndim == 3 else []
    return any(way.shape[-1] == len(features) and np.linalg.norm(way[0].numpy() - features) <= bound for way in ways)


def taps_of(written, x, features):
    """The tensors of the file that give these features. None: it has operators that onnx_forward.py does not know."""
    try:
        values = run(written, x, torch.float64)
    except KeyError as error:
        print(f"    not run again: operator {error}", flush=True)
        return None
    # The file holds float32 weights, folded or not: each is off by at most half a unit in the last place, 2^-24. Layers
    # of such errors that do not cancel add up; errors of folding are larger by orders.
    layers = sum(node.op_type in ("Conv", "Gemm", "MatMul") for node in written.graph.node)
    bound = max(layers, 50) * 2 ** -24 * np.linalg.norm(features)
    return [name for name, value in values.items() if give(value, features, bound)]


def exported(model, x, path, keep_norm):
    mode = torch.onnx.TrainingMode.PRESERVE if keep_norm else torch.onnx.TrainingMode.EVAL
    # Attention in inference mode is one operator without an ONNX form; told that it trains, it is written out. Nothing
    # is dropped, as its rate is 0.
    attentions = [m for m in model.modules() if isinstance(m, nn.MultiheadAttention)]
    for attention in attentions:
        assert attention.dropout == 0
        attention.training, mode = True, torch.onnx.TrainingMode.PRESERVE
    torch.onnx.export(model, x, str(path), opset_version=13, training=mode, do_constant_folding=not keep_norm,
                      input_names=["image"], output_names=["logits"],
                      dynamic_axes={"image": {0: "batch"}, "logits": {0: "batch"}})
    model.eval()
    return onnx.load(str(path))


def export(name, out):
    build, module, kind, count = NETWORKS[name]
    start = time.monotonic()
    side = side_of(name)
    x = torch.randn(1, 3, side, side, generator=torch.Generator().manual_seed(SEED))
    x.numpy().astype("<f4").tofile(out / f"input-{side}.bin")
    torch.manual_seed(SEED)
    model = randomise(build(), side)
    out = out / "extra" if name in EXTRA else out
    out.mkdir(exist_ok=True)
    path = out / f"{name}.onnx"
    keep_norm = name.endswith("-unfolded")
    written = exported(model, x, path, keep_norm)
    kept = any(node.op_type == "BatchNormalization" for node in written.graph.node)
    assert kept or not keep_norm, f"{name}: no BatchNormalization was kept"

    single = pooled(model, module, kind, x)
    double = pooled(model.double(), module, kind, x.double())
    assert single.shape == (count,) and np.isfinite(double).all()
    assert (np.abs(double) > 1e-3).mean() > 0.5, f"{name}: most features are dead"
    taps = taps_of(written, x, double)
    assert taps is None or taps, f"{name}: no tensor of the file gives the model's features"
    error = float(np.linalg.norm(single - double) / np.linalg.norm(double))
    single.astype("<f4").tofile(out / f"{name}.features.bin")
    double.astype("<f8").tofile(out / f"{name}.features64.bin")
    description = {"name": name, "model": f"{name}.onnx", "batchNormKept": kept, "input": "image",
                   "inputShape": list(x.shape), "output": "logits", "taps": taps, "kind": KINDS[kind][0],
                   "featureCount": count, "float32Error": error}
    (out / f"{name}.json").write_text(json.dumps(description, indent=2) + "\n")
    print(f"{name}: {path.stat().st_size} bytes, {time.monotonic() - start:.1f} s, float32 error {error:.2e}, "
          f"mean {double.mean():.3f}, std {double.std():.3f}, taps {taps}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", nargs="+", choices=NETWORKS, default=[name for name in NETWORKS if name not in EXTRA])
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name in arguments.only:
        export(name, arguments.out)


if __name__ == "__main__":
    main()

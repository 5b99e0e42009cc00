# SPDX-License-Identifier: Apache-2.0
"""Small transformers with the ends that exporters leave on them, as ONNX files, and the features PyTorch computes.

    python3 make_transformers.py OUT_DIR

For each NAME, in OUT_DIR (a build folder, a few MB):
    NAME.onnx           opset 13 or, for names ending in -17, 17 (LayerNormalization as one node); axis 0 named "batch"
    NAME.json           {"name", "model", "inputShape", "kind", "pooling", "featureCount"}
    input.bin           float32 little-endian, NCHW, [1, 3, 64, 64]; the same for all
    NAME.features.bin   float32 little-endian, [featureCount]

The networks are narrow and have two blocks; what matters is where the features stand: before which layers, behind which,
and how they are pooled. Each class below says which published model ends like it. Features are, by the rule of tap.h: the
class token after the last LayerNorm, wherever that stands; else the average that the network itself takes, without what it
does to it afterwards.
"""
import json

import numpy as np
import torch
from torch import nn

from small_networks import write_all

WIDTH, HEADS, SIDE, PATCH, CLASSES = 48, 3, 64, 16, 10
SEED = 31


class Block(nn.Module):
    """Attention and a small perceptron, each normalised before and added to what came in."""

    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.up, self.down = nn.Linear(WIDTH, 2 * WIDTH), nn.Linear(2 * WIDTH, WIDTH)

    def forward(self, x):
        n, t, c = x.shape
        q, k, v = self.qkv(self.norm1(x)).reshape(n, t, 3, HEADS, c // HEADS).permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(-2, -1) * (c // HEADS) ** -0.5).softmax(-1)
        x = x + self.out((weights @ v).transpose(1, 2).reshape(n, t, c))
        return x + self.down(nn.functional.gelu(self.up(self.norm2(x))))


class Encoder(nn.Module):
    """Patches, `special` tokens before them, positions, blocks. Subclasses are ends: features() and forward()."""
    special = 1

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, WIDTH, PATCH, PATCH)
        self.tokens = nn.Parameter(torch.zeros(1, self.special, WIDTH)) if self.special else None
        self.positions = nn.Parameter(torch.zeros(1, self.special + (SIDE // PATCH) ** 2, WIDTH))
        self.blocks = nn.Sequential(Block(), Block())
        self.norm = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, CLASSES)

    def body(self, image):
        x = self.patches(image).flatten(2).transpose(1, 2)
        if self.special:
            x = torch.cat([self.tokens.expand(x.shape[0], -1, -1), x], 1)
        return self.blocks(x + self.positions)


class Token(Encoder):
    """ViT, DeiT: the class token after the last LayerNorm, then the classifier."""
    pooling = "classToken"

    def features(self, image):
        return self.norm(self.body(image))[:, 0]

    def forward(self, image):
        return self.head(self.features(image))


class Headless(Token):
    """DINO, RAD-DINO's pooled output: the same without a classifier."""

    def forward(self, image):
        return self.features(image)


class SlicedToken(Token):
    """The class token cut out as a row and flattened."""

    def forward(self, image):
        return self.head(self.norm(self.body(image))[:, 0:1].flatten(1))


class TwoOutputs(Token):
    """Hugging Face's ViT: all tokens and a pooled output of its own (a layer and tanh)."""

    def forward(self, image):
        tokens = self.norm(self.body(image))
        return tokens, torch.tanh(self.head(tokens[:, 0]))


class AllTokens(Token):
    """Only the last hidden state: nothing in the file pools."""

    def forward(self, image):
        return self.norm(self.body(image))


class Distilled(Encoder):
    """DeiT with a distillation token: two classifiers, averaged."""
    special, pooling = 2, "classToken"

    def __init__(self):
        super().__init__()
        self.second = nn.Linear(WIDTH, CLASSES)

    def features(self, image):
        return self.norm(self.body(image))[:, 0]

    def forward(self, image):
        x = self.norm(self.body(image))
        return (self.head(x[:, 0]) + self.second(x[:, 1])) / 2


class Registers(Headless):
    """DINOv2 with registers: four tokens between the class token and the patches."""
    special = 5


class LateNorm(Encoder):
    """CLIP: LayerNorm before the blocks, and the last one behind the choice of the token; then a projection."""
    pooling = "none"

    def __init__(self):
        super().__init__()
        self.first = nn.LayerNorm(WIDTH)
        self.projection = nn.Parameter(torch.zeros(WIDTH, 32))

    def body(self, image):
        x = self.patches(image).flatten(2).transpose(1, 2)
        x = torch.cat([self.tokens.expand(x.shape[0], -1, -1), x], 1)
        return self.blocks(self.first(x + self.positions))

    def features(self, image):
        return self.norm(self.body(image)[:, 0])

    def forward(self, image):
        return self.features(image) @ self.projection


class LateNormOutputs(LateNorm):
    """Hugging Face's CLIP vision model: all tokens before the last LayerNorm, and the pooled output behind it."""

    def forward(self, image):
        tokens = self.body(image)
        return tokens, self.norm(tokens[:, 0])


class PatchAverage(Encoder):
    """MAE fine-tuned: the mean of the patches without the class token, then LayerNorm and the classifier."""
    pooling = "average"

    def features(self, image):
        return self.body(image)[:, 1:].mean(1)

    def forward(self, image):
        return self.head(self.norm(self.features(image)))


class TokenAverage(Encoder):
    """No class token: the mean of all tokens after the last LayerNorm."""
    special, pooling = 0, "average"

    def features(self, image):
        return self.norm(self.body(image)).mean(1)

    def forward(self, image):
        return self.head(self.features(image))


class PooledAcross(TokenAverage):
    """Swin as it was first published: tokens turned, pooled as a signal, flattened."""

    def forward(self, image):
        x = self.norm(self.body(image)).transpose(1, 2)
        return self.head(nn.functional.adaptive_avg_pool1d(x, 1).flatten(1))


class ChannelsLast(Encoder):
    """Swin of today: maps stay [N, H, W, C] to the end and are averaged over the middle axes."""
    special, pooling, kind = 0, "average", "feature map"

    def features(self, image):
        x = self.patches(image).permute(0, 2, 3, 1)
        for block in self.blocks:
            x = x + block.down(nn.functional.gelu(block.up(block.norm2(x))))
        return self.norm(x).mean((1, 2))

    def forward(self, image):
        return self.head(self.features(image))


NETWORKS = {
    "token": Token, "token-17": Token, "headless": Headless, "sliced_token": SlicedToken, "two_outputs": TwoOutputs,
    "all_tokens": AllTokens, "distilled": Distilled, "registers": Registers, "late_norm": LateNorm, "late_norm-17": LateNorm,
    "late_norm_outputs": LateNormOutputs, "patch_average": PatchAverage, "token_average": TokenAverage,
    "pooled_across": PooledAcross, "channels_last": ChannelsLast, "channels_last-17": ChannelsLast,
}


def export(name, x, out):
    torch.manual_seed(SEED)
    model = NETWORKS[name]().eval()
    for parameter_name, parameter in model.named_parameters():
        if "norm" in parameter_name or "first" in parameter_name:
            nn.init.uniform_(parameter, 0.5, 1.5) if parameter_name.endswith("weight") else nn.init.uniform_(parameter, -0.5, 0.5)
        elif parameter_name in ("tokens", "positions", "projection"):
            nn.init.normal_(parameter, 0.0, 0.7)
    with torch.no_grad():
        features = model.features(x)[0].numpy()
        outputs = model(x)
    count = len(outputs) if isinstance(outputs, tuple) else 1
    names = ["last_hidden_state", "pooler_output"][:count] if count > 1 else ["output"]
    torch.onnx.export(model, x, str(out / f"{name}.onnx"), opset_version=17 if name.endswith("-17") else 13,
                      input_names=["image"], output_names=names, dynamic_axes={n: {0: "batch"} for n in ["image", *names]})
    features.astype("<f4").tofile(out / f"{name}.features.bin")
    kind = getattr(model, "kind", "vector" if model.pooling == "none" else "tokens")
    description = {"name": name, "model": f"{name}.onnx", "inputShape": list(x.shape), "kind": kind,
                   "pooling": model.pooling, "featureCount": len(features)}
    (out / f"{name}.json").write_text(json.dumps(description, indent=2) + "\n")
    assert np.isfinite(features).all() and features.std() > 0.1


if __name__ == "__main__":
    write_all(__doc__, NETWORKS, SIDE, SEED, export)

# SPDX-License-Identifier: Apache-2.0
"""Small networks, each with a block of a published architecture in it, as ONNX files, and the features PyTorch computes.

    python3 make_blocks.py OUT_DIR

For each NAME, in OUT_DIR (a build folder, a few MB):
    NAME.onnx           opset 13; axis 0 named "batch", sides too where they are open
    NAME.json           {"name", "model", "inputShape", "kind", "pooling", "featureCount"}
    input.bin           float32 little-endian, NCHW, [1, 3, 64, 64]; the same for all
    NAME.features.bin   float32 little-endian, [featureCount]

The file make_transformers.py is about the ends of networks; this one is about what stands inside them: how exporters write
gates, borders, windows, shuffles, weights that are computed from weights. Each ends in a classifier that has to be cut off.
"""
import json

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from small_networks import write_all

SIDE, CLASSES, SEED = 64, 7, 43
BLOCKS = {}


def block(pooling="average", features=24, kind="feature map"):
    """Registers what makes a body, by its name; the body ends as `pooling` says."""
    def register(make):
        BLOCKS[make.__name__] = (make, pooling, features, kind)
        return make
    return register


POOLS = {
    "average": lambda map_: map_.mean((2, 3)),
    "averageAndMaximum": lambda map_: torch.cat([map_.mean((2, 3)), map_.amax((2, 3))], 1),
    "tokens": lambda tokens: tokens.mean(1),
    "none": lambda vector: vector,
}


class Network(nn.Module):
    def __init__(self, body, pooling, features):
        super().__init__()
        self.body, self.pool = body, POOLS[pooling]
        self.head = nn.Linear(features, CLASSES)

    def features(self, image):
        return self.pool(self.body(image))

    def forward(self, image):
        return self.head(self.features(image))


class Apply(nn.Module):
    """A function as a layer."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


class Add(nn.Module):
    """x and what the layers make of it."""

    def __init__(self, *layers):
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return x + self.layers(x)


def conv(inputs, outputs, kernel=3, stride=1, **other):
    return nn.Sequential(nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False, **other), nn.BatchNorm2d(outputs), nn.ReLU())


def stem_and(*layers):
    return nn.Sequential(conv(3, 16, stride=2), *layers, conv(16, 24, stride=2))


def patches(side, width):
    return nn.Sequential(nn.Conv2d(3, width, side, side), nn.Flatten(2), Apply(lambda x: x.transpose(1, 2)))


def split_heads(x, heads, parts):
    """[N, T, parts * C] as `parts` tensors of [N, heads, T, C / heads]."""
    n, t, c = x.shape
    return x.reshape(n, t, parts, heads, c // parts // heads).permute(2, 0, 3, 1, 4).unbind(0)


class EfficientChannelAttention(nn.Module):
    """ECA-Net: a gate from a one-dimensional convolution along the channels."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(1, 1, 3, padding=1, bias=False)

    def forward(self, x):
        return x * self.conv(x.mean((2, 3)).unsqueeze(1)).squeeze(1).sigmoid()[:, :, None, None]


class ChannelAndPlaceAttention(nn.Module):
    """CBAM: gates from averages and maxima, over places and over channels."""

    def __init__(self, channels):
        super().__init__()
        self.channels = nn.Sequential(nn.Conv2d(channels, 4, 1), nn.ReLU(), nn.Conv2d(4, channels, 1))
        self.places = nn.Conv2d(2, 1, 7, padding=3)

    def forward(self, x):
        x = x * torch.sigmoid(self.channels(F.adaptive_avg_pool2d(x, 1)) + self.channels(F.adaptive_max_pool2d(x, 1)))
        return x * torch.sigmoid(self.places(torch.cat([x.mean(1, keepdim=True), x.max(1, keepdim=True)[0]], 1)))


@torch.jit.script
def bent_by_size(x):
    """A condition on the shape, which is exported as it is."""
    if x.size(2) > 8:
        return torch.tanh(x)
    else:
        return torch.relu(x)


class BlurPool(nn.Module):
    """Antialiased subsampling behind a reflected border."""

    def __init__(self, channels):
        super().__init__()
        line = torch.tensor([1.0, 2.0, 1.0]) / 4
        self.register_buffer("kernel", (line[:, None] * line).repeat(channels, 1, 1, 1))

    def forward(self, x):
        return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), self.kernel, stride=2, groups=len(self.kernel))


class StandardisedConv(nn.Conv2d):
    """Big Transfer and NFNet: weights are brought to mean 0 and variance 1 in every pass."""

    def forward(self, x):
        variance, mean = torch.var_mean(self.weight, (1, 2, 3), keepdim=True, unbiased=False)
        weight = (self.weight - mean) * torch.rsqrt(variance + 1e-6)
        return F.conv2d(x, weight, self.bias, self.stride, self.padding, self.dilation, self.groups)


class Res2(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(channels // 4, channels // 4, 3, padding=1) for _ in range(3))

    def forward(self, x):
        parts, results = torch.split(x, x.shape[1] // 4, 1), []
        for part, layer in zip(parts[1:], self.convs):
            results.append(layer(part + results[-1] if results else part))
        return x + torch.cat([parts[0], *results], 1)


class SelectiveKernels(nn.Module):
    """SKNet: a softmax between two branches."""

    def __init__(self, channels):
        super().__init__()
        self.near = conv(channels, channels)
        self.far = nn.Conv2d(channels, channels, 3, padding=2, dilation=2)
        self.gate = nn.Sequential(nn.Conv2d(channels, 8, 1), nn.ReLU(), nn.Conv2d(8, 2 * channels, 1))

    def forward(self, x):
        both = torch.stack([self.near(x), self.far(x)], 1)
        weights = self.gate(both.sum(1).mean((2, 3), keepdim=True)).view(x.shape[0], 2, -1, 1, 1).softmax(1)
        return (both * weights).sum(1)


class UnfoldedAttention(nn.Module):
    """MobileViT: pixels of 2x2 patches attend to those at the same place of other patches."""

    def __init__(self, channels, width):
        super().__init__()
        self.enter, self.leave = nn.Conv2d(channels, width, 1), nn.Conv2d(width, channels, 1)
        self.norm, self.qkv = nn.LayerNorm(width), nn.Linear(width, 3 * width)

    def forward(self, x):
        y = self.enter(x)
        n, c, h, w = y.shape
        places = h * w // 4
        y = y.reshape(n * c * h // 2, 2, w // 2, 2).transpose(1, 2).reshape(n, c, places, 4).transpose(1, 3).reshape(n * 4, places, c)
        q, k, v = split_heads(self.qkv(self.norm(y)), 2, 3)
        y = y + ((q @ k.transpose(-2, -1)).softmax(-1) @ v).transpose(1, 2).reshape(n * 4, places, c)
        y = y.reshape(n, 4, places, c).transpose(1, 3).reshape(n * c * h // 2, w // 2, 2, 2).transpose(1, 2).reshape(n, c, h, w)
        return x + self.leave(y)


class ShiftedWindows(nn.Module):
    """Swin V2: windows that are rolled, cosine attention, a bias for each pair of places. NHWC."""

    def __init__(self, width, window, heads):
        super().__init__()
        self.window, self.heads, self.qkv = window, heads, nn.Linear(width, 3 * width)
        self.bias = nn.Parameter(torch.randn(1, heads, window * window, window * window))
        self.temperature = nn.Parameter(torch.rand(heads, 1, 1))

    def forward(self, x):
        n, h, w, c = x.shape
        s = self.window
        y = torch.roll(x, (-s // 2, -s // 2), (1, 2)).view(n, h // s, s, w // s, s, c)
        q, k, v = split_heads(self.qkv(y.permute(0, 1, 3, 2, 4, 5).reshape(-1, s * s, c)), self.heads, 3)
        scores = F.normalize(q, dim=-1) @ F.normalize(k, dim=-1).transpose(-2, -1) * torch.clamp(self.temperature, max=4.6).exp()
        y = ((scores + self.bias).softmax(-1) @ v).transpose(1, 2).reshape(n, h // s, w // s, s, s, c)
        return x + torch.roll(y.permute(0, 1, 3, 2, 4, 5).reshape(n, h, w, c), (s // 2, s // 2), (1, 2))


class LinearAttention(nn.Module):
    """EfficientViT: ReLU in place of the softmax, the sum of weights as one channel more."""

    def __init__(self, channels):
        super().__init__()
        self.qkv, self.out = nn.Conv2d(channels, 3 * channels, 1), nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        n, c, h, w = x.shape
        q, k, v = self.qkv(x).reshape(n, 3, c, h * w).unbind(1)
        y = (F.pad(v, (0, 0, 0, 1), value=1.0) @ F.relu(k).transpose(-1, -2)) @ F.relu(q)
        return x + self.out((y[:, :-1] / (y[:, -1:] + 1e-6)).reshape(n, c, h, w))


class CrossCovariance(nn.Module):
    """XCiT: channels attend to channels."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.qkv, self.temperature = heads, nn.Linear(width, 3 * width), nn.Parameter(torch.rand(heads, 1, 1) + 0.5)

    def forward(self, x):
        q, k, v = (part.transpose(-2, -1) for part in split_heads(self.qkv(x), self.heads, 3))
        scores = (F.normalize(q, dim=-1) @ F.normalize(k, dim=-1).transpose(-2, -1)) * self.temperature
        return x + (scores.softmax(-1) @ v).permute(0, 3, 1, 2).reshape(x.shape)


class ReducedAttention(nn.Module):
    """PVT: keys and values from a map that a strided convolution made smaller."""

    def __init__(self, channels, heads, ratio):
        super().__init__()
        self.heads, self.q, self.kv = heads, nn.Linear(channels, channels), nn.Linear(channels, 2 * channels)
        self.reduce, self.norm = nn.Conv2d(channels, channels, ratio, ratio), nn.LayerNorm(channels)

    def forward(self, x):
        n, c, h, w = x.shape
        q, = split_heads(self.q(x.flatten(2).transpose(1, 2)), self.heads, 1)
        k, v = split_heads(self.kv(self.norm(self.reduce(x).flatten(2).transpose(1, 2))), self.heads, 2)
        return x + ((q @ k.transpose(-2, -1)).softmax(-1) @ v).transpose(1, 2).reshape(n, h, w, c).permute(0, 3, 1, 2)


class ResponseNormalised(nn.Module):
    """ConvNeXt V2: depthwise 7x7, LayerNorm over channels, a norm over places."""

    def __init__(self, channels):
        super().__init__()
        self.depthwise, self.norm = nn.Conv2d(channels, channels, 7, padding=3, groups=channels), nn.LayerNorm(channels)
        self.up, self.down, self.gain = nn.Linear(channels, 64), nn.Linear(64, channels), nn.Parameter(torch.rand(64))

    def forward(self, x):
        y = F.gelu(self.up(self.norm(self.depthwise(x).permute(0, 2, 3, 1))))
        size = torch.norm(y, p=2, dim=(1, 2), keepdim=True)
        return x + self.down(y + self.gain * y * size / (size.mean(-1, keepdim=True) + 1e-6)).permute(0, 3, 1, 2)


class Modulated(nn.Module):
    """FocalNet: contexts of growing reach, gated place by place."""

    def __init__(self, channels):
        super().__init__()
        self.enter, self.mix = nn.Conv2d(channels, 2 * channels + 3, 1), nn.Conv2d(channels, channels, 1)
        self.focal = nn.ModuleList(nn.Conv2d(channels, channels, k, padding=k // 2, groups=channels, bias=False) for k in (3, 5))

    def forward(self, x):
        query, context, gates = torch.split(self.enter(x), (x.shape[1], x.shape[1], 3), 1)
        total = 0
        for i, layer in enumerate(self.focal):
            context = F.gelu(layer(context))
            total = total + context * gates[:, i:i + 1]
        total = total + F.gelu(context.mean(2, keepdim=True).mean(3, keepdim=True)) * gates[:, 2:]
        return x + query * self.mix(total)


class Involution(nn.Module):
    """Kernels that depend on the place."""

    def __init__(self, channels):
        super().__init__()
        self.kernels = nn.Conv2d(channels, 9, 1)

    def forward(self, x):
        n, _, h, w = x.shape
        padded = F.pad(x, (1, 1, 1, 1))
        around = torch.stack([padded[:, :, i:i + h, j:j + w] for i in range(3) for j in range(3)], 2)
        return (self.kernels(x).view(n, 1, 9, h, w) * around).sum(2)


class Coordinates(nn.Module):
    """CoordConv: every place knows where it is."""

    def forward(self, x):
        n, _, h, w = x.shape
        rows = torch.linspace(-1, 1, h).view(1, 1, h, 1).expand(n, 1, h, w)
        columns = torch.linspace(-1, 1, w).view(1, 1, 1, w).expand(n, 1, h, w)
        return torch.cat([x, columns, rows], 1)


class TwoResolutions(nn.Module):
    """HRNet: branches of two sizes exchange what they see."""

    def __init__(self):
        super().__init__()
        self.fine, self.coarse = conv(3, 8, stride=2), conv(8, 16, stride=2)
        self.up, self.down, self.join = nn.Conv2d(16, 8, 1), nn.Conv2d(8, 16, 3, 2, 1), conv(24, 24, 1)

    def forward(self, x):
        fine = self.fine(x)
        coarse = self.coarse(fine)
        both = fine + F.interpolate(self.up(coarse), size=fine.shape[-2:], mode="bilinear", align_corners=True)
        coarse = coarse + self.down(fine)
        return self.join(torch.cat([both, F.interpolate(coarse, scale_factor=2, mode="nearest")], 1))


class AttentionPool(nn.Module):
    """SigLIP's map head: a learned query attends to all tokens."""

    def __init__(self, width):
        super().__init__()
        self.query, self.q, self.kv = nn.Parameter(torch.randn(1, 1, width)), nn.Linear(width, width), nn.Linear(width, 2 * width)
        self.norm, self.mlp = nn.LayerNorm(width), nn.Sequential(nn.Linear(width, 48), nn.GELU(approximate="tanh"), nn.Linear(48, width))

    def forward(self, x):
        q, = split_heads(self.q(self.query).expand(x.shape[0], -1, -1), 2, 1)
        k, v = split_heads(self.kv(x), 2, 2)
        y = ((q @ k.transpose(-2, -1)).softmax(-1) @ v).transpose(1, 2).reshape(x.shape[0], 1, -1)
        return (y + self.mlp(self.norm(y)))[:, 0]


def mixer(places, width):
    """MLP-Mixer: a perceptron across places, one across channels."""
    across = nn.Sequential(nn.LayerNorm(width), Apply(lambda x: x.transpose(1, 2)), nn.Linear(places, 32), nn.GELU(),
                           nn.Linear(32, places), Apply(lambda x: x.transpose(1, 2)))
    return nn.Sequential(Add(across), Add(nn.LayerNorm(width), nn.Linear(width, 48), nn.GELU(), nn.Linear(48, width)))


@block()
def eca(): return stem_and(EfficientChannelAttention())
@block()
def cbam(): return stem_and(ChannelAndPlaceAttention(16))
@block()
def blur_pool(): return nn.Sequential(conv(3, 16), BlurPool(16), conv(16, 24), BlurPool(24))
@block()
def standardised(): return nn.Sequential(StandardisedConv(3, 16, 7, 2, 3), nn.GroupNorm(4, 16), nn.ReLU(), StandardisedConv(16, 24, 3, 2, 1))
@block()
def res2(): return stem_and(Res2(16))
@block()
def selective_kernels(): return stem_and(SelectiveKernels(16))
@block()
def mobile_vit(): return stem_and(UnfoldedAttention(16, 24))
@block("none", 32)
def swin_v2():
    last = Apply(lambda x: x.permute(0, 2, 3, 1))
    return nn.Sequential(nn.Conv2d(3, 32, 4, 4), last, nn.LayerNorm(32), ShiftedWindows(32, 4, 4), nn.LayerNorm(32), Apply(lambda x: x.mean((1, 2))))
@block()
def efficient_vit(): return stem_and(LinearAttention(16), nn.Hardswish())
@block("tokens", kind="tokens")
def xcit(): return nn.Sequential(patches(8, 24), CrossCovariance(24, 4), nn.LayerNorm(24))
@block("tokens", kind="tokens")
def mlp_mixer(): return nn.Sequential(patches(16, 24), mixer(16, 24), nn.LayerNorm(24))
@block()
def pvt(): return stem_and(ReducedAttention(16, 2, 4))
@block()
def convnext_v2(): return stem_and(ResponseNormalised(16))
@block()
def focal(): return stem_and(Modulated(16))
@block()
def involution(): return stem_and(Involution(16))
@block()
def pool_former(): return stem_and(Add(nn.GroupNorm(1, 16), Apply(lambda x: F.avg_pool2d(x, 3, 1, 1, count_include_pad=False) - x)))
@block()
def coordinates(): return nn.Sequential(Coordinates(), nn.Conv2d(5, 24, 3, 2, 1), nn.SiLU())
@block()
def two_resolutions(): return TwoResolutions()
@block()
def large_kernels():
    return nn.Sequential(conv(3, 8, stride=2), nn.Conv2d(8, 8, 31, padding=15, groups=8), nn.ReLU(), nn.Conv2d(8, 16, (1, 11), padding=(0, 5)),
                         nn.Conv2d(16, 16, 7, padding=9, dilation=3, groups=16), nn.Conv2d(16, 24, (11, 1), padding=(5, 0)))
@block()
def borders():
    return nn.Sequential(nn.BatchNorm2d(3), nn.Conv2d(3, 16, 3, padding=1, padding_mode="replicate"), nn.ReLU(), nn.BatchNorm2d(16),
                         nn.ConstantPad2d((0, 1, 2, 0), 0.5), nn.Conv2d(16, 16, 3, 2), nn.BatchNorm2d(16), nn.BatchNorm2d(16), nn.ReLU(),
                         nn.AvgPool2d(3, 2, 1), nn.MaxPool2d(3, 2, 1, ceil_mode=True), nn.ZeroPad2d((1, 0, 1, 0)), nn.Conv2d(16, 24, 2))
@block()
def shuffles():
    shuffle = Apply(lambda x: x.view(x.shape[0], 4, x.shape[1] // 4, *x.shape[2:]).transpose(1, 2).reshape(x.shape))
    return nn.Sequential(conv(3, 16, stride=2), shuffle, nn.PixelUnshuffle(2), conv(64, 32, 1), nn.PixelShuffle(2), conv(8, 24),
                         nn.Upsample(scale_factor=2, mode="bicubic", align_corners=False), nn.Conv2d(24, 24, 3))
@block()
def transposed(): return nn.Sequential(conv(3, 16, stride=2), nn.ConvTranspose2d(16, 8, 2, 2), nn.ConvTranspose2d(8, 24, 4, 2, 1), nn.ReLU())
@block()
def curves():
    return nn.Sequential(nn.Conv2d(3, 16, 3, 2, 1), nn.Mish(), nn.Conv2d(16, 24, 3, 2, 1), nn.ELU(), nn.InstanceNorm2d(24, affine=True), nn.PReLU(24),
                         nn.Softplus(), nn.SELU(), nn.Hardtanh(-0.5, 2), nn.Softsign(), nn.Hardsigmoid(), nn.Conv2d(24, 24, 1), nn.SiLU(), nn.ReLU6())
@block("none", 24, "feature map")
def dropped_axes(): return stem_and().append(Apply(lambda x: F.adaptive_avg_pool2d(x, 1).squeeze(-1).squeeze(-1)))
@block("averageAndMaximum", 48)
def both_pools(): return stem_and()
@block("none", 24, "feature map")
def generalised_mean():
    return stem_and().append(Apply(lambda x: F.avg_pool2d(x.clamp(min=1e-6) ** 3, 16).pow(1 / 3).flatten(1)))
@block("none", 24, "vector")
def attention_pool(): return nn.Sequential(patches(16, 24), nn.LayerNorm(24), AttentionPool(24))
@block("none", 24, "vector")
def log_sum_exp(): return stem_and().append(Apply(lambda x: torch.logsumexp(5 * x, (2, 3)) / 5))

@block("none", 24, "feature map")
def conditions():
    """Where sides are open, an exporter asks again before it squeezes an axis away."""
    return stem_and().append(Apply(lambda x: bent_by_size(x).mean((2, 3), keepdim=True).squeeze(3).squeeze(2)))


OPEN_SIDES = {"conditions"}


def move_statistics(model):
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.running_mean, 0.0, 0.3)
            nn.init.uniform_(layer.running_var, 0.5, 1.5)
        if isinstance(layer, (nn.BatchNorm2d, nn.LayerNorm, nn.GroupNorm, nn.InstanceNorm2d)):
            nn.init.uniform_(layer.weight, 0.5, 1.5)
            nn.init.uniform_(layer.bias, -0.3, 0.3)


def export(name, x, out):
    make, pooling, count, kind = BLOCKS[name]
    torch.manual_seed(SEED)
    model = Network(make(), pooling, count).eval()
    move_statistics(model)
    axes = {0: "batch", 2: "height", 3: "width"} if name in OPEN_SIDES else {0: "batch"}
    torch.onnx.export(model, x, str(out / f"{name}.onnx"), opset_version=13, input_names=["image"], output_names=["output"],
                      dynamic_axes={"image": axes, "output": {0: "batch"}})
    with torch.no_grad():
        features = model.double().features(x.double())[0].numpy()
    assert features.shape == (count,) and np.isfinite(features).all() and features.std() > 1e-3, name
    features.astype("<f4").tofile(out / f"{name}.features.bin")
    # What Pith does itself: a pooling with weights or powers of its own is part of the network, and its map a vector.
    seen = "average" if pooling in ("tokens", "none") and kind != "vector" else pooling
    description = {"name": name, "model": f"{name}.onnx", "inputShape": list(x.shape), "kind": kind, "pooling": seen, "featureCount": count}
    (out / f"{name}.json").write_text(json.dumps(description, indent=2) + "\n")


if __name__ == "__main__":
    write_all(__doc__, BLOCKS, SIDE, SEED, export)

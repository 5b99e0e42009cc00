# SPDX-License-Identifier: Apache-2.0
"""A residual network of dense 3x3 convolutions on one grey channel, and the heads that it is trained with.

Dense 3x3 convolutions and ReLU are what CPUs run nearest to their peak, in training (oneDNN) and in WebAssembly (XNNPACK).
"""
from collections import OrderedDict

import torch
from torch import nn

from .augment import CHANGES
from .films import CLASSES
from .formula.phantoms import TARGETS


def conv_unit(inputs, outputs, stride=1, kernel=3):
    return nn.Sequential(OrderedDict(
        conv=nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        norm=nn.BatchNorm2d(outputs),
        act=nn.ReLU(inplace=True)))


class Residual(nn.Module):
    """x + norm(conv(unit(x))), then ReLU; the shape stays."""

    def __init__(self, channels):
        super().__init__()
        self.unit = conv_unit(channels, channels)
        self.conv = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(channels)
        self.act = nn.ReLU(inplace=True)
        nn.init.zeros_(self.norm.weight)

    def forward(self, x):
        return self.act(x + self.norm(self.conv(self.unit(x))))


class Encoder(nn.Module):
    """[N, 1, H, W] normalised grey -> [N, features], none negative; the last map is 1/32 of the input's sides."""

    def __init__(self, settings):
        super().__init__()
        layers = OrderedDict(stem=conv_unit(1, settings.stem, stride=2))
        inputs, divisor = settings.stem, 2
        for width, blocks in zip(settings.widths, settings.blocks):
            divisor *= 2
            layers[f"down{divisor}"] = conv_unit(inputs, width, stride=2)
            for i in range(blocks):
                layers[f"block{divisor}{'abcdefgh'[i]}"] = Residual(width)
            inputs = width
        layers["features"] = conv_unit(inputs, settings.features, kernel=1)
        self.trunk = nn.Sequential(layers)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()

    def forward(self, x):
        return self.flatten(self.pool(self.trunk(x)))


class Student(nn.Module):
    """The encoder with the heads it is trained with; all but `findings` are thrown away afterwards.

    Every head but the expander is linear, so that what it needs can be read from the features by a linear probe.
    """

    def __init__(self, settings, teacher_dimensions, formula_classes):
        super().__init__()
        self.encoder = Encoder(settings)
        width = settings.features
        self.findings = nn.Linear(width, len(CLASSES))
        self.teacher = nn.Linear(width, teacher_dimensions)
        self.classes = nn.Linear(width, formula_classes)
        self.targets = nn.Linear(width, TARGETS)
        self.changes = nn.Linear(width, len(CHANGES), bias=False)
        self.expander = nn.Sequential(nn.Linear(width, 512, bias=False), nn.BatchNorm1d(512), nn.ReLU(inplace=True),
                                      nn.Linear(512, 512))


class Classifier(nn.Module):
    """What is exported: the encoder, and the head for normal, bacterial, viral after it."""

    def __init__(self, student):
        super().__init__()
        self.encoder, self.head = student.encoder, student.findings

    def forward(self, x):
        return self.head(self.encoder(x))


def multiply_adds(encoder, side):
    """Multiply-adds of one image in the convolutions."""
    total, hooks = [0], []

    def count(module, _, output):
        taps = module.kernel_size[0] * module.kernel_size[1] * module.in_channels // module.groups
        total[0] += output[0].numel() * taps

    for module in encoder.modules():
        if isinstance(module, nn.Conv2d):
            hooks.append(module.register_forward_hook(count))
    training = encoder.training
    with torch.no_grad():
        encoder.eval()(torch.zeros(1, 1, side, side, device=next(encoder.parameters()).device))
    encoder.train(training)
    for hook in hooks:
        hook.remove()
    return total[0]

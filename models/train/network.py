# SPDX-License-Identifier: Apache-2.0
"""The provisional encoder: a small residual network of dense 3x3 convolutions on one grey channel."""
from collections import OrderedDict

from torch import nn

FEATURES = 256


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
    """[N, 1, H, W] normalised grey -> [N, FEATURES]; the last map is 1/32 of the input's sides (7x7 at 224 px)."""

    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(OrderedDict(
            stem=conv_unit(1, 16, stride=2),
            down4=conv_unit(16, 24, stride=2),
            down8=conv_unit(24, 48, stride=2),
            block8=Residual(48),
            down16=conv_unit(48, 96, stride=2),
            block16=Residual(96),
            down32=conv_unit(96, 160, stride=2),
            block32=Residual(160),
            features=conv_unit(160, FEATURES, kernel=1)))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()

    def forward(self, x):
        return self.flatten(self.pool(self.trunk(x)))


class Classifier(nn.Module):
    """The encoder with the head it is trained with. Only the encoder's output is used afterwards."""

    def __init__(self, classes):
        super().__init__()
        self.encoder = Encoder()
        self.head = nn.Linear(FEATURES, classes)

    def forward(self, x):
        return self.head(self.encoder(x))

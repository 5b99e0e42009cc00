# SPDX-License-Identifier: Apache-2.0
"""Random changes of geometry and tone, on whole batches [N, 1, H, W] of values in 0..1.

They are strong on purpose: films of another hospital differ in framing, contrast and noise more than in anatomy.
"""
import math

import torch
import torch.nn.functional as F


def uniform(generator, count, low, high):
    return low + (high - low) * torch.rand(count, generator=generator)


def geometry(x, side, generator):
    """Crop or widen, stretch, rotate and mirror, in one bilinear sampling to `side` x `side`; outside is black."""
    n = len(x)
    zoom = uniform(generator, n, 0.6, 1.1)  # share of the film's side that is seen
    aspect = torch.exp(uniform(generator, n, -0.29, 0.29))  # up to 4:3 either way
    angle = uniform(generator, n, -12, 12) * math.pi / 180
    mirror = (torch.rand(n, generator=generator) < 0.5).float() * 2 - 1
    wide, high = zoom * aspect.sqrt(), zoom / aspect.sqrt()
    room_x, room_y = (1 - wide).abs(), (1 - high).abs()
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0] = wide * angle.cos() * mirror
    theta[:, 0, 1] = -high * angle.sin()
    theta[:, 1, 0] = wide * angle.sin() * mirror
    theta[:, 1, 1] = high * angle.cos()
    theta[:, 0, 2] = room_x * uniform(generator, n, -1, 1)
    theta[:, 1, 2] = room_y * uniform(generator, n, -1, 1)
    return F.grid_sample(x, F.affine_grid(theta, (n, 1, side, side), align_corners=False), align_corners=False)


def tone(x, generator):
    """Gamma, contrast and brightness, each film its own."""
    shape = (len(x), 1, 1, 1)
    gamma = torch.exp(uniform(generator, shape, -0.6, 0.6))
    contrast = uniform(generator, shape, 0.6, 1.4)
    brightness = uniform(generator, shape, -0.15, 0.15)
    x = x.clamp(0, 1).pow(gamma)
    middle = x.mean((2, 3), keepdim=True)
    return ((x - middle) * contrast + middle + brightness).clamp(0, 1)


def blur_and_noise(x, generator):
    """A third of the batch is blurred (Gauss, sigma 0.5 to 1.5 px), a third gets noise of up to 6 % of full scale."""
    n = len(x)
    third = n // 3
    if third == 0:
        return x
    order = torch.randperm(n, generator=generator)
    blurred, noisy = order[:third], order[third:2 * third]
    sigma = uniform(generator, 1, 0.5, 1.5).item()
    taps = torch.exp(-torch.arange(-3, 4).float() ** 2 / (2 * sigma * sigma))
    taps = taps / taps.sum()
    rows = F.conv2d(F.pad(x[blurred], (3, 3, 3, 3), mode="replicate"), taps.view(1, 1, 1, 7))
    x[blurred] = F.conv2d(rows, taps.view(1, 1, 7, 1))
    strength = uniform(generator, (third, 1, 1, 1), 0, 0.06)
    x[noisy] = (x[noisy] + strength * torch.randn(x[noisy].shape, generator=generator)).clamp(0, 1)
    return x


def cutout(x, generator):
    """Half of the films lose one rectangle (up to 40 % of each side) to a flat grey: markers, tubes, collimation."""
    n, _, height, width = x.shape
    corner = torch.rand(n, 2, generator=generator)
    extent = uniform(generator, (n, 2), 0.1, 0.4)
    grey = torch.rand(n, generator=generator)
    for i in torch.nonzero(torch.rand(n, generator=generator) < 0.5).flatten().tolist():
        top, left = int(corner[i, 0] * height), int(corner[i, 1] * width)
        x[i, 0, top:top + int(extent[i, 0] * height), left:left + int(extent[i, 1] * width)] = grey[i]
    return x


def augment(pixels, side, generator):
    """uint8 [N, H, W] -> float32 [N, 1, side, side] in 0..1."""
    x = pixels.unsqueeze(1).float() / 255
    x = geometry(x, side, generator)
    x = tone(x, generator)
    x = blur_and_noise(x, generator)
    return cutout(x, generator)

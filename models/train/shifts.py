# SPDX-License-Identifier: Apache-2.0
"""Fixed changes of a film, one at a time: to choose between checkpoints, and to measure what a change costs.

Each takes and gives float32 [N, 1, H, W] in 0..1 and draws nothing at random but noise with a fixed seed. They are not the
training's changes: their strengths are fixed, and most lie at the training's edge.
"""
import math

import torch
import torch.nn.functional as F

from .augment import jpeg_like


def resized(x, height, width):
    return F.interpolate(x, (height, width), mode="bilinear", antialias=True, align_corners=False)


def brightness(x):
    return (x + 0.15).clamp(0, 1)


def contrast(x):
    return (x - 0.5) * 0.6 + 0.5


def inverted(x):
    return 1 - x


def rotated(x, degrees=7):
    angle = math.radians(degrees)
    theta = torch.tensor([[math.cos(angle), -math.sin(angle), 0], [math.sin(angle), math.cos(angle), 0]])
    grid = F.affine_grid(theta.expand(len(x), 2, 3), x.shape, align_corners=False)
    return F.grid_sample(x, grid, align_corners=False)


def twelve_bits(x):
    """A film between the 8-bit levels (a tenth of a pixel blurred), rounded to 4,096 levels."""
    return (_soften(x) * 4095).round() / 4095


def eight_bits(x):
    """The same film rounded to 256 levels."""
    return (_soften(x) * 255).round() / 255


def _soften(x):
    return 0.9 * x + 0.1 * F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), 3, stride=1)


def jpeg(x, quality=50):
    return jpeg_like(x, torch.full((len(x),), float(quality)))


def gamma(x, exponent):
    return x.clamp(0, 1) ** exponent


def blurred(x):
    """Reduced to 3/7 of the side and enlarged again."""
    side = x.shape[-1]
    return resized(resized(x, side * 3 // 7, side * 3 // 7), side, side)


def noisy(x, strength=0.06):
    generator = torch.Generator().manual_seed(1)
    return (x + strength * torch.randn(x.shape, generator=generator)).clamp(0, 1)


def narrowed(x):
    """Flattened to 3/4 of the height, with black above and below."""
    side = x.shape[-1]
    high = side * 3 // 4
    top = (side - high) // 2
    return F.pad(resized(x, high, side), (0, 0, top, side - high - top))


def cropped(x):
    """The middle 80 % of each side."""
    edge = x.shape[-1] // 10
    return resized(x[:, :, edge:-edge, edge:-edge], *x.shape[-2:])


def collimated(x):
    """A black border of 12 % at the sides and 6 % above and below, and a bright mark."""
    side = x.shape[-1]
    x = x.clone()
    for edge, axis in ((side * 12 // 100, 3), (side * 6 // 100, 2)):
        x.narrow(axis, 0, edge).fill_(0.02)
        x.narrow(axis, side - edge, edge).fill_(0.02)
    x[:, :, side // 8:side // 8 + side // 20, side // 6:side // 4] = 0.95
    return x


# The shifts that the model must bear, against a probe that was fitted on unchanged films.
ROBUSTNESS = {"brightness +0.15": brightness, "contrast x 0.6": contrast, "inverted grey": inverted,
              "rotated by 7 degrees": rotated, "12 bits": twelve_bits, "8 bits": eight_bits, "JPEG quality 50": jpeg}

# The shifts that choose between checkpoints; a validation film gets one of them.
SELECTION = (lambda x: gamma(x, 0.5), lambda x: gamma(x, 2.0), contrast, brightness, blurred, noisy, narrowed, cropped,
             collimated, lambda x: rotated(x, -9), lambda x: noisy(blurred(gamma(x, 0.7)), 0.03), lambda x: jpeg(cropped(x), 30))


def shifted_validation(pixels):
    """uint8 [N, H, W] -> uint8 [N, H, W]; film i is changed by SELECTION[i mod their number]."""
    out = torch.empty(pixels.shape, dtype=torch.uint8)
    for i, change in enumerate(SELECTION):
        rows = torch.arange(i, len(pixels), len(SELECTION))
        if len(rows):
            x = torch.from_numpy(pixels[rows.numpy()]).unsqueeze(1).float() / 255
            out[rows] = (change(x).clamp(0, 1)[:, 0] * 255).round().byte()
    return out.numpy()

# SPDX-License-Identifier: Apache-2.0
"""Random changes of geometry, tone, sharpness and what lies over a film, on whole batches [N, 1, H, W] in 0..1.

They are strong on purpose: films of another hospital differ in framing, contrast, sharpness and marks more than in
anatomy. Films are not mirrored: the heart's side is a finding. All draws come from one generator on the CPU, so a batch
depends on its seed alone, on any device.
"""
import math

import torch
import torch.nn.functional as F


# What is told of a view's changes, with the standard deviation of its draws: log of the gamma, steepness of the sigmoid, lower
# end and width of the window, blur in px, share of the unsharp mask, reduction, strength of the noise; 0 where left alone.
CHANGES = {"gamma": 0.34, "steepness": 2.2, "level": 0.087, "width": 0.16, "blur": 0.49, "sharpening": 0.39,
           "reduction": 0.19, "noise": 0.0131}


class Draws:
    """Random numbers for `count` images, made on the CPU and moved to `device`; notes what the images went through."""

    def __init__(self, generator, count, device):
        self.generator, self.count, self.device = generator, count, device
        self.changes = torch.zeros(count, len(CHANGES), device=device)

    def note(self, name, values, rows=slice(None)):
        self.changes[rows, list(CHANGES).index(name)] = values.flatten() / CHANGES[name]

    def uniform(self, low, high, *shape):
        values = torch.rand(self.count, *shape, generator=self.generator)
        return (low + (high - low) * values).to(self.device)

    def log_uniform(self, low, high):
        return self.uniform(math.log(low), math.log(high)).exp()

    def happens(self, probability):
        """Indices of the images that something happens to."""
        return torch.nonzero(torch.rand(self.count, generator=self.generator) < probability).flatten().to(self.device)

    def some(self, count):
        """Draws for a part of the batch."""
        return Draws(self.generator, count, self.device)

    def normal(self, *shape):
        return torch.randn(*shape, generator=self.generator).to(self.device)


def _each(values):
    return values.view(-1, 1, 1, 1)


def geometry(x, side, draws):
    """Crop (half of the film's area to a little more than all), stretch up to 4:3, turn by 15 degrees; outside is black.

    Sampling is bilinear from a picture that was first reduced by averaging where the step is larger than a pixel.
    """
    share = draws.uniform(0.5, 1.1)
    aspect = draws.log_uniform(0.75, 1.333)
    angle = draws.uniform(-15, 15) * math.pi / 180
    wide, high = (share * aspect).sqrt(), (share / aspect).sqrt()
    theta = torch.zeros(len(x), 2, 3, device=x.device)
    theta[:, 0, 0], theta[:, 0, 1] = wide * angle.cos(), -high * angle.sin()
    theta[:, 1, 0], theta[:, 1, 1] = wide * angle.sin(), high * angle.cos()
    theta[:, 0, 2] = ((1 - wide).abs() + 0.05) * draws.uniform(-1, 1)
    theta[:, 1, 2] = ((1 - high).abs() + 0.05) * draws.uniform(-1, 1)
    between = round(side * 1.25)
    if x.shape[-1] > between:
        x = F.interpolate(x, (between, between), mode="bilinear", antialias=True, align_corners=False)
    grid = F.affine_grid(theta, (len(x), 1, side, side), align_corners=False)
    return F.grid_sample(x, grid, align_corners=False)


def tone(x, draws):
    """Gamma, a sigmoid or its flattening, a window that clips, brightness."""
    gamma = draws.log_uniform(0.55, 1.8)
    draws.note("gamma", gamma.log())
    x = x.clamp(0, 1).pow(_each(gamma))
    some = draws.happens(0.3)
    if len(some):
        part = draws.some(len(some))
        steep, middle = _each(part.uniform(2, 7)), _each(part.uniform(0.35, 0.65))
        draws.note("steepness", steep, some)
        low, high = torch.sigmoid(-steep * middle), torch.sigmoid(steep * (1 - middle))
        x[some] = (torch.sigmoid(steep * (x[some] - middle)) - low) / (high - low)
    low, width = _each(draws.uniform(-0.15, 0.15)), _each(draws.uniform(0.8, 1.35))
    draws.note("level", low)
    draws.note("width", width)
    return ((x - low) / width).clamp(0, 1)


def inversion(x, draws, share):
    """`share` of the films as negatives."""
    some = draws.happens(share)
    x[some] = 1 - x[some]
    return x


def _blur(x, sigma):
    """Gaussian blur, sigma in px for each image, edges repeated."""
    reach = 4
    taps = torch.exp(-(torch.arange(-reach, reach + 1, device=x.device) ** 2) / (2 * sigma.view(-1, 1) ** 2))
    taps = taps / taps.sum(1, keepdim=True)
    rows = F.pad(x.transpose(0, 1), (reach,) * 4, mode="replicate")
    rows = F.conv2d(rows, taps.view(len(x), 1, 1, -1), groups=len(x))
    return F.conv2d(rows, taps.view(len(x), 1, -1, 1), groups=len(x)).transpose(0, 1)


def sharpness(x, draws):
    """Blurred, sharpened (unsharp mask), or reduced and enlarged again; a third of the films are left as they are."""
    some = draws.happens(0.35)
    if len(some):
        sigma = draws.some(len(some)).log_uniform(0.4, 1.8)
        draws.note("blur", sigma, some)
        x[some] = _blur(x[some], sigma)
    some = draws.happens(0.2)
    if len(some):
        part = draws.some(len(some))
        smooth = _blur(x[some], part.log_uniform(0.8, 3))
        amount = _each(part.uniform(0.3, 1.5))
        draws.note("sharpening", amount, some)
        x[some] = (x[some] + amount * (x[some] - smooth)).clamp(0, 1)
    some = draws.happens(0.2)
    if len(some):
        side = x.shape[-1]
        small = round(side * float(draws.some(1).uniform(0.3, 0.8)))
        draws.note("reduction", torch.full((len(some),), 1 - small / side, device=x.device), some)
        reduced = F.interpolate(x[some], (small, small), mode="bilinear", antialias=True, align_corners=False)
        x[some] = F.interpolate(reduced, (side, side), mode="bilinear", align_corners=False)
    return x


def noise(x, draws):
    """White noise of up to 6 % of full scale, finer or coarser, more where little light came."""
    some = draws.happens(0.3)
    if len(some):
        part = draws.some(len(some))
        grain = part.normal(*x[some].shape)
        coarse = part.happens(0.3)
        if len(coarse):
            grain[coarse] = _blur(grain[coarse], part.some(len(coarse)).uniform(0.6, 1.2)) * 2.5
        strength = _each(part.log_uniform(0.005, 0.06))
        draws.note("noise", strength, some)
        x[some] = (x[some] + strength * grain * (0.5 + x[some].clamp(0, 1))).clamp(0, 1)
    return x


def _rectangles(x, corner, extent):
    """Masks [N, 1, H, W] of rectangles, `corner` and `extent` [N, 2] as shares of the sides (rows, columns)."""
    height, width = x.shape[-2:]
    rows = (torch.arange(height, device=x.device) + 0.5) / height
    columns = (torch.arange(width, device=x.device) + 0.5) / width
    inside = lambda axis, i: (axis >= corner[:, i:i + 1]) & (axis < corner[:, i:i + 1] + extent[:, i:i + 1])
    return (inside(rows, 0)[:, :, None] & inside(columns, 1)[:, None, :]).unsqueeze(1)


def cut_out(x, draws):
    """Up to two rectangles of a flat grey: tubes, plates, whatever hides a part."""
    for probability in (0.35, 0.2):
        some = draws.happens(probability)
        if len(some):
            part = draws.some(len(some))
            mask = _rectangles(x[some], part.uniform(-0.1, 0.95, 2), part.uniform(0.08, 0.4, 2))
            x[some] = torch.where(mask, _each(part.uniform(0, 1)), x[some])
    return x


def collimation(x, draws):
    """A border of up to 18 % on each side, black or (seldom) white, as collimators and digitisers leave it."""
    some = draws.happens(0.25)
    if len(some):
        part = draws.some(len(some))
        low, high = part.uniform(-0.1, 0.18, 2).clamp(min=0), part.uniform(0.82, 1.1, 2).clamp(max=1)
        grey = (part.uniform(0, 1) > 0.85).float() + part.uniform(0, 0.05)
        x[some] = torch.where(_rectangles(x[some], low, high - low), x[some], _each(grey.clamp(0, 1)))
    return x


def marks(x, draws):
    """Burned-in letters: a few small blocks of 5 x 3 random cells, bright or dark, anywhere at the edge third."""
    some = draws.happens(0.3)
    if not len(some):
        return x
    side = x.shape[-1]
    part = draws.some(len(some))
    where, size, bright = part.uniform(0, 1, 2), part.uniform(0.008, 0.02), part.uniform(0, 1) > 0.15
    letters = part.uniform(0, 1, 5, 12) > 0.45
    letters[:, :, 3::4] = False
    for i, row in enumerate(some.tolist()):
        cell = max(1, round(float(size[i]) * side))
        block = letters[i].repeat_interleave(cell, 0).repeat_interleave(cell, 1)
        block = block[:side, :side]
        room_y, room_x = side - block.shape[0], side - block.shape[1]
        top = float(where[i, 0]) * 0.66
        top = int((top if top < 0.33 else top + 0.34) * room_y)
        left = int(float(where[i, 1]) * room_x)
        area = x[row, 0, top:top + block.shape[0], left:left + block.shape[1]]
        area[block] = 0.97 if bright[i] else 0.03
    return x


# The luminance table of JPEG (ITU-T T.81, table K.1), which nearly every encoder scales by its quality.
_LUMINANCE = (
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87,
    80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92,
    95, 98, 112, 100, 103, 99)


def _cosines():
    """The orthonormal 8-point DCT-II as a matrix [8, 8]."""
    k, n = torch.arange(8.0).view(8, 1), torch.arange(8.0).view(1, 8)
    matrix = torch.cos(math.pi * (2 * n + 1) * k / 16) / 2
    matrix[0] /= math.sqrt(2)
    return matrix


def jpeg_like(x, quality):
    """Quantises the DCT of 8x8 blocks as a JPEG of this quality (1..100, for each image) does; sides are padded."""
    n, _, height, width = x.shape
    padded = F.pad(x, (0, -width % 8, 0, -height % 8), mode="replicate")
    rows, columns = padded.shape[-2] // 8, padded.shape[-1] // 8
    blocks = padded.view(n, rows, 8, columns, 8).transpose(2, 3) * 255 - 128
    cosines = _cosines().to(x.device)
    scale = torch.where(quality < 50, (5000 / quality).floor(), 200 - 2 * quality)
    table = torch.tensor(_LUMINANCE, dtype=torch.float32, device=x.device).view(8, 8)
    steps = ((table * scale.view(-1, 1, 1) + 50) / 100).floor().clamp(1, 255).view(n, 1, 1, 8, 8)
    blocks = ((cosines @ blocks @ cosines.T) / steps).round() * steps
    blocks = (cosines.T @ blocks @ cosines + 128) / 255
    return blocks.transpose(2, 3).reshape(n, 1, rows * 8, columns * 8)[:, :, :height, :width].clamp(0, 1)


def storage(x, draws):
    """JPEG artefacts (quality 25 to 90) or fewer grey levels (16 to 256)."""
    some = draws.happens(0.25)
    if len(some):
        x[some] = jpeg_like(x[some], draws.some(len(some)).uniform(25, 90))
    some = draws.happens(0.15)
    if len(some):
        levels = _each(draws.some(len(some)).uniform(4, 8).exp2() - 1)
        x[some] = (x[some] * levels).round() / levels
    return x


def augment(pixels, side, generator, device="cpu", inverted=0.0):
    """uint8 [N, H, W] -> (float32 [N, 1, side, side] in 0..1, the CHANGES [N, K] of each).

    inverted: share of the views that are negatives; that is not among what is told."""
    x = pixels.to(device).unsqueeze(1).float() / 255
    draws = Draws(generator, len(x), device)
    x = inversion(tone(geometry(x, side, draws), draws), draws, inverted)
    for change in (sharpness, noise, collimation, cut_out, marks, storage):
        x = change(x, draws)
    return x, draws.changes


def vary_slightly(x, draws, inverted=0.0):
    """What may differ between the view a teacher saw and the student's: a little gamma, gain and noise, and that `inverted` of
    them are negatives, of which the teacher's answer to the film itself is wanted."""
    x = inversion(x.clamp(0, 1), draws, inverted)
    x = x.pow(_each(draws.log_uniform(0.87, 1.15))) * _each(draws.uniform(0.94, 1.06))
    some = draws.happens(0.3)
    if len(some):
        part = draws.some(len(some))
        x[some] = x[some] + _each(part.uniform(0, 0.02)) * part.normal(*x[some].shape)
    return x.clamp(0, 1)

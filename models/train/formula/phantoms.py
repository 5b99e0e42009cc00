# SPDX-License-Identifier: Apache-2.0
"""Drawings of a thorax as a film shows it: how much each part weakens the ray is added up, then exposed.

No film was measured for it: sizes and weakenings are drawn from wide ranges, so that what is learnt is the layout (two
lungs, ribs, spine, heart, domes) and where a shadow lies, at any exposure. All lengths are shares of the picture's side.
"""
import numpy as np

from .textures import band

KINDS = ("none", "focal", "patchy", "diffuse", "effusion")
# What a phantom is asked for: one-hot kind, then shadow in the left and right half of the picture, its size and
# height, count of ribs, tilt, width of the heart and of the lungs, and how hard the exposure was. All about -1..1.
TARGETS = len(KINDS) + 9


class _Canvas:
    """Smooth shapes on a grid of a tilted, shifted and scaled picture. Every shape is float32 [side, side] in 0..1."""

    def __init__(self, rng, side):
        self.tilt = rng.normal(0, 0.07)
        scale, squash = rng.uniform(0.85, 1.35), np.exp(rng.normal(0, 0.1))
        axis = ((np.arange(side, dtype=np.float32) + 0.5) / side - 0.5) * 2
        x, y = (axis[None, :] + rng.normal(0, 0.07)) / scale * squash, (axis[:, None] + rng.normal(0, 0.07)) / scale / squash
        c, s = np.float32(np.cos(self.tilt)), np.float32(np.sin(self.tilt))
        self.x, self.y = c * x + s * y, c * y - s * x
        self.soft = rng.uniform(0.02, 0.06)

    def ellipse(self, cx, cy, rx, ry, turn=0.0, soft=None):
        c, s = np.cos(turn), np.sin(turn)
        dx, dy = self.x - cx, self.y - cy
        radius = np.sqrt(((c * dx + s * dy) / rx) ** 2 + ((c * dy - s * dx) / ry) ** 2)
        return _step((1 - radius) * min(rx, ry), soft or self.soft)

    def band(self, distance, half_width, soft):
        return _step(half_width - np.abs(distance), soft)


def _step(distance, soft):
    """0 outside, 1 inside, a smooth edge of width `soft`."""
    t = np.clip(distance / soft * 0.5 + 0.5, 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)


def _lungs(canvas, rng):
    width, height, gap = rng.uniform(0.26, 0.42), rng.uniform(0.5, 0.75), rng.uniform(0.08, 0.16)
    dome = rng.uniform(0.3, 0.65)
    lungs = []
    for sign in (-1, 1):
        lung = canvas.ellipse(sign * (gap + width), rng.normal(0, 0.03), width, height, sign * rng.uniform(-0.2, 0.02))
        bottom = dome + rng.normal(0, 0.04) + 0.5 * (canvas.x - sign * (gap + width)) ** 2
        lungs.append(lung * _step(bottom - canvas.y, canvas.soft))
    return lungs, width, dome


def _bones(canvas, rng):
    """Ribs as arcs that sink to the sides, clavicles, spine with vertebrae, shoulder blades."""
    count = int(rng.integers(6, 12))
    first, pitch = rng.uniform(-0.8, -0.6), rng.uniform(1.2, 1.6) / count
    thick, sag, soft = pitch * rng.uniform(0.12, 0.24), rng.uniform(0.2, 0.7), rng.uniform(0.01, 0.04)
    bones = np.zeros_like(canvas.x)
    across = np.abs(canvas.x)
    for i in range(count):
        line = canvas.y - (first + i * pitch) - sag * (across - 0.3) ** 2 * (1 + 0.1 * i)
        bones += canvas.band(line, thick, soft) * _step(rng.uniform(0.72, 0.85) - across, 0.05)
        front = canvas.y - (first + (i + 0.5) * pitch) + sag * 0.8 * (across - 0.2)
        bones += 0.5 * canvas.band(front, thick, soft * 1.5) * _step(0.75 - across, 0.05) * _step(across - 0.25, 0.1)
    clavicle = canvas.y + rng.uniform(0.62, 0.8) + rng.uniform(0.1, 0.4) * (across - 0.35)
    bones += rng.uniform(0.8, 1.6) * canvas.band(clavicle, 0.028, 0.02) * _step(0.7 - across, 0.04) * _step(across - 0.08, 0.03)
    vertebrae = 0.75 + 0.25 * np.sin(canvas.y * rng.uniform(30, 45))
    spine = canvas.band(canvas.x, rng.uniform(0.06, 0.11), 0.03) * vertebrae * rng.uniform(1, 3)
    return bones + spine, count


def _shadow(canvas, rng, lungs, dome):
    """What is wrong with the lungs: weakening, kind, (left, right) presence, size, height."""
    kind = int(rng.choice(len(KINDS), p=(0.3, 0.25, 0.15, 0.15, 0.15)))
    empty = np.zeros_like(canvas.x)
    if kind == 0:
        return empty, kind, (0.0, 0.0), 0.0, 0.0
    side = int(rng.integers(2))
    sign, both = 2 * side - 1, kind == 3 or rng.random() < 0.2
    sides = [lungs[side]] if not both else lungs
    region = np.minimum(sum(sides), 1)
    size, height = rng.uniform(0.06, 0.3), rng.uniform(-0.45, 0.4)
    if kind == 4:
        level = dome - size * 1.2
        slope = rng.uniform(0, 0.4) * (np.abs(canvas.x) - 0.4)
        region = region * _step(canvas.y - level + slope, 0.05)
        height = level
    elif kind == 3:
        grain = band(rng, len(canvas.x), rng.uniform(8, 40), 0.8)
        region = region * np.clip(0.4 + 0.35 * grain, 0, 1)
        height = 0.0
    else:
        blob = empty
        for _ in range(1 if kind == 1 else int(rng.integers(3, 8))):
            spread = 0 if kind == 1 else 0.25
            cx, cy = sign * (0.42 + rng.normal(0, 0.08 + spread / 4)), height + rng.normal(0, spread)
            shape = canvas.ellipse(cx, cy, size * rng.uniform(0.7, 1.3), size * rng.uniform(0.7, 1.3), rng.uniform(-1, 1),
                                   size * rng.uniform(0.5, 1.5))
            blob = np.maximum(blob, shape)
            if both:
                blob = np.maximum(blob, shape[:, ::-1])
        region = region * blob * (1 + 0.15 * band(rng, len(canvas.x), rng.uniform(6, 25), 1.0))
    present = (1.0, 1.0) if both else ((1.0, 0.0) if side == 0 else (0.0, 1.0))
    return region * rng.uniform(0.35, 1.3), kind, present, size, height


def draw(rng, side):
    """One phantom: float32 [side, side] in 0..1 (bone bright), and its targets, float32 [TARGETS]."""
    canvas = _Canvas(rng, side)
    lungs, lung_width, dome = _lungs(canvas, rng)
    bones, ribs = _bones(canvas, rng)
    body = canvas.ellipse(0, 0.15, rng.uniform(0.85, 1.1), rng.uniform(1.1, 1.6), soft=0.08)
    heart_width = rng.uniform(0.16, 0.34)
    heart = canvas.ellipse(rng.uniform(0.02, 0.16), dome - rng.uniform(0.15, 0.3), heart_width, rng.uniform(0.2, 0.34),
                           rng.uniform(0.2, 0.9))
    vessels = np.clip(band(rng, side, rng.uniform(15, 35), 0.7) - 0.8, 0, 2) * np.exp(-3 * canvas.x ** 2)
    shadow, kind, present, size, height = _shadow(canvas, rng, lungs, dome)
    air = np.minimum(lungs[0] + lungs[1], 1)
    weakening = body * rng.uniform(1.2, 2.2) - air * rng.uniform(0.8, 1.3) * (1 - 0.6 * heart) + 0.15 * air * vessels
    weakening = weakening + shadow + rng.uniform(0.12, 0.4) * bones * body + rng.uniform(0.2, 0.6) * heart
    weakening = weakening + 0.04 * band(rng, side, 60, 1.0)
    hardness = rng.uniform(0.5, 1.6)
    light = 1 - np.exp(-hardness * np.maximum(weakening, 0))
    low, high = np.percentile(light, (rng.uniform(0, 3), rng.uniform(97, 100)))
    picture = np.clip((light - low) / max(high - low, 1e-6), 0, 1) ** rng.uniform(0.7, 1.4)
    targets = np.zeros(TARGETS, np.float32)
    targets[kind] = 1
    targets[len(KINDS):] = (*present, size * 3, height, (ribs - 8.5) / 3, canvas.tilt * 8, (heart_width - 0.25) * 10,
                            (lung_width - 0.34) * 10, hardness - 1)
    return picture.astype(np.float32), targets

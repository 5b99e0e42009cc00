# SPDX-License-Identifier: Apache-2.0
"""Closed outlines: a circle whose radius is modulated by two sine waves, nested; a class is the pair of waves.

After Visual Atoms (Takashima et al., CVPR 2023, arXiv:2303.01112).
"""
import numpy as np


def waves(class_seed):
    """Frequencies and amplitudes of a class: two integers, two shares of the radius."""
    rng = np.random.default_rng(class_seed)
    return rng.integers(2, 14, 2), rng.uniform(0.08, 0.35, 2)


def draw(wave, rng, side):
    """One image of a class: float32 [side, side] in 0..1, one to three figures."""
    frequencies, amplitudes = wave
    axis = (np.arange(side, dtype=np.float32) + 0.5) / side * 2 - 1
    picture = np.zeros((side, side), np.float32)
    for _ in range(int(rng.integers(1, 4))):
        centre, scale, squash = rng.uniform(-0.5, 0.5, 2), rng.uniform(0.3, 0.9), np.exp(rng.uniform(-0.3, 0.3))
        x, y = (axis[None, :] - centre[0]) * squash, (axis[:, None] - centre[1]) / squash
        radius, angle = np.hypot(x, y), np.arctan2(y, x)
        outline = np.full_like(radius, scale)
        for frequency, amplitude in zip(frequencies, amplitudes * rng.uniform(0.8, 1.2, 2)):
            outline += scale * amplitude * np.sin(frequency * angle + rng.uniform(0, 2 * np.pi)).astype(np.float32)
        reach = radius / np.maximum(outline, 0.05)
        rings = int(rng.integers(1, 8))
        distance = np.abs((reach * rings) % 1 - 0.5) * 2
        line = np.clip((distance - (1 - rng.uniform(0.08, 0.35))) * 8, 0, 1) * (reach < 1.0 + 0.3 / rings)
        filled = rng.uniform(0, 0.5) * (reach < 1)
        picture = np.maximum(picture, rng.uniform(0.4, 1) * np.maximum(line, filled))
    return picture

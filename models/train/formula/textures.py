# SPDX-License-Identifier: Apache-2.0
"""Noise with a given spectrum: a class is a band of frequencies, a direction and a curve applied afterwards."""
import numpy as np

CURVES = (lambda v: v, np.abs, lambda v: np.tanh(3 * v), lambda v: v * v, lambda v: np.sin(3 * v))


def spectrum(class_seed):
    """Centre frequency (cycles a picture), width in octaves, direction, directedness, index into CURVES."""
    rng = np.random.default_rng(class_seed)
    return (np.exp(rng.uniform(np.log(2), np.log(60))), rng.uniform(0.3, 1.5), rng.uniform(0, np.pi),
            rng.choice((0.0, 0.0, 2.0, 6.0)), int(rng.integers(len(CURVES))))


def band(rng, side, centre, octaves, direction=0.0, directedness=0.0):
    """float32 [side, side], mean 0 and standard deviation 1, of frequencies around `centre` cycles a picture."""
    fy, fx = np.fft.fftfreq(side, 1 / side)[:, None], np.fft.rfftfreq(side, 1 / side)[None, :]
    frequency = np.hypot(fx, fy)
    frequency[0, 0] = 1
    gain = np.exp(-0.5 * (np.log2(frequency / centre) / octaves) ** 2) / frequency
    if directedness:
        gain = gain * np.exp(directedness * (np.cos(2 * (np.arctan2(fy, fx) - direction)) - 1))
    gain[0, 0] = 0
    noise = np.fft.irfft2(np.fft.rfft2(rng.standard_normal((side, side), np.float32)) * gain, s=(side, side))
    return (noise / max(noise.std(), 1e-9)).astype(np.float32)


def draw(parameters, rng, side):
    """One image of a class: float32 [side, side] in 0..1."""
    centre, octaves, direction, directedness, curve = parameters
    turned = direction + rng.normal(0, 0.1)
    values = CURVES[curve](band(rng, side, centre * np.exp(rng.normal(0, 0.08)), octaves, turned, directedness))
    low, high = np.percentile(values, (1, 99))
    return np.clip((values - low) / max(high - low, 1e-6), 0, 1).astype(np.float32)

# SPDX-License-Identifier: Apache-2.0
"""Attractors of iterated function systems: a class is a set of affine maps, its images are that set a little changed.

The idea of learning from them is FractalDB's (Kataoka et al., ACCV 2020, arXiv:2101.08515); drawing the maps from their
singular values, so that all of them contract, follows Anderson and Farrell (WACV 2022, arXiv:2110.03091).
"""
import numpy as np

CHAINS, ITERATIONS, SETTLING = 192, 140, 20


def _rotation(angle):
    """[...] radians -> [..., 2, 2]"""
    c, s = np.cos(angle), np.sin(angle)
    return np.stack([np.stack([c, -s], -1), np.stack([s, c], -1)], -2)


def system(class_seed):
    """The maps of a class: angles [k, 2], singular values [k, 2], signs [k, 2], translations [k, 2]."""
    rng = np.random.default_rng(class_seed)
    count = int(rng.integers(2, 7))
    singular = rng.uniform(0.25, 0.85, (count, 2))
    return (rng.uniform(-np.pi, np.pi, (count, 2)), singular, rng.choice((-1.0, 1.0), (count, 2)),
            rng.uniform(-1, 1, (count, 2)))


def draw(maps, rng, side):
    """One image of a class: float32 [side, side] in 0..1."""
    angles, singular, signs, shifts = maps
    count = len(angles)
    angles = angles + rng.normal(0, 0.06, angles.shape)
    singular = np.clip(singular * np.exp(rng.normal(0, 0.05, singular.shape)), 0.1, 0.9)
    linear = _rotation(angles[:, 0]) @ (singular[:, :, None] * (_rotation(angles[:, 1]) * signs[:, :, None]))
    weights = np.maximum(singular.prod(1), 0.02)
    chosen = rng.choice(count, (ITERATIONS, CHAINS), p=weights / weights.sum())
    points = rng.uniform(-1, 1, (CHAINS, 2))
    path = np.empty((ITERATIONS, CHAINS, 2))
    for step in range(ITERATIONS):
        points = np.einsum("nij,nj->ni", linear[chosen[step]], points) + shifts[chosen[step]]
        path[step] = points
    path = path[SETTLING:].reshape(-1, 2) @ _rotation(rng.uniform(-np.pi, np.pi)).T
    low, high = np.percentile(path, (1, 99), axis=0)
    place = (path - low) / np.maximum(high - low, 1e-6) * 0.9 + 0.05
    cells = (place * side).astype(np.int64)
    inside = ((cells >= 0) & (cells < side)).all(1)
    counts = np.bincount(cells[inside, 1] * side + cells[inside, 0], minlength=side * side).reshape(side, side)
    density = np.log1p(counts.astype(np.float32))
    density = density + 0.5 * (np.roll(density, 1, 0) + np.roll(density, 1, 1))  # two neighbours: fewer lone dots
    return np.clip(density / max(np.percentile(density, 99.5), 1e-6), 0, 1)

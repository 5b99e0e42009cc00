# SPDX-License-Identifier: Apache-2.0
"""The images by formula of a training, with what each is asked for, in a memory-mapped cache."""
from dataclasses import dataclass
from functools import partial

import numpy as np

from ..films import Shards, save_array
from ..parallel import each
from . import contours, fractals, phantoms, textures

NO_CLASS = -1
SHARD = 500  # images that are drawn and kept at a time
PHANTOM_FAMILY = 99  # its place in the seeds


@dataclass
class FormulaImages:
    """pixels: uint8 [N, side, side], see Shards; classes: int64 [N], NO_CLASS for phantoms; targets: float32 [N, TARGETS], zeros
    for all others."""

    pixels: np.ndarray
    classes: np.ndarray
    targets: np.ndarray

    def __len__(self):
        return len(self.classes)


def class_count(formula):
    return formula.fractal_classes + formula.contour_classes + formula.texture_classes


def _family_of(formula, index):
    """(number of the family, index in it, classes, first class, parameters of a class by seed, draw); None: a phantom."""
    first = 0
    families = ((formula.fractals, formula.fractal_classes, fractals.system, fractals.draw),
                (formula.contours, formula.contour_classes, contours.waves, contours.draw),
                (formula.textures, formula.texture_classes, textures.spectrum, textures.draw))
    for family, (count, classes, parameters, draw) in enumerate(families):
        if index < count:
            return family, index, classes, first, parameters, draw
        index, first = index - count, first + classes
    return None


def image_count(formula):
    return formula.fractals + formula.contours + formula.textures + formula.phantoms


def make(formula, side, seed, index):
    """(uint8 [side, side], class, targets) of image `index`; it depends on the settings, the seed and the index alone."""
    found = _family_of(formula, index)
    if found is None:
        picture, targets = phantoms.draw(np.random.default_rng([seed, PHANTOM_FAMILY, index]), side)
        kind = NO_CLASS
    else:
        family, place, classes, first, parameters, draw = found
        picture = draw(parameters([family, place % classes]), np.random.default_rng([seed, family, place]), side)
        kind, targets = first + place % classes, np.zeros(phantoms.TARGETS, np.float32)
    return np.rint(picture * 255).astype(np.uint8), kind, targets


def shard_paths(cache, key, start):
    """Of the shard that begins with image `start`; the last is written last."""
    return [cache / f"formula-{key}-{start:06d}-{what}.npy" for what in ("classes", "targets", "pixels")]


def draw_shard(formula, side, seed, cache, key, start):
    """Draws the shard into its files."""
    made = [make(formula, side, seed, i) for i in range(start, min(start + SHARD, image_count(formula)))]
    pixels, classes, targets = (np.stack(column) for column in zip(*made))
    for path, array in zip(shard_paths(cache, key, start), (classes, targets, pixels)):
        save_array(path, array)


def load(formula, side, seed, cache, key, report=lambda done, count: None, workers=1):
    """FormulaImages from the cache folder, drawn first where they are not there, by `workers` processes. `key` names these
    settings."""
    cache.mkdir(parents=True, exist_ok=True)
    count = image_count(formula)
    starts = range(0, count, SHARD)
    missing = [start for start in starts if not shard_paths(cache, key, start)[-1].exists()]
    draw = partial(draw_shard, formula, side, seed, cache, key)
    for start, _ in zip(missing, each(draw, missing, min(workers, max(1, len(missing))))):
        report(min(start + SHARD, count), count)
    parts = [[np.load(path, mmap_mode="r") for path in shard_paths(cache, key, start)] for start in starts]
    if not parts:
        return FormulaImages(Shards([]), np.zeros(0, np.int64), np.zeros((0, phantoms.TARGETS), np.float32))
    classes, targets, pixels = zip(*parts)
    return FormulaImages(Shards(pixels), np.concatenate(classes), np.concatenate(targets))

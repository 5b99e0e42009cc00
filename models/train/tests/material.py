# SPDX-License-Identifier: Apache-2.0
"""A small training of drawn films, for tests."""
import numpy as np

from .. import config, films
from ..formula import images
from ..loop import Material
from ..teacher import Views

SETTINGS = """
[data]
side_px = 48
[formula]
fractals = 2
contours = 2
textures = 2
phantoms = 4
fractal_classes = 2
contour_classes = 2
texture_classes = 2
[network]
widths = [8, 8, 16, 16]
blocks = [0, 1, 0, 1]
features = 256
[schedule]
steps = 6
films = 4
teacher_views = 4
sides_px = [32, 48]
side_from = [0.0, 0.5]
validations = 2
threads = 1
"""


def settings():
    return config.parse(SETTINGS)


def drawn_films(count, side, seed=3):
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (count, side, side)).astype(np.uint8)
    return films.Films(pixels, np.arange(count) % 3, np.array([f"p{i // 2}" for i in range(count)]))


def material(cfg):
    side = cfg.data.side_px
    made = [images.make(cfg.formula, side, 0, i) for i in range(images.image_count(cfg.formula))]
    pixels, classes, targets = (np.stack(column) for column in zip(*made))
    formula = images.FormulaImages(pixels, classes, targets)
    count = 12
    of_formula = np.where(np.arange(count) % 2, np.arange(count) % len(formula), -1)
    labels = np.where(of_formula >= 0, -1, np.arange(count) % 3)
    wanted = np.random.default_rng(1).standard_normal((count, 5)).astype(np.float32)
    views = Views(drawn_films(count, side, 4).pixels, labels, of_formula, wanted)
    return Material(drawn_films(10, side), drawn_films(12, side, 5), formula, views, 0.5, 0.25,
                    images.class_count(cfg.formula), 5)

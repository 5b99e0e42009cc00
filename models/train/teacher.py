# SPDX-License-Identifier: Apache-2.0
"""Views and what pretrained backbones make of them: encoded once, shard by shard, then learnt from many times.

The student sees exactly the pictures that its teachers saw, so it learns what they answer to a strange film too
(the consistent teacher of Beyer et al., CVPR 2022, arXiv:2106.05237). First every training film as it is, then changed
ones, then changed images by formula.
"""
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

from . import encode
from .augment import augment
from .films import Shards, save_array
from .parallel import each

NOT_A_FILM = -1


@dataclass
class Views:
    """pixels: uint8 [N, side, side]; labels: int64 [N], NOT_A_FILM for images by formula; formula: int64 [N], index of
    the image by formula or -1; wanted: float32 [N, K], the teacher's answer (see `reduce`)."""

    pixels: np.ndarray
    labels: np.ndarray
    formula: np.ndarray
    wanted: np.ndarray

    def __len__(self):
        return len(self.labels)


def plan(settings, films, formula_images, seed):
    """(film of each view or -1, formula image of each view or -1, whether it is changed), in the order of the views.

    The order is shuffled, so that any share of the shards holds the same mixture.
    """
    rng = np.random.default_rng([seed, 5])
    of_film = np.arange(settings.views_of_films) % max(films, 1)
    changed = np.arange(settings.views_of_films) >= films
    count = settings.views_of_formula if formula_images else 0
    of_formula = np.arange(count) % max(formula_images, 1)
    film = np.concatenate([of_film, np.full(count, -1)])
    formula = np.concatenate([np.full(settings.views_of_films, -1), of_formula])
    changed = np.concatenate([changed, np.ones(count, bool)])
    order = rng.permutation(len(film))
    return film[order], formula[order], changed[order]


def draw_view(pixels, changed, seed, index, side):
    """View number `index`: uint8 [side, side]."""
    if not changed:
        return pixels
    generator = torch.Generator().manual_seed(seed * 1_000_003 + index)
    view, _ = augment(torch.from_numpy(np.array(pixels))[None], side, generator)
    return (view[0, 0] * 255).round().byte().numpy()


def recipe(settings, side):
    """How TensorFlow's MobileNets want their input: 0..255 as x / 127.5 - 1."""
    return {"size": [side, side], "fit": "stretch", "resample": "bilinear", "channels": "rgb",
            "scale": settings.recipe_scale, "mean": [1, 1, 1], "std": [1, 1, 1]}


def encode_shard(settings, context, shard):
    """Draws and encodes views. shard: (number, pictures uint8 [n, H, W], whether each is changed)."""
    number, pictures, changed = shard
    first = number * settings.shard
    views = np.stack([draw_view(picture, change, context.seed, first + i, context.side)
                      for i, (picture, change) in enumerate(zip(pictures, changed))])
    pixels_path, features_path = shard_paths(context, number)
    save_array(pixels_path, views)
    models = [(path, recipe(settings, context.side)) for path in context.models]
    save_array(features_path, encode.extract(views, models, context.program, 1, context.cache))


def encode_views(settings, films, formula_images, context, report):
    """Makes the shards that are missing. context: .seed, .side, .cache, .key, .program, .models (paths), .threads."""
    film, formula, changed = plan(settings, len(films), len(formula_images), context.seed)
    shards = -(-len(film) // settings.shard)
    missing = [number for number in range(shards) if not shard_paths(context, number)[1].exists()]

    def pictures(number):
        rows = range(number * settings.shard, min((number + 1) * settings.shard, len(film)))
        return np.stack([films.pixels[film[i]] if film[i] >= 0 else formula_images.pixels[[formula[i]]][0] for i in rows]), \
            changed[rows.start:rows.stop]

    tasks = ((number, *pictures(number)) for number in missing)
    workers = min(context.threads, max(1, len(missing)))
    for done, _ in enumerate(each(partial(encode_shard, settings, context), tasks, workers), shards - len(missing) + 1):
        report(done, shards)
    return film, formula, shards


def shard_paths(context, shard):
    return [context.cache / f"views-{context.key}-{shard:04d}-{what}.npy" for what in ("pixels", "features")]


@dataclass
class Reduction:
    """Standardised, turned into principal components, partly whitened, scaled so that the variance of all is K."""

    mean: np.ndarray  # [D]
    matrix: np.ndarray  # [D, K]

    def __call__(self, features):
        return ((features - self.mean) @ self.matrix).astype(np.float32)


def reduction(features, dimensions, whitening):
    """Reduction fitted on features [N, D]; whitening 0 keeps the components' proportions, 1 makes them equal."""
    mean, std = features.mean(0, dtype=np.float64), features.std(0, dtype=np.float64)
    used = std > 1e-6 * max(std.max(), 1e-30)
    scaled = (features - mean)[:, used] / std[used]
    values, vectors = np.linalg.eigh(scaled.T @ scaled / len(features))
    keep = min(dimensions, int((values > 1e-6 * values[-1]).sum()))
    values, vectors = values[::-1][:keep], vectors[:, ::-1][:, :keep]
    vectors = vectors * np.sign(vectors[np.abs(vectors).argmax(0), np.arange(keep)])
    gains = values ** (-whitening / 2)
    gains *= np.sqrt(keep / (values * gains ** 2).sum())
    matrix = np.zeros((features.shape[1], keep))
    matrix[used] = vectors * gains / std[used][:, None]
    return Reduction(mean, matrix)


def load(settings, films, formula_images, context, report=lambda done, count: None):
    """Views, encoded first where they are not there yet."""
    context.cache.mkdir(parents=True, exist_ok=True)
    film, formula, shards = encode_views(settings, films, formula_images, context, report)
    wanted = context.cache / f"views-{context.key}-wanted-{settings.dimensions}-{settings.whitening:g}.npy"
    if not wanted.exists():
        features = np.concatenate([np.load(shard_paths(context, i)[1]) for i in range(shards)])
        save_array(wanted, reduction(features, settings.dimensions, settings.whitening)(features))
    pixels = [np.load(shard_paths(context, i)[0], mmap_mode="r") for i in range(shards)]
    labels = np.where(film >= 0, films.labels[film], NOT_A_FILM)
    return Views(Shards(pixels), labels, formula, np.load(wanted))

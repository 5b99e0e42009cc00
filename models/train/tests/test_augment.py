# SPDX-License-Identifier: Apache-2.0
import io
import unittest

import numpy as np
import torch
from PIL import Image

from .. import augment, shifts


def smooth_pictures(count, side, seed=0):
    from ..formula import textures

    rng = np.random.default_rng(seed)
    return np.stack([textures.draw((6.0, 1.0, 0.0, 0.0, 0), rng, side) for _ in range(count)])


class AugmentTest(unittest.TestCase):
    def test_a_batch_follows_from_its_seed(self):
        pixels = torch.from_numpy((smooth_pictures(16, 64) * 255).astype(np.uint8))
        one, other, third = (augment.augment(pixels, 48, torch.Generator().manual_seed(s))[0] for s in (1, 1, 2))
        self.assertTrue(torch.equal(one, other))
        self.assertFalse(torch.equal(one, third))
        self.assertEqual(one.shape, (16, 1, 48, 48))
        self.assertTrue(bool(torch.isfinite(one).all()) and one.min() >= 0 and one.max() <= 1)

    def test_negatives_are_a_share_and_differ_in_nothing_else(self):
        x = torch.from_numpy(smooth_pictures(200, 16)).float()[:, None]
        turned = augment.inversion(x.clone(), augment.Draws(torch.Generator().manual_seed(3), 200, "cpu"), 0.25)
        same = (turned == x).flatten(1).all(1)
        self.assertTrue(torch.equal(turned[~same], 1 - x[~same]))
        # 50 are expected; the binomial distribution's standard deviation is 6
        self.assertTrue(25 < int((~same).sum()) < 75)
        slightly = augment.vary_slightly(x.clone(), augment.Draws(torch.Generator().manual_seed(3), 200, "cpu"), 1.0)
        self.assertTrue(bool(torch.isfinite(slightly).all()))
        rows = lambda y: (y.flatten(1) - y.flatten(1).mean(1, keepdim=True))
        self.assertLess(float((rows(slightly) * rows(x)).sum(1).max()), 0)

    def test_told_changes_are_standardised(self):
        pixels = torch.from_numpy((smooth_pictures(1, 16) * 255).astype(np.uint8)).expand(6000, 16, 16)
        draws = augment.Draws(torch.Generator().manual_seed(0), 6000, "cpu")
        augment.noise(augment.sharpness(augment.tone(pixels[:, None].float() / 255, draws), draws), draws)
        for name, values in zip(augment.CHANGES, draws.changes.T):
            # one draw serves all reduced films of a batch, so that it says nothing of the spread of "reduction"
            if name != "reduction":
                self.assertAlmostEqual(float(values.std()), 1, delta=0.05, msg=name)
        self.assertGreater(float(draws.changes[:, list(augment.CHANGES).index("reduction")].std()), 0)

    def test_films_are_not_mirrored(self):
        x = torch.zeros(64, 1, 64, 64)
        x[:, :, :, :32] = 1
        moved = augment.geometry(x, 48, augment.Draws(torch.Generator().manual_seed(0), 64, "cpu"))
        self.assertTrue(bool((moved[..., :24].mean((1, 2, 3)) > moved[..., 24:].mean((1, 2, 3))).all()))

    def test_geometry_keeps_what_a_film_shows_upright(self):
        x = torch.zeros(64, 1, 64, 64)
        x[:, :, :32] = 1
        moved = augment.geometry(x, 48, augment.Draws(torch.Generator().manual_seed(0), 64, "cpu"))
        self.assertTrue(bool((moved[:, :, :24].mean((1, 2, 3)) > moved[:, :, 24:].mean((1, 2, 3))).all()))

    def test_quantisation_is_that_of_a_jpeg(self):
        pixels = np.rint(smooth_pictures(1, 64)[0] * 255).astype(np.uint8)
        for quality in (30, 50, 85):
            buffer = io.BytesIO()
            Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
            wanted = np.asarray(Image.open(io.BytesIO(buffer.getvalue())), np.float32)
            made = augment.jpeg_like(torch.from_numpy(pixels)[None, None].float() / 255, torch.tensor([float(quality)]))
            difference = np.abs(np.rint(made[0, 0].numpy() * 255) - wanted)
            # libjpeg's integer DCT and its rounding to bytes: a level here and there, seldom a coefficient on the other side of .5
            self.assertLess(difference.mean(), 0.3, quality)
            self.assertGreater(np.abs(wanted - pixels).mean(), difference.mean(), quality)

    def test_shifts_are_fixed_and_stay_in_range(self):
        x = torch.from_numpy(smooth_pictures(3, 64)).float()[:, None]
        for name, change in shifts.ROBUSTNESS.items():
            one, other = change(x.clone()), change(x.clone())
            self.assertTrue(torch.equal(one, other), name)
            self.assertEqual(one.shape, x.shape, name)
            self.assertGreater((one - x).abs().max(), 1e-4, name)
        pixels = (smooth_pictures(14, 64) * 255).astype(np.uint8)
        self.assertEqual(shifts.shifted_validation(pixels).shape, pixels.shape)

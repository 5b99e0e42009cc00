# SPDX-License-Identifier: Apache-2.0
import tempfile
import unittest
from pathlib import Path

import numpy as np

from .. import config
from ..formula import images, phantoms

FORMULA = config.Formula(fractals=5, contours=4, textures=4, phantoms=6, fractal_classes=2, contour_classes=2,
                         texture_classes=2)


class FormulaTest(unittest.TestCase):
    def test_an_image_depends_on_its_index_alone(self):
        for index in (0, 6, 10, 15):
            one, other = (images.make(FORMULA, 40, 0, index) for _ in range(2))
            np.testing.assert_array_equal(one[0], other[0])
            self.assertGreater(one[0].std(), 3)
            self.assertFalse(np.array_equal(one[0], images.make(FORMULA, 40, 1, index)[0]))

    def test_cache_holds_every_image_and_classes_are_numbered_through(self):
        with tempfile.TemporaryDirectory() as folder:
            read = images.load(FORMULA, 32, 0, Path(folder), "key")
            np.testing.assert_array_equal(read.pixels[np.array([7])][0], images.make(FORMULA, 32, 0, 7)[0])
        self.assertEqual(read.classes.tolist(), [0, 1, 0, 1, 0, 2, 3, 2, 3, 4, 5, 4, 5] + [images.NO_CLASS] * 6)
        self.assertEqual(images.class_count(FORMULA), 6)
        self.assertTrue((read.targets[13:, :len(phantoms.KINDS)].sum(1) == 1).all())
        self.assertFalse(read.targets[:13].any())

    def test_images_of_a_class_are_more_alike_than_those_of_others(self):
        from ..formula import textures

        def spectrum(seed, number):
            picture = textures.draw(textures.spectrum([2, seed]), np.random.default_rng([number, seed]), 64)
            power = np.abs(np.fft.rfft2(picture - picture.mean()))[:32]
            return power.sum(1) / np.linalg.norm(power.sum(1))

        first, second = np.stack([spectrum(s, 1) for s in range(8)]), np.stack([spectrum(s, 2) for s in range(8)])
        similarity = first @ second.T
        self.assertGreater(np.diagonal(similarity).mean(), similarity.mean() + 0.02)

    def test_a_shadow_lies_where_its_targets_say(self):
        found = {0: 0, 1: 0}
        for seed in range(60):
            rng = np.random.default_rng([8, seed])
            canvas = phantoms._Canvas(rng, 48)
            lungs, _, dome = phantoms._lungs(canvas, rng)
            shadow, kind, present, _, _ = phantoms._shadow(canvas, rng, lungs, dome)
            shares = [float((shadow * lung).sum()) for lung in lungs]
            if kind == 0:
                self.assertEqual(present, (0.0, 0.0))
                self.assertFalse(shadow.any())
            elif sum(present) == 1 and kind != 2:
                side = present.index(1.0)
                self.assertGreaterEqual(shares[side], shares[1 - side])
                found[side] += 1
        self.assertGreater(min(found.values()), 5)

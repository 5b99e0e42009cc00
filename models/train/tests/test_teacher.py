# SPDX-License-Identifier: Apache-2.0
import unittest

import numpy as np

from .. import config, teacher


class TeacherTest(unittest.TestCase):
    def test_reduction_whitens_as_far_as_asked(self):
        rng = np.random.default_rng(0)
        features = (rng.standard_normal((500, 6)) @ rng.standard_normal((6, 20)) * rng.uniform(0.1, 9, 20) + 3).astype(np.float32)
        features[:, 4] = 7  # tells nothing
        for whitening in (0.0, 0.5, 1.0):
            made = teacher.reduction(features, 6, whitening)(features)
            covariance = made.T @ made / len(made)
            self.assertLess(np.abs(covariance - np.diag(np.diagonal(covariance))).max(), 1e-3)
            self.assertAlmostEqual(float(np.trace(covariance)), 6, places=2)
            self.assertEqual(whitening == 1.0, bool(np.ptp(np.diagonal(covariance)) < 1e-2))

    def test_every_film_is_seen_as_it_is_once_and_all_shards_are_mixed(self):
        settings = config.Teacher(views_of_films=50, views_of_formula=30)
        film, formula, changed = teacher.plan(settings, 20, 7, 0)
        self.assertEqual(sorted(film[~changed]), list(range(20)))
        self.assertTrue(((film >= 0) != (formula >= 0)).all())
        self.assertEqual(set(formula), set(range(-1, 7)))
        self.assertGreater((formula[:20] >= 0).sum(), 1)

    def test_a_view_depends_on_its_number_alone(self):
        pixels = np.random.default_rng(0).integers(0, 256, (32, 32)).astype(np.uint8)
        one, other = (teacher.draw_view(pixels, True, 0, 5, 32) for _ in range(2))
        np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(teacher.draw_view(pixels, False, 0, 5, 32), pixels)

# SPDX-License-Identifier: Apache-2.0
"""Planted leaks must be found, and nothing where there is none."""
import unittest

import numpy as np

from .. import privacy


class PrivacyTest(unittest.TestCase):
    def setUp(self):
        rng = np.random.default_rng(0)
        coarse = rng.integers(0, 256, (120, 8, 8))
        self.pixels = np.kron(coarse, np.ones((1, 8, 8), int)).astype(np.uint8)
        self.patients, self.rng = np.array([f"p{i // 2}" for i in range(120)]), rng

    def test_pixels_as_features_are_inverted_and_noise_is_not(self):
        leak = privacy.inversion(privacy.reduced(self.pixels, 8), self.pixels, self.patients)
        self.assertGreater(leak["match1"], 0.9)
        none = privacy.inversion(self.rng.standard_normal((120, 64)), self.pixels, self.patients)
        self.assertLess(none["match1"], 0.12)  # chance 1/30; 120 tries: mean 4, 99.9th percentile 11 to 14

    def test_features_that_tell_nothing_find_what_chance_finds(self):
        none = privacy.inversion(np.ones((120, 16)), self.pixels, self.patients)
        self.assertAlmostEqual(none["match1"], none["chance1"], places=9)
        self.assertAlmostEqual(none["match10"], 10 * none["chance1"], places=9)

    def test_same_patient(self):
        of_patient = self.rng.standard_normal((60, 16)).repeat(2, 0)
        alike = of_patient + 0.1 * self.rng.standard_normal((120, 16))
        self.assertGreater(privacy.same_patient(alike, self.patients)["rank1"], 0.95)
        self.assertLess(privacy.same_patient(self.rng.standard_normal((120, 16)), self.patients)["rank1"], 0.1)

    def test_copies_are_known_again_and_duplicates_found(self):
        features = self.rng.standard_normal((120, 16))
        self.assertGreater(privacy.known_image(features, features + 0.01)["rank1"], 0.99)
        moved = features * 0.5 + 20 * self.rng.standard_normal(16)
        self.assertGreater(privacy.known_image(features, moved)["rank1"], 0.99)
        self.assertLess(privacy.known_image(features, self.rng.standard_normal((120, 16)))["rank1"], 0.05)
        twice = np.concatenate([self.pixels[:5], self.pixels])
        self.assertEqual(privacy.near_duplicates(twice).tolist(), [False] * 5 + [True] * 5 + [False] * 115)

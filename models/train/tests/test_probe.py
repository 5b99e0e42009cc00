# SPDX-License-Identifier: Apache-2.0
import unittest

import numpy as np

from .. import probe


class ProbeTest(unittest.TestCase):
    def setUp(self):
        self.rng = np.random.default_rng(0)

    def test_auroc_counts_pairs(self):
        positive, scores = self.rng.random(60) < 0.4, self.rng.integers(0, 9, 60)
        pairs = [(a > b) + 0.5 * (a == b) for a in scores[positive] for b in scores[~positive]]
        self.assertAlmostEqual(probe.auroc(positive, scores), np.mean(pairs), places=12)
        self.assertTrue(np.isnan(probe.auroc(np.ones(3), np.arange(3))))

    def test_the_minimum_is_found(self):
        x, positive = self.rng.standard_normal((200, 7)), self.rng.random(200) < 0.3
        fitted = probe.Probe(x, positive, 0.01)
        sign, balance = np.where(positive, 1.0, -1.0), np.where(positive, 0.5 / positive.sum(), 0.5 / (~positive).sum())
        gradient = probe._loss(fitted.weights, fitted._standardised(x), sign, balance, 0.01)[1]
        self.assertLess(np.abs(gradient).max(), 1e-4)

    def test_more_features_than_records_give_the_same_probe(self):
        x, positive = self.rng.standard_normal((30, 50)), self.rng.random(30) < 0.5
        fitted = probe.Probe(x, positive, 0.1)
        sign, balance = np.where(positive, 1.0, -1.0), np.where(positive, 0.5 / positive.sum(), 0.5 / (~positive).sum())
        gradient = probe._loss(fitted.weights, fitted._standardised(x), sign, balance, 0.1)[1]
        self.assertLess(np.abs(gradient).max(), 1e-4)

    def test_folds_keep_groups_and_are_even(self):
        groups = np.repeat(np.arange(40), self.rng.integers(1, 6, 40))
        fold = probe.folds(groups, 5)
        for group in range(40):
            self.assertEqual(len(set(fold[groups == group])), 1)
        self.assertLess(np.ptp(np.bincount(fold)), 6)

    def test_noise_is_not_found_and_signal_is(self):
        groups = np.repeat(np.arange(60), 3)
        positive = (groups % 2).astype(bool)
        noise = self.rng.standard_normal((180, 40)) + self.rng.standard_normal((60, 40))[groups]
        # 60 patients: the standard deviation of the AUROC of chance is about 0.075
        self.assertLess(abs(probe.auroc(positive, probe.cross_validated(noise, positive, groups, 5)) - 0.5), 0.25)
        noise[:, 0] += 12 * positive
        scores = probe.cross_validated(noise, positive, groups, 5)
        self.assertGreater(probe.auroc(positive, scores), 0.95)
        low, high = probe.interval(positive, scores, groups, 200)
        self.assertLessEqual(low, probe.auroc(positive, scores))
        self.assertGreaterEqual(high, probe.auroc(positive, scores))

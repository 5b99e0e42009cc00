# SPDX-License-Identifier: Apache-2.0
import unittest

import torch

from .. import objective
from ..formula.phantoms import TARGETS


class ObjectiveTest(unittest.TestCase):
    def test_distillation_is_nothing_at_the_answer_and_two_without_one(self):
        torch.manual_seed(0)
        wanted = torch.randn(4000, 16)
        self.assertAlmostEqual(float(objective.distillation(wanted, wanted)), 0, delta=1e-5)
        # mean square 1 (its standard deviation here is sqrt(2 / 64000) = 0.006), cosine of nothing 0
        self.assertAlmostEqual(float(objective.distillation(torch.zeros_like(wanted), wanted)), 2, delta=0.03)

    def test_vicreg_prefers_equal_views_that_spread_and_do_not_repeat_themselves(self):
        torch.manual_seed(0)
        spread = torch.randn(256, 8) * 1.2
        good = objective.vicreg(spread, spread)
        self.assertLess(good, objective.vicreg(spread, spread + torch.randn_like(spread)))
        self.assertLess(good, objective.vicreg(spread * 0.01, spread * 0.01))
        repeated = spread[:, :1].repeat(1, 8)
        self.assertLess(good, objective.vicreg(repeated, repeated))

    def test_changes_cost_one_where_nothing_is_known_of_them(self):
        torch.manual_seed(0)
        a, b = torch.randn(4000, 8), torch.randn(4000, 8)
        self.assertAlmostEqual(float(objective.changes(a - b, a, b)), 0, delta=1e-6)
        # mean of 32,000 squares of variance 2, halved: standard deviation sqrt(2 / 32000) = 0.008
        self.assertAlmostEqual(float(objective.changes(torch.zeros(4000, 8), a, b)), 1, delta=0.04)

    def test_formula_ignores_what_is_not_asked(self):
        scores, answers = torch.randn(3, 5, requires_grad=True), torch.randn(3, TARGETS, requires_grad=True)
        targets = torch.zeros(3, TARGETS)
        targets[1, 2] = 1
        objective.formula(scores, answers, torch.tensor([4, -1, -1]), targets).backward()
        self.assertEqual(scores.grad.abs().sum(1).gt(0).tolist(), [True, False, False])
        self.assertEqual(answers.grad.abs().sum(1).gt(0).tolist(), [False, True, False])

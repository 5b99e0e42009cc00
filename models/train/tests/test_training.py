# SPDX-License-Identifier: Apache-2.0
import tempfile
import unittest
from dataclasses import replace
from pathlib import Path

import torch

from .. import loop, objective
from ..checkpoint import Checkpoint
from . import material as small


def quiet(_):
    pass


def weights_of(training):
    return {name: value.clone() for name, value in training.student.state_dict().items()}


class TrainingTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.config = small.settings()
        self.material = small.material(self.config)

    def tearDown(self):
        self.folder.cleanup()

    def training(self, name, key="key"):
        return loop.Training(self.config, self.material, Checkpoint(Path(self.folder.name) / name, key), log=quiet)

    def test_an_interrupted_training_ends_with_the_same_weights(self):
        whole = self.training("whole")
        self.assertTrue(whole.run())
        for step in (2, 4):
            self.assertFalse(self.training("parts").run(stop_at=step))
        parts = self.training("parts")
        self.assertTrue(parts.run())
        for kind in (lambda training: training.student, lambda training: training.average.module):
            one, other = kind(whole).state_dict(), kind(parts).state_dict()
            for name in one:
                self.assertTrue(torch.equal(one[name], other[name]), name)
        self.assertEqual(whole.best["step"], parts.best["step"])
        self.assertEqual(whole.history, parts.history)

    def test_every_part_of_the_loss_moves_the_encoder(self):
        training = self.training("x")
        batch, stem = training.batches.at(0, 32), training.student.encoder.trunk.stem.conv.weight
        parts = ("findings", "invariance", "changes", "distillation", "formula")
        for part in parts:
            weights = replace(training.config.objective, **{name: float(name == part) for name in parts})
            training.student.zero_grad()
            loss, told = objective.total(training.student, batch, weights)
            loss.backward()
            self.assertEqual(set(told), {part})
            self.assertGreater(float(stem.grad.abs().max()), 0, part)

    def test_a_step_moves_the_encoder(self):
        training = self.training("x")
        before = weights_of(training)
        _, parts = training.take_step()
        self.assertEqual(set(parts), {"findings", "invariance", "changes", "distillation", "formula"})
        training.take_step()  # the first step has a rate of zero
        moved = [name for name, value in training.student.state_dict().items() if not torch.equal(value, before[name])]
        self.assertIn("encoder.trunk.stem.conv.weight", moved)

    def test_seeds_differ(self):
        one = self.training("a").batches.at(0, 32).images
        self.config = replace(self.config, seed=1)
        self.assertFalse(torch.equal(one, self.training("b").batches.at(0, 32).images))

    def test_checkpoints_of_other_settings_and_torn_ones_are_refused(self):
        self.training("a").save()
        with self.assertRaisesRegex(ValueError, "other settings"):
            self.training("a", "another key")
        path = Path(self.folder.name) / "a"
        path.write_bytes(path.read_bytes()[:5000])
        with self.assertRaisesRegex(ValueError, "no whole checkpoint"):
            self.training("a")

    def test_order_shows_everything_once_a_pass(self):
        order = loop.Order(7, 0)
        self.assertEqual(sorted(order.at(7, 7)), list(range(7)))
        self.assertEqual(order.at(3, 9).tolist(), loop.Order(7, 0).at(3, 9).tolist())

    def test_rate_and_side_follow_the_schedule(self):
        schedule = self.config.schedule
        self.assertEqual(loop.rate_at(0, schedule), 0)
        self.assertAlmostEqual(loop.rate_at(schedule.warm_up, schedule), schedule.peak_rate)
        self.assertAlmostEqual(loop.rate_at(1, schedule), 0)
        self.assertEqual([loop.side_at(p, schedule) for p in (0, 0.49, 0.5, 1)], [32, 32, 48, 48])

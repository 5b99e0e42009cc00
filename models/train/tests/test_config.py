# SPDX-License-Identifier: Apache-2.0
import unittest
from pathlib import Path

from .. import config


class ConfigTest(unittest.TestCase):
    def test_committed_settings_are_read(self):
        for path in Path(config.__file__).parent.glob("*.toml"):
            self.assertTrue(config.load(path).title, path.name)

    def test_unknown_setting_is_refused_by_name(self):
        with self.assertRaisesRegex(config.ConfigError, "schedule.stepz is no setting; allowed are steps"):
            config.parse("[schedule]\nstepz = 3")

    def test_value_of_another_type_is_refused(self):
        with self.assertRaisesRegex(config.ConfigError, "schedule.steps is 'many'"):
            config.parse('[schedule]\nsteps = "many"')

    def test_whole_numbers_serve_as_floats(self):
        self.assertEqual(config.parse("[objective]\ndistillation = 2").objective.distillation, 2.0)

    def test_reduction_of_features_does_not_change_what_is_encoded(self):
        a, b, c = (config.parse(f"[teacher]\n{line}") for line in ("dimensions = 3", "whitening = 1.0", "shard = 7"))
        self.assertEqual(a.teacher_views_key(), b.teacher_views_key())
        self.assertNotEqual(a.teacher_views_key(), c.teacher_views_key())

    def test_single_settings_are_changed(self):
        cfg = config.parse("[objective]\nformula = 0.25", ["objective.findings = 0", "seed=4"])
        self.assertEqual((cfg.objective.formula, cfg.objective.findings, cfg.seed), (0.25, 0.0, 4))
        with self.assertRaisesRegex(config.ConfigError, "no setting like"):
            config.parse("", ["objective.findings"])

# SPDX-License-Identifier: Apache-2.0
import dataclasses
import json
import re
import tempfile
import unittest
from pathlib import Path

from .. import card, config, export, shifts
from ..evaluate import TASKS


def result(auroc):
    one = {"auroc": auroc, "ci95": [auroc - 0.01, auroc + 0.01], "films": 90, "positive": 31, "patients": 44}
    return {"features": 256, "shifts": {name: one for name in shifts.ROBUSTNESS}, **{task: one for task in TASKS},
            "privacy": {"same patient": {"rank1": 0.317, "chance": 0.04, "films": 99, "patients": 12},
                        "inversion": {"match1": 0.234, "match10": 0.567, "chance1": 0.025, "films": 160}}}


class CardTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.model = Path(folder.name) / "pith-test-1"
        self.model.mkdir()
        cfg = config.parse('title = "A title"\n[teacher]\nmodels = ["a/b.tflite"]')
        manifest = export.manifest("pith-test-1", cfg, b"x" * 1234567, export.recipe(224, 0.4, 0.2), 512)
        films = {part: {"films": 7, "patients": 5} for part in ("train", "validation")}
        training = {"settings": dataclasses.asdict(cfg), "films": films, "imagesByFormula": 9, "views": 11,
                    "weights": 1650000, "multiplyAdds": 205e6, "chosenStep": 40,
                    "validation": [{"step": 40, "pneumonia": 0.9871, "viral": 0.8123}]}
        (self.model / "manifest.json").write_text(json.dumps(manifest))
        (self.model / "training.json").write_text(json.dumps(training))

    def test_nothing_is_claimed_that_was_not_measured(self):
        text = card.write(self.model, {})
        scores = text[text.index("## Scores"):]
        self.assertFalse(re.search(r"\d\.\d|\d %", scores.split("## Limits")[0]), scores)
        self.assertEqual(text.count("not measured |"), 3)
        self.assertIn("10.17632/rscbjbr9sj", text)
        self.assertIn("Apache License 2.0", text)

    def test_measured_figures_are_written_as_they_are(self):
        results = {"pith-test-1": result(0.9912), "other seed": result(0.9852), "raw 32 x 32 pixels": result(0.91)}
        text = card.write(self.model, results, ["pith-test-1", "other seed"])
        self.assertIn("| pith-test-1 | 256 | 0.9912 (0.981 to 1.001)", text)
        self.assertIn("| AP / PA | 0.9882 | 0.0042 | 0.9912 | 0.9852 |", text)
        self.assertNotIn("| other seed | 256 |", text)
        self.assertIn("| 31.7 % | 4.0 % | 99 of 12 patients |", text)
        self.assertIn("match@1 | 23.4 % | 2.5 % | 160, 40 at a time |", text)
        self.assertIn("match@10 | 56.7 % | 25.0 % | 160, 40 at a time |", text)
        self.assertIn("CR / DX 90 (31; 44)", text)
        self.assertIn("Step 40 of 40", text)

    def test_what_the_readme_says_of_privacy_is_what_the_card_says(self):
        root = export.ROOT
        found, chance, among = re.search(r"match@1 \| ([\d.]+) % \| ([\d.]+) % \| \d+, (\d+) at a time",
                                         (root / "models/pith-cxr-1/README.md").read_text()).groups()
        readme = " ".join((root / "README.md").read_text().split())
        self.assertIn(f"picked out of {among} in {float(found):.0f} % of tries (chance: {chance} %)", readme)

    def test_the_largest_fall_is_named(self):
        whole, part = result(0.9912), result(0.9)
        part["shifts"]["inverted grey"] = {"auroc": 0.85}
        part["shifts"]["8 bits"] = {"auroc": 0.91}
        text = card.write(self.model, {"pith-test-1": whole}, [], [{"all parts": whole}, {"without negatives": part}])
        self.assertEqual(text.count("| training |"), 2)
        self.assertIn("| without negatives | 0.9000 | 0.9000 | 0.9000 | 0.9000 | -0.0500 (inverted grey) |", text)

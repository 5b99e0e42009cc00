# SPDX-License-Identifier: Apache-2.0
import tempfile
import unittest
import unittest.mock
from pathlib import Path

import numpy as np

from .. import config, encoders, evaluate, films, shifts


def drawn(count, side=64, seed=0):
    """Films whose class is plain to see: sick ones are brighter below, viral ones finer."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 3
    pixels = rng.integers(60, 120, (count, side, side))
    pixels[labels > 0, side // 2:] += 60
    pixels[labels == 2, :, ::2] += 30
    patients = np.array([f"person{i // 3 * 3 + label}" for i, label in enumerate(labels)])
    return films.Films(pixels.astype(np.uint8), labels, patients)


class EvaluateTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        silent = unittest.mock.patch.object(evaluate, "log")
        silent.start()
        self.addCleanup(silent.stop)
        self.features = evaluate.Features(Path(folder.name))

    def test_what_is_plain_to_see_is_found_and_a_shift_measured(self):
        everything, data = drawn(180), config.Data(side_px=64)
        out, (values, held_out) = evaluate.kermany(encoders.Pixels(), self.features, everything, data)
        self.assertGreater(out["normal / pneumonia"]["auroc"], 0.99)
        self.assertEqual(set(out["shifts"]), set(shifts.ROBUSTNESS))
        self.assertLess(out["shifts"]["inverted grey"]["auroc"], 0.5)
        self.assertEqual(out["normal / pneumonia"]["films"], held_out.sum())
        self.assertEqual(len(values), 180)

    def test_nothing_is_found_where_nothing_is(self):
        """More features than films: a probe that saw the films it is asked about would know all of them."""
        everything = drawn(180)
        everything.pixels[:] = np.random.default_rng(2).integers(0, 256, everything.pixels.shape)
        out, _ = evaluate.kermany(encoders.Pixels(), self.features, everything, config.Data(side_px=64))
        # a held-out part of some 27 films: the standard deviation of the AUROC of chance is about 0.12
        self.assertLess(abs(out["normal / pneumonia"]["auroc"] - 0.5), 0.36)

    def test_features_are_computed_once(self):
        calls = []
        encoder = encoders.Pixels()
        for _ in range(2):
            self.features.of(encoder, "set", lambda: calls.append(1) or drawn(3).pixels)
        self.assertEqual(len(calls), 1)

    def test_other_films_of_hannover_are_encoded_anew(self):
        calls = []

        class Counting(encoders.Pixels):
            def __call__(self, pictures):
                calls.append(len(pictures))
                return super().__call__(pictures)

        for count in (40, 44, 40):
            rows = [{"image_id": f"i{i}", "projection": ("ap", "pa")[i % 2], "modality": ("CR", "DX")[i % 2]} for i in range(count)]
            adults = drawn(count)
            adults.patients = np.array([f"p{i // 2}" for i in range(count)])
            with unittest.mock.patch.object(films, "load_hannover", return_value=(adults, rows)), \
                    unittest.mock.patch.object(evaluate.probe, "cross_validated", return_value=np.arange(count)):
                out = evaluate.hannover(Counting(), self.features, Path("unused"), 64)
            self.assertEqual(out["AP / PA"]["films"], count)
        self.assertEqual(calls, [40, 44])

    def test_table_has_a_row_for_each_encoder(self):
        one = {"auroc": 0.9, "ci95": [0.8, 1.0]}
        worse = {name: {**one, "auroc": 0.85} for name in shifts.ROBUSTNESS}
        result = {"features": 3, "shifts": worse, "normal / pneumonia": one}
        text = evaluate.table({"an encoder": result})
        self.assertIn("| an encoder | 3 | 0.9000 (0.800 to 1.000) | not measured |", text)
        self.assertIn("| an encoder | -0.0500 |", text)

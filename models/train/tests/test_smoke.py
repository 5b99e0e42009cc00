# SPDX-License-Identifier: Apache-2.0
"""The whole way as a user goes it: one command, killed in its middle and started again, a model folder that Pith runs."""
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import numpy as np
import torch

from .. import encode

MODELS = encode.ROOT / "models"
TEACHERS = encode.ROOT.parent / "shared/data/models"
PROGRAM = Path(os.environ.get("PITH_BINARY", encode.default_program()))


@unittest.skipUnless(PROGRAM.exists(), "the command line is not built")
class SmokeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.work = Path(cls.folder.name) / "work"
        cls.out = Path(cls.folder.name) / "pith-smoke-1"
        cls.command = [sys.executable, "-m", "train", "--smoke", "--out", str(cls.out), "--work", str(cls.work), "--pith",
                       str(PROGRAM)]
        if TEACHERS.exists():
            cls.command += ["--teachers", str(TEACHERS)]
        cls.killed()
        subprocess.run(cls.command, cwd=MODELS, check=True)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def killed(cls):
        """Starts the run and kills it while it draws or encodes its pictures: what it had made then must be whole."""
        process = subprocess.Popen(cls.command, cwd=MODELS)
        cache = cls.work / "cache"
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline and not list(cache.glob("formula-*-pixels.npy")):
            time.sleep(0.02)
        process.kill()
        process.wait()

    def test_pith_computes_the_golden_features(self):
        """Pillow and PyTorch on one side, Pith on the other: decoding, preparation and network agree."""
        golden = json.loads((self.out / "golden.json").read_text())
        manifest = json.loads((self.out / "manifest.json").read_text())
        recipe = Path(self.folder.name) / "recipe.json"
        recipe.write_text(json.dumps(manifest["recipe"]))
        for sample in golden["samples"]:
            container = Path(self.folder.name) / f"{sample['file']}.pith"
            film = encode.ROOT / "samples" / sample["file"]
            subprocess.run([str(PROGRAM), "extract", str(film), "-o", str(container), "--dtype", "f32", "--quiet", "--model",
                            str(self.out / "model.onnx"), "--recipe", str(recipe)], check=True)
            with encode.pith.open(str(container)) as file:
                made = np.asarray(file.features()[0:1], np.float64)[0]
            wanted = np.array(sample["features"])
            self.assertEqual(len(made), manifest["featureCount"])
            # float32 in two orders of summation over at most 9 x 208 products: 1e-5 relative is ample, a wrong pixel is 1e-3
            self.assertLess(np.linalg.norm(made - wanted) / np.linalg.norm(wanted), 2e-5, sample["file"])

    def test_folder_is_a_package(self):
        manifest = json.loads((self.out / "manifest.json").read_text())
        self.assertEqual(manifest["name"], self.out.name)
        self.assertEqual(manifest["sizeBytes"], (self.out / "model.onnx").stat().st_size)
        self.assertIn("Not measured", (self.out / "README.md").read_text())
        self.assertEqual(json.loads((self.out / "training.json").read_text())["views"], 18 if TEACHERS.exists() else 0)

    def test_features_come_back_in_the_order_of_the_pictures(self):
        rng = np.random.default_rng(0)
        pictures = [np.full((224, 224), level, np.uint8) for level in rng.permutation(11) * 20]
        recipe = json.loads((self.out / "manifest.json").read_text())["recipe"]
        models = [(self.out / "model.onnx", recipe)]
        together = encode.extract(pictures, models, PROGRAM)
        alone = np.concatenate([encode.extract([picture], models, PROGRAM) for picture in pictures[:3]])
        np.testing.assert_allclose(together[:3], alone, rtol=1e-5, atol=1e-6)

    def test_sixteen_bit_pictures_lie_between_eight_bit_levels(self):
        recipe = json.loads((self.out / "manifest.json").read_text())["recipe"]
        picture = np.random.default_rng(0).integers(0, 250, (224, 224)).astype(np.uint8)
        eight, sixteen, between = encode.extract([picture, picture.astype(float), picture + 0.5],
                                                 [(self.out / "model.onnx", recipe)], PROGRAM)
        np.testing.assert_allclose(eight, sixteen, rtol=1e-4, atol=1e-5)
        self.assertGreater(np.abs(between - eight).max(), 20 * np.abs(sixteen - eight).max())

    def test_checkpoint_is_at_the_end(self):
        state = torch.load(next(self.work.glob("*/checkpoint.pt")))
        self.assertEqual(state["step"], 6)

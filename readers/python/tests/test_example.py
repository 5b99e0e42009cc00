# SPDX-License-Identifier: Apache-2.0
"""The example, on a file with a suggested head and on one without heads, splits and groups."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import samples
import writer

try:
    import torch
except ImportError:
    torch = None

EXAMPLE = pathlib.Path(__file__).resolve().parents[1] / "examples/train_head.py"
VECTORS = pathlib.Path(__file__).resolve().parents[3] / "spec/vectors/valid"


def bare(header, sections):
    """Features and one label, as `pith extract --label-from-folder` makes them."""
    header.update(heads=[], splits=[], groupings=[], labels=header["labels"][:1], notKnown=[])
    header["labels"][0]["groupingPlus1"] = 0
    return [
        one
        for one in sections
        if not one["name"].startswith(("splits", "groups", "labels")) or one["name"] == "labels/0/index"
    ]


@unittest.skipIf(torch is None, "PyTorch is not installed")
class Example(unittest.TestCase):
    def run_on(self, change):
        header, sections, *_ = samples.rich(400, 5, learnable=True)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "a.pith")
            with open(path, "wb") as out:
                out.write(writer.container(header, change(header, sections)))
            return self.run_example(path, 60)

    def run_example(self, path, epochs):
        command = [sys.executable, str(EXAMPLE), str(path), "--epochs", str(epochs)]
        done = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_suggested_head(self):
        printed = self.run_on(lambda header, sections: sections)
        self.assertRegex(printed, r"scores     test: accuracy (0\.9|1\.0)")

    def test_golden_file(self):
        (path,) = VECTORS.glob("*-every-field.pith")
        self.assertIn("scores     test: accuracy", self.run_example(path, 2))

    def test_without_a_head(self):
        printed = self.run_on(bare)
        self.assertIn("may stand on both sides", printed)
        self.assertRegex(printed, r"scores     test: accuracy (0\.[6-9]|1\.0)")


if __name__ == "__main__":
    unittest.main()

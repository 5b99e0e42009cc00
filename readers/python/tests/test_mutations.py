# SPDX-License-Identifier: Apache-2.0
"""A short run of mutations.py, in a process of its own because it limits its memory."""
import os
import pathlib
import subprocess
import sys
import unittest


class Mutations(unittest.TestCase):
    def test_a_few(self):
        script = pathlib.Path(__file__).with_name("mutations.py")
        done = subprocess.run([sys.executable, str(script), "2000"], env=os.environ, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        for reached in (
            "header_flips     taken",
            "section_bytes    taken",
            "signed           hashMismatch",
            "nonFiniteFeature",
            "content          taken",
            "content          unsupportedVersion",
        ):
            self.assertIn(reached, done.stdout)


if __name__ == "__main__":
    unittest.main()

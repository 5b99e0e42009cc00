# SPDX-License-Identifier: Apache-2.0
"""The golden files of the specification: their content, or their error."""
import json
import pathlib
import unittest

import numpy as np
import pith

VECTORS = pathlib.Path(__file__).resolve().parents[3] / "spec/vectors"


def differences(found, expected, path=""):
    """Where two JSON values differ. Numbers agree where they are the same float64 or the same float32."""
    if isinstance(found, dict) and isinstance(expected, dict):
        for key in sorted(set(found) | set(expected)):
            if key not in found or key not in expected:
                yield f"{path}.{key}: {'not ' if key not in found else ''}found, {'not ' if key not in expected else ''}expected"
            else:
                yield from differences(found[key], expected[key], f"{path}.{key}")
    elif isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
        for index, pair in enumerate(zip(found, expected)):
            yield from differences(*pair, f"{path}.{index}")
    elif float in (type(found), type(expected)) and {type(found), type(expected)} <= {int, float}:
        # Many readers of JSON know float64 only; of a field that is float32, any digits that give it will do.
        if float(found) != float(expected) and np.float32(found) != np.float32(expected):
            yield f"{path}: found {found}, expected {expected}"
    elif type(found) is not type(expected) or found != expected:
        yield f"{path}: found {found!r}, expected {expected!r}"


class Golden(unittest.TestCase):
    def test_valid(self):
        files = sorted((VECTORS / "valid").glob("*.pith"))
        self.assertGreaterEqual(len(files), 40)
        for path in files:
            with self.subTest(path.stem):
                found = json.loads(json.dumps(pith.open(path, verify=True).describe(), allow_nan=False))
                expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
                self.assertEqual(list(differences(found, expected)), [])

    def test_invalid(self):
        files = sorted((VECTORS / "invalid").glob("*.pith"))
        self.assertGreaterEqual(len(files), 60)
        for path in files:
            with self.subTest(path.stem), self.assertRaises(pith.PithError) as caught:
                pith.open(path, verify=True)
            expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
            self.assertEqual(caught.exception.code, expected["error"], f"{path.stem}: {caught.exception}")


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""Chunks: each implementation of Zstandard that is here, and frames that break a rule."""
import unittest
from unittest import mock

import pith
import writer
from pith import zstd

RAW = bytes(range(256)) * 40
FRAME = writer.compress(RAW, 1, False)[4:]
SMALL = writer.compress(b"abc" * 9, 1, False)[4:]


def backends():
    for make in (zstd._of_python, zstd._of_package, zstd._of_system):
        try:
            yield make.__name__, make()
        except ImportError:
            continue


class Chunks(unittest.TestCase):
    def test_every_backend(self):
        names = []
        for name, backend in backends():
            names.append(name)
            with self.subTest(name), mock.patch.object(zstd, "_chosen", backend):
                self.assertEqual(zstd.decompress(FRAME, len(RAW)), RAW)
                self.assertEqual(zstd.decompress(SMALL, 27), b"abc" * 9)
                for wrong in (FRAME + FRAME, FRAME + b"\0", FRAME[:-1], FRAME[:9], FRAME[:7] + b"\xff" + FRAME[8:]):
                    with self.assertRaises(pith.PithError):
                        zstd.decompress(wrong, len(RAW))
        self.assertIn("_of_system", names)

    def test_frame_headers(self):
        for wrong in (
            b"",
            b"abcdefgh",
            FRAME[:5],
            bytes([*FRAME[:4], FRAME[4] | 1, *FRAME[5:]]),  # a dictionary
            bytes([*FRAME[:4], 0, *FRAME[5:]]),
        ):  # no content size
            with self.assertRaises(pith.PithError) as caught:
                zstd.decompress(wrong, len(RAW))
            self.assertEqual(caught.exception.code, "corruptContainer")
        with self.assertRaisesRegex(pith.PithError, "another size"):
            zstd.decompress(FRAME, len(RAW) - 1)

    def test_without_any_backend(self):
        def missing():
            raise ImportError

        with mock.patch.multiple(zstd, _chosen=None, _of_python=missing, _of_package=missing, _of_system=missing):
            with self.assertRaisesRegex(pith.MissingPackage, "zstandard"):
                zstd.decompress(FRAME, len(RAW))


if __name__ == "__main__":
    unittest.main()

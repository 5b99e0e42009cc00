# SPDX-License-Identifier: Apache-2.0
"""Chunks: each implementation of Zstandard that is here, and frames that break a rule."""
import tracemalloc
import types
import unittest
from unittest import mock

import pith
import writer
from pith import zstd

RAW = bytes(range(256)) * 40
FRAME = writer.compress(RAW, 1, False)[4:]
SMALL = writer.compress(b"abc" * 9, 1, False)[4:]
MIB = 1 << 20


def repeated(blocks):
    """A frame that states 1 MiB and a window of 128 KiB, of blocks that each say one byte 128 KiB times."""
    block = lambda last: (last | 1 << 1 | 1 << 17 + 3).to_bytes(3, "little") + b"x"
    return zstd.MAGIC + b"\x80\x38" + MIB.to_bytes(4, "little") + block(0) * (blocks - 1) + block(1)


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

    def test_a_frame_takes_no_more_memory_than_it_states(self):
        for name, backend in backends():
            with self.subTest(name), mock.patch.object(zstd, "_chosen", backend):
                self.assertEqual(zstd.decompress(repeated(8), MIB), b"x" * MIB)
                endless = repeated(400)
                tracemalloc.start()
                with self.assertRaises(pith.PithError) as caught:
                    zstd.decompress(endless, MIB)
                peak = tracemalloc.get_traced_memory()[1]
                tracemalloc.stop()
                self.assertEqual(caught.exception.code, "corruptContainer")
                self.assertLess(peak, 3 * MIB)

    def test_a_package_that_is_too_old_is_passed_over(self):
        for version, taken in (("0.18.0", False), ("0.19.0", True), ("1.0.0rc1", True)):
            package = types.SimpleNamespace(__version__=version, ZstdError=ValueError)
            with self.subTest(version), mock.patch.dict("sys.modules", zstandard=package):
                self.assertEqual("_of_package" in dict(backends()), taken)

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

# SPDX-License-Identifier: Apache-2.0
"""Signatures: made here with `cryptography`, checked by the reader with whatever is installed."""
import unittest
from unittest import mock

import pith
import samples
import writer
from pith import signatures

try:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
except ImportError:
    Ed25519PrivateKey = None

MAGIC = bytes.fromhex("8d50495448534947")


def entry(seed, root):
    key = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return MAGIC + bytes(24) + public + key.sign(b"pith signature 1" + root)


@unittest.skipIf(Ed25519PrivateKey is None, "the package 'cryptography' is not installed")
class Signatures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        header, sections, *_ = samples.rich(12, 5)
        cls.file = writer.container(header, sections)
        cls.entries = sorted((entry(seed, cls.file[96:128]) for seed in range(1, 18)), key=lambda one: one[32:64])
        cls.padding = bytes(-len(cls.file) % 64)

    def signed(self, *entries):
        return self.file + self.padding + b"".join(entries)

    def refuse(self, file, code="corruptContainer"):
        with self.assertRaises(pith.PithError) as caught:
            pith.open(file, verify=True)
        self.assertEqual(caught.exception.code, code)

    def test_valid(self):
        for count in (1, 2, 16):
            report = pith.open(self.signed(*self.entries[:count])).verify()
            self.assertEqual([valid for _, valid in report.signatures], [True] * count)
            self.assertEqual(report.root_sha256, self.file[96:128].hex())

    def test_other_bytes(self):
        one, two = self.entries[:2]
        for wrong in (
            self.signed(two, one),
            self.signed(one, one),
            self.signed(one[:-1]),
            self.signed(*self.entries),
            self.signed(b"\0" + one[1:]),
            self.signed(one[:9] + b"\1" + one[10:]),
            self.file + self.padding + b"\0" * 64,
        ):
            self.refuse(wrong)
        if self.padding:
            self.refuse(self.file + b"\1" * len(self.padding) + one)

    def test_invalid(self):
        one = bytearray(self.entries[0])
        one[-3] ^= 1
        self.refuse(self.signed(one), "hashMismatch")
        self.assertEqual(pith.open(self.signed(one)).describe()["signatures"][0]["valid"], False)

    def test_without_a_package(self):
        with mock.patch.object(signatures.importlib, "import_module", side_effect=ImportError):
            report = pith.open(self.signed(self.entries[0])).verify()
        self.assertIsNone(report.signatures[0][1])
        self.assertIn("cryptography", report.notes[0])

    def test_key_files(self):
        digits = self.entries[0][32:64].hex()
        self.assertEqual(pith.read_public_key(f"pith-public-key-1 {digits}\n"), self.entries[0][32:64])
        with self.assertRaises(ValueError):
            pith.read_public_key(f"pith-secret-key-1 {digits}\n")


if __name__ == "__main__":
    unittest.main()

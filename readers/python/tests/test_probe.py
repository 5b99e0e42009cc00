# SPDX-License-Identifier: Apache-2.0
"""The built-in pictures, by the hashes that the project's own tests hold them to."""
import hashlib
import unittest

from pith import probe

PICTURES = [
    ((512, 640), "f44e51eb74a30b4c3927c0ddae97ca5facb55a5d39690f8a431a426662706306"),
    ((640, 512, 3), "f5bd2645ff08d9df075970454945cf45e923db5b77a23d68550c4d42fefc524a"),
    ((384, 384, 3), "32121314484e17ebb33d7647e9afcaba62192f0bf9efa566aa36a526f77a42e7"),
]


class Pictures(unittest.TestCase):
    def test_every_sample(self):
        found = [(one.shape, hashlib.sha256(one.tobytes()).hexdigest()) for one in probe.pictures()]
        self.assertEqual(found, PICTURES)


if __name__ == "__main__":
    unittest.main()

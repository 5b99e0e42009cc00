# SPDX-License-Identifier: Apache-2.0
"""What would be handed to TensorFlow: a stand-in takes it, since TensorFlow cannot be installed here. It shows that
batches are right and that they fit the signature; not that TensorFlow takes the calls."""
import sys
import types
import unittest
from unittest import mock

import numpy as np
import pith
import pith.tf
import samples
import writer


def stand_in():
    module = types.ModuleType("tensorflow")
    module.float32, module.as_dtype = np.dtype("f4"), np.dtype
    module.TensorSpec = lambda shape, dtype: (shape, dtype)
    module.data = types.SimpleNamespace(
        Dataset=types.SimpleNamespace(from_generator=lambda make, output_signature: (make, output_signature))
    )
    return module


class Batches(unittest.TestCase):
    def setUp(self):
        header, sections, *_ = samples.rich(400, 5, "i8")
        self.file = pith.open(writer.container(header, sections))

    def test_batches_fit_their_signature(self):
        with mock.patch.dict(sys.modules, tensorflow=stand_in()):
            for label in ("finding", "signs", "age"):
                make, signature = pith.tf.dataset(self.file, "train", 64, label=label, features=["main", "second"])
                epochs = [list(make()) for _ in range(2)]
                for batch in epochs[0]:
                    for part, (shape, dtype) in zip(batch, signature):
                        self.assertEqual((part.dtype, part.shape[1:]), (dtype, shape[1:]))
                x, y = pith.xy(self.file, "train", label, features=["main", "second"])
                first, second = (np.concatenate([x for x, _ in epoch]) for epoch in epochs)
                self.assertFalse(np.array_equal(first, second))
                np.testing.assert_array_equal(first[np.lexsort(first.T)], x[np.lexsort(x.T)])

    def test_without_tensorflow(self):
        with mock.patch.dict(sys.modules, tensorflow=None), self.assertRaisesRegex(pith.MissingPackage, "tensorflow"):
            pith.tf.dataset(self.file)


if __name__ == "__main__":
    unittest.main()

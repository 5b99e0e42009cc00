# SPDX-License-Identifier: Apache-2.0
"""PyTorch: batches that slice the map, and the suggested head built and trained as the file describes it.

    for x, y in pith.torch.batches(file, "train", batch_size=1024): ...
    trained = pith.torch.train_head(file)

Import it by name (`import pith.torch`); `import pith` alone needs no PyTorch.
"""
from .data import Batches, BatchSampler, Dataset, batches
from .heads import BuiltHead, build_head, training_rows
from .training import TrainedHead, train_head

__all__ = [
    "BatchSampler",
    "Batches",
    "BuiltHead",
    "Dataset",
    "TrainedHead",
    "batches",
    "build_head",
    "train_head",
    "training_rows",
]

# SPDX-License-Identifier: Apache-2.0
"""Data sets for PyTorch that take whole batches out of the map, without a tensor for each record."""
from __future__ import annotations

from typing import Any, Iterator, List, Optional, Sequence, Tuple, Union

import numpy as np
import torch
from torch.utils import data

from ..features import Features
from ..file import File
from ..selection import label_column, rows, targets

Key = Union[str, int]
Blocks = Union[Sequence[Key], Key, None]
Batch = Tuple[torch.Tensor, torch.Tensor]


class _Source:
    """Rows of some feature blocks side by side as a tensor. Compressed blocks are decompressed once, as a whole:
    shuffled rows have no locality that could be used."""

    def __init__(self, file: File, features: Blocks, dtype: torch.dtype) -> None:
        self.file, self.features, self.dtype = file, features, dtype
        names = [features] if features is None or isinstance(features, (str, int)) else list(features)
        self._blocks: List[Features] = [file.features(name) for name in names]
        self._stored = [block.stored for block in self._blocks]
        self.width = sum(block.shape[1] for block in self._blocks)

    def take(self, selected: "np.ndarray[Any, Any]") -> torch.Tensor:
        parts = [self._part(block, stored, selected) for block, stored in zip(self._blocks, self._stored)]
        return parts[0] if len(parts) == 1 else torch.cat(parts, 1)

    def _part(self, block: Features, stored: "np.ndarray[Any, Any]", selected: "np.ndarray[Any, Any]") -> torch.Tensor:
        taken = np.take(stored, selected, axis=0)
        # PyTorch widens f16 with the processor's own instruction, which NumPy 1.24 does not.
        values = taken if block.type == "f16" else block.decode(taken)
        return torch.from_numpy(values).to(self.dtype)

    def __reduce__(self) -> Tuple[Any, ...]:
        return _Source, (self.file, self.features, self.dtype)


class Dataset(data.Dataset):  # type: ignore[type-arg]
    """Records with an answer: `dataset[7]` is one (x, y), `dataset[[3, 5]]` a batch in one step.

    With `DataLoader(dataset, sampler=BatchSampler(len(dataset), 1024), batch_size=None)` no record is collated by
    itself. x: [D] or [rows, D] in `dtype`; y as `pith.xy` has it.

    :param split, part, label, features: as in `pith.xy`
    :param selected: rows of the file, in place of `split` and `part`
    """

    def __init__(
        self,
        file: File,
        split: Optional[str] = None,
        label: Optional[Key] = None,
        part: Optional[str] = None,
        features: Blocks = None,
        dtype: torch.dtype = torch.float32,
        selected: "Optional[np.ndarray[Any, Any]]" = None,
    ) -> None:
        answers, known = targets(label_column(file, label))
        wanted = rows(file, split, part) if selected is None else np.asarray(selected)
        self.rows = wanted[known[wanted]]
        self.targets = torch.from_numpy(answers[self.rows])
        self._source = _Source(file, features, dtype)

    @property
    def width(self) -> int:
        """D, of all blocks together."""
        return self._source.width

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, places: Any) -> Batch:
        if isinstance(places, (int, np.integer)):
            x, y = self[[int(places)]]
            return x[0], y[0]
        if isinstance(places, slice):
            places = np.arange(len(self))[places]
        places = np.asarray(places)
        return self._source.take(self.rows[places]), self.targets[torch.from_numpy(places)]


class BatchSampler(data.Sampler):  # type: ignore[type-arg]
    """Places of whole batches, as arrays. The order depends on `seed` and the epoch alone.

    Each time it is iterated it begins the next epoch; `set_epoch` says which that is.
    """

    def __init__(
        self, count: int, batch_size: int = 1024, shuffle: bool = True, seed: int = 0, drop_last: bool = False
    ) -> None:
        self._count, self._size = count, batch_size if batch_size > 0 else max(1, count)
        self._shuffle, self._seed, self._drop_last = shuffle, seed, drop_last
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """The next iteration is that of this epoch."""
        self._epoch = epoch

    def __len__(self) -> int:
        return self._count // self._size if self._drop_last else -(-self._count // self._size)

    def __iter__(self) -> "Iterator[np.ndarray[Any, np.dtype[np.int64]]]":
        random = np.random.default_rng([self._seed, self._epoch])
        self._epoch += 1
        order = random.permutation(self._count) if self._shuffle else np.arange(self._count)
        for place in range(len(self)):
            yield order[place * self._size : (place + 1) * self._size]


class Batches(data.IterableDataset):  # type: ignore[type-arg]
    """Batches of a data set, one after another: by itself, or in `DataLoader(batches, batch_size=None, num_workers=2)`,
    whose workers take turns. Workers begin as copies, so call `set_epoch` before each epoch there."""

    def __init__(self, dataset: Dataset, sampler: BatchSampler) -> None:
        self.dataset = dataset
        self.sampler = sampler

    def set_epoch(self, epoch: int) -> None:
        """The next iteration is that of this epoch."""
        self.sampler.set_epoch(epoch)

    def __len__(self) -> int:
        return len(self.sampler)

    def __iter__(self) -> Iterator[Batch]:
        worker = data.get_worker_info()  # type: ignore[no-untyped-call]
        turn, workers = (0, 1) if worker is None else (worker.id, worker.num_workers)
        for number, places in enumerate(self.sampler):
            if number % workers == turn:
                yield self.dataset[places]


def batches(
    file: File,
    split: Optional[str] = None,
    batch_size: int = 1024,
    shuffle: bool = True,
    seed: int = 0,
    label: Optional[Key] = None,
    part: Optional[str] = None,
    features: Blocks = None,
    dtype: torch.dtype = torch.float32,
    drop_last: bool = False,
) -> Batches:
    """(x, y) in batches, in another order each epoch.

    :param split, label, part, features: as in `pith.xy`
    :param batch_size: records of a batch; 0: all of them at once
    :return: x [rows, D] in `dtype`; y [rows] int64 or float32, or [rows, categories] float32
    """
    dataset = Dataset(file, split, label, part, features, dtype)
    return Batches(dataset, BatchSampler(len(dataset), batch_size, shuffle, seed, drop_last))

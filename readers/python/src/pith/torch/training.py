# SPDX-License-Identifier: Apache-2.0
"""Training a suggested head as it is described: so many epochs, no early stopping, no choosing among results."""
from __future__ import annotations

import time
from typing import Dict, List, NamedTuple, Optional, Union

import numpy as np
import torch
from torch import nn

from ..file import File
from ..schema import Head, Optimizer
from ..scores import score
from .data import Batches, BatchSampler, Dataset
from .heads import BuiltHead, Parts, build_head, training_rows

Key = Union[str, int]


class TrainedHead(NamedTuple):
    """What came of the training. `scores` has one entry for each part that did not train, see `pith.scores.score`."""

    model: nn.Sequential
    scores: Dict[str, Dict[str, float]]
    losses: List[float]  # mean loss of each epoch
    seconds_per_epoch: float  # reading included, median
    entry: Head


def _step(built: BuiltHead, x: torch.Tensor, y: torch.Tensor) -> float:
    decay = built.entry.weight_decay if built.entry.optimizer == Optimizer.lbfgs else 0.0

    def closure() -> torch.Tensor:
        built.optimizer.zero_grad()
        loss: torch.Tensor = built.loss(built.model(x), y)
        if decay:
            loss = loss + decay / 2 * sum((weight**2).sum() for weight in built.model.parameters())
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    loss: torch.Tensor = built.optimizer.step(closure)  # type: ignore[arg-type, assignment]
    return float(loss)


def _epoch(built: BuiltHead, batches: Batches) -> float:
    total = count = 0.0
    normalizes = any(isinstance(module, nn.BatchNorm1d) for module in built.model)
    for x, y in batches:
        if len(x) == 1 and normalizes and len(batches) > 1:
            continue  # one record has no variance; it has its turn in other epochs
        total += _step(built, x, y) * len(x)
        count += len(x)
    return total / max(count, 1)


@torch.no_grad()
def outputs(model: nn.Module, dataset: Dataset) -> "np.ndarray[object, np.dtype[np.float32]]":
    """float32 [rows, outputs] of a trained model, dropout and batch statistics switched off."""
    model.eval()
    pieces = [model(dataset[slice(start, start + 4096)][0]) for start in range(0, len(dataset), 4096)]
    found: "np.ndarray[object, np.dtype[np.float32]]" = torch.cat(pieces).numpy()
    return found


def train_head(
    file: File,
    head: Union[Key, Head] = 0,
    fold: Optional[int] = None,
    seed: Optional[int] = None,
    epochs: Optional[int] = None,
    parts: Optional[Parts] = None,
) -> TrainedHead:
    """Builds and trains a suggested head, and scores it on the parts that did not train.

    :param head, fold, seed, parts: as in `build_head`
    :param epochs: in place of the head's own number
    :raises KeyError: where the file suggests no such head
    """
    built = build_head(file, head, fold, seed, parts)
    entry = built.entry
    rows, others = training_rows(file, entry, fold, parts)
    dataset = Dataset(file, label=entry.label, features=entry.features, selected=rows)
    batches = Batches(dataset, BatchSampler(len(dataset), entry.batch_size, seed=entry.seed if seed is None else seed))
    losses, seconds = [], []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed((entry.seed if seed is None else seed) & (1 << 63) - 1)
        built.model.train()
        for _ in range(entry.epochs if epochs is None else epochs):
            began = time.perf_counter()
            losses.append(_epoch(built, batches))
            seconds.append(time.perf_counter() - began)
    scores = {}
    for part, selected in others.items():
        held = Dataset(file, label=entry.label, features=entry.features, selected=selected)
        if len(held):
            scores[part] = score(entry.task, outputs(built.model, held), held.targets.numpy())
    built.model.eval()
    return TrainedHead(built.model, scores, losses, float(np.median(seconds)) if seconds else 0.0, entry)

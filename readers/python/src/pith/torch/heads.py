# SPDX-License-Identifier: Apache-2.0
"""Suggested heads as modules, losses and optimizers, exactly as spec/container.md, chapter 11, describes them."""
from __future__ import annotations

from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Tuple, Union

import numpy as np
import torch
from torch import nn

from ..file import File
from ..schema import Head, Layer, LayerKind, Loss, Optimizer, SplitKind
from .data import Dataset

Key = Union[str, int]
Parts = Dict[str, "np.ndarray[Any, Any]"]
LEARNS = (LayerKind.linear, LayerKind.batchNormalization, LayerKind.layerNormalization)


class Standardize(nn.Module):
    """(x - mean) / (standard deviation + epsilon); both are of the training part and are not trained."""

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(self, width: int, epsilon: float) -> None:
        super().__init__()
        self.epsilon = epsilon
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("std", torch.ones(width))

    def fit(self, pieces: Iterator[torch.Tensor]) -> None:
        """Takes mean and standard deviation (divided by N) over all rows of `pieces`."""
        count, mean, squares = (
            0,
            torch.zeros_like(self.mean, dtype=torch.float64),
            torch.zeros_like(self.mean, dtype=torch.float64),
        )
        for piece in pieces:
            exact = piece.double()
            middle, total = exact.mean(0), count + len(exact)
            step = middle - mean
            squares += ((exact - middle) ** 2).sum(0) + step**2 * (count * len(exact) / total)
            mean += step * (len(exact) / total)
            count = total
        self.mean.copy_(mean)
        self.std.copy_((squares / count).sqrt())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        scaled: torch.Tensor = (x - self.mean) / (self.std + self.epsilon)
        return scaled


class L2Normalize(nn.Module):
    """x / max(||x||, epsilon)"""

    def __init__(self, epsilon: float) -> None:
        super().__init__()
        self.epsilon = epsilon

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        norm: torch.Tensor = torch.linalg.vector_norm(x, dim=1, keepdim=True)
        return x / norm.clamp_min(self.epsilon)


class HeadLoss(nn.Module):
    """The mean loss over answers that are known. Targets as `pith.xy` has them: -1 and NaN take no part.

    A class weight multiplies the loss of its class (crossEntropy, whose mean is then weighted) or of its output.
    """

    weights: Optional[torch.Tensor]

    def __init__(self, loss: Loss, weights: Tuple[Any, ...]) -> None:
        super().__init__()
        self.loss = loss
        self.register_buffer("weights", torch.tensor([float(weight) for weight in weights]) if weights else None)

    def forward(self, outputs: torch.Tensor, answers: torch.Tensor) -> torch.Tensor:
        if self.loss == Loss.crossEntropy:
            return nn.functional.cross_entropy(outputs, answers, self.weights, ignore_index=-1)
        answers = answers.reshape(outputs.shape).to(outputs.dtype)
        known = ~answers.isnan()
        each = _EACH[self.loss](outputs, answers.nan_to_num(0.0))
        if self.weights is not None:
            each = each * self.weights
        return each[known].mean()


_EACH: Dict[Loss, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
    Loss.binaryCrossEntropy: lambda x, y: nn.functional.binary_cross_entropy_with_logits(x, y, reduction="none"),
    Loss.meanSquaredError: lambda x, y: nn.functional.mse_loss(x, y, reduction="none"),
    Loss.meanAbsoluteError: lambda x, y: nn.functional.l1_loss(x, y, reduction="none"),
}


class BuiltHead(NamedTuple):
    """A suggested head, ready to train."""

    model: nn.Sequential
    loss: HeadLoss
    optimizer: torch.optim.Optimizer
    entry: Head


def training_rows(
    file: File, head: Head, fold: Optional[int] = None, parts: Optional[Parts] = None
) -> "Tuple[np.ndarray[Any, Any], Parts]":
    """Rows to train with, and rows to score with by the name of their part.

    Of `parts`, where they are given, "train" trains.

    Of a holdout split the part named "train" (or "training", else the first one) trains and all others score. Of folds
    one validates (`fold`, else the part that the head's score is of, else the first) and all others train. Without a
    split all records train and none are left to score with.
    """
    if parts is not None:
        return parts["train"], {name: rows for name, rows in parts.items() if name != "train"}
    if head.split is None:
        return np.arange(len(file)), {}
    split = file.splits[file.header.splits[head.split].name]
    if split.kind == SplitKind.folds:
        held = fold if fold is not None else head.score_part or 0
        rows, validation = split.fold(held)
        return rows, {split.parts[split.part_index(held)]: validation}
    train = next((name for name in ("train", "training") if name in split.parts), split.parts[0])
    return split[train], {part: split[part] for part in split.parts if part != train}


def _layer(layer: Layer, width: int) -> nn.Module:
    epsilon = float(layer.epsilon)
    makers: Dict[LayerKind, Callable[[], nn.Module]] = {
        LayerKind.standardize: lambda: Standardize(width, epsilon),
        LayerKind.l2Normalize: lambda: L2Normalize(epsilon),
        LayerKind.linear: lambda: nn.Linear(width, layer.outputs),
        LayerKind.relu: nn.ReLU,
        LayerKind.gelu: nn.GELU,
        LayerKind.tanh: nn.Tanh,
        LayerKind.sigmoid: nn.Sigmoid,
        LayerKind.dropout: lambda: nn.Dropout(float(layer.rate)),
        LayerKind.batchNormalization: lambda: nn.BatchNorm1d(width, epsilon),
        LayerKind.layerNormalization: lambda: nn.LayerNorm(width, epsilon),
    }
    return makers[layer.kind]()


def _optimizer(head: Head, model: nn.Module) -> torch.optim.Optimizer:
    weights = list(model.parameters())
    if head.optimizer == Optimizer.sgd:
        return torch.optim.SGD(weights, head.learning_rate, head.momentum, weight_decay=head.weight_decay)
    if head.optimizer == Optimizer.adam:
        return torch.optim.Adam(weights, head.learning_rate, weight_decay=head.weight_decay)
    if head.optimizer == Optimizer.adamW:
        return torch.optim.AdamW(weights, head.learning_rate, weight_decay=head.weight_decay)
    search = "strong_wolfe" if head.learning_rate > 0 else None  # which divides by the rate
    return torch.optim.LBFGS(weights, head.learning_rate, line_search_fn=search)  # train_head adds the decay


def _modules(head: Head, width: int) -> Iterator[nn.Module]:
    learns = False
    for layer in head.layers:
        if layer.kind == LayerKind.standardize and learns:
            raise NotImplementedError(
                "a head standardizes what a layer that learns gives: its mean would change with each step"
            )
        yield _layer(layer, width)
        learns = learns or layer.kind in LEARNS
        width = layer.outputs or width


def _fit(model: nn.Sequential, dataset: Dataset) -> None:
    """Lets each standardizing layer see what the layers before it make of the training part."""
    before: List[nn.Module] = []
    for module in model:
        if isinstance(module, Standardize):
            seen = nn.Sequential(*before).eval()
            starts = range(0, len(dataset), 4096)
            module.fit(seen(dataset[slice(start, start + 4096)][0]) for start in starts)
        before.append(module)


def build_head(
    file: File,
    head: Union[Key, Head] = 0,
    fold: Optional[int] = None,
    seed: Optional[int] = None,
    parts: Optional[Parts] = None,
) -> BuiltHead:
    """A suggested head with fresh weights; standardization is that of the training part.

    :param head: its name or number, or one of your own
    :param fold: of a head whose split has folds, the one that validates
    :param parts: rows by the name of their part, in place of the head's split; "train" trains
    :param seed: in place of the head's own; PyTorch's own random numbers are left as they are
    :raises KeyError: where the file suggests no such head
    :raises NotImplementedError: where a layer standardizes what a layer that learns gives
    """
    entry = head if isinstance(head, Head) else file.head(head)
    rows, _ = training_rows(file, entry, fold, parts)
    dataset = Dataset(file, label=entry.label, features=entry.features, selected=rows)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed((entry.seed if seed is None else seed) & (1 << 63) - 1)
        model = nn.Sequential(*_modules(entry, dataset.width))
    with torch.no_grad():
        _fit(model, dataset)
    return BuiltHead(model, HeadLoss(entry.loss, entry.class_weights), _optimizer(entry, model), entry)

# SPDX-License-Identifier: Apache-2.0
"""Rules for suggested heads (spec/container.md, chapter 11)."""
from __future__ import annotations

import math
from typing import Iterable

from .errors import require
from .schema import Head, HeadTask, Header, LabelType, Layer, LayerKind, Loss

MOST_OUTPUTS = 1_048_576
NORMALISATIONS = (
    LayerKind.standardize,
    LayerKind.l2Normalize,
    LayerKind.batchNormalization,
    LayerKind.layerNormalization,
)
COLUMNS = {
    HeadTask.classification: (LabelType.categorical, LabelType.ordinal),
    HeadTask.multiLabel: (LabelType.multiLabel,),
    HeadTask.regression: (LabelType.number, LabelType.year),
}
LOSSES = {
    HeadTask.classification: (Loss.crossEntropy,),
    HeadTask.multiLabel: (Loss.binaryCrossEntropy,),
    HeadTask.regression: (Loss.meanSquaredError, Loss.meanAbsoluteError),
}


def _not_negative(values: Iterable[float]) -> bool:
    return all(math.isfinite(value) and value >= 0 for value in values)


def check_head(head: Head, header: Header) -> None:
    """Checks that a head can be built and trained without guessing.

    :raises PithError: corruptContainer
    """
    require(head.label < len(header.labels), f"a head predicts column {head.label}, which is not there")
    require(1 <= len(head.features) <= 256, f"a head takes {len(head.features)} feature blocks, 1 to 256 are allowed")
    require(len(set(head.features)) == len(head.features), "a head takes a feature block twice")
    require(
        all(block < len(header.features) for block in head.features), "a head takes a feature block that is not there"
    )
    require(head.split is None or head.split < len(header.splits), "a head is of a split that is not there")
    parts = 0 if head.split is None else len(header.splits[head.split].parts)
    require(head.score_part is None or head.score_part < parts, "a head's score is of a part that is not there")
    scores = (head.score, head.score_low, head.score_high)
    require(all(math.isfinite(score) for score in scores), "a head's score is not finite")
    require(
        head.score_metric or (scores == (0, 0, 0) and head.score_part is None), "a head has a score without a metric"
    )
    require(1 <= len(head.layers) <= 64, f"a head has {len(head.layers)} layers, 1 to 64 are allowed")
    for layer in head.layers:
        _check_layer(layer)
    require(head.layers[-1].kind == LayerKind.linear, "a head's last layer is not linear")
    column = header.labels[head.label]
    require(
        column.type in COLUMNS[head.task], f"a head for {head.task.name} predicts a column of type {column.type.name}"
    )
    outputs = 1 if head.task == HeadTask.regression else len(column.categories)
    require(
        head.layers[-1].outputs == outputs, f"a head has {head.layers[-1].outputs} outputs, its column needs {outputs}"
    )
    require(head.loss in LOSSES[head.task], f"a head for {head.task.name} has the loss {head.loss.name}")
    require(len(head.class_weights) in (0, outputs), "a head does not have one class weight for each output")
    require(
        _not_negative(float(weight) for weight in head.class_weights), "a head's class weight is negative or not finite"
    )
    require(
        _not_negative((head.learning_rate, head.momentum, head.weight_decay)),
        "a head's learning rate, momentum or weight decay is negative or not finite",
    )


def _check_layer(layer: Layer) -> None:
    if layer.kind == LayerKind.linear:
        require(
            1 <= layer.outputs <= MOST_OUTPUTS,
            f"a linear layer has {layer.outputs} outputs, 1 to {MOST_OUTPUTS} are allowed",
        )
    else:
        require(layer.outputs == 0, f"a layer of kind {layer.kind.name} has outputs")
    if layer.kind == LayerKind.dropout:
        require(0 <= layer.rate < 1, "a dropout's rate is not in [0, 1)")
    else:
        require(layer.rate == 0, f"a layer of kind {layer.kind.name} has a rate")
    if layer.kind in NORMALISATIONS:
        require(_not_negative((float(layer.epsilon),)), "a normalisation's epsilon is negative or not finite")
    else:
        require(layer.epsilon == 0, f"a layer of kind {layer.kind.name} has an epsilon")

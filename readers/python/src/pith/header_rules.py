# SPDX-License-Identifier: Apache-2.0
"""Rules that the header alone can break (spec/container.md, chapters 5, 9, 10)."""
from __future__ import annotations

import dataclasses
import math
from typing import Any, Iterable, Sequence

from .errors import require
from .head_rules import check_head
from .preamble import MOST_FEATURES, Preamble
from .recipes import parse_recipe
from .schema import Encoder, Entry, Header, LabelColumn, LabelType, Pooling, SplitEntry

MOST_STATES = 4096
WITH_CATEGORIES = (LabelType.categorical, LabelType.ordinal, LabelType.multiLabel)
WITH_RANGE = (LabelType.number, LabelType.year)


def check_header(header: Header, preamble: Preamble) -> None:
    """Checks everything that needs no section.

    :raises PithError: corruptContainer
    """
    require(header.record_count == preamble.record_count, "header and preamble state different numbers of records")
    require(header.encoders, "the header has no encoder")
    require(header.features, "the header has no feature block")
    for encoder in header.encoders:
        _check_encoder(encoder)
    for block in header.features:
        require(
            block.encoder < len(header.encoders), f"a feature block is of encoder {block.encoder}, which is not there"
        )
        errors = (block.max_absolute_error, block.root_mean_square_error, block.relative_l2_error)
        require(all(error >= 0 for error in errors), "a feature block's narrowing error is negative or not a number")
    require(
        header.encoders[header.features[0].encoder].feature_count == preamble.feature_count,
        "header and preamble state different numbers of features",
    )
    for what, entries in (
        ("feature block", header.features),
        ("label column", header.labels),
        ("grouping", header.groupings),
        ("split", header.splits),
    ):
        named: Iterable[Any] = entries
        _check_names([entry.name for entry in named], f"names of a {what}")
    for column in header.labels:
        _check_column(column, header)
    for split in header.splits:
        _check_split(split, header)
    for head in header.heads:
        check_head(head, header)
    _check_names(header.transforms, "transforms")
    require(_ascending(header.not_known), "the paths of what is not known do not ascend")
    if header.savings is not None:
        seconds = (header.savings.encoding_seconds, header.savings.loading_seconds, header.savings.head_seconds)
        require(
            all(math.isfinite(value) and value >= 0 for value in seconds), "measured seconds are not finite or negative"
        )


def _check_names(names: Sequence[str], what: str) -> None:
    require(all(names), f"{what} are empty")
    require(len(set(names)) == len(names), f"{what} stand twice")


def _ascending(texts: Sequence[str]) -> bool:
    stored = [text.encode("utf-8") for text in texts]
    return all(one < other for one, other in zip(stored, stored[1:]))


def _check_encoder(encoder: Encoder) -> None:
    require(len(encoder.model_sha256) in (0, 32), "a model's SHA-256 does not have 32 bytes")
    if encoder.recipe:
        parse_recipe(encoder.recipe)
    require(
        1 <= encoder.feature_count <= MOST_FEATURES,
        f"an encoder has {encoder.feature_count} features, 1 to {MOST_FEATURES} are allowed",
    )
    power = float(encoder.pooling_power)
    if encoder.pooling == Pooling.generalizedMean:
        require(math.isfinite(power) and power > 0, "a generalised mean has no positive power")
    else:
        require(power == 0, "a pooling other than the generalised mean has a power")
    for entries in (encoder.model, encoder.data_processing, encoder.performance, encoder.training):
        _check_entries(entries)


def _check_entries(entries: Sequence[Entry]) -> None:
    keys = [entry.key for entry in entries]
    require(all(keys), "an entry of the model information has no key")
    require(_ascending(keys), "the keys of the model information do not ascend")


def _check_column(column: LabelColumn, header: Header) -> None:
    categories = len(column.categories)
    _check_names(column.categories, "categories")
    if column.type in WITH_CATEGORIES:
        if column.type == LabelType.multiLabel:
            require(
                1 <= categories <= MOST_STATES,
                f"a multi-label column has {categories} categories, 1 to {MOST_STATES} are allowed",
            )
        require(len(column.counts) == categories, "a label column does not have one count for each category")
    else:
        require(categories == 0, "a label column has categories that its type does not have")
        require(not column.counts, "a label column has counts that its type does not have")
    require(len(column.codes) in (0, categories), "a label column does not have one code for each category")
    require(not column.unit or column.type == LabelType.number, "a label column has a unit but no numbers")
    require(
        column.grouping is None or column.grouping < len(header.groupings),
        "a label column is of a grouping that is not there",
    )
    require(
        column.uncertain_count == 0 or column.type == LabelType.multiLabel,
        "a label column counts uncertain values that its type does not have",
    )
    if column.type not in WITH_RANGE:
        require(column.minimum == 0 and column.maximum == 0, "a label column has a range but no numbers")


def _check_split(split: SplitEntry, header: Header) -> None:
    require(1 <= len(split.parts) <= 254, f"a split has {len(split.parts)} parts, 1 to 254 are allowed")
    _check_names(split.parts, "parts of a split")
    require(len(split.counts) == len(split.parts), "a split does not have one count for each part")
    require(
        split.grouping is None or split.grouping < len(header.groupings), "a split is of a grouping that is not there"
    )
    require(
        split.grouping is not None or split.groups_in_several_parts == 0, "a split without a grouping counts groups"
    )
    require(
        split.stratified_by is None or split.stratified_by < len(header.labels),
        "a split is stratified by a column that is not there",
    )


def schema_name(attribute: str) -> str:
    """The schema's name of an attribute: `model_sha256` is modelSha256."""
    first, *others = attribute.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in others)


def resolve(path: str, header: Header) -> Any:
    """What stands at a path like `encoders.0.licence`; None where this reader does not know the path."""
    found: Any = header
    for step in path.split("."):
        if dataclasses.is_dataclass(found):
            attributes = {schema_name(field.name): field.name for field in dataclasses.fields(found)}
            if step not in attributes:
                return None
            found = getattr(found, attributes[step])
        elif (
            isinstance(found, tuple) and step.isascii() and step.isdigit() and len(step) <= 9 and int(step) < len(found)
        ):
            found = found[int(step)]
        else:
            return None
    return found

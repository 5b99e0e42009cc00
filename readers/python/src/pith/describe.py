# SPDX-License-Identifier: Apache-2.0
"""A file's whole content as JSON values, in the form of the golden files (spec/container.md, chapter 16)."""
from __future__ import annotations

import dataclasses
import enum
import math
from typing import TYPE_CHECKING, Any, Callable, Dict, List

import numpy as np

from .header_rules import schema_name
from .info import entries
from .labels import Column
from .recipes import parse_recipe
from .schema import ElementType, Encoder, Encoding, Entry, LabelType, SectionEntry, SplitEntry

if TYPE_CHECKING:
    from .file import File

NAMESPACES = ("model", "data_processing", "performance", "training")


def plain(value: Any) -> Any:
    """Numbers, texts and lists of what the header holds: bytes as hexadecimal, enumerators by name."""
    if isinstance(value, enum.IntEnum):
        return value.name
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, np.float32):
        return float(str(value))
    if isinstance(value, tuple):
        return [plain(entry) for entry in value]
    if dataclasses.is_dataclass(value):
        return {schema_name(field.name): plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return value


def _null_where_not_finite(described: Dict[str, Any]) -> None:
    """JSON has no number for these. A loop, because a recipe may nest as deeply as its parser went."""
    rest: List[Any] = [described]
    while rest:
        inner = rest.pop()
        for key, value in inner.items() if isinstance(inner, dict) else enumerate(inner):
            if isinstance(value, (dict, list)):
                rest.append(value)
            elif isinstance(value, float) and not math.isfinite(value):
                inner[key] = None


def _encoder(encoder: Encoder) -> Dict[str, Any]:
    described: Dict[str, Any] = plain(encoder)
    described["modelSha256"] = described["modelSha256"] or None
    described["recipe"] = parse_recipe(encoder.recipe) if encoder.recipe else None
    for namespace in NAMESPACES:
        pairs: "tuple[Entry, ...]" = getattr(encoder, namespace)
        described[schema_name(namespace)] = entries(pairs)
    return described


def _split(split: SplitEntry) -> Dict[str, Any]:
    described: Dict[str, Any] = plain(split)
    del described["hasSeed"]
    described["seed"] = str(split.seed) if split.has_seed else None
    return described


def _section(entry: SectionEntry) -> Dict[str, Any]:
    described: Dict[str, Any] = plain(entry)
    for field, kind in (("type", ElementType), ("encoding", Encoding)):
        try:
            described[field] = kind(described[field]).name
        except ValueError:
            described[field] = "unknown"  # of a newer version, in a section that is skipped
    return described


def describe_head_and_sections(file: "File") -> Dict[str, Any]:
    """Everything but the records."""
    header = file.header
    features = [
        {**plain(block.entry), "type": block.type, "featureCount": block.shape[1]}
        for block in (file.features(i) for i in range(len(header.features)))
    ]
    heads = [{**plain(head), "seed": str(head.seed)} for head in header.heads]
    documents = [
        {**plain(document.entry), "length": len(document), "sha256": document.sha256} for document in file.documents
    ]
    described = {
        "rootSha256": file.root_sha256,
        "writer": header.writer,
        "recordCount": header.record_count,
        "dataset": plain(header.dataset),
        "notKnown": list(header.not_known),
        "savings": plain(header.savings),
        "encoders": [_encoder(encoder) for encoder in header.encoders],
        "features": features,
        "groupings": plain(header.groupings),
        "splits": [_split(split) for split in header.splits],
        "labels": plain(header.labels),
        "heads": heads,
        "documents": documents,
        "transforms": list(header.transforms),
        "sections": [_section(entry) for entry in header.sections],
        "signatures": [{"publicKey": one.public_key.hex(), "valid": one.valid()} for one in file.signatures],
    }
    _null_where_not_finite(described)
    return described


def _index(value: int) -> "int | None":
    return None if value < 0 else value


_STATES: Dict[int, Any] = {1: 1, 0: 0, -1: "uncertain", -128: None}


def _labels(column: Column) -> List[Any]:
    """One value for each record."""
    if column.type in (LabelType.categorical, LabelType.ordinal):
        return [None if index < 0 else {"category": index} for index in column.indices.tolist()]
    if column.type == LabelType.number:
        return [None if value != value else value for value in np.asarray(column.values).tolist()]
    if column.type == LabelType.year:
        years = column.values
        assert isinstance(years, np.ma.MaskedArray)
        return [None if gone else {"year": value} for value, gone in zip(years.data.tolist(), column.missing.tolist())]
    if column.type == LabelType.multiLabel:
        return [{"states": [_STATES[state] for state in states]} for states in column.states.tolist()]
    return list(column.values)


def describe_records(file: "File") -> List[Dict[str, Any]]:
    """One object for each record, features included: for small files."""
    records, names = file.records, file.records.names
    shortest: Callable[[Any], List[Any]] = lambda values: [[plain(value) for value in row] for row in values]
    columns = {
        "groups": [[_index(value) for value in grouping.numbers.tolist()] for grouping in file.groups.values()],
        "splits": [[_index(value) for value in split.assignment.tolist()] for split in file.splits.values()],
        "labels": [_labels(column) for column in file.labels.values()],
        "features": [shortest(file.features(i)[:]) for i in range(len(file.header.features))],
    }
    parents, transforms = records.parents.tolist(), records.transforms.tolist()
    return [
        {
            "id": records.id(row),
            "name": None if names is None else names[row],
            "parent": _index(parents[row]),
            "transform": _index(transforms[row]),
            **{what: [values[row] for values in lists] for what, lists in columns.items()},
        }
        for row in range(len(file))
    ]

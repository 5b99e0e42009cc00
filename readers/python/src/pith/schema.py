# SPDX-License-Identifier: Apache-2.0
"""The header's structs (spec/container.capnp) as dataclasses: one field a line, with its place on the wire.

Names are those of the schema in Python's spelling. A field that ends in Plus1 there has the index itself here, or None.
An empty text was not stated.
"""
from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Optional, Tuple

import numpy as np

from . import fields as wire

LIST_LIMIT = 1024
SMALL_LIST_LIMIT = 64


class EntityKind(enum.IntEnum):
    """What a contact is."""

    unspecified = 0
    person = 1
    researcher = 2
    university = 3
    researchCentre = 4
    hospital = 5
    company = 6
    authority = 7


class Pooling(enum.IntEnum):
    """How the values of the tap became one vector."""

    average = 0
    none = 1
    maximum = 2
    averageAndMaximum = 3
    generalizedMean = 4
    classToken = 5


class LabelType(enum.IntEnum):
    """What the values of a label column are."""

    categorical = 0
    number = 1
    text = 2
    ordinal = 3
    multiLabel = 4
    year = 5


class ColumnRole(enum.IntEnum):
    """Something to predict, or information about a record."""

    label = 0
    information = 1


class SplitKind(enum.IntEnum):
    """Parts with one use each, or folds of which each validates what was trained on the others."""

    holdout = 0
    folds = 1


class HeadTask(enum.IntEnum):
    """What a suggested head predicts."""

    classification = 0
    multiLabel = 1
    regression = 2


class LayerKind(enum.IntEnum):
    """A layer of a suggested head."""

    standardize = 0
    l2Normalize = 1
    linear = 2
    relu = 3
    gelu = 4
    tanh = 5
    sigmoid = 6
    dropout = 7
    batchNormalization = 8
    layerNormalization = 9


class Loss(enum.IntEnum):
    """The loss of a suggested head."""

    crossEntropy = 0
    binaryCrossEntropy = 1
    meanSquaredError = 2
    meanAbsoluteError = 3


class Optimizer(enum.IntEnum):
    """The optimizer of a suggested head."""

    sgd = 0
    adam = 1
    adamW = 2
    lbfgs = 3


class ElementType(enum.IntEnum):
    """The type of a section's elements."""

    unspecified = 0
    f32 = 1
    f16 = 2
    i8 = 3
    u8 = 4
    u32 = 5
    u64 = 6
    f64 = 7
    i32 = 8
    bf16 = 9
    i4 = 10


class Encoding(enum.IntEnum):
    """How a section's bytes are stored."""

    raw = 0
    zstd = 1
    zstdShuffled = 2


@dataclass(frozen=True)
class Provenance:
    """Of what the data set was derived from."""

    author: str = wire.text(0)
    source: str = wire.text(1)
    licence: str = wire.text(2)


@dataclass(frozen=True)
class Contact:
    """A person or institution to write to."""

    name: str = wire.text(0)
    kind: EntityKind = wire.enumerator(EntityKind, 0, EntityKind.unspecified)
    email: str = wire.text(1)
    role: str = wire.text(2)


@dataclass(frozen=True)
class Dataset:
    """What the author says about the data."""

    title: str = wire.text(0)
    author: str = wire.text(1)
    contact: str = wire.text(2)
    source: str = wire.text(3)
    licence: str = wire.text(4)
    notes: str = wire.text(5)
    version: str = wire.text(6)
    identifier: str = wire.text(7)
    citation: str = wire.text(8)
    augmentation: str = wire.text(9)
    original: Provenance = wire.struct_of(Provenance, 10)
    contacts: Tuple[Contact, ...] = wire.structs(Contact, 11, LIST_LIMIT)


@dataclass(frozen=True)
class DocumentEntry:
    """What is said about a document that travels with the data."""

    file_name: str = wire.name(0)
    media_type: str = wire.name(1)
    title: str = wire.text(2)
    short_description: str = wire.text(3)
    long_description: str = wire.text(4)
    author: str = wire.text(5)
    credits: str = wire.text(6)
    licence: str = wire.text(7)
    date: str = wire.text(8)
    originally_available_at: str = wire.text(9)
    how_to_cite: str = wire.text(10)
    published_at: str = wire.text(11)
    contact: str = wire.text(12)
    version: str = wire.text(13)


@dataclass(frozen=True)
class Measured:
    """What the owner measured; zero was not measured."""

    original_count: int = wire.u64(0)
    original_bytes: int = wire.u64(8)
    encoding_seconds: float = wire.f64(16)
    loading_seconds: float = wire.f64(24)
    head_seconds: float = wire.f64(32)
    epochs: int = wire.u32(40)


@dataclass(frozen=True)
class Entry:
    """One entry of the model information."""

    key: str = wire.name(0)
    value: str = wire.text(1)


@dataclass(frozen=True)
class Encoder:
    """A frozen network and everything needed to compute the same features again."""

    name: str = wire.name(0)
    model_sha256: bytes = wire.data(1)
    recipe: str = wire.text(2)
    tap: str = wire.name(3)
    tap_shape: Tuple[int, ...] = wire.numbers(4, "<u4", 8)
    pooling: Pooling = wire.enumerator(Pooling, 0)
    engine: str = wire.name(5)
    feature_count: int = wire.u32(4)
    pooling_power: np.float32 = wire.f32(8)
    family: str = wire.text(6)
    type: str = wire.text(7)
    architecture_source: str = wire.text(8)
    weights_source: str = wire.text(9)
    licence: str = wire.text(10)
    citation: str = wire.text(11)
    model: Tuple[Entry, ...] = wire.structs(Entry, 12, LIST_LIMIT)
    data_processing: Tuple[Entry, ...] = wire.structs(Entry, 13, LIST_LIMIT)
    performance: Tuple[Entry, ...] = wire.structs(Entry, 14, LIST_LIMIT)
    training: Tuple[Entry, ...] = wire.structs(Entry, 15, LIST_LIMIT)


@dataclass(frozen=True)
class FeatureBlock:
    """The features of one encoder for all records, and how far they are from the float32 that the network gave."""

    encoder: int = wire.u32(0)
    max_absolute_error: float = wire.f64(8)
    root_mean_square_error: float = wire.f64(16)
    relative_l2_error: float = wire.f64(24)
    name: str = wire.name(0)
    duplicate_count: int = wire.u64(32)


@dataclass(frozen=True)
class LabelColumn:
    """What is said about a label column, with the counts that tell its balance."""

    name: str = wire.name(0)
    type: LabelType = wire.enumerator(LabelType, 0)
    categories: Tuple[str, ...] = wire.texts(1, 1_000_000)
    role: ColumnRole = wire.enumerator(ColumnRole, 2)
    unit: str = wire.name(2)
    coding_system: str = wire.name(3)
    code: str = wire.name(4)
    codes: Tuple[str, ...] = wire.texts(5, 1_000_000)
    description: str = wire.text(6)
    grouping: Optional[int] = wire.reference(4)
    missing_count: int = wire.u64(8)
    uncertain_count: int = wire.u64(16)
    counts: Tuple[int, ...] = wire.numbers(7, "<u8", 1_000_000)
    minimum: float = wire.f64(24)
    maximum: float = wire.f64(32)


@dataclass(frozen=True)
class GroupingEntry:
    """A way in which records belong together."""

    name: str = wire.name(0)
    group_count: int = wire.u64(0)
    description: str = wire.text(1)


@dataclass(frozen=True)
class SplitEntry:
    """A named split: its parts, how it was made, and the certificate."""

    name: str = wire.name(0)
    kind: SplitKind = wire.enumerator(SplitKind, 0)
    parts: Tuple[str, ...] = wire.texts(1, 254)
    grouping: Optional[int] = wire.reference(4)
    groups_in_several_parts: int = wire.u64(8)
    stratified_by: Optional[int] = wire.reference(16)
    has_seed: bool = wire.flag(16)
    seed: int = wire.u64(24)
    method: str = wire.text(2)
    counts: Tuple[int, ...] = wire.numbers(3, "<u8", 254)


@dataclass(frozen=True)
class Layer:
    """One layer of a suggested head."""

    kind: LayerKind = wire.enumerator(LayerKind, 0)
    outputs: int = wire.u32(4)
    rate: np.float32 = wire.f32(8)
    epsilon: np.float32 = wire.f32(12)


@dataclass(frozen=True)
class Head:
    """A suggested head, which can be built and trained without guessing."""

    name: str = wire.name(0)
    task: HeadTask = wire.enumerator(HeadTask, 0)
    label: int = wire.u32(4)
    features: Tuple[int, ...] = wire.numbers(1, "<u4", 256)
    split: Optional[int] = wire.reference(8)
    layers: Tuple[Layer, ...] = wire.structs(Layer, 2, SMALL_LIST_LIMIT)
    loss: Loss = wire.enumerator(Loss, 2)
    class_weights: Tuple[np.float32, ...] = wire.numbers(3, "<f4", 1_048_576)
    optimizer: Optimizer = wire.enumerator(Optimizer, 12)
    learning_rate: float = wire.f64(16)
    momentum: float = wire.f64(24)
    weight_decay: float = wire.f64(32)
    batch_size: int = wire.u32(40)
    epochs: int = wire.u32(44)
    seed: int = wire.u64(48)
    score_metric: str = wire.name(4)
    score: float = wire.f64(56)
    score_low: float = wire.f64(64)
    score_high: float = wire.f64(72)
    score_part: Optional[int] = wire.reference(80)
    note: str = wire.text(5)


@dataclass(frozen=True)
class SectionEntry:
    """Where a section lies and what it holds. `type` and `encoding` are numbers: a skipped section may have any."""

    name: str = wire.text(0, 64)
    type: int = wire.code(0)
    required: bool = wire.flag(16)
    offset: int = wire.u64(8)
    length: int = wire.u64(16)
    shape: Tuple[int, ...] = wire.numbers(1, "<u8", 8)
    sha256: bytes = wire.data(2)
    encoding: int = wire.code(4)


@dataclass(frozen=True)
class Header:
    """The whole header."""

    writer: str = wire.name(0)
    record_count: int = wire.u64(0)
    dataset: Dataset = wire.struct_of(Dataset, 1)
    encoders: Tuple[Encoder, ...] = wire.structs(Encoder, 2, 256)
    features: Tuple[FeatureBlock, ...] = wire.structs(FeatureBlock, 3, 256)
    labels: Tuple[LabelColumn, ...] = wire.structs(LabelColumn, 4, LIST_LIMIT)
    sections: Tuple[SectionEntry, ...] = wire.structs(SectionEntry, 5, 8192)
    groupings: Tuple[GroupingEntry, ...] = wire.structs(GroupingEntry, 6, SMALL_LIST_LIMIT)
    splits: Tuple[SplitEntry, ...] = wire.structs(SplitEntry, 7, SMALL_LIST_LIMIT)
    heads: Tuple[Head, ...] = wire.structs(Head, 8, SMALL_LIST_LIMIT)
    documents: Tuple[DocumentEntry, ...] = wire.structs(DocumentEntry, 9, LIST_LIMIT)
    transforms: Tuple[str, ...] = wire.texts(10, 65_536, 65_536)
    not_known: Tuple[str, ...] = wire.texts(11, LIST_LIMIT, 65_536)
    savings: Optional[Measured] = wire.optional_struct(Measured, 12)

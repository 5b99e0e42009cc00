# SPDX-License-Identifier: Apache-2.0
"""Which records, and their features and answers as plain arrays."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional, Sequence, Tuple, Union

import numpy as np

from .labels import Column
from .schema import ColumnRole, LabelType

if TYPE_CHECKING:
    from .file import File

Key = Union[str, int]


def rows(
    file: "File", split: Optional[str] = None, part: Optional[str] = None
) -> "np.ndarray[Any, np.dtype[np.int64]]":
    """Rows of a part of a split, ascending; all of them where neither is given.

    :param split: the name of a split, or without `part` the name of a part of the file's first split that has it
    :param part: the name of a part of `split`, or of the first split that has it
    :raises KeyError: where there is no such split or part
    """
    if split is None and part is None:
        return np.arange(len(file))
    if split is not None and part is not None:
        return file.splits[split][part]
    wanted = split if part is None else part
    for candidate in file.splits.values():
        if wanted in candidate.parts:
            return candidate[wanted]
    known = ", ".join(f"{s.name}: {'/'.join(s.parts)}" for s in file.splits.values()) or "none"
    raise KeyError(f"no split has a part {wanted!r}; the file's splits are {known}")


def label_column(file: "File", label: Optional[Key] = None) -> Column:
    """The column to predict: the one that is named, or the first whose role is label.

    :raises KeyError: where there is none
    """
    if label is not None:
        return file.labels[label]
    for column in file.labels.values():
        if column.entry.role == ColumnRole.label and column.type != LabelType.text:
            return column
    raise KeyError("the file has no label column; name one with label=...")


def targets(column: Column) -> "Tuple[np.ndarray[Any, Any], np.ndarray[Any, np.dtype[np.bool_]]]":
    """Answers in the form that training takes, and which records have one.

    :return: int64 [N] of categories (-1 missing); float32 [N] of numbers and years, float32 [N, categories] of a
        multi-label column (NaN missing or uncertain); bool [N]
    :raises TypeError: for a column of texts
    """
    if column.type in (LabelType.categorical, LabelType.ordinal):
        indices = column.indices
        return indices, indices >= 0
    if column.type == LabelType.text:
        raise TypeError(f"column '{column.name}' holds texts, which are no answer to train with")
    found = np.array(column.values, np.float32)
    if column.type == LabelType.year:
        found[column.missing] = np.nan
    known = ~np.isnan(found)
    return found, known if found.ndim == 1 else known.any(1)


def join_features(
    file: "File", blocks: "Sequence[Key] | Key | None", selected: "np.ndarray[Any, Any]"
) -> "np.ndarray[Any, np.dtype[np.float32]]":
    """float32 [rows, sum of D]: the rows of one or several blocks side by side, in the order given."""
    names = [blocks] if blocks is None or isinstance(blocks, (str, int)) else list(blocks)
    read = [file.features(name)[selected] for name in names]
    return read[0] if len(read) == 1 else np.concatenate(read, 1)


def xy(
    file: "File",
    split: Optional[str] = None,
    label: Optional[Key] = None,
    part: Optional[str] = None,
    features: "Sequence[Key] | Key | None" = None,
) -> "Tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]":
    """Features and answers for scikit-learn. Records without an answer are left out.

    :param split: as in `rows`: `split="train"`, or `split="by-patient", part="train"`
    :param label: name or number of a column; the first one whose role is label where none is given
    :param features: name or number of a block, or several, which are joined; the first one where none is given
    :return: X float32 [rows, features]; y int64 [rows] of categories, float32 [rows] of numbers and years, or float32
        [rows, categories] of a multi-label column, where NaN is uncertain or missing
    """
    found, known = targets(label_column(file, label))
    selected = rows(file, split, part)
    selected = selected[known[selected]]
    return join_features(file, features, selected), found[selected]

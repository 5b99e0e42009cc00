# SPDX-License-Identifier: Apache-2.0
"""Label columns with typed values (spec/container.md, chapter 9)."""
from __future__ import annotations

from typing import Any, Dict, Tuple, Union

import numpy as np

from .joined import Texts
from .record_rules import MISSING, MISSING_YEAR, NONE, UNCERTAIN
from .schema import LabelColumn, LabelType
from .sections import Section


class Column:
    """One label column. What the header says about it (categories, unit, codes, counts) stands in `entry`."""

    def __init__(self, entry: LabelColumn, index: int, sections: Dict[str, Section]) -> None:
        self.entry = entry
        self.index = index
        self._sections = sections

    @property
    def name(self) -> str:
        """Unique in the file."""
        return self.entry.name

    @property
    def type(self) -> LabelType:
        """What the values are."""
        return self.entry.type

    @property
    def categories(self) -> Tuple[str, ...]:
        """The vocabulary, in the author's order; of an ordinal column from low to high."""
        return self.entry.categories

    @property
    def unit(self) -> str:
        """Of a number, in UCUM where it has one."""
        return self.entry.unit

    def _stored(self, part: str) -> "np.ndarray[Any, Any]":
        return self._sections[f"labels/{self.index}/{part}"].rows()

    @property
    def indices(self) -> "np.ndarray[Any, np.dtype[np.int64]]":
        """int64 [N]: of a categorical or ordinal column the index into `categories`, -1 where it is missing."""
        self._only(LabelType.categorical, LabelType.ordinal)
        stored = self._stored("index")
        found = stored.astype(np.int64)
        found[stored == NONE] = -1
        return found

    @property
    def states(self) -> "np.ndarray[Any, np.dtype[np.int8]]":
        """int8 [N, categories] of a multi-label column: 1 present, 0 absent, -1 uncertain, -128 missing."""
        self._only(LabelType.multiLabel)
        return self._stored("states")

    @property
    def values(self) -> "Union[np.ndarray[Any, Any], np.ma.MaskedArray[Any, Any], Texts]":
        """The values in the form that suits their type.

        categorical, ordinal: masked int64 [N] · number: float64 [N], NaN where missing · year: masked int32 [N] ·
        text: a sequence of N texts, None where missing · multiLabel: float32 [N, categories], 1 present, 0 absent,
        NaN uncertain or missing (`states` tells them apart)
        """
        if self.type in (LabelType.categorical, LabelType.ordinal):
            indices = self.indices
            return np.ma.MaskedArray(indices, indices < 0)  # type: ignore[no-untyped-call]
        if self.type == LabelType.number:
            return self._stored("number")
        if self.type == LabelType.year:
            years = self._stored("year")
            return np.ma.MaskedArray(years, years == MISSING_YEAR)  # type: ignore[no-untyped-call]
        if self.type == LabelType.text:
            return Texts(self._sections[f"labels/{self.index}/offset"], self._sections[f"labels/{self.index}/text"])
        states = self.states
        found = states.astype(np.float32)
        found[(states == UNCERTAIN) | (states == MISSING)] = np.nan
        return found

    @property
    def missing(self) -> "np.ndarray[Any, np.dtype[np.bool_]]":
        """bool [N], or [N, categories] of a multi-label column: where nothing is known."""
        if self.type in (LabelType.categorical, LabelType.ordinal):
            return self.indices < 0
        if self.type == LabelType.year:
            return self._stored("year") == MISSING_YEAR
        if self.type == LabelType.multiLabel:
            return self.states == MISSING
        values = self.values
        return values.missing() if isinstance(values, Texts) else np.isnan(values)

    def _only(self, *types: LabelType) -> None:
        if self.type not in types:
            raise TypeError(
                f"column '{self.name}' is of type {self.type.name}, not {' or '.join(t.name for t in types)}"
            )

    def __repr__(self) -> str:
        return f"<column '{self.name}': {self.type.name}, {self.entry.missing_count} missing>"

# SPDX-License-Identifier: Apache-2.0
"""Groupings, and splits into named parts (spec/container.md, chapter 10)."""
from __future__ import annotations

from typing import Any, NamedTuple, Optional, Tuple, Union

import numpy as np

from .record_rules import NO_PART, NONE
from .schema import GroupingEntry, SplitEntry, SplitKind
from .sections import Section


class Grouping:
    """A way in which records belong together: one patient, one study."""

    def __init__(self, entry: GroupingEntry, section: Section) -> None:
        self.entry = entry
        self._section = section

    @property
    def name(self) -> str:
        """Unique in the file."""
        return self.entry.name

    @property
    def count(self) -> int:
        """How many groups there are."""
        return self.entry.group_count

    @property
    def numbers(self) -> "np.ndarray[Any, np.dtype[np.int64]]":
        """int64 [N]: the group of each record, -1 for none. What scikit-learn calls `groups`."""
        stored = self._section.rows()
        found = stored.astype(np.int64)
        found[stored == NONE] = -1
        return found

    def rows(self, group: int) -> "np.ndarray[Any, np.dtype[np.int64]]":
        """The records of one group."""
        return np.flatnonzero(self.numbers == group)

    def __repr__(self) -> str:
        return f"<grouping '{self.name}': {self.count} groups>"


class Certificate(NamedTuple):
    """How many groups stand in several parts. The count was checked against the records when the file was opened."""

    grouping: Optional[str]
    groups_in_several_parts: int

    @property
    def holds(self) -> bool:
        """Whether a grouping is named and none of its groups stands on two sides."""
        return self.grouping is not None and self.groups_in_several_parts == 0


class Split:
    """A named split. `split["train"]` gives the rows of a part."""

    def __init__(
        self, entry: SplitEntry, section: Section, grouping: Optional[str], stratified_by: Optional[str]
    ) -> None:
        self.entry = entry
        self._section = section
        self.certificate = Certificate(grouping, entry.groups_in_several_parts)
        self.stratified_by = stratified_by

    @property
    def name(self) -> str:
        """Unique in the file."""
        return self.entry.name

    @property
    def parts(self) -> Tuple[str, ...]:
        """Names of the parts."""
        return self.entry.parts

    @property
    def kind(self) -> SplitKind:
        """holdout or folds"""
        return self.entry.kind

    @property
    def seed(self) -> Optional[int]:
        """The seed it was drawn with, where it is stated."""
        return self.entry.seed if self.entry.has_seed else None

    @property
    def assignment(self) -> "np.ndarray[Any, np.dtype[np.int64]]":
        """int64 [N]: the part of each record, -1 for none."""
        stored = self._section.rows()
        found = stored.astype(np.int64)
        found[stored == NO_PART] = -1
        return found

    def part_index(self, part: Union[str, int]) -> int:
        """The number of a part.

        :raises KeyError: where the split has no such part
        """
        if isinstance(part, str) and part in self.parts:
            return self.parts.index(part)
        if isinstance(part, int) and 0 <= part < len(self.parts):
            return part
        raise KeyError(f"split '{self.name}' has no part {part!r}; it has {', '.join(map(repr, self.parts))}")

    def __getitem__(self, part: Union[str, int]) -> "np.ndarray[Any, np.dtype[np.int64]]":
        return np.flatnonzero(self._section.rows() == self.part_index(part))

    def fold(self, index: Union[str, int]) -> "Tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]":
        """(rows to train on, rows to validate with) of one fold: all other parts, and the part itself."""
        if self.kind != SplitKind.folds:
            raise TypeError(f"split '{self.name}' has no folds")
        parts, held = self._section.rows(), self.part_index(index)
        return np.flatnonzero((parts != held) & (parts != NO_PART)), np.flatnonzero(parts == held)

    def __repr__(self) -> str:
        sizes = ", ".join(f"{part} {count}" for part, count in zip(self.parts, self.entry.counts))
        return f"<split '{self.name}': {sizes}>"

# SPDX-License-Identifier: Apache-2.0
"""Ids, names and views (spec/container.md, chapter 7)."""
from __future__ import annotations

from typing import Any, Dict, Iterable, Optional

import numpy as np

from .joined import Texts
from .record_rules import NONE
from .sections import Section


class Records:
    """What stands in the file about each record besides features, labels, groups and splits."""

    def __init__(self, count: int, sections: Dict[str, Section]) -> None:
        self._count = count
        self._sections = sections

    def __len__(self) -> int:
        return self._count

    @property
    def ids(self) -> "np.ndarray[Any, np.dtype[np.uint8]]":
        """uint8 [N, 16], strictly ascending: a view of the map."""
        return self._sections["records/id"].rows()

    def id(self, row: int) -> str:
        """32 hexadecimal digits."""
        return bytes(self.ids[range(self._count)[row]]).hex()

    def find(self, ids: Iterable[str]) -> "np.ndarray[Any, np.dtype[np.int64]]":
        """int64: the row of each id (32 hexadecimal digits), -1 where it is not in this file."""
        stored = np.ascontiguousarray(self.ids).view("V16")[:, 0]
        wanted = [bytes.fromhex(text) for text in ids]
        places = [_first_not_below(stored, value) for value in wanted]
        return np.array(
            [
                place if place < self._count and stored[place].tobytes() == value else -1
                for place, value in zip(places, wanted)
            ],
            np.int64,
        )

    @property
    def names(self) -> Optional[Texts]:
        """Names of the source files, None for a record without; None as a whole where the author kept none."""
        if "records/name/offset" not in self._sections:
            return None
        return Texts(self._sections["records/name/offset"], self._sections["records/name/text"])

    @property
    def parents(self) -> "np.ndarray[Any, np.dtype[np.int64]]":
        """int64 [N]: the row that a record is an augmented view of, -1 for none."""
        return self._references("records/parent")

    @property
    def transforms(self) -> "np.ndarray[Any, np.dtype[np.int64]]":
        """int64 [N]: how a view was made, an index into the header's `transforms`, -1 for none."""
        return self._references("records/transform")

    def _references(self, name: str) -> "np.ndarray[Any, np.dtype[np.int64]]":
        if name not in self._sections:
            return np.full(self._count, -1, np.int64)
        stored = self._sections[name].rows()
        found = stored.astype(np.int64)
        found[stored == NONE] = -1
        return found


def _first_not_below(stored: "np.ndarray[Any, Any]", value: bytes) -> int:
    low, high = 0, len(stored)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if stored[middle].tobytes() < value else (low, middle)
    return low

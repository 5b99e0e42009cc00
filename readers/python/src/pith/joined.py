# SPDX-License-Identifier: Apache-2.0
"""Texts that are joined in one section, with a section of offsets (spec/container.md, chapter 6)."""
from __future__ import annotations

import codecs
from typing import Any, Iterator, List, Optional, Sequence, Tuple, Union, overload

import numpy as np

from .errors import corrupt, require
from .sections import Section


CONTROL = bytes(byte for byte in (*range(32), 127) if byte not in b"\t\n")


class Texts(Sequence[Optional[str]]):
    """One text for each record, decoded when it is asked for; None where it is missing."""

    def __init__(self, offsets: Section, text: Section) -> None:
        self._offsets = offsets
        self._text = text

    def __len__(self) -> int:
        return self._offsets.shape[0] - 1

    @overload
    def __getitem__(self, index: int) -> Optional[str]:
        ...

    @overload
    def __getitem__(self, index: slice) -> List[Optional[str]]:
        ...

    def __getitem__(self, index: Union[int, slice]) -> Union[Optional[str], List[Optional[str]]]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        place = range(len(self))[index]
        start, stop = self._offsets.rows(place, place + 2).tolist()
        return self._text.rows(start, stop).tobytes().decode("utf-8") or None

    def __iter__(self) -> Iterator[Optional[str]]:
        for first, offsets in _windows(self._offsets):
            base = int(offsets[0])
            joined = self._text.rows(base, int(offsets[-1])).tobytes()
            places = (offsets - offsets[:1]).tolist()
            for start, stop in zip(places, places[1:]):
                yield joined[start:stop].decode("utf-8") or None

    def missing(self) -> "np.ndarray[Any, np.dtype[np.bool_]]":
        """[N]: which texts are missing."""
        offsets = self._offsets.rows()
        return np.asarray(offsets[1:] == offsets[:-1])

    def __repr__(self) -> str:
        return f"<{len(self)} texts>"


def _windows(offsets: Section, rows: int = 4096) -> "Iterator[Tuple[int, np.ndarray[Any, Any]]]":
    """Offsets in overlapping pieces: each begins with the last one of the piece before."""
    for start in range(0, offsets.shape[0] - 1, rows):
        yield start, offsets.rows(start, min(start + rows + 1, offsets.shape[0]))


def check_texts(offsets: Section, text: Section, limit: int) -> int:
    """Checks joined texts and returns how many are empty.

    :param limit: bytes that one text may have
    :raises PithError: corruptContainer
    """
    length, empty = text.shape[0], 0
    places = offsets.rows()
    require(places[0] == 0, f"the first offset of '{offsets.name}' is not 0")
    require(places[-1] == length, f"the last offset of '{offsets.name}' is not the length of the texts")
    require(bool((places[1:] >= places[:-1]).all()), f"the offsets of '{offsets.name}' descend")
    lengths = places[1:] - places[:-1]
    require(int(lengths.max()) <= limit, f"a text of '{text.name}' has more than {limit} bytes")
    empty = int((lengths == 0).sum())
    _check_bytes(text, places)
    return empty


def _check_bytes(text: Section, places: "np.ndarray[Any, Any]") -> None:
    """UTF-8 as a whole, no text beginning inside a character, no control characters: then each text is right."""
    decoder, last = codecs.getincrementaldecoder("utf-8")(), 0
    for start, piece in text.pieces():
        stop = start + len(piece)
        stored = piece.tobytes()
        try:
            decoder.decode(stored, stop == text.shape[0])
        except UnicodeDecodeError:
            raise corrupt(f"'{text.name}' is not UTF-8") from None
        require(len(stored.translate(None, CONTROL)) == len(stored), f"'{text.name}' holds control characters")
        if stored.isascii():
            last = stored[-1]
            continue
        before = np.concatenate((np.array([last], np.uint8), piece[:-1]))
        require(
            not ((before == 0xC2) & (piece >= 0x80) & (piece < 0xA0)).any(), f"'{text.name}' holds control characters"
        )
        first, end = np.searchsorted(places, np.array([start, stop], places.dtype))
        begins = piece[(places[first:end] - np.uint64(start)).astype(np.int64)]
        require(not ((begins & 0xC0) == 0x80).any(), f"a text of '{text.name}' begins inside a character")
        last = stored[-1]


def equal_texts(offsets: Section, text: Section, one: "np.ndarray[Any, Any]", other: "np.ndarray[Any, Any]") -> bool:
    """Whether the texts of records `one` and `other` are equal, pair by pair."""
    places = offsets.rows().astype(np.int64)
    lengths = places[one + 1] - places[one]
    if bool((lengths != places[other + 1] - places[other]).any()):
        return False
    joined = text.rows()  # as a whole, since the two sides lie anywhere; at most 64 times what is stored
    cuts = np.searchsorted(np.cumsum(lengths), np.arange(1 << 18, int(lengths.sum()) + 1, 1 << 18), "right")
    for pairs in np.split(np.arange(len(one)), cuts):
        size = lengths[pairs]
        steps = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size)
        left, right = (joined[np.repeat(places[side[pairs]], size) + steps] for side in (one, other))
        if bool((left != right).any()):
            return False
    return True

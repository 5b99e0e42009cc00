# SPDX-License-Identifier: Apache-2.0
"""Cap'n Proto messages of one segment in canonical form, and nothing else of Cap'n Proto.

The whole message is walked once before anything is read from it. In canonical form every object begins where the one
before it in preorder ended, so the walk visits each word at most once and a reader can afterwards follow pointers
without further checks of bounds.
"""
from __future__ import annotations

import struct
from typing import List, NamedTuple, Optional, Tuple

from .errors import require

WORD = 8
NESTING_LIMIT = 64
# Lists of elements without any bytes are the one thing whose size the message's length does not bound.
EMPTY_ELEMENTS_LIMIT = 8192

VOID, BIT, BYTE, TWO_BYTES, FOUR_BYTES, EIGHT_BYTES, POINTER, COMPOSITE = range(8)
_BITS = {VOID: 0, BIT: 1, BYTE: 8, TWO_BYTES: 16, FOUR_BYTES: 32, EIGHT_BYTES: 64}
_POINTER = struct.Struct("<iI")


class _Pointer(NamedTuple):
    kind: int  # 0 struct, 1 list, 2 far, 3 other
    offset: int  # words from the end of the pointer
    upper: int  # sizes


class StructReader:
    """One struct of a checked message. Fields that the writer did not know read as zero or absent."""

    __slots__ = ("_message", "_data", "_data_bytes", "_pointers", "_pointer_count")

    def __init__(self, message: "Message", start: int, data_words: int, pointer_count: int) -> None:
        self._message = message
        self._data = start * WORD
        self._data_bytes = data_words * WORD
        self._pointers = start + data_words
        self._pointer_count = pointer_count

    def scalar(self, layout: struct.Struct, offset: int) -> "int | float":
        """The number at byte `offset` of the data section; zero beyond its end."""
        if offset + layout.size > self._data_bytes:
            return 0
        value = layout.unpack_from(self._message.data, self._data + offset)[0]
        assert isinstance(value, (int, float))
        return value

    def bytes_at(self, index: int, absent: bytes = b"") -> bytes:
        """Pointer `index` as a list of bytes; `absent` where it is null."""
        return self.bytes_of(self._pointer(index), absent)

    def raw_list(self, index: int, kind: int) -> Tuple[bytes, int]:
        """Pointer `index` as a list of numbers of `kind`: their bytes and how many there are."""
        found = self._message.list_at(self._pointer(index))
        if found is None:
            return b"", 0
        require(found[0] == kind, "the header holds a list of another kind where numbers belong")
        start, count = found[1] * WORD, found[2]
        return self._message.data[start : start + count * _BITS[kind] // 8], count

    def pointer_list(self, index: int) -> "List[Optional[int]]":
        """Pointer `index` as a list of pointers: the place of each, or None where it is null."""
        found = self._message.list_at(self._pointer(index))
        if found is None:
            return []
        require(found[0] == POINTER, "the header holds a list of another kind where texts belong")
        return [place if self._message.is_set(place) else None for place in range(found[1], found[1] + found[2])]

    def bytes_of(self, place: Optional[int], absent: bytes = b"") -> bytes:
        """The bytes behind one entry of `pointer_list`."""
        found = self._message.list_at(place)
        if found is None:
            return absent
        require(found[0] == BYTE, "the header holds a list of another kind where bytes belong")
        return self._message.data[found[1] * WORD : found[1] * WORD + found[2]]

    def struct_at(self, index: int) -> "Optional[StructReader]":
        """Pointer `index` as a struct; None where it is null."""
        place = self._pointer(index)
        if place is None:
            return None
        kind, offset, upper = self._message.pointer(place)
        require(kind == 0, "the header holds a list where a struct belongs")
        return StructReader(self._message, place + 1 + offset, upper & 0xFFFF, upper >> 16)

    def structs_at(self, index: int) -> "Tuple[int, StructList]":
        """Pointer `index` as a list of structs: their number, and the structs one by one."""
        found = self._message.list_at(self._pointer(index))
        if found is None:
            return 0, StructList(self._message, 0, 0, 0, 0)
        require(found[0] == COMPOSITE, "the header holds a list of another kind where structs belong")
        return found[2], StructList(self._message, found[1], found[2], found[3], found[4])

    def _pointer(self, index: int) -> Optional[int]:
        if index >= self._pointer_count:
            return None
        place = self._pointers + index
        return place if self._message.is_set(place) else None


class StructList(NamedTuple):
    """A list of structs of a checked message."""

    message: "Message"
    start: int
    length: int
    data_words: int
    pointers: int

    def at(self, index: int) -> StructReader:
        """Struct `index`."""
        size = self.data_words + self.pointers
        return StructReader(self.message, self.start + index * size, self.data_words, self.pointers)


class Message:
    """A message that was found to be in canonical form.

    :param data: the segment's bytes, a positive multiple of 8
    :raises PithError: corruptContainer for any other form, for pointers that lead outside and for deep nesting
    """

    def __init__(self, data: bytes) -> None:
        require(len(data) >= WORD and len(data) % WORD == 0, "the header's length is no positive multiple of 8")
        self.data = data
        self._words = len(data) // WORD
        self._head = 1
        if self.is_set(0):
            require(self.pointer(0).kind == 0, "the header's root is no struct")
            self._walk(0, 0)
        require(self._head == self._words, "the header is not in canonical form: bytes that nothing points at")

    @property
    def root(self) -> StructReader:
        """The root struct."""
        kind, offset, upper = self.pointer(0)
        return StructReader(self, 1 + offset if self.is_set(0) else 1, upper & 0xFFFF, upper >> 16)

    def pointer(self, place: int) -> _Pointer:
        """The pointer in word `place`."""
        lower, upper = _POINTER.unpack_from(self.data, place * WORD)
        return _Pointer(lower & 3, lower >> 2, upper)

    def is_set(self, place: int) -> bool:
        """Whether word `place` is not zero."""
        return self.data[place * WORD : place * WORD + WORD] != bytes(WORD)

    def list_at(self, place: Optional[int]) -> "Optional[Tuple[int, int, int, int, int]]":
        """The list behind a pointer: kind of its elements, their first word, their number, and of structs the sizes."""
        if place is None:
            return None
        kind, offset, upper = self.pointer(place)
        require(kind == 1, "the header holds a struct where a list belongs")
        start, element, count = place + 1 + offset, upper & 7, upper >> 3
        if element != COMPOSITE:
            return element, start, count, 0, 0
        lower, sizes = _POINTER.unpack_from(self.data, start * WORD)
        return element, start + 1, (lower & 0xFFFFFFFF) >> 2, sizes & 0xFFFF, sizes >> 16

    def _take(self, words: int) -> int:
        """Moves over the next object in preorder and returns where it began."""
        start = self._head
        require(words <= self._words - start, "a pointer in the header leads outside")
        self._head = start + words
        return start

    def _walk(self, place: int, depth: int) -> None:
        if not self.is_set(place):
            return
        require(depth < NESTING_LIMIT, f"the header nests deeper than {NESTING_LIMIT} levels")
        kind, offset, upper = self.pointer(place)
        require(kind < 2, "the header holds a far pointer or a capability")
        target = place + 1 + offset
        if kind == 0:
            if upper == 0:
                require(offset == -1, "the header is not in canonical form: an empty struct with a place")
                return
            require(target == self._head, "the header is not in canonical form: objects are not in preorder")
            self._structs(1, upper & 0xFFFF, upper >> 16, depth)
            return
        require(target == self._head, "the header is not in canonical form: objects are not in preorder")
        element, count = upper & 7, upper >> 3
        if element == COMPOSITE:
            self._composite(count, depth)
        elif element == POINTER:
            first = self._take(count)
            for pointer in range(first, first + count):
                self._walk(pointer, depth + 1)
        else:
            self._numbers(element, count)

    def _composite(self, words: int, depth: int) -> None:
        tag = self._take(1)
        lower, sizes = _POINTER.unpack_from(self.data, tag * WORD)
        require(lower & 3 == 0, "the header holds a list of structs without a valid tag")
        count, data_words, pointers = (lower & 0xFFFFFFFF) >> 2, sizes & 0xFFFF, sizes >> 16
        require(count * (data_words + pointers) == words, "the header holds a list of structs of another length")
        if data_words + pointers == 0:
            require(count <= EMPTY_ELEMENTS_LIMIT, "the header holds a long list of empty structs")
            return
        self._structs(count, data_words, pointers, depth)

    def _structs(self, count: int, data_words: int, pointers: int, depth: int) -> None:
        """Structs side by side, then what they point at. Sizes are canonical where some struct needs them."""
        size = data_words + pointers
        first = self._take(count * size)
        ends = range(first, first + count * size, size)
        require(
            data_words == 0 or any(self.is_set(start + data_words - 1) for start in ends),
            "the header is not in canonical form: a data section ends with zeros",
        )
        require(
            pointers == 0 or any(self.is_set(start + size - 1) for start in ends),
            "the header is not in canonical form: a pointer section ends with null",
        )
        if pointers == 0:
            return
        for start in ends:
            for pointer in range(start + data_words, start + size):
                self._walk(pointer, depth + 1)

    def _numbers(self, element: int, count: int) -> None:
        bits = count * _BITS[element]
        start = self._take((bits + 63) // 64)
        used, end = start * WORD + bits // 8, self._head * WORD
        if bits % 8:
            require(self.data[used] >> (bits % 8) == 0, "the header is not in canonical form: padding is not zero")
            used += 1
        require(self.data[used:end] == bytes(end - used), "the header is not in canonical form: padding is not zero")

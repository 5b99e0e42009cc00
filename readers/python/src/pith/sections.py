# SPDX-License-Identifier: Apache-2.0
"""Sections: where they lie, and their bytes, decompressed a chunk at a time (spec/container.md, chapter 6)."""
from __future__ import annotations

import hashlib
import math
import re
from collections import OrderedDict
from typing import Any, Dict, Iterator, Optional, Sequence, Tuple

import numpy as np

from . import zstd
from .errors import PithError, require
from .schema import ElementType, Encoding, SectionEntry

ALIGNMENT = 64
CHUNK = 1 << 20
MOST_INFLATION = 64
CACHED_CHUNKS = 8

# i4 and bf16 have no dtype in NumPy: two i4 lie in a byte, a bf16 in an unsigned 16-bit number.
DTYPES = {
    ElementType.f32: "<f4",
    ElementType.f16: "<f2",
    ElementType.i8: "i1",
    ElementType.u8: "u1",
    ElementType.u32: "<u4",
    ElementType.u64: "<u8",
    ElementType.f64: "<f8",
    ElementType.i32: "<i4",
    ElementType.bf16: "<u2",
    ElementType.i4: "u1",
}

_NAME = re.compile("[a-z0-9/-]{1,64}")


def align_up(offset: int) -> int:
    """The smallest multiple of 64 that is not below `offset`."""
    return -(-offset // ALIGNMENT) * ALIGNMENT


def stored_shape(type_: ElementType, shape: Sequence[int]) -> Tuple[int, ...]:
    """The shape in elements of `DTYPES`: the last extent of i4 is halved."""
    if type_ != ElementType.i4:
        return tuple(shape)
    require(len(shape) > 0, "a section of i4 has no axes")
    return (*shape[:-1], -(-shape[-1] // 2))


class Section:
    """One section whose place and length were checked. Its bytes are read when they are asked for."""

    def __init__(self, entry: SectionEntry, view: memoryview) -> None:
        self.entry = entry
        self.name = entry.name
        self._stored = view[entry.offset : entry.offset + entry.length]
        self._cache: "OrderedDict[int, np.ndarray[Any, Any]]" = OrderedDict()
        try:
            self.type: Optional[ElementType] = ElementType(entry.type)
            self.encoding: Optional[Encoding] = Encoding(entry.encoding)
        except ValueError:
            # Only of a section that is skipped; check_known refuses it for any other.
            self.type = self.encoding = None
            return
        require(self.type != ElementType.unspecified, f"section '{self.name}' has no element type")
        self.dtype = np.dtype(DTYPES[self.type])
        self.shape = stored_shape(self.type, entry.shape)
        self.raw_length = math.prod(self.shape) * self.dtype.itemsize
        self._check_length()

    def _check_length(self) -> None:
        entry, raw = self.entry, self.raw_length
        if self.encoding == Encoding.raw:
            require(entry.length == raw, f"section '{self.name}' has {entry.length} bytes, its shape needs {raw}")
            return
        require(raw > 0, f"section '{self.name}' is empty but compressed")
        require(
            raw <= MOST_INFLATION * entry.length,
            f"section '{self.name}' grows more than {MOST_INFLATION} times when it is decompressed",
        )
        require(
            self.encoding != Encoding.zstdShuffled or self.dtype.itemsize > 1,
            f"section '{self.name}' has single bytes, which cannot be shuffled",
        )

    def check_known(self) -> None:
        """Refuses types and encodings of newer versions, for a section that will be read, and a false chunk table."""
        if self.type is None:
            raise PithError("unsupportedVersion", f"section '{self.name}' has a type or encoding of a newer version")
        if self.encoding == Encoding.raw:
            return
        count = -(-self.raw_length // CHUNK)
        require(len(self._stored) >= 4 * count, f"section '{self.name}' ends inside its table of chunks")
        lengths = np.frombuffer(self._stored, "<u4", count).astype(np.int64)
        self._ends = 4 * count + np.cumsum(lengths)
        self._starts = self._ends - lengths
        require(self._ends[-1] == len(self._stored), f"section '{self.name}' is not filled by its chunks")

    def matches_hash(self) -> bool:
        """Whether the stored bytes have the SHA-256 that the header states."""
        return hashlib.sha256(self._stored).digest() == self.entry.sha256

    def chunk(self, index: int) -> "np.ndarray[Any, np.dtype[np.uint8]]":
        """Bytes `index * CHUNK` onwards, at most `CHUNK` of them; of a raw section a view.

        :raises PithError: corruptContainer where a chunk cannot be decompressed
        """
        if self.encoding == Encoding.raw:
            return np.frombuffer(self._stored, np.uint8)[index * CHUNK : (index + 1) * CHUNK]
        kept = self._cache.get(index)
        if kept is not None:
            return kept
        size = min(CHUNK, self.raw_length - index * CHUNK)
        frame = bytes(self._stored[self._starts[index] : self._ends[index]])
        found = np.frombuffer(zstd.decompress(frame, size), np.uint8)
        if self.encoding == Encoding.zstdShuffled:
            found = np.ascontiguousarray(found.reshape(self.dtype.itemsize, -1).T).reshape(-1)
        self._cache[index] = found
        if len(self._cache) > CACHED_CHUNKS:
            self._cache.popitem(last=False)  # one step, so that threads need no lock, which forking could leave held
        return found

    def _bytes(self, start: int, stop: int) -> "np.ndarray[Any, np.dtype[np.uint8]]":
        if self.encoding == Encoding.raw:
            return np.frombuffer(self._stored, np.uint8)[start:stop]
        if start == stop:
            return np.empty(0, np.uint8)  # at the end there is no chunk to take nothing from
        first, last = start // CHUNK, (stop - 1) // CHUNK
        if first == last:
            return self.chunk(first)[start - first * CHUNK : stop - first * CHUNK]
        target = np.empty(stop - start, np.uint8)
        for index in range(first, last + 1):
            begin, end = max(start, index * CHUNK), min(stop, (index + 1) * CHUNK)
            target[begin - start : end - start] = self.chunk(index)[begin - index * CHUNK : end - index * CHUNK]
        return target

    def rows(self, start: int = 0, stop: Optional[int] = None) -> "np.ndarray[Any, Any]":
        """Rows `start` to `stop` in the stored dtype: [rows, ...]; of a raw section a read-only view of the map."""
        stop = self.shape[0] if stop is None else stop
        row = self.raw_length // self.shape[0] if self.shape[0] else 0
        found = self._bytes(start * row, stop * row).view(self.dtype).reshape(stop - start, *self.shape[1:])
        found.flags.writeable = False
        return found

    def pieces(self, rows: Optional[int] = None) -> "Iterator[Tuple[int, np.ndarray[Any, Any]]]":
        """All rows in pieces of about a chunk, each with the number of its first row."""
        count = self.shape[0]
        row = max(1, self.raw_length // count if count else 1)
        step = rows or max(1, CHUNK // row)
        for start in range(0, count, step):
            yield start, self.rows(start, min(count, start + step))

    @property
    def is_raw(self) -> bool:
        """Whether rows are views of the map."""
        return self.encoding == Encoding.raw


def read_sections(
    entries: Sequence[SectionEntry], view: memoryview, header_end: int, length: int
) -> Dict[str, Section]:
    """All sections by name, in the order of the file.

    :raises PithError: corruptContainer where names, places or lengths break a rule
    """
    require(1 <= len(entries) <= 8192, f"the file has {len(entries)} sections, 1 to 8192 are allowed")
    end, found = header_end, {}  # type: int, Dict[str, Section]
    for entry in entries:
        require(_NAME.fullmatch(entry.name) is not None, "a section's name has characters that are not allowed")
        require(entry.name not in found, f"section '{entry.name}' stands twice in the header")
        require(len(entry.sha256) == 32, f"section '{entry.name}' has no SHA-256")
        start = align_up(end)
        require(entry.offset == start, f"section '{entry.name}' begins at {entry.offset}, not at {start}")
        require(start + entry.length <= length, f"section '{entry.name}' reaches beyond the end of the file")
        require(not any(view[end:start]), f"the padding before section '{entry.name}' is not zero")
        found[entry.name] = Section(entry, view)
        end = start + entry.length
    require(end == length, f"the last section ends at {end}, the file at {length}")
    return found

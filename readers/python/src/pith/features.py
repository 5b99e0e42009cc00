# SPDX-License-Identifier: Apache-2.0
"""Feature blocks as lazy arrays (spec/container.md, chapter 8)."""
from __future__ import annotations

from typing import Any, Dict, Iterator, NamedTuple, Optional, Tuple, Union

import numpy as np

from .errors import require
from .schema import ElementType, Encoder, FeatureBlock
from .sections import CHUNK, Section

Rows = Union[int, slice, "np.ndarray[Any, Any]", "list[int]", Tuple[int, ...]]


class Moments(NamedTuple):
    """Of each dimension over all records, float32 [D] each, as the writer computed them."""

    mean: "np.ndarray[Any, np.dtype[np.float32]]"
    std: "np.ndarray[Any, np.dtype[np.float32]]"
    minimum: "np.ndarray[Any, np.dtype[np.float32]]"
    maximum: "np.ndarray[Any, np.dtype[np.float32]]"


class Features:
    """The features of one encoder: an array [N, D] that lies in the file until rows are asked for.

    `block[rows]` takes a number, a slice, a list of numbers or a mask and gives float32 whatever the file stores; for
    f32 a slice is a view without a copy. `np.asarray(block)` reads all of it. `block.stored` is the memory map itself.
    """

    def __init__(self, entry: FeatureBlock, encoder: Encoder, index: int, sections: Dict[str, Section]) -> None:
        self._section = sections[f"features/{index}"]
        self._width = encoder.feature_count
        self._parts = {
            part: sections.get(f"features/{index}/{part}") for part in ("scale", "zero-point", "moments", "probe")
        }
        self.index = index
        self.entry = entry
        self.encoder = encoder
        self._parameters: Optional[Tuple[Any, Any]] = None

    @property
    def name(self) -> str:
        """Unique in the file."""
        return self.entry.name

    @property
    def type(self) -> str:
        """What the file stores: "f32", "f16", "bf16", "i8" or "i4"."""
        assert self._section.type is not None
        return self._section.type.name

    @property
    def shape(self) -> Tuple[int, int]:
        """(N, D)"""
        return self._section.shape[0], self._width

    @property
    def dtype(self) -> "np.dtype[np.float32]":
        """Of what `block[rows]` gives."""
        return np.dtype(np.float32)

    @property
    def ndim(self) -> int:
        """2"""
        return 2

    @property
    def is_compressed(self) -> bool:
        """Whether rows must be decompressed first: fine in the order of the file, slow in any other."""
        return not self._section.is_raw

    @property
    def stored(self) -> "np.ndarray[Any, Any]":
        """What is stored, undecoded, [N, D]: float32, float16, int8; bf16 as uint16; i4 as uint8 [N, ceil(D / 2)].

        A read-only view of the memory map where the block is not compressed; else it is decompressed as a whole.
        """
        return self._section.rows()

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Rows) -> "np.ndarray[Any, np.dtype[np.float32]]":
        if isinstance(rows, (int, np.integer)):
            place = range(len(self))[int(rows)]
            return self._decode(self._section.rows(place, place + 1))[0]
        if isinstance(rows, slice):
            return self._slice(rows)
        return self._decode(self.stored_rows(np.asarray(rows)))

    def _slice(self, rows: slice) -> "np.ndarray[Any, np.dtype[np.float32]]":
        start, stop, step = rows.indices(len(self))
        if step == 1:
            return self._decode(self._section.rows(start, max(start, stop)))
        return self[np.arange(start, stop, step)]

    def stored_rows(self, rows: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
        """Copies of some rows, undecoded, in the order of `rows` (numbers or a mask)."""
        rows = np.asarray(rows)
        require_rows(rows, len(self))
        rows = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows.astype(np.intp, copy=False)
        rows = np.where(rows < 0, rows + len(self), rows)
        return np.take(self._section.rows(), rows, axis=0) if self._section.is_raw else self._gather(rows)

    def _gather(self, rows: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
        """Rows of a compressed block: each chunk is decompressed once, in the order of the file."""
        section = self._section
        target = np.empty((len(rows), *section.shape[1:]), section.dtype)
        order = np.argsort(rows, kind="stable")
        step = max(1, CHUNK // max(1, section.raw_length // section.shape[0]))
        pieces = rows[order] // step
        for places in np.split(order, np.flatnonzero(np.diff(pieces)) + 1) if len(rows) else ():
            first = int(rows[places[0]]) // step * step
            piece = section.rows(first, min(first + step, len(self)))
            target[places] = piece[rows[places] - first]
        return target

    def dequantized(self, rows: Rows = slice(None)) -> "np.ndarray[Any, np.dtype[np.float32]]":
        """float32 [rows, D], always a copy that may be written to."""
        return np.array(self[rows], np.float32)

    def __array__(self, dtype: Any = None, copy: Optional[bool] = None) -> "np.ndarray[Any, Any]":
        if copy is False and (self.type != "f32" or self.is_compressed):
            raise ValueError(f"features of type {self.type} cannot be read as an array without a copy")
        values = self[:]
        return np.array(values, dtype) if copy or (dtype is not None and dtype != values.dtype) else values

    def pieces(self) -> "Iterator[Tuple[int, np.ndarray[Any, np.dtype[np.float32]]]]":
        """All rows in float32, about a megabyte at a time, each piece with the number of its first row."""
        for first, stored in self._section.pieces(max(1, CHUNK // (4 * self._width))):
            yield first, self._decode(stored)

    def decode(self, stored: "np.ndarray[Any, Any]") -> "np.ndarray[Any, np.dtype[np.float32]]":
        """float32 [rows, D] of rows of `stored`."""
        return self._decode(stored)

    def _decode(self, stored: "np.ndarray[Any, Any]") -> "np.ndarray[Any, np.dtype[np.float32]]":
        type_ = self._section.type
        if type_ == ElementType.f32:
            return stored
        if type_ == ElementType.f16:
            return stored.astype(np.float32)
        if type_ == ElementType.bf16:
            return (stored.astype(np.uint32) << np.uint32(16)).view(np.float32)
        if type_ == ElementType.i4:
            stored = unpack_i4(stored, self._width)
        scale, zero = self._scales()
        values = stored.astype(np.float32)
        with np.errstate(over="ignore", invalid="ignore"):
            values -= zero
            values *= scale
        return values

    def _scales(self) -> Tuple[Any, Any]:
        if self._parameters is None:
            scale, zero = self._parts["scale"], self._parts["zero-point"]
            assert scale is not None and zero is not None
            self._parameters = scale.rows(), zero.rows()
        return self._parameters

    @property
    def moments(self) -> Optional[Moments]:
        """Mean, standard deviation, minimum and maximum of each dimension; None where the file has none."""
        section = self._parts["moments"]
        return None if section is None else Moments(*section.rows())

    @property
    def probe(self) -> "Optional[np.ndarray[Any, np.dtype[np.float32]]]":
        """float32 [P, D]: the features of the built-in pictures of `pith.probe`; None where the file has none."""
        section = self._parts["probe"]
        return None if section is None else section.rows()

    def __repr__(self) -> str:
        return f"<features '{self.name}': {self.shape[0]} x {self.shape[1]} {self.type}>"


def require_rows(rows: "np.ndarray[Any, Any]", count: int) -> None:
    """Refuses what is no selection of rows, as NumPy would: IndexError."""
    if rows.ndim != 1 or not (rows.dtype.kind in "iu" or rows.dtype == np.bool_ or rows.size == 0):
        raise IndexError("rows are selected by a number, a slice, a list of numbers or a mask")
    if rows.dtype == np.bool_:
        if len(rows) != count:
            raise IndexError(f"a mask of {len(rows)} for {count} records")
    elif rows.size and (int(rows.min()) < -count or int(rows.max()) >= count):
        raise IndexError(f"row {int(rows.max())} of {count} records")


def unpack_i4(stored: "np.ndarray[Any, Any]", width: int) -> "np.ndarray[Any, np.dtype[np.int8]]":
    """int8 [rows, width] of two's complement halves of bytes, the even dimension in the lower half."""
    halves = np.empty((*stored.shape[:-1], 2 * stored.shape[-1]), np.int8)
    halves[..., 0::2] = (stored & 15 ^ 8).astype(np.int8) - 8
    halves[..., 1::2] = (stored >> 4 ^ 8).astype(np.int8) - 8
    return halves[..., :width]


def check_padding(stored: "np.ndarray[Any, Any]", width: int) -> None:
    """The four bits behind a row of odd D of i4.

    :raises PithError: corruptContainer
    """
    require(width % 2 == 0 or not (stored[..., -1] >> 4).any(), "the bits behind a row of i4 are not zero")

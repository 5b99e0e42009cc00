# SPDX-License-Identifier: Apache-2.0
"""How fields of the header lie in Cap'n Proto structs, so that `schema.py` can say it once, beside each field."""
from __future__ import annotations

import dataclasses
import enum
import re
import struct
from typing import Any, Callable, Optional, Tuple, Type, TypeVar

import numpy as np

from . import capnp
from .errors import PithError, corrupt, require

NAME_BYTES = 1024
TEXT_BYTES = 65536

# An empty text as it is stored: a list without any bytes is no text.
EMPTY_TEXT = b"\0"

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_U16, _U32, _U64 = struct.Struct("<H"), struct.Struct("<I"), struct.Struct("<Q")
_F32, _F64 = struct.Struct("<f"), struct.Struct("<d")

Read = Callable[[capnp.StructReader], Any]
T = TypeVar("T")


def decode_text(stored: bytes, limit: int, what: str) -> str:
    """A text as Cap'n Proto stores it: UTF-8 and a zero byte."""
    require(stored[-1:] == b"\0", f"{what} does not end with a zero byte")
    require(len(stored) - 1 <= limit, f"{what} has {len(stored) - 1} bytes, at most {limit} are allowed")
    try:
        decoded = stored[:-1].decode("utf-8")
    except UnicodeDecodeError:
        raise corrupt(f"{what} is not UTF-8") from None
    require(_CONTROL.search(decoded) is None, f"{what} holds control characters")
    return decoded


def _field(read: Read, default: Any) -> Any:
    return dataclasses.field(default=default, metadata={"read": read})


def text(pointer: int, limit: int = TEXT_BYTES) -> Any:
    return _field(lambda reader: decode_text(reader.bytes_at(pointer, EMPTY_TEXT), limit, "a text of the header"), "")


def name(pointer: int) -> Any:
    return text(pointer, NAME_BYTES)


def data(pointer: int) -> Any:
    return _field(lambda reader: reader.bytes_at(pointer), b"")


def texts(pointer: int, limit: int, each: int = NAME_BYTES) -> Any:
    def read(reader: capnp.StructReader) -> Tuple[str, ...]:
        places = reader.pointer_list(pointer)
        require(len(places) <= limit, f"a list of the header has {len(places)} texts, at most {limit} are allowed")
        stored = (reader.bytes_of(place, EMPTY_TEXT) for place in places)
        return tuple(decode_text(one, each, "a text of the header") for one in stored)

    return _field(read, ())


def _number(layout: struct.Struct, offset: int) -> Any:
    return _field(lambda reader: reader.scalar(layout, offset), 0)


def u32(offset: int) -> Any:
    return _number(_U32, offset)


def u64(offset: int) -> Any:
    return _number(_U64, offset)


def f32(offset: int) -> Any:
    # NumPy's float32 keeps the shortest decimal form, which float would lose.
    return _field(lambda reader: np.float32(reader.scalar(_F32, offset)), np.float32(0))


def f64(offset: int) -> Any:
    return _field(lambda reader: float(reader.scalar(_F64, offset)), 0.0)


def flag(bit: int) -> Any:
    return _field(lambda reader: bool(int(reader.scalar(_U16, bit // 16 * 2)) >> bit % 16 & 1), False)


def reference(offset: int) -> Any:
    """A field that ends in Plus1: the index, or None."""

    def read(reader: capnp.StructReader) -> Optional[int]:
        stored = int(reader.scalar(_U32, offset))
        return stored - 1 if stored else None

    return _field(read, None)


def enumerator(kind: Type[enum.IntEnum], offset: int, unknown: Optional[enum.IntEnum] = None) -> Any:
    """:param unknown: what an enumerator of a newer version reads as; without it such a file is refused"""

    def read(reader: capnp.StructReader) -> enum.IntEnum:
        stored = int(reader.scalar(_U16, offset))
        try:
            return kind(stored)
        except ValueError:
            if unknown is not None:
                return unknown
        raise PithError("unsupportedVersion", f"{kind.__name__} {stored} is of a newer version")

    return _field(read, kind(0))


def code(offset: int) -> Any:
    """An enumerator that is looked up later, because a section that is skipped may have any."""
    return _number(_U16, offset)


_KINDS = {"<u4": capnp.FOUR_BYTES, "<f4": capnp.FOUR_BYTES, "<u8": capnp.EIGHT_BYTES}


def numbers(pointer: int, dtype: str, limit: int) -> Any:
    def read(reader: capnp.StructReader) -> Tuple[Any, ...]:
        stored, count = reader.raw_list(pointer, _KINDS[dtype])
        require(count <= limit, f"a list of the header has {count} numbers, at most {limit} are allowed")
        array = np.frombuffer(stored, dtype)
        return tuple(array) if dtype == "<f4" else tuple(array.tolist())

    return _field(read, ())


def struct_of(kind: Type[T], pointer: int) -> Any:
    """A struct; its defaults where it is absent."""

    def read(reader: capnp.StructReader) -> T:
        found = reader.struct_at(pointer)
        return kind() if found is None else decode(kind, found)

    return dataclasses.field(default_factory=kind, metadata={"read": read})


def optional_struct(kind: Type[T], pointer: int) -> Any:
    """A struct; None where it is absent, or empty, which is the same."""

    def read(reader: capnp.StructReader) -> Optional[T]:
        found = reader.struct_at(pointer)
        decoded = kind() if found is None else decode(kind, found)
        return None if decoded == kind() else decoded

    return _field(read, None)


def structs(kind: Type[T], pointer: int, limit: int) -> Any:
    def read(reader: capnp.StructReader) -> Tuple[T, ...]:
        count, found = reader.structs_at(pointer)
        require(count <= limit, f"the header has {count} entries of {kind.__name__}, at most {limit} are allowed")
        return tuple(decode(kind, found.at(index)) for index in range(count))

    return _field(read, ())


_plans: "dict[type, Tuple[Tuple[str, Read], ...]]" = {}


def decode(kind: Type[T], reader: capnp.StructReader) -> T:
    """An instance of a dataclass whose fields were declared with the functions above."""
    plan = _plans.get(kind)
    if plan is None:
        declared = dataclasses.fields(kind)
        plan = _plans[kind] = tuple((field.name, field.metadata["read"]) for field in declared)
    return kind(**{field: read(reader) for field, read in plan})

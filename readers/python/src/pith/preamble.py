# SPDX-License-Identifier: Apache-2.0
"""The first 128 bytes of a container (spec/container.md, chapter 4)."""
from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass

from .errors import PithError, require
from .schema import ElementType

LENGTH = 128
MAGIC = b"\x8dPITH\r\n\x1a"
FEATURE_TYPES = (ElementType.f32, ElementType.f16, ElementType.i8, ElementType.bf16, ElementType.i4)
MOST_RECORDS = 4_294_967_294
MOST_FEATURES = 1_048_576

_FIELDS = struct.Struct("<8s4H6Q32s32s")


@dataclass(frozen=True)
class Preamble:
    """What the preamble says; its hash, its versions and its ranges were checked."""

    feature_type: ElementType
    feature_encoding: int
    length: int
    header_length: int
    feature_offset: int
    record_count: int
    feature_count: int
    header_sha256: bytes
    root_sha256: bytes


def parse(view: memoryview) -> Preamble:
    """The preamble of a whole file.

    :raises PithError: notAContainer, truncatedContainer, unsupportedVersion, hashMismatch, corruptContainer
    """
    start = bytes(view[:LENGTH])
    if start[:8] != MAGIC[: len(start[:8])]:
        raise PithError("notAContainer", "the file does not begin as a .pith container does")
    if len(start) < LENGTH:
        raise PithError("truncatedContainer", f"the file ends after {len(start)} bytes, inside the preamble")
    (
        _,
        major,
        _,
        type_,
        encoding,
        length,
        header_offset,
        header_length,
        feature_offset,
        record_count,
        feature_count,
        header_sha256,
        root,
    ) = _FIELDS.unpack(start)
    if major != 1:
        raise PithError("unsupportedVersion", f"the container has version {major}, this reader knows version 1")
    if hashlib.sha256(start[:96]).digest() != root:
        raise PithError("hashMismatch", "the preamble was changed or damaged")
    if type_ not in FEATURE_TYPES or encoding > 2:
        raise PithError("unsupportedVersion", f"features of type {type_} in encoding {encoding} are of a newer version")
    if len(view) < length:
        raise PithError("truncatedContainer", f"the file has {len(view)} of {length} bytes")
    require(header_offset == LENGTH, f"the header begins at {header_offset}, not at {LENGTH}")
    require(header_length > 0 and header_length % 8 == 0, "the header's length is no positive multiple of 8")
    require(LENGTH + header_length <= length, "the header reaches beyond the end of the file")
    require(1 <= record_count <= MOST_RECORDS, f"{record_count} records, 1 to {MOST_RECORDS} are allowed")
    require(1 <= feature_count <= MOST_FEATURES, f"{feature_count} features, 1 to {MOST_FEATURES} are allowed")
    return Preamble(
        ElementType(type_),
        encoding,
        length,
        header_length,
        feature_offset,
        record_count,
        feature_count,
        header_sha256,
        root,
    )

# SPDX-License-Identifier: Apache-2.0
"""What opening leaves out because it reads every byte: hashes, finite features, moments, duplicates, signatures."""
from __future__ import annotations

import os
from typing import Any, Dict, NamedTuple, Set, Tuple

import numpy as np

from . import signatures
from .errors import PithError, require
from .features import Features, check_padding
from .schema import ElementType, Header
from .sections import Section
from .signatures import Signature

Array = Any


class Verification(NamedTuple):
    """What `File.verify` found. That it returned at all says that hashes, values and statistics are right."""

    root_sha256: str
    signatures: Tuple[Tuple[Signature, "bool | None"], ...]

    @property
    def notes(self) -> Tuple[str, ...]:
        """What could not be checked, and what to install for it."""
        return (signatures.WHAT_TO_INSTALL,) if any(valid is None for _, valid in self.signatures) else ()


def verify_sections(header: Header, sections: Dict[str, Section]) -> None:
    """Reads everything once.

    :raises PithError: hashMismatch, nonFiniteFeature, corruptContainer
    """
    for section in sections.values():
        if not section.matches_hash():
            raise PithError("hashMismatch", f"section '{section.name}' was changed or damaged")
    for i, block in enumerate(header.features):
        _verify_block(Features(block, header.encoders[block.encoder], i, sections), sections[f"features/{i}"])
    for k in range(len(header.documents)):
        for _ in sections[f"documents/{k}"].pieces():
            pass  # a chunk that cannot be decompressed is refused


def verify_signatures(found: Tuple[Signature, ...]) -> Tuple[Tuple[Signature, "bool | None"], ...]:
    """Each signature with whether it is valid; None where no package is there to tell.

    :raises PithError: hashMismatch where one is invalid
    """
    checked = tuple((one, one.valid()) for one in found)
    for one, valid in checked:
        if valid is False:
            raise PithError("hashMismatch", f"the signature of key {one.public_key.hex()} is not of this file")
    return checked


class _Running:
    """Moments of each dimension, a piece of rows at a time: Chan's update of mean and squared deviations."""

    def __init__(self, width: int) -> None:
        self.count = 0
        self.mean, self.squares = np.zeros(width), np.zeros(width)
        self.minimum, self.maximum = np.full(width, np.inf, np.float32), np.full(width, -np.inf, np.float32)

    def add(self, values: Array) -> None:
        np.minimum(self.minimum, values.min(0), out=self.minimum)
        np.maximum(self.maximum, values.max(0), out=self.maximum)
        exact = values.astype(np.float64)
        mean, total = exact.mean(0), self.count + len(values)
        exact -= mean
        step = mean - self.mean
        self.squares += (exact * exact).sum(0) + step * step * (self.count * len(values) / total)
        self.mean += step * (len(values) / total)
        self.count = total

    @property
    def std(self) -> Array:
        return np.sqrt(self.squares / self.count)


def _verify_block(block: Features, section: Section) -> None:
    running = _Running(block.shape[1])
    for first, stored in section.pieces(max(1, (1 << 20) // (4 * block.shape[1]))):
        if section.type == ElementType.i4:
            check_padding(stored, block.shape[1])
        values = block.decode(stored)
        finite = np.isfinite(values)
        if not finite.all():
            row = first + int(np.flatnonzero(~finite.all(1))[0])
            raise PithError("nonFiniteFeature", f"a feature of record {row} in block '{block.name}' is not finite")
        if block.moments is not None:
            running.add(values)
    _check_moments(block, running)
    if block.probe is not None and not np.isfinite(block.probe).all():
        raise PithError("nonFiniteFeature", f"a feature of the probe of block '{block.name}' is not finite")
    duplicates = count_duplicates(section)
    require(
        duplicates == block.entry.duplicate_count,
        f"block '{block.name}' has {duplicates} duplicate rows, the header states {block.entry.duplicate_count}",
    )


def _check_moments(block: Features, running: _Running) -> None:
    stated = block.moments
    if stated is None:
        return
    span = running.maximum.astype(np.float64) - running.minimum
    allowed = 1e-5 * span + 1e-6 * np.abs(running.mean)
    right = (
        (stated.minimum == running.minimum)
        & (stated.maximum == running.maximum)
        & (np.abs(stated.mean - running.mean) <= allowed)
        & (np.abs(stated.std - running.std) <= allowed)
    )
    require(right.all(), f"the moments of block '{block.name}' are not those of its values")


def count_duplicates(section: Section) -> int:
    """How many rows have the bytes of a row before them.

    Rows are compared where their 64-bit fingerprints agree. The fingerprint is a sum of random odd multiples, drawn
    anew each time, so that nobody can make a file whose rows all collide.
    """
    count, row_bytes = section.shape[0], section.raw_length // section.shape[0]
    words = -(-row_bytes // 8)
    weights = np.frombuffer(os.urandom(8 * words), "<u8") | np.uint64(1)
    prints = np.empty(count, np.uint64)
    for first, stored in section.pieces():
        rows = np.zeros((len(stored), words * 8), np.uint8)
        rows[:, :row_bytes] = np.ascontiguousarray(stored).view(np.uint8).reshape(len(stored), row_bytes)
        prints[first : first + len(stored)] = (_spread(rows.view("<u8")) * weights).sum(1, dtype=np.uint64)
    order = np.argsort(prints, kind="stable")
    same = np.flatnonzero(prints[order][1:] == prints[order][:-1])
    if not len(same):
        return 0
    duplicates, seen, current = 0, set(), -1  # type: int, Set[bytes], int
    for place in same.tolist():
        if place != current:
            seen = {section.rows(int(order[place]), int(order[place]) + 1).tobytes()}
        row = section.rows(int(order[place + 1]), int(order[place + 1]) + 1).tobytes()
        duplicates += row in seen
        seen.add(row)
        current = place + 1
    return duplicates


def _spread(words: Array) -> Array:
    """Mixes each word, since a sum of multiples alone is linear and values of features are regular."""
    words = words ^ (words >> np.uint64(29))
    words *= np.uint64(0xBF58476D1CE4E5B9)
    return words ^ (words >> np.uint64(32))

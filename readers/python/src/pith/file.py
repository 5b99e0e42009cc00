# SPDX-License-Identifier: Apache-2.0
"""An open container."""
from __future__ import annotations

import hashlib
import mmap
import os
from typing import Any, Dict, Optional, Tuple, Union

import numpy as np

from . import capnp, preamble, selection
from .columns import Named
from .describe import describe_head_and_sections, describe_records
from .documents import Document
from .errors import PithError
from .features import Features, Moments
from .fields import decode
from .header_rules import check_header
from .info import Info
from .labels import Column
from .layout import check_layout
from .record_rules import check_records
from .records import Records
from .savings import Savings
from .schema import Head, Header
from .sections import Section, read_sections
from .signatures import Signature, parse_signatures
from .splits import Grouping, Split
from .verify import Verification, verify_sections, verify_signatures

MOST_HEADER_BYTES = 64 << 20

Source = Union[str, "os.PathLike[str]", bytes, bytearray, memoryview]
Key = Union[str, int]


class File:
    """A container whose header and records were checked; features stay in the file until they are asked for.

    A file that lies on disk is mapped: workers that are forked share it, and a pickled File opens the path again, which
    must still be the same file. Arrays that are views of the map keep it alive after `close`.

    :param source: a path, or the bytes of a whole file
    :param verify: also read everything once, as `verify()` does
    :raises PithError: with the `code` that the specification gives the violation
    :raises OSError: where the path cannot be read
    """

    def __init__(self, source: Source, verify: bool = False) -> None:
        if isinstance(source, (bytes, bytearray, memoryview)):
            self.path: Optional[str] = None
            self._view = memoryview(bytes(source))
        else:
            self.path = os.path.abspath(os.fspath(source))
            self._view = _mapped(self.path)
        self._read()
        if verify:
            self.verify()

    def _read(self) -> None:
        view, start = self._view, preamble.parse(self._view)
        if start.header_length > MOST_HEADER_BYTES:
            raise PithError(
                "containerTooLarge",
                f"the header has {start.header_length} bytes, this reader takes {MOST_HEADER_BYTES}",
            )
        header_end = preamble.LENGTH + start.header_length
        header = bytes(view[preamble.LENGTH : header_end])  # a copy: what is checked is what is used
        if hashlib.sha256(header).digest() != start.header_sha256:
            raise PithError("hashMismatch", "the header was changed or damaged")
        self.root_sha256 = start.root_sha256.hex()
        self.header = decode(Header, capnp.Message(header).root)
        check_header(self.header, start)
        self.sections: Dict[str, Section] = read_sections(self.header.sections, view, header_end, start.length)
        check_layout(self.header, start, self.sections)
        self.signatures: Tuple[Signature, ...] = parse_signatures(view, start.length, start.root_sha256)
        with np.errstate(all="ignore"):  # values that are refused must not also print a warning
            check_records(self.header, self.sections)

    def __len__(self) -> int:
        """N, the number of records."""
        return self.header.record_count

    def features(self, block: Optional[Key] = None) -> Features:
        """One feature block, by name or number; the first one where none is named.

        :raises KeyError: where there is no such block
        """
        place = Named("feature block", self.feature_names, lambda i: i)[0 if block is None else block]
        entry = self.header.features[place]
        return Features(entry, self.header.encoders[entry.encoder], place, self.sections)

    @property
    def feature_names(self) -> Tuple[str, ...]:
        """Names of the feature blocks."""
        return tuple(block.name for block in self.header.features)

    @property
    def labels(self) -> "Named[Column]":
        """Label columns by name."""
        columns = self.header.labels
        return Named(
            "label column", [column.name for column in columns], lambda k: Column(columns[k], k, self.sections)
        )

    @property
    def groups(self) -> "Named[Grouping]":
        """Groupings by name."""
        entries = self.header.groupings
        return Named(
            "grouping", [entry.name for entry in entries], lambda k: Grouping(entries[k], self.sections[f"groups/{k}"])
        )

    @property
    def splits(self) -> "Named[Split]":
        """Splits by name."""
        return Named("split", [split.name for split in self.header.splits], self._split)

    def _split(self, k: int) -> Split:
        entry, header = self.header.splits[k], self.header
        grouping = None if entry.grouping is None else header.groupings[entry.grouping].name
        stratified_by = None if entry.stratified_by is None else header.labels[entry.stratified_by].name
        return Split(entry, self.sections[f"splits/{k}"], grouping, stratified_by)

    @property
    def records(self) -> Records:
        """Ids, names, parents."""
        return Records(len(self), self.sections)

    @property
    def info(self) -> Info:
        """What the author says about data, encoders and documents."""
        return Info(self.header)

    @property
    def documents(self) -> Tuple[Document, ...]:
        """Documents that travel along."""
        return tuple(Document(entry, self.sections[f"documents/{k}"]) for k, entry in enumerate(self.header.documents))

    @property
    def heads(self) -> Tuple[Head, ...]:
        """Suggested heads, the author's favourite first."""
        return self.header.heads

    def head(self, which: Key = 0) -> Head:
        """One suggested head, by name or number.

        :raises KeyError: where there is no such head
        """
        if isinstance(which, str):  # names of heads may repeat: the first one counts
            which = next((k for k, head in enumerate(self.heads) if head.name == which), len(self.heads))
        if not 0 <= which < len(self.heads):
            known = ", ".join(repr(head.name) for head in self.heads) or "none"
            raise KeyError(f"no such head; the file suggests {known}")
        return self.heads[which]

    @property
    def savings(self) -> Optional[Savings]:
        """What running the network once saved; None where nothing was measured."""
        if self.header.savings is None:
            return None
        stored = sum(entry.length for entry in self.header.sections if entry.name.startswith("features/"))
        return Savings(self.header.savings, self._view.nbytes, stored)

    @property
    def moments(self) -> Optional[Moments]:
        """Moments of the first feature block."""
        return self.features().moments

    @property
    def probe(self) -> "Optional[np.ndarray[Any, np.dtype[np.float32]]]":
        """Probe of the first feature block."""
        return self.features().probe

    def rows(self, split: Optional[str] = None, part: Optional[str] = None) -> "np.ndarray[Any, np.dtype[np.int64]]":
        """Rows of a part of a split; see `pith.selection.rows`."""
        return selection.rows(self, split, part)

    def verify(self) -> Verification:
        """Reads everything once: hashes, finite features, moments, duplicates, signatures.

        :raises PithError: hashMismatch, nonFiniteFeature, corruptContainer
        """
        with np.errstate(all="ignore"):
            verify_sections(self.header, self.sections)
        return Verification(self.root_sha256, verify_signatures(self.signatures))

    def describe(self, records: bool = True) -> Dict[str, Any]:
        """The content as JSON values, as the specification's golden files have it.

        :param records: with every record and its features: for small files
        """
        described = describe_head_and_sections(self)
        if records:
            described["records"] = describe_records(self)
        return described

    def close(self) -> None:
        """Lets go of the file. Arrays that still look into the map keep it open until they are gone."""
        self.sections = _Closed()
        self._view = memoryview(b"")

    def __enter__(self) -> "File":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> "Tuple[Any, Tuple[Any, ...]]":
        return _reopen, (self.path if self.path is not None else bytes(self._view), self.root_sha256)

    def __repr__(self) -> str:
        return f"<pith file of {len(self)} records: {', '.join(repr(self.features(i)) for i in self.feature_names)}>"


class _Closed(Dict[str, Section]):
    """The sections of a file that was closed."""

    def __missing__(self, name: str) -> Section:
        raise ValueError("the file was closed")

    def __contains__(self, name: object) -> bool:
        raise ValueError("the file was closed")


def _mapped(path: str) -> memoryview:
    with open(path, "rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            return memoryview(b"")  # nothing can be mapped of an empty file
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def _reopen(source: Source, root_sha256: str) -> File:
    found = File(source)
    if found.root_sha256 != root_sha256:
        raise PithError("hashMismatch", "another file lies now where the pickled one was")
    return found

# SPDX-License-Identifier: Apache-2.0
"""Which sections a header calls for, of which type and shape (the table of spec/container.md, chapter 6)."""
from __future__ import annotations

import re
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple

from .errors import PithError, require
from .preamble import FEATURE_TYPES, Preamble
from .schema import ElementType as E
from .schema import Encoding, Header, LabelType
from .sections import Section

ANY = -1  # an extent that the section itself decides

_INDEX = "(?:0|[1-9][0-9]*)"
_KNOWN = re.compile(
    "|".join(
        (
            f"features/{_INDEX}(?:/(?:scale|zero-point|moments|probe))?",
            "records/(?:id|parent|transform|name/(?:offset|text))",
            f"groups/{_INDEX}",
            f"splits/{_INDEX}",
            f"labels/{_INDEX}/(?:index|number|offset|text|states|year)",
            f"documents/{_INDEX}",
            "privacy/report",
        )
    )
)


class Expected(NamedTuple):
    """One row of the table."""

    name: str
    types: Tuple[E, ...]
    shape: Tuple[int, ...]
    optional: bool = False  # whether it may be left out
    raw: bool = False


def _text(name: str, count: int, optional: bool = False) -> Iterator[Expected]:
    yield Expected(f"{name}/offset", (E.u64,), (count + 1,), optional=optional)
    yield Expected(f"{name}/text", (E.u8,), (ANY,), optional=optional)


def _features(header: Header, sections: Dict[str, Section]) -> Iterator[Expected]:
    for i, block in enumerate(header.features):
        name, width = f"features/{i}", header.encoders[block.encoder].feature_count
        yield Expected(name, FEATURE_TYPES, (header.record_count, width))
        stored = sections.get(name)
        if stored is not None and stored.type in (E.i8, E.i4):
            yield Expected(f"{name}/scale", (E.f32,), (width,))
            yield Expected(f"{name}/zero-point", (E.f32,), (width,))
        yield Expected(f"{name}/moments", (E.f32,), (4, width), optional=True)
        yield Expected(f"{name}/probe", (E.f32,), (ANY, width), optional=True)


def _labels(header: Header) -> Iterator[Expected]:
    count = header.record_count
    for k, column in enumerate(header.labels):
        name = f"labels/{k}"
        if column.type in (LabelType.categorical, LabelType.ordinal):
            yield Expected(f"{name}/index", (E.u32,), (count,))
        elif column.type == LabelType.number:
            yield Expected(f"{name}/number", (E.f64,), (count,))
        elif column.type == LabelType.text:
            yield from _text(name, count)
        elif column.type == LabelType.multiLabel:
            yield Expected(f"{name}/states", (E.i8,), (count, len(column.categories)))
        else:
            yield Expected(f"{name}/year", (E.i32,), (count,))


def expected_sections(header: Header, sections: Dict[str, Section]) -> List[Expected]:
    """The rows of the table for this header."""
    count = header.record_count
    rows = list(_features(header, sections))
    rows.append(Expected("records/id", (E.u8,), (count, 16), raw=True))
    rows.append(Expected("records/parent", (E.u32,), (count,), optional=True))
    rows.append(Expected("records/transform", (E.u32,), (count,), optional=True))
    rows.extend(_text("records/name", count, optional=True))
    rows.extend(Expected(f"groups/{k}", (E.u32,), (count,)) for k in range(len(header.groupings)))
    rows.extend(Expected(f"splits/{k}", (E.u8,), (count,)) for k in range(len(header.splits)))
    rows.extend(_labels(header))
    rows.extend(Expected(f"documents/{k}", (E.u8,), (ANY,)) for k in range(len(header.documents)))
    rows.append(Expected("privacy/report", (E.u8,), (ANY,), optional=True))
    return rows


def _check_one(row: Expected, section: Section) -> None:
    section.check_known()
    assert section.type is not None
    require(section.type in row.types, f"section '{row.name}' is of type {section.type.name}")
    shape = section.entry.shape
    require(
        len(shape) == len(row.shape) and all(want in (ANY, have) for want, have in zip(row.shape, shape)),
        f"section '{row.name}' has the shape {list(shape)}, which is not what the header calls for",
    )
    require(not row.raw or section.encoding == Encoding.raw, f"section '{row.name}' must not be compressed")


def _check_preamble(preamble: Preamble, sections: Dict[str, Section]) -> None:
    first = next(iter(sections.values()))
    require(first.name == "features/0", "the first section is not 'features/0'")
    require(
        (first.entry.type, first.entry.encoding, first.entry.offset)
        == (preamble.feature_type, preamble.feature_encoding, preamble.feature_offset),
        "preamble and header describe 'features/0' differently",
    )


def check_layout(header: Header, preamble: Preamble, sections: Dict[str, Section]) -> None:
    """Checks that the file has the sections that the header calls for, and no others of their names.

    :raises PithError: corruptContainer; unsupportedSection for an unknown section that is required
    """
    for section in sections.values():
        if section.entry.required and _KNOWN.fullmatch(section.name) is None:
            raise PithError("unsupportedSection", f"section '{section.name}' is required and of a newer version")
    _check_preamble(preamble, sections)
    rows = expected_sections(header, sections)
    for row in rows:
        found: Optional[Section] = sections.get(row.name)
        require(found is not None or row.optional, f"section '{row.name}' is missing")
        if found is not None:
            _check_one(row, found)
    for one, other in (("records/parent", "records/transform"), ("records/name/offset", "records/name/text")):
        require((one in sections) == (other in sections), f"'{one}' and '{other}' come together")
    called_for = {row.name for row in rows}
    for name in sections:
        require(name in called_for or _KNOWN.fullmatch(name) is None, f"the header does not call for section '{name}'")

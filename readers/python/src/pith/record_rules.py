# SPDX-License-Identifier: Apache-2.0
"""Rules about records that are checked whenever a file is opened: ids, views, groups, splits, counts of labels.

Everything is a few passes of NumPy over columns, one column at a time, so that opening takes neither time nor memory
for each record. Hashes and features are left to `verify.py`.
"""
from __future__ import annotations

from typing import Any, Callable, Dict, Optional, Sequence

import numpy as np

from .errors import require
from .fields import NAME_BYTES, TEXT_BYTES
from .joined import check_texts, equal_texts
from .schema import Header, LabelColumn, LabelType, SplitEntry
from .sections import Section

Array = Any  # NumPy 1.20 cannot say more at run time

NONE = 0xFFFFFFFF
NO_PART = 0xFF
MISSING_YEAR = -2147483648
PRESENT, ABSENT, UNCERTAIN, MISSING = 1, 0, -1, -128


def check_records(header: Header, sections: Dict[str, Section]) -> None:
    """Checks what the header claims about records against the records.

    :raises PithError: corruptContainer
    """
    _check_ids(sections["records/id"].rows())
    for k, entry in enumerate(header.groupings):
        _check_groups(sections[f"groups/{k}"].rows(), entry.group_count)
    if "records/parent" in sections:
        _check_views(header, sections)
    if "records/name/offset" in sections:
        check_texts(sections["records/name/offset"], sections["records/name/text"], NAME_BYTES)
    for k, split in enumerate(header.splits):
        grouping = None if split.grouping is None else sections[f"groups/{split.grouping}"].rows()
        _check_split(split, sections[f"splits/{k}"].rows(), grouping)
    for k, column in enumerate(header.labels):
        _CHECKS[column.type](column, f"labels/{k}", sections)
        if column.grouping is not None:
            _check_grouped(column, k, header, sections)
    for i in range(len(header.features)):
        _check_parameters(i, sections)


def _check_ids(ids: Array) -> None:
    halves = ids.view(">u8")
    upper, lower = halves[:, 0], halves[:, 1]
    rises = upper[1:] > upper[:-1]
    if not rises.all():
        rises |= (upper[1:] == upper[:-1]) & (lower[1:] > lower[:-1])
    require(rises.all(), "the records' ids do not ascend")


def _check_groups(numbers: Array, count: int) -> None:
    present = numbers[numbers != NONE]
    highest = np.maximum.accumulate(present) if len(present) else present
    require(
        len(present) == 0 or (present[0] == 0 and bool((present[1:] <= highest[:-1] + 1).all())),
        "groups are not numbered by first appearance",
    )
    found = int(highest[-1]) + 1 if len(present) else 0
    require(found == count, f"a grouping has {found} groups, the header states {count}")


def _check_views(header: Header, sections: Dict[str, Section]) -> None:
    parents, transforms = sections["records/parent"].rows(), sections["records/transform"].rows()
    is_view = parents != NONE
    require(bool((transforms[~is_view] == NONE).all()), "a record without a parent has a transform")
    views = np.flatnonzero(is_view)
    if not len(views):
        return
    of, how = parents[views], transforms[views]
    require(int(how.max()) < len(header.transforms), "a view's transform is not there")
    require(int(of.max()) < header.record_count, "a view's parent is not there")
    require(bool((parents[of] == NONE).all()), "a view's parent is itself a view")
    for k in range(len(header.groupings)):
        numbers = sections[f"groups/{k}"].rows()
        require(bool((numbers[views] == numbers[of]).all()), "a view is not in its parent's group")


def groups_in_several(numbers: Array, parts: Array) -> int:
    """How many groups have records in more than one part; records without a part or a group do not count."""
    counted = (numbers != NONE) & (parts != NO_PART)
    groups, where = (numbers, parts) if counted.all() else (numbers[counted], parts[counted])
    if not len(groups):
        return 0
    some = np.zeros(int(groups.max()) + 1, parts.dtype)
    some[groups] = where
    several = np.zeros(len(some), np.bool_)
    several[groups[some[groups] != where]] = True
    return int(several.sum())


def _check_split(split: SplitEntry, parts: Array, grouping: Optional[Array]) -> None:
    counts = np.bincount(parts, minlength=256)
    require(not counts[len(split.parts) : NO_PART].any(), "a record is in a part that the split does not have")
    require(tuple(counts[: len(split.parts)].tolist()) == split.counts, "a split's counts are not those of its records")
    if grouping is not None:
        found = groups_in_several(grouping, parts)
        require(
            found == split.groups_in_several_parts,
            f"{found} groups are in several parts of a split, the header states {split.groups_in_several_parts}",
        )


def _check_counts(column: LabelColumn, missing: int, counts: Sequence[int] = (), uncertain: int = 0) -> None:
    require(
        missing == column.missing_count,
        f"a label column has {missing} missing values, the header states {column.missing_count}",
    )
    require(
        uncertain == column.uncertain_count,
        f"a label column has {uncertain} uncertain values, the header states {column.uncertain_count}",
    )
    require(tuple(counts) == column.counts, "a label column's counts are not those of its records")


def _check_index(column: LabelColumn, name: str, sections: Dict[str, Section]) -> None:
    stored = sections[f"{name}/index"].rows()
    present = stored[stored != NONE]
    require(
        len(present) == 0 or int(present.max()) < len(column.categories), "a record has a category that is not there"
    )
    counts = np.bincount(present, minlength=len(column.categories))
    _check_counts(column, len(stored) - len(present), counts.tolist())


def _check_range(column: LabelColumn, present: Array) -> None:
    low, high = (float(present.min()), float(present.max())) if len(present) else (0.0, 0.0)
    require(column.minimum == low and column.maximum == high, "a label column's range is not that of its records")


def _check_number(column: LabelColumn, name: str, sections: Dict[str, Section]) -> None:
    stored = sections[f"{name}/number"].rows()
    present = stored[~np.isnan(stored)]
    require(bool(np.isfinite(present).all()), "a label is an infinite number")
    _check_counts(column, len(stored) - len(present))
    _check_range(column, present)


def _check_year(column: LabelColumn, name: str, sections: Dict[str, Section]) -> None:
    stored = sections[f"{name}/year"].rows()
    present = stored[stored != MISSING_YEAR]
    require(bool(((present >= 1) & (present <= 9999)).all()), "a label is a year outside 1 to 9999")
    _check_counts(column, len(stored) - len(present))
    _check_range(column, present)


def _check_text(column: LabelColumn, name: str, sections: Dict[str, Section]) -> None:
    _check_counts(column, check_texts(sections[f"{name}/offset"], sections[f"{name}/text"], TEXT_BYTES))


def _check_states(column: LabelColumn, name: str, sections: Dict[str, Section]) -> None:
    counts = np.zeros(len(column.categories), np.int64)
    missing = uncertain = 0
    for _, states in sections[f"{name}/states"].pieces():
        flat = states.reshape(-1)
        found = np.bincount(flat.view(np.uint8), minlength=256)
        missing += int(found[MISSING & 255])
        uncertain += int(found[UNCERTAIN & 255])
        known = found[[PRESENT, ABSENT, UNCERTAIN & 255, MISSING & 255]].sum()
        require(known == len(flat), "a multi-label state is none of 1, 0, -1, -128")
        counts += np.bincount(np.flatnonzero(flat == PRESENT) % len(counts), minlength=len(counts))
    _check_counts(column, missing, counts.tolist(), uncertain)


_CHECKS: Dict[LabelType, Callable[[LabelColumn, str, Dict[str, Section]], None]] = {
    LabelType.categorical: _check_index,
    LabelType.ordinal: _check_index,
    LabelType.number: _check_number,
    LabelType.year: _check_year,
    LabelType.text: _check_text,
    LabelType.multiLabel: _check_states,
}
_VALUES = {
    LabelType.categorical: "index",
    LabelType.ordinal: "index",
    LabelType.number: "number",
    LabelType.year: "year",
    LabelType.multiLabel: "states",
}


def _check_grouped(column: LabelColumn, k: int, header: Header, sections: Dict[str, Section]) -> None:
    """All records of a group have the value of one of them."""
    assert column.grouping is not None
    numbers = sections[f"groups/{column.grouping}"].rows()
    rows = np.flatnonzero(numbers != NONE)
    some = np.zeros(header.groupings[column.grouping].group_count, np.int64)
    some[numbers[rows]] = rows
    others = some[numbers[rows]]
    if column.type == LabelType.text:
        same = equal_texts(sections[f"labels/{k}/offset"], sections[f"labels/{k}/text"], rows, others)
    else:
        same = _equal_rows(sections[f"labels/{k}/{_VALUES[column.type]}"], rows, others)
    require(same, "records of one group have different values of a label that its grouping shares")


def _equal_rows(section: Section, one: Array, other: Array) -> bool:
    stored = section.rows()
    step = max(1, (1 << 20) // max(1, section.raw_length // section.shape[0]))
    for start in range(0, len(one), step):
        left, right = stored[one[start : start + step]], stored[other[start : start + step]]
        if not bool(((left == right) | ((left != left) & (right != right))).all()):
            return False
    return True


def _check_parameters(block: int, sections: Dict[str, Section]) -> None:
    """Scale and zero point of i8 and i4."""
    scale, zero = sections.get(f"features/{block}/scale"), sections.get(f"features/{block}/zero-point")
    if scale is None or zero is None:
        return
    steps = scale.rows()
    require(bool((np.isfinite(steps) & (steps > 0)).all()), "a scale is not finite or not above zero")
    require(bool(np.isfinite(zero.rows()).all()), "a zero point is not finite")

# SPDX-License-Identifier: Apache-2.0
"""One violation at a time, each with the error that the specification gives it."""
import struct
import unittest

import numpy as np
import pith
import samples
import writer
from writer import section

CORRUPT = "corruptContainer"


def build(change=lambda header, sections: None, type_="f32", **override):
    header, sections, *_ = samples.rich(12, 5, type_)
    sections = change(header, sections) or sections
    return writer.container(header, sections, **override)


def named(sections, name):
    return next(one for one in sections if one["name"] == name)


def with_bytes(name, dtype, place, value):
    """A change that sets one element of a section."""

    def change(header, sections):
        array = np.frombuffer(named(sections, name)["bytes"], dtype).copy()
        array.reshape(-1)[place] = value
        named(sections, name)["bytes"] = array.tobytes()

    return change


def with_header(*path_and_value):
    """A change that sets one field of the header."""
    *path, last, value = path_and_value

    def change(header, sections):
        place = header
        for step in path:
            place = place[step]
        place[last] = value

    return change


def with_section(name, **changes):
    """A change of one section's description."""
    return lambda header, sections: named(sections, name).update(changes)


def without(*names):
    return lambda header, sections: [one for one in sections if one["name"] not in names]


def adding(one, before=None):
    def change(header, sections):
        place = len(sections) if before is None else [entry["name"] for entry in sections].index(before)
        return [*sections[:place], one, *sections[place:]]

    return change


UNKNOWN = section("later/thing", "u8", [1, 2], required=False)
HEAD = ("heads", 0)
LAYERS = (*HEAD, "layers")

CASES = {
    "no encoder": with_header("encoders", []),
    "block of an encoder that is not there": with_header("features", 1, "encoder", 2),
    "block without a name": with_header("features", 1, "name", ""),
    "two blocks of one name": with_header("features", 1, "name", "main"),
    "negative error": with_header("features", 0, "maxAbsoluteError", -1e-300),
    "error that is no number": with_header("features", 0, "relativeL2Error", float("nan")),
    "duplicates that are none": with_header("features", 0, "duplicateCount", 1),
    "short model hash": with_header("encoders", 0, "modelSha256", b"abc"),
    "recipe without size": with_header("encoders", 0, "recipe", "{}"),
    "recipe with a size of fractions": with_header("encoders", 0, "recipe", '{"size": [1.5, 2]}'),
    "recipe that nests without end": with_header("encoders", 0, "recipe", '{"size": [1, 2], "a": ' + "[" * 30000),
    "nine extents": with_header("encoders", 0, "tapShape", [1] * 9),
    "power of an average": with_header("encoders", 0, "poolingPower", 3.0),
    "no power of a generalised mean": with_header("encoders", 1, "poolingPower", 0),
    "keys that descend": with_header("encoders", 0, "model", [dict(key="b"), dict(key="a")]),
    "empty key": with_header("encoders", 0, "model", [dict(value="b")]),
    "long name": with_header("encoders", 0, "name", "x" * 1025),
    "long text": with_header("dataset", "title", "x" * 65537),
    "control character": with_header("dataset", "title", "a\x1bb"),
    "C1 control character": with_header("dataset", "title", "a\x85b"),
    "text that is not UTF-8": with_header("dataset", "title", b"\xff"),
    "surrogate": with_header("dataset", "title", b"\xed\xa0\x80"),
    "column without a name": with_header("labels", 1, "name", ""),
    "category twice": with_header("labels", 0, "categories", ["a", "a", "b"]),
    "categories of a number": with_header("labels", 1, "categories", ["a"]),
    "codes for some": with_header("labels", 0, "codes", ["a"]),
    "unit of a category": with_header("labels", 0, "unit", "mm"),
    "wrong count": with_header("labels", 0, "counts", [1, 2, 3]),
    "wrong count of missing": with_header("labels", 1, "missingCount", 11),
    "wrong count of uncertain": with_header("labels", 2, "uncertainCount", 23),
    "wrong minimum": with_header("labels", 1, "minimum", -1.0),
    "range of a category": with_header("labels", 0, "maximum", 1.0),
    "grouping that is not there": with_header("labels", 0, "groupingPlus1", 2),
    "wrong number of groups": with_header("groupings", 0, "groupCount", 11),
    "part twice": with_header("splits", 0, "parts", ["a", "a"]),
    "false certificate": with_header("splits", 1, "groupsInSeveralParts", 0),
    "count of a part": with_header("splits", 1, "counts", [4, 4, 5]),
    "certificate without grouping": with_header("splits", 1, "groupingPlus1", 0),
    "stratified by nothing": with_header("splits", 0, "stratifiedByPlus1", 6),
    "head of no column": with_header(*HEAD, "label", 5),
    "head for texts": with_header(*HEAD, "label", 4),
    "head of a block twice": with_header(*HEAD, "features", [0, 0]),
    "head without blocks": with_header(*HEAD, "features", []),
    "head of no split": with_header(*HEAD, "splitPlus1", 3),
    "score of no part": with_header(*HEAD, "scorePartPlus1", 3),
    "score that is no number": with_header(*HEAD, "scoreHigh", float("nan")),
    "score without metric": with_header(*HEAD, "scoreMetric", ""),
    "last layer": with_header(*LAYERS, [dict(kind=2, outputs=3), dict(kind=3)]),
    "outputs of a head": with_header(*LAYERS, [dict(kind=2, outputs=2)]),
    "outputs of relu": with_header(*LAYERS, [dict(kind=3, outputs=2), dict(kind=2, outputs=3)]),
    "rate of one": with_header(*LAYERS, [dict(kind=7, rate=1.0), dict(kind=2, outputs=3)]),
    "epsilon of linear": with_header(*LAYERS, [dict(kind=2, outputs=3, epsilon=0.5)]),
    "negative epsilon": with_header(*LAYERS, [dict(kind=1, epsilon=-0.5), dict(kind=2, outputs=3)]),
    "loss of another task": with_header(*HEAD, "loss", 2),
    "negative class weight": with_header(*HEAD, "classWeights", [1, -1, 1]),
    "learning rate": with_header(*HEAD, "learningRate", float("inf")),
    "paths that descend": with_header("notKnown", ["b", "a"]),
    "transform twice": with_header("transforms", ["a", "a"]),
    "seconds": with_header("savings", "headSeconds", -1.0),
    "many contacts without bytes": with_header("dataset", "contacts", [{}] * 1025),
    "ids that do not ascend": with_bytes("records/id", "u1", 16, 0),
    "group out of turn": with_bytes("groups/0", "u4", 0, 3),
    "part that is not there": with_bytes("splits/0", "u1", 0, 2),
    "category that is not there": with_bytes("labels/0/index", "u4", 0, 3),
    "infinite number": with_bytes("labels/1/number", "f8", 0, np.inf),
    "state 2": with_bytes("labels/2/states", "i1", 0, 2),
    "year 0": with_bytes("labels/3/year", "i4", 0, 0),
    "offsets that do not begin at 0": with_bytes("labels/4/offset", "u8", 0, 1),
    "offsets that descend": with_bytes("labels/4/offset", "u8", 1, 2**63),
    "text not UTF-8": with_bytes("records/name/text", "u1", 0, 0xFF),
    "control character in a name": with_bytes("records/name/text", "u1", 0, 0x07),
    "parent that is not there": with_bytes("records/parent", "u4", 0, 12),
    "transform without parent": with_bytes("records/transform", "u4", 0, 0),
    "wrong moments": with_bytes("features/0/moments", "f4", 0, 9),
    "missing section": without("labels/1/number"),
    "missing document": without("documents/0"),
    "parent without transform": without("records/transform"),
    "scale of f32": adding(section("features/0/scale", "f32", np.ones(5)), "features/0/moments"),
    "column that is not there": adding(section("labels/5/index", "u32", np.zeros(12)), "documents/0"),
    "features are not first": lambda header, sections: [*sections[2:4], *sections[:2], *sections[4:]],
    "another type": with_section("groups/0", type=8),
    "another shape": with_section("features/1", shape=[3, 12]),
    "a shape that overflows": with_section("splits/0", shape=[2**63, 2**63]),
    "section name": adding(dict(UNKNOWN, name="Later")),
    "section twice": lambda header, sections: [*sections, UNKNOWN, UNKNOWN],
    "offset": with_section("groups/0", override=dict(offset=64)),
    "length": with_section("groups/0", override=dict(length=47)),
    "no section hash": with_section("groups/0", override=dict(sha256=b"")),
    "ids compressed": with_section("records/id", encoding=1),
    "shuffled bytes": with_section("splits/0", encoding=2),
    "chunks that do not fill": with_section("groups/0", encoding=1),
}

OTHER = {
    "unknown required section": (adding(section("later/thing", "u8", [1])), "unsupportedSection"),
    "later pooling": (with_header("encoders", 0, "pooling", 6), "unsupportedVersion"),
    "later label type": (with_header("labels", 0, "type", 6), "unsupportedVersion"),
    "later element type": (with_section("groups/0", type=11), "unsupportedVersion"),
    "infinite feature": (with_bytes("features/1", "f4", 3, np.inf), "nonFiniteFeature"),
}


class Violations(unittest.TestCase):
    def refuse(self, file, code):
        with self.assertRaises(pith.PithError) as caught:
            pith.open(file, verify=True)
        self.assertEqual(caught.exception.code, code, caught.exception)

    def test_corrupt(self):
        for what, change in CASES.items():
            with self.subTest(what):
                self.refuse(build(change), CORRUPT)

    def test_other_errors(self):
        for what, (change, code) in OTHER.items():
            with self.subTest(what):
                self.refuse(build(change), code)

    def test_parameters(self):
        for name, value in (("scale", 0), ("scale", np.inf), ("zero-point", np.nan)):
            with self.subTest(name, value=value):
                self.refuse(build(with_bytes(f"features/0/{name}", "f4", 1, value), "i8"), CORRUPT)
        self.refuse(build(with_bytes("features/0", "u1", 2, 0xF0), "i4"), CORRUPT)  # bits behind a row of five

    def test_preamble(self):
        for override, code in (
            (dict(magic=b"\x8dPITH\n\x1a\0"), "notAContainer"),
            (dict(major=2), "unsupportedVersion"),
            (dict(type=11), "unsupportedVersion"),
            (dict(encoding=3), "unsupportedVersion"),
            (dict(length=1 << 60), "truncatedContainer"),
            (dict(headerOffset=136), CORRUPT),
            (dict(headerLength=7), CORRUPT),
            (dict(records=0), CORRUPT),
            (dict(records=13), CORRUPT),
            (dict(width=6), CORRUPT),
            (dict(featureOffset=0), CORRUPT),
            (dict(type=2), CORRUPT),
            (dict(headerSha256=bytes(32)), "hashMismatch"),
        ):
            with self.subTest(override):
                self.refuse(build(**override), code)
        file = build()
        for length in (0, 7, 127, len(file) - 1):
            self.refuse(file[:length], "truncatedContainer")
        self.refuse(b"GIF89a", "notAContainer")
        self.refuse(file + b"\0", CORRUPT)
        self.refuse(file[:100] + b"\0" + file[101:], "hashMismatch")
        pith.open(build(minor=9), verify=True)

    def test_header_too_large(self):
        file = build()
        padded = bytearray(file + bytes(65 << 20))
        padded[16:24], padded[32:40] = struct.pack("<Q", len(padded)), struct.pack("<Q", 65 << 20)
        self.refuse(writer.rehashed(padded), "containerTooLarge")

    def test_every_byte_is_covered(self):
        file = build()
        for place in range(0, len(file), 7):
            changed = bytearray(file)
            changed[place] ^= 1 << place % 8
            with self.assertRaises(pith.PithError, msg=f"byte {place}"):
                pith.open(bytes(changed), verify=True)

    def test_unknown_optional_section_is_skipped(self):
        for odd in (UNKNOWN, dict(UNKNOWN, type=77), dict(UNKNOWN, encoding=9, shape=[2**60])):
            file = pith.open(build(adding(odd)), verify=True)
            self.assertIn("later/thing", file.sections)

    def test_order_and_flag_of_known_sections_make_no_difference(self):
        for change in (
            lambda header, sections: [sections[0], *sections[:0:-1]],
            with_section("groups/0", required=False),
            with_section("documents/0", required=True),
        ):
            self.assertEqual(pith.open(build(change), verify=True).labels["age"].type, pith.LabelType.number)

    def test_unknown_contact_kind_is_unspecified(self):
        file = pith.open(build(with_header("dataset", "contacts", 0, "kind", 99)))
        self.assertEqual(file.info.dataset.contacts[0].kind.name, "unspecified")


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""What comes back from files that this folder's own writer made."""
import contextlib
import io
import json
import os
import tempfile
import unittest

import numpy as np
import pith
import samples
import writer
from pith.__main__ import main

TYPES = [
    ("f32", "raw"),
    ("f16", "raw"),
    ("bf16", "raw"),
    ("i8", "raw"),
    ("i4", "raw"),
    ("f32", "zstdShuffled"),
    ("f16", "zstd"),
    ("bf16", "zstdShuffled"),
    ("i8", "zstd"),
    ("i4", "zstd"),
]


def rich_file(count=400, width=5, type_="f32", encoding="raw", **more):
    header, sections, given, second = samples.rich(count, width, type_, encoding, **more)
    return pith.open(writer.container(header, sections), verify=True), given, second


class Features(unittest.TestCase):
    def test_every_type_and_encoding(self):
        for type_, encoding in TYPES:
            with self.subTest(type=type_, encoding=encoding):
                file, given, second = rich_file(type_=type_, encoding=encoding)
                block = file.features("main")
                self.assertEqual((block.type, block.shape, block.is_compressed), (type_, (400, 5), encoding != "raw"))
                np.testing.assert_array_equal(np.asarray(block), given)
                np.testing.assert_array_equal(file.features(1)[:], second)

    def test_rows(self):
        for type_, encoding in (("f16", "raw"), ("i4", "zstd")):
            file, given, _ = rich_file(type_=type_, encoding=encoding)
            block = file.features()
            some = np.random.default_rng(3).permutation(400)[:90]
            for rows in (
                7,
                -1,
                slice(3, 9),
                slice(None, None, -7),
                slice(9, 3),
                some,
                some.tolist(),
                [],
                given[:, 0] > 0,
            ):
                with self.subTest(type=type_, rows=str(rows)[:20]):
                    self.assertEqual(block[rows].dtype, np.float32)
                    np.testing.assert_array_equal(block[rows], given[rows])
            for wrong in (400, -401, [400], [0.5], [[1]], np.zeros(3, bool)):
                with self.assertRaises(IndexError):
                    block[wrong]

    def test_chunks_of_a_large_compressed_block(self):
        file, given, _ = rich_file(3000, 301, "f32", "zstdShuffled")  # 3.6 MB: four chunks, rows across their ends
        rows = np.random.default_rng(4).permutation(3000)
        np.testing.assert_array_equal(file.features()[rows], given[rows])
        np.testing.assert_array_equal(file.features()[870:875], given[870:875])

    def test_no_rows_behind_a_last_chunk_that_is_full(self):
        file, *_ = rich_file(1024, 256, "f32", "zstd")  # 1 MiB
        self.assertEqual(file.features().stored.nbytes, 1 << 20)
        for rows in (slice(1024, None), slice(0, 0), slice(2000, 3000)):
            self.assertEqual(file.features()[rows].shape, (0, 256))

    def test_rows_of_a_large_raw_block(self):
        file, given, _ = rich_file(9000, 1001, "f16")  # 18 MB: rows are touched before they are copied
        rows = np.random.default_rng(4).integers(-9000, 9000, 2000)
        np.testing.assert_array_equal(file.features()[rows], given[rows])

    def test_raw_blocks_are_views_of_the_map(self):
        header, sections, given, _ = samples.rich(9, 5)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "a.pith")
            with open(path, "wb") as out:
                out.write(writer.container(header, sections))
            with pith.open(path) as file:
                rows = file.features()[2:4]
                self.assertFalse(rows.flags.owndata or rows.flags.writeable)
                self.assertTrue(file.features().dequantized(slice(2, 4)).flags.writeable)
            np.testing.assert_array_equal(rows, given[2:4])  # keeps the map alive after close
            for use in (file.features, lambda: file.records.names, lambda: file.labels["age"].values):
                with self.assertRaisesRegex(ValueError, "closed"):
                    use()

    def test_moments_and_probe(self):
        file, given, _ = rich_file(type_="i8")
        np.testing.assert_array_equal(file.moments.maximum, given.max(0))
        np.testing.assert_allclose(file.moments.std, given.std(0), rtol=1e-5)
        self.assertEqual(file.probe.shape, (3, 5))
        self.assertIsNone(file.features(1).probe)


class Records(unittest.TestCase):
    def setUp(self):
        self.file, self.given, _ = rich_file()

    def test_labels(self):
        labels = self.file.labels
        self.assertEqual(list(labels), ["finding", "age", "signs", "year", "remark"])
        finding, age, signs, year, remark = (labels[k] for k in range(5))
        self.assertEqual(np.bincount(finding.indices).tolist(), list(finding.entry.counts))
        self.assertEqual(finding.values.mask.sum(), 0)
        self.assertEqual(int(np.isnan(age.values).sum()), age.entry.missing_count)
        self.assertEqual(signs.states.shape, (400, 2))
        self.assertEqual(int(np.isnan(signs.values).sum()), signs.entry.missing_count + signs.entry.uncertain_count)
        self.assertEqual(int(year.values.max()), year.entry.maximum)
        self.assertEqual(int(year.missing.sum()), year.entry.missing_count)
        self.assertEqual([text is None for text in remark.values], remark.missing.tolist())
        self.assertEqual(remark.values[3:6], [remark.values[i] for i in (3, 4, 5)])
        with self.assertRaisesRegex(KeyError, "finding"):
            labels["diagnosis"]
        with self.assertRaises(TypeError):
            age.indices

    def test_splits_and_groups(self):
        holdout, three, patient = self.file.splits["holdout"], self.file.splits["three"], self.file.groups["patient"]
        train, test = holdout["train"], holdout["test"]
        self.assertEqual((len(train), len(test)), holdout.entry.counts)
        self.assertTrue(holdout.certificate.holds)
        self.assertFalse(set(patient.numbers[train]) & set(patient.numbers[test]))
        self.assertFalse(three.certificate.holds)
        fit, held = three.fold("b")
        self.assertEqual(sorted([*fit, *held]), list(range(400)))
        np.testing.assert_array_equal(held, three["b"])
        self.assertEqual((holdout.seed, three.seed, holdout.stratified_by), (5, None, "finding"))
        np.testing.assert_array_equal(patient.numbers[patient.rows(4)], 4)

    def test_records(self):
        records = self.file.records
        wanted = [records.id(7), "0" * 32, records.id(399), records.id(0)]
        self.assertEqual(records.find(wanted).tolist(), [7, -1, 399, 0])
        self.assertEqual(records.names[:2], [None, "film 1.png"])
        self.assertEqual(set(records.parents.tolist()), {-1})

    def test_views(self):
        header, sections, *_ = samples.rich(9, 5)
        parents, transforms = np.full(9, samples.NONE, "u4"), np.full(9, samples.NONE, "u4")
        parents[4], transforms[4] = 2, 0
        header["groupings"], header["splits"], header["heads"] = [], [], []
        header["labels"][0]["groupingPlus1"] = 0
        sections = [one for one in sections if not one["name"].startswith(("groups", "splits"))]
        for one in sections:
            if one["name"] == "records/parent":
                one["bytes"] = parents.tobytes()
            if one["name"] == "records/transform":
                one["bytes"] = transforms.tobytes()
        file = pith.open(writer.container(header, sections))
        self.assertEqual((file.records.parents[4], file.records.transforms[4], file.info.transforms), (2, 0, ("flip",)))

    def test_xy(self):
        features, answers = pith.xy(self.file, split="train", label="finding")
        rows = self.file.splits["holdout"]["train"]
        np.testing.assert_array_equal(features, self.given[rows])
        self.assertEqual((features.dtype, answers.dtype), (np.float32, np.int64))
        ages, known = self.file.labels["age"].values, ~self.file.labels["age"].missing
        held = self.file.splits["three"]["c"]
        np.testing.assert_array_equal(
            pith.xy(self.file, split="three", part="c", label="age")[1], ages[held][known[held]].astype("f4")
        )
        self.assertEqual(pith.xy(self.file, label="signs", features=["second", "main"])[0].shape[1], 8)
        with self.assertRaises(TypeError):
            pith.xy(self.file, label="remark")
        with self.assertRaisesRegex(KeyError, "train/test"):
            pith.xy(self.file, split="validation")

    def test_not_known_is_a_value(self):
        info = self.file.info
        self.assertIs(info["dataset.licence"], pith.NOT_KNOWN)
        self.assertIsNone(info["dataset.source"])
        self.assertEqual(info["encoders.0.name"], "example-net")
        self.assertEqual(info.model_information()["model"], {"model_name": "example"})
        self.assertEqual((info.recipe(), info.recipe(1)), ({"size": [8, 8]}, None))
        with self.assertRaises(KeyError):
            info["dataset.colour"]

    def test_savings(self):
        savings = self.file.savings  # 8 s encoding, 0.5 s loading, 0.25 s head, 10 epochs
        self.assertEqual(savings.total_saved_time, (8 - 0.5) * 10 - 8)
        self.assertEqual(savings.benefit_ratio, (0.25 + 0.5) / (8 + 0.25))
        self.assertAlmostEqual(savings.total_benefit_ratio, (0.75 * 9 + 8.25) / 82.5)
        self.assertAlmostEqual(savings.total_saved_space, 10**6 - savings.file_bytes)

    def test_document(self):
        (document,) = self.file.documents
        self.assertEqual((document.read(), document.safe_name), (b"yes, we agree", "consent.txt"))


class Summary(unittest.TestCase):
    def test_command(self):
        header, sections, *_ = samples.rich(9, 5)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "a.pith")
            with open(path, "wb") as out:
                out.write(writer.container(header, sections))
            for arguments, expected in (([path], "Thorax, Übersicht"), (["--json", "--verify", path], '"groupCount"')):
                with contextlib.redirect_stdout(io.StringIO()) as printed, contextlib.redirect_stderr(io.StringIO()):
                    self.assertEqual(main(arguments), 0)
                self.assertIn(expected, printed.getvalue())
            with contextlib.redirect_stderr(io.StringIO()) as complaint:
                self.assertEqual(main([os.path.join(folder, "none.pith")]), 1)
            self.assertIn("none.pith", complaint.getvalue())

    def printed(self, encoding, *options, recipe='{"size": [8, 8]}'):
        """What the command prints of a file with this recipe, on a terminal of this encoding."""
        header, sections, *_ = samples.rich(9, 5)
        header["features"][0]["relativeL2Error"] = float("inf")
        header["encoders"][0]["recipe"] = recipe
        stdout = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(stdout):
            path = os.path.join(folder, "a.pith")
            with open(path, "wb") as out:
                out.write(writer.container(header, sections))
            self.assertEqual(main([*options, path]), 0)
        stdout.flush()
        return stdout.buffer.getvalue().decode(encoding)

    def test_json_of_what_json_and_the_terminal_lack(self):
        deep = "[" * 600 + "]" * 600
        recipe = '{"size": [8, 8], "half": "\\ud800", "huge": [1e999], "deep": %s}' % deep
        for encoding in ("utf-8", "ascii", "cp1252"):
            with self.subTest(encoding):
                refuse = lambda constant: self.fail(constant)
                printed = json.loads(self.printed(encoding, "--json", recipe=recipe), parse_constant=refuse)
                self.assertIsNone(printed["features"][0]["relativeL2Error"])
                self.assertIsNone(printed["encoders"][0]["recipe"]["huge"][0])
                self.assertEqual(printed["encoders"][0]["recipe"]["half"], "\ud800")
                self.assertEqual(printed["dataset"]["title"], "Thorax, Übersicht")

    def test_summary_on_a_narrow_terminal(self):
        self.assertIn("Thorax, Übersicht", self.printed("utf-8"))
        narrow = self.printed("ascii")
        self.assertIn("Thorax, \\u00dcbersicht", narrow)
        self.assertIn(" -> linear", narrow)

    def test_description_is_json(self):
        file, given, _ = rich_file(12, type_="bf16")
        described = json.loads(json.dumps(file.describe(), allow_nan=False))
        np.testing.assert_array_equal(np.array([record["features"][0] for record in described["records"]], "f4"), given)
        self.assertEqual(described["heads"][0]["layers"][0]["epsilon"], 1e-6)
        self.assertEqual(described["splits"][0]["seed"], "5")


if __name__ == "__main__":
    unittest.main()

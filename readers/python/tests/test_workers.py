# SPDX-License-Identifier: Apache-2.0
"""Forked and spawned workers, threads and pickles."""
import concurrent.futures
import multiprocessing
import os
import pickle
import tempfile
import unittest

import numpy as np
import pith
import samples
import writer


def total(file, part):
    return float(file.features()[file.splits["three"][part]].astype("f8").sum())


class Workers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        header, sections, self.given, _ = samples.rich(400, 5, "i8", "zstd")
        self.path = os.path.join(folder.name, "a.pith")
        self.write(writer.container(header, sections))
        self.file = pith.open(self.path)
        self.expected = [total(self.file, part) for part in "abc"]

    def write(self, file):
        with open(self.path, "wb") as out:
            out.write(file)

    def test_forked_and_spawned(self):
        for method in ("fork", "spawn"):
            with self.subTest(method), concurrent.futures.ProcessPoolExecutor(
                2, multiprocessing.get_context(method)
            ) as pool:
                self.assertEqual(list(pool.map(total, [self.file] * 3, "abc")), self.expected)

    def test_forked_with_the_map_of_the_parent(self):
        context = multiprocessing.get_context("fork")
        queue = context.Queue()
        workers = [
            context.Process(target=lambda part=part: queue.put((part, total(self.file, part)))) for part in "abc"
        ]
        for worker in workers:
            worker.start()
        self.assertEqual(sorted(queue.get(timeout=60) for _ in workers), list(zip("abc", self.expected)))
        for worker in workers:
            worker.join()

    def test_threads(self):
        rows = [np.random.default_rng(seed).permutation(400) for seed in range(8)]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for found, wanted in zip(pool.map(self.file.features().__getitem__, rows), rows):
                np.testing.assert_array_equal(found, self.given[wanted])

    def test_pickle_is_a_path(self):
        stored = pickle.dumps(self.file)
        self.assertLess(len(stored), 1000)
        os.chdir("/")
        self.assertEqual(total(pickle.loads(stored), "a"), self.expected[0])

    def test_another_file_under_the_path(self):
        stored = pickle.dumps(self.file)
        header, sections, *_ = samples.rich(9, 5)
        os.remove(self.path)
        self.write(writer.container(header, sections))
        with self.assertRaises(pith.PithError) as caught:
            pickle.loads(stored)
        self.assertEqual(caught.exception.code, "hashMismatch")


if __name__ == "__main__":
    unittest.main()

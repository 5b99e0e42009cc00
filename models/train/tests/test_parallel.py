# SPDX-License-Identifier: Apache-2.0
import os
import unittest

from .. import parallel


def place_of(item):
    return item, os.getpid()


class ParallelTest(unittest.TestCase):
    def test_answers_keep_their_order_whoever_works(self):
        for workers in (1, 2):
            made = list(parallel.each(place_of, iter(range(20)), workers))
            self.assertEqual([item for item, _ in made], list(range(20)))
            self.assertEqual(workers == 1, {process for _, process in made} == {os.getpid()})

    def test_one_worker_takes_items_as_they_are_needed(self):
        taken = []
        each = parallel.each(place_of, (taken.append(i) or i for i in range(5)), 1)
        next(each)
        self.assertEqual(taken, [0])

    def test_a_failure_reaches_the_caller(self):
        with self.assertRaises(ZeroDivisionError):
            list(parallel.each((1).__truediv__, [1, 0], 2))

# SPDX-License-Identifier: Apache-2.0
"""Opening makes no Python object for each record, and reads no features."""
import gc
import sys
import unittest
from unittest import mock

import pith
import samples
import writer
from pith.sections import Section


def objects_of_opening(stored):
    pith.open(stored)  # whatever is made once
    gc.collect()
    before = sys.getallocatedblocks()
    file = pith.open(stored)
    return sys.getallocatedblocks() - before, file


class Lazy(unittest.TestCase):
    def test_objects(self):
        few, many = (writer.container(*samples.rich(count, 4)[:2]) for count in (50, 20000))
        of_few, of_many = objects_of_opening(few)[0], objects_of_opening(many)[0]
        self.assertLess(of_few, 5000)
        self.assertLess(of_many, of_few + 200)

    def test_features_stay_unread(self):
        stored = writer.container(*samples.rich(50, 4, "i8")[:2])
        read = []
        rows = Section.rows

        def noted(section, *arguments):
            read.append(section.name)
            return rows(section, *arguments)

        with mock.patch.object(Section, "rows", noted):
            pith.open(stored)
        self.assertNotIn("features/0", read)
        self.assertIn("features/0/scale", read)


if __name__ == "__main__":
    unittest.main()

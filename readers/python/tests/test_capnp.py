# SPDX-License-Identifier: Apache-2.0
"""Messages that are not canonical, or lie about their sizes."""
import struct
import unittest

import pith
import samples
import writer
from pith.capnp import Message


def words(*numbers):
    return struct.pack(f"<{len(numbers)}Q", *numbers)


def pointer(offset, data=0, pointers=0):
    return offset << 2 & 0xFFFFFFFF | data << 32 | pointers << 48


def listing(offset, kind, count):
    return offset << 2 & 0xFFFFFFFF | 1 | kind << 32 | count << 35


REFUSED = {
    "nothing": b"",
    "half a word": b"\0" * 12,
    "root that is a list": words(listing(0, 2, 1), 1),
    "root elsewhere": words(pointer(1, 1), 0, 1),
    "outside": words(pointer(0, 2), 1),
    "words that nothing points at": words(pointer(0, 1), 1, 0),
    "data that ends with zeros": words(pointer(0, 2), 1, 0),
    "pointers that end with null": words(pointer(0, 1, 1), 1, 0),
    "empty struct with a place": words(pointer(0, 0, 1), pointer(0)),
    "far pointer": words(pointer(0, 0, 1), 2),
    "capability": words(pointer(0, 0, 1), 3),
    "two pointers to one object": words(pointer(0, 0, 2), listing(1, 2, 1), listing(0, 2, 1), 1),
    "pointer backwards": words(pointer(0, 0, 1), listing(-1, 2, 8)),
    "padding that is not zero": words(pointer(0, 0, 1), listing(0, 2, 1), 0x100),
    "bits behind a list of bits": words(pointer(0, 0, 1), listing(0, 1, 3), 0b1000),
    "list without a tag": words(pointer(0, 0, 1), listing(0, 7, 1), 1, 1),
    "list of another length": words(pointer(0, 0, 1), listing(0, 7, 2), pointer(1, 1), 1, 1),
    "list of structs that end with zeros": words(pointer(0, 0, 1), listing(0, 7, 4), pointer(2, 2), 1, 0, 1, 0),
    "many empty structs": words(pointer(0, 0, 1), listing(0, 7, 0), pointer(1 << 29)),
    "list that is longer than the message": words(pointer(0, 0, 1), listing(0, 5, (1 << 29) - 1), 1),
}

TAKEN = {
    "null root": words(0),
    "empty struct": words(pointer(0, 0, 1), pointer(-1)),
    "empty list": words(pointer(0, 0, 1), listing(0, 2, 0)),
    "list of nothing": words(pointer(0, 0, 1), listing(0, 0, 1 << 28)),
    "list of bits": words(pointer(0, 0, 1), listing(0, 1, 3), 0b111),
    "list of structs": words(pointer(0, 0, 1), listing(0, 7, 4), pointer(2, 1, 1), 1, listing(2, 2, 1), 0, 0, 7),
    "struct that a newer writer made longer": words(pointer(0, 30, 0), *[1] * 30),
}


class Canonical(unittest.TestCase):
    def test_refused(self):
        for what, message in REFUSED.items():
            with self.subTest(what), self.assertRaises(pith.PithError) as caught:
                Message(message)
            self.assertEqual(caught.exception.code, "corruptContainer")

    def test_taken(self):
        for what, message in TAKEN.items():
            with self.subTest(what):
                Message(message).root  # raises where it is not canonical

    def test_what_is_empty_is_as_if_it_were_absent(self):
        text, one, many, texts = (listing(0, 2, 1), 0), (pointer(-1),), (listing(0, 7, 0), 0), (listing(0, 6, 0),)
        for index, empty in enumerate([text, one, *[many] * 8, texts, texts, one]):
            with self.subTest(field=index):
                root = Message(words(pointer(0, 0, index + 1), *[0] * index, *empty)).root
                self.assertEqual(pith.file.decode(pith.file.Header, root), pith.file.Header())

    def test_a_text_ends_with_a_zero_byte(self):
        read = lambda *body: pith.file.decode(pith.file.Header, Message(words(pointer(0, 0, 1), *body)).root)
        self.assertEqual(read(listing(0, 2, 2), ord("a")).writer, "a")
        for wrong in ((listing(0, 2, 0),), (listing(0, 2, 1), ord("a"))):
            with self.assertRaisesRegex(pith.PithError, "zero byte"):
                read(*wrong)

    def test_nesting(self):
        chain = lambda depth: words(*[pointer(0, 0, 1)] * depth, pointer(0, 1), 1)
        Message(chain(60))
        with self.assertRaisesRegex(pith.PithError, "nests deeper"):
            Message(chain(70))

    def test_the_writer_of_these_tests_is_canonical(self):
        header, *_ = samples.rich()
        data = bytes(writer.Message(header).words)
        self.assertEqual(pith.file.decode(pith.file.Header, Message(data).root).writer, "pith tests")


if __name__ == "__main__":
    unittest.main()

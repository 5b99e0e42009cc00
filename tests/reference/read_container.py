# SPDX-License-Identifier: Apache-2.0
"""Reads a container's features with NumPy from the preamble alone, independently of our reader.

read_container.py FILE [EXPECTED.json]   prints {"dtype", "shape", "offset", "firstRow", "sha256"} as JSON; with the
description of a golden file it also compares them, and exits with a message where they differ.
"""
import hashlib
import json
import struct
import sys

import numpy as np

DTYPES = {1: "<f4", 2: "<f2", 3: "i1"}
FIELDS = "<8sHHHHQQQQQQ32s32s"  # spec/container.md, "Preamble"


def features(path):
    with open(path, "rb") as file:
        preamble = file.read(struct.calcsize(FIELDS))
    magic, major, _, dtype, encoding, _, _, _, offset, count, width, _, root = struct.unpack(FIELDS, preamble)
    assert magic == b"\x8dPITH\r\n\x1a" and major == 1, "not a version 1 container"
    assert hashlib.sha256(preamble[:96]).digest() == root, "damaged preamble"
    assert encoding == 0, "compressed"
    return np.memmap(path, DTYPES[dtype], "r", offset, (count, width))


def check(block, path):
    with open(path, encoding="utf-8") as file:
        expected = json.load(file)
    section = expected["sections"][0]
    assert (section["offset"], section["shape"]) == (block.offset, list(block.shape)), "another place or shape"
    assert section["sha256"] == hashlib.sha256(block.tobytes()).hexdigest(), "another SHA-256"
    if block.dtype.kind == "f":
        assert block.astype("f8").tolist() == [record["features"][0] for record in expected["records"]], "other values"


def main():
    block = features(sys.argv[1])
    print(json.dumps({
        "dtype": str(block.dtype), "shape": block.shape, "offset": block.offset,
        "firstRow": [float(value) for value in block[0]],
        "sha256": hashlib.sha256(block.tobytes()).hexdigest(),
    }))
    if len(sys.argv) > 2:
        check(block, sys.argv[2])


if __name__ == "__main__":
    main()

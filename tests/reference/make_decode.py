#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What Pillow makes of every file below shared/data/decode: raw pixels and one JSON list, for decode_files_test.

Usage: make_decode.py OUT_DIR [DATA_DIR]

OUT_DIR/decode.json is a list of {file, width, height, channels, bits, raw}; `raw` names a file beside it (row-major,
interleaved, little-endian). Files that Pillow refuses have no entry. 16-bit PNGs are unpacked here, from the
standard's text, because Pillow keeps 16 bits of grey only.
"""
import json
import struct
import sys
import zlib
from pathlib import Path

import numpy
from PIL import Image, ImageOps

SUFFIXES = {".bmp", ".gif", ".jpg", ".pbm", ".png", ".tga", ".pgm", ".ppm"}
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
SAMPLES = {0: 1, 2: 3, 4: 2, 6: 4}


def paeth(a, b, c):
    p = a + b - c
    pa, pb, pc = abs(p - a), abs(p - b), abs(p - c)
    return a if pa <= pb and pa <= pc else b if pb <= pc else c


def unfilter(raw, height, row_bytes, step):
    rows, previous = [], bytearray(row_bytes)
    for y in range(height):
        kind, row = raw[y * (row_bytes + 1)], bytearray(raw[y * (row_bytes + 1) + 1 : (y + 1) * (row_bytes + 1)])
        for i in range(row_bytes):
            a = row[i - step] if i >= step else 0
            b, c = previous[i], previous[i - step] if i >= step else 0
            row[i] = (row[i] + (0, a, b, (a + b) // 2, paeth(a, b, c))[kind]) & 255
        rows.append(bytes(row))
        previous = row
    return b"".join(rows)


def png16(data):
    """(height, width, 1 or 3) uint16 of a 16-bit PNG, or None."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n") or data[12:16] != b"IHDR" or data[24] != 16:
        return None
    width, height, _, colour, _, _, interlace = struct.unpack(">IIBBBBB", data[16:29])
    at, packed = 8, b""
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        if data[at + 4 : at + 8] == b"IDAT":
            packed += data[at + 8 : at + 8 + length]
        at += 12 + length
    raw, samples = zlib.decompress(packed), SAMPLES[colour]
    pixels = numpy.zeros((height, width, samples), numpy.uint16)
    at = 0
    for x, y, step_x, step_y in ADAM7 if interlace else [(0, 0, 1, 1)]:
        target = pixels[y::step_y, x::step_x]
        rows, columns = target.shape[:2]
        if rows == 0 or columns == 0:
            continue
        row_bytes = columns * samples * 2
        flat = unfilter(raw[at : at + rows * (row_bytes + 1)], rows, row_bytes, samples * 2)
        target[:] = numpy.frombuffer(flat, ">u2").reshape(target.shape)
        at += rows * (row_bytes + 1)
    return pixels[:, :, : 3 if samples >= 3 else 1]


def pixels_of(path):
    wide = png16(path.read_bytes())
    if wide is not None:
        return wide
    with Image.open(path) as image:
        if image.mode == "CMYK":
            return None
        return numpy.asarray(ImageOps.exif_transpose(image).convert("RGB"))


def main():
    out = Path(sys.argv[1])
    data = Path(sys.argv[2] if len(sys.argv) > 2 else Path(__file__).resolve().parents[3] / "shared/data") / "decode"
    out.mkdir(parents=True, exist_ok=True)
    entries = []
    for path in sorted(data.rglob("*")):
        if path.suffix not in SUFFIXES:
            continue
        try:
            pixels = pixels_of(path)
        except Exception:  # Pillow's way to refuse; which files we refuse is the test's matter
            continue
        if pixels is None:
            continue
        raw = f"decode-{len(entries)}.raw"
        (out / raw).write_bytes(pixels.astype(pixels.dtype.newbyteorder("<")).tobytes())
        height, width, channels = pixels.shape
        entries.append({"file": path.relative_to(data).as_posix(), "width": width, "height": height,
                        "channels": channels, "bits": 8 * pixels.dtype.itemsize, "raw": raw})
    (out / "decode.json").write_text(json.dumps(entries, indent=1) + "\n")
    print(f"{len(entries)} files decoded by Pillow {Image.__version__} into {out}")


if __name__ == "__main__":
    main()

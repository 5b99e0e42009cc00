# SPDX-License-Identifier: Apache-2.0
"""mutations.py [COUNT] [SEED]: damages containers and reads them.

Whatever is done to a file, reading it ends with a result or a PithError, within bounded memory. Where no hash is made
right again, it must be an error: every byte of a file is covered by one. Prints a line for each kind of damage.
"""
import collections
import copy
import functools
import hashlib
import pathlib
import resource
import struct
import sys
import time
import warnings

import numpy as np
import pith
import samples
import writer

VECTORS = pathlib.Path(__file__).resolve().parents[3] / "spec/vectors/valid"
# The files are below 100 KB; what reading one takes besides the interpreter is a few chunks of a megabyte.
SPARE_BYTES = 96 << 20
INTERESTING = [
    0,
    1,
    2,
    7,
    8,
    63,
    64,
    127,
    128,
    255,
    0x7FFF,
    0xFFFF,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFF,
    1 << 20,
    (1 << 20) + 1,
    1 << 29,
    1 << 32,
    1 << 48,
    (1 << 63) - 1,
    1 << 63,
    (1 << 64) - 1,
]


def originals():
    """Files to damage: every type and encoding with a bit of everything, and the small golden files."""
    files = []
    for type_, encoding, count in (
        ("f32", "raw", 12),
        ("f16", "raw", 12),
        ("i8", "raw", 12),
        ("i4", "raw", 12),
        ("bf16", "zstdShuffled", 300),
        ("i8", "zstd", 300),
    ):
        header, sections, *_ = samples.rich(count, 5, type_, encoding)
        files.append(writer.container(header, sections))
    golden = sorted(VECTORS.glob("*.pith")) if VECTORS.exists() else []
    return files + [path.read_bytes() for path in golden if path.stat().st_size < 20000 and _opens(path)]


def _opens(path):
    try:
        return bool(pith.open(path))
    except pith.PithError:
        return False  # of a newer draft; test_vectors.py says so


def _flip(random, file, start, stop, most=8):
    for _ in range(random.integers(1, most + 1)):
        place = random.integers(start, stop)
        file[place] ^= 1 << random.integers(0, 8)


def _header_end(file):
    return 128 + int.from_bytes(file[32:40], "little")


def flips(random, file):
    _flip(random, file, 0, len(file))
    return bytes(file)


def cut(random, file):
    return bytes(file[: random.integers(0, len(file))])


def header_flips(random, file):
    _flip(random, file, 128, _header_end(file))
    return writer.rehashed(file)


def header_words(random, file):
    for _ in range(random.integers(1, 4)):
        size = int(random.choice([1, 2, 4, 8]))
        place = int(random.integers(128, _header_end(file) - 8)) // size * size
        value = INTERESTING[random.integers(len(INTERESTING))] & ((1 << 8 * size) - 1)
        file[place : place + size] = value.to_bytes(size, "little")
    return writer.rehashed(file)


def preamble_words(random, file):
    for _ in range(random.integers(1, 3)):
        place = int(random.choice([8, 10, 12, 14])) if random.integers(2) else int(random.integers(2, 8)) * 8
        size = 2 if place < 16 else 8
        old = int.from_bytes(file[place : place + size], "little")
        near = (
            INTERESTING[random.integers(len(INTERESTING))],
            old + int(random.integers(-9, 10)),
            old ^ 1 << int(random.integers(8 * size)),
        )
        file[place : place + size] = (near[random.integers(3)] & ((1 << 8 * size) - 1)).to_bytes(size, "little")
    return writer.rehashed(file)


def section_bytes(random, file):
    """A section's bytes, with its hash in the header made right again."""
    entries = pith.open(bytes(file)).header.sections
    entry = entries[random.integers(len(entries))]
    if entry.length:
        stop = entry.offset + entry.length
        if random.integers(2):
            _flip(random, file, entry.offset, stop)
        else:
            place = int(random.integers(entry.offset, stop)) // 4 * 4
            file[place : place + 4] = struct.pack("<I", INTERESTING[random.integers(len(INTERESTING))] & 0xFFFFFFFF)
        digest = hashlib.sha256(file[entry.offset : stop]).digest()
        place = file.find(entry.sha256, 128)
        file[place : place + 32] = digest
    return writer.rehashed(file)


def lengths(random, file):
    """Bytes taken out or put in, with the length in the preamble made right again or not."""
    place, size = int(random.integers(128, len(file))), int(random.choice([1, 8, 64, 100]))
    file[place : place + (size if random.integers(2) else 0)] = bytes(size if random.integers(2) else 0)
    if random.integers(2):
        file[16:24] = struct.pack("<Q", len(file))
    if random.integers(2):
        old = int.from_bytes(file[32:40], "little")
        file[32:40] = struct.pack("<Q", max(0, old + int(random.choice([-8, 8, 64, -64]))))
    return writer.rehashed(file)


def signed(random, file):
    """Something like signatures behind the file."""
    tail = bytearray(-len(file) % 64) + b"".join(
        b"\x8dPITHSIG" + bytes(24) + random.bytes(96) for _ in range(random.integers(1, 4))
    )
    if random.integers(2):
        _flip(random, tail, 0, len(tail))
    return bytes(file) + bytes(tail)


def content(random, _):
    """A canonical file with one value changed somewhere in its header, and all lengths and hashes right."""
    header, sections = copy.deepcopy(_content_of(("f32", "i8", "i4")[random.integers(3)]))
    place = header
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            break
        key = keys[random.integers(len(keys))]
        value = place[key]
        if not isinstance(value, (dict, list)):
            place[key] = _other(random, value)
            break
        if random.integers(6) == 0 and isinstance(value, list):
            place[key] = value[1:] if random.integers(2) else value + value[:1]
            break
        place = value
    if random.integers(3) == 0:
        sections.pop(random.integers(len(sections)))
    elif random.integers(3) == 0:
        sections[random.integers(len(sections))]["type"] = int(random.integers(0, 12))
    return writer.container(header, sections or [writer.section("features/0", "f32", [[1]])])


def _other(random, value):
    if isinstance(value, str):
        return ("", value + "\x1b", value * 700, "train", "{}", '{"size": [1, 1]}', "é")[random.integers(7)]
    if isinstance(value, bytes):
        return value[1:]
    if isinstance(value, float):
        return (0.0, -value, value + 1, float("nan"), float("inf"))[random.integers(5)]
    return int((0, 1, value + 1, max(0, value - 1), 7)[random.integers(5)])


@functools.lru_cache
def _content_of(type_):
    return samples.rich(12, 5, type_)[:2]


UNFIXED = (flips, cut)  # every byte is covered by a hash, so these must be refused
KINDS = (
    *UNFIXED,
    content,
    content,
    header_flips,
    header_flips,
    header_words,
    header_words,
    preamble_words,
    section_bytes,
    section_bytes,
    lengths,
    signed,
)


def read(file):
    """Everything that a reader does with a file. Returns the error's code, or 'taken'."""
    try:
        found = pith.open(file, verify=True)
        found.describe()
    except pith.PithError as error:
        return error.code
    return "taken"


def main(count=2000, seed=1):
    """Damages `count` files and returns how often each kind ended in which way."""
    warnings.simplefilter("error")
    files, random, ends = originals(), np.random.default_rng(seed), collections.Counter()
    read(files[-1])
    used = int(pathlib.Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + SPARE_BYTES, used + SPARE_BYTES))
    for number in range(count):
        original, kind = files[random.integers(len(files))], KINDS[number % len(KINDS)]
        damaged = kind(random, bytearray(original))
        try:
            end = read(damaged)
        except BaseException:
            print(
                f"number {number} of seed {seed} ({kind.__name__}) ended in another error than PithError",
                file=sys.stderr,
            )
            raise
        if kind in UNFIXED and damaged != original and end == "taken":
            raise AssertionError(f"number {number} of seed {seed} ({kind.__name__}) was taken for a good file")
        ends[kind.__name__, end] += 1
        if number % 10000 == 9999:
            print(f"{number + 1} files", file=sys.stderr)
    return ends


if __name__ == "__main__":
    began = time.monotonic()
    counted = main(*map(int, sys.argv[1:]))
    for (kind, end), times in sorted(counted.items()):
        print(f"{kind:<16} {end:<22} {times}")
    print(
        f"{sum(counted.values())} files in {time.monotonic() - began:.0f} s; most memory "
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB"
    )

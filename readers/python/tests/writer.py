# SPDX-License-Identifier: Apache-2.0
"""A small writer of containers for tests: Cap'n Proto in canonical form, sections, hashes.

It shares nothing with the reader: the places of the fields stand here a second time, as the Cap'n Proto compiler gives
them for spec/container.capnp, and values are dictionaries with the schema's names.
"""
import ctypes
import hashlib
import struct

import numpy as np

MAGIC = b"\x8dPITH\r\n\x1a"
TYPES = {
    "f32": (1, "<f4"),
    "f16": (2, "<f2"),
    "i8": (3, "i1"),
    "u8": (4, "u1"),
    "u32": (5, "<u4"),
    "u64": (6, "<u8"),
    "f64": (7, "<f8"),
    "i32": (8, "<i4"),
    "bf16": (9, "<u2"),
    "i4": (10, "u1"),
}
ENCODINGS = {"raw": 0, "zstd": 1, "zstdShuffled": 2}
CHUNK = 1 << 20

# Of each struct: words of data, pointers, and fields as name:kind@place. Kinds: H I Q F D numbers of 2, 4, 8 bytes,
# float, double at a byte; B a bit; T text, Y bytes, X texts, i q f lists of numbers, S:Name struct, L:Name structs at a
# pointer.
STRUCTS = {
    "Header": (
        1,
        13,
        "writer:T@0 recordCount:Q@0 dataset:S:Dataset@1 encoders:L:Encoder@2 features:L:FeatureBlock@3 "
        "labels:L:LabelColumn@4 sections:L:Section@5 groupings:L:Grouping@6 splits:L:Split@7 heads:L:Head@8 "
        "documents:L:Document@9 transforms:X@10 notKnown:X@11 savings:S:Savings@12",
    ),
    "Dataset": (
        0,
        12,
        "title:T@0 author:T@1 contact:T@2 source:T@3 licence:T@4 notes:T@5 version:T@6 identifier:T@7 "
        "citation:T@8 augmentation:T@9 original:S:Provenance@10 contacts:L:Contact@11",
    ),
    "Provenance": (0, 3, "author:T@0 source:T@1 licence:T@2"),
    "Contact": (1, 3, "name:T@0 kind:H@0 email:T@1 role:T@2"),
    "Document": (
        0,
        14,
        "fileName:T@0 mediaType:T@1 title:T@2 shortDescription:T@3 longDescription:T@4 author:T@5 "
        "credits:T@6 licence:T@7 date:T@8 originallyAvailableAt:T@9 howToCite:T@10 publishedAt:T@11 "
        "contact:T@12 version:T@13",
    ),
    "Savings": (
        6,
        0,
        "originalCount:Q@0 originalBytes:Q@8 encodingSeconds:D@16 loadingSeconds:D@24 headSeconds:D@32 " "epochs:I@40",
    ),
    "Encoder": (
        2,
        16,
        "name:T@0 modelSha256:Y@1 recipe:T@2 tap:T@3 tapShape:i@4 pooling:H@0 engine:T@5 featureCount:I@4 "
        "poolingPower:F@8 family:T@6 type:T@7 architectureSource:T@8 weightsSource:T@9 licence:T@10 "
        "citation:T@11 model:L:Entry@12 dataProcessing:L:Entry@13 performance:L:Entry@14 training:L:Entry@15",
    ),
    "Entry": (0, 2, "key:T@0 value:T@1"),
    "FeatureBlock": (
        5,
        1,
        "encoder:I@0 maxAbsoluteError:D@8 rootMeanSquareError:D@16 relativeL2Error:D@24 name:T@0 "
        "duplicateCount:Q@32",
    ),
    "LabelColumn": (
        5,
        8,
        "name:T@0 type:H@0 categories:X@1 role:H@2 unit:T@2 codingSystem:T@3 code:T@4 codes:X@5 "
        "description:T@6 groupingPlus1:I@4 missingCount:Q@8 uncertainCount:Q@16 counts:q@7 minimum:D@24 "
        "maximum:D@32",
    ),
    "Grouping": (1, 2, "name:T@0 groupCount:Q@0 description:T@1"),
    "Split": (
        4,
        4,
        "name:T@0 kind:H@0 parts:X@1 groupingPlus1:I@4 groupsInSeveralParts:Q@8 stratifiedByPlus1:I@16 "
        "hasSeed:B@16 seed:Q@24 method:T@2 counts:q@3",
    ),
    "Head": (
        11,
        6,
        "name:T@0 task:H@0 label:I@4 features:i@1 splitPlus1:I@8 layers:L:Layer@2 loss:H@2 classWeights:f@3 "
        "optimizer:H@12 learningRate:D@16 momentum:D@24 weightDecay:D@32 batchSize:I@40 epochs:I@44 seed:Q@48 "
        "scoreMetric:T@4 score:D@56 scoreLow:D@64 scoreHigh:D@72 scorePartPlus1:I@80 note:T@5",
    ),
    "Layer": (2, 0, "kind:H@0 outputs:I@4 rate:F@8 epsilon:F@12"),
    "Section": (3, 3, "name:T@0 type:H@0 required:B@16 offset:Q@8 length:Q@16 shape:q@1 sha256:Y@2 encoding:H@4"),
}
NUMBERS = {"H": "<H", "I": "<I", "Q": "<Q", "F": "<f", "D": "<d"}
LISTS = {"i": (4, "<u4"), "f": (4, "<f4"), "q": (5, "<u8")}


def _trimmed(data, pointers):
    while data[-8:] == bytes(8) and data:
        data = data[:-8]
    while pointers and pointers[-1] is None:
        pointers = pointers[:-1]
    return data, pointers


def _body(kind, values):
    """Data and pointers of one struct. Each pointer is None or a tuple that `_object` takes."""
    words, pointer_count, fields = STRUCTS[kind]
    data, pointers = bytearray(words * 8), [None] * pointer_count
    unknown = set(values) - {field.split(":")[0] for field in fields.split()}
    assert not unknown, (kind, unknown)
    for field in fields.split():
        what, place = field.split("@")
        name, code, *of = what.split(":")
        value, place = values.get(name), int(place)
        if not value and not (isinstance(value, dict) and value.get("kept")):
            continue
        if code in NUMBERS:
            struct.pack_into(NUMBERS[code], data, place, value)
        elif code == "B":
            data[place // 8] |= 1 << place % 8
        else:
            pointers[place] = (code, value, *of)
    return _trimmed(bytes(data), pointers)


def _struct_pointer(offset, data, pointers):
    return struct.pack("<iHH", offset << 2, len(data) // 8, len(pointers))


def _list_pointer(offset, kind, count):
    return struct.pack("<iI", offset << 2 | 1, kind | count << 3)


class Message:
    """Objects in preorder, behind their pointers."""

    def __init__(self, root):
        self.words = bytearray(8)
        data, pointers = _body("Header", root)
        self.words[0:8] = _struct_pointer(0, data, pointers)
        self._structs([(data, pointers)])

    def _structs(self, bodies):
        places = []
        for data, pointers in bodies:
            self.words += data
            places.append(len(self.words))
            self.words += bytes(8 * len(pointers))
        for place, (_, pointers) in zip(places, bodies):
            for index, pointer in enumerate(pointers):
                if pointer is not None:
                    self._object(place + 8 * index, *pointer)

    def _object(self, place, code, value, of=None):
        offset = (len(self.words) - place) // 8 - 1
        if code == "S":
            data, pointers = _body(of, {key: entry for key, entry in value.items() if key != "kept"})
            if not data and not pointers:
                self.words[place : place + 8] = _struct_pointer(-1, data, pointers)
                return
            self.words[place : place + 8] = _struct_pointer(offset, data, pointers)
            self._structs([(data, pointers)])
        elif code == "L":
            self._composite(place, offset, [_body(of, entry) for entry in value])
        elif code == "X":
            self.words[place : place + 8] = _list_pointer(offset, 6, len(value))
            start = len(self.words)
            self.words += bytes(8 * len(value))
            for index, text in enumerate(value):
                if text:
                    self._object(start + 8 * index, "T", text)
        else:
            stored, kind, count = self._plain(code, value)
            self.words[place : place + 8] = _list_pointer(offset, kind, count)
            self.words += stored + bytes(-len(stored) % 8)

    def _plain(self, code, value):
        if code in LISTS:
            return np.array(value, LISTS[code][1]).tobytes(), LISTS[code][0], len(value)
        stored = value.encode() + b"\0" if isinstance(value, str) else value + (b"\0" if code == "T" else b"")
        return stored, 2, len(stored)

    def _composite(self, place, offset, bodies):
        data_bytes = max(len(data) for data, _ in bodies)
        pointer_count = max(len(pointers) for _, pointers in bodies)
        self.words[place : place + 8] = _list_pointer(offset, 7, len(bodies) * (data_bytes // 8 + pointer_count))
        self.words += struct.pack("<iHH", len(bodies) << 2, data_bytes // 8, pointer_count)
        self._structs(
            [
                (data + bytes(data_bytes - len(data)), pointers + [None] * (pointer_count - len(pointers)))
                for data, pointers in bodies
            ]
        )


def compress(raw, item, shuffled):
    """A section's bytes in chunks of zstd frames, by the system's libzstd."""
    library = ctypes.CDLL("libzstd.so.1")
    library.ZSTD_compressBound.restype = library.ZSTD_compress.restype = ctypes.c_size_t
    library.ZSTD_compressBound.argtypes = [ctypes.c_size_t]
    library.ZSTD_compress.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int]
    frames = []
    for start in range(0, len(raw), CHUNK):
        chunk = raw[start : start + CHUNK]
        if shuffled:
            chunk = np.frombuffer(chunk, "u1").reshape(-1, item).T.tobytes()
        target = ctypes.create_string_buffer(library.ZSTD_compressBound(len(chunk)))
        length = library.ZSTD_compress(target, len(target), chunk, len(chunk), 3)
        frames.append(target.raw[:length])
    return b"".join(struct.pack("<I", len(frame)) for frame in frames) + b"".join(frames)


def section(name, type_, array, required=True, encoding="raw", shape=None):
    """A section as `container` takes it."""
    raw = np.ascontiguousarray(array, TYPES[type_][1]).tobytes()
    stored = raw if encoding == "raw" else compress(raw, np.dtype(TYPES[type_][1]).itemsize, encoding == "zstdShuffled")
    return {
        "name": name,
        "type": TYPES[type_][0],
        "required": required,
        "encoding": ENCODINGS[encoding],
        "shape": list(np.shape(array) if shape is None else shape),
        "bytes": stored,
    }


def _align(offset):
    return -(-offset // 64) * 64


def _placed(header, sections, header_length):
    end, entries = 128 + header_length, []
    for one in sections:
        entry = {key: value for key, value in one.items() if key != "bytes"}
        entry.update(offset=_align(end), length=len(one["bytes"]), sha256=hashlib.sha256(one["bytes"]).digest())
        entry.update(one.get("override", {}))
        entry.pop("override", None)
        end = _align(end) + len(one["bytes"])
        entries.append(entry)
    return {**header, "sections": entries}, end


def preamble(header, **stated):
    """The first 128 bytes."""
    values = dict(
        magic=MAGIC,
        major=1,
        minor=0,
        type=0,
        encoding=0,
        length=0,
        headerOffset=128,
        headerLength=len(header),
        featureOffset=0,
        records=0,
        width=0,
        headerSha256=hashlib.sha256(header).digest(),
    )
    values.update(stated)
    first = struct.pack("<8s4H6Q32s", *values.values())
    return first[:96] + hashlib.sha256(first[:96]).digest()


def container(header, sections, **override):
    """A whole file. The header's `sections` are filled in; nothing is checked, so that wrong files can be made."""
    length = len(Message(_placed(header, sections, 0)[0]).words)
    placed, end = _placed(header, sections, length)
    message = bytes(Message(placed).words)
    assert len(message) == length
    first = sections[0]
    shape = list(first["shape"]) + [1, 1]
    stated = dict(
        length=end,
        featureOffset=placed["sections"][0]["offset"],
        type=first["type"],
        encoding=first["encoding"],
        records=header.get("recordCount", 0),
        width=shape[1],
    )
    file = bytearray(preamble(message, **{**stated, **override}) + message)
    for one in sections:
        file += bytes(_align(len(file)) - len(file)) + one["bytes"]
    return bytes(file)


def rehashed(file):
    """The file with the hashes of preamble and header made right again, so that deeper checks are reached."""
    changed = bytearray(file)
    if len(changed) < 128:
        return bytes(changed)
    length = int.from_bytes(changed[32:40], "little")
    changed[64:96] = hashlib.sha256(changed[128 : 128 + min(length, len(changed))]).digest()
    changed[96:128] = hashlib.sha256(changed[:96]).digest()
    return bytes(changed)

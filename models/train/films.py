# SPDX-License-Identifier: Apache-2.0
"""Reads films, keeps them as 8-bit squares in a memory-mapped cache, and splits them by patient.

Kermany, Zhang, Goldbaum: Labeled Optical Coherence Tomography (OCT) and Chest X-Ray Images for Classification,
DOI 10.17632/rscbjbr9sj. `personN_bacteria_M.jpeg`, `personN_virus_M.jpeg`: patient N; `IM-N-M.jpeg` and
`NORMAL2-IM-N-M.jpeg`: patient N of the normal films.
"""
import csv
import hashlib
import io
import json
import os
import re
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

CLASSES = ("normal", "bacterial", "viral")
PARTS = ("train", "validation", "held_out")


@dataclass
class Films:
    """pixels: uint8 [N, side, side]; labels: int64 [N], an index into CLASSES; patients: str [N]."""

    pixels: np.ndarray
    labels: np.ndarray
    patients: np.ndarray

    def __len__(self):
        return len(self.labels)

    def subset(self, chosen):
        return Films(self.pixels[chosen], self.labels[chosen], self.patients[chosen])


def patient_of(file_name):
    """The patient a file name states. NORMAL2-IM-0007 and IM-0007 count as one patient, to be on the safe side."""
    match = re.search(r"person(\d+)", file_name)
    if match:
        return f"person{match[1]}"
    match = re.search(r"IM-(\d+)", file_name)
    if match:
        return f"IM-{match[1]}"
    raise ValueError(f"no patient in the name of a film: {file_name}")


def class_of(path):
    """Index into CLASSES, from the folder and the file name."""
    if "NORMAL" in Path(path).parts:
        return CLASSES.index("normal")
    return CLASSES.index("bacterial" if "bacteria" in Path(path).name else "viral")


def prepare(image, side):
    """PIL image -> uint8 [side, side]: grey (ITU-R 601), then both sides stretched, bilinear and antialiased, as Pith does."""
    image = image.convert("L") if image.mode in ("L", "1") else image.convert("RGB").convert("L")
    if image.size != (side, side):
        image = image.resize((side, side), Image.BILINEAR)
    return np.asarray(image)


def _is_film(path):
    return Path(path).suffix.lower() in (".jpeg", ".jpg", ".png")


def _members(archive):
    return sorted((m for m in archive.getmembers() if m.isfile() and _is_film(m.name)), key=lambda m: m.name)


def _files(source):
    """Yields (path, bytes) of every film in a folder or a tar archive, in the order of the paths."""
    source = Path(source)
    if source.is_dir():
        for path in sorted(p for p in source.rglob("*") if _is_film(p)):
            yield str(path.relative_to(source)), path.read_bytes()
        return
    with tarfile.open(source) as archive:
        for member in _members(archive):
            yield member.name, archive.extractfile(member).read()


def listing_key(source):
    """A short key of the paths and sizes of all films: other data never get the cache of these."""
    source = Path(source)
    if source.is_dir():
        listed = [(str(p.relative_to(source)), p.stat().st_size) for p in source.rglob("*") if _is_film(p)]
    else:
        with tarfile.open(source) as archive:
            listed = [(member.name, member.size) for member in _members(archive)]
    return hashlib.sha256(json.dumps(sorted(listed)).encode()).hexdigest()[:16]


def _read(source, side):
    pixels, labels, patients, seen = [], [], [], set()
    for path, content in _files(source):
        digest = hashlib.sha256(content).digest()
        if digest in seen:
            continue
        seen.add(digest)
        pixels.append(prepare(Image.open(io.BytesIO(content)), side))
        labels.append(class_of(path))
        patients.append(patient_of(Path(path).name))
    if not pixels:
        raise ValueError("no film (JPEG or PNG) was found in the data that --data names")
    return Films(np.stack(pixels), np.array(labels), np.array(patients))


def write_atomically(path, write):
    """Calls write(temporary path) and renames it to `path`: there is a whole file or none, however many processes write it."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.unfinished")
    write(temporary)
    os.replace(temporary, path)


def save_array(path, array):
    def write(temporary):
        with open(temporary, "wb") as file:
            np.save(file, array)

    write_atomically(path, write)


class Shards:
    """Memory-mapped arrays [n, H, W] read as one; indexed by an array of rows."""

    def __init__(self, arrays):
        self.arrays = arrays
        self.starts = np.cumsum([0] + [len(a) for a in arrays])

    def __getitem__(self, rows):
        shard = np.searchsorted(self.starts, rows, side="right") - 1
        return np.stack([self.arrays[s][row - self.starts[s]] for s, row in zip(shard, rows)])


def load(source, side, cache=None):
    """All films; byte-identical copies are left out. With `cache`, a folder, pixels are mapped from a file there."""
    if cache is None:
        return _read(source, side)
    key = listing_key(source)
    pixels, table = cache / f"films-{side}-{key}.npy", cache / f"films-{side}-{key}.json"
    if not table.exists():
        cache.mkdir(parents=True, exist_ok=True)
        films = _read(source, side)
        save_array(pixels, films.pixels)
        text = json.dumps({"labels": films.labels.tolist(), "patients": films.patients.tolist()})
        write_atomically(table, lambda path: path.write_text(text))
    rows = json.loads(table.read_text())
    return Films(np.load(pixels, mmap_mode="r"), np.array(rows["labels"]), np.array(rows["patients"]))


def part_of(patient, data):
    """Index into PARTS. It follows from a hash of the name, so it never moves when films are added."""
    digest = hashlib.sha256(f"{data.split_seed}/{patient}".encode()).digest()
    place = int.from_bytes(digest[:8], "little") / 2**64
    if place < data.held_out:
        return PARTS.index("held_out")
    return PARTS.index("validation" if place < data.held_out + data.validation else "train")


def split(films, data):
    """{part: Films}, whole patients."""
    parts = np.array([part_of(patient, data) for patient in films.patients])
    return {name: films.subset(np.flatnonzero(parts == i)) for i, name in enumerate(PARTS)}


def moments(pixels):
    """Mean and standard deviation of uint8 pixels in 0..1, rounded to three digits for the recipe."""
    counts = np.zeros(256, np.int64)
    for start in range(0, len(pixels), 256):
        counts += np.bincount(np.asarray(pixels[start:start + 256]).ravel(), minlength=256)
    levels = np.arange(256) / 255
    mean = (counts * levels).sum() / counts.sum()
    return round(float(mean), 3), round(float(np.sqrt((counts * (levels - mean) ** 2).sum() / counts.sum())), 3)


def load_hannover(folder, side):
    """Films of adults (Winther et al., DOI 10.6084/m9.figshare.12275009), for evaluation only.

    Returns Films whose labels are zeros, and the rows of data.csv of these films.
    """
    with open(folder / "data.csv", newline="") as file:
        rows = [row for row in csv.DictReader(file) if (folder / "images" / f"{row['image_id']}.png").exists()]
    pixels = np.stack([prepare(Image.open(folder / "images" / f"{row['image_id']}.png"), side) for row in rows])
    return Films(pixels, np.zeros(len(rows), np.int64), np.array([row["patient_id"] for row in rows])), rows

# SPDX-License-Identifier: Apache-2.0
"""Reads the Kermany films and splits them by patient."""
import hashlib
import io
import re
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

CLASSES = ("normal", "bacterial", "viral")


@dataclass
class Films:
    """pixels: uint8 [N, side, side]; labels: int64 [N], an index into CLASSES; patients: one name per film."""

    pixels: np.ndarray
    labels: np.ndarray
    patients: list

    def subset(self, chosen):
        return Films(self.pixels[chosen], self.labels[chosen], [p for p, c in zip(self.patients, chosen) if c])


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
    if "NORMAL" in Path(path).parts:
        return CLASSES.index("normal")
    return CLASSES.index("bacterial" if "bacteria" in Path(path).name else "viral")


def _files(source):
    """Yields (path, bytes) of every film in a folder or a tar archive, in the order of the paths."""
    source = Path(source)
    is_film = lambda path: Path(path).suffix.lower() in (".jpeg", ".jpg", ".png")
    if source.is_dir():
        for path in sorted(p for p in source.rglob("*") if is_film(p)):
            yield str(path.relative_to(source)), path.read_bytes()
        return
    with tarfile.open(source) as archive:
        members = sorted((m for m in archive.getmembers() if m.isfile() and is_film(m.name)), key=lambda m: m.name)
        for member in members:
            yield member.name, archive.extractfile(member).read()


def load(source, side):
    """All films as grey `side` x `side` squares (the aspect ratio is not kept); byte-identical copies are left out."""
    pixels, labels, patients, seen = [], [], [], set()
    for path, content in _files(source):
        digest = hashlib.sha256(content).digest()
        if digest in seen:
            continue
        seen.add(digest)
        film = Image.open(io.BytesIO(content)).convert("L")
        if film.size != (side, side):
            film = film.resize((side, side), Image.BILINEAR)
        pixels.append(np.asarray(film))
        labels.append(class_of(path))
        patients.append(patient_of(Path(path).name))
    if not pixels:
        raise ValueError("no film (JPEG or PNG) was found in the data that --data names")
    return Films(np.stack(pixels), np.array(labels), patients)


def split_by_patient(films, held_out_share, seed):
    """Two Films, for training and held out. A patient's place follows from a hash of the name, so it never moves."""

    def is_held_out(patient):
        digest = hashlib.sha256(f"{seed}/{patient}".encode()).digest()
        return int.from_bytes(digest[:8], "little") < held_out_share * 2**64

    held_out = np.array([is_held_out(p) for p in films.patients])
    return films.subset(~held_out), films.subset(held_out)

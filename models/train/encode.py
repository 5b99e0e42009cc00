# SPDX-License-Identifier: Apache-2.0
"""Features of pictures by Pith's own command line: written as PGM, encoded with `pith extract`, read back in order."""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "readers/python/src"))
import pith  # noqa: E402  the reader of this repository, written from the specification alone


def default_program():
    return ROOT / "build/native-release/src/cli/pith"


def write_pgm(path, picture):
    """uint8 [H, W] as it is; float [H, W] in 0..255 as 16-bit samples of 0..65535, which Pith divides by 257."""
    if picture.dtype == np.uint8:
        depth, content = 255, picture.tobytes()
    else:
        depth, content = 65535, np.rint(np.clip(picture, 0, 255) * 257).astype(">u2").tobytes()
    path.write_bytes(b"P5\n%d %d\n%d\n" % (picture.shape[1], picture.shape[0], depth) + content)


class EncodeError(RuntimeError):
    """What the command line said."""


def extract(pictures, models, program, threads=2, scratch=None):
    """float32 [N, D]: the features of all models side by side.

    pictures: an iterable of uint8 or float arrays [H, W]; models: (name or file, recipe as a dict, or None for its own).
    """
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        folder = Path(folder)
        films, out = folder / "films", folder / "x.pith"
        films.mkdir()
        for count, picture in enumerate(pictures, 1):
            write_pgm(films / f"{count - 1:07d}.pgm", picture)
        command = [str(program), "extract", str(films), "-o", str(out), "--dtype", "f32", "--keep-names", "--quiet",
                   "--jobs", str(threads)]
        for i, (model, recipe) in enumerate(models):
            command += ["--model", str(model)]
            if recipe:
                (folder / f"recipe-{i}.json").write_text(json.dumps(recipe))
                command += ["--recipe", str(folder / f"recipe-{i}.json")]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise EncodeError(f"pith extract ended with {done.returncode}: {done.stderr.strip()[-500:]}")
        with pith.open(str(out)) as file:
            order = np.argsort([str(name) for name in file.records.names])
            blocks = [np.asarray(file.features(name)[:], np.float32)[order] for name in file.feature_names]
    assert len(order) == count, "pith extract left pictures out"
    return np.concatenate(blocks, 1)

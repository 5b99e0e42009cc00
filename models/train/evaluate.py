# SPDX-License-Identifier: Apache-2.0
"""Linear probes of several encoders by one code: figures for the model card.

    cd models && python3 -m train.evaluate --data DIR --hannover DIR --teachers DIR --ours pith-cxr-1 --out scores.json

Kermany: a probe fitted on the films of all other patients is asked about the held-out patients. Hannover (adults, another
hospital, never trained on): 10 folds that keep patients together. Intervals: 1,000 resamplings of patients.
"""
import argparse
import json
from pathlib import Path

import numpy as np
import torch

from . import config as settings
from . import encode, encoders, films, privacy, probe, shifts
from .say import log

NORMAL, BACTERIAL, VIRAL = range(3)


class Features:
    """Features of named sets of pictures, each computed once and kept below `cache`."""

    def __init__(self, cache):
        self.cache = cache
        cache.mkdir(parents=True, exist_ok=True)

    def of(self, encoder, name, pictures):
        """float32 [N, D]; `pictures` is a function that gives the array, called only where it is needed."""
        path = self.cache / f"features-{encoder.key}-{name}.npy"
        if not path.exists():
            log(f"{encoder.title}: encoding {name}")
            films.save_array(path, encoder(pictures()))
        return np.load(path)


def changed(pixels, change):
    """The pictures after a shift, not rounded where they are finer than 8 bits."""
    parts = []
    for start in range(0, len(pixels), 64):
        x = torch.from_numpy(np.array(pixels[start:start + 64])).unsqueeze(1).float() / 255
        parts.append((change(x).clamp(0, 1)[:, 0] * 255).numpy())
    return np.concatenate(parts)


def score(positive, scores, groups):
    return {"auroc": probe.auroc(positive, scores), "ci95": probe.interval(positive, scores, groups),
            "films": len(scores), "positive": int(np.sum(positive)), "patients": len(np.unique(groups))}


def kermany(encoder, features, everything, data):
    """Scores of normal against pneumonia and bacterial against viral, and of the first under each shift."""
    parts = np.array([films.part_of(patient, data) for patient in everything.patients])
    held_out = parts == films.PARTS.index("held_out")
    tag = f"kermany-{settings.digest(data, everything.patients.tolist())}"
    values = features.of(encoder, tag, lambda: everything.pixels)
    labels, patients, out = everything.labels, everything.patients, {}

    finding = probe.fit(values[~held_out], labels[~held_out] != NORMAL, patients[~held_out])
    truth, groups = labels[held_out] != NORMAL, patients[held_out]
    out["normal / pneumonia"] = score(truth, finding(values[held_out]), groups)

    sick = labels != NORMAL
    kind = probe.fit(values[~held_out & sick], labels[~held_out & sick] == VIRAL, patients[~held_out & sick])
    rows = held_out & sick
    out["bacterial / viral"] = score(labels[rows] == VIRAL, kind(values[rows]), patients[rows])

    out["shifts"] = {}
    for name, change in shifts.ROBUSTNESS.items():
        tag_of_shift = f"{tag}-{name.replace(' ', '_').replace('/', '_')}"
        moved = features.of(encoder, tag_of_shift, lambda: changed(everything.pixels[np.flatnonzero(held_out)], change))
        out["shifts"][name] = score(truth, finding(moved), groups)
    return out, (values, held_out)


def hannover(encoder, features, folder, side):
    """Scores of the projection and of the kind of detector, and privacy figures."""
    adults, rows = films.load_hannover(folder, side)
    tag = f"hannover-{settings.digest(side, [row['image_id'] for row in rows])}"
    values = features.of(encoder, tag, lambda: adults.pixels)
    out = {}
    for title, column, positive, allowed in (("AP / PA", "projection", "pa", ("ap", "pa")),
                                             ("CR / DX", "modality", "DX", ("CR", "DX"))):
        stated = np.array([row[column] for row in rows])
        known = np.isin(stated, allowed)
        truth, groups = stated[known] == positive, adults.patients[known]
        out[title] = score(truth, probe.cross_validated(values[known], truth, groups), groups)
    kept = ~privacy.near_duplicates(adults.pixels)
    out["same patient"] = privacy.same_patient(values[kept], adults.patients[kept])
    return out


def half_and_jpeg(x):
    """Reduced to half the side, enlarged again, then what a JPEG of quality 50 leaves."""
    return shifts.jpeg(shifts.resized(shifts.resized(x, x.shape[-1] // 2, x.shape[-1] // 2), *x.shape[-2:]), 50)


def give_away(encoder, features, everything, values, held_out):
    """Inversion and known image on the held-out films, which the encoder was not trained on."""
    rows = np.flatnonzero(held_out)
    rows = rows[~privacy.near_duplicates(everything.pixels[rows])]
    pixels, patients = everything.pixels[rows], everything.patients[rows]
    tag = f"copies-{settings.digest(rows.tolist(), patients.tolist())}"
    copies = features.of(encoder, tag, lambda: changed(pixels, half_and_jpeg))
    return {"inversion": privacy.inversion(values[rows], pixels, patients),
            "known image": privacy.known_image(values[rows], copies)}


def evaluate(encoder, features, everything, config, hannover_folder):
    out, (values, held_out) = kermany(encoder, features, everything, config.data)
    out["features"] = values.shape[1]
    out["privacy"] = give_away(encoder, features, everything, values, held_out)
    if hannover_folder:
        out |= hannover(encoder, features, hannover_folder, config.data.side_px)
        out["privacy"]["same patient"] = out.pop("same patient")
    return out


TASKS = ("normal / pneumonia", "bacterial / viral", "AP / PA", "CR / DX")


def table(results):
    """Markdown: one row an encoder, AUROC with its interval; then one of the shifts."""
    cell = lambda one: f"{one['auroc']:.4f} ({one['ci95'][0]:.3f} to {one['ci95'][1]:.3f})" if one else "not measured"
    lines = ["| encoder | features | " + " | ".join(TASKS) + " |", "|---" * (len(TASKS) + 2) + "|"]
    for title, result in results.items():
        lines.append(f"| {title} | {result['features']} | " + " | ".join(cell(result.get(task)) for task in TASKS) + " |")
    lines += ["", "| encoder | " + " | ".join(shifts.ROBUSTNESS) + " |", "|---" * (len(shifts.ROBUSTNESS) + 1) + "|"]
    for title, result in results.items():
        base = result["normal / pneumonia"]["auroc"]
        cells = [f"{result['shifts'][name]['auroc'] - base:+.4f}" for name in shifts.ROBUSTNESS]
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def parse_arguments(arguments=None):
    parser = argparse.ArgumentParser(prog="python3 -m train.evaluate", description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, default=settings.HERE / "pith_cxr_1.toml")
    parser.add_argument("--data", required=True, help="the films, as for the training")
    parser.add_argument("--hannover", type=Path, help="folder with data.csv and images/ (DOI 10.6084/m9.figshare.12275009)")
    parser.add_argument("--teachers", type=Path, help="folder of public backbones to compare with")
    parser.add_argument("--ours", type=Path, nargs="*", default=[], help="model folders")
    parser.add_argument("--only", nargs="*", help="titles of the encoders to measure")
    parser.add_argument("--work", type=Path, default=encode.ROOT / "build/train", help="caches")
    parser.add_argument("--pith", type=Path, default=encode.default_program(), help="Pith's command line")
    parser.add_argument("--out", type=Path, required=True, help="JSON to write; results that are in it stay")
    return parser.parse_args(arguments)


def main(arguments=None):
    arguments = parse_arguments(arguments)
    config = settings.load(arguments.config)
    torch.set_num_threads(config.schedule.threads)
    everything = films.load(arguments.data, config.data.side_px, arguments.work / "cache")
    train = films.split(everything, config.data)["train"]
    mean, std = films.moments(train.pixels)
    features = Features(arguments.work / "evaluation")
    compared = [encoders.own(folder.resolve().name, folder, arguments.pith) for folder in arguments.ours]
    compared.append(encoders.untrained(config, train.pixels, mean, std, 0, arguments.work / "evaluation", arguments.pith))
    compared += encoders.backbones(arguments.teachers, arguments.pith) if arguments.teachers else []
    compared.append(encoders.Pixels())
    results = json.loads(arguments.out.read_text()) if arguments.out.exists() else {}
    for encoder in compared:
        if arguments.only and encoder.title not in arguments.only:
            continue
        results[encoder.title] = evaluate(encoder, features, everything, config, arguments.hannover)
        text = json.dumps(results, indent=1)
        films.write_atomically(arguments.out, lambda path: path.write_text(text + "\n"))
        log(f"{encoder.title}: " + ", ".join(f"{task} {results[encoder.title][task]['auroc']:.4f}"
                                             for task in TASKS if task in results[encoder.title]))
    print(table(results))


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""Measures a checkpoint of train.py on the patients it was not trained on.

    python3 evaluate.py --checkpoint checkpoint.pt --data kermany224-train.tar.gz [--hannover FOLDER]

A linear probe (logistic regression on standardised pooled features) is fitted on the films of the training patients and
asked for normal against pneumonia on those held out. A patient's score is the mean of the scores of the patient's films.
Intervals are the 2.5th and 97.5th percentile of 2,000 resamplings of patients. The same is measured for the untrained
network, and for films that were made darker, brighter, blurred, noisy or differently framed, to see what a shift costs.

--hannover names the films of adults of DOI 10.6084/m9.figshare.12275009 (images/, data.csv). There the features alone tell
apart the projections ap and pa, by a probe fitted on other patients; and they find a patient again: for each film whose
patient has another, the most similar other film (cosine of standardised features) is or is not the same patient's.
"""
import argparse
import csv
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from data import CLASSES, Films, load, split_by_patient
from network import Classifier
from train import SIDE

RESAMPLINGS = 2000


def shifts():
    """Names and functions on [N, 1, H, W] in 0..1."""
    noise = torch.Generator().manual_seed(1)
    frame = lambda x: F.pad(F.interpolate(x, (SIDE * 3 // 4, SIDE), mode="bilinear", antialias=True),
                            (0, 0, SIDE // 8, SIDE // 8))
    return {
        "as it is": lambda x: x,
        "gamma 0.6": lambda x: x ** 0.6,
        "gamma 1.6": lambda x: x ** 1.6,
        "half the contrast": lambda x: (x - 0.5) * 0.5 + 0.5,
        "blurred (112 px and back)": lambda x: F.interpolate(F.avg_pool2d(x, 2), (SIDE, SIDE), mode="bilinear"),
        "noise of 5 %": lambda x: (x + 0.05 * torch.randn(x.shape, generator=noise)).clamp(0, 1),
        "cut to the middle 80 %": lambda x: F.interpolate(x[:, :, 22:-22, 22:-22], (SIDE, SIDE), mode="bilinear"),
        "flattened to 4:3, black bars": frame,
        "mirrored": lambda x: x.flip(3),
    }


@torch.no_grad()
def features(encoder, films, checkpoint, change=lambda x: x):
    encoder.eval()
    parts = []
    for start in range(0, len(films.labels), 64):
        x = change(torch.from_numpy(films.pixels[start:start + 64]).unsqueeze(1).float() / 255)
        parts.append(encoder((x - checkpoint["mean"]) / checkpoint["std"]).numpy())
    return np.concatenate(parts)


def by_patient(films, scores):
    """One row a patient and class (a held-out patient may have films of both): label, mean score."""
    rows = {}
    for patient, label, score in zip(films.patients, films.labels > 0, scores):
        rows.setdefault((patient, bool(label)), []).append(score)
    return np.array([label for _, label in rows]), np.array([np.mean(scores) for scores in rows.values()])


def interval(labels, scores):
    generator = np.random.default_rng(0)
    draws = []
    while len(draws) < RESAMPLINGS:
        drawn = generator.integers(0, len(labels), len(labels))
        if 0 < labels[drawn].sum() < len(labels):
            draws.append(roc_auc_score(labels[drawn], scores[drawn]))
    return np.percentile(draws, [2.5, 97.5])


def make_probe():
    return make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=2000, class_weight="balanced"))


def load_hannover(folder):
    rows = list(csv.DictReader(open(folder / "data.csv", newline="")))
    paths = [folder / "images" / f"{row['image_id']}.png" for row in rows]
    rows = [row for row, path in zip(rows, paths) if path.exists()]
    pixels = [np.asarray(Image.open(path).convert("L").resize((SIDE, SIDE), Image.BILINEAR)) for path in paths
              if path.exists()]
    return Films(np.stack(pixels), np.array([row["projection"] == "pa" for row in rows]),
                 [row["patient_id"] for row in rows])


def measure_hannover(encoder, checkpoint, folder):
    films = load_hannover(folder)
    values, patients = features(encoder, films, checkpoint), np.array(films.patients)
    scores = cross_val_predict(make_probe(), values, films.labels, groups=patients, cv=GroupKFold(5),
                               method="decision_function")
    whitened = StandardScaler().fit_transform(values)
    whitened /= np.linalg.norm(whitened, axis=1, keepdims=True)
    similarity = whitened @ whitened.T
    np.fill_diagonal(similarity, -2)
    same = patients[:, None] == patients[None, :]
    np.fill_diagonal(same, False)
    asked = same.any(1)
    found = same[np.arange(len(same)), similarity.argmax(1)][asked].mean()
    print(f"Hannover, {len(patients)} films of {len(set(patients))} patients: pa against ap, AUROC by film "
          f"{roc_auc_score(films.labels, scores):.4f}; same patient found {found:.3f} (chance "
          f"{(same.sum(1)[asked] / (len(same) - 1)).mean():.3f})")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--hannover", type=Path)
    arguments = parser.parse_args()
    checkpoint = torch.load(arguments.checkpoint)
    train, held_out = split_by_patient(load(arguments.data, SIDE), checkpoint["heldOutShare"], checkpoint["seed"])
    torch.manual_seed(checkpoint["seed"])
    model = Classifier(len(CLASSES))
    print(f"trained for {checkpoint['steps']} steps; {len(train.labels)} films of {len(set(train.patients))} patients "
          f"for fitting, {len(held_out.labels)} of {len(set(held_out.patients))} held out")

    for title in ("untrained", "trained"):
        if title == "trained":
            model.load_state_dict(checkpoint["weights"])
        probe = make_probe().fit(features(model.encoder, train, checkpoint), train.labels > 0)
        scores = probe.decision_function(features(model.encoder, held_out, checkpoint))
        labels, means = by_patient(held_out, scores)
        low, high = interval(labels, means)
        print(f"{title}: AUROC by film {roc_auc_score(held_out.labels > 0, scores):.4f}, by patient "
              f"{roc_auc_score(labels, means):.4f} ({low:.4f} to {high:.4f})", flush=True)
    for name, change in shifts().items():
        scores = probe.decision_function(features(model.encoder, held_out, checkpoint, change))
        print(f"  {name}: AUROC by patient {roc_auc_score(*by_patient(held_out, scores)):.4f}", flush=True)
    if arguments.hannover:
        measure_hannover(model.encoder, checkpoint, arguments.hannover)


if __name__ == "__main__":
    main()

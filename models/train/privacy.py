# SPDX-License-Identifier: Apache-2.0
"""What features give away: the same patient in another film, a film that somebody holds, and pictures made of features.

Every figure is a share of cases next to what chance gives. These are simple attacks: better ones find more.
"""
import numpy as np

INVERSION_FOLDS, INVERSION_SIDE = 4, 64
RIDGES = (0.01, 0.1, 1.0, 10.0)


def standardised(features, of=None):
    of = features if of is None else of
    mean, std = of.mean(0), of.std(0)
    return (features - mean) * np.where(std > 1e-9, 1 / np.maximum(std, 1e-9), 0)


def cosine(a, b):
    a = a / np.maximum(np.linalg.norm(a, axis=1, keepdims=True), 1e-12)
    b = b / np.maximum(np.linalg.norm(b, axis=1, keepdims=True), 1e-12)
    return a @ b.T


def near_duplicates(pixels, limit=0.985):
    """bool [N]: films whose 32 x 32 picture correlates with an earlier kept one's by more than `limit`."""
    small = reduced(pixels, 32)
    small = small - small.mean(1, keepdims=True)
    similar = cosine(small, small) > limit
    drop = np.zeros(len(pixels), bool)
    for i in range(len(pixels)):
        drop[i] = (similar[i, :i] & ~drop[:i]).any()
    return drop


def reduced(pixels, side):
    """float64 [N, side * side] in 0..1: means over blocks of uint8 [N, H, H], H a multiple of `side` after cutting."""
    block = pixels.shape[1] // side
    cut = pixels[:, :block * side, :block * side].astype(np.float64) / 255
    return cut.reshape(len(pixels), side, block, side, block).mean((2, 4)).reshape(len(pixels), -1)


def same_patient(features, patients):
    """Of the films whose patient has another: how often the most similar other film is the same patient's (rank-1)."""
    similarity = cosine(*[standardised(features)] * 2)
    np.fill_diagonal(similarity, -2)
    same = patients[:, None] == patients[None, :]
    np.fill_diagonal(same, False)
    asked = same.any(1)
    found = same[np.arange(len(same)), similarity.argmax(1)][asked]
    chance = (same.sum(1)[asked] / (len(same) - 1)).mean()
    return {"rank1": float(found.mean()), "chance": float(chance), "films": int(asked.sum()),
            "patients": len(np.unique(patients[asked]))}


def inversion(features, pixels, patients, seed=0):
    """A ridge decoder to 64 x 64 px, fitted on other patients' films: how often its picture is nearest to the right film.

    match@1 and match@10 are means over folds; the reconstruction is compared with all films of the fold by the cosine of their
    differences from the mean film. Where several are equally near, one of them is drawn: a decoder that learnt nothing makes the
    same picture of every film, and finds no more than chance.
    """
    from .probe import folds

    images, fold = reduced(pixels, INVERSION_SIDE), folds(patients, INVERSION_FOLDS, seed)
    hits = {1: [], 10: []}
    chance = []
    for k in range(INVERSION_FOLDS):
        fit, test = np.flatnonzero(fold != k), np.flatnonzero(fold == k)
        made = _decode(features[fit], images[fit], features[test], patients[fit])
        mean = images[fit].mean(0)
        similarity = cosine(made - mean, images[test] - mean)
        own = np.diagonal(similarity)[:, None]
        better, level = (similarity > own).sum(1), (similarity == own).sum(1)  # the right film is one of those at its level
        for top in hits:
            hits[top].append(np.clip((top - better) / level, 0, 1).mean())
        chance.append(1 / len(test))
    return {"match1": float(np.mean(hits[1])), "match10": float(np.mean(hits[10])), "chance1": float(np.mean(chance)),
            "films": len(images), "folds": INVERSION_FOLDS}


def _decode(features, images, wanted, patients):
    """Ridge regression in its dual form; the penalty is chosen on a quarter of the patients."""
    from .probe import folds

    inner = folds(patients, 4, 1) == 0
    errors = []
    for ridge in RIDGES:
        made = _ridge(features[~inner], images[~inner], features[inner], ridge)
        errors.append(((made - images[inner]) ** 2).mean())
    return _ridge(features, images, wanted, RIDGES[int(np.argmin(errors))])


def _ridge(features, images, wanted, ridge):
    x, z = standardised(features), standardised(wanted, features)
    gram = x @ x.T
    gram[np.diag_indices_from(gram)] += ridge * features.shape[1]
    return images.mean(0) + (z @ x.T) @ np.linalg.solve(gram, images - images.mean(0))


def known_image(features, features_of_copies):
    """How often a film's changed copy (see evaluate.half_and_jpeg) is nearest to the film itself.

    Both sets are standardised by their own moments, as whoever holds many films does: what all copies have in common, a softer
    picture, would hide them otherwise.
    """
    similarity = cosine(standardised(features_of_copies), standardised(features))
    found = similarity.argmax(1) == np.arange(len(features))
    return {"rank1": float(found.mean()), "chance": 1 / len(features), "films": len(features)}

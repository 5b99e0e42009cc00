# SPDX-License-Identifier: Apache-2.0
"""Scores of predictions, with NumPy alone."""
from __future__ import annotations

from typing import Any, Dict

import numpy as np

from .schema import HeadTask

Array = Any


def auroc(scores: Array, positive: Array) -> float:
    """Area under the ROC curve: how often a positive has a higher score than a negative, ties half. NaN for one class.

    :param scores: [N]
    :param positive: bool [N]
    """
    positive = np.asarray(positive, bool)
    positives, negatives = int(positive.sum()), int((~positive).sum())
    if positives == 0 or negatives == 0:
        return float("nan")
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse.reshape(-1)]  # the mean rank of equal scores
    return float((ranks[positive].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def _classification(outputs: Array, answers: Array) -> Dict[str, float]:
    predicted, classes = outputs.argmax(1), np.unique(answers)
    recall = [float((predicted[answers == one] == one).mean()) for one in classes]
    if outputs.shape[1] == 2:
        area = auroc(outputs[:, 1] - outputs[:, 0], answers == 1)
    else:
        odds = outputs - np.logaddexp.reduce(outputs, 1, keepdims=True)
        areas = [auroc(odds[:, one], answers == one) for one in classes]
        area = float(np.mean(areas))
    return {"accuracy": float((predicted == answers).mean()), "balancedAccuracy": float(np.mean(recall)), "AUROC": area}


def _multi_label(outputs: Array, answers: Array) -> Dict[str, float]:
    known = ~np.isnan(answers)
    areas = np.array(
        [auroc(outputs[known[:, one], one], answers[known[:, one], one] > 0.5) for one in range(outputs.shape[1])]
    )
    found = areas[~np.isnan(areas)]
    return {
        "accuracy": float(((outputs > 0) == (answers > 0.5))[known].mean()),
        "AUROC": float(found.mean()) if len(found) else float("nan"),
    }


def _regression(outputs: Array, answers: Array) -> Dict[str, float]:
    error = outputs.reshape(-1) - answers
    spread = float(((answers - answers.mean()) ** 2).mean())
    squared = float((error**2).mean())
    return {
        "MAE": float(np.abs(error).mean()),
        "RMSE": squared**0.5,
        "R2": 1 - squared / spread if spread else float("nan"),
    }


def score(task: HeadTask, outputs: Array, answers: Array) -> Dict[str, float]:
    """Scores of a head's outputs.

    :param outputs: float [N, outputs]: logits, or numbers
    :param answers: as `pith.xy` gives them, known ones only (NaN in cells of a multi-label column)
    :return: accuracy, balancedAccuracy and AUROC (of more than two classes the mean of one against the rest); of
        multi-label columns accuracy of cells and mean AUROC; of regression MAE, RMSE and R2
    """
    measure = {
        HeadTask.classification: _classification,
        HeadTask.multiLabel: _multi_label,
        HeadTask.regression: _regression,
    }
    if len(answers) == 0:
        return {}
    return measure[task](np.asarray(outputs, np.float64), np.asarray(answers))

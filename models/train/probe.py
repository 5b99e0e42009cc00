# SPDX-License-Identifier: Apache-2.0
"""Linear probes: logistic regression on standardised features, its strength chosen inside the training part, AUROC with
intervals by patient. NumPy only."""
import numpy as np

STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)  # L2 penalty per example: mean loss + strength / 2 * |w|^2
INNER_FOLDS = 4


def auroc(positive, scores):
    """Area under the ROC curve, ties count half (Mann-Whitney). NaN where one class is missing."""
    positive, scores = np.asarray(positive, bool), np.asarray(scores, np.float64)
    count = int(positive.sum())
    if count == 0 or count == len(positive):
        return float("nan")
    _, place, tied = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(tied) - (tied - 1) / 2)[place]
    return float((ranks[positive].sum() - count * (count + 1) / 2) / (count * (len(positive) - count)))


def _loss(weights, x, sign, balance, strength):
    """Balanced logistic loss and gradient; weights [D + 1], the last is the offset, which is not penalised."""
    margin = sign * (x @ weights[:-1] + weights[-1])
    loss = np.logaddexp(0, -margin) @ balance + strength / 2 * weights[:-1] @ weights[:-1]
    slope = -sign * balance / (1 + np.exp(np.clip(margin, -500, 500)))
    return loss, np.append(x.T @ slope + strength * weights[:-1], slope.sum())


def minimise(function, start, iterations=150, memory=10, tolerance=1e-5):
    """L-BFGS with Armijo backtracking (Nocedal and Wright, Numerical Optimization, algorithm 7.4)."""
    x, (value, gradient) = start, function(start)
    steps = []
    for _ in range(iterations):
        if np.abs(gradient).max() < tolerance:
            break
        direction, used = -gradient, []
        for s, y, rho in reversed(steps):
            a = rho * (s @ direction)
            direction = direction - a * y
            used.append(a)
        if steps:
            direction = direction * (steps[-1][0] @ steps[-1][1] / (steps[-1][1] @ steps[-1][1]))
        for (s, y, rho), a in zip(steps, reversed(used)):
            direction = direction + (a - rho * (y @ direction)) * s
        slope, length = gradient @ direction, 1.0 if steps else min(1.0, 1 / np.abs(gradient).sum())
        while True:
            new = x + length * direction
            new_value, new_gradient = function(new)
            if new_value <= value + 1e-4 * length * slope or length < 1e-12:
                break
            length /= 2
        s, y = new - x, new_gradient - gradient
        if s @ y > 1e-12 * np.sqrt((s @ s) * (y @ y)):
            steps = (steps + [(s, y, 1 / (s @ y))])[-memory:]
        if value - new_value < 1e-10 * max(1.0, abs(value)):
            return new
        x, value, gradient = new, new_value, new_gradient
    return x


class Probe:
    """Logistic regression between two classes, equally weighted, on standardised features."""

    def __init__(self, features, positive, strength):
        features = np.asarray(features, np.float64)
        self.mean, std = features.mean(0), features.std(0)
        self.scale = np.where(std > 1e-9 * max(std.max(), 1e-30), 1 / np.maximum(std, 1e-30), 0)
        positive = np.asarray(positive, bool)
        sign = np.where(positive, 1.0, -1.0)
        balance = np.where(positive, 0.5 / positive.sum(), 0.5 / (~positive).sum())
        x, span = self._standardised(features), None
        if x.shape[1] > len(x):  # with an L2 penalty the weights are a sum of the records: search only there
            span = np.linalg.qr(x.T)[0]
            x = x @ span
        weights = minimise(lambda w: _loss(w, x, sign, balance, strength), np.zeros(x.shape[1] + 1))
        self.weights = weights if span is None else np.append(span @ weights[:-1], weights[-1])

    def _standardised(self, features):
        return (np.asarray(features, np.float64) - self.mean) * self.scale

    def __call__(self, features):
        """Log odds [N]."""
        return self._standardised(features) @ self.weights[:-1] + self.weights[-1]


def folds(groups, count, seed=0):
    """int64 [N]: the fold of each record; a group stays together, folds are of about equal size."""
    names, place, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    shuffled = np.random.default_rng(seed).permutation(len(names))
    order = shuffled[np.argsort(-sizes[shuffled], kind="stable")]
    filled, fold = np.zeros(count, np.int64), np.empty(len(names), np.int64)
    for group in order:
        fold[group] = filled.argmin()
        filled[fold[group]] += sizes[group]
    return fold[place]


def choose_strength(features, positive, groups):
    """The strength with the best AUROC of all inner folds together; groups never stand on both sides."""
    inner = folds(groups, min(INNER_FOLDS, len(np.unique(groups))), seed=1)
    best = (-1.0, STRENGTHS[-1])
    for strength in STRENGTHS:
        scores = []
        for fold in range(inner.max() + 1):
            fit, test = inner != fold, inner == fold
            if len(np.unique(positive[fit])) == 2 and len(np.unique(positive[test])) == 2:
                scores.append(auroc(positive[test], Probe(features[fit], positive[fit], strength)(features[test])))
        if scores and np.mean(scores) > best[0] + 1e-6:
            best = (float(np.mean(scores)), strength)
    return best[1]


def fit(features, positive, groups):
    """A Probe whose strength was chosen on the same records, patients apart."""
    positive = np.asarray(positive, bool)
    return Probe(features, positive, choose_strength(features, positive, groups))


def cross_validated(features, positive, groups, count=10):
    """Log odds [N] of each record by a probe that saw none of its group."""
    positive, fold = np.asarray(positive, bool), folds(groups, count)
    scores = np.empty(len(positive))
    for k in range(count):
        fit_rows, test = fold != k, fold == k
        probe = fit(features[fit_rows], positive[fit_rows], groups[fit_rows])
        scores[test] = probe(features[test])
    return scores


def interval(positive, scores, groups, resamplings=1000, seed=0):
    """2.5th and 97.5th percentile of the AUROC when patients are drawn with replacement."""
    positive, scores = np.asarray(positive, bool), np.asarray(scores)
    names, place = np.unique(groups, return_inverse=True)
    rows = np.split(np.argsort(place, kind="stable"), np.cumsum(np.bincount(place))[:-1])
    rng, values = np.random.default_rng(seed), []
    for _ in range(resamplings):
        drawn = np.concatenate([rows[g] for g in rng.integers(0, len(names), len(names))])
        values.append(auroc(positive[drawn], scores[drawn]))
    return [float(v) for v in np.nanpercentile(values, (2.5, 97.5))]

# SPDX-License-Identifier: Apache-2.0
"""The parts of the loss. Each is a mean over its images, of the order of one at the start."""
import torch
import torch.nn.functional as F

from .formula.phantoms import KINDS


def distillation(predicted, wanted):
    """Mean square error, where the mean answer has one, plus one minus the cosine. [N, K], centred, variance 1 in all."""
    square = (predicted - wanted).square().sum(1) / wanted.shape[1]
    return square.mean() + (1 - F.cosine_similarity(predicted, wanted, dim=1)).mean()


def vicreg(a, b, invariance=1.0, variance=1.0, covariance=0.04):
    """Variance-invariance-covariance regularisation of two views [N, D] (Bardes, Ponce, LeCun, ICLR 2022,
    arXiv:2105.04906); the weights keep the paper's 25 : 25 : 1."""
    spread, mixed = 0.0, 0.0
    for x in (a, b):
        x = x - x.mean(0)
        spread = spread + F.relu(1 - (x.var(0) + 1e-4).sqrt()).mean() / 2
        product = x.T @ x / (len(x) - 1)
        mixed = mixed + (product.square().sum() - product.diagonal().square().sum()) / x.shape[1]
    return invariance * F.mse_loss(a, b) + variance * spread + covariance * mixed


def changes(predicted, a, b):
    """Mean square error of the difference of two views' changes, 1 for the answer 0 where a and b have variance 1. [F, K]

    Augmentation-aware self-supervision (Lee et al., NeurIPS 2021, arXiv:2111.09613): invariance alone forgets tone, sharpness
    and noise, which tell detectors apart."""
    return F.mse_loss(predicted, a - b) / 2


def formula(class_scores, target_scores, classes, targets):
    """Cross-entropy of the images with a class, scaled by the answer of chance; phantoms: cross-entropy of the kind of
    shadow, and mean square error of the other targets."""
    losses = []
    known, phantom = classes >= 0, targets.abs().sum(1) > 0
    if known.any():
        chance = torch.log(torch.tensor(float(class_scores.shape[1])))
        losses.append(F.cross_entropy(class_scores[known], classes[known], label_smoothing=0.05) / chance)
    if phantom.any():
        kinds = len(KINDS)
        answers, wanted = target_scores[phantom], targets[phantom]
        losses.append(0.5 * F.cross_entropy(answers[:, :kinds], wanted[:, :kinds].argmax(1)))
        losses.append(F.mse_loss(answers[:, kinds:], wanted[:, kinds:]))
    return sum(losses) if losses else class_scores.sum() * 0


def total(student, batch, weights):
    """(loss, {part: float}) of one step.

    batch.images: normalised [2 F + T, 1, H, W], the two views of F films, then T views that the teacher saw.
    batch.labels [F]; batch.changes [2 F, C]; of the T: .view_labels (-1: not a film), .wanted [T, K], .classes, .targets.
    """
    films = len(batch.labels)
    features = student.encoder(batch.images)
    parts = {}
    scores = student.findings(features)
    is_film = torch.cat([torch.ones(2 * films, dtype=torch.bool, device=scores.device), batch.view_labels >= 0])
    labels = torch.cat([batch.labels, batch.labels, batch.view_labels])
    if weights.findings:
        parts["findings"] = weights.findings * F.cross_entropy(scores[is_film], labels[is_film],
                                                               label_smoothing=weights.label_smoothing)
    if weights.invariance:
        expanded = student.expander(features[:2 * films])
        parts["invariance"] = weights.invariance * vicreg(expanded[:films], expanded[films:])
    if weights.changes:
        told = student.changes(features[:films] - features[films:2 * films])
        parts["changes"] = weights.changes * changes(told, batch.changes[:films], batch.changes[films:])
    views = features[2 * films:]
    if weights.distillation and len(views):
        parts["distillation"] = weights.distillation * distillation(student.teacher(views), batch.wanted)
    if weights.formula and (batch.view_labels < 0).any():
        parts["formula"] = weights.formula * formula(student.classes(views), student.targets(views), batch.classes,
                                                     batch.targets)
    return sum(parts.values()), {name: float(value.detach()) for name, value in parts.items()}

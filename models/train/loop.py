# SPDX-License-Identifier: Apache-2.0
"""The training loop. What a step does follows from the settings, the seed and the step's number alone, so that a training
that was interrupted goes on to the same weights."""
import math
import signal
import time
from dataclasses import dataclass

import numpy as np
import torch

from . import objective
from .augment import Draws, augment, vary_slightly
from .checkpoint import Average
from .films import CLASSES
from .network import Student
from .probe import auroc
from .shifts import shifted_validation

EVALUATION_BATCH = 64


@dataclass
class Material:
    """What a training reads. mean, std: of the training films, in 0..1."""

    train: object  # Films
    validation: object  # Films
    formula: object  # FormulaImages, may be empty
    views: object  # Views or None
    mean: float
    std: float
    formula_classes: int
    teacher_dimensions: int


@dataclass
class Batch:
    """One step's images and what is asked of them; shapes are in objective.total."""

    images: torch.Tensor
    labels: torch.Tensor
    changes: torch.Tensor
    view_labels: torch.Tensor
    wanted: torch.Tensor
    classes: torch.Tensor
    targets: torch.Tensor


def rate_at(progress, schedule):
    """Linear warm-up, then half a cosine down to zero."""
    if progress < schedule.warm_up:
        return schedule.peak_rate * progress / schedule.warm_up
    return schedule.peak_rate * 0.5 * (1 + math.cos(math.pi * (progress - schedule.warm_up) / (1 - schedule.warm_up)))


def side_at(progress, schedule):
    return [side for side, start in zip(schedule.sides_px, schedule.side_from) if progress >= start][-1]


class Order:
    """An endless row of shuffled passes over `count` things, read at any place."""

    def __init__(self, count, seed):
        self.count, self.seed, self.cached = count, seed, (-1, None)

    def at(self, start, length):
        """int64 [length]: places start .. start + length."""
        return np.array([self._one(place) for place in range(start, start + length)], np.int64)

    def _one(self, place):
        turn, offset = divmod(place, self.count)
        if self.cached[0] != turn:
            self.cached = (turn, np.random.default_rng([self.seed, turn]).permutation(self.count))
        return self.cached[1][offset]


class Batches:
    """Batch of a step."""

    def __init__(self, material, config, device):
        self.material, self.schedule, self.seed, self.device = material, config.schedule, config.seed, device
        self.inverted = config.augment.inverted
        self.films = Order(len(material.train), config.seed * 2)
        self.views = Order(len(material.views), config.seed * 2 + 1) if material.views is not None else None

    def _resized(self, pixels, side):
        x = torch.from_numpy(pixels).to(self.device).unsqueeze(1).float() / 255
        if x.shape[-1] == side:
            return x
        return torch.nn.functional.interpolate(x, (side, side), mode="bilinear", antialias=True, align_corners=False)

    def at(self, step, side):
        m, count, wanted = self.material, self.schedule.films, self.schedule.teacher_views
        generator = torch.Generator().manual_seed((self.seed * 7919 + 17) * 10_000_019 + step)
        rows = self.films.at(step * count, count)
        pixels = torch.from_numpy(np.array(m.train.pixels[rows]))
        seen, changes = augment(torch.cat([pixels, pixels]), side, generator, self.device, self.inverted)
        parts = [seen]
        rows_of_views = np.zeros(0, np.int64)
        if self.views is not None and wanted:
            rows_of_views = self.views.at(step * wanted, wanted)
            seen = self._resized(m.views.pixels[rows_of_views], side)
            parts.append(vary_slightly(seen, Draws(generator, len(seen), self.device), self.inverted))
        images = ((torch.cat(parts) - m.mean) / m.std).contiguous(memory_format=torch.channels_last)
        to = lambda values: torch.from_numpy(np.array(values)).to(self.device)
        if not len(rows_of_views):
            none = torch.zeros(0, dtype=torch.long, device=self.device)
            return Batch(images, to(m.train.labels[rows]), changes, none, none, none, none)
        v, of_formula = m.views, m.views.formula[rows_of_views]
        classes = np.where(of_formula >= 0, m.formula.classes[of_formula], -1)
        targets = np.where(of_formula[:, None] >= 0, m.formula.targets[of_formula], 0).astype(np.float32)
        return Batch(images, to(m.train.labels[rows]), changes, to(v.labels[rows_of_views]), to(v.wanted[rows_of_views]),
                     to(classes), to(targets))


def make_optimizer(model, schedule):
    """AdamW (Loshchilov and Hutter, ICLR 2019, arXiv:1711.05101); biases and norms do not decay."""
    decayed = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    return torch.optim.AdamW([{"params": decayed, "weight_decay": schedule.weight_decay},
                              {"params": others, "weight_decay": 0.0}], lr=schedule.peak_rate)


@torch.no_grad()
def encode(encoder, pixels, material, head=None):
    """float32 [N, features] (or the head's scores) of uint8 [N, H, W], by PyTorch."""
    device = next(encoder.parameters()).device
    parts = []
    for start in range(0, len(pixels), EVALUATION_BATCH):
        x = torch.from_numpy(np.array(pixels[start:start + EVALUATION_BATCH])).to(device).unsqueeze(1).float() / 255
        features = encoder(((x - material.mean) / material.std).contiguous(memory_format=torch.channels_last))
        parts.append((head(features) if head is not None else features).cpu().numpy())
    return np.concatenate(parts)


def validate(student, pixels, labels, material):
    """Mean of two AUROCs on shifted validation films: normal against pneumonia, bacterial against viral."""
    scores = encode(student.encoder, pixels, material, student.findings).astype(np.float64)
    sick = np.logaddexp(scores[:, 1], scores[:, 2]) - scores[:, 0]
    found, kind = labels > 0, labels[labels > 0] == CLASSES.index("viral")
    return {"pneumonia": auroc(found, sick), "viral": auroc(kind, (scores[:, 2] - scores[:, 1])[found])}


class Training:
    """Runs from the checkpoint, or from the start, to the end; `run` gives the chosen weights (see `best`)."""

    def __init__(self, config, material, checkpoint, device="cpu", log=print):
        self.config, self.material, self.checkpoint, self.device, self.log = config, material, checkpoint, device, log
        torch.set_num_threads(config.schedule.threads)
        torch.manual_seed(config.seed)
        student = Student(config.network, material.teacher_dimensions, material.formula_classes)
        self.student = student.to(device, memory_format=torch.channels_last)
        self.average = Average(self.student, config.schedule.averaging)
        self.optimizer = make_optimizer(self.student, config.schedule)
        self.batches = Batches(material, config, device)
        self.step, self.best, self.history, self.stopped = 0, None, [], False
        self.shifted = shifted_validation(material.validation.pixels)
        self._restore()

    def _restore(self):
        state = self.checkpoint.load(self.device)
        if state is None:
            return
        self.student.load_state_dict(state["student"])
        self.average.module.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.best, self.history = state["step"], state["best"], state["history"]
        self.log(f"goes on after step {self.step}")

    def save(self):
        self.checkpoint.save({"step": self.step, "student": self.student.state_dict(), "best": self.best,
                              "average": self.average.module.state_dict(), "optimizer": self.optimizer.state_dict(),
                              "history": self.history})

    def take_step(self):
        schedule = self.config.schedule
        progress = self.step / schedule.steps
        for group in self.optimizer.param_groups:
            group["lr"] = rate_at(progress, schedule)
        self.student.train()
        batch = self.batches.at(self.step, side_at(progress, schedule))
        loss, parts = objective.total(self.student, batch, self.config.objective)
        if not torch.isfinite(loss):
            raise FloatingPointError(f"the loss is {loss.item()} at step {self.step}: {parts}")
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.student.parameters(), 5.0)
        self.optimizer.step()
        self.average.update(self.student, self.step)
        self.step += 1
        return len(batch.images), parts

    def score(self):
        """Scores the average, keeps its weights where no better ones were seen."""
        scores = validate(self.average.module, self.shifted, self.material.validation.labels, self.material)
        value = sum(scores.values()) / len(scores)
        self.history.append({"step": self.step, **scores})
        if self.best is None or value >= self.best["score"]:
            weights = {name: tensor.clone() for name, tensor in self.average.module.state_dict().items()}
            self.best = {"step": self.step, "score": value, "weights": weights}
        self.log(f"step {self.step}: shifted validation films, AUROC pneumonia {scores['pneumonia']:.4f}, "
                 f"viral {scores['viral']:.4f}; best so far at step {self.best['step']}")

    def run(self, stop_at=None):
        """Trains to the end (or to step `stop_at`, or a signal to end), saving on the way. True when it is done."""
        schedule = self.config.schedule
        every = max(1, schedule.steps // schedule.validations)
        end = min(schedule.steps, stop_at or schedule.steps)
        clock = Clock(schedule, self.log)
        while self.step < end and not self.stopped:
            clock.add(self.step, *self.take_step())
            if self.step % every == 0 or self.step == schedule.steps:
                self.score()
            if clock.wants_checkpoint():
                self.save()
        self.save()
        return self.step >= schedule.steps

    def stop_on_signals(self):
        """SIGTERM and SIGINT end the training after the step that runs, with a checkpoint."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: setattr(self, "stopped", True))


class Clock:
    """Progress lines, and when the next checkpoint is due. The time left takes into account that images grow."""

    def __init__(self, schedule, log):
        self.schedule, self.log = schedule, log
        self.last_line = self.last_save = time.monotonic()
        self.images, self.pixels, self.parts = 0, 0.0, []

    def add(self, step, images, parts):
        self.images += images
        self.pixels += side_at(step / self.schedule.steps, self.schedule) ** 2
        self.parts.append(parts)
        now = time.monotonic()
        if now - self.last_line < 30 and step + 1 < self.schedule.steps:
            return
        spent = max(now - self.last_line, 1e-9)
        left = sum(side_at(s / self.schedule.steps, self.schedule) ** 2 for s in range(step + 1, self.schedule.steps))
        names = sorted({name for one in self.parts for name in one})
        means = ", ".join(f"{name} {np.mean([one[name] for one in self.parts if name in one]):.3f}" for name in names)
        self.log(f"step {step + 1} of {self.schedule.steps}: {means}; {self.images / spent:.0f} images/s, "
                 f"{left / self.pixels * spent / 60:.0f} min left")
        self.images, self.pixels, self.parts, self.last_line = 0, 0.0, [], now

    def wants_checkpoint(self):
        if time.monotonic() - self.last_save < self.schedule.checkpoint_minutes * 60:
            return False
        self.last_save = time.monotonic()
        return True

# SPDX-License-Identifier: Apache-2.0
"""Trains the provisional encoder on one processor core.

    python3 train.py --data kermany224-train.tar.gz --minutes 24 --out checkpoint.pt

Writes the averaged weights, the normalisation and the split that were used; export.py makes a model folder from it.
The schedule follows the clock with --minutes, and the count of steps with --steps: only then do two runs agree.
"""
import argparse
import copy
import math
import time

import numpy as np
import torch
import torch.nn.functional as F

from augment import augment
from data import CLASSES, load, split_by_patient
from network import Classifier

SIDE = 224  # px, what is deployed
STAGES = ((0.0, 128), (0.55, 160), (0.8, 224))  # from this share of the run on, this training side in px
BATCH = 48
PEAK_RATE = 3e-3
WARM_UP = 0.03  # share of the run
WEIGHT_DECAY = 0.05
AVERAGING = 0.998  # per step, for the exponential moving average of the weights


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="folder or tar.gz with train/NORMAL and train/PNEUMONIA")
    parser.add_argument("--out", required=True, help="checkpoint to write")
    parser.add_argument("--minutes", type=float, default=24)
    parser.add_argument("--steps", type=int, help="this many steps, however long they take")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--held-out", type=float, default=0.15, help="share of the patients not trained on")
    return parser.parse_args()


def rate_at(progress):
    """Linear warm-up, then half a cosine down to zero."""
    if progress < WARM_UP:
        return PEAK_RATE * progress / WARM_UP
    return PEAK_RATE * 0.5 * (1 + math.cos(math.pi * (progress - WARM_UP) / (1 - WARM_UP)))


def side_at(progress):
    return [side for start, side in STAGES if progress >= start][-1]


@torch.no_grad()
def update_average(average, model, step):
    keep = min(AVERAGING, (1 + step) / (10 + step))
    for kept, new in zip(average.state_dict().values(), model.state_dict().values()):
        if kept.dtype.is_floating_point:
            kept.lerp_(new, 1 - keep)
        else:
            kept.copy_(new)


@torch.no_grad()
def accuracy(model, films, mean, std):
    model.eval()
    right = 0
    for start in range(0, len(films.labels), 64):
        pixels = torch.from_numpy(films.pixels[start:start + 64]).unsqueeze(1).float() / 255
        right += (model((pixels - mean) / std).argmax(1).numpy() == films.labels[start:start + 64]).sum()
    return right / len(films.labels)


def make_optimizer(model):
    decayed = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    return torch.optim.AdamW([{"params": decayed, "weight_decay": WEIGHT_DECAY}, {"params": others, "weight_decay": 0}])


def main():
    arguments = parse_arguments()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    generator = torch.Generator().manual_seed(arguments.seed)

    train, held_out = split_by_patient(load(arguments.data, SIDE), arguments.held_out, arguments.seed)
    mean, std = (round(float(f(train.pixels / np.float32(255))), 3) for f in (np.mean, np.std))
    print(f"{len(train.labels)} films to train on, {len(held_out.labels)} held out; mean {mean}, std {std}", flush=True)

    pixels, labels = torch.from_numpy(train.pixels), torch.from_numpy(train.labels)
    model = Classifier(len(CLASSES)).to(memory_format=torch.channels_last)
    average = copy.deepcopy(model)
    optimizer = make_optimizer(model)
    begin, step, epoch, progress = time.monotonic(), 0, 0, 0.0
    while progress < 1:
        losses = []
        for chosen in torch.randperm(len(labels), generator=generator).split(BATCH):
            elapsed_min = (time.monotonic() - begin) / 60
            progress = step / arguments.steps if arguments.steps else elapsed_min / arguments.minutes
            if progress >= 1:
                break
            for group in optimizer.param_groups:
                group["lr"] = rate_at(progress)
            model.train()
            x = (augment(pixels[chosen], side_at(progress), generator) - mean) / std
            loss = F.cross_entropy(model(x.contiguous(memory_format=torch.channels_last)), labels[chosen],
                                   label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            update_average(average, model, step)
            losses.append(loss.item())
            step += 1
        epoch += 1
        if losses and (epoch % 4 == 0 or progress >= 1):
            print(f"epoch {epoch} step {step} {progress:.0%} loss {np.mean(losses):.4f} "
                  f"held-out accuracy {accuracy(average, held_out, mean, std):.4f}", flush=True)
    print(f"{step} steps; held-out three-class accuracy {accuracy(average, held_out, mean, std):.4f}")
    torch.save({"weights": average.state_dict(), "mean": mean, "std": std, "steps": step, "seed": arguments.seed,
                "heldOutShare": arguments.held_out}, arguments.out)


if __name__ == "__main__":
    main()

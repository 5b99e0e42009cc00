# SPDX-License-Identifier: Apache-2.0
"""training.py PITH IMAGES [--model M] [--recipe R] [--epochs E]: stored features against the backbone in every epoch.

PITH is the command line, IMAGES a folder with one folder for each class. The backbone is run twice by `pith extract`,
the fastest way we have to run it (XNNPACK, all cores), once for the file and once more as the epoch that it would
cost; both runs must give the same file to the bit, so a head that is trained with either reaches the same accuracy.
The head is linear on standardized features, trained with PyTorch. Figures are of this machine at this hour.
"""
import argparse
import os
import statistics
import subprocess
import tempfile
import time

import numpy as np
import pith
import pith.torch
import torch
from pith.schema import Head, HeadTask, Layer, LayerKind, Loss, Optimizer


def extract(options, path):
    """Seconds for all images, decoding included as every epoch would need it."""
    command = [options.pith, "extract", options.images, "-o", path, "--label-from-folder", "--seed", "1", "--quiet"]
    for name in ("model", "recipe"):
        if getattr(options, name):
            command += [f"--{name}", getattr(options, name)]
    began = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - began


def linear_head(file):
    column = file.labels[0]
    layers = (Layer(LayerKind.standardize, epsilon=1e-6), Layer(LayerKind.linear, outputs=len(column.categories)))
    return Head(
        name="linear",
        task=HeadTask.classification,
        label=0,
        features=(0,),
        layers=layers,
        loss=Loss.crossEntropy,
        optimizer=Optimizer.adamW,
        learning_rate=1e-2,
        weight_decay=1e-2,
        batch_size=256,
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pith")
    parser.add_argument("images")
    parser.add_argument("--model")
    parser.add_argument("--recipe")
    parser.add_argument("--epochs", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("a.pith", "b.pith")]
        backbone = [extract(options, path) for path in paths]
        one, other = (pith.open(path) for path in paths)
        if one.root_sha256 != other.root_sha256:
            raise SystemExit("two runs of the backbone gave different files")
        held = np.random.default_rng(0).permutation(len(one))[: len(one) // 5]
        parts = {"train": np.setdiff1d(np.arange(len(one)), held), "test": np.sort(held)}
        runs = [
            pith.torch.train_head(file, head, parts=parts, epochs=options.epochs)
            for file, head in ((one, linear_head(one)), (other, linear_head(other)))
        ]
    head = statistics.median(run.seconds_per_epoch for run in runs)
    network = statistics.median(backbone)
    share = len(parts["train"]) / len(one)
    print(
        f"{len(one)} images, {one.features().shape[1]} features by {one.info.encoders[0].name}, {os.cpu_count()} cores, "
        f"PyTorch {torch.__version__} with {torch.get_num_threads()} threads"
    )
    print(
        f"backbone in every epoch   {share * network + head:9.3f} s an epoch ({len(one) / network:.0f} images a second, training part)"
    )
    print(f"features from the file    {head:9.4f} s an epoch: {(share * network + head) / head:.0f} times less")
    for title, run in zip(("from the file", "backbone again"), runs):
        print(f"test, {title:<20}" + ", ".join(f"{name} {value:.4f}" for name, value in run.scores["test"].items()))


if __name__ == "__main__":
    main()

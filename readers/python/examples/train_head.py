#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Open, look, train, score: `python3 readers/python/examples/train_head.py films.pith`

Each cell below can be run by itself in a notebook. A suggested head of the file is trained as it is described; where
the file has none, a linear one on standardized features. Needs NumPy and PyTorch.
"""
import argparse
import pathlib
import sys

import numpy as np

try:
    import pith
except ImportError:  # from a checkout, not installed
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "src"))
    import pith

import pith.torch
from pith.__main__ import summary
from pith.schema import Head, HeadTask, Layer, LayerKind, LabelType, Loss, Optimizer

# %% Which file, which label
parser = argparse.ArgumentParser(description="Trains a head on the features in a .pith container.")
parser.add_argument("file")
parser.add_argument("--label", help="name of the column to predict (default: the first label)")
parser.add_argument("--epochs", type=int, help="in place of the head's own number")
parser.add_argument("--seed", type=int, default=0, help="of weights and order")
options = parser.parse_args()

# %% Open
file = pith.open(options.file)

# %% Look
print("\n".join(summary(file)))
if file.moments is not None:
    constant = int((file.moments.std == 0).sum())
    print(
        f"values     {file.moments.minimum.min():.3g} to {file.moments.maximum.max():.3g}, {constant} dimensions are constant"
    )


# %% What to train
def linear_head(column):
    """A linear layer on standardized features, for a column of categories."""
    if column.type not in (LabelType.categorical, LabelType.ordinal):
        sys.exit(
            f"column '{column.name}' is of type {column.type.name}; without a suggested head this script predicts categories"
        )
    layers = (Layer(LayerKind.standardize, epsilon=1e-6), Layer(LayerKind.linear, outputs=len(column.categories)))
    return Head(
        name="linear",
        task=HeadTask.classification,
        label=column.index,
        features=(0,),
        layers=layers,
        loss=Loss.crossEntropy,
        optimizer=Optimizer.adamW,
        learning_rate=1e-2,
        weight_decay=1e-2,
        batch_size=256,
        epochs=20,
    )


def random_parts(file, seed, share=0.2):
    """Train and test at random, whole groups together where the file has a grouping."""
    groups = next(iter(file.groups.values())).numbers if file.groups else np.full(len(file), -1)
    alone = np.where(groups < 0, len(file) + np.arange(len(file)), groups)
    drawn = np.unique(alone)
    test = np.random.default_rng(seed).permutation(drawn)[: max(1, int(len(drawn) * share))]
    held = np.isin(alone, test)
    return {"train": np.flatnonzero(~held), "test": np.flatnonzero(held)}


suggested = [head for head in file.heads if options.label in (None, file.header.labels[head.label].name)]
if suggested:
    head, parts = suggested[0], None
else:
    column = pith.selection.label_column(file, options.label)
    head = linear_head(column)
    parts = random_parts(file, options.seed)
    if not file.groups:
        print("The file has no groups: one patient may stand on both sides, which makes scores too good.")

# %% Train
trained = pith.torch.train_head(file, head, seed=options.seed, epochs=options.epochs, parts=parts)
print(
    f"trained    {len(trained.losses)} epochs, loss {trained.losses[0]:.3f} to {trained.losses[-1]:.3f}, "
    f"{trained.seconds_per_epoch * 1000:.1f} ms each"
)

# %% Score
for part, scores in trained.scores.items():
    print(f"scores     {part}: " + ", ".join(f"{name} {value:.3f}" for name, value in scores.items()))
if not trained.scores:
    print("scores     none: every record trained")

# SPDX-License-Identifier: Apache-2.0
"""PyTorch: batches against plain arrays, heads against their description."""
import os
import pathlib
import tempfile
import unittest

import numpy as np
import pith
import samples
import writer
from pith import scores

try:
    import pith.torch
    import torch
    from torch.utils.data import DataLoader
except ImportError:
    torch = None

VECTORS = pathlib.Path(__file__).resolve().parents[3] / "spec/vectors/valid"


def build(type_="f16", encoding="raw", change=lambda header: None, **more):
    header, sections, given, second = samples.rich(400, 5, type_, encoding, **more)
    change(header)
    return writer.container(header, sections), given, second


def head(**fields):
    """A change that replaces fields of the suggested head."""
    return lambda header: header["heads"][0].update(fields)


@unittest.skipIf(torch is None, "PyTorch is not installed")
class Data(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "a.pith")
        stored, self.given, self.second = build()
        with open(self.path, "wb") as out:
            out.write(stored)
        self.file = pith.open(self.path)
        self.x, self.y = pith.xy(self.file, split="train")

    def sorted(self, batches):
        pairs = [(x.numpy(), y.numpy()) for x, y in batches]
        x, y = (np.concatenate(side) for side in zip(*pairs))
        order = np.lexsort(x.T)
        return x[order], y[order]

    def test_an_epoch_has_each_record_once(self):
        order = np.lexsort(self.x.T)
        batches = pith.torch.batches(self.file, "train", batch_size=64)
        for _ in range(2):
            x, y = self.sorted(batches)
            np.testing.assert_array_equal(x, self.x[order])
            np.testing.assert_array_equal(y, self.y[order])

    def test_order(self):
        first = [x.numpy() for x, _ in pith.torch.batches(self.file, "train", 64, seed=3)]
        again = pith.torch.batches(self.file, "train", 64, seed=3)
        np.testing.assert_array_equal(np.concatenate(first), np.concatenate([x.numpy() for x, _ in again]))
        second = np.concatenate([x.numpy() for x, _ in again])
        self.assertFalse(np.array_equal(np.concatenate(first), second))
        again.set_epoch(0)
        np.testing.assert_array_equal(np.concatenate(first), np.concatenate([x.numpy() for x, _ in again]))
        plain = np.concatenate([x.numpy() for x, _ in pith.torch.batches(self.file, "train", 64, shuffle=False)])
        np.testing.assert_array_equal(plain, self.x)

    def test_workers(self):
        order = np.lexsort(self.x.T)
        batches = pith.torch.batches(self.file, "train", batch_size=64)
        x, y = self.sorted(DataLoader(batches, batch_size=None, num_workers=2))
        np.testing.assert_array_equal(x, self.x[order])
        np.testing.assert_array_equal(y, self.y[order])
        dataset = pith.torch.Dataset(self.file, "train")
        loader = DataLoader(dataset, sampler=pith.torch.BatchSampler(len(dataset), 64), batch_size=None, num_workers=2)
        np.testing.assert_array_equal(self.sorted(loader)[0], self.x[order])

    def test_dataset(self):
        dataset = pith.torch.Dataset(self.file, "train", features=["second", "main"], dtype=torch.float64)
        rows = self.file.splits["holdout"]["train"]
        x, y = dataset[[5, 0, -1]]
        self.assertEqual((x.dtype, dataset.width, len(dataset)), (torch.float64, 8, len(rows)))
        np.testing.assert_array_equal(x[:, :3].numpy(), self.second[rows[[5, 0, -1]]])
        np.testing.assert_array_equal(y.numpy(), self.y[[5, 0, -1]])
        np.testing.assert_array_equal(dataset[-1][0].numpy(), x[2].numpy())

    def test_every_type(self):
        for type_, encoding in (("f32", "raw"), ("bf16", "zstdShuffled"), ("i8", "raw"), ("i4", "zstd")):
            with self.subTest(type=type_, encoding=encoding):
                stored, given, _ = build(type_, encoding)
                found = [x.numpy() for x, _ in pith.torch.batches(pith.open(stored), batch_size=100, shuffle=False)]
                np.testing.assert_array_equal(np.concatenate(found), given)


@unittest.skipIf(torch is None, "PyTorch is not installed")
class Heads(unittest.TestCase):
    def test_built_as_described(self):
        layers = [
            dict(kind=1, epsilon=1e-3),
            dict(kind=0, epsilon=0.5),
            dict(kind=2, outputs=7),
            dict(kind=8, epsilon=1e-5),
            dict(kind=4),
            dict(kind=7, rate=0.25),
            dict(kind=9, epsilon=1e-4),
            dict(kind=5),
            dict(kind=3),
            dict(kind=6),
            dict(kind=2, outputs=3),
        ]
        stored, given, second = build(change=head(layers=layers, optimizer=0, momentum=0.5))
        file = pith.open(stored)
        built = pith.torch.build_head(file)
        names = [type(module).__name__ for module in built.model]
        self.assertEqual(
            names,
            [
                "L2Normalize",
                "Standardize",
                "Linear",
                "BatchNorm1d",
                "GELU",
                "Dropout",
                "LayerNorm",
                "Tanh",
                "ReLU",
                "Sigmoid",
                "Linear",
            ],
        )
        joined = np.concatenate((given, second), 1)[file.splits["holdout"]["train"]].astype("f8")
        unit = joined / np.maximum(np.linalg.norm(joined, axis=1, keepdims=True), 1e-3)
        # Rounding to float32 in each of two layers.
        np.testing.assert_allclose(built.model[1].mean.numpy(), unit.mean(0), atol=4 * 2**-24)
        np.testing.assert_allclose(built.model[1].std.numpy(), unit.std(0), atol=4 * 2**-24)
        wanted = (unit[:3] - unit.mean(0)) / (unit.std(0) + 0.5)
        found = built.model[:2](torch.from_numpy(joined[:3].astype("f4"))).numpy()
        np.testing.assert_allclose(found, wanted, atol=16 * 2**-24)
        self.assertEqual(
            (built.model[3].eps, built.model[5].p, built.model[10].out_features), (np.float32(1e-5), 0.25, 3)
        )
        (group,) = built.optimizer.param_groups
        self.assertEqual((group["lr"], group["momentum"], group["weight_decay"]), (0.05, 0.5, 1e-4))

    def test_same_seed_same_weights(self):
        file = pith.open(build()[0])
        state = torch.random.get_rng_state()
        one, two, other = (pith.torch.build_head(file, seed=seed).model[1].weight for seed in (None, 7, 8))
        self.assertTrue(torch.equal(one, two))
        self.assertFalse(torch.equal(one, other))
        self.assertTrue(torch.equal(state, torch.random.get_rng_state()))

    def test_losses(self):
        outputs = torch.tensor([[1.0, -2.0, 0.5], [0.0, 3.0, 1.0]])
        loss = pith.torch.heads.HeadLoss(pith.schema.Loss.crossEntropy, (1.0, 2.0, 1.0))
        each = -torch.log_softmax(outputs, 1)
        self.assertAlmostEqual(float(loss(outputs, torch.tensor([0, 1]))), float((each[0, 0] + 2 * each[1, 1]) / 3), 6)
        self.assertAlmostEqual(float(loss(outputs, torch.tensor([-1, 1]))), float(each[1, 1]), 6)
        loss = pith.torch.heads.HeadLoss(pith.schema.Loss.binaryCrossEntropy, ())
        answers = torch.tensor([[1.0, np.nan, 0.0], [np.nan] * 3])
        wanted = (np.log1p(np.exp(-1.0)) + np.log1p(np.exp(0.5))) / 2
        self.assertAlmostEqual(float(loss(outputs, answers)), wanted, 6)
        loss = pith.torch.heads.HeadLoss(pith.schema.Loss.meanAbsoluteError, ())
        self.assertAlmostEqual(float(loss(outputs[:, :1], torch.tensor([3.0, np.nan]))), 2.0, 6)

    def test_every_optimizer_learns(self):
        for optimizer, rate, batch in ((0, 0.1, 16), (1, 0.05, 16), (2, 0.05, 16), (3, 1.0, 0)):
            with self.subTest(optimizer):
                change = head(optimizer=optimizer, learningRate=rate, batchSize=batch, weightDecay=1e-4)
                trained = pith.torch.train_head(pith.open(build("f32", change=change, learnable=True)[0]), epochs=15)
                self.assertEqual((list(trained.scores), len(trained.losses)), (["test"], 15))
                self.assertGreater(trained.scores["test"]["accuracy"], 0.9)
                self.assertGreater(trained.scores["test"]["AUROC"], 0.95)

    def test_other_tasks_and_folds(self):
        last = lambda outputs: [dict(kind=0, epsilon=1e-6), dict(kind=2, outputs=outputs)]
        for fields, measured in (
            (dict(task=1, label=2, layers=last(2), loss=1, classWeights=[]), "accuracy"),
            (dict(task=2, label=1, layers=last(1), loss=2, classWeights=[]), "RMSE"),
            (dict(task=2, label=3, layers=last(1), loss=3, classWeights=[2]), "MAE"),
        ):
            stored = build(change=head(splitPlus1=2, scorePartPlus1=3, **fields))[0]
            trained = pith.torch.train_head(pith.open(stored), epochs=2)
            self.assertEqual(list(trained.scores), ["c"])
            self.assertIn(measured, trained.scores["c"])
            self.assertEqual(list(pith.torch.train_head(pith.open(stored), fold=0, epochs=1).scores), ["a"])

    def test_every_head_of_the_golden_files(self):
        trained = 0
        for path in sorted(VECTORS.glob("*.pith")):
            file = pith.open(path)
            for place, entry in enumerate(file.heads):
                with self.subTest(path.stem, head=place):
                    found = pith.torch.train_head(file, place, epochs=2)
                    self.assertEqual((len(found.losses), found.entry), (2, entry))
                    trained += 1
        self.assertGreater(trained, 3)

    def test_standardizing_what_learns_is_refused(self):
        layers = [dict(kind=2, outputs=4), dict(kind=0), dict(kind=2, outputs=3)]
        with self.assertRaises(NotImplementedError):
            pith.torch.build_head(pith.open(build(change=head(layers=layers))[0]))


class Scores(unittest.TestCase):
    def test_auroc(self):
        random = np.random.default_rng(5)
        values, positive = random.integers(0, 9, 60).astype("f4"), random.random(60) < 0.4
        pairs = values[positive][:, None] - values[~positive][None]
        self.assertAlmostEqual(scores.auroc(values, positive), float(((pairs > 0) + 0.5 * (pairs == 0)).mean()))
        self.assertTrue(np.isnan(scores.auroc(values, np.ones(60, bool))))


if __name__ == "__main__":
    unittest.main()

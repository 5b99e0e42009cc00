# SPDX-License-Identifier: Apache-2.0
"""reading.py [--records N] [--features D] [--rounds R] [--only TITLE]: opening and shuffled epochs, side by side.

f16 features in batches of 1,024 rows, files in the page cache. Each format is opened and read in a process of its own,
in turn, so that a drift of the machine meets all of them; medians over the rounds are printed. Figures are of this
machine at this hour.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
from formats import ALL

BATCH = 1024


def seconds(action):
    began = time.perf_counter()
    result = action()
    return time.perf_counter() - began, result


def batches(count, seed):
    order = np.random.default_rng(seed).permutation(count)
    return [order[start : start + BATCH] for start in range(0, count, BATCH)]


def epoch(take, count, seed):
    """Seconds of one epoch. Each batch is a new array, as a training loop would have it."""
    planned = batches(count, seed)
    return seconds(lambda: [None for rows in planned if take(rows) is None])[0]


def warm_cache(folder):
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            with open(path, "rb") as file:
                while file.read(1 << 24):
                    pass


def measure(form, folder, count, width, slow):
    """In a process of its own: opening again and again, the first batch, the first epoch and later ones."""
    warm_cache(folder)
    found = {"open": []}
    for _ in range(1 if slow else 7):
        taken, take = seconds(lambda: form.open(folder))
        found["open"].append(taken)
        if taken > 0.5:
            break
    found["first"] = epoch(take, count, 0)
    found["epoch"] = min(epoch(take, count, seed) for seed in range(1, 2 if slow else 5))
    rows = batches(count, 9)[0]
    assert take(rows).shape == (len(rows), width) and take(rows).dtype == np.float16
    found["sum"] = float(take(np.sort(rows)[:50]).astype("f8").sum())
    return {**found, "open": statistics.median(found["open"])}


def memcpy(count, width):
    """Seconds for as many bytes: in one call, memory to memory, and in batches, whose targets stay in the cache."""
    source = np.ones((count, width), np.float16)
    target = np.ones_like(source)
    whole = min(seconds(lambda: np.copyto(target, source))[0] for _ in range(5))
    stepwise = lambda: [source[start : start + BATCH].copy() is None for start in range(0, count, BATCH)]
    return {"whole": whole, "batches": min(seconds(stepwise)[0] for _ in range(5))}


def worker(options):
    if options.worker == "memcpy":
        return memcpy(options.records, options.features)
    form = next(form for form in ALL if form.__name__ == options.worker)()
    return measure(form, options.folder, options.records, options.features, options.worker == "DofOne")


def in_process(name, folder, options):
    command = [
        sys.executable,
        __file__,
        "--worker",
        name,
        "--folder",
        folder,
        "--records",
        str(options.records),
        "--features",
        str(options.features),
    ]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def run_all(options):
    features = np.random.default_rng(1).normal(0, 1, (options.records, options.features)).astype(np.float16)
    results, forms = {}, [form for form in ALL if options.only in (None, form.__name__)]
    with tempfile.TemporaryDirectory() as parent:
        folders = {}
        for form in forms:
            folder = os.path.join(parent, form.__name__)
            os.mkdir(folder)
            try:
                form().write(folder, features)
            except ImportError as error:
                print(f"{form.title}: left out, {error}")
                continue
            folders[form] = folder
        del features
        for turn in range(options.rounds):
            results.setdefault("memcpy", []).append(in_process("memcpy", parent, options))
            for form, folder in folders.items():
                if turn == 0 or form.__name__ != "DofOne":
                    results.setdefault(form.title, []).append(in_process(form.__name__, folder, options))
    return results


def show(results, options):
    middle = lambda runs, what: statistics.median(run[what] for run in runs)
    gigabytes = options.records * options.features * 2 / 1e9
    copies = results.pop("memcpy")
    copied, stepwise = middle(copies, "whole"), middle(copies, "batches")
    sums = {run["sum"] for runs in results.values() for run in runs}
    assert len(sums) == 1, "the formats gave different values"
    print(
        f"{options.records} records of {options.features} f16, batches of {BATCH}, {os.cpu_count()} cores, NumPy {np.__version__}"
    )
    print(f"{'':<26}{'open ms':>10}{'open + first epoch s':>22}{'later epoch s':>15}{'GB/s':>8}{'of memcpy':>11}")
    for title, taken in (("memcpy, one call", copied), ("memcpy, in batches", stepwise)):
        print(f"{title:<26}{'':>10}{'':>22}{taken:>15.3f}{gigabytes / taken:>8.2f}{copied / taken:>11.2f}")
    for title, runs in results.items():
        opened, first, later = (middle(runs, what) for what in ("open", "first", "epoch"))
        print(
            f"{title:<26}{opened * 1000:>10.2f}{opened + first:>22.3f}{later:>15.3f}{gigabytes / later:>8.2f}{copied / later:>11.2f}"
        )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--features", type=int, default=1280)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only")
    parser.add_argument("--worker")
    parser.add_argument("--folder")
    options = parser.parse_args()
    if options.worker:
        print(json.dumps(worker(options)))
    else:
        show(run_all(options), options)


if __name__ == "__main__":
    main()

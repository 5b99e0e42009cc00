# SPDX-License-Identifier: Apache-2.0
"""What the scripts share that write small networks for one picture."""
import argparse
from pathlib import Path

import torch


def write_all(description, networks, side, seed, export):
    """Writes input.bin, float32 [1, 3, side, side], and each network beside it.

    :param export: called with a name, the picture and the folder
    """
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    x = torch.randn(1, 3, side, side, generator=torch.Generator().manual_seed(seed))
    x.numpy().astype("<f4").tofile(out / "input.bin")
    for name in networks:
        export(name, x, out)
    print(f"{len(networks)} networks")

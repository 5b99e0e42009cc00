# SPDX-License-Identifier: Apache-2.0
"""The built-in pictures of the parity probe, by the formulas of src/pith/extract/probe.h.

Run your copy of an encoder on them and compare with `file.features().probe`: if it agrees, you compute the features
that the file holds.
"""
from __future__ import annotations

from typing import Any, Tuple

import numpy as np

COUNT = 3
_GOLDEN = np.uint32(0x9E3779B1)


def pictures() -> "Tuple[np.ndarray[Any, np.dtype[np.uint8]], ...]":
    """Three pictures as uint8: grey [512, 640], RGB [640, 512, 3], RGB [384, 384, 3]."""
    return _rings(), _blobs(), _stripes()


def _rings() -> "np.ndarray[Any, np.dtype[np.uint8]]":
    y, x = np.mgrid[0:512, 0:640]
    squared = (x - 320) ** 2 + (y - 256) ** 2
    return ((squared // 64 + x * 255 // 639) % 256).astype(np.uint8)


def _blobs() -> "np.ndarray[Any, np.dtype[np.uint8]]":
    y, x, channel = np.mgrid[0:640, 0:512, 0:3]
    centre_x, centre_y, radius = (
        np.array(values)[channel] for values in ((160, 330, 240), (200, 330, 520), (180, 230, 150))
    )
    squared = (x - centre_x) ** 2 + (y - centre_y) ** 2
    # Only where it would be negative do C++ and Python round differently, and there it is cut to zero.
    bump = np.maximum(0, 220 - squared * 220 // radius**2)
    sample = np.arange(1, x.size + 1, dtype=np.uint32)
    sample *= _GOLDEN
    sample ^= sample >> np.uint32(15)
    sample *= _GOLDEN
    noise = (sample >> np.uint32(16) & np.uint32(63)).reshape(x.shape).astype(np.int64)
    return np.minimum(bump + noise, 255).astype(np.uint8)


def _stripes() -> "np.ndarray[Any, np.dtype[np.uint8]]":
    y, x = np.mgrid[0:384, 0:384]
    side = 1 + y // 16
    red = np.where((x + y) // 8 % 2 == 0, 255, 0)
    green = np.where((x // side + y // side) % 2 == 0, 230, 25)
    return np.stack((red, green, (x + 2 * y) * 255 // 1149), -1).astype(np.uint8)

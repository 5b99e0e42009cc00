# SPDX-License-Identifier: Apache-2.0
"""Draws the sample films beside this script: python3 make_samples.py (needs NumPy and Pillow)."""
import struct
from pathlib import Path

import numpy as np
from PIL import Image

from phantom import film

HERE = Path(__file__).parent


def grey8(level):
    return Image.fromarray((level * 255 + 0.5).astype(np.uint8))


def grey16(level):
    return Image.fromarray((level * 65535 + 0.5).astype(np.uint16))


def collimated(level, share):
    """The edges that the X-ray tube's shutters cut off."""
    rows, columns = (int(extent * share) for extent in level.shape)
    framed = np.full_like(level, 0.01)
    framed[rows:-rows, columns:-columns] = level[rows:-rows, columns:-columns]
    return framed


def with_alpha(level):
    """Opaque in a disc, clear outside; the grey below the clear part must survive decoding."""
    height, width = level.shape
    y, x = np.mgrid[-1:1:height * 1j, -1:1:width * 1j]
    alpha = np.where(x * x + y * y < 1.4, 255, 0).astype(np.uint8)
    return Image.merge("RGBA", [grey8(level)] * 3 + [Image.fromarray(alpha)])


def orientation_exif(orientation):
    """The smallest EXIF block with one entry, tag 0x0112 (orientation), big-endian TIFF."""
    return b"Exif\0\0MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)


def main():
    def save(picture, name, **options):
        picture.save(HERE / name, **options)

    save(grey8(film(500, 420, 1)), "film-01-grey8.png", optimize=True)
    save(grey16(film(400, 340, 2, opacity=0.28, marker="R")), "film-02-grey16.png", optimize=True)
    save(grey8(film(1000, 880, 3, noise=0.01)), "film-03-grey.jpg", quality=88)
    tinted = grey8(film(800, 700, 4, opacity=0.25)).convert("RGB")
    save(tinted, "film-04-rgb.jpg", quality=90)
    save(grey8(film(1000, 1100, 5, noise=0.008, marker="R")), "film-05-progressive.jpg", quality=85, progressive=True)
    save(grey8(film(300, 256, 6, exposure=0.8)), "film-06.bmp")
    save(grey8(film(340, 300, 7, opacity=0.3)), "film-07.gif")
    save(grey8(film(280, 240, 8, exposure=1.25)), "film-08.pgm")
    save(grey8(film(240, 200, 9, noise=0.02, marker="R")), "film-09.tga")
    save(with_alpha(film(340, 300, 10)), "film-10-alpha.png", optimize=True)
    upright = grey8(film(720, 640, 11, opacity=0.2))
    # Orientation 6: a viewer turns the stored picture by 90 degrees clockwise, so it is stored turned the other way.
    save(upright.transpose(Image.ROTATE_90), "film-11-turned.jpg", quality=88, exif=orientation_exif(6))
    save(grey8(collimated(film(800, 1000, 12, noise=0.015), 0.05)), "film-12-wide.jpg", quality=86)


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""Reference pictures of Pillow's resampling and channel conversion, to be met byte for byte.

    python3 make_resize.py OUT_DIR [--shared-data DIR]

Without --shared-data only synthetic pictures are used; that small set is committed as tests/data/resize. With it, real
films and photographs are added (tens of megabytes, for a build folder).

OUT_DIR/pixels.bin holds every picture's samples one after the other, without headers. OUT_DIR/cases.json:

    {"pillow": "9.4.0",
     "resize":  [{"name", "resample", "input": PICTURE, "output": PICTURE}, ...],
     "prepare": [{"name", "recipe", "input": PICTURE, "output": PICTURE}, ...]}

PICTURE is {"offset", "width", "height", "channels", "dtype"}: `offset` in bytes into pixels.bin, then
height * width * channels samples, row-major, channels interleaved; dtype "u8", or "u16" (little-endian).
"resample" is box, bilinear, bicubic or lanczos. "recipe" is a recipe of src/pith/model/recipe.h with scale 1, mean 0 and
std 1, so that the prepared values are `output`'s samples themselves, in the order of the recipe's channels.

How the references come about:
  u8        Image.resize(size, resample) in mode L or RGB.
  u16       mode I (32-bit whole numbers, sums in double), one axis after the other, clamped to 0..65535 after each.
  grey      convert('L') before resizing (ITU-R 601-2 luma, 16-bit fixed point, rounded).
  rgb, bgr  from grey by repetition; bgr is rgb reversed, after resizing.
  crop      as torchvision's Resize and CenterCrop: the other side is int(short * long / shortest), cut off below the
            point; left and top are Python's round((extent - size) / 2), so a half goes to the even neighbour.
"""
import argparse
import json
from pathlib import Path

import numpy as np
import PIL
from PIL import Image

METHODS = {"box": Image.BOX, "bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS}


class Store:
    """Collects pictures in one file; an array stored twice keeps one place."""

    def __init__(self):
        self.content = bytearray()
        self.places = {}

    def add(self, samples):
        samples = np.ascontiguousarray(samples)
        raw = samples.astype(samples.dtype.newbyteorder("<")).tobytes()
        key = (raw, samples.shape, samples.dtype.str)
        if key not in self.places:
            self.content += bytes(-len(self.content) % samples.itemsize)
            self.places[key] = len(self.content)
            self.content += raw
        return {"offset": self.places[key], "width": samples.shape[1], "height": samples.shape[0],
                "channels": samples.shape[2] if samples.ndim == 3 else 1,
                "dtype": {1: "u8", 2: "u16"}[samples.itemsize]}


def resize(samples, width, height, method):
    if samples.dtype == np.uint8:
        return np.asarray(Image.fromarray(samples).resize((width, height), METHODS[method]))
    for size in ((width, samples.shape[0]), (width, height)):  # horizontally first, as Pillow does
        wide = Image.fromarray(samples.astype(np.int32)).resize(size, METHODS[method])
        samples = np.asarray(wide).clip(0, 65535).astype(np.uint16)
    return samples


def prepare(samples, recipe):
    """The preparation that a recipe describes, without its normalisation: uint8 [height, width, channels]."""
    picture = Image.fromarray(samples)
    picture = picture.convert("L" if recipe["channels"] == "grey" else "RGB")
    height, width = recipe["size"]
    method = METHODS[recipe["resample"]]
    if recipe["fit"] == "stretch":
        picture = picture.resize((width, height), method)
    else:
        shortest = recipe["resizeShortest"]
        if picture.width <= picture.height:
            size = (shortest, int(shortest * picture.height / picture.width))
        else:
            size = (int(shortest * picture.width / picture.height), shortest)
        picture = picture.resize(size, method)
        left, top = round((picture.width - width) / 2), round((picture.height - height) / 2)
        picture = picture.crop((left, top, left + width, top + height))
    values = np.asarray(picture)
    return values[:, :, ::-1] if recipe["channels"] == "bgr" else values


def waves(height, width, channels, seed):
    """Smooth waves with noise: every grey level, no symmetry."""
    generator = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    planes = [127 + 70 * np.sin(x / (3.1 + c)) + 50 * np.cos(y / (4.7 - c) + x / 9) + generator.normal(0, 20, y.shape)
              for c in range(channels)]
    samples = np.stack(planes, 2).clip(0, 255).astype(np.uint8)
    return samples if channels > 1 else samples[:, :, 0]


def extremes(height, width, seed):
    """Only 0 and 255, in blocks: the bicubic and Lanczos kernels overshoot and must be clamped."""
    return np.random.default_rng(seed).integers(0, 2, (height, width), dtype=np.uint8).repeat(2, 1) * np.uint8(255)


def deep(height, width, seed):
    """16-bit waves in steps finer than 8 bits can hold, from black to full scale."""
    fine = waves(height, width, 1, seed).astype(np.uint16) * 257
    return fine ^ np.random.default_rng(seed).integers(0, 256, fine.shape, dtype=np.uint16)


def synthetic_resizes():
    """Yields (name, samples, sizes as (width, height))."""
    yield "grey", waves(47, 61, 1, 1), [(28, 28), (90, 70), (61, 20), (17, 47), (200, 5), (61, 47)]
    yield "rgb", waves(29, 37, 3, 2), [(16, 16), (50, 41), (80, 7)]
    yield "extremes", extremes(33, 20, 3), [(25, 25), (64, 50), (39, 33)]
    yield "one-pixel", waves(1, 1, 1, 4), [(1, 1), (5, 3)]
    yield "one-row", waves(1, 83, 1, 5), [(9, 4), (200, 1), (1, 1)]
    yield "one-column", waves(83, 1, 1, 6), [(4, 9), (1, 200)]
    yield "long", waves(3, 1021, 1, 7), [(7, 11), (1, 3)]
    yield "long-rgb", waves(509, 2, 3, 8), [(3, 5)]
    yield "deep", deep(31, 43, 9), [(20, 20), (60, 37), (43, 11), (1, 31)]


def synthetic_recipes():
    """Yields (name, samples, size, fit, resizeShortest, channels, resample)."""
    colours = waves(40, 53, 3, 10)
    grey = waves(53, 40, 1, 11)
    for channels in ("grey", "rgb", "bgr"):
        yield f"stretch-{channels}", colours, [24, 30], "stretch", None, channels, "bilinear"
        yield f"stretch-grey-to-{channels}", grey, [24, 30], "stretch", None, channels, "bicubic"
        yield f"crop-{channels}", colours, [21, 24], "crop", 27, channels, "bicubic"
    yield "crop-tall", grey, [24, 24], "crop", 27, "grey", "lanczos"
    yield "crop-odd", grey, [25, 20], "crop", 32, "grey", "bilinear"


def real_pictures(shared):
    """Yields (name, samples): films of an adult hospital, a paediatric one is 224 px already; photographs in colour."""
    for path in sorted((shared / "cxr/hannover/images").glob("*.png"))[::45]:
        yield path.stem, np.asarray(Image.open(path).convert("L"))
    for name in ("coral/images/cat.bmp", "coral/images/grace_hopper.bmp", "onnx/images/kitten.png"):
        path = shared / "models" / name
        yield path.stem, np.asarray(Image.open(path).convert("RGB"))


def real_resizes(pictures):
    for name, samples in pictures:
        height, width = samples.shape[:2]
        yield name, samples, [(224, 224), (160, 96), (width * 5 // 4, height // 3), (width // 7, height + 60), (3, 200)]


def real_recipes(pictures):
    for name, samples in pictures:
        for channels, resample in (("grey", "bilinear"), ("rgb", "bicubic"), ("bgr", "lanczos")):
            yield f"{name}-stretch-{channels}", samples, [224, 224], "stretch", None, channels, resample
            yield f"{name}-crop-{channels}", samples, [224, 224], "crop", 256, channels, resample


def resize_cases(store, pictures):
    for name, samples, sizes in pictures:
        for width, height in sizes:
            for method in METHODS:
                yield {"name": f"{name}-to-{width}x{height}-{method}", "resample": method, "input": store.add(samples),
                       "output": store.add(resize(samples, width, height, method))}


def prepare_cases(store, recipes):
    for name, samples, size, fit, shortest, channels, resample in recipes:
        count = 1 if channels == "grey" else 3
        recipe = {"size": size, "fit": fit, "resizeShortest": shortest, "resample": resample, "channels": channels,
                  "scale": 1, "mean": [0] * count, "std": [1] * count}
        if shortest is None:
            del recipe["resizeShortest"]
        yield {"name": name, "recipe": recipe, "input": store.add(samples),
               "output": store.add(prepare(samples, recipe))}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--shared-data", type=Path, help="add real pictures from this folder")
    arguments = parser.parse_args()
    store = Store()
    resizes = list(resize_cases(store, synthetic_resizes()))
    prepares = list(prepare_cases(store, synthetic_recipes()))
    if arguments.shared_data:
        real = list(real_pictures(arguments.shared_data))
        resizes += resize_cases(store, real_resizes(real))
        prepares += prepare_cases(store, real_recipes(real))
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "pixels.bin").write_bytes(store.content)
    lines = {kind: "[\n" + ",\n".join("  " + json.dumps(case) for case in cases) + "]"
             for kind, cases in (("resize", resizes), ("prepare", prepares))}
    (arguments.out / "cases.json").write_text(
        f'{{"pillow": "{PIL.__version__}",\n"resize": {lines["resize"]},\n"prepare": {lines["prepare"]}}}\n')
    print(f"{len(resizes)} resize cases, {len(prepares)} prepare cases, {len(store.content)} bytes of samples")


if __name__ == "__main__":
    main()

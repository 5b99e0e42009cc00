# SPDX-License-Identifier: Apache-2.0
"""From data to a model folder, in one command; started again, it goes on where it was.

    cd models && python3 -m train --config train/pith_cxr_1.toml --data DIR --teachers DIR --out pith-cxr-1
"""
import argparse
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch

from . import config as settings
from . import encode, films, teacher
from .checkpoint import Checkpoint
from .formula import images as formula_images
from .loop import Material, Training
from .say import log


def parse_arguments(arguments=None):
    parser = argparse.ArgumentParser(prog="python3 -m train", description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, help="settings, a TOML file; see config.py")
    parser.add_argument("--data", help="folder or tar.gz with train/NORMAL and train/PNEUMONIA (DOI 10.17632/rscbjbr9sj)")
    parser.add_argument("--teachers", type=Path, help="folder below which the teacher's models lie")
    parser.add_argument("--out", type=Path, required=True, help="the model folder; its name is the model's name")
    parser.add_argument("--work", type=Path, default=encode.ROOT / "build/train", help="caches and checkpoints")
    parser.add_argument("--pith", type=Path, default=encode.default_program(), help="Pith's command line")
    parser.add_argument("--seed", type=int, help="in place of the settings' seed")
    parser.add_argument("--set", action="append", default=[], metavar="SETTING=VALUE",
                        help="change a setting, as 'objective.formula=0' for an ablation; may be given several times")
    parser.add_argument("--smoke", action="store_true", help="the whole way in a minute, with few images; no model worth using")
    parser.add_argument("--stop-at", type=int, help="end after this step, with a checkpoint")
    return parser.parse_args(arguments)


def sample_films(side):
    """The repository's drawn sample films and phantoms in place of films, for --smoke without --data."""
    from PIL import Image

    from .formula import phantoms

    pixels, labels = [], []
    for path in sorted((encode.ROOT / "samples").glob("film-*.*")):
        pixels.append(films.prepare(Image.open(path), side))
        labels.append(len(labels) % len(films.CLASSES))
    for i in range(84):
        picture, targets = phantoms.draw(np.random.default_rng([7, i]), side)
        pixels.append(np.rint(picture * 255).astype(np.uint8))
        labels.append(int(targets[:len(phantoms.KINDS)].argmax()) % len(films.CLASSES))
    return films.Films(np.stack(pixels), np.array(labels), np.array([f"drawing{i}" for i in range(len(labels))]))


def load_films(arguments, config):
    if arguments.data:
        return films.load(arguments.data, config.data.side_px, arguments.work / "cache")
    if not arguments.smoke:
        raise settings.ConfigError("--data is missing; only --smoke does without films")
    log("no --data: drawn films stand in for real ones")
    return sample_films(config.data.side_px)


def find_teachers(arguments, config):
    """Paths of the teachers' models; none where there is no --teachers in a smoke run."""
    if arguments.teachers is None:
        if config.teacher.models and not arguments.smoke:
            raise settings.ConfigError("--teachers is missing: the settings name models to learn from")
        return []
    paths = [arguments.teachers / name for name in config.teacher.models]
    for path in paths:
        if not path.exists():
            raise settings.ConfigError(f"the teacher {path.name} is not below --teachers")
    return paths


def load_views(arguments, config, train, formula, key, program):
    """Views of the teachers, or None where there are no teachers."""
    paths = find_teachers(arguments, config)
    if not paths:
        return None, config.teacher.dimensions
    context = SimpleNamespace(seed=config.data.split_seed, side=config.data.side_px, cache=arguments.work / "cache",
                              program=program, key=settings.digest(config.teacher_views_key(), key), models=paths,
                              threads=config.schedule.threads)
    report = lambda done, count: log(f"teachers' answers: shard {done} of {count}")
    views = teacher.load(config.teacher, train, formula, context, report)
    return views, views.wanted.shape[1]


def load_material(arguments, config):
    """Everything a training reads, from caches where they are."""
    everything = load_films(arguments, config)
    parts = films.split(everything, config.data)
    train = parts["train"]
    mean, std = films.moments(train.pixels)
    log(", ".join(f"{name} {len(part)} films of {len(set(part.patients))} patients" for name, part in parts.items())
        + f"; mean {mean}, std {std}")
    seed, side = config.data.split_seed, config.data.side_px
    key = settings.digest(config.formula, side, seed)
    formula = formula_images.load(config.formula, side, seed, arguments.work / "cache", key,
                                  lambda done, count: log(f"images by formula: {done} of {count}"), config.schedule.threads)
    data_key = settings.digest(config.data, key, train.labels.tolist(), train.patients.tolist())
    views, dimensions = load_views(arguments, config, train, formula, data_key, arguments.pith)
    return parts, Material(train, parts["validation"], formula, views, mean, std,
                           formula_images.class_count(config.formula), dimensions)


def make_training(arguments, config, material):
    device = "cuda" if torch.cuda.is_available() else "cpu"
    folder = arguments.work / f"{arguments.out.name}-{config.seed}"
    folder.mkdir(parents=True, exist_ok=True)
    schedule = {k: v for k, v in vars(config.schedule).items() if k not in ("checkpoint_minutes", "threads")}
    key = settings.digest(config.data, config.formula, config.teacher, config.augment, config.network, schedule, config.objective,
                          config.seed, material.views is not None)
    return Training(config, material, Checkpoint(folder / "checkpoint.pt", key), device, log)


def main(arguments=None):
    arguments = parse_arguments(arguments)
    arguments.out, arguments.work = arguments.out.resolve(), arguments.work.resolve()
    path = arguments.config or settings.HERE / ("smoke.toml" if arguments.smoke else "pith_cxr_1.toml")
    try:
        config = settings.load(path, arguments.set)
        if arguments.seed is not None:
            config = settings.dataclasses.replace(config, seed=arguments.seed)
        torch.set_num_threads(config.schedule.threads)
        _, material = load_material(arguments, config)
        training = make_training(arguments, config, material)
        training.stop_on_signals()
        if not training.run(arguments.stop_at):
            log(f"stopped after step {training.step}; the same command goes on from there")
            return 0
        from . import card, export

        export.write_model(arguments.out, config, training, material, arguments.pith)
        export.write_text(arguments.out / "README.md", card.write(arguments.out, {}))
        log(f"wrote {arguments.out.name}; train.evaluate measures it, train.card writes what was measured into its card")
    except (settings.ConfigError, encode.EncodeError, ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

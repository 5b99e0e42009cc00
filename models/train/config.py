# SPDX-License-Identifier: Apache-2.0
"""What a training is made of: a TOML file, read strictly. Every field is explained here, beside its default."""
import dataclasses
import hashlib
import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path


HERE = Path(__file__).parent  # the settings that come with the project


@dataclass(frozen=True)
class Data:
    side_px: int = 224  # films and views are kept as squares of this side; also the deployed input
    held_out: float = 0.15  # share of the patients that no training sees, only evaluations
    validation: float = 0.10  # share of the patients that choose between checkpoints
    split_seed: int = 0  # part of the hash that places a patient; the same for every training, so that seeds compare


@dataclass(frozen=True)
class Formula:
    fractals: int = 3000  # images of each family
    contours: int = 2000
    textures: int = 1500
    phantoms: int = 5000
    fractal_classes: int = 150
    contour_classes: int = 80
    texture_classes: int = 60


@dataclass(frozen=True)
class Teacher:
    models: tuple = ()  # .tflite files below --teachers; their features are joined
    recipe_scale: float = 1 / 127.5  # values of 0..255 become x * scale - 1, on three equal channels
    views_of_films: int = 24000
    views_of_formula: int = 12000
    shard: int = 1000  # views that are encoded at a time; an interrupted run goes on at the next shard
    dimensions: int = 256  # principal components of the joined features that are kept
    whitening: float = 0.5  # 0: components keep their variance, 1: all have the same


@dataclass(frozen=True)
class Augment:
    inverted: float = 0.25  # share of the student's views that are negatives; the teachers see none


@dataclass(frozen=True)
class Network:
    stem: int = 16
    widths: tuple = (24, 48, 112, 208)  # after /4, /8, /16, /32
    blocks: tuple = (0, 1, 2, 1)  # residual blocks at each of these
    features: int = 512


@dataclass(frozen=True)
class Schedule:
    steps: int = 20000
    films: int = 32  # of a step; each gives two views
    teacher_views: int = 32  # of a step, of films and of formula images as they were encoded
    sides_px: tuple = (112, 144, 192, 224)
    side_from: tuple = (0.0, 0.35, 0.75, 0.92)  # share of the run from which each side is used
    peak_rate: float = 2.5e-3
    warm_up: float = 0.03
    weight_decay: float = 0.05
    averaging: float = 0.999  # per step, exponential moving average of the weights
    checkpoint_minutes: float = 5.0
    validations: int = 12  # how often the average is scored on the shifted validation films
    threads: int = 2


@dataclass(frozen=True)
class Objective:
    findings: float = 1.0  # cross-entropy of normal, bacterial, viral
    label_smoothing: float = 0.1
    distillation: float = 1.0  # teacher's features: mean square and cosine
    invariance: float = 0.5  # VICReg between the two views of a film
    changes: float = 0.5  # what was done to one view and not to the other, from the difference of their features
    formula: float = 0.5  # classes of formula images, targets of phantoms


@dataclass(frozen=True)
class Package:
    weights: str = "f16"  # how weights are shipped, by `pith models compact`: f16, i8, or f32 for as they are
    provisional: bool = True  # the manifest's field: a better model is to replace it


@dataclass(frozen=True)
class Config:
    title: str = ""
    seed: int = 0
    package: Package = field(default_factory=Package)
    data: Data = field(default_factory=Data)
    formula: Formula = field(default_factory=Formula)
    teacher: Teacher = field(default_factory=Teacher)
    augment: Augment = field(default_factory=Augment)
    network: Network = field(default_factory=Network)
    schedule: Schedule = field(default_factory=Schedule)
    objective: Objective = field(default_factory=Objective)

    def teacher_views_key(self):
        """What the encoded views depend on, of the teacher's settings: not how their features are reduced."""
        kept = ("models", "recipe_scale", "views_of_films", "views_of_formula", "shard")
        return {name: getattr(self.teacher, name) for name in kept}


class ConfigError(ValueError):
    """Names the field, what was seen and what is allowed."""


def _build(kind, values, where):
    fields = {f.name: f for f in dataclasses.fields(kind)}
    built = {}
    for name, value in values.items():
        if name not in fields:
            raise ConfigError(f"{where}{name} is no setting; allowed are {', '.join(fields)}")
        default = fields[name].default
        if default is dataclasses.MISSING:
            default = fields[name].default_factory()
        if dataclasses.is_dataclass(default):
            built[name] = _build(type(default), value, f"{where}{name}.")
            continue
        value = tuple(value) if isinstance(value, list) else value
        value = float(value) if isinstance(default, float) and isinstance(value, int) else value
        if type(value) is not type(default):
            raise ConfigError(f"{where}{name} is {value!r}; a value like {default!r} is expected")
        built[name] = value
    return kind(**built)


def parse(text, changes=()):
    """Config of a TOML text, with changes like "objective.formula = 0" made to it.

    Raises ConfigError on an unknown field or a value of another type.
    """
    values = tomllib.loads(text)
    for change in changes:
        try:
            _merge(values, tomllib.loads(change))
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"{change!r} is no setting like 'objective.formula = 0' ({error})") from error
    return _build(Config, values, "")


def _merge(values, changes):
    for name, value in changes.items():
        if isinstance(value, dict):
            _merge(values.setdefault(name, {}), value)
        else:
            values[name] = value


def load(path, changes=()):
    return parse(Path(path).read_text(encoding="utf-8"), changes)


def digest(*parts):
    """A short key of dataclasses and plain values; caches made from equal settings have equal keys."""
    plain = [dataclasses.asdict(p) if dataclasses.is_dataclass(p) else p for p in parts]
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:16]

# SPDX-License-Identifier: Apache-2.0
"""Containers with a bit of everything, made by `writer.py`. Statistics are computed plainly here, a second time."""
import numpy as np
from writer import section

NONE = 0xFFFFFFFF


def quantized(values, low, steps):
    """i8 or i4 with its parameters, as chapter 8 of the specification says a writer does it."""
    smallest, largest = values.min(0).astype("f8"), values.max(0).astype("f8")
    scale = np.maximum((largest - smallest) / steps, np.finfo("f4").tiny).astype("f4")
    zero = (low - smallest / scale).astype("f4")
    stored = np.clip(np.rint(values / scale.astype("f8") + zero), low, low + steps).astype("i1")
    return stored, scale, zero


def narrowed(values, type_):
    """What is stored, how many bytes shape says, scale and zero point, and the values that a reader gives back."""
    if type_ in ("f32", "f16"):
        stored = values.astype("<f4" if type_ == "f32" else "<f2")
        return stored, [], stored.astype("f4")
    if type_ == "bf16":
        bits = values.astype("<f4").view("<u4")
        stored = ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype("<u2")
        return stored, [], (stored.astype("<u4") << 16).view("<f4")
    stored, scale, zero = quantized(values, *((-128, 255) if type_ == "i8" else (-8, 15)))
    given = scale * (stored.astype("f4") - zero)
    if type_ == "i4":
        padded = np.pad(stored, ((0, 0), (0, stored.shape[1] % 2))).view("u1") & 15
        stored = padded[:, 0::2] | padded[:, 1::2] << 4
    return stored, [scale, zero], given


def block(index, values, type_, encoding="raw", probe=None):
    """Sections of a feature block, and what a reader gives back."""
    stored, parameters, given = narrowed(values, type_)
    name = f"features/{index}"
    sections = [section(name, type_, stored, encoding=encoding, shape=values.shape)]
    for part, numbers in zip(("scale", "zero-point"), parameters):
        sections.append(section(f"{name}/{part}", "f32", numbers))
    exact = given.astype("f8")
    sections.append(
        section(
            f"{name}/moments",
            "f32",
            np.stack((exact.mean(0), exact.std(0), given.min(0), given.max(0))),
            required=False,
        )
    )
    if probe is not None:
        sections.append(section(f"{name}/probe", "f32", probe, required=False))
    return sections, given


def by_appearance(numbers):
    """Groups numbered by first appearance; -1 is none."""
    seen = {}
    return np.array([NONE if number < 0 else seen.setdefault(number, len(seen)) for number in numbers], "u4"), len(seen)


def joined(texts):
    """Offsets and bytes of joined texts."""
    stored = [(text or "").encode() for text in texts]
    return np.cumsum([0] + [len(text) for text in stored]), np.frombuffer(b"".join(stored), "u1")


def _labels(count, random, groups, encoding):
    shared = random.integers(0, 3, 1000)
    index = np.where(groups == NONE, random.integers(0, 3, count), shared[groups % 1000]).astype("u4")
    number = np.where(random.random(count) < 0.2, np.nan, np.round(random.normal(60, 9, count), 1))
    years = np.where(random.random(count) < 0.2, -2147483648, random.integers(1950, 2020, count)).astype("i4")
    states = random.choice(np.array([1, 0, -1, -128], "i1"), (count, 2))
    texts = [random.choice(["", "ä note", "line\nline", "日本"]) for _ in range(count)]
    offsets, text = joined(texts)
    known, dated = number[~np.isnan(number)], years[years > 0]
    span = lambda found: (float(found.min()), float(found.max())) if len(found) else (0.0, 0.0)
    columns = [
        dict(
            name="finding",
            type=0,
            categories=["normal", "bacterial", "viral"],
            codingSystem="SNOMED CT",
            codes=["17621005", "", "75570004"],
            groupingPlus1=1,
            counts=np.bincount(index, minlength=3).tolist(),
        ),
        dict(
            name="age",
            type=1,
            role=1,
            unit="a",
            missingCount=int(np.isnan(number).sum()),
            minimum=span(known)[0],
            maximum=span(known)[1],
        ),
        dict(
            name="signs",
            type=4,
            categories=["effusion", "oedema"],
            missingCount=int((states == -128).sum()),
            uncertainCount=int((states == -1).sum()),
            counts=(states == 1).sum(0).tolist(),
        ),
        dict(
            name="year",
            type=5,
            role=1,
            missingCount=int((years < 0).sum()),
            minimum=span(dated)[0],
            maximum=span(dated)[1],
        ),
        dict(name="remark", type=2, role=1, missingCount=texts.count("")),
    ]
    sections = [
        section("labels/0/index", "u32", index, encoding=encoding),
        section("labels/1/number", "f64", number),
        section("labels/2/states", "i8", states, encoding="zstd" if encoding != "raw" else "raw"),
        section("labels/3/year", "i32", years),
        section("labels/4/offset", "u64", offsets),
        section("labels/4/text", "u8", text),
    ]
    return columns, sections


def rich(count=12, width=5, type_="f32", encoding="raw", seed=1, learnable=False):
    """Header, sections, and what a reader gives back: groups, two splits, five columns, a head, a document."""
    random = np.random.default_rng(seed)
    values = random.normal(0, 2, (count, width)).astype("f4")
    groups, group_count = by_appearance(random.integers(-1, max(2, count // 3), count))
    columns, label_sections = _labels(count, random, groups, encoding)
    if learnable:
        values[:, 0] += 12 * np.frombuffer(label_sections[0]["bytes"], "<u4") if encoding == "raw" else 0
    features, given = block(0, values, type_, encoding, random.normal(0, 1, (3, width)))
    more, second = block(1, random.normal(0, 1, (count, 3)), "f32")
    parts = np.where(groups == NONE, 255, groups % 2).astype("u1")
    folds = (np.arange(count) % 3).astype("u1")
    several = sum(len(set(folds[groups == group])) > 1 for group in range(group_count))
    ids = np.sort(np.frombuffer(random.bytes(16 * count), "S16")).view("u1").reshape(count, 16)
    head = dict(
        name="linear",
        label=0,
        features=[0, 1],
        splitPlus1=1,
        layers=[dict(kind=0, epsilon=1e-6), dict(kind=2, outputs=3)],
        classWeights=[1, 1, 2],
        optimizer=1,
        learningRate=0.05,
        batchSize=16,
        epochs=30,
        seed=7,
        scoreMetric="accuracy",
        score=0.9,
        scorePartPlus1=2,
        weightDecay=1e-4,
    )
    header = dict(
        writer="pith tests",
        recordCount=count,
        notKnown=["dataset.licence", "later.field"],
        transforms=["flip"],
        dataset=dict(
            title="Thorax, Übersicht",
            author="A. Author",
            notes="two\nlines",
            original=dict(source="drawn"),
            contacts=[dict(name="A. Author", kind=2, email="author@example.org")],
        ),
        encoders=[
            dict(
                name="example-net",
                modelSha256=bytes(range(32)),
                recipe='{"size": [8, 8]}',
                tap="t",
                tapShape=[2, 2, width],
                featureCount=width,
                model=[dict(key="model_name", value="example")],
            ),
            dict(name="other-net", featureCount=3, pooling=4, poolingPower=3.0),
        ],
        features=[dict(name="main", maxAbsoluteError=0.1), dict(name="second", encoder=1)],
        labels=columns,
        groupings=[dict(name="patient", groupCount=group_count)],
        splits=[
            dict(
                name="holdout",
                parts=["train", "test"],
                groupingPlus1=1,
                stratifiedByPlus1=1,
                hasSeed=True,
                seed=5,
                counts=[int((parts == part).sum()) for part in (0, 1)],
            ),
            dict(
                name="three",
                kind=1,
                parts=["a", "b", "c"],
                groupingPlus1=1,
                groupsInSeveralParts=several,
                counts=np.bincount(folds, minlength=3).tolist(),
            ),
        ],
        heads=[head],
        documents=[dict(fileName="consent.txt", mediaType="text/plain", title="Consent")],
        savings=dict(
            originalCount=count,
            originalBytes=10**6,
            encodingSeconds=8.0,
            loadingSeconds=0.5,
            headSeconds=0.25,
            epochs=10,
        ),
    )
    offsets, names = joined([f"film {i}.png" if i % 2 else "" for i in range(count)])
    views = np.full(count, NONE, "u4")
    sections = [
        *features,
        *more,
        section("records/id", "u8", ids),
        section("records/parent", "u32", views),
        section("records/transform", "u32", views),
        section("records/name/offset", "u64", offsets),
        section("records/name/text", "u8", names),
        section("groups/0", "u32", groups, encoding=encoding),
        section("splits/0", "u8", parts),
        section("splits/1", "u8", folds),
        *label_sections,
        section("documents/0", "u8", np.frombuffer(b"yes, we agree", "u1"), required=False),
    ]
    return header, sections, given, second

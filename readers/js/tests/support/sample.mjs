// SPDX-License-Identifier: Apache-2.0
// A container with everything that the format has, small: 6 records, five blocks, a column of each type.
import { createHash } from "node:crypto";
import { chunked, section } from "./encode.mjs";

export const N = 6;
const none = 0xffff_ffff;
const recipe = JSON.stringify({ size: [224, 224], fit: "crop", channels: "rgb" });

/** Features of each block, as float32. */
export const features = [
  [[1, -2, 0.5, 0, 3.25], [1.5, 2, 0.25, 0, 3], [-1, 7, 0.125, 0, 2], [1, -2, 0.5, 0, 3.25], [4, 4, 4, 0, 4], [9, 8, 7, 0, 6]],
  [[1, 65_504], [-2, 2 ** -24], [0.5, -0], [1, 2], [3, 4], [5, 6]],
  [[1, -3], [2, 0.5], [1.5, 0], [1, 2], [3, 4], [5, 6]],
  [[63.5, -4, 0], [-64, 4, 0], [0, 0, 0], [0.5, 0, 0], [1, 1, 0], [2, 2, 0]],
  [[3.5, -8, 0], [-4, 7, 1], [0, 0, 2], [0.5, 1, 3], [1, 2, 4], [1.5, 3, 5]],
];

const half = (value) => {
  const known = new Map([[1, 0x3c00], [65_504, 0x7bff], [-2, 0xc000], [2 ** -24, 1], [0.5, 0x3800], [2, 0x4000], [3, 0x4200], [4, 0x4400], [5, 0x4500], [6, 0x4600]]);
  return Object.is(value, -0) ? 0x8000 : known.get(value);
};
const upperHalf = (value) => new Uint32Array(Float32Array.of(value).buffer)[0] >>> 16;
const flat = (block) => features[block].flat();
const i4Rows = () => features[4].flatMap(([a, b, c]) => [((a / 0.5) & 15) | ((b & 15) << 4), c & 15]);

export function momentsOf(rows) {
  const columns = rows[0].map((_, d) => rows.map((row) => row[d]));
  const means = columns.map((column) => column.reduce((a, b) => a + b) / column.length);
  const deviations = columns.map((column, d) => Math.sqrt(column.reduce((sum, x) => sum + (x - means[d]) ** 2, 0) / column.length));
  return [means, deviations, columns.map((c) => Math.min(...c)), columns.map((c) => Math.max(...c))].flat();
}

export const ids = Array.from({ length: N }, (_, i) => createHash("md5").update(`record ${i}`).digest("hex")).sort();
export const texts = { names: ["a.png", "", "c.png", "d.png", "e.png", "f.png"], notes: ["free text", "", "ähm", "", "\ttab", "x"] };

function joined(list) {
  const bytes = list.map((text) => Buffer.from(text));
  const offsets = bytes.reduce((ends, { length }) => [...ends, ends.at(-1) + BigInt(length)], [0n]);
  return { offsets, bytes: Buffer.concat(bytes) };
}

function blockSections() {
  return [
    section("features/0", "f32", [N, 5], flat(0)),
    section("features/0/moments", "f32", [4, 5], momentsOf(features[0]), { required: false }),
    section("features/0/probe", "f32", [2, 5], new Array(10).fill(0.25), { required: false }),
    section("features/1", "f16", [N, 2], flat(1).map(half)),
    section("features/2", "bf16", [N, 2], chunked(section("", "bf16", [], flat(2).map(upperHalf)).bytes, { size: 2 }), { encoding: "zstdShuffled" }),
    section("features/3", "i8", [N, 3], features[3].flatMap(([a, b, c]) => [a / 0.5, b / 1 + 3, c])),
    section("features/3/scale", "f32", [3], [0.5, 1, 2]),
    section("features/3/zero-point", "f32", [3], [0, 3, 0]),
    section("features/4", "i4", [N, 3], Buffer.from(i4Rows())),
    section("features/4/scale", "f32", [3], [0.5, 1, 1]),
    section("features/4/zero-point", "f32", [3], [0, 0, 0]),
  ];
}

function recordSections() {
  const names = joined(texts.names);
  return [
    section("records/id", "u8", [N, 16], Buffer.from(ids.join(""), "hex")),
    section("records/parent", "u32", [N], [none, none, 1, none, none, none]),
    section("records/transform", "u32", [N], [none, none, 0, none, none, none]),
    section("records/name/offset", "u64", [N + 1], names.offsets),
    section("records/name/text", "u8", [names.bytes.length], names.bytes),
    section("groups/0", "u32", [N], [0, 1, 1, 2, none, 0]),
    section("groups/1", "u32", [N], [0, 1, 1, 2, 3, 4]),
    section("splits/0", "u8", [N], [0, 1, 1, 2, 255, 0]),
    section("splits/1", "u8", [N], [0, 1, 0, 1, 0, 1]),
  ];
}

function labelSections() {
  const notes = joined(texts.notes);
  return [
    section("labels/0/index", "u32", [N], chunked(section("", "u32", [], [0, 1, 1, none, 0, 2]).bytes), { encoding: "zstd" }),
    section("labels/1/index", "u32", [N], [0, 1, 1, none, 2, 0]),
    section("labels/2/number", "f64", [N], [1.5, NaN, -3, 0, 2, 7]),
    section("labels/3/year", "i32", [N], [1999, -2_147_483_648, 2004, 2020, 1, 9999]),
    section("labels/4/states", "i8", [N, 3], [1, 0, -1, -128, -128, -128, 1, 1, 0, 0, 0, 0, 1, -1, -128, 0, 1, 0]),
    section("labels/5/offset", "u64", [N + 1], notes.offsets),
    section("labels/5/text", "u8", [notes.bytes.length], notes.bytes),
  ];
}

function encoder(name, featureCount, extra = {}) {
  return { name, modelSha256: Buffer.alloc(32, 7), recipe, tap: "pool", tapShape: [7, 7, featureCount], pooling: "average", engine: "1.0 simd", featureCount, ...extra };
}

function heads() {
  return [
    { name: "linear", task: "classification", label: 0, features: [0, 3], splitPlus1: 1, layers: [{ kind: "standardize", epsilon: 0.5 }, { kind: "linear", outputs: 8 },
      { kind: "relu" }, { kind: "dropout", rate: 0.25 }, { kind: "linear", outputs: 3 }], loss: "crossEntropy", classWeights: [1, 2, 0.5], optimizer: "adamW",
      learningRate: 1e-3, weightDecay: 0.01, batchSize: 32, epochs: 5, seed: 18446744073709551615n, scoreMetric: "AUROC", score: 0.9, scoreLow: 0.8, scoreHigh: 0.95, scorePartPlus1: 3 },
    { name: "findings", task: "multiLabel", label: 4, features: [1], layers: [{ kind: "linear", outputs: 3 }], loss: "binaryCrossEntropy", learningRate: 0.1 },
    { name: "age", task: "regression", label: 2, features: [2], layers: [{ kind: "linear", outputs: 1 }], loss: "meanAbsoluteError", optimizer: "lbfgs", learningRate: 1 },
  ];
}

function columns() {
  return [
    { name: "finding", type: "categorical", categories: ["none", "effusion", "nodule"], codingSystem: "RadLex", code: "RID1", codes: ["", "RID34539", "RID3875"], missingCount: 1, counts: [2, 2, 1] },
    { name: "severity", type: "ordinal", categories: ["low", "middle", "high"], groupingPlus1: 2, missingCount: 1, counts: [2, 2, 1] },
    { name: "dose", type: "number", unit: "mGy", role: "information", missingCount: 1, minimum: -3, maximum: 7 },
    { name: "taken", type: "year", role: "information", missingCount: 1, minimum: 1, maximum: 9999 },
    { name: "findings", type: "multiLabel", categories: ["a", "b", "c"], missingCount: 4, uncertainCount: 2, counts: [3, 2, 0] },
    { name: "notes", type: "text", role: "information", missingCount: 2 },
  ];
}

/** What `encodeContainer` takes; made anew at each call, so that a test may break it. */
export function sample() {
  const header = {
    writer: "test 1", transforms: ["flipped"], notKnown: ["dataset.licence", "dataset.somethingNew", "encoders.0.weightsSource", "heads.0.seed"],
    dataset: { title: "Tïtle", author: "A", original: { licence: "CC0-1.0" }, contacts: [{ name: "H", kind: "hospital", email: "h@example.org" }, { kind: 77 }] },
    encoders: [
      encoder("one", 5, { model: [{ key: "model_name", value: "m" }, { key: "note", value: "n" }], training: [{ key: "__proto__", value: "p" }] }),
      encoder("two", 2, { pooling: "generalizedMean", poolingPower: 3, modelSha256: [], recipe: "" }),
      encoder("three", 3, { tapShape: [] }),
    ],
    features: [
      { encoder: 0, name: "a", duplicateCount: 1 }, { encoder: 1, name: "b", maxAbsoluteError: 0.5, rootMeanSquareError: 0.25, relativeL2Error: 0.125 },
      { encoder: 1, name: "c" }, { encoder: 2, name: "d" }, { encoder: 2, name: "e" },
    ],
    labels: columns(),
    groupings: [{ name: "patient", groupCount: 3, description: "d" }, { name: "study", groupCount: 5 }],
    splits: [
      { name: "default", kind: "holdout", parts: ["train", "valid", "test"], groupingPlus1: 1, stratifiedByPlus1: 1, hasSeed: true, seed: 9007199254740993n, method: "m", counts: [2, 2, 1] },
      { name: "folds", kind: "folds", parts: ["0", "1"], groupingPlus1: 1, groupsInSeveralParts: 2, counts: [3, 3] },
    ],
    heads: heads(),
    documents: [{ fileName: "consent.txt", mediaType: "text/plain", title: "Consent" }, { fileName: "empty.bin" }],
    savings: { originalCount: 6, originalBytes: 60_000, encodingSeconds: 12, loadingSeconds: 2, headSeconds: 3, epochs: 10 },
  };
  const sections = [
    ...blockSections(), ...recordSections(), ...labelSections(),
    section("documents/0", "u8", [5], Buffer.from("agree"), { required: false }),
    section("documents/1", "u8", [0], Buffer.alloc(0), { required: false }),
    section("privacy/report", "u8", [2], Buffer.from("{}"), { required: false }),
    section("new/thing", 99, [1, 2, 3], Buffer.from("whatever"), { required: false, encoding: 42 }),
  ];
  return { header, sections, recordCount: N };
}

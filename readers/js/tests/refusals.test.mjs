// SPDX-License-Identifier: Apache-2.0
// The rules of the format, each broken once in a container that is right otherwise, with all hashes right.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openContainer, PithError } from "../dist/index.js";
import { bytesOf, chunked, encodeContainer, seal, section, signed, storedFrame } from "./support/encode.mjs";
import { N, sample } from "./support/sample.mjs";

/** The code of the error of opening or verifying, or null. */
async function errorOf(file) {
  try {
    const container = await openContainer(new Uint8Array(file));
    await container.verify();
    return null;
  } catch (error) {
    if (!(error instanceof PithError)) throw error;
    assert.ok(error.message.length > 10 && error.advice.length > 10);
    return error.code;
  }
}

const named = (content, name) => content.sections.find((entry) => entry.name === name);
const without = (name) => ({ sections }) => { sections.splice(sections.findIndex((entry) => entry.name === name), 1); };
const setValues = (name, values) => (content) => {
  const own = named(content, name);
  own.bytes = Buffer.isBuffer(values) ? values : bytesOf(own.type, values);
};
const setSection = (name, fields) => (content) => Object.assign(named(content, name), fields);
const setHeader = (...path) => ({ header }) => {
  const [field, value] = path.splice(-2);
  path.reduce((object, key) => object[key], header)[field] = value;
};
const setPreamble = (field, value) => (content) => { content.preamble = { [field]: value }; };
const add = (index, ...entry) => ({ sections }) => { sections.splice(index, 0, section(...entry)); };

const violations = {
  unsupportedVersion: {
    "a newer major version": setPreamble("major", 2),
    "an element type that is no feature's": setPreamble("type", 4),
    "an encoding of the preamble that is not known": setPreamble("encoding", 3),
    "a pooling that is not known": setHeader("encoders", 0, "pooling", 6),
    "a label type that is not known": setHeader("labels", 0, "type", 6),
    "a role that is not known": setHeader("labels", 0, "role", 2),
    "a kind of split that is not known": setHeader("splits", 0, "kind", 2),
    "a task that is not known": setHeader("heads", 0, "task", 3),
    "a layer that is not known": setHeader("heads", 0, "layers", 0, "kind", 10),
    "a loss that is not known": setHeader("heads", 0, "loss", 4),
    "an optimizer that is not known": setHeader("heads", 0, "optimizer", 4),
    "an element type that is not known": setSection("records/id", { type: 11 }),
    "an encoding that is not known": setSection("labels/2/number", { encoding: 3 }),
  },
  unsupportedSection: {
    "a required section that is not known": setSection("new/thing", { required: true }),
    "a draft's section": add(12, "records/split", "u8", [N], new Array(N).fill(0)),
  },
  truncatedContainer: {
    "a length that is more than there is": setPreamble("length", 1 << 20),
  },
  containerTooLarge: {
    "a count of originals above 2^53": setHeader("savings", "originalCount", 1n << 60n),
  },
  nonFiniteFeature: {
    "an infinite f32": setValues("features/0", new Array(30).fill(Infinity)),
    "a NaN in f16": setValues("features/1", new Array(12).fill(0x7e00)),
    "an i8 whose value overflows": setValues("features/3/scale", [3e38, 1, 2]),
    "a NaN in the probe": setValues("features/0/probe", new Array(10).fill(NaN)),
  },
  hashMismatch: {
    "a section's hash": setSection("labels/5/text", { sha256: Buffer.alloc(32) }),
    "the hash of features": setSection("features/0", { sha256: Buffer.alloc(32) }),
    "the hash of an unknown section": setSection("new/thing", { sha256: Buffer.alloc(32) }),
  },
  corruptContainer: {
    "the header's offset": setPreamble("headerOffset", 192),
    "no records": setPreamble("recordCount", 0),
    "too many records": setPreamble("recordCount", 4_294_967_295),
    "no features": setPreamble("featureCount", 0),
    "a header of odd length": setPreamble("headerLength", 1001),
    "a header behind the end": setPreamble("headerLength", 1 << 15),
    "another place of the features": setPreamble("featuresOffset", 64),
    "another type of the features": setPreamble("type", 2),
    "another encoding of the features": setPreamble("encoding", 1),
    "another count of features": setPreamble("featureCount", 6),
    "another count of records": setHeader("recordCount", 5),
    "padding that is not zero": (content) => { content.padding = 1; },
    "no encoder": setHeader("encoders", []),
    "no block": setHeader("features", []),
    "a block without encoder": setHeader("features", 0, "encoder", 3),
    "a block without name": setHeader("features", 0, "name", ""),
    "two blocks of one name": setHeader("features", 0, "name", "b"),
    "a short hash of the model": setHeader("encoders", 0, "modelSha256", Buffer.alloc(31)),
    "a recipe without size": setHeader("encoders", 0, "recipe", "{}"),
    "a recipe that is no JSON": setHeader("encoders", 0, "recipe", "{"),
    "a recipe that is a list": setHeader("encoders", 0, "recipe", "[]"),
    "a recipe of no pixels": setHeader("encoders", 0, "recipe", '{"size": [0, 224]}'),
    "a tap of nine axes": setHeader("encoders", 0, "tapShape", new Array(9).fill(1)),
    "an encoder of no features": setHeader("encoders", 0, "featureCount", 0),
    "a power of no mean": setHeader("encoders", 0, "poolingPower", 2),
    "a mean without power": setHeader("encoders", 1, "poolingPower", 0),
    "entries that descend": ({ header }) => header.encoders[0].model.reverse(),
    "an entry without key": setHeader("encoders", 0, "model", 0, "key", ""),
    "a negative error": setHeader("features", 1, "maxAbsoluteError", -1),
    "an error that is no number": setHeader("features", 1, "relativeL2Error", NaN),
    "more duplicates than records": setHeader("features", 1, "duplicateCount", N),
    "a wrong count of duplicates": setHeader("features", 0, "duplicateCount", 0),
    "seconds that are negative": setHeader("savings", "headSeconds", -1),
    "seconds that are infinite": setHeader("savings", "loadingSeconds", Infinity),
    "a transform that occurs twice": setHeader("transforms", ["a", "a"]),
    "an empty transform": setHeader("transforms", ["", "a"]),
    "paths that descend": ({ header }) => header.notKnown.reverse(),
    "a control character": setHeader("dataset", "title", "a\u0007"),
    "a control character of two bytes": setHeader("dataset", "title", "a\u0085"),
    "a carriage return": setHeader("dataset", "notes", "a\r\n"),
    "a name that is too long": setHeader("labels", 0, "name", "n".repeat(1025)),
    "a text that is too long": setHeader("dataset", "notes", "n".repeat(65_537)),
    "a section's name with capitals": setSection("new/thing", { name: "New" }),
    "a section without name": setSection("new/thing", { name: "" }),
    "two sections of one name": add(32, "new/thing", "u8", [1], [0], { required: false }),
    "a shape of nine axes": setSection("new/thing", { shape: new Array(9).fill(1) }),
    "a shape that overflows": setSection("labels/2/number", { shape: [1n << 62n, 8] }),
    "a type that is never in a file": setSection("labels/2/number", { type: 0 }),
    "a hash of 31 bytes": setSection("new/thing", { sha256: Buffer.alloc(31) }),
    "a section that begins elsewhere": setSection("new/thing", { offset: 64 }),
    "sections that do not end at the length": setSection("new/thing", { length: 7 }),
    "bytes that the shape does not need": setSection("labels/2/number", { length: 47 }),
    "features that are not first": (content) => {
      content.sections.unshift(content.sections.pop());
      content.preamble = { type: 1, encoding: 0 };
    },
    "a section that nothing calls for": add(18, "groups/2", "u32", [N], new Array(N).fill(0)),
    "a scale of f32 features": add(1, "features/0/scale", "f32", [5], new Array(5).fill(1)),
    "a number of a category": add(18, "labels/0/number", "f64", [N], new Array(N).fill(0)),
    "a year that is not there": without("labels/3/year"),
    "ids that are compressed": (content) => setSection("records/id", { encoding: "zstd", bytes: chunked(named(content, "records/id").bytes) })(content),
    "one byte shuffled": (content) => setSection("labels/4/states", { encoding: "zstdShuffled", bytes: chunked(named(content, "labels/4/states").bytes) })(content),
    "nothing compressed": setSection("documents/1", { encoding: "zstd" }),
    "a ratio above 64": setSection("documents/0", { encoding: "zstd", bytes: Buffer.alloc(20), shape: [1281] }),
    "a chunk of another size": (content) => setValues("labels/0/index", chunked(named(content, "labels/0/index").bytes, { frame: () => storedFrame(Buffer.alloc(23)) }))(content),
    "a chunk that is no frame": (content) => setValues("labels/0/index", chunked(named(content, "labels/0/index").bytes, { frame: () => Buffer.alloc(30, 1) }))(content),
    "bytes behind the chunks": (content) => setValues("labels/0/index", Buffer.concat([named(content, "labels/0/index").bytes, Buffer.alloc(1)]))(content),
    "no table of chunks": setValues("labels/0/index", Buffer.alloc(3)),
    "ids that descend": (content) => setValues("records/id", Buffer.from(named(content, "records/id").bytes).reverse())(content),
    "an id that occurs twice": setValues("records/id", Buffer.alloc(16 * N)),
    "parents without transforms": without("records/transform"),
    "names without offsets": without("records/name/offset"),
    "a view of itself": setValues("records/parent", [0xffff_ffff, 0xffff_ffff, 2, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff]),
    "a view of no record": setValues("records/parent", [0xffff_ffff, 0xffff_ffff, N, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff]),
    "a view in another group": setValues("records/parent", [0xffff_ffff, 0xffff_ffff, 0, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff]),
    "a transform that is not there": setValues("records/transform", [0xffff_ffff, 0xffff_ffff, 1, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff]),
    "a transform without parent": setValues("records/transform", [0, 0xffff_ffff, 0, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff]),
    "a name with a control character": (content) => named(content, "records/name/text").bytes.fill(7),
    "a name that is no UTF-8": (content) => named(content, "records/name/text").bytes.fill(0xc3),
    "offsets that descend": setValues("labels/5/offset", [0n, 9n, 8n, 8n, 8n, 8n, 19n]),
    "offsets that do not begin with 0": setValues("labels/5/offset", [1n, 9n, 9n, 13n, 13n, 17n, 18n]),
    "offsets that do not reach the end": setValues("labels/5/offset", [0n, 9n, 9n, 13n, 13n, 17n, 17n]),
    "groups in another order": setValues("groups/1", [1, 0, 0, 2, 3, 4]),
    "a wrong count of groups": setHeader("groupings", 1, "groupCount", 4),
    "a part that is not there": setValues("splits/0", [3, 1, 1, 2, 255, 0]),
    "a wrong count of a part": setHeader("splits", 0, "counts", [2, 2, 2]),
    "a false certificate": setHeader("splits", 1, "groupsInSeveralParts", 0),
    "a certificate without grouping": setHeader("splits", 1, "groupingPlus1", 0),
    "a grouping that is not there": setHeader("splits", 1, "groupingPlus1", 3),
    "a column that is not there": setHeader("splits", 0, "stratifiedByPlus1", 7),
    "a split without parts": setHeader("splits", 0, "parts", []),
    "two parts of one name": setHeader("splits", 1, "parts", ["0", "0"]),
    "a category that is not there": setValues("labels/1/index", [0, 1, 1, 0xffff_ffff, 3, 0]),
    "a wrong count of a category": setHeader("labels", 0, "counts", [2, 2, 2]),
    "a wrong count of missing values": setHeader("labels", 5, "missingCount", 1),
    "a wrong count of uncertain values": setHeader("labels", 4, "uncertainCount", 1),
    "a wrong minimum": setHeader("labels", 2, "minimum", 0),
    "a wrong maximum": setHeader("labels", 3, "maximum", 2020),
    "an infinite number": setValues("labels/2/number", [1.5, NaN, -3, 0, 2, Infinity]),
    "the year 0": setValues("labels/3/year", [0, -2_147_483_648, 2004, 2020, 1, 9999]),
    "a state that is none": (content) => named(content, "labels/4/states").bytes.writeInt8(2, 0),
    "a group of two answers": setValues("labels/1/index", [0, 1, 0, 0xffff_ffff, 2, 1]),
    "categories of a number": setHeader("labels", 2, "categories", ["a"]),
    "a unit of a category": setHeader("labels", 0, "unit", "mm"),
    "too few codes": setHeader("labels", 0, "codes", ["a"]),
    "two categories of one name": setHeader("labels", 0, "categories", ["a", "b", "a"]),
    "a head without column": setHeader("heads", 0, "label", 6),
    "a head of a column that does not fit": setHeader("heads", 0, "label", 2),
    "a head without features": setHeader("heads", 0, "features", []),
    "a head that takes a block twice": setHeader("heads", 0, "features", [0, 0]),
    "a head that takes no block": setHeader("heads", 0, "features", [5]),
    "a head without layers": setHeader("heads", 0, "layers", []),
    "a head that does not end linearly": ({ header }) => header.heads[0].layers.push({ kind: "relu" }),
    "a head of other outputs": setHeader("heads", 2, "layers", 0, "outputs", 2),
    "a rate of 1": setHeader("heads", 0, "layers", 3, "rate", 1),
    "an epsilon of a layer that has none": setHeader("heads", 0, "layers", 2, "epsilon", 1),
    "a loss that does not fit": setHeader("heads", 0, "loss", "meanSquaredError"),
    "a weight that is negative": setHeader("heads", 0, "classWeights", [1, -1, 1]),
    "too few weights": setHeader("heads", 0, "classWeights", [1]),
    "a learning rate that is infinite": setHeader("heads", 0, "learningRate", Infinity),
    "a score of no metric": setHeader("heads", 0, "scoreMetric", ""),
    "a part of no score": ({ header }) => Object.assign(header.heads[0], { scoreMetric: "", score: 0, scoreLow: 0, scoreHigh: 0 }),
    "too many contacts": setHeader("dataset", "contacts", new Array(1025).fill({ name: "a" })),
    "a score of a part that is not there": setHeader("heads", 0, "scorePartPlus1", 4),
    "a score of a part without a split": setHeader("heads", 0, "splitPlus1", 0),
    "a scale of zero": setValues("features/3/scale", [0, 1, 2]),
    "a zero point that is infinite": setValues("features/3/zero-point", [0, Infinity, 0]),
    "rows of i4 that do not end with zeros": (content) => named(content, "features/4").bytes.writeUInt8(0x10, 1),
    "a minimum of the moments": (content) => named(content, "features/0/moments").bytes.writeFloatLE(0, 40),
    "a deviation of the moments": (content) => named(content, "features/0/moments").bytes.writeFloatLE(3.3, 20),
  },
};

test("the sample is right before anything is broken", async () => {
  assert.equal(await errorOf(encodeContainer(sample())), null);
});

for (const [code, cases] of Object.entries(violations)) {
  for (const [what, violate] of Object.entries(cases)) {
    test(`${code}: ${what}`, async () => {
      const content = sample();
      violate(content);
      assert.equal(await errorOf(encodeContainer(content)), code);
    });
  }
}

test("sections behind the first may lie in any order, and 'required' says nothing about known ones", async () => {
  const content = sample();
  const [first, ...others] = content.sections;
  content.sections = [first, ...others.reverse()];
  Object.assign(named(content, "groups/0"), { required: false });
  Object.assign(named(content, "documents/0"), { required: true });
  assert.equal(await errorOf(encodeContainer(content)), null);
});

test("damage without right hashes is told by the hashes, level by level", async () => {
  const file = encodeContainer(sample());
  const flipped = (at) => { const copy = Buffer.from(file); copy[at] ^= 1; return copy; };
  assert.equal(await errorOf(flipped(0)), "notAContainer");
  for (const at of [17, 50, 70, 100, 130, Number(file.readBigUInt64LE(40)) + 1, file.length - 1]) assert.equal(await errorOf(flipped(at)), "hashMismatch", `byte ${at}`);
});

test("a file that ends early is told at every length", async () => {
  const file = encodeContainer(sample());
  for (let length = 0; length < file.length; length += length < 200 ? 1 : 97) {
    assert.equal(await errorOf(file.subarray(0, length)), "truncatedContainer", `${length} bytes`);
  }
  assert.equal(await errorOf(Buffer.from("PNG")), "notAContainer");
});

test("only signatures may follow the sections, and only right ones", async () => {
  const file = encodeContainer(sample());
  const seeds = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  const two = signed(file, ...seeds);
  assert.equal(await errorOf(two), null);
  const broken = (at, value) => { const copy = Buffer.from(two); copy[at] = value; return copy; };
  const start = two.length - 256;
  assert.equal(await errorOf(Buffer.concat([file, Buffer.alloc(1)])), "corruptContainer");
  assert.ok(file.length < start, "there is padding to break");
  assert.equal(await errorOf(broken(file.length, 1)), "corruptContainer", "padding");
  assert.equal(await errorOf(broken(start, 0)), "corruptContainer", "magic");
  assert.equal(await errorOf(broken(start + 8, 1)), "corruptContainer", "reserved bytes");
  assert.equal(await errorOf(broken(start + 100, two[start + 100] ^ 1)), "hashMismatch", "the signature");
  assert.equal(await errorOf(Buffer.concat([file, two.subarray(file.length, start), two.subarray(start + 128), two.subarray(start, start + 128)])), "corruptContainer", "order");
  assert.equal(await errorOf(signed(file, seeds[0], seeds[0])), "corruptContainer", "a key twice");
  const many = Array.from({ length: 17 }, (_, i) => Buffer.alloc(32, i + 1));
  assert.equal(await errorOf(signed(file, ...many)), "corruptContainer", "17 of them");
  assert.equal(await errorOf(signed(file, ...many.slice(1))), null);
});

/** Each 8-byte word of the message changed in turn: what canonical form leaves open is content, and must give another container or an error. */
test("a header that is not in canonical form is refused", async () => {
  const file = encodeContainer(sample());
  const headerLength = Number(file.readBigUInt64LE(32));
  const longer = Buffer.concat([file.subarray(0, 128 + headerLength), Buffer.alloc(8)]);
  const grown = Buffer.from(longer);
  grown.writeBigUInt64LE(BigInt(headerLength + 8), 32);
  grown.writeBigUInt64LE(BigInt(grown.length), 16);
  assert.equal(await errorOf(seal(grown)), "corruptContainer", "a word behind the message");
  const far = Buffer.from(file);
  far[128] |= 2;
  assert.equal(await errorOf(seal(far)), "corruptContainer", "a far pointer");
  const shared = Buffer.from(file);
  // The pointers to the writer's name and to the data set follow the root's one data word.
  shared.writeUInt32LE(shared.readUInt32LE(144) - 4, 152);
  shared.writeUInt32LE(shared.readUInt32LE(148), 156);
  assert.equal(await errorOf(seal(shared)), "corruptContainer", "an object that is pointed at twice");
  const nul = Buffer.from(file);
  nul[nul.indexOf("test 1") + 6] = 1;
  assert.equal(await errorOf(seal(nul)), "corruptContainer", "a text without its zero byte");
  const padded = Buffer.from(file);
  padded[padded.indexOf("test 1") + 7] = 1;
  assert.equal(await errorOf(seal(padded)), "corruptContainer", "padding");
});

// SPDX-License-Identifier: Apache-2.0
// What a container says is what its readers get, through every part of the interface.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { countGroupsInSeveralParts, MISSING_YEAR, NONE, NO_PART, openContainer, parsePublicKey, parseRecipe, PithError, states } from "../dist/index.js";
import { encodeContainer, section, sha256, signed } from "./support/encode.mjs";
import { features, ids, momentsOf, N, sample, texts } from "./support/sample.mjs";

const file = encodeContainer(sample());
const opened = () => openContainer(new Uint8Array(file));

test("the header", async () => {
  const container = await opened();
  assert.deepEqual(container.version, { major: 1, minor: 0 });
  assert.equal(container.rootSha256, file.subarray(96, 128).toString("hex"));
  assert.equal(container.length, file.length);
  assert.equal(container.recordCount, N);
  assert.equal(container.dataset.title, "Tïtle");
  assert.deepEqual(container.dataset.original, { author: "", source: "", licence: "CC0-1.0" });
  assert.deepEqual(container.dataset.contacts.map(({ kind }) => kind), ["hospital", "unspecified"]);
  assert.deepEqual(container.encoders[0].model, { model_name: "m", note: "n" });
  assert.deepEqual(Object.entries(container.encoders[0].training), [["__proto__", "p"]]);
  assert.equal(container.encoders[1].modelSha256, null);
  assert.deepEqual(parseRecipe(container.encoders[0].recipe).size, [224, 224]);
  assert.deepEqual(container.blocks.map(({ name, type, featureCount }) => `${name} ${type} ${featureCount}`), ["a f32 5", "b f16 2", "c bf16 2", "d i8 3", "e i4 3"]);
  assert.equal(container.splits[0].seed, "9007199254740993", "a u64 keeps all its digits");
  assert.equal(container.splits[1].seed, null);
  assert.equal(container.heads[0].seed, "18446744073709551615");
  assert.deepEqual([container.heads[0].split, container.heads[0].scorePart, container.heads[1].split], [0, 2, null]);
  assert.deepEqual(container.labels.map(({ grouping }) => grouping), [null, 1, null, null, null, null]);
  assert.ok(container.isNotKnown("dataset.licence") && !container.isNotKnown("dataset.title"));
});

test("the savings' formulas, and that what was not measured is not shown", async () => {
  const { totalSavedSeconds, benefitRatio, totalBenefitRatio, totalSavedBytes } = (await opened()).savingsFormulas();
  assert.equal(totalSavedSeconds, (12 - 2) * 10 - 12);
  assert.equal(benefitRatio, (3 + 2) / (12 + 3));
  assert.equal(totalBenefitRatio, ((3 + 2) * 9 + 15) / (15 * 10));
  assert.equal(totalSavedBytes, 60_000 - file.length);
  const withSignature = signed(file, Buffer.alloc(32, 1));
  assert.equal((await openContainer(new Uint8Array(withSignature))).savingsFormulas().totalSavedBytes, 60_000 - withSignature.length);
  const content = sample();
  content.header.savings = { originalCount: 3, encodingSeconds: 4, headSeconds: 1 };
  const partly = await openContainer(new Uint8Array(encodeContainer(content)));
  assert.deepEqual(partly.savingsFormulas(), { totalSavedSeconds: null, benefitRatio: null, totalBenefitRatio: null, totalSavedBytes: null });
});

describe("features", () => {
  for (const [block, name] of ["a", "b", "c", "d", "e"].entries()) {
    test(`block ${name}, all rows and some`, async () => {
      const container = await opened();
      const own = container.features(name);
      const width = features[block][0].length;
      assert.deepEqual([...(await own.rows())], features[block].flat());
      assert.deepEqual([...(await own.rows(2, 4))], features[block].slice(2, 4).flat());
      assert.equal((await container.features(block).rows(3, 3)).length, 0);
      assert.equal(own.featureCount, width);
    });
  }

  test("stored elements, without a copy where the file lies in memory", async () => {
    const buffer = file.buffer.slice(file.byteOffset, file.byteOffset + file.length);
    const container = await openContainer(buffer);
    const f32 = await container.features("a").stored(1, 3);
    assert.ok(f32 instanceof Float32Array && f32.buffer === buffer);
    assert.ok((await container.features("a").rows(1, 3)).buffer === buffer);
    assert.deepEqual([...(await container.features("b").stored(0, 1))], [0x3c00, 0x7bff]);
    assert.deepEqual([...(await container.features("d").stored(0, 1))], [127, -1, 0]);
    assert.deepEqual([...(await container.features("e").stored(0, 1))], [0x87, 0]);
    assert.equal(await container.features("a").quantisation(), null);
    assert.deepEqual([...(await container.features("d").quantisation()).scale], [0.5, 1, 2]);
  });

  test("moments and probe", async () => {
    const container = await opened();
    const { mean, standardDeviation, minimum, maximum } = await container.features().moments();
    assert.deepEqual([...mean, ...standardDeviation, ...minimum, ...maximum], [...Float32Array.from(momentsOf(features[0]))]);
    assert.equal((await container.features().probe()).length, 10);
    assert.equal(await container.features("b").moments(), null);
    assert.equal(await container.features("b").probe(), null);
  });

  test("rows that are not there are refused", async () => {
    const container = await opened();
    for (const [from, to] of [[-1, 2], [0, N + 1], [3, 2], [0.5, 1]]) {
      await assert.rejects(container.features().rows(from, to), { code: "invalidArgument" });
    }
    for (const block of [5, -1, "z"]) assert.throws(() => container.features(block), { code: "invalidArgument" });
  });

  test("more rows than a chunk of 1 MiB holds, shuffled", async () => {
    const rows = 300_000;
    const values = Float32Array.from({ length: rows }, (_, i) => i / 8);
    const stored = Buffer.from(values.buffer);
    const { chunked } = await import("./support/encode.mjs");
    const recordIds = Buffer.alloc(16 * rows);
    for (let i = 0; i < rows; i++) recordIds.writeUInt32BE(i, 16 * i);
    const container = await openContainer(new Uint8Array(encodeContainer({
      recordCount: rows, header: { encoders: [{ featureCount: 1 }], features: [{ name: "a" }] },
      sections: [section("features/0", "f32", [rows, 1], chunked(stored, { size: 4 }), { encoding: "zstdShuffled" }), section("records/id", "u8", [rows, 16], recordIds)],
    })));
    assert.deepEqual(await container.features().rows(), values);
    assert.deepEqual(await container.features().rows(262_000, 262_300), values.subarray(262_000, 262_300), "across the chunks' border");
    assert.deepEqual(await container.features().rows(rows - 1, rows), values.subarray(rows - 1));
    await container.verify();
  });
});

test("records", async () => {
  const records = await (await opened()).records();
  assert.equal(records.count, N);
  assert.deepEqual(Array.from({ length: N }, (_, i) => records.id(i)), ids);
  assert.deepEqual(ids.map((id) => records.find(id)), [0, 1, 2, 3, 4, 5]);
  assert.equal(records.find("f".repeat(32)), -1);
  assert.deepEqual(Array.from({ length: N }, (_, i) => records.name(i)), texts.names.map((name) => name || null));
  assert.deepEqual([...records.parents], [NONE, NONE, 1, NONE, NONE, NONE]);
  assert.deepEqual([...records.transforms], [NONE, NONE, 0, NONE, NONE, NONE]);
  assert.deepEqual([...records.groups[0]], [0, 1, 1, 2, NONE, 0]);
  assert.deepEqual([...records.splits[0]], [0, 1, 1, 2, NO_PART, 0]);
  assert.deepEqual([...records.inPart(0, 1)], [1, 2]);
  assert.throws(() => records.inPart(2, 0), { code: "invalidArgument" });
  assert.equal(countGroupsInSeveralParts(records.splits[0], records.groups[0]), 0);
  assert.equal(countGroupsInSeveralParts(records.splits[1], records.groups[0]), 2);
  const [category, severity, dose, year, findings, notes] = records.labels;
  assert.deepEqual([...category.indices], [0, 1, 1, NONE, 0, 2]);
  assert.equal(severity.type, "ordinal");
  assert.deepEqual([...dose.values], [1.5, NaN, -3, 0, 2, 7]);
  assert.deepEqual([...year.years], [1999, MISSING_YEAR, 2004, 2020, 1, 9999]);
  assert.deepEqual([...findings.states.subarray(0, 4)], [states.present, states.absent, states.uncertain, states.missing]);
  assert.deepEqual(Array.from({ length: N }, (_, i) => notes.texts.at(i)), texts.notes);
});

test("documents and the report are handed out, and damage in them is noticed", async () => {
  const container = await opened();
  assert.equal(new TextDecoder().decode(await container.document(0)), "agree");
  assert.equal((await container.document(1)).length, 0);
  assert.equal(new TextDecoder().decode(await container.privacyReport()), "{}");
  await assert.rejects(container.document(2), { code: "invalidArgument" });
  const damaged = new Uint8Array(file);
  damaged[file.indexOf("agree")] ^= 1;
  await assert.rejects((await openContainer(damaged)).document(0), { code: "hashMismatch" });
});

test("signatures tell who signed", async () => {
  const container = await openContainer(new Uint8Array(signed(file, Buffer.alloc(32, 1), Buffer.alloc(32, 2))));
  const signatures = await container.signatures();
  assert.equal(signatures.length, 2);
  assert.ok(signatures.every(({ valid, publicKey }) => valid === true && /^[0-9a-f]{64}$/.test(publicKey)));
  assert.deepEqual(await (await opened()).signatures(), []);
  assert.equal(parsePublicKey(`pith-public-key-1 ${signatures[0].publicKey.toUpperCase()}\n`), signatures[0].publicKey);
  for (const text of ["", "pith-secret-key-1 " + "0".repeat(64), "pith-public-key-1 00"]) assert.throws(() => parsePublicKey(text), { code: "invalidArgument" });
});

test("verify tells what it saw", async () => {
  assert.deepEqual(await (await opened()).verify(), { bytes: file.length, sections: 31, signatures: [] });
});

test("describe has what was asked for", async () => {
  const container = await opened();
  const all = await container.describe();
  assert.deepEqual(all.records[0].labels, [{ category: 0 }, { category: 0 }, 1.5, { year: 1999 }, { states: [1, 0, "uncertain"] }, "free text"]);
  assert.deepEqual(all.records[1].labels, [{ category: 1 }, { category: 1 }, null, null, { states: [null, null, null] }, null]);
  assert.deepEqual(all.records[4].features, features.map((block) => block[4]));
  assert.equal(all.encoders[0].modelSha256, "07".repeat(32));
  assert.deepEqual(all.encoders[0].recipe, { size: [224, 224], fit: "crop", channels: "rgb" });
  assert.deepEqual(all.documents[0].sha256, sha256("agree").toString("hex"));
  assert.ok(!("features" in (await container.describe({ features: false })).records[0]));
  assert.ok(!("records" in (await container.describe({ records: false }))));
});

test("a newer minor version with fields that this one does not know is read", async () => {
  const content = sample();
  content.preamble = { minor: 3 };
  assert.equal((await openContainer(new Uint8Array(encodeContainer(content)))).version.minor, 3);
});

test("what was checked stays, whatever becomes of the caller's memory", async () => {
  const bytes = new Uint8Array(file);
  const container = await openContainer(bytes);
  bytes.fill(0);
  assert.equal(container.dataset.title, "Tïtle");
  assert.equal(container.encoders[0].modelSha256[0], 7);
  await assert.rejects(container.records(), { code: "hashMismatch" });
  bytes.set(file);
  assert.equal((await container.records()).count, N, "a read that failed may succeed another time");
});

test("a source that is none is refused", async () => {
  for (const source of [null, undefined, 7, {}, { size: -1, read() {} }]) {
    await assert.rejects(openContainer(source), (error) => error instanceof PithError && error.code === "invalidArgument");
  }
});

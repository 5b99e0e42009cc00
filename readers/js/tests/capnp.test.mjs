// SPDX-License-Identifier: Apache-2.0
// Messages word by word: what is canonical, what lies about its size, and what is empty.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Message } from "../dist/capnp.js";
import { decodeHeader } from "../dist/header/decode.js";

const low = (offset) => BigInt.asUintN(32, BigInt(offset) << 2n);
const struct = (offset, data = 0, pointers = 0) => low(offset) | (BigInt(data) << 32n) | (BigInt(pointers) << 48n);
const list = (offset, code, count) => low(offset) | 1n | (BigInt(code) << 32n) | (BigInt(count) << 35n);
const message = (...words) => new Message(new Uint8Array(BigUint64Array.from(words, BigInt).buffer));
const nulls = (count) => new Array(count).fill(0n);

const taken = {
  "an empty struct": [struct(0, 0, 1), struct(-1)],
  "an empty list of bytes": [struct(0, 0, 1), list(0, 2, 0)],
  "an empty list of numbers": [struct(0, 0, 1), list(0, 5, 0)],
  "an empty list of pointers": [struct(0, 0, 1), list(0, 6, 0)],
  "an empty list of structs": [struct(0, 0, 1), list(0, 7, 0), 0],
  "structs without content": [struct(0, 0, 1), list(0, 7, 0), struct(8192)],
  "a list of nothing": [struct(0, 0, 1), list(0, 0, 1 << 28)],
  "a list of bits": [struct(0, 0, 1), list(0, 1, 3), 0b111],
  "a list of structs": [struct(0, 0, 1), list(0, 7, 4), struct(2, 1, 1), 1, list(2, 2, 1), 0, 0, 7],
};

const refused = {
  "an empty struct with a place": [struct(0, 0, 1), struct(0)],
  "an empty list that lies elsewhere": [struct(0, 0, 1), list(1, 2, 0)],
  "an empty list of structs that have a size": [struct(0, 0, 1), list(0, 7, 0), struct(0, 1)],
  "an empty list of structs without a tag": [struct(0, 0, 1), list(0, 7, 0)],
  "too many structs without content": [struct(0, 0, 1), list(0, 7, 0), struct(8193)],
  "a list of structs of another length": [struct(0, 0, 1), list(0, 7, 2), struct(1, 1), 1, 1],
  "padding that is not zero": [struct(0, 0, 1), list(0, 2, 1), 0x100],
};

test("canonical messages are taken", () => {
  for (const [what, words] of Object.entries(taken)) assert.doesNotThrow(() => message(...words), what);
});

test("other messages are refused", () => {
  for (const [what, words] of Object.entries(refused)) assert.throws(() => message(...words), { code: "corruptContainer" }, what);
});

test("what is empty is as if it were absent", () => {
  const [text, one, many, texts] = [[list(0, 2, 1), 0], [struct(-1)], [list(0, 7, 0), 0], [list(0, 6, 0)]];
  const absent = decodeHeader(message(struct(0, 1), 1).root());
  [text, one, ...new Array(8).fill(many), texts, texts, one].forEach((empty, i) => {
    const root = message(struct(0, 1, i + 1), 1, ...nulls(i), ...empty).root();
    assert.deepEqual(decodeHeader(root), absent, `field ${i}`);
  });
  const numbers = message(struct(0, 0, 3), list(2, 2, 0), list(1, 4, 0), list(0, 5, 0)).root();
  assert.deepEqual([[...numbers.data(0, "a")], numbers.u32s(1, 9, "b"), numbers.u64s(2, 9, "c")], [[], [], []]);
});

test("a text ends with a zero byte", () => {
  const text = (...words) => message(struct(0, 0, 1), ...words).root().text(0, 9, "a text");
  assert.equal(text(list(0, 2, 2), 0x61), "a");
  for (const words of [[list(0, 2, 0)], [list(0, 2, 1), 0x61]]) assert.throws(() => text(...words), /zero byte/);
});

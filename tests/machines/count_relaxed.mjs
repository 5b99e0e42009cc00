// SPDX-License-Identifier: Apache-2.0
// `node count_relaxed.mjs MODULE.wasm VARIANT`: relaxed SIMD's instructions are the only ones that may answer differently on two
// machines, apart from the bits of a NaN (WebAssembly, "Nondeterminism"). Plain SIMD has none of them, and relaxed SIMD has some.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const [path, variant] = process.argv.slice(2);
const bytes = readFileSync(path);
let at = 0;

/** An integer of seven bits a byte; longer ones than 2^53 are skipped right, and nobody reads them. */
function leb() {
  let value = 0;
  for (let factor = 1; ; factor *= 128) {
    const byte = bytes[at++];
    value += (byte & 127) * factor;
    if (byte < 128) return value;
  }
}
const times = (count, read) => { for (; count > 0; --count) read(); };

function memoryPlace() {
  if (leb() & 64) leb();
  leb();
}

/** How an instruction's operands are skipped: [first opcode, last opcode, how]. What is not listed has none. */
const operands = [
  [0x02, 0x04, leb], [0x06, 0x09, leb], [0x0c, 0x0d, leb], [0x0e, 0x0e, () => times(leb() + 1, leb)], [0x10, 0x10, leb],
  [0x11, 0x11, () => times(2, leb)], [0x12, 0x12, leb], [0x13, 0x13, () => times(2, leb)], [0x18, 0x18, leb],
  [0x1c, 0x1c, () => times(leb(), leb)], [0x20, 0x26, leb], [0x28, 0x3e, memoryPlace], [0x3f, 0x42, leb],
  [0x43, 0x43, () => { at += 4; }], [0x44, 0x44, () => { at += 8; }], [0xd0, 0xd0, leb], [0xd2, 0xd2, leb],
];
const bulkOperands = [[8, 8, 2], [9, 9, 1], [10, 10, 2], [11, 11, 1], [12, 12, 2], [13, 13, 1], [14, 14, 2], [15, 17, 1]];
const vectorOperands = [[0, 11, memoryPlace], [12, 13, () => { at += 16; }], [21, 34, () => { ++at; }],
  [84, 91, () => { memoryPlace(); ++at; }], [92, 93, memoryPlace]];
const found = (table, code) => table.find(([first, last]) => code >= first && code <= last)?.[2];

const seen = { instructions: 0, vector: 0, relaxed: 0 };

function instruction() {
  const code = bytes[at++];
  ++seen.instructions;
  if (code === 0xfc) return times(found(bulkOperands, leb()) ?? 0, leb);
  if (code !== 0xfd) {
    assert.ok(code < 0xe0, `instruction ${code} at ${at} is not known here`);
    return found(operands, code)?.();
  }
  const vector = leb();
  ++seen.vector;
  if (vector >= 0x100) ++seen.relaxed;
  return found(vectorOperands, vector)?.();
}

at = 8;
while (at < bytes.length) {
  const section = bytes[at++];
  const size = leb();
  const end = at + size;
  if (section === 10) {
    times(leb(), () => {
      const length = leb();
      const functionEnd = at + length;
      times(leb(), () => { leb(); ++at; });  // local variables
      while (at < functionEnd) instruction();
      assert.equal(at, functionEnd, "a function was not read to its end");
    });
  }
  at = end;
}
console.log(`${seen.instructions} instructions, ${seen.vector} of SIMD, ${seen.relaxed} of them relaxed`);
assert.ok(seen.vector > 1000, "no engine without SIMD");
if (variant === "simd") assert.equal(seen.relaxed, 0, "plain SIMD has relaxed instructions");
else assert.ok(seen.relaxed > 0, "relaxed SIMD has none of its instructions");

// SPDX-License-Identifier: Apache-2.0
// The decompressor against frames of the zstd tool, and against damage.
import assert from "node:assert/strict";
import { test } from "node:test";
import { decompressFrame, FrameError } from "../dist/zstd/frame.js";
import { sha256 } from "./support/encode.mjs";
import { content, frames, recentDistances } from "./support/frames.mjs";
import { generator } from "./support/random.mjs";

const fromBase64 = (text) => new Uint8Array(Buffer.from(text, "base64"));
const decoded = frames.map(([what, length, period, base64]) => ({ what, length, expected: content(length, period), frame: fromBase64(base64) }));

for (const [what, length, digest, base64] of recentDistances) {
  test(`frame: ${what} of the recent distances`, () => {
    assert.equal(sha256(decompressFrame(fromBase64(base64), length)).toString("hex", 0, 8), digest);
  });
}

for (const { what, length, expected, frame } of decoded) {
  test(`frame: ${what}`, () => {
    assert.deepEqual(decompressFrame(frame, length), expected);
    assert.throws(() => decompressFrame(frame, length + 1), FrameError, "another size");
    assert.throws(() => decompressFrame(Buffer.concat([frame, Buffer.alloc(1)]), length), FrameError, "a byte behind it");
    for (let end = 0; end < frame.length; end++) assert.throws(() => decompressFrame(frame.subarray(0, end), length), FrameError, `${end} bytes of it`);
  });
}

test("a checksum that does not match", () => {
  const { frame, length } = decoded[1];
  const damaged = frame.slice();
  damaged[frame.length - 1] ^= 1;
  assert.throws(() => decompressFrame(damaged, length), /checksum/);
});

/** A frame of one segment and one block. */
const oneBlock = (size, type, ...block) => Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, size, 1 | (type << 1) | ((block.length << 3) & 255), block.length >> 5, 0, ...block);

const refused = [
  ["no frame", /no zstd frame/, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9)],
  ["a skippable frame", /no zstd frame/, Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0, 0)],
  ["a reserved bit", /reserved bit/, Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x28, 0, 1, 0, 0)],
  ["a dictionary", /dictionary/, Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x21, 7, 0, 1, 0, 0)],
  ["no content size", /size is not stated/, Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0, 1, 0, 0)],
  ["a reserved block", /reserved type/, oneBlock(1, 3, 1)],
  ["a block that is larger than the content", /block that is too long/, oneBlock(1, 0, 1, 2)],
  ["literals that are longer than the content", /literals that are too long/, oneBlock(9, 2, 10 << 3, 1, 2, 3, 4, 5, 0)],
  ["treeless literals without a tree", /Huffman table is repeated/, oneBlock(90, 2, 0x43, 0x40, 0, 1, 0)],
  ["a repeated table that was never there", /table is repeated/, oneBlock(9, 2, 0, 1, 0xfc, 1)],
  ["reserved bits of the sequences", /reserved bits/, oneBlock(9, 2, 0, 1, 1, 1)],
  ["a copy from before the start", /before the start/, oneBlock(90, 2, 8, 65, 1, 0x54, 1, 10, 0, 0xff, 0x07)],
  ["more literals than there are", /more literals/, oneBlock(90, 2, 8, 65, 1, 0x54, 2, 0, 0, 0x01)],
  // A table with one symbol of all probability takes no bits: a reader that only waits for the end of its bits never gets there.
  ["Huffman weights without end", /too many Huffman weights/, oneBlock(90, 2, 0x42, 0x40, 1, 4, 0xf0, 0x03, 0xff, 0x07, 0)],
];
for (const [what, message, frame] of refused) {
  test(`refused: ${what}`, () => assert.throws(() => decompressFrame(frame, frame[5]), (error) => error instanceof FrameError && message.test(error.message)));
}

test("damage never gives anything but a FrameError or bytes of the size stated, in bounded time", () => {
  const random = generator(7);
  let refusedCount = 0;
  for (let round = 0; round < 4000; round++) {
    const { frame, length } = decoded[round % decoded.length];
    if (length > 10_000 && round % 8 !== 0) continue;
    const damaged = frame.slice();
    for (let i = random(3); i >= 0; i--) damaged[random(damaged.length)] ^= 1 << random(8);
    try {
      assert.equal(decompressFrame(damaged, length).length, length);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      refusedCount++;
    }
  }
  assert.ok(refusedCount > 1000);
});

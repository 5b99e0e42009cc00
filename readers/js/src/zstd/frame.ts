// SPDX-License-Identifier: Apache-2.0
// One zstd frame (RFC 8878) whose header states its content's size. Strict where a decoder may choose: a frame is exactly the bytes
// given, no table or stream may end early or have bytes left, and the output never grows beyond what the header states.
import { damaged, FrameError } from "./bits.js";
import { decodeHuffman, readHuffman, type HuffmanTable } from "./huffman.js";
import { runSequences, SequenceState, type Output } from "./sequences.js";
import { xxhash64 } from "./xxhash64.js";

export { FrameError };

const mostBlockBytes = 131_072;
const mostWindowLog = 31;

interface FrameHeader {
  contentSize: number;
  blockBytes: number;
  hasChecksum: boolean;
  length: number;
}

function readLittleEndian(bytes: Uint8Array, at: number, count: number): number {
  if (at + count > bytes.length) damaged("a frame that ends early");
  let value = 0;
  for (let i = count - 1; i >= 0; i--) value = value * 256 + bytes[at + i]!;
  return value;
}

function readHeader(frame: Uint8Array): FrameHeader {
  if (readLittleEndian(frame, 0, 4) !== 0xfd2fb528) damaged("no zstd frame");
  const descriptor = readLittleEndian(frame, 4, 1);
  if ((descriptor & 8) !== 0) damaged("a reserved bit of the frame is set");
  const isSingleSegment = (descriptor & 32) !== 0;
  let at = 5;
  let windowBytes = 0;
  if (!isSingleSegment) {
    const window = readLittleEndian(frame, at++, 1);
    const log = 10 + (window >> 3);
    if (log > mostWindowLog) damaged("a window that is too large");
    windowBytes = 2 ** log * (1 + (window & 7) / 8);
  }
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!;
  if (readLittleEndian(frame, at, dictionaryBytes) !== 0) damaged("a dictionary is needed");
  at += dictionaryBytes;
  const sizeFlag = descriptor >> 6;
  if (sizeFlag === 0 && !isSingleSegment) damaged("the content's size is not stated");
  const sizeBytes = 1 << sizeFlag;
  const contentSize = readLittleEndian(frame, at, sizeBytes) + (sizeFlag === 1 ? 256 : 0);
  const blockBytes = Math.min(mostBlockBytes, isSingleSegment ? contentSize : windowBytes);
  return { contentSize, blockBytes, hasChecksum: (descriptor & 4) !== 0, length: at + sizeBytes };
}

interface Literals {
  bytes: Uint8Array;
  /** Bytes of the literals section. */
  used: number;
}

class Blocks {
  readonly #sequences = new SequenceState();
  #huffman: HuffmanTable | null = null;
  readonly #out: Output;
  readonly #blockBytes: number;

  constructor(out: Output, blockBytes: number) {
    this.#out = out;
    this.#blockBytes = blockBytes;
  }

  decode(type: number, block: Uint8Array, size: number): void {
    const out = this.#out;
    const limit = Math.min(out.bytes.length, out.at + this.#blockBytes);
    if (size > this.#blockBytes) damaged("a block that is too long");
    if (type === 2) {
      const { bytes, used } = this.#literals(block);
      runSequences(block.subarray(used), bytes, this.#sequences, out, limit);
      return;
    }
    if (size > limit - out.at) damaged("a block that is too long");
    if (type === 0) out.bytes.set(block, out.at);
    else out.bytes.fill(block[0]!, out.at, out.at + size);
    out.at += size;
  }

  /** Section 3.1.1.3.1. */
  #literals(block: Uint8Array): Literals {
    const first = readLittleEndian(block, 0, 1);
    const type = first & 3;
    const format = (first >> 2) & 3;
    if (type >= 2) return this.#compressedLiterals(block, type, format);
    const headerBytes = [1, 2, 1, 3][format]!;
    const size = readLittleEndian(block, 0, headerBytes) >> (headerBytes === 1 ? 3 : 4);
    this.#checkLiteralsSize(size);
    const used = headerBytes + (type === 0 ? size : 1);
    if (used > block.length) damaged("literals that end early");
    const bytes = type === 0 ? block.subarray(headerBytes, used) : new Uint8Array(size).fill(block[headerBytes]!);
    return { bytes, used };
  }

  #compressedLiterals(block: Uint8Array, type: number, format: number): Literals {
    const headerBytes = [3, 3, 4, 5][format]!;
    const sizeBits = [10, 10, 14, 18][format]!;
    const sizes = Math.floor(readLittleEndian(block, 0, headerBytes) / 16);
    const size = sizes % 2 ** sizeBits;
    const end = headerBytes + Math.floor(sizes / 2 ** sizeBits);
    this.#checkLiteralsSize(size);
    if (end > block.length) damaged("literals that end early");
    let streams = block.subarray(headerBytes, end);
    if (type === 2) {
      const { table, used } = readHuffman(streams);
      this.#huffman = table;
      streams = streams.subarray(used);
    }
    if (!this.#huffman) damaged("a Huffman table is repeated that was never there");
    const bytes = new Uint8Array(size);
    decodeHuffman(this.#huffman, streams, format === 0 ? 1 : 4, bytes);
    return { bytes, used: end };
  }

  #checkLiteralsSize(size: number): void {
    if (size > this.#blockBytes) damaged("literals that are too long");
  }
}

/**
 * @param frame one whole frame, without dictionary
 * @param contentSize what the frame's header must state
 * @returns u8 [contentSize]
 * @throws FrameError
 */
export function decompressFrame(frame: Uint8Array, contentSize: number): Uint8Array<ArrayBuffer> {
  const header = readHeader(frame);
  if (header.contentSize !== contentSize) damaged(`a frame of ${header.contentSize} bytes where ${contentSize} belong`);
  const bytes = new Uint8Array(contentSize);
  const out = { bytes, at: 0 };
  const blocks = new Blocks(out, header.blockBytes);
  let at = header.length;
  for (let isLast = false; !isLast;) {
    const blockHeader = readLittleEndian(frame, at, 3);
    at += 3;
    isLast = (blockHeader & 1) === 1;
    const type = (blockHeader >> 1) & 3;
    const size = blockHeader >> 3;
    if (type === 3) damaged("a block of a reserved type");
    const stored = type === 1 ? 1 : size;
    if (stored > frame.length - at) damaged("a frame that ends early");
    blocks.decode(type, frame.subarray(at, at + stored), size);
    at += stored;
  }
  if (out.at !== contentSize) damaged(`a frame with ${out.at} bytes that states ${contentSize}`);
  if (header.hasChecksum) {
    if (readLittleEndian(frame, at, 4) !== Number(xxhash64(bytes) & 0xffff_ffffn)) damaged("a checksum that does not match");
    at += 4;
  }
  if (at !== frame.length) damaged("bytes behind the frame");
  return bytes;
}

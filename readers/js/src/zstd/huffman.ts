// SPDX-License-Identifier: Apache-2.0
// Huffman-coded literals (RFC 8878, section 4.2).
import { damaged, ReverseBits } from "./bits.js";
import { nextState, readTable, startState } from "./fse.js";

const mostBits = 11;
const mostWeights = 255; // the last symbol's weight follows from the others

/** For each `maxBits` bits of the stream: the symbol that they begin with, and how many bits it takes. */
export interface HuffmanTable {
  maxBits: number;
  symbols: Uint8Array;
  bits: Uint8Array;
}

/** @returns the table and the bytes of its description */
export function readHuffman(bytes: Uint8Array): { table: HuffmanTable; used: number } {
  const header = bytes[0] ?? damaged("literals that end early");
  const used = 1 + (header < 128 ? header : (header - 127 + 1) >> 1);
  if (used > bytes.length) damaged("a Huffman table that ends early");
  const body = bytes.subarray(1, used);
  const weights = header < 128 ? compressedWeights(body) : directWeights(body, header - 127);
  return { table: buildHuffman(weights), used };
}

function directWeights(body: Uint8Array, count: number): number[] {
  return Array.from({ length: count }, (_, i) => (i % 2 === 0 ? body[i >> 1]! >> 4 : body[i >> 1]! & 15));
}

/** Two states take turns until the stream is used up. */
function compressedWeights(body: Uint8Array): number[] {
  const { table, used } = readTable(body, 6, mostBits + 2);
  const stream = new ReverseBits(body.subarray(used));
  const states = [startState(table, stream), startState(table, stream)];
  if (stream.left < 0) damaged("Huffman weights that end early");
  const weights: number[] = [];
  for (let turn = 0; ; turn ^= 1) {
    if (weights.length >= mostWeights - 1) damaged("too many Huffman weights");
    weights.push(table.symbols[states[turn]!]!);
    states[turn] = nextState(table, states[turn]!, stream);
    if (stream.left < 0) {
      weights.push(table.symbols[states[turn ^ 1]!]!);
      return weights;
    }
  }
}

function buildHuffman(weights: number[]): HuffmanTable {
  let sum = 0;
  for (const weight of weights) {
    if (weight > mostBits) damaged("a Huffman weight that is too large");
    if (weight > 0) sum += 1 << (weight - 1);
  }
  if (sum === 0) damaged("a Huffman table without symbols");
  const maxBits = 32 - Math.clz32(sum);
  if (maxBits > mostBits) damaged("Huffman codes that are too long");
  const rest = (1 << maxBits) - sum;
  if ((rest & (rest - 1)) !== 0) damaged("a Huffman table whose weights do not add up");
  weights.push(32 - Math.clz32(rest));
  if (weights.filter((weight) => weight === 1).length < 2) damaged("a Huffman table without its longest codes");
  const table = { maxBits, symbols: new Uint8Array(1 << maxBits), bits: new Uint8Array(1 << maxBits) };
  let at = 0;
  for (let weight = 1; weight <= maxBits; weight++) {
    weights.forEach((own, symbol) => {
      if (own !== weight) return;
      const end = at + (1 << (weight - 1));
      table.symbols.fill(symbol, at, end);
      table.bits.fill(maxBits + 1 - weight, at, end);
      at = end;
    });
  }
  return table;
}

function decodeStream({ maxBits, symbols, bits }: HuffmanTable, bytes: Uint8Array, out: Uint8Array): void {
  const stream = new ReverseBits(bytes);
  for (let i = 0; i < out.length; i++) {
    const code = stream.peek(maxBits);
    out[i] = symbols[code]!;
    stream.left -= bits[code]!;
  }
  if (stream.left !== 0) damaged("literals that do not fill their stream");
}

/** Fills `out` from one stream, or from four with their sizes before them. */
export function decodeHuffman(table: HuffmanTable, bytes: Uint8Array, streams: number, out: Uint8Array): void {
  if (streams === 1) {
    decodeStream(table, bytes, out);
    return;
  }
  if (bytes.length < 6 || out.length < 6) damaged("four streams in too few bytes");
  const part = (out.length + 3) >> 2;
  let at = 6;
  for (let i = 0; i < 4; i++) {
    const end = i < 3 ? at + (bytes[2 * i]! | (bytes[2 * i + 1]! << 8)) : bytes.length;
    if (end > bytes.length) damaged("literals that end early");
    decodeStream(table, bytes.subarray(at, end), out.subarray(i * part, i < 3 ? (i + 1) * part : out.length));
    at = end;
  }
}

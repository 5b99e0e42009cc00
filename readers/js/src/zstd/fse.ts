// SPDX-License-Identifier: Apache-2.0
// Finite state entropy tables (RFC 8878, section 4.1).
import { damaged, ForwardBits, type ReverseBits } from "./bits.js";

/** What a state means and how the next one follows: `base[state] + bits`. */
export interface FseTable {
  accuracyLog: number;
  symbols: Uint8Array;
  bits: Uint8Array;
  base: Uint16Array;
}

/** A table that always gives one symbol. */
export function rleTable(symbol: number): FseTable {
  return { accuracyLog: 0, symbols: Uint8Array.of(symbol), bits: new Uint8Array(1), base: new Uint16Array(1) };
}

/** @param probabilities of each symbol in 2^-accuracyLog; -1 is "less than 1" */
export function buildTable(probabilities: ArrayLike<number>, accuracyLog: number): FseTable {
  const size = 1 << accuracyLog;
  const table = { accuracyLog, symbols: new Uint8Array(size), bits: new Uint8Array(size), base: new Uint16Array(size) };
  const next = new Uint16Array(probabilities.length);
  let high = size;
  for (let symbol = 0; symbol < probabilities.length; symbol++) {
    if (probabilities[symbol] === -1) {
      table.symbols[--high] = symbol;
      next[symbol] = 1;
    }
  }
  const step = (size >> 1) + (size >> 3) + 3;
  let at = 0;
  for (let symbol = 0; symbol < probabilities.length; symbol++) {
    const count = probabilities[symbol]!;
    if (count <= 0) continue;
    next[symbol] = count;
    for (let i = 0; i < count; i++) {
      table.symbols[at] = symbol;
      do at = (at + step) & (size - 1); while (at >= high);
    }
  }
  for (let state = 0; state < size; state++) {
    const index = next[table.symbols[state]!]!++;
    const bits = accuracyLog - (31 - Math.clz32(index));
    table.bits[state] = bits;
    table.base[state] = (index << bits) - size;
  }
  return table;
}

/**
 * Reads a table's description.
 * @param mostSymbols symbols that there can be
 * @returns the table and the bytes of its description
 */
export function readTable(bytes: Uint8Array, mostAccuracy: number, mostSymbols: number): { table: FseTable; used: number } {
  const stream = new ForwardBits(bytes);
  const accuracyLog = stream.read(4) + 5;
  if (accuracyLog > mostAccuracy) damaged("a table that is too precise");
  const probabilities: number[] = [];
  let remaining = 1 << accuracyLog;
  while (remaining > 0) {
    if (probabilities.length >= mostSymbols) damaged("a table with too many symbols");
    const probability = readProbability(stream, remaining);
    remaining -= Math.abs(probability);
    probabilities.push(probability);
    if (probability === 0) skipZeros(stream, probabilities, mostSymbols);
  }
  if (remaining < 0) damaged("a table whose probabilities do not add up");
  return { table: buildTable(probabilities, accuracyLog), used: stream.used };
}

function readProbability(stream: ForwardBits, remaining: number): number {
  const bits = 32 - Math.clz32(remaining + 1);
  const value = stream.read(bits);
  const lower = value & ((1 << (bits - 1)) - 1);
  const threshold = (1 << bits) - 1 - (remaining + 1);
  if (lower < threshold) {
    stream.back(1);
    return lower - 1;
  }
  return (value >= 1 << (bits - 1) ? value - threshold : value) - 1;
}

function skipZeros(stream: ForwardBits, probabilities: number[], mostSymbols: number): void {
  for (let repeat = 3; repeat === 3;) {
    repeat = stream.read(2);
    if (probabilities.length + repeat > mostSymbols) damaged("a table with too many symbols");
    for (let i = 0; i < repeat; i++) probabilities.push(0);
  }
}

/** The first state is in the stream as it is. */
export function startState(table: FseTable, stream: ReverseBits): number {
  return stream.read(table.accuracyLog);
}

export function nextState(table: FseTable, state: number, stream: ReverseBits): number {
  return table.base[state]! + stream.read(table.bits[state]!);
}

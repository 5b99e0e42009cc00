// SPDX-License-Identifier: Apache-2.0
// Sequences of a compressed block: how literals and copies of earlier bytes take turns (RFC 8878, section 3.1.1.3.2).
import { damaged, ReverseBits } from "./bits.js";
import { buildTable, nextState, readTable, rleTable, startState, type FseTable } from "./fse.js";

/** The three kinds of codes: most accuracy, how many codes there are, and the table that needs no description. */
interface CodeKind {
  mostAccuracy: number;
  codes: number;
  predefined: FseTable;
}

const literalBits = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
const matchBits = [...new Array<number>(32).fill(0), 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];

/** Each code begins where the one before it ends. */
function baselines(bits: readonly number[], first: number): number[] {
  let next = first;
  return bits.map((count) => {
    const own = next;
    next += 1 << count;
    return own;
  });
}
const literalBase = baselines(literalBits, 0);
const matchBase = baselines(matchBits, 3);
/** Offsets of 2^25 and more lie before every chunk's start. */
const mostOffsetCode = 24;

const kinds: Record<"literals" | "offsets" | "matches", CodeKind> = {
  literals: {
    mostAccuracy: 9, codes: 36,
    predefined: buildTable([4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1], 6),
  },
  offsets: {
    mostAccuracy: 8, codes: 32,
    predefined: buildTable([1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1], 5),
  },
  matches: {
    mostAccuracy: 9, codes: 53,
    predefined: buildTable([1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
      1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1], 6),
  },
};

/** What one block leaves to the next of its frame. */
export class SequenceState {
  tables: Partial<Record<keyof typeof kinds, FseTable>> = {};
  offsets: [number, number, number] = [1, 4, 8];
}

/** Where output goes: it ends at `limit`, copies reach back to the frame's start. */
export interface Output {
  bytes: Uint8Array;
  at: number;
}

/** Runs the sequences of `section` over `literals` into `out`; what is left of the literals follows the last copy. */
export function runSequences(section: Uint8Array, literals: Uint8Array, state: SequenceState, out: Output, limit: number): void {
  const { count, at } = readCount(section);
  let used = 0;
  if (count === 0) {
    if (at !== section.length) damaged("bytes behind a block's literals");
  } else {
    const { tables, at: start } = readTables(section, at, state);
    used = execute(new ReverseBits(section.subarray(start)), count, tables, literals, state, out, limit);
  }
  if (literals.length - used > limit - out.at) damaged("a block that is too long");
  out.bytes.set(literals.subarray(used), out.at);
  out.at += literals.length - used;
}

function readCount(section: Uint8Array): { count: number; at: number } {
  const [first, second, third] = section;
  if (first === undefined) damaged("a block without sequences");
  if (first < 128) return { count: first, at: 1 };
  if (second === undefined || (first === 255 && third === undefined)) damaged("sequences that end early");
  if (first < 255) return { count: ((first - 128) << 8) | second, at: 2 };
  return { count: (second | (third! << 8)) + 0x7f00, at: 3 };
}

type Tables = Record<keyof typeof kinds, FseTable>;

function readTables(section: Uint8Array, start: number, state: SequenceState): { tables: Tables; at: number } {
  const modes = section[start] ?? damaged("sequences that end early");
  if ((modes & 3) !== 0) damaged("reserved bits of the sequences are set");
  let at = start + 1;
  const take = (name: keyof typeof kinds, mode: number): FseTable => {
    const kind = kinds[name];
    if (mode === 0) return kind.predefined;
    if (mode === 3) return state.tables[name] ?? damaged("a table is repeated that was never there");
    if (mode === 1) {
      const symbol = section[at++] ?? damaged("sequences that end early");
      if (symbol >= kind.codes) damaged("a code that does not exist");
      return rleTable(symbol);
    }
    const { table, used } = readTable(section.subarray(at), kind.mostAccuracy, kind.codes);
    at += used;
    return table;
  };
  const literals = take("literals", modes >> 6);
  const offsets = take("offsets", (modes >> 4) & 3);
  const matches = take("matches", (modes >> 2) & 3);
  state.tables = { literals, offsets, matches };
  return { tables: { literals, offsets, matches }, at };
}

/** @returns how many literals were used */
function execute(stream: ReverseBits, count: number, tables: Tables, literals: Uint8Array, state: SequenceState, out: Output, limit: number): number {
  let literalState = startState(tables.literals, stream);
  let offsetState = startState(tables.offsets, stream);
  let matchState = startState(tables.matches, stream);
  let used = 0;
  for (let i = 0; i < count; i++) {
    const offsetCode = tables.offsets.symbols[offsetState]!;
    const matchCode = tables.matches.symbols[matchState]!;
    const literalCode = tables.literals.symbols[literalState]!;
    if (offsetCode > mostOffsetCode) damaged("a copy from before the start");
    const offsetValue = (1 << offsetCode) + stream.read(offsetCode);
    const matchLength = matchBase[matchCode]! + stream.read(matchBits[matchCode]!);
    const literalLength = literalBase[literalCode]! + stream.read(literalBits[literalCode]!);
    if (i < count - 1) {
      literalState = nextState(tables.literals, literalState, stream);
      matchState = nextState(tables.matches, matchState, stream);
      offsetState = nextState(tables.offsets, offsetState, stream);
    }
    if (stream.left < 0) damaged("sequences that end early");
    if (literalLength > literals.length - used) damaged("more literals than there are");
    if (literalLength + matchLength > limit - out.at) damaged("a block that is too long");
    out.bytes.set(literals.subarray(used, used + literalLength), out.at);
    used += literalLength;
    out.at += literalLength;
    copy(out, resolveOffset(offsetValue, literalLength, state.offsets), matchLength);
  }
  if (stream.left !== 0) damaged("sequences that do not fill their stream");
  return used;
}

/** Values up to 3 name one of the last three offsets (section 3.1.1.5), which they reorder. */
function resolveOffset(value: number, literalLength: number, recent: [number, number, number]): number {
  if (value > 3) {
    recent[2] = recent[1];
    recent[1] = recent[0];
    recent[0] = value - 3;
    return recent[0];
  }
  const which = value - 1 + (literalLength === 0 ? 1 : 0);
  if (which === 0) return recent[0];
  const offset = which === 3 ? recent[0] - 1 : recent[which]!;
  if (which > 1) recent[2] = recent[1];
  recent[1] = recent[0];
  recent[0] = offset;
  return offset;
}

function copy(out: Output, offset: number, length: number): void {
  if (offset < 1 || offset > out.at) damaged("a copy from before the start");
  const from = out.at - offset;
  const { bytes } = out;
  if (offset >= length) bytes.copyWithin(out.at, from, from + length);
  else for (let i = 0; i < length; i++) bytes[out.at + i] = bytes[from + i]!;
  out.at += length;
}

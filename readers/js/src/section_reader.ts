// SPDX-License-Identifier: Apache-2.0
// The bytes of sections, whole or in parts, without their compression.
import { allocate, viewOf, type Bytes } from "./bytes.js";
import { elementBits } from "./enumerators.js";
import { corrupt, PithError } from "./errors.js";
import type { Section } from "./header/model.js";
import { rawLength } from "./sections.js";
import { expectDigest, sha256 } from "./sha256.js";
import type { CheckedSource } from "./source.js";
import { decompressFrame, FrameError } from "./zstd/frame.js";

export const chunkBytes = 1_048_576;

/** Takes a section's bytes before compression, in order. */
export interface Consumer {
  take(bytes: Bytes): void;
  finish(): void;
}

/** Puts back what `zstdShuffled` sorted: first byte 0 of all elements, then byte 1, ... */
function unshuffle(shuffled: Bytes, size: number): Bytes {
  const count = shuffled.length / size;
  const bytes = new Uint8Array(shuffled.length);
  for (let byte = 0; byte < size; byte++) {
    const from = byte * count;
    for (let i = 0, to = byte; i < count; i++, to += size) bytes[to] = shuffled[from + i]!;
  }
  return bytes;
}

/** @throws PithError `corruptContainer` where the frame is damaged */
export function decodeChunk(section: Section, frame: Bytes, length: number): Bytes {
  let bytes: Bytes;
  try {
    bytes = decompressFrame(frame, length);
  } catch (error) {
    if (!(error instanceof FrameError)) throw error;
    throw new PithError("corruptContainer", `'${section.name}' holds a compressed chunk that is damaged: ${error.message}`);
  }
  if (section.encoding !== "zstdShuffled") return bytes;
  return unshuffle(bytes, elementBits[section.type as keyof typeof elementBits] / 8);
}

export const chunkCount = (section: Section): number => Math.ceil(rawLength(section) / chunkBytes);

/** Bytes of chunk i before compression. */
export const chunkLength = (section: Section, i: number): number => Math.min(chunkBytes, rawLength(section) - i * chunkBytes);

/** @returns where each chunk begins behind the table, and where the last one ends; [k + 1] */
export function chunkStarts(section: Section, table: Bytes): Float64Array {
  const view = viewOf(table);
  const starts = new Float64Array(table.length / 4 + 1);
  for (let i = 0; i < starts.length - 1; i++) starts[i + 1] = starts[i]! + view.getUint32(4 * i, true);
  if (table.length + starts.at(-1)! !== section.length) {
    corrupt(`the chunks of '${section.name}' have ${starts.at(-1)} bytes; there are ${section.length - table.length}`);
  }
  return starts;
}

/** @throws PithError `corruptContainer` where the section is too short for its table of chunks */
export function tableLength(section: Section): number {
  const length = 4 * chunkCount(section);
  if (length > section.length) corrupt(`'${section.name}' is too short for its table of chunks`);
  return length;
}

function decodeWhole(section: Section, stored: Bytes): Bytes {
  if (section.encoding === "raw") return stored;
  const table = stored.subarray(0, tableLength(section));
  const starts = chunkStarts(section, table);
  const bytes = allocate(rawLength(section));
  for (let i = 0; i < chunkCount(section); i++) {
    const frame = stored.subarray(table.length + starts[i]!, table.length + starts[i + 1]!);
    bytes.set(decodeChunk(section, frame, chunkLength(section, i)), i * chunkBytes);
  }
  return bytes;
}

/** @throws PithError `hashMismatch`, `corruptContainer`, `readFailed` */
export async function readWhole(source: CheckedSource, section: Section): Promise<Bytes> {
  const stored = await source.read(section.offset, section.length);
  expectDigest(await sha256(stored), section.sha256, `'${section.name}'`);
  return decodeWhole(section, stored);
}

/** Parts of one section. They are not hashed, since the hash is of the whole. */
export class PartReader {
  readonly #source: CheckedSource;
  readonly #section: Section;
  #starts: Promise<Float64Array> | null = null;
  #last: { chunk: number; bytes: Bytes } | null = null;

  constructor(source: CheckedSource, section: Section) {
    this.#source = source;
    this.#section = section;
  }

  /** Bytes before compression; a view of the source's memory where nothing is compressed. */
  async read(offset: number, length: number): Promise<Bytes> {
    const section = this.#section;
    if (section.encoding === "raw") return this.#source.read(section.offset + offset, length);
    if (length === 0) return new Uint8Array(0);
    const bytes = allocate(length);
    const first = Math.floor(offset / chunkBytes);
    const end = Math.ceil((offset + length) / chunkBytes);
    for (let chunk = first; chunk < end; chunk++) {
      const content = await this.#chunk(chunk);
      const from = Math.max(0, offset - chunk * chunkBytes);
      const to = Math.min(content.length, offset + length - chunk * chunkBytes);
      bytes.set(content.subarray(from, to), chunk * chunkBytes + from - offset);
    }
    return bytes;
  }

  async #chunk(chunk: number): Promise<Bytes> {
    if (this.#last?.chunk === chunk) return this.#last.bytes;
    const section = this.#section;
    const starts = await this.#table();
    const offset = section.offset + tableLength(section) + starts[chunk]!;
    const frame = await this.#source.read(offset, starts[chunk + 1]! - starts[chunk]!);
    const bytes = decodeChunk(section, frame, chunkLength(section, chunk));
    this.#last = { chunk, bytes };
    return bytes;
  }

  #table(): Promise<Float64Array> {
    if (!this.#starts) {
      const reading = this.#readTable();
      this.#starts = reading;
      // A failed read may succeed another time.
      reading.catch(() => { this.#starts = null; });
    }
    return this.#starts;
  }

  async #readTable(): Promise<Float64Array> {
    const table = await this.#source.read(this.#section.offset, tableLength(this.#section));
    return chunkStarts(this.#section, table);
  }
}

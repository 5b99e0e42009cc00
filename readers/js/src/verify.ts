// SPDX-License-Identifier: Apache-2.0
// Every byte of a file: hashes, padding, compressed chunks, features and what is stated about them. One pass from the header's end
// to the file's, with memory for a piece of a section and a row of features.
import { alignUp, elementsOf, isAllZero, type Bytes } from "./bytes.js";
import { corrupt, PithError } from "./errors.js";
import { FeatureCheck } from "./feature_check.js";
import { expectFinite, type FeatureBlock } from "./features.js";
import type { Header, Section } from "./header/model.js";
import { chunkCount, chunkLength, chunkStarts, decodeChunk, tableLength, type Consumer } from "./section_reader.js";
import { isKnown } from "./sections.js";
import { expectDigest, Sha256 } from "./sha256.js";
import { SequentialReader, type CheckedSource } from "./source.js";

const pieceBytes = 1 << 20;

const nobody: Consumer = { take: () => {}, finish: () => {} };

/** Reads one section's stored bytes and hashes them on the way. */
class HashedSection {
  readonly #reader: SequentialReader;
  readonly #section: Section;
  readonly #hash = new Sha256();
  #left: number;

  constructor(reader: SequentialReader, section: Section) {
    this.#reader = reader;
    this.#section = section;
    this.#left = section.length;
  }

  async #take(length: number): Promise<Bytes> {
    const bytes = await this.#reader.take(length);
    this.#hash.update(bytes);
    this.#left -= length;
    return bytes;
  }

  async decodeInto(consumer: Consumer): Promise<void> {
    const section = this.#section;
    if (section.encoding === "raw") {
      while (this.#left > 0) consumer.take(await this.#take(Math.min(pieceBytes, this.#left)));
    } else {
      const starts = chunkStarts(section, await this.#take(tableLength(section)));
      for (let i = 0; i < chunkCount(section); i++) {
        const frame = await this.#take(starts[i + 1]! - starts[i]!);
        consumer.take(decodeChunk(section, frame, chunkLength(section, i)));
      }
    }
    consumer.finish();
  }

  /** @throws PithError `hashMismatch` */
  async expectHash(): Promise<void> {
    while (this.#left > 0) await this.#take(Math.min(pieceBytes, this.#left));
    expectDigest(this.#hash.digest(), this.#section.sha256, `'${this.#section.name}'`);
  }
}

/** Damage that the hash finds is reported as such, not as what the damaged bytes happen to mean. */
async function verifySection(reader: SequentialReader, section: Section, consumer: Consumer): Promise<void> {
  const hashed = new HashedSection(reader, section);
  let problem: unknown = null;
  try {
    await hashed.decodeInto(consumer);
  } catch (error) {
    if (!(error instanceof PithError) || error.code === "readFailed") throw error;
    problem = error;
  }
  await hashed.expectHash();
  if (problem !== null) throw problem;
}

function consumerOf(section: Section, checks: ReadonlyMap<string, FeatureCheck>): Consumer {
  const check = checks.get(section.name);
  if (check) return check;
  if (!/^features\/\d+\/probe$/.test(section.name)) return nobody;
  const pieces: Bytes[] = [];
  return {
    take: (bytes) => { pieces.push(bytes.slice()); },
    finish: () => {
      const joined = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
      pieces.reduce((at, piece) => { joined.set(piece, at); return at + piece.length; }, 0);
      expectFinite(elementsOf(joined, Float32Array), 0, section.shape[1]!, `'${section.name}'`);
    },
  };
}

/**
 * All sections and the padding between them.
 * @throws PithError `hashMismatch`, `corruptContainer`, `nonFiniteFeature`, `readFailed`
 */
export async function verifySections(source: CheckedSource, header: Header, headerEnd: number, blocks: readonly FeatureBlock[]): Promise<void> {
  const end = header.sections.at(-1)!.offset + header.sections.at(-1)!.length;
  const reader = new SequentialReader(source, headerEnd, end, pieceBytes);
  const checks = new Map<string, FeatureCheck>();
  for (const [i, block] of blocks.entries()) checks.set(`features/${i}`, new FeatureCheck(block));
  let at = headerEnd;
  for (const section of header.sections) {
    if (!isAllZero(await reader.take(alignUp(at) - at))) corrupt(`the bytes before '${section.name}' are not zero`);
    const known = isKnown(section.name);
    const check = checks.get(section.name);
    if (check) await check.prepare();
    // What an unknown section holds is not this reader's to judge; its hash is.
    await verifySection(reader, known ? section : { ...section, encoding: "raw" }, consumerOf(section, checks));
    at = section.offset + section.length;
  }
  for (const check of checks.values()) await check.compareWithHeader();
}

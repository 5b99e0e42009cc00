// SPDX-License-Identifier: Apache-2.0
// A .pith file. Opening reads the preamble and the header, and nothing else; everything more is read when it is asked for.
import { toHex, type Bytes } from "./bytes.js";
import { refuse } from "./errors.js";
import { describe, type DescribeOptions, type Description } from "./describe.js";
import { FeatureBlock } from "./features.js";
import type { Dataset, DocumentInfo, Encoder, FeatureBlockInfo, Grouping, Head, Header, LabelColumn, Section, Split } from "./header/model.js";
import { checkHeaderLength, readHeader } from "./header/read.js";
import type { HttpOptions } from "./http_source.js";
import { preambleBytes, readPreamble, type Preamble } from "./preamble.js";
import { Records } from "./records.js";
import { savingsFormulas, type SavingsFormulas } from "./savings.js";
import { readWhole } from "./section_reader.js";
import { checkTailSize, readSignatures, type Signature } from "./signatures.js";
import { CheckedSource, toByteSource, type ContainerSource } from "./source.js";
import { verifySections } from "./verify.js";

/** How a URL is read; other sources need none. */
export type OpenOptions = HttpOptions;

/** What `Container.verify` found; whatever breaks a rule is thrown instead. */
export interface Verification {
  /** Bytes of the file, with signatures. */
  bytes: number;
  sections: number;
  /** Every `valid` is true, or null where the platform cannot tell. */
  signatures: Signature[];
}

/**
 * Opens a container and checks its preamble and header.
 *
 * A URL is read by range requests, two of them; a server that ignores ranges is refused with `readFailed`, so that nobody downloads gigabytes
 * for a header (fetch the file and pass the Blob if that is what you want).
 * @param source a Blob or File, an ArrayBuffer, a Uint8Array, a URL (a string is one), or `{size, read(offset, length)}`
 * @throws PithError `notAContainer`, `unsupportedVersion`, `unsupportedSection`, `truncatedContainer`, `corruptContainer`,
 *   `hashMismatch`, `containerTooLarge`, `readFailed`, `invalidArgument`
 */
export async function openContainer(source: ContainerSource, options: OpenOptions = {}): Promise<Container> {
  const bytes = new CheckedSource(await toByteSource(source, options));
  const preamble = readPreamble(await bytes.read(0, Math.min(preambleBytes, bytes.size)), bytes.size);
  checkTailSize(preamble.length, bytes.size);
  checkHeaderLength(preamble.headerLength);
  // A copy: what was checked stays what it was, whatever becomes of the source.
  const header = (await bytes.read(preambleBytes, preamble.headerLength)).slice();
  return new Container(bytes, preamble, await readHeader(header, preamble));
}

export class Container {
  readonly header: Header;
  readonly #source: CheckedSource;
  readonly #preamble: Preamble;
  readonly #sections: ReadonlyMap<string, Section>;
  readonly #blocks: readonly FeatureBlock[];
  #records: Promise<Records> | null = null;

  /** Use `openContainer`. */
  constructor(source: CheckedSource, preamble: Preamble, header: Header) {
    this.header = header;
    this.#source = source;
    this.#preamble = preamble;
    this.#sections = new Map(header.sections.map((section) => [section.name, section]));
    this.#blocks = header.features.map((info, i) => new FeatureBlock(source, this.#sections, `features/${i}`, info, header.recordCount));
  }

  /** Of the format: 1 and the minor version. */
  get version(): { major: number; minor: number } {
    return { major: this.#preamble.major, minor: this.#preamble.minor };
  }

  /** Stands for the whole file, as hexadecimal digits; this is what signatures sign. */
  get rootSha256(): string {
    return toHex(this.#preamble.rootSha256);
  }

  /** Bytes of the file without signatures. */
  get length(): number {
    return this.#preamble.length;
  }

  /** N. */
  get recordCount(): number {
    return this.header.recordCount;
  }

  get dataset(): Dataset {
    return this.header.dataset;
  }

  get encoders(): readonly Encoder[] {
    return this.header.encoders;
  }

  get blocks(): readonly FeatureBlockInfo[] {
    return this.header.features;
  }

  get labels(): readonly LabelColumn[] {
    return this.header.labels;
  }

  get groupings(): readonly Grouping[] {
    return this.header.groupings;
  }

  get splits(): readonly Split[] {
    return this.header.splits;
  }

  get heads(): readonly Head[] {
    return this.header.heads;
  }

  get documents(): readonly DocumentInfo[] {
    return this.header.documents;
  }

  /** Whether the author says that nobody knows this. @param path such as `dataset.licence` or `encoders.0.weightsSource` */
  isNotKnown(path: string): boolean {
    return this.header.notKnown.includes(path);
  }

  /**
   * @param block its name or its index
   * @throws PithError `invalidArgument`
   */
  features(block: string | number = 0): FeatureBlock {
    const index = typeof block === "number" ? block : this.header.features.findIndex(({ name }) => name === block);
    return this.#blocks[index] ?? refuse("invalidArgument", `there is no such feature block; the file has ${this.#blocks.length}`);
  }

  /**
   * Ids, views, names, groups, splits and labels: read, hashed and checked the first time, the counts and certificates of the header with them.
   * @throws PithError `hashMismatch`, `corruptContainer`, `readFailed`
   */
  records(): Promise<Records> {
    if (!this.#records) {
      const reading = Records.read(this.#source, this.header);
      this.#records = reading;
      // A failed read may succeed another time.
      reading.catch(() => { this.#records = null; });
    }
    return this.#records;
  }

  /**
   * A document's bytes, of any kind: hand them out, do not open them.
   * @param k index into `documents`
   * @throws PithError `invalidArgument`, `hashMismatch`, `corruptContainer`, `readFailed`
   */
  async document(k: number): Promise<Uint8Array<ArrayBuffer>> {
    const section = this.#sections.get(`documents/${k}`) ?? refuse("invalidArgument", `there is no document ${k}; the file has ${this.documents.length}`);
    return (await this.#whole(section)).slice();
  }

  /** The bytes of the reserved section `privacy/report`, or null. @throws PithError `hashMismatch`, `corruptContainer`, `readFailed` */
  async privacyReport(): Promise<Uint8Array | null> {
    const section = this.#sections.get("privacy/report");
    return section ? (await this.#whole(section)).slice() : null;
  }

  /** Who signed the file. An invalid signature is listed, not thrown. @throws PithError `corruptContainer`, `readFailed` */
  signatures(): Promise<Signature[]> {
    return readSignatures(this.#source, this.#preamble.length, this.#preamble.rootSha256);
  }

  /** What was saved, from what the owner measured. */
  savingsFormulas(): SavingsFormulas {
    return savingsFormulas(this.header.savings, this.header.sections, this.#source.size);
  }

  /**
   * Reads and checks every byte: hashes, padding, compressed chunks, finite features, moments, duplicates, records, signatures.
   * Memory: a piece of a section, the records' columns, and 8 bytes a record.
   * @throws PithError `hashMismatch` (an invalid signature too), `corruptContainer`, `nonFiniteFeature`, `readFailed`
   */
  async verify(): Promise<Verification> {
    await verifySections(this.#source, this.header, preambleBytes + this.#preamble.headerLength, this.#blocks);
    await this.records();
    const signatures = await this.signatures();
    signatures.forEach(({ valid }, i) => {
      if (valid === false) refuse("hashMismatch", `signature ${i} is not valid`);
    });
    return { bytes: this.#source.size, sections: this.header.sections.length, signatures };
  }

  /**
   * Everything as one plain object, as chapter 16 of the specification lays it out.
   * @throws PithError as `records`, `FeatureBlock.rows` and `signatures` do
   */
  describe(options: DescribeOptions = {}): Promise<Description> {
    return describe(this, options);
  }

  #whole(section: Section): Promise<Bytes> {
    return readWhole(this.#source, section);
  }
}

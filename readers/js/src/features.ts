// SPDX-License-Identifier: Apache-2.0
// Feature blocks (chapter 8): N rows of D numbers, read by ranges of rows.
import { elementsOf, type Bytes } from "./bytes.js";
import { corrupt, refuse } from "./errors.js";
import type { FeatureBlockInfo, Section } from "./header/model.js";
import { rowBytes, widen, type Quantisation } from "./narrow.js";
import { PartReader, readWhole } from "./section_reader.js";
import { isQuantised } from "./sections.js";
import type { CheckedSource } from "./source.js";

/** Per dimension of the stored values, float32 [D] each; the deviation divides by N. */
export interface Moments {
  mean: Float32Array;
  standardDeviation: Float32Array;
  minimum: Float32Array;
  maximum: Float32Array;
}

/** Stored elements of whole rows: Float32Array (f32), Uint16Array (bits of f16 and bf16), Int8Array (i8), Uint8Array (i4, two in a byte). */
export type StoredRows = Float32Array | Uint16Array | Int8Array | Uint8Array;

/** @throws PithError `nonFiniteFeature` */
export function expectFinite(values: Float32Array, firstRow: number, featureCount: number, what: string): void {
  for (let i = 0; i < values.length; i++) {
    if (values[i]! - values[i]! !== 0) {
      refuse("nonFiniteFeature", `record ${firstRow + Math.floor(i / featureCount)} has a feature that is not finite in ${what}`);
    }
  }
}

/** A row of i4 with an odd D ends with four zero bits. */
export function expectPadding(type: string, stored: Uint8Array, featureCount: number): void {
  if (type !== "i4" || featureCount % 2 === 0) return;
  const bytes = Math.ceil(featureCount / 2);
  for (let end = bytes - 1; end < stored.length; end += bytes) {
    if (stored[end]! >> 4 !== 0) corrupt(`row ${Math.floor(end / bytes)} of i4 features does not end with zero bits`);
  }
}

/** @throws PithError `corruptContainer` */
export async function readQuantisation(source: CheckedSource, scale: Section, zeroPoint: Section): Promise<Quantisation> {
  const quantisation = {
    scale: elementsOf(await readWhole(source, scale), Float32Array),
    zeroPoint: elementsOf(await readWhole(source, zeroPoint), Float32Array),
  };
  if (!quantisation.scale.every((x) => x > 0 && x < Infinity)) corrupt(`'${scale.name}' holds a number that is not finite and above zero`);
  if (!quantisation.zeroPoint.every(Number.isFinite)) corrupt(`'${zeroPoint.name}' holds a number that is not finite`);
  return quantisation;
}

/** The features of one encoder for all records, in the order of the file. */
export class FeatureBlock {
  readonly info: FeatureBlockInfo;
  /** N. */
  readonly recordCount: number;
  readonly #source: CheckedSource;
  readonly #sections: ReadonlyMap<string, Section>;
  readonly #name: string;
  readonly #parts: PartReader;
  #quantisation: Promise<Quantisation> | null = null;

  /** Use `Container.features`. @param name of the section */
  constructor(source: CheckedSource, sections: ReadonlyMap<string, Section>, name: string, info: FeatureBlockInfo, recordCount: number) {
    this.info = info;
    this.recordCount = recordCount;
    this.#source = source;
    this.#sections = sections;
    this.#name = name;
    this.#parts = new PartReader(source, sections.get(name)!);
  }

  /** D. */
  get featureCount(): number {
    return this.info.featureCount;
  }

  /**
   * Features as float32. Values are checked to be finite; the section's hash is checked by `Container.verify` alone.
   * @param from first record
   * @param to record behind the last one
   * @returns float32 [to - from, D], row-major; of uncompressed f32 in memory a view of it: do not write there
   * @throws PithError `invalidArgument`, `nonFiniteFeature`, `corruptContainer`, `hashMismatch` (scale, zero point), `readFailed`
   */
  async rows(from = 0, to = this.recordCount): Promise<Float32Array> {
    const stored = await this.#storedBytes(from, to);
    const { type, featureCount } = this.info;
    expectPadding(type, stored, featureCount);
    const values = widen(type, stored, featureCount, await this.quantisation());
    expectFinite(values, from, featureCount, `'${this.#name}'`);
    return values;
  }

  /**
   * Elements as they are stored, unchecked: a view of the memory where the source is memory, nothing is compressed and the alignment allows it.
   * @returns [to - from, D]; of i4 [to - from, ceil(D / 2)] bytes, the even dimension in the lower four bits
   * @throws PithError `invalidArgument`, `corruptContainer`, `readFailed`
   */
  async stored(from = 0, to = this.recordCount): Promise<StoredRows> {
    const bytes = await this.#storedBytes(from, to);
    switch (this.info.type) {
      case "f32": return elementsOf(bytes, Float32Array);
      case "f16":
      case "bf16": return elementsOf(bytes, Uint16Array);
      case "i8": return new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
      case "i4": return bytes;
    }
  }

  /**
   * `scale[d] * (stored - zeroPoint[d])` gives i8 and i4 back.
   * @returns float32 [D] each, or null for other types
   * @throws PithError `corruptContainer`, `hashMismatch`, `readFailed`
   */
  quantisation(): Promise<Quantisation | null> {
    if (!isQuantised(this.info.type)) return Promise.resolve(null);
    if (!this.#quantisation) {
      const reading = readQuantisation(this.#source, this.#sections.get(`${this.#name}/scale`)!, this.#sections.get(`${this.#name}/zero-point`)!);
      this.#quantisation = reading;
      // A failed read may succeed another time.
      reading.catch(() => { this.#quantisation = null; });
    }
    return this.#quantisation;
  }

  /** @throws PithError `hashMismatch`, `readFailed` */
  async moments(): Promise<Moments | null> {
    const values = await this.#optional("moments");
    if (!values) return null;
    const [mean, standardDeviation, minimum, maximum] = [0, 1, 2, 3].map((i) => values.subarray(i * this.featureCount, (i + 1) * this.featureCount));
    return { mean: mean!, standardDeviation: standardDeviation!, minimum: minimum!, maximum: maximum! };
  }

  /**
   * The features of the built-in pictures, to tell whether another machine computes the same.
   * @returns float32 [P, D], or null where the file has none
   * @throws PithError `nonFiniteFeature`, `hashMismatch`, `readFailed`
   */
  async probe(): Promise<Float32Array | null> {
    const values = await this.#optional("probe");
    if (values) expectFinite(values, 0, this.featureCount, `'${this.#name}/probe'`);
    return values;
  }

  async #optional(part: string): Promise<Float32Array | null> {
    const section = this.#sections.get(`${this.#name}/${part}`);
    return section ? elementsOf(await readWhole(this.#source, section), Float32Array) : null;
  }

  async #storedBytes(from: number, to: number): Promise<Bytes> {
    if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || to < from || to > this.recordCount) {
      refuse("invalidArgument", `rows ${from} to ${to} were asked for; there are ${this.recordCount}`);
    }
    const length = rowBytes(this.info.type, this.info.featureCount);
    return this.#parts.read(from * length, (to - from) * length);
  }
}

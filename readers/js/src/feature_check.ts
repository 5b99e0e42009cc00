// SPDX-License-Identifier: Apache-2.0
// What the file states about a block's values, found again: finite values, moments, rows that occur twice.
import type { Bytes } from "./bytes.js";
import { corrupt } from "./errors.js";
import { expectFinite, expectPadding, type FeatureBlock, type Moments } from "./features.js";
import { rowBytes, widen, type Quantisation } from "./narrow.js";
import type { Consumer } from "./section_reader.js";

export class FeatureCheck implements Consumer {
  readonly #block: FeatureBlock;
  readonly #rowBytes: number;
  #quantisation: Quantisation | null = null;
  /** The beginning of a row whose end is in the next piece. */
  readonly #partial: Bytes;
  #filled = 0;
  #row = 0;
  readonly #rows: RowKeys;
  readonly #sums: RunningMoments;

  constructor(block: FeatureBlock) {
    this.#block = block;
    this.#rowBytes = rowBytes(block.info.type, block.featureCount);
    this.#partial = new Uint8Array(this.#rowBytes);
    this.#rows = new RowKeys(block.recordCount);
    this.#sums = new RunningMoments(block.featureCount);
  }

  /** Reads what the values need. */
  async prepare(): Promise<void> {
    this.#quantisation = await this.#block.quantisation();
  }

  take(bytes: Bytes): void {
    let at = 0;
    if (this.#filled > 0) {
      at = Math.min(this.#rowBytes - this.#filled, bytes.length);
      this.#partial.set(bytes.subarray(0, at), this.#filled);
      this.#filled += at;
      if (this.#filled < this.#rowBytes) return;
      this.#filled = 0;
      this.#takeRows(this.#partial);
    }
    const end = bytes.length - ((bytes.length - at) % this.#rowBytes);
    this.#takeRows(bytes.subarray(at, end));
    this.#partial.set(bytes.subarray(end));
    this.#filled = bytes.length - end;
  }

  finish(): void {}

  #takeRows(stored: Bytes): void {
    const { info: { type }, featureCount } = this.#block;
    expectPadding(type, stored, featureCount);
    const values = widen(type, stored, featureCount, this.#quantisation);
    expectFinite(values, this.#row, featureCount, "a block");
    this.#sums.add(values);
    for (let at = 0; at < stored.length; at += this.#rowBytes) this.#rows.set(this.#row++, stored, at, at + this.#rowBytes);
  }

  /** @throws PithError `corruptContainer` */
  async compareWithHeader(): Promise<void> {
    const duplicates = this.#rows.countRepeated();
    const { duplicateCount } = this.#block.info;
    if (duplicates !== duplicateCount) corrupt(`${duplicates} rows of features occur before; the header counts ${duplicateCount}`);
    const moments = await this.#block.moments();
    if (moments) this.#sums.compare(moments);
  }
}

/** A hash of 64 bits for each row. */
class RowKeys {
  readonly #keys: BigUint64Array;
  readonly #halves: Uint32Array;

  constructor(rows: number) {
    this.#keys = new BigUint64Array(rows);
    this.#halves = new Uint32Array(this.#keys.buffer);
  }

  /** The row is `bytes` from `start` to `end`. Two lanes that mix into each other; equal keys of different rows are a matter of 2^-64. */
  set(row: number, bytes: Bytes, start: number, end: number): void {
    let a = 0x9e37_79b9;
    let b = 0x7f4a_7c15;
    for (let at = start; at < end; at += 4) {
      let word = bytes[at]!;
      for (let i = 1; i < 4 && at + i < end; i++) word |= bytes[at + i]! << (8 * i);
      a = Math.imul(a ^ word, 0x9e37_79b1);
      b = Math.imul(b + word + ((a << 13) | (a >>> 19)), 0x85eb_ca77);
      a ^= b >>> 15;
      b ^= a >>> 13;
    }
    this.#halves[2 * row] = a;
    this.#halves[2 * row + 1] = b;
  }

  /** Rows that occur before. Their order is lost. */
  countRepeated(): number {
    const keys = this.#keys.sort();
    let repeated = 0;
    for (let i = 1; i < keys.length; i++) {
      if (keys[i] === keys[i - 1]) repeated++;
    }
    return repeated;
  }
}

/**
 * Sums over differences from the first row: then what cancels in the variance is at most (maximum - minimum)^2, and the error of the
 * deviation, some 1e-8 of that range, stays far below the tolerance.
 */
class RunningMoments {
  readonly #first: Float64Array;
  readonly #sum: Float64Array;
  readonly #squares: Float64Array;
  readonly #minimum: Float64Array;
  readonly #maximum: Float64Array;
  #count = 0;

  constructor(featureCount: number) {
    this.#first = new Float64Array(featureCount);
    this.#sum = new Float64Array(featureCount);
    this.#squares = new Float64Array(featureCount);
    this.#minimum = new Float64Array(featureCount).fill(Infinity);
    this.#maximum = new Float64Array(featureCount).fill(-Infinity);
  }

  /** @param rows float32 [rows, D] */
  add(rows: Float32Array): void {
    const features = this.#first.length;
    if (this.#count === 0) this.#first.set(rows.subarray(0, features));
    this.#count += rows.length / features;
    for (let i = 0, d = 0; i < rows.length; i++) {
      const value = rows[i]!;
      const difference = value - this.#first[d]!;
      this.#sum[d]! += difference;
      this.#squares[d]! += difference * difference;
      if (value < this.#minimum[d]!) this.#minimum[d] = value;
      if (value > this.#maximum[d]!) this.#maximum[d] = value;
      if (++d === features) d = 0;
    }
  }

  /** @throws PithError `corruptContainer` where a moment is further off than chapter 8 allows */
  compare(moments: Moments): void {
    for (let d = 0; d < this.#sum.length; d++) {
      const offset = this.#sum[d]! / this.#count;
      const mean = this.#first[d]! + offset;
      const deviation = Math.sqrt(Math.max(0, this.#squares[d]! / this.#count - offset * offset));
      const tolerance = 1e-5 * (this.#maximum[d]! - this.#minimum[d]!) + 1e-6 * Math.abs(mean);
      const isRight = moments.minimum[d] === this.#minimum[d] && moments.maximum[d] === this.#maximum[d]
        && Math.abs(moments.mean[d]! - mean) <= tolerance && Math.abs(moments.standardDeviation[d]! - deviation) <= tolerance;
      if (!isRight) corrupt(`the moments of dimension ${d} are not those of its values`);
    }
  }
}

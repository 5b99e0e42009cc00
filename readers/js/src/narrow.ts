// SPDX-License-Identifier: Apache-2.0
// From stored elements to float32 (chapter 8).
import { allocate, elementsOf, type Bytes } from "./bytes.js";
import type { FeatureType } from "./enumerators.js";

/** float32 [D] each; only blocks of type i8 and i4 have them. */
export interface Quantisation {
  scale: Float32Array;
  zeroPoint: Float32Array;
}

let halves: Float32Array | null = null;

/** The value of each of the 65,536 binary16 numbers. */
function halfTable(): Float32Array {
  halves ??= Float32Array.from({ length: 65_536 }, (_, bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
  });
  return halves;
}

/** Bytes of a row of D elements. */
export function rowBytes(type: FeatureType, featureCount: number): number {
  return type === "i4" ? Math.ceil(featureCount / 2) : featureCount * { f32: 4, f16: 2, bf16: 2, i8: 1 }[type];
}

function widenI8(stored: Bytes, { scale, zeroPoint }: Quantisation, out: Float32Array): void {
  const signed = new Int8Array(stored.buffer, stored.byteOffset, stored.length);
  const features = scale.length;
  for (let i = 0, d = 0; i < out.length; i++) {
    out[i] = scale[d]! * Math.fround(signed[i]! - zeroPoint[d]!);
    if (++d === features) d = 0;
  }
}

function widenI4(stored: Bytes, { scale, zeroPoint }: Quantisation, out: Float32Array): void {
  const features = scale.length;
  const bytesPerRow = Math.ceil(features / 2);
  for (let row = 0; row * features < out.length; row++) {
    for (let d = 0; d < features; d++) {
      const byte = stored[row * bytesPerRow + (d >> 1)]!;
      const element = (d % 2 === 0 ? byte << 28 : byte << 24) >> 28;
      out[row * features + d] = scale[d]! * Math.fround(element - zeroPoint[d]!);
    }
  }
}

/**
 * @param stored whole rows
 * @returns float32 [rows, D]; of f32 a view of `stored` where its alignment allows that
 */
export function widen(type: FeatureType, stored: Bytes, featureCount: number, quantisation: Quantisation | null): Float32Array<ArrayBuffer> {
  if (type === "f32") return elementsOf(stored, Float32Array);
  const out = new Float32Array(allocate(4 * (stored.length / rowBytes(type, featureCount)) * featureCount).buffer);
  if (type === "i8") {
    widenI8(stored, quantisation!, out);
  } else if (type === "i4") {
    widenI4(stored, quantisation!, out);
  } else {
    const elements = elementsOf(stored, Uint16Array);
    if (type === "f16") {
      const table = halfTable();
      for (let i = 0; i < out.length; i++) out[i] = table[elements[i]!]!;
    } else {
      const upper = new Uint32Array(out.buffer);
      for (let i = 0; i < out.length; i++) upper[i] = elements[i]! << 16;
    }
  }
  return out;
}

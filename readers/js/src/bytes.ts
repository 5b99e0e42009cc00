// SPDX-License-Identifier: Apache-2.0
// Numbers and runs of bytes as the format writes them: little-endian, aligned to 64.
import { refuse } from "./errors.js";

/** Bytes that WebCrypto and typed arrays take: not shared between threads. */
export type Bytes = Uint8Array<ArrayBuffer>;

export const alignUp = (x: number): number => Math.ceil(x / 64) * 64;

export const viewOf = (bytes: Bytes): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** A u64 as a number: exact up to 2^53 - 1, and above that still larger than every limit of the format. */
export function readU64(view: DataView, offset: number): number {
  return view.getUint32(offset + 4, true) * 0x1_0000_0000 + view.getUint32(offset, true);
}

export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    if (a[i] !== b[i]) return a[i]! - b[i]!;
  }
  return a.length - b.length;
}

export const isAllZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

/** @throws PithError `containerTooLarge` where the platform has no array of that length */
export function allocate(length: number): Bytes {
  try {
    return new Uint8Array(length);
  } catch {
    return refuse("containerTooLarge", `${length} bytes at once are more than this platform allows; read fewer rows, or split the data`);
  }
}

type NumberArray = Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

const hostIsLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** The little-endian elements of `bytes`; a view of the same memory where its alignment and the host allow that. */
export function elementsOf<T extends NumberArray>(
  bytes: Bytes, type: { new (buffer: ArrayBuffer, offset: number, length: number): T; readonly BYTES_PER_ELEMENT: number },
): T {
  const size = type.BYTES_PER_ELEMENT;
  let own = bytes;
  if (bytes.byteOffset % size !== 0 || !hostIsLittleEndian) own = bytes.slice();
  if (!hostIsLittleEndian) {
    for (let at = 0; at < own.length; at += size) own.subarray(at, at + size).reverse();
  }
  return new type(own.buffer, own.byteOffset, own.length / size);
}

// SPDX-License-Identifier: Apache-2.0
// Bit streams of RFC 8878. Every rule that a frame breaks is a FrameError; nothing is read outside the bytes given.

/** A frame that is damaged or not what the format allows. */
export class FrameError extends Error {}

export function damaged(what: string): never {
  throw new FrameError(what);
}

/** A stream that is read from its last bit to its first (section 4.1, "bitstream ... read in reverse direction"). */
export class ReverseBits {
  readonly #bytes: Uint8Array;
  /** Bits not read yet; below 0 once more were read than there are. */
  left: number;

  constructor(bytes: Uint8Array) {
    const last = bytes.at(-1);
    if (!last) damaged("a bit stream without its end mark");
    this.#bytes = bytes;
    this.left = 8 * (bytes.length - 1) + (31 - Math.clz32(last));
  }

  /** The next `count` bits, at most 24; those before the stream's start are zero. */
  read(count: number): number {
    this.left -= count;
    return this.#window(this.left) & ((1 << count) - 1);
  }

  /** The same without moving on. */
  peek(count: number): number {
    return this.#window(this.left - count) & ((1 << count) - 1);
  }

  /** 32 bits from a place on; at least 25 of them are right. */
  #window(bit: number): number {
    const bytes = this.#bytes;
    if (bit < 0) return bit <= -32 ? 0 : this.#window(0) << -bit;
    const at = bit >> 3;
    return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> (bit & 7);
  }
}

/** A stream that is read from its first bit on. */
export class ForwardBits {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The next `count` bits, at most 16. */
  read(count: number): number {
    const at = this.#at >> 3;
    const value = ((this.#bytes[at]! | (this.#bytes[at + 1]! << 8) | (this.#bytes[at + 2]! << 16)) >>> (this.#at & 7)) & ((1 << count) - 1);
    this.#at += count;
    return value;
  }

  back(count: number): void {
    this.#at -= count;
  }

  /** Bytes that were begun. */
  get used(): number {
    const used = (this.#at + 7) >> 3;
    if (used > this.#bytes.length) damaged("a table that ends early");
    return used;
  }
}

// SPDX-License-Identifier: Apache-2.0
// Texts: UTF-8 without control characters other than TAB and LF.
import { readU64, viewOf, type Bytes } from "./bytes.js";
import { corrupt } from "./errors.js";

/** Most bytes of a name, and of any other text. */
export const nameBytes = 1024;
export const textBytes = 65_536;

// A byte order mark is a character like others here.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Whether bytes hold a control character (U+0000 to U+001F, U+007F to U+009F) other than TAB and LF. */
function hasControl(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte < 0x20 ? byte !== 9 && byte !== 10 : byte === 0x7f) return true;
    if (byte === 0xc2 && bytes[i + 1]! < 0xa0) return true;
  }
  return false;
}

/**
 * @param what names the text in errors
 * @throws PithError `corruptContainer` where the text is too long, no UTF-8, or holds control characters
 */
export function decodeText(bytes: Uint8Array, mostBytes: number, what: string): string {
  if (bytes.length > mostBytes) corrupt(`${what} has ${bytes.length} bytes; at most ${mostBytes} are allowed`);
  if (hasControl(bytes)) corrupt(`${what} holds a control character; only TAB and LF are allowed`);
  try {
    return utf8.decode(bytes);
  } catch {
    return corrupt(`${what} is not UTF-8`);
  }
}

/** Texts that lie one after another: text i is the bytes from offset i to offset i + 1. */
export class JoinedTexts {
  readonly #offsets: Float64Array;
  readonly #bytes: Uint8Array;

  /**
   * @param offsets u64 [N + 1]
   * @throws PithError `corruptContainer` where offsets or a text break the rules
   */
  constructor(offsets: Bytes, bytes: Uint8Array, mostBytes: number, what: string) {
    const view = viewOf(offsets);
    this.#bytes = bytes;
    this.#offsets = new Float64Array(offsets.length / 8).map((_, i) => readU64(view, 8 * i));
    this.#check(mostBytes, what);
  }

  /** @returns text i, decoded anew at each call */
  at(i: number): string {
    return utf8.decode(this.#bytes.subarray(this.#offsets[i], this.#offsets[i + 1]));
  }

  isEmpty(i: number): boolean {
    return this.#offsets[i] === this.#offsets[i + 1];
  }

  get count(): number {
    return this.#offsets.length - 1;
  }

  #check(mostBytes: number, what: string): void {
    const offsets = this.#offsets;
    if (offsets[0] !== 0) corrupt(`the offsets of ${what} begin with ${offsets[0]}; they begin with 0`);
    for (let i = 1; i < offsets.length; i++) {
      if (offsets[i]! < offsets[i - 1]!) corrupt(`the offsets of ${what} descend at ${i}`);
    }
    if (offsets.at(-1) !== this.#bytes.length) corrupt(`the offsets of ${what} end at ${offsets.at(-1)}; there are ${this.#bytes.length} bytes`);
    for (let i = 0; i < this.count; i++) {
      if (!this.isEmpty(i)) decodeText(this.#bytes.subarray(offsets[i], offsets[i + 1]), mostBytes, `text ${i} of ${what}`);
    }
  }
}

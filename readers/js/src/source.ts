// SPDX-License-Identifier: Apache-2.0
// Where bytes come from: memory, a Blob, a server, or whatever the caller has.
import type { ByteSource } from "./byte_source.js";
import type { Bytes } from "./bytes.js";
import { PithError, refuse } from "./errors.js";
import { HttpSource, type HttpOptions } from "./http_source.js";

/** What `openContainer` takes. A string is a URL. */
export type ContainerSource = Blob | ArrayBuffer | Uint8Array | URL | string | ByteSource;

const isShared = (bytes: Uint8Array): boolean => !(bytes.buffer instanceof ArrayBuffer);

function memorySource(bytes: Uint8Array): ByteSource {
  const own = isShared(bytes) ? bytes.slice() : bytes;
  return { size: own.length, read: (offset, length) => own.subarray(offset, offset + length) };
}

function blobSource(blob: Blob): ByteSource {
  return {
    size: blob.size,
    read: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
  };
}

function isByteSource(source: object | null): source is ByteSource {
  if (!source) return false;
  const { size, read } = source as Partial<ByteSource>;
  return Number.isSafeInteger(size) && size! >= 0 && typeof read === "function";
}

/** @throws PithError `readFailed`, `invalidArgument` */
export async function toByteSource(source: ContainerSource, options: HttpOptions): Promise<ByteSource> {
  if (typeof source === "string" || source instanceof URL) return HttpSource.open(source, options);
  if (source instanceof Uint8Array) return memorySource(source);
  if (source instanceof ArrayBuffer) return memorySource(new Uint8Array(source));
  if (typeof Blob !== "undefined" && source instanceof Blob) return blobSource(source);
  if (isByteSource(source)) return source;
  return refuse("invalidArgument", "the source is no Blob, ArrayBuffer, Uint8Array, URL or {size, read}");
}

/** A source whose answers have the length that was asked for; everything in this reader goes through it. */
export class CheckedSource {
  readonly #source: ByteSource;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  get size(): number {
    return this.#source.size;
  }

  /** @throws PithError `readFailed` where the source fails or gives fewer or more bytes than asked for */
  async read(offset: number, length: number): Promise<Bytes> {
    if (length === 0) return new Uint8Array(0);
    let bytes: Uint8Array;
    try {
      bytes = await this.#source.read(offset, length);
    } catch (error) {
      if (error instanceof PithError || (error instanceof Error && error.name === "AbortError")) throw error;
      throw new PithError("readFailed", `${length} bytes at ${offset} could not be read`, { cause: error });
    }
    if (bytes.length !== length) refuse("readFailed", `the source gave ${bytes.length} bytes at ${offset}; ${length} were asked for`);
    return (isShared(bytes) ? bytes.slice() : bytes) as Bytes;
  }
}

/** Reads a stretch of a file from its start to its end, in pieces. */
export class SequentialReader {
  readonly #source: CheckedSource;
  readonly #end: number;
  readonly #pieceBytes: number;
  #ahead: Bytes = new Uint8Array(0);
  #at: number;

  constructor(source: CheckedSource, start: number, end: number, pieceBytes = 1 << 20) {
    this.#source = source;
    this.#at = start;
    this.#end = end;
    this.#pieceBytes = pieceBytes;
  }

  /** @returns the next `length` bytes; there must be that many */
  async take(length: number): Promise<Bytes> {
    if (length > this.#ahead.length) {
      const missing = length - this.#ahead.length;
      const more = await this.#source.read(this.#at, Math.min(Math.max(missing, this.#pieceBytes), this.#end - this.#at));
      this.#at += more.length;
      if (this.#ahead.length === 0) {
        this.#ahead = more;
      } else {
        const joined = new Uint8Array(this.#ahead.length + more.length);
        joined.set(this.#ahead);
        joined.set(more, this.#ahead.length);
        this.#ahead = joined;
      }
    }
    const taken = this.#ahead.subarray(0, length);
    this.#ahead = this.#ahead.subarray(length);
    return taken;
  }
}

// SPDX-License-Identifier: Apache-2.0
// A file on a server, by HTTP range requests (RFC 9110, chapter 14). A server that ignores ranges is refused: a reader that was
// asked for a header must not download gigabytes. Who wants that fetches the file and hands over the Blob.
import type { ByteSource } from "./byte_source.js";
import { PithError, refuse } from "./errors.js";

export interface HttpOptions {
  /** Used in place of the platform's `fetch`. */
  fetch?: typeof globalThis.fetch;
  /** Sent with every request, for example an `Authorization`. */
  headers?: Record<string, string>;
  /** Ends requests under way; they reject with the signal's reason. */
  signal?: AbortSignal;
}

const firstBytes = 128;

export class HttpSource implements ByteSource {
  readonly #url: string | URL;
  readonly #options: HttpOptions;
  #head: Uint8Array = new Uint8Array(0);
  size = 0;

  private constructor(url: string | URL, options: HttpOptions) {
    this.#url = url;
    this.#options = options;
  }

  /**
   * Asks for the first 128 bytes, which also tells the size.
   * @throws PithError `readFailed`
   */
  static async open(url: string | URL, options: HttpOptions): Promise<HttpSource> {
    const source = new HttpSource(url, options);
    const response = await source.#request("GET", `bytes=0-${firstBytes - 1}`);
    const range = response.headers.get("Content-Range");
    if (response.status === 416 && /^bytes \*\/0$/.test(range ?? "")) return source; // an empty file
    await source.#expectPartial(response);
    const total = /\/(\d+)$/.exec(range ?? "")?.[1];
    source.#head = await source.#body(response);
    // Other origins' servers may hide Content-Range, never Content-Length.
    source.size = total === undefined ? await source.#sizeByHead() : Number(total);
    return source;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    if (offset + length <= this.#head.length) return this.#head.subarray(offset, offset + length);
    const response = await this.#request("GET", `bytes=${offset}-${offset + length - 1}`);
    await this.#expectPartial(response);
    const range = response.headers.get("Content-Range");
    if (range !== null && !range.startsWith(`bytes ${offset}-${offset + length - 1}/`)) {
      await response.body?.cancel();
      refuse("readFailed", "the server answered with another range than the one that was asked for");
    }
    return this.#body(response);
  }

  async #request(method: string, range: string | null): Promise<Response> {
    const { fetch = globalThis.fetch, headers, signal } = this.#options;
    try {
      return await fetch(this.#url, {
        method,
        headers: { ...headers, ...(range !== null && { Range: range }) },
        ...(signal && { signal }),
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new PithError("readFailed", "the server could not be reached, or forbids this page to read from it", { cause: error });
    }
  }

  async #body(response: Response): Promise<Uint8Array> {
    try {
      return new Uint8Array(await response.arrayBuffer());
    } catch (error) {
      if (this.#options.signal?.aborted) throw error;
      throw new PithError("readFailed", "the server's answer ended early", { cause: error });
    }
  }

  async #expectPartial(response: Response): Promise<void> {
    if (response.status === 206) return;
    await response.body?.cancel();
    if (response.status === 200) {
      refuse("readFailed", "the server ignores range requests; fetch the whole file and open the Blob");
    }
    refuse("readFailed", `the server answered with status ${response.status}; 206 is needed`);
  }

  async #sizeByHead(): Promise<number> {
    const response = await this.#request("HEAD", null);
    const length = response.headers.get("Content-Length");
    if (!response.ok || length === null || !/^\d+$/.test(length)) {
      refuse("readFailed", "the server tells the file's size neither in Content-Range nor in Content-Length");
    }
    return Number(length);
  }
}

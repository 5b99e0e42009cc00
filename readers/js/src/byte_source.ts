// SPDX-License-Identifier: Apache-2.0
/** Random access to a file. */
export interface ByteSource {
  /** Bytes in all. */
  readonly size: number;
  /**
   * @param offset from the start of the file; `offset + length` is at most `size`
   * @returns exactly `length` bytes, which the caller does not change
   */
  read(offset: number, length: number): Promise<Uint8Array> | Uint8Array;
}

// SPDX-License-Identifier: Apache-2.0
// A model file that the engine reads piece by piece, so that it is never whole in WebAssembly's memory.

/** Both are called while the engine loads a model, and must answer at once. */
export interface ModelSource {
  size: number;
  /** Fills `to` with the file's bytes from `offset` on. @returns false where they could not be read */
  read(offset: number, to: Uint8Array): boolean;
}

/** So that a slice of a file that is copied needs little memory besides. */
const mostBytes = 4 * 2 ** 20;

/** Of workers; TypeScript's types of the page do not know it. */
declare const FileReaderSync: new () => { readAsArrayBuffer(piece: Blob): ArrayBuffer };

/** Only workers may read a file at once. */
export function blobSource(file: Blob): ModelSource {
  const reader = new FileReaderSync();
  return {
    size: file.size,
    read(offset, to) {
      try {
        for (let at = 0; at < to.length; at += mostBytes) {
          const piece = to.subarray(at, at + mostBytes);
          const begin = offset + at;
          piece.set(new Uint8Array(reader.readAsArrayBuffer(file.slice(begin, begin + piece.length))));
        }
        return true;
      } catch {
        return false;
      }
    },
  };
}

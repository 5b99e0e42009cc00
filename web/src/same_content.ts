// SPDX-License-Identifier: Apache-2.0

/** Two files are read so much at a time. */
const pieceBytes = 4 * 2 ** 20;

/** Whether two files have the same bytes; a file that cannot be read has no other's. */
export async function haveSameContent(a: Blob, b: Blob): Promise<boolean> {
  if (a.size !== b.size) return false;
  try {
    for (let at = 0; at < a.size; at += pieceBytes) {
      const buffers = await Promise.all([a, b].map((file) => file.slice(at, at + pieceBytes).arrayBuffer()));
      const [left, right] = buffers.map((buffer) => new Uint8Array(buffer)) as [Uint8Array, Uint8Array];
      if (left.some((byte, index) => byte !== right[index])) return false;
    }
    return true;
  } catch {
    return false;
  }
}

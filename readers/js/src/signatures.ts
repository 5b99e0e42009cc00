// SPDX-License-Identifier: Apache-2.0
// Chapter 12: Ed25519 signatures behind the file. They say who signed; whether a key is trusted is the user's question.
import { alignUp, compareBytes, isAllZero, toHex, type Bytes } from "./bytes.js";
import { corrupt, refuse } from "./errors.js";
import type { CheckedSource } from "./source.js";

export const signatureBytes = 128;
const mostSignatures = 16;
const magic = [0x8d, 0x50, 0x49, 0x54, 0x48, 0x53, 0x49, 0x47];

export interface Signature {
  /** u8 [32], the Ed25519 public key, as hexadecimal digits. */
  publicKey: string;
  /** Null where the platform cannot check Ed25519 signatures, as in pages that are not served securely. */
  valid: boolean | null;
}

/** @throws PithError `corruptContainer` where what follows the file's length cannot be signatures */
export function checkTailSize(length: number, fileSize: number): void {
  if (fileSize === length) return;
  const behind = fileSize - alignUp(length);
  const isRight = behind > 0 && behind % signatureBytes === 0 && behind / signatureBytes <= mostSignatures;
  if (!isRight) corrupt(`${fileSize - length} bytes follow the file's length; only padding and 1 to ${mostSignatures} signatures may`);
}

function checkTail(tail: Bytes, padding: number): Bytes[] {
  if (!isAllZero(tail.subarray(0, padding))) corrupt("the bytes before the signatures are not zero");
  const entries: Bytes[] = [];
  for (let at = padding; at < tail.length; at += signatureBytes) {
    const entry = tail.subarray(at, at + signatureBytes);
    if (magic.some((byte, i) => entry[i] !== byte)) corrupt("what follows the sections is no signature");
    if (!isAllZero(entry.subarray(8, 32))) corrupt("a signature's reserved bytes are not zero");
    const before = entries.at(-1);
    if (before && compareBytes(before.subarray(32, 64), entry.subarray(32, 64)) >= 0) corrupt("signatures are not in ascending order of their keys");
    entries.push(entry);
  }
  return entries;
}

function signedMessage(rootSha256: Bytes): Bytes {
  const text = new TextEncoder().encode("pith signature 1");
  const message = new Uint8Array(text.length + rootSha256.length);
  message.set(text);
  message.set(rootSha256, text.length);
  return message;
}

async function isValid(publicKey: Bytes, signature: Bytes, message: Bytes): Promise<boolean | null> {
  const subtle = globalThis.crypto?.subtle;
  if (!subtle) return null;
  try {
    const key = await subtle.importKey("raw", publicKey, { name: "Ed25519" }, false, ["verify"]);
    return await subtle.verify({ name: "Ed25519" }, key, signature, message);
  } catch (error) {
    // A key that is no point of the curve is refused on import by some platforms.
    return error instanceof Error && error.name === "NotSupportedError" ? null : false;
  }
}

/** @throws PithError `corruptContainer`, `readFailed` */
export async function readSignatures(source: CheckedSource, length: number, rootSha256: Bytes): Promise<Signature[]> {
  const tail = await source.read(length, source.size - length);
  const entries = checkTail(tail, tail.length === 0 ? 0 : alignUp(length) - length);
  const message = signedMessage(rootSha256);
  return Promise.all(entries.map(async (entry) => {
    const publicKey = entry.subarray(32, 64);
    return { publicKey: toHex(publicKey), valid: await isValid(publicKey, entry.subarray(64, 128), message) };
  }));
}

/**
 * Reads a public key file: one line, `pith-public-key-1 ` and 64 hexadecimal digits.
 * @returns the digits, to compare with `Signature.publicKey`
 * @throws PithError `invalidArgument`
 */
export function parsePublicKey(text: string): string {
  const digits = /^pith-public-key-1 ([0-9a-f]{64})\n?$/i.exec(text)?.[1];
  return digits?.toLowerCase() ?? refuse("invalidArgument", "the text is no public key file: 'pith-public-key-1 ' and 64 hexadecimal digits are needed");
}

// SPDX-License-Identifier: Apache-2.0
// XXH64 with seed 0 (RFC 8878, section 3.1.1: Content_Checksum is its lower four bytes). Slow: writers of containers have no need of
// checksums, since SHA-256 covers the same bytes.

const mask = (1n << 64n) - 1n;
const primes = [11400714785074694791n, 14029467366897019727n, 1609587929392839161n, 9650029242287828579n, 2870177450012600261n] as const;
const multiply = (a: bigint, b: bigint): bigint => (a * b) & mask;
const rotate = (x: bigint, by: bigint): bigint => ((x << by) | (x >> (64n - by))) & mask;
const round = (sum: bigint, lane: bigint): bigint => multiply(rotate((sum + multiply(lane, primes[1])) & mask, 31n), primes[0]);

export function xxhash64(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  let hash: bigint;
  if (bytes.length >= 32) {
    const sums = [(primes[0] + primes[1]) & mask, primes[1], 0n, (mask + 1n - primes[0]) & mask];
    for (; at + 32 <= bytes.length; at += 32) {
      for (let i = 0; i < 4; i++) sums[i] = round(sums[i]!, view.getBigUint64(at + 8 * i, true));
    }
    hash = (rotate(sums[0]!, 1n) + rotate(sums[1]!, 7n) + rotate(sums[2]!, 12n) + rotate(sums[3]!, 18n)) & mask;
    for (const sum of sums) hash = (multiply(hash ^ round(0n, sum), primes[0]) + primes[3]) & mask;
  } else {
    hash = primes[4];
  }
  hash = (hash + BigInt(bytes.length)) & mask;
  for (; at + 8 <= bytes.length; at += 8) {
    hash = (multiply(rotate(hash ^ round(0n, view.getBigUint64(at, true)), 27n), primes[0]) + primes[3]) & mask;
  }
  if (at + 4 <= bytes.length) {
    hash = (multiply(rotate(hash ^ multiply(BigInt(view.getUint32(at, true)), primes[0]), 23n), primes[1]) + primes[2]) & mask;
    at += 4;
  }
  for (; at < bytes.length; at++) hash = multiply(rotate(hash ^ multiply(BigInt(bytes[at]!), primes[4]), 11n), primes[0]);
  hash = multiply(hash ^ (hash >> 33n), primes[1]);
  hash = multiply(hash ^ (hash >> 29n), primes[2]);
  return hash ^ (hash >> 32n);
}

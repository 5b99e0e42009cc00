// SPDX-License-Identifier: Apache-2.0
// Damaged containers: bit flips, edited numbers, cuts, moved bytes. In most of them all hashes are set right again, as somebody
// would who means harm, so that the rules behind the hashes are reached.
import assert from "node:assert/strict";
import { openContainer, PithError } from "../../dist/index.js";
import { seal, sha256 } from "./encode.mjs";
import { generator } from "./random.mjs";

/** Where a file's sections lie and where the header has their hashes. */
function placesOf(file, header) {
  return header.sections.map(({ offset, length, sha256: digest }) => ({ offset, length, digestAt: file.indexOf(digest, 128) }));
}

const edgeNumbers = [0n, 1n, 2n, 0xffn, 0x7fff_ffffn, 0xffff_fffen, 0xffff_ffffn, 1n << 32n, (1n << 53n) - 1n, 1n << 53n, 1n << 62n, (1n << 64n) - 1n];

const mutators = [
  (file, random, start, end) => { file[start + random(end - start)] ^= 1 << random(8); },
  (file, random, start, end) => { file[start + random(end - start)] = random(256); },
  (file, random, start, end) => {
    const at = start + 8 * random(Math.max(1, (end - start) >> 3));
    if (at + 8 <= file.length) file.writeBigUInt64LE(edgeNumbers[random(edgeNumbers.length)], at);
  },
  (file, random, start, end) => {
    const at = start + 4 * random(Math.max(1, (end - start) >> 2));
    if (at + 4 <= file.length) file.writeUInt32LE((file.readUInt32LE(at) + [1, -1, 8, -8, 256][random(5)]) >>> 0, at);
  },
  (file, random, start, end) => {
    const from = start + random(end - start);
    file.copyWithin(start + random(end - start), from, Math.min(end, from + 1 + random(64)));
  },
];

function fixHashes(file, places) {
  for (const { offset, length, digestAt } of places) sha256(file.subarray(offset, offset + length)).copy(file, digestAt);
  seal(file);
}

/** One damaged file, and whether its hashes were set right. */
function mutate({ file, places }, random) {
  const kind = random(20);
  if (kind === 0) return { damaged: file.subarray(0, random(file.length)), isFixed: false };
  if (kind === 1) return { damaged: Buffer.concat([file, Buffer.alloc(1 + random(200), random(2) * 255)]), isFixed: false };
  const damaged = Buffer.from(file);
  const headerEnd = 128 + Number(file.readBigUInt64LE(32));
  const regions = [[0, 128], [128, headerEnd], [128, headerEnd], [headerEnd, file.length]];
  for (let count = 1 + random(3); count > 0; count--) {
    const [start, end] = regions[random(regions.length)];
    mutators[random(mutators.length)](damaged, random, start, end);
  }
  const isFixed = random(8) !== 0;
  if (isFixed && Number(damaged.readBigUInt64LE(32)) <= file.length) fixHashes(damaged, random(16) === 0 ? [] : places);
  return { damaged, isFixed };
}

/**
 * Opens `count` damaged files and verifies what opens. Fails where anything but a PithError is thrown, where damage that hashes cover
 * goes unnoticed, or where what was verified cannot be described.
 * @param files right containers
 * @returns how often each code was thrown; `none` counts files that were verified
 */
export async function openMutations(files, count, seed, onProgress = () => {}) {
  const bases = await Promise.all(files.map(async (file) => ({ file, places: placesOf(file, (await openContainer(file)).header) })));
  const random = generator(seed);
  const codes = { none: 0 };
  for (let i = 0; i < count; i++) {
    const base = bases[i % bases.length];
    const { damaged, isFixed } = mutate(base, random);
    let container = null;
    try {
      container = await openContainer(damaged);
      await container.verify();
      codes.none++;
    } catch (error) {
      if (!(error instanceof PithError)) throw new Error(`mutation ${i} of seed ${seed}`, { cause: error });
      codes[error.code] = (codes[error.code] ?? 0) + 1;
      continue;
    } finally {
      onProgress(i);
    }
    // Hashes cover everything but signatures: a file whose last ones were cut off is a right one.
    if (!isFixed) assert.ok(damaged.equals(base.file.subarray(0, damaged.length)), `mutation ${i} of seed ${seed} went unnoticed`);
    await container.describe();
  }
  return codes;
}

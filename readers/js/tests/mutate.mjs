// SPDX-License-Identifier: Apache-2.0
// `npm run mutate -- [COUNT] [SEED]`: opens damaged copies of the sample and of the valid golden files, without the few large ones,
// which would take most of the time and show nothing else.
import { encodeContainer, signed } from "./support/encode.mjs";
import { openMutations } from "./support/mutations.mjs";
import { sample } from "./support/sample.mjs";
import { vectors } from "./support/vectors.mjs";

const [count = 200_000, seed = 1] = process.argv.slice(2).map(Number);
const file = encodeContainer(sample());
const files = [file, signed(file, Buffer.alloc(32, 1)), ...vectors("valid").map((vector) => vector.file).filter(({ length }) => length <= 16_384)];
const largest = Math.max(...files.map(({ length }) => length));
/** Node itself, its collector's slack, and the file twice. */
const limitMiB = 512 + (2 * largest) / 2 ** 20;

console.log(`${count} mutations of ${files.length} files, seed ${seed}`);
const codes = await openMutations(files, count, seed, (i) => { if (i % 20_000 === 19_999) console.log(`  ${i + 1}`); });
const peakMiB = process.resourceUsage().maxRSS / 1024;
console.log(codes, `peak memory ${peakMiB.toFixed(0)} MiB`);
if (peakMiB > limitMiB) throw new Error(`more than ${limitMiB.toFixed(0)} MiB of memory`);

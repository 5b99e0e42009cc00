// SPDX-License-Identifier: Apache-2.0
// Starts the real binary and makes real images for it. PITH_BINARY names another build's.
import { spawn, spawnSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
export const binary = process.env.PITH_BINARY ?? join(repository, 'build/native-release/src/cli/pith');

/** A folder that goes away with the test. */
export function temporaryFolder(t) {
  const folder = mkdtempSync(join(tmpdir(), 'pith-cli-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs `pith ...words` to its end: { code, signal, out, err }. */
export function pith(words, options = {}) {
  const run = spawnSync(binary, words, { encoding: 'utf8', maxBuffer: 1 << 28, timeout: 300_000, ...options });
  if (run.error) throw run.error;
  return { code: run.status, signal: run.signal, out: run.stdout, err: run.stderr };
}

/** The same with --json, parsed. */
export function pithJson(words, options) {
  const run = pith([...words, '--json'], options);
  return { ...run, json: JSON.parse(run.out) };
}

/** Starts `pith` and waits until standard error has said `pattern`; `ended` resolves to { code, signal, err }. */
export async function startPith(words, pattern, options = {}) {
  const child = spawn(binary, words, { stdio: ['ignore', 'ignore', 'pipe'], ...options });
  let err = '';
  const ended = new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal, err })));
  await new Promise((resolve, reject) => {
    child.stderr.on('data', (data) => {
      err += data;
      if (pattern.test(err)) resolve();
    });
    child.on('close', () => reject(new Error(`ended before it said ${pattern}: ${err}`)));
  });
  return { child, ended };
}

/** A grey picture (PGM) whose samples follow from `seed`. */
export function pgm(seed, width = 48, height = 40) {
  const samples = new Uint8Array(width * height);
  let state = (seed * 2654435761 + 1) >>> 0;
  for (let i = 0; i < samples.length; ++i) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const ramp = ((i % width) * (seed + 3) + Math.floor(i / width) * (seed + 1)) % 200;
    samples[i] = ramp + (state >>> 27);
  }
  return Buffer.concat([Buffer.from(`P5\n${width} ${height}\n255\n`), samples]);
}

/** Writes `count` different pictures `PREFIX0.pgm`, `PREFIX1.pgm`, ... and answers their paths. */
export function writeImages(folder, count, prefix = 'film') {
  mkdirSync(folder, { recursive: true });
  return Array.from({ length: count }, (_, i) => {
    const path = join(folder, `${prefix}${i}.pgm`);
    writeFileSync(path, pgm(i));
    return path;
  });
}

/** `count` names for one picture. */
export function writeManyImages(folder, count) {
  mkdirSync(folder, { recursive: true });
  const first = join(folder, 'many0.pgm');
  writeFileSync(first, pgm(1));
  for (let i = 1; i < count; ++i) linkSync(first, join(folder, `many${i}.pgm`));
}

/** Names of everything in a folder, hidden files too. */
export const namesIn = (folder) => readdirSync(folder).sort();

/** A table from lines of cells, for what `pith export --to csv` writes (no quotes in these tests' cells). */
export function parseCsv(text) {
  const [header, ...rows] = text.trimEnd().split('\r\n').map((line) => line.split(','));
  return rows.map((cells) => Object.fromEntries(header.map((name, i) => [name, cells[i]])));
}

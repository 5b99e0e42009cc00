// SPDX-License-Identifier: Apache-2.0
// Containers for the tests of what is done with them: three hospitals, as their users would make them.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pgm, pith, pithJson } from './helper.mjs';

/** Pictures of one hospital with their table: two or three films of each patient. Answers the container's path. */
export function hospital(folder, name, { films = 12, first = 0, words = [], licence = 'CC-BY-4.0', dtype = 'f16' } = {}) {
  const pictures = join(folder, name);
  mkdirSync(pictures);
  const rows = ['file,patient,finding,age,remark'];
  for (let i = 0; i < films; ++i) {
    writeFileSync(join(pictures, `film${i}.pgm`), pgm(first + i));
    rows.push(`film${i}.pgm,P${Math.floor(i / 2.5)},${i % 3 === 0 ? 'pneumonia' : 'normal'},${i % 5 === 4 ? '' : 20 + i},remark ${i}`);
  }
  const table = join(folder, `${name}.csv`);
  writeFileSync(table, rows.join('\n'));
  const out = join(folder, `${name}.pith`);
  const run = pith(['extract', pictures, '-o', out, '--labels', table, '--id-column', 'file', '--label-columns', 'finding,age',
    '--group-column', 'patient', '--title', `${name} films`, '--author', `Radiology ${name}`, '--licence', licence, '--dtype', dtype,
    '--seed', String(first + 1), ...words]);
  assert.equal(run.code, 0, run.err);
  return out;
}

/** Everything that a container says, with its records. */
export function describe(path) {
  const run = pithJson(['describe', path]);
  assert.equal(run.code, 0, run.err);
  return run.json;
}

/** `pith ...words -o OUT` must succeed; answers its JSON. */
export function make(words, out) {
  const run = pithJson([...words, '-o', out]);
  assert.equal(run.code, 0, run.err);
  assert.equal(run.json.output, out);
  assert.equal(pith(['verify', out]).code, 0);
  return run.json;
}

// SPDX-License-Identifier: Apache-2.0
// A container seen from outside: exports, NumPy, damaged files.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseCsv, pith, pithJson, temporaryFolder, writeImages } from './helper.mjs';

const python = '/usr/bin/python3';
const hasNumpy = existsSync(python) && spawnSync(python, ['-c', 'import numpy']).status === 0;

function makeContainer(t, words = []) {
  const folder = temporaryFolder(t);
  writeImages(join(folder, 'films'), 6);
  const file = join(folder, 'o.pith');
  assert.equal(pith(['extract', join(folder, 'films'), '-o', file, '--seed', '5', ...words]).code, 0);
  return { folder, file };
}

/** The parts of a version 1.0 .npy file. */
function readNpy(path) {
  const bytes = readFileSync(path);
  assert.equal(bytes.subarray(0, 8).toString('latin1'), '\x93NUMPY\x01\x00');
  const start = 10 + bytes.readUInt16LE(8);
  assert.equal(start % 64, 0);
  return { header: bytes.subarray(10, start).toString('latin1').trimEnd(), data: bytes.subarray(start) };
}

for (const [type, npyType] of [['f32', '<f4'], ['f16', '<f2'], ['i8', '<f4']]) {
  test(`${type} is exported as ${npyType}`, (t) => {
    const { folder, file } = makeContainer(t, ['--dtype', type]);
    const out = join(folder, 'o.npy');
    const { json } = pithJson(['export', file, '--to', 'npy', '-o', out]);
    const { json: info } = pithJson(['info', file]);
    const { header, data } = readNpy(out);
    assert.equal(header, `{'descr': '${npyType}', 'fortran_order': False, 'shape': (6, ${info.features}), }`);
    assert.deepEqual([json.records, json.features], [6, info.features]);
    assert.equal(data.length, 6 * info.features * Number(npyType[2]));
    if (type === 'i8') return;
    const section = info.sections.find(({ lengthBytes }) => lengthBytes === data.length);
    assert.ok(data.equals(readFileSync(file).subarray(section.offsetBytes, section.offsetBytes + section.lengthBytes)));
  });
}

test('i8 stays within the narrowing error that the file states', (t) => {
  const { folder, file } = makeContainer(t, ['--dtype', 'i8']);
  const exact = join(folder, 'exact.pith');
  assert.equal(pith(['extract', join(folder, 'films'), '-o', exact, '--seed', '5', '--dtype', 'f32']).code, 0);
  const values = [file, exact].map((path) => {
    assert.equal(pith(['export', path, '--to', 'npy', '-o', `${path}.npy`]).code, 0);
    const { data } = readNpy(`${path}.npy`);
    return new Float32Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.length));
  });
  const { narrowing } = pithJson(['info', file]).json;
  const worst = values[0].reduce((largest, value, i) => Math.max(largest, Math.abs(value - values[1][i])), 0);
  // The stated error was computed from the same float32 values; it may differ by their own rounding, half a unit in the 24th bit.
  const magnitude = values[1].reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  assert.ok(Math.abs(worst - narrowing.maxAbsolute) <= magnitude * 2 ** -23, `${worst} against ${narrowing.maxAbsolute}`);
  assert.ok(narrowing.maxAbsolute > 0);
});

test('np.memmap from the preamble alone equals the export', { skip: hasNumpy ? false : 'no python3 with NumPy here' }, (t) => {
  const { folder, file } = makeContainer(t);
  const out = join(folder, 'o.npy');
  assert.equal(pith(['export', file, '--to', 'npy', '-o', out]).code, 0);
  const { json: info } = pithJson(['info', file]);
  const program = `
import sys, numpy as np
exported = np.load(sys.argv[1])
offset, records, features = (int(field) for field in np.fromfile(sys.argv[2], '<u8', 3, offset=40))
mapped = np.memmap(sys.argv[2], '<f2', 'r', offset, (records, features))
assert exported.shape == mapped.shape and exported.dtype == np.float16 and exported.any() and np.isfinite(exported).all()
assert (exported == mapped).all()
print(exported.shape)`;
  const run = spawnSync(python, ['-c', program, out, file], { encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
  assert.equal(run.stdout, `(6, ${info.features})\n`);
});

test('the table has one row for each record, with ids of their own', (t) => {
  const { folder, file } = makeContainer(t);
  const out = join(folder, 'o.csv');
  assert.equal(pith(['export', file, '--to', 'csv', '-o', out]).code, 0);
  const rows = parseCsv(readFileSync(out, 'utf8'));
  assert.deepEqual(Object.keys(rows[0]), ['id']);
  assert.equal(new Set(rows.map(({ id }) => id)).size, 6);
  for (const { id } of rows) assert.match(id, /^[0-9a-f]{32}$/);
  assert.deepEqual(rows.map(({ id }) => id), rows.map(({ id }) => id).sort());
  assert.equal(pith(['export', file, '--to', 'csv', '-o', out]).code, 1);
  assert.equal(pith(['export', file, '--to', 'csv', '-o', out, '--force']).code, 0);
});

test('a damaged container is refused by every verb that needs it whole', (t) => {
  const { folder, file } = makeContainer(t);
  const { json: info } = pithJson(['info', file]);
  const whole = readFileSync(file);
  const { offsetBytes } = info.sections.find(({ lengthBytes }) => lengthBytes === 6 * info.features * 2);
  const changed = Buffer.from(whole);
  changed[offsetBytes + 5] ^= 1;
  const damaged = join(folder, 'damaged.pith');
  writeFileSync(damaged, changed);
  const verified = pithJson(['verify', damaged]);
  assert.equal(verified.code, 1);
  assert.equal(verified.json.error.code, 'hashMismatch');
  assert.equal(pith(['export', damaged, '--to', 'npy', '-o', join(folder, 'x.npy')]).code, 1);
  assert.ok(!existsSync(join(folder, 'x.npy')));
  writeFileSync(damaged, whole.subarray(0, whole.length - 10));
  assert.equal(pithJson(['verify', damaged]).json.error.code, 'truncatedContainer');
  writeFileSync(damaged, '');
  assert.equal(pith(['info', damaged]).code, 1);
  writeFileSync(damaged, 'PK\x03\x04 something else entirely, and long enough for a preamble '.repeat(9));
  assert.equal(pithJson(['info', damaged]).json.error.code, 'notAContainer');
  assert.equal(pith(['verify', folder]).code, 1);
});

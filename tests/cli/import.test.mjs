// SPDX-License-Identifier: Apache-2.0
// Data sets of the predecessor become containers; what would run code is refused.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { namesIn, pith, pithJson, repository, temporaryFolder } from './helper.mjs';

const archive = join(repository, 'tests/data/dof/vectors.dof');

/** The members of a stored ZIP archive, read from its local headers. */
function members(path) {
  const bytes = readFileSync(path);
  const found = {};
  for (let at = 0; bytes.readUInt32LE(at) === 0x04034b50;) {
    const start = at + 30 + bytes.readUInt16LE(at + 26) + bytes.readUInt16LE(at + 28);
    found[bytes.subarray(at + 30, at + 30 + bytes.readUInt16LE(at + 26)).toString()] = bytes.subarray(start, start + bytes.readUInt32LE(at + 18));
    at = start + bytes.readUInt32LE(at + 18);
  }
  return found;
}

/** The same as the folder that DoF unpacks it to. */
function unpack(folder, changes = {}) {
  for (const [name, bytes] of Object.entries({ ...members(archive), ...changes })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    if (bytes !== null) writeFileSync(join(folder, name), bytes);
  }
  return folder;
}

test('an archive and its folder become the same container', (t) => {
  const folder = temporaryFolder(t);
  const out = join(folder, 'a.pith');
  const { code, json } = pithJson(['import', 'dof', archive, '-o', out, '--seed', '3', '--title', 'Vectors']);
  assert.equal(code, 0);
  assert.deepEqual([json.records, json.features], [6, 5]);
  assert.deepEqual(json.columns[0], { name: 'y', type: 'categorical', role: 'label' });
  assert.deepEqual(json.notKnown, ['dataset.licence']);
  const again = join(folder, 'b.pith');
  assert.equal(pith(['import', 'dof', unpack(join(folder, 'set')), '-o', again, '--seed', '3', '--title', 'Vectors']).code, 0);
  assert.ok(readFileSync(again).equals(readFileSync(out)));
  assert.equal(pith(['verify', out]).code, 0);
  const { json: info } = pithJson(['info', out]);
  assert.equal(info.dataset.author, 'A maker of sets');
  assert.equal(pith(['import', 'dof', archive, '-o', out]).code, 1, 'replaced without --force');
});

test('what the features were goes round through CSV and NumPy', (t) => {
  const folder = temporaryFolder(t);
  const out = join(folder, 'a.pith');
  assert.equal(pith(['import', 'dof', archive, '-o', out, '--label-type', 'number']).code, 0);
  assert.equal(pith(['export', out, '--to', 'csv', '-o', join(folder, 'a.csv')]).code, 0);
  const [header, ...rows] = readFileSync(join(folder, 'a.csv'), 'utf8').trimEnd().split('\r\n').map((line) => line.split(','));
  assert.deepEqual(header, ['id', 'y', 'author', 'author_contact', 'license', 'scanner', 'source']);
  assert.deepEqual(rows.map((row) => row[1]).sort(), ['0', '0', '1', '1', '2', '2']);
  assert.equal(rows.filter((row) => row[2] === 'A' && row[3] === '' && row[4] === 'C').length, 3);
});

const evil = 'cposix\nsystem\n(Vtouch PLACE\ntR.';
const refusals = {
  'a pickle that runs a command': [{ '3.out': null }, 'unsafePickle', /element 3: .*posix\.system/],
  'a member that is missing': [{ '5.out': null }, 'readFailed', /element 5: /],
  'an x of another length': [{ '1.out': Buffer.from('](K\x01e.', 'latin1') }, 'unsupportedDof', /element 1: .*shape 1, the first has 5/],
  'no list of elements': [{ '.dofinfo/elementslist.json': null }, 'readFailed', /./],
  'a list that is no JSON': [{ '.dofinfo/elementslist.json': '[[1], [' }, 'corruptDof', /elementslist/],
  'links to other files': [{ '.dofinfo/elementslist.json': '[[1, null, "/etc/passwd"]]' }, 'unsupportedDof', /refers to another file/],
};

for (const [name, [changes, wanted, words]] of Object.entries(refusals)) {
  test(`${name} is refused, and nothing is written or run`, (t) => {
    const folder = temporaryFolder(t);
    const place = join(folder, 'ran');
    const set = Object.fromEntries(Object.entries(changes).map(([member, bytes]) => [member, bytes]));
    if (wanted === 'unsafePickle') set['3.out'] = evil.replace('PLACE', place);
    const out = join(folder, 'a.pith');
    const { code, json } = pithJson(['import', 'dof', unpack(join(folder, 'set'), set), '-o', out]);
    assert.equal(code, 1);
    assert.equal(json.error.code, wanted);
    assert.match(json.error.detail, words);
    assert.equal(existsSync(place), false);
    assert.deepEqual(namesIn(folder), ['set']);
  });
}

test('what is no data set of DoF is refused', (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'x.dof');
  for (const [bytes, wanted] of [['', 'notADofFile'], ['PK', 'notADofFile'], [readFileSync(archive).subarray(0, 1000), 'notADofFile']]) {
    writeFileSync(file, bytes);
    const { code, json } = pithJson(['import', 'dof', file, '-o', join(folder, 'a.pith')]);
    assert.deepEqual([code, json.error.code], [1, wanted]);
  }
  assert.equal(pith(['import', 'dof', join(folder, 'nowhere'), '-o', join(folder, 'a.pith')]).code, 1);
  assert.equal(pith(['import', 'doof', file, '-o', join(folder, 'a.pith')]).code, 2);
});

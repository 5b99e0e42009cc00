// SPDX-License-Identifier: Apache-2.0
// Looking into containers, and vouching for them: describe, stats, diff, find, keygen, sign, verify.
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { describe, hospital, make } from './containers.mjs';
import { namesIn, pith, pithJson, temporaryFolder } from './helper.mjs';

test('describe says everything but the features', (t) => {
  const folder = temporaryFolder(t);
  const films = hospital(folder, 'films');
  const content = describe(films);
  assert.equal(content.recordCount, 12);
  assert.equal(content.records.length, 12);
  assert.match(content.records[0].id, /^[0-9a-f]{32}$/);
  assert.equal(content.records[0].features, undefined);
  assert.equal(content.labels[0].name, 'finding');
  assert.deepEqual(content.labels[0].counts.reduce((a, b) => a + b), 12);
  assert.equal(content.sections[0].name, 'features/0');
  const short = pithJson(['describe', films, '--no-records']).json;
  assert.equal(short.records, undefined);
  assert.deepEqual({ ...short, records: content.records }, { ...content });
  const text = pith(['describe', films]).out;
  assert.match(text, /films films/);
  assert.match(text, /not anonymous/);
});

test('stats show the balance, missing values and what was saved', (t) => {
  const folder = temporaryFolder(t);
  const films = hospital(folder, 'films');
  const savings = join(folder, 'savings.json');
  writeFileSync(savings, JSON.stringify({ savings: { originalCount: 12, originalBytes: 12_000_000, encodingSeconds: 10, loadingSeconds: 0.1,
    headSeconds: 0.4, epochs: 20 } }));
  const out = join(folder, 'o.pith');
  make(['edit', films, '--from', savings], out);
  const { json } = pithJson(['stats', out]);
  assert.equal(json.records, 12);
  const [finding, age] = json.labels;
  assert.deepEqual(finding.classes, [{ name: 'normal', count: 8 }, { name: 'pneumonia', count: 4 }]);
  assert.equal(age.missing, 2);
  assert.equal(age.minimum, 20);
  assert.equal(json.features[0].moments.mean.length, json.features[0].featureCount);
  assert.ok(Math.abs(json.savings.totalSavedSeconds - ((10 - 0.1) * 20 - 10)) < 1e-9);
  assert.ok(Math.abs(json.savings.benefitRatio - 0.5 / 10.4) < 1e-12);
  assert.ok(Math.abs(json.savings.totalSavedBytes - (12_000_000 - statSync(out).size)) < 1);
  const text = pith(['stats', out]).out;
  assert.match(text, /pneumonia +4 \(33\.3 %\)/);
  assert.match(text, /times smaller/);
  assert.doesNotMatch(pith(['stats', films]).out, /Saved time/);
});

test('stats show long times whole, and a loss as one', (t) => {
  const folder = temporaryFolder(t);
  const films = hospital(folder, 'films');
  const [savings, out] = [join(folder, 'savings.json'), join(folder, 'o.pith')];
  for (const [encodingSeconds, loadingSeconds, epochs, shown] of [[100, 1, 40_000, '1099:58:20'], [10, 12, 20, '-50 s'], [10, 9.5, 10, '-5.0 s']]) {
    writeFileSync(savings, JSON.stringify({ savings: { originalCount: 12, originalBytes: 12_000_000, encodingSeconds, loadingSeconds, epochs } }));
    make(['edit', films, '--from', savings, '--force'], out);
    assert.ok(pith(['stats', out]).out.includes(`${shown} in ${epochs.toLocaleString('en')} epochs`), shown);
  }
});

test('diff ends with 0, 1 or 2, as diff does', (t) => {
  const folder = temporaryFolder(t);
  const films = hospital(folder, 'films');
  const copy = join(folder, 'copy.pith');
  copyFileSync(films, copy);
  const same = pith(['diff', films, copy]);
  assert.equal(same.code, 0, same.err);
  assert.match(same.out, /The files are the same/);
  const packed = join(folder, 'packed.pith');
  make(['convert', films, '--compress', 'zstd'], packed);
  assert.equal(pith(['diff', films, packed]).code, 0);
  make(['edit', films, '--set', 'dataset.title=Other', '--force'], copy);
  const other = pith(['diff', films, copy]);
  assert.equal(other.code, 1);
  assert.match(other.out, /dataset\.title: "films films" and "Other"/);
  assert.deepEqual(pithJson(['diff', films, copy]).json.fields, [{ path: 'dataset.title', first: 'films films', second: 'Other' }]);
  assert.equal(pith(['diff', films, join(folder, 'nowhere')]).code, 2);
  assert.equal(pith(['diff', films, join(folder, 'films.csv')]).code, 2);
  assert.equal(pith(['diff', films]).code, 2);
  const damaged = readFileSync(films);
  const features = Number(damaged.readBigUInt64LE(40));
  damaged.writeUInt16LE(0x7e00, features);  // a value that is not a number differs from none by comparison
  writeFileSync(copy, damaged);
  for (const words of [[films, copy], [copy, films], [copy, copy]]) {
    const broken = pith(['diff', ...words]);
    assert.equal(broken.code, 2, broken.out);
    assert.match(broken.err, /copy\.pith" is damaged, and is not compared \[hashMismatch\]/);
    assert.equal(broken.out, '');
  }
});

test('find looks through folders and tells what it passed over', (t) => {
  const folder = temporaryFolder(t);
  const archive = join(folder, 'archive');
  mkdirSync(join(archive, 'deep'), { recursive: true });
  copyFileSync(hospital(folder, 'north'), join(archive, 'north.pith'));
  copyFileSync(hospital(folder, 'south', { first: 100, licence: 'CC0-1.0' }), join(archive, 'deep', 'south'));
  writeFileSync(join(archive, 'notes.txt'), 'no container');
  writeFileSync(join(archive, 'empty'), '');
  const damaged = readFileSync(join(archive, 'north.pith'));
  damaged[200] ^= 1;
  writeFileSync(join(archive, 'damaged.pith'), damaged);
  writeFileSync(join(archive, 'cut.pith'), damaged.subarray(0, 100));
  const find = (...words) => pithJson(['find', archive, ...words]);
  const all = find().json;
  assert.deepEqual(all.unreadableFolders, []);
  assert.deepEqual(all.found.map(({ file, records }) => [file, records]), [[join(archive, 'deep', 'south'), 12], [join(archive, 'north.pith'), 12]]);
  assert.equal(all.containers, 4);
  assert.deepEqual(all.damaged.map(({ file, code }) => [file, code]),
    [[join(archive, 'cut.pith'), 'truncatedContainer'], [join(archive, 'damaged.pith'), 'hashMismatch']]);
  assert.equal(all.otherFiles, 2);
  assert.equal(find('--licence', 'cc0').json.found.length, 1);
  assert.equal(find('--label', 'pneumonia', '--author', 'NORTH').json.found.length, 1);
  assert.equal(find('--encoder', 'pith-cxr').json.found.length, 2);
  assert.equal(find('--label', 'age', '--label', 'normal').json.found.length, 2);
  const none = find('--split', 'test');
  assert.equal(none.code, 1);
  assert.deepEqual(none.json.found, []);
  const human = pith(['find', archive]);
  assert.match(human.out, /north\.pith +12 records/);
  assert.match(human.err, /2 of 4 containers found/);
  assert.equal(pith(['find', join(folder, 'nowhere')]).code, 2);
  mkdirSync(join(folder, 'void'));
  assert.equal(pith(['find', join(folder, 'void')]).code, 1);
});

test('find says which folders it could not read', { skip: process.getuid?.() === 0 }, (t) => {
  const folder = temporaryFolder(t);
  hospital(folder, 'north');
  const locked = join(folder, 'locked');
  mkdirSync(locked);
  chmodSync(locked, 0o000);
  const { json } = pithJson(['find', folder]);
  chmodSync(locked, 0o700);
  assert.deepEqual(json.unreadableFolders, [locked]);
});

test('a signature says who, and goes with any change', (t) => {
  const folder = temporaryFolder(t);
  const films = hospital(folder, 'films');
  const key = (name) => join(folder, name);
  for (const name of ['clinic', 'other']) assert.equal(pith(['keygen', '-o', key(name)]).code, 0);
  assert.equal(statSync(key('clinic.key')).mode & 0o777, 0o600);
  assert.match(readFileSync(key('clinic.pub'), 'utf8'), /^pith-public-key-1 [0-9a-f]{64}\n$/);
  const verify = (file, ...names) => pith(['verify', file, ...names.flatMap((name) => ['--key', key(name)])]);
  const unsigned = verify(films, 'clinic.pub');
  assert.equal(unsigned.code, 1);
  assert.match(unsigned.err, /has no signature/);
  const root = pithJson(['verify', films]).json.rootSha256;
  assert.equal(pith(['sign', films, '--key', key('clinic.key')]).code, 0);
  assert.equal(verify(films, 'clinic.pub').code, 0);
  assert.equal(verify(films, 'other.pub').code, 1);
  assert.equal(pithJson(['verify', films]).json.rootSha256, root);
  const both = key('both.pith');
  assert.equal(pith(['sign', films, '--key', key('other.key'), '-o', both]).code, 0);
  assert.equal(verify(both, 'clinic.pub', 'other.pub').code, 0);
  assert.equal(verify(films, 'clinic.pub', 'other.pub').code, 1);
  // Signing again changes nothing.
  const bytes = readFileSync(both);
  assert.equal(pith(['sign', both, '--key', key('clinic.key')]).code, 0);
  assert.ok(readFileSync(both).equals(bytes));
  const edited = make(['edit', both, '--set', 'dataset.title=x'], key('edited.pith'));
  assert.ok(edited.notes.some((note) => /signatures/.test(note)));
  assert.equal(verify(key('edited.pith'), 'clinic.pub').code, 1);
  bytes[bytes.length - 1] ^= 1;
  writeFileSync(both, bytes);
  assert.equal(verify(both).code, 1);
});

test('keys that are mixed up are explained, and keys are never replaced', (t) => {
  const folder = temporaryFolder(t);
  const films = hospital(folder, 'films');
  const key = join(folder, 'clinic');
  assert.equal(pith(['keygen', '-o', key]).code, 0);
  const secret = readFileSync(`${key}.key`);
  const again = pith(['keygen', '-o', key]);
  assert.equal(again.code, 1);
  assert.ok(readFileSync(`${key}.key`).equals(secret));
  assert.match(pith(['verify', films, '--key', `${key}.key`]).err, /This is the secret key/);
  assert.match(pith(['sign', films, '--key', `${key}.pub`]).err, /This is the public key/);
  assert.match(pith(['verify', films, '--key', join(folder, 'films.csv')]).err, /keygen/);
  assert.equal(pith(['verify', films, '--key', join(folder, 'films.csv')]).code, 2);
  assert.ok(!pith(['verify', films, '--key', `${key}.key`]).err.includes(secret.toString().slice(18, 40)));
  const other = join(folder, 'half');
  writeFileSync(`${other}.pub`, 'here already');
  assert.equal(pith(['keygen', '-o', other]).code, 1);
  assert.ok(!namesIn(folder).includes('half.key'));
  // A damaged file is not signed.
  const bytes = readFileSync(films);
  bytes[describe(films).sections[0].offset + 3] ^= 1;
  writeFileSync(films, bytes);
  assert.match(pith(['sign', films, '--key', `${key}.key`]).err, /hashMismatch/);
  assert.ok(readFileSync(films).equals(bytes));
});

test('a folder that cannot be written is said before any work', { skip: process.getuid?.() === 0 }, (t) => {
  const folder = temporaryFolder(t);
  const films = hospital(folder, 'films');
  const locked = join(folder, 'locked');
  mkdirSync(locked);
  chmodSync(locked, 0o500);
  assert.match(pith(['convert', films, '--type', 'i8', '-o', join(locked, 'o.pith')]).err, /writeFailed/);
});

// SPDX-License-Identifier: Apache-2.0
// What is left on disk when a run is stopped, killed, or has no room.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, lstatSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { binary, namesIn, pith, startPith, temporaryFolder, writeImages, writeManyImages } from './helper.mjs';

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Starts a run over so many files that it is surely not done when the signal comes; answers what became of it. */
async function stopMidway(t, signal) {
  const folder = temporaryFolder(t);
  writeManyImages(join(folder, 'films'), 20_000);
  const run = await startPith(['extract', join(folder, 'films'), '-o', join(folder, 'o.pith')], /Encoding/);
  await pause(300);
  const asked = performance.now();
  run.child.kill(signal);
  return { ...(await run.ended), left: namesIn(folder), seconds: (performance.now() - asked) / 1000 };
}

for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]]) {
  test(`${signal} midway leaves nothing and says so`, async (t) => {
    const stopped = await stopMidway(t, signal);
    assert.equal(stopped.code, code);
    assert.match(stopped.err, /\[cancelled\]/);
    assert.ok(stopped.seconds < 5, `it went on for ${stopped.seconds} s`);  // one image takes far less, all of them far more
    assert.deepEqual(stopped.left, ['films']);
  });
}

test('a killed process leaves nothing under the final name', async (t) => {
  const killed = await stopMidway(t, 'SIGKILL');
  assert.equal(killed.signal, 'SIGKILL');
  assert.deepEqual(killed.left, ['films']);
});

test('an interrupted run does not touch the file it would have replaced', async (t) => {
  const folder = temporaryFolder(t);
  writeManyImages(join(folder, 'films'), 20_000);
  writeFileSync(join(folder, 'o.pith'), 'precious');
  const run = await startPith(['extract', join(folder, 'films'), '-o', join(folder, 'o.pith'), '--force'], /Encoding/);
  run.child.kill('SIGINT');
  assert.equal((await run.ended).code, 130);
  assert.equal(readFileSync(join(folder, 'o.pith'), 'utf8'), 'precious');
});

test('a file that appears during the run is left alone', async (t) => {
  const folder = temporaryFolder(t);
  writeManyImages(join(folder, 'films'), 150);
  const run = await startPith(['extract', join(folder, 'films'), '-o', join(folder, 'o.pith'), '--jobs', '1'], /Encoding/);
  writeFileSync(join(folder, 'o.pith'), 'precious');
  const { code, err } = await run.ended;
  assert.equal(code, 1);
  assert.match(err, /appeared meanwhile/);
  assert.equal(readFileSync(join(folder, 'o.pith'), 'utf8'), 'precious');
  assert.deepEqual(namesIn(folder), ['films', 'o.pith']);
});

test('a full disk is an error with its cause', (t) => {
  const folder = temporaryFolder(t);
  writeImages(join(folder, 'films'), 40);
  // A limit on the size of files refuses the same writes as a full disk does, and needs no rights. 4 KiB are less than the header.
  const limited = (words) => spawnSync('bash', ['-c', 'ulimit -f 4; exec "$0" "$@"', binary, ...words], { encoding: 'utf8' });
  const run = limited(['extract', join(folder, 'films'), '-o', join(folder, 'o.pith'), '--dtype', 'f32']);
  assert.equal(run.status, 1);
  assert.match(run.stderr, /\[writeFailed\]\n {2}the system says: File too large/);
  assert.deepEqual(namesIn(folder), ['films']);
  assert.equal(pith(['extract', join(folder, 'films'), '-o', join(folder, 'o.pith'), '--dtype', 'f32']).code, 0);
  const exported = limited(['export', join(folder, 'o.pith'), '--to', 'npy', '-o', join(folder, 'o.npy')]);
  assert.equal(exported.status, 1);
  assert.deepEqual(namesIn(folder), ['films', 'o.pith']);
});

test('a result that cannot be printed is an error', { skip: process.platform !== 'linux' }, () => {
  const run = spawnSync('bash', ['-c', '"$0" models > /dev/full', binary], { encoding: 'utf8' });
  assert.equal(run.status, 1);
  assert.match(run.stderr, /\[writeFailed\]/);
});

test('so is one that is cut off where no rest waits to be printed', { skip: process.platform !== 'linux' }, (t) => {
  const folder = temporaryFolder(t);
  const out = join(folder, 'o.pith');
  writeImages(join(folder, 'films'), 1);
  assert.equal(pith(['extract', join(folder, 'films'), '-o', out, '--notes', 'x'.repeat(40_000)]).code, 0);
  for (const words of [['info', out, '--json'], ['describe', out, '--json'], ['info', out]]) {
    assert.ok(pith(words).out.length > 40_000);
    const run = spawnSync('bash', ['-c', '"$0" "$@" > /dev/full', binary, ...words], { encoding: 'utf8' });
    assert.equal(run.status, 1, words[0]);
    assert.match(run.stderr, /\[writeFailed\]/);
  }
});

test('a file that is replaced keeps its permissions, and a link to it leads to the new one', (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'store'));
  const [real, link, key] = [join(folder, 'store/real.pith'), join(folder, 'link.pith'), join(folder, 'clinic')];
  writeImages(join(folder, 'films'), 2);
  assert.equal(pith(['keygen', '-o', key]).code, 0);
  assert.equal(pith(['extract', join(folder, 'films'), '-o', real]).code, 0);
  symlinkSync('store/real.pith', link);
  for (const [mode, words] of [
    [0o600, ['sign', link, '--key', `${key}.key`]],
    [0o640, ['edit', real, '--set', 'dataset.title=x', '-o', link, '--force']],
    [0o660, ['export', link, '--to', 'csv', '-o', link, '--force']],
    [0o600, ['extract', join(folder, 'films'), '-o', link, '--force']],
  ]) {
    const before = readFileSync(real);
    chmodSync(real, mode);
    const run = pith(words);
    assert.equal(run.code, 0, run.err);
    assert.equal(statSync(real).mode & 0o777, mode, words[0]);
    assert.ok(lstatSync(link).isSymbolicLink(), words[0]);
    assert.ok(!readFileSync(real).equals(before), words[0]);
  }
  assert.deepEqual([...namesIn(folder), ...namesIn(join(folder, 'store'))],
    ['clinic.key', 'clinic.pub', 'films', 'link.pith', 'store', 'real.pith']);
});

test('an output that cannot be made is found out before anything is encoded', (t) => {
  const folder = temporaryFolder(t);
  writeImages(join(folder, 'films'), 1);
  mkdirSync(join(folder, 'folder.pith'));
  mkdirSync(join(folder, 'locked'));
  chmodSync(join(folder, 'locked'), 0o500);
  const outputs = [
    [join(folder, 'nowhere', 'o.pith'), /is not there/],
    [join(folder, 'folder.pith'), /this is a folder/],
    [`${join(folder, 'films')}/`, /this is a folder/],
    ['/proc/o.pith', /the system says/],
  ];
  if (process.getuid() !== 0) outputs.push([join(folder, 'locked', 'o.pith'), /Permission denied/]);
  for (const [output, pattern] of outputs) {
    const run = pith(['extract', join(folder, 'films'), '-o', output]);
    assert.equal(run.code, 1, output);
    assert.match(run.err, pattern);
    assert.doesNotMatch(run.err, /Encoding/);
  }
});

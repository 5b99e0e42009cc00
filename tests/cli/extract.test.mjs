// SPDX-License-Identifier: Apache-2.0
// The main path: folders of images become one container.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { onnxFile } from '../browser/onnx_file.mjs';
import { binary, namesIn, parseCsv, pgm, pith, pithJson, temporaryFolder, writeImages, writeManyImages } from './helper.mjs';

test('a folder of images becomes a container that verifies', (t) => {
  const folder = temporaryFolder(t);
  writeImages(join(folder, 'films', 'deeper'), 3);
  writeImages(join(folder, 'films'), 2);
  const out = join(folder, 'films.pith');
  const run = pithJson(['extract', join(folder, 'films'), '-o', out, '--title', 'A title', '--licence', 'CC0-1.0']);
  assert.equal(run.code, 0, run.err);
  assert.equal(run.json.records, 5);
  assert.deepEqual(run.json.refused, []);
  assert.equal(run.json.fileBytes, statSync(out).size);
  assert.equal(pith(['verify', out]).code, 0);
  assert.equal(pithJson(['verify', out]).json.records, 5);
  const { json: info } = pithJson(['info', out]);
  assert.equal(info.records, 5);
  assert.equal(info.dataset.title, 'A title');
  assert.equal(info.dataset.licence, 'CC0-1.0');
  assert.equal(info.featureType, 'f16');
  assert.deepEqual(info.encoder, run.json.encoder);
  assert.match(pith(['info', out]).out, /Pooled features are lossy, not anonymous/);
  assert.deepEqual(namesIn(folder), ['films', 'films.pith']);
});

test('an image whose features are too large for the type is refused, and the others are not lost with it', (t) => {
  const folder = temporaryFolder(t);
  const [films, net, recipe, out] = ['films', 'net.onnx', 'recipe.json', 'o.pith'].map((name) => join(folder, name));
  mkdirSync(films);
  for (const [name, level] of [['dark', 1], ['bright', 255]])
    writeFileSync(join(films, `${name}.pgm`), Buffer.concat([Buffer.from('P5\n8 8\n255\n'), Buffer.alloc(64, level)]));
  writeFileSync(net, onnxFile());
  writeFileSync(recipe, JSON.stringify({ size: [8, 8], scale: 1000, mean: [0, 0, 0], std: [1, 1, 1] }));
  const extract = (type) => pithJson(['extract', films, '-o', out, '--model', net, '--recipe', recipe, '--type', type, '--force']);
  const half = extract('f16');
  assert.equal(half.code, 3, half.err);
  assert.equal(half.json.records, 1);
  assert.deepEqual(half.json.refused.map(({ file, code }) => [file, code]), [[join(films, 'bright.pgm'), 'featureOutOfRange']]);
  assert.equal(pith(['verify', out]).code, 0);
  for (const type of ['f32', 'bf16', 'i8']) assert.equal(extract(type).json.records, 2, type);
});

test('16-bit images that stay far below full scale are encoded, and named as nearly black', (t) => {
  const folder = temporaryFolder(t);
  const films = join(folder, 'films');
  mkdirSync(films);
  const film = (maximum, brightest) => {
    const samples = Buffer.alloc(2 * 64);
    for (let i = 0; i < 64; ++i) samples.writeUInt16BE(Math.round((brightest * i) / 63), 2 * i);
    return Buffer.concat([Buffer.from(`P5\n8 8\n${maximum}\n`), samples]);
  };
  for (const [name, maximum, brightest] of [['unscaled', 65535, 4095], ['scaled', 65535, 65535], ['stated', 4095, 4095], ['edge', 65535, 16384]])
    writeFileSync(join(films, `${name}.pgm`), film(maximum, brightest));
  const run = pithJson(['extract', films, '-o', join(folder, 'o.pith')]);
  assert.equal(run.code, 0, run.err);
  assert.equal(run.json.records, 4);
  assert.deepEqual(run.json.faint, [join(films, 'unscaled.pgm')]);
  for (const quiet of [[], ['--quiet']]) {
    const said = pith(['extract', films, '-o', join(folder, 'o.pith'), '--force', ...quiet]);
    assert.match(said.out, /^1 16-bit image stays below a quarter of full scale and is nearly black .*\n {2}.*unscaled\.pgm$/m);
  }
});

test('the result is all that standard output holds', (t) => {
  const folder = temporaryFolder(t);
  writeImages(join(folder, 'films'), 2);
  const run = pith(['extract', join(folder, 'films'), '-o', join(folder, 'o.pith')]);
  assert.equal(run.code, 0);
  assert.match(run.out, /^Wrote /);
  assert.match(run.out, /2 images of 2 files/);
  assert.match(run.err, /Encoding 2 files/);
  assert.doesNotMatch(run.out + run.err, /\u001b|\r/);
  const quiet = pith(['extract', join(folder, 'films'), '-o', join(folder, 'q.pith'), '--quiet']);
  assert.deepEqual([quiet.code, quiet.out, quiet.err], [0, '', '']);
});

test('an empty folder is nothing usable', (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'films'));
  for (const name of ['.hidden.pgm', 'Thumbs.db', 'desktop.ini', 'Icon\r']) writeFileSync(join(folder, 'films', name), pgm(1));
  const run = pith(['extract', join(folder, 'films'), '-o', join(folder, 'o.pith')]);
  assert.equal(run.code, 4);
  assert.deepEqual(namesIn(folder), ['films']);
});

test('a file that cannot be encoded is listed with its reason and the rest goes on', (t) => {
  const folder = temporaryFolder(t);
  const films = join(folder, 'films');
  writeImages(films, 2);
  writeFileSync(join(films, 'notes.txt'), 'no picture');
  writeFileSync(join(films, 'cut.pgm'), pgm(1).subarray(0, 300));
  const run = pithJson(['extract', films, '-o', join(folder, 'o.pith')]);
  assert.equal(run.code, 3);
  assert.equal(run.json.records, 2);
  assert.deepEqual(run.json.refused.map(({ file, code }) => [file, code]), [
    [join(films, 'cut.pgm'), 'truncatedImage'],
    [join(films, 'notes.txt'), 'unsupportedImage'],
  ]);
  for (const { detail, advice } of run.json.refused) assert.ok(detail.length > 10 && advice.length > 10);
  const human = pith(['extract', films, '-o', join(folder, 'p.pith'), '--quiet']);
  assert.equal(human.code, 3);
  assert.match(human.out, /notes\.txt +\[unsupportedImage\]/);
});

test('nothing but bad files: exit code 4 and no container', (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'films'));
  writeFileSync(join(folder, 'films', 'notes.txt'), 'no picture');
  const run = pithJson(['extract', join(folder, 'films'), '-o', join(folder, 'o.pith')]);
  assert.equal(run.code, 4);
  assert.equal(run.json.output, null);
  assert.equal(run.json.refused.length, 1);
  assert.deepEqual(namesIn(folder), ['films']);
});

test('pipes, devices and unreadable files are refused, not waited for', { skip: process.platform !== 'linux' }, (t) => {
  const folder = temporaryFolder(t);
  writeImages(join(folder, 'films'), 1);
  symlinkSync('/dev/zero', join(folder, 'films', 'endless.pgm'));
  symlinkSync('nowhere', join(folder, 'films', 'dangling.pgm'));
  const run = pithJson(['extract', join(folder, 'films'), '-o', join(folder, 'o.pith')]);
  assert.equal(run.code, 3);
  assert.deepEqual(run.json.refused.map(({ code }) => code), ['readFailed', 'readFailed']);
});

test('links in a circle end, and a file that is meant twice is taken once', (t) => {
  const folder = temporaryFolder(t);
  const films = join(folder, 'films');
  const [first] = writeImages(films, 2);
  symlinkSync('..', join(films, 'up'));
  symlinkSync('.', join(films, 'here'));
  const run = pithJson(['extract', films, first, join(films, '..', 'films'), '-o', join(folder, 'o.pith')]);
  assert.equal(run.code, 0, run.err);
  assert.equal(run.json.records, 2);
});

test('an existing file is left alone without --force', (t) => {
  const folder = temporaryFolder(t);
  writeImages(join(folder, 'films'), 1);
  const out = join(folder, 'films', 'o.pith');
  writeFileSync(out, 'precious');
  const refused = pith(['extract', join(folder, 'films'), '-o', out]);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /--force/);
  assert.doesNotMatch(refused.err, /Encoding/);
  assert.equal(readFileSync(out, 'utf8'), 'precious');
  const forced = pith(['extract', join(folder, 'films'), '-o', out, '--force']);
  assert.equal(forced.code, 0, forced.err);
  assert.equal(pith(['verify', out]).code, 0);
  assert.deepEqual(namesIn(join(folder, 'films')), ['film0.pgm', 'o.pith']);
});

test('the output has the permissions of any new file', (t) => {
  const folder = temporaryFolder(t);
  writeImages(join(folder, 'films'), 1);
  const out = join(folder, 'o.pith');
  assert.equal(pith(['extract', join(folder, 'films'), '-o', out]).code, 0);
  writeFileSync(join(folder, 'plain'), '');
  assert.equal(statSync(out).mode, statSync(join(folder, 'plain')).mode);
});

test('equal seeds give equal bytes, whatever the jobs and the order of the paths', (t) => {
  const folder = temporaryFolder(t);
  writeImages(join(folder, 'a'), 7, 'a');
  writeImages(join(folder, 'b'), 5, 'b');
  const extract = (name, words) => {
    const run = pith(['extract', '-o', join(folder, name), '--label-from-folder', ...words]);
    assert.equal(run.code, 0, run.err);
    return readFileSync(join(folder, name));
  };
  const [a, b] = [join(folder, 'a'), join(folder, 'b')];
  const first = extract('1.pith', [a, b, '--seed', '7', '--jobs', '1']);
  assert.ok(first.equals(extract('2.pith', [a, b, '--seed', '7', '--jobs', '2'])), 'jobs');
  assert.ok(first.equals(extract('3.pith', [b, a, '--seed', '7', '--jobs', '5'])), 'order of the paths');
  assert.ok(!first.equals(extract('4.pith', [a, b, '--seed', '8'])), 'another seed');
  assert.ok(!extract('5.pith', [a, b]).equals(extract('6.pith', [a, b])), 'without a seed');
});

test('nothing of the source files goes in, except names where they are kept', (t) => {
  const folder = temporaryFolder(t);
  const films = join(folder, 'canaryfolder');
  mkdirSync(films);
  const modified = new Date('2013-07-09T11:12:13Z');
  for (let i = 0; i < 4; ++i) {
    const path = join(films, `canaryname${i}.pgm`);
    writeFileSync(path, pgm(i));
    utimesSync(path, modified, modified);
  }
  const seconds = Buffer.alloc(8);
  seconds.writeBigInt64LE(BigInt(modified.getTime() / 1000));
  const milliseconds = Buffer.alloc(8);
  milliseconds.writeBigInt64LE(BigInt(modified.getTime()));
  for (const [words, kept] of [[[], false], [['--keep-names'], true]]) {
    const out = join(folder, kept ? 'kept.pith' : 'o.pith');
    assert.equal(pith(['extract', films, '-o', out, ...words]).code, 0);
    const bytes = readFileSync(out);
    assert.equal(bytes.includes('canaryname2.pgm'), kept);
    assert.equal(bytes.includes('canaryname'), kept);
    for (const never of ['canaryfolder', folder, seconds.subarray(0, 4), milliseconds.subarray(0, 6), '2013']) {
      assert.ok(!bytes.includes(never), `${never}`);
    }
  }
  const table = join(folder, 'kept.csv');
  assert.equal(pith(['export', join(folder, 'kept.pith'), '--to', 'csv', '-o', table]).code, 0);
  assert.deepEqual(parseCsv(readFileSync(table, 'utf8')).map(({ name }) => name).sort(),
    [0, 1, 2, 3].map((i) => `canaryname${i}.pgm`));
});

test('a package folder or its file may be named as the model', (t) => {
  const folder = temporaryFolder(t);
  writeImages(join(folder, 'films'), 2);
  const { json } = pithJson(['models']);
  const source = json.models.find((model) => model.default).folder;
  const copy = join(folder, 'mine');
  mkdirSync(copy);
  const manifest = JSON.parse(readFileSync(join(source, 'manifest.json'), 'utf8'));
  copyFileSync(join(source, 'manifest.json'), join(copy, 'manifest.json'));
  copyFileSync(join(source, manifest.file), join(copy, manifest.file));
  const extract = (name, words) => pith(['extract', join(folder, 'films'), '-o', join(folder, name), '--seed', '1', ...words]);
  assert.equal(extract('a.pith', []).code, 0);
  assert.equal(extract('b.pith', ['--model', copy]).code, 0);
  assert.equal(extract('c.pith', ['--model', join(copy, manifest.file)]).code, 0);
  assert.ok(readFileSync(join(folder, 'a.pith')).equals(readFileSync(join(folder, 'b.pith'))));
  assert.ok(readFileSync(join(folder, 'a.pith')).equals(readFileSync(join(folder, 'c.pith'))));
  const bytes = readFileSync(join(copy, manifest.file));
  bytes[bytes.length >> 1] ^= 1;
  chmodSync(join(copy, manifest.file), 0o644);
  writeFileSync(join(copy, manifest.file), bytes);
  const changed = extract('d.pith', ['--model', copy]);
  assert.equal(changed.code, 1);
  assert.match(changed.err, /\[weightsMismatch\]/);
  assert.ok(!existsSync(join(folder, 'd.pith')));
});

// A bare root without /dev/pts has script(1) but no terminal to give.
const hasTerminal = spawnSync('/usr/bin/script', ['-qec', 'true', '/dev/null']).status === 0;
test('a terminal sees one line that is redrawn', { skip: hasTerminal ? false : 'no pseudo-terminal can be made here' }, (t) => {
  const folder = temporaryFolder(t);
  writeManyImages(join(folder, 'films'), 150);
  const words = [binary, 'extract', join(folder, 'films'), '--jobs', '1', '-o', join(folder, 'o.pith')];
  const run = spawnSync('/usr/bin/script', ['-qec', words.join(' '), '/dev/null'],
    { encoding: 'utf8', env: { ...process.env, TERM: 'xterm' } });
  assert.equal(run.status, 0, run.stdout);
  assert.match(run.stdout, /\r\u001b\[K\[#*\.+\] \d+\/150 +[\d.]+ images\/s +[\d.:]+( s)? left/);
  assert.ok(!run.stdout.includes('encoded '));
  // The bar is taken away before the result is printed.
  assert.match(run.stdout, /\r\u001b\[KWrote /);
});

// 1,000 here, so that everybody can run it; PITH_MANY_IMAGES=10000 for the size of a real study.
test('many files in one run', (t) => {
  const count = Number(process.env.PITH_MANY_IMAGES ?? 1000);
  const folder = temporaryFolder(t);
  writeManyImages(join(folder, 'films'), count);
  const run = pithJson(['extract', join(folder, 'films'), '-o', join(folder, 'o.pith')]);
  assert.equal(run.code, 0);
  assert.equal(run.json.records, count);
  if (run.json.seconds > 2) assert.match(run.err, /^encoded \d+\/\d+ /m);
  t.diagnostic(`${count} files in ${run.json.seconds.toFixed(1)} s, ${Math.round(count / run.json.seconds)} images/s`);
});

test('what was saved is stored where the user asks for it, and nothing else of the files', (t) => {
  const folder = temporaryFolder(t);
  const paths = writeImages(join(folder, 'films'), 3);
  const out = join(folder, 'o.pith');
  assert.equal(pith(['extract', join(folder, 'films'), '-o', out]).code, 0);
  assert.equal(pithJson(['describe', out]).json.savings, null);
  assert.equal(pith(['extract', join(folder, 'films'), '-o', out, '--savings', '--compress', 'zstd', '--type', 'bf16', '--force']).code, 0);
  const { savings, features } = pithJson(['describe', out]).json;
  assert.equal(savings.originalCount, 3);
  assert.equal(savings.originalBytes, paths.reduce((sum, path) => sum + statSync(path).size, 0));
  assert.ok(savings.encodingSeconds > 0);
  assert.equal(features[0].type, 'bf16');
  assert.match(pith(['stats', out]).out, /3 image files/);
});

test('texts that cannot be stored are found before anything is encoded', (t) => {
  const folder = temporaryFolder(t);
  const films = join(folder, 'films');
  const out = join(folder, 'o.pith');
  writeImages(films, 2);
  const csv = join(folder, 'table.csv');
  writeFileSync(csv, 'file,Edema,Pneumonia,remark\nfilm0,1,0,fine\nfilm1,0,1,"a\u0001b"\n');
  const table = ['--labels', csv, '--id-column', 'file'];
  const refuse = (words, pattern) => {
    const run = pithJson(['extract', films, '-o', out, ...words]);
    assert.equal(run.code, 2, run.err);
    assert.match(run.err, pattern);
    assert.match(`${run.json.error.what}: ${run.json.error.detail}`, pattern);
    assert.ok(run.json.error.advice.length > 10);
    assert.doesNotMatch(run.err, /Encoding|[\u0001\u001b]/);
    assert.ok(!existsSync(out));
  };
  refuse(['--title', 'a\u0001'], /the title holds .* control characters; TAB and LF are allowed/);
  refuse([...table, '--label-columns', 'Edema', '--multi-label', 'Edema=Edema,Pneumonia'], /"Edema" is stored already/);
  refuse([...table, '--multi-label', 'x=Edema', '--multi-label', 'x=Pneumonia'], /"x" is stored already/);
  refuse([...table, '--label-columns', 'remark'], /a category holds/);
  refuse([...table, '--label-columns', 'remark', '--column-type', 'remark=text'], /The labels of ".*film1\.pgm" cannot be stored/);
  writeFileSync(join(films, 'film\u001b[2J.pgm'), pgm(3));
  refuse(['--keep-names'], /The name of ".*film\uFFFD\[2J\.pgm" cannot be kept/);
  assert.equal(pith(['extract', films, '-o', out]).code, 0);
});

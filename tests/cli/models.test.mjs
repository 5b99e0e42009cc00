// SPDX-License-Identifier: Apache-2.0
// `pith models`: packages come and go, whole or not at all, from files, folders and a real server on this machine.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { spawn } from 'node:child_process';
import { convolutionsFile } from '../browser/onnx_file.mjs';
import { binary, parseCsv, pith, pithJson, repository, temporaryFolder, writeImages } from './helper.mjs';

const modelFolder = join(repository, 'models/pith-cxr-1');
const model = readFileSync(join(modelFolder, 'model.onnx'));
const { recipe } = JSON.parse(readFileSync(join(modelFolder, 'manifest.json'), 'utf8'));
const sha256 = createHash('sha256').update(model).digest('hex');

/** A home of its own for the test's packages, and a recipe file. */
function makeHome(t) {
  const home = temporaryFolder(t);
  const recipeFile = join(home, 'recipe.json');
  writeFileSync(recipeFile, JSON.stringify(recipe));
  const env = { ...process.env, XDG_CACHE_HOME: home };
  delete env.PITH_MODELS;
  return { home, packages: join(home, 'pith/models'), recipeFile, options: { env } };
}

/** The same as pith(), while this process serves. */
function pithAsync(words, options) {
  return new Promise((resolve) => {
    const child = spawn(binary, words, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stdout.on('data', (data) => { out += data; });
    child.stderr.on('data', (data) => { err += data; });
    child.on('close', (code) => resolve({ code, out, err }));
  });
}

/**
 * A server of `bytes`; `cutAfter` closes the first connection so early, `holdAfter` leaves it open until `goOn` is called.
 * @returns {{address, ranges: string[], urls: string[], asked: Promise, goOn: function}}
 */
async function serve(t, bytes, { cutAfter = null, holdAfter = null } = {}) {
  const [ranges, urls] = [[], []];
  let [goOn, noteAsked] = [() => {}, () => {}];
  const asked = new Promise((resolve) => { noteAsked = resolve; });
  const server = createServer((request, response) => {
    if (!request.url.startsWith('/net.onnx')) { response.writeHead(404).end(); return; }
    ranges.push(request.headers.range ?? 'whole');
    urls.push(request.url);
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    if (from >= bytes.length) { response.writeHead(416).end(); return; }
    response.writeHead(from > 0 ? 206 : 200, { 'Content-Length': bytes.length - from, 'Accept-Ranges': 'bytes',
      ...(from > 0 && { 'Content-Range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }) });
    if (cutAfter !== null && ranges.length === 1) response.write(bytes.subarray(from, from + cutAfter), () => setTimeout(() => response.destroy(), 50));
    else if (holdAfter !== null && ranges.length === 1) {
      goOn = () => response.end(bytes.subarray(from + holdAfter));
      response.write(bytes.subarray(from, from + holdAfter), noteAsked);
    } else response.end(bytes.subarray(from));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => { server.closeAllConnections(); server.close(); });
  return { address: `http://127.0.0.1:${server.address().port}/net.onnx`, ranges, urls, asked, goOn: () => goOn() };
}

test('a file becomes a package that extract can use by name, is verified and removed', (t) => {
  const { home, packages, recipeFile, options } = makeHome(t);
  const added = pithJson(['models', 'add', join(modelFolder, 'model.onnx'), '--recipe', recipeFile, '--name', 'mine'], options);
  assert.equal(added.code, 0, added.err);
  assert.equal(added.json.features, 512);
  assert.equal(added.json.sha256, sha256);
  assert.deepEqual(readdirSync(packages), ['mine']);
  const images = join(home, 'films');
  writeImages(images, 2);
  const run = pithJson(['extract', images, '--model', 'mine', '-o', join(home, 'films.pith')], options);
  assert.equal(run.code, 0, run.err);
  assert.equal(pith(['models', 'verify', 'mine'], options).code, 0);
  const file = join(packages, 'mine/model.onnx');
  const damaged = readFileSync(file);
  damaged[1000] ^= 1;
  writeFileSync(file, damaged);
  const verified = pithJson(['models', 'verify', 'mine'], options);
  assert.equal(verified.code, 1);
  assert.equal(verified.json.models[0].error.code, 'weightsMismatch');
  assert.notEqual(pith(['extract', images, '--model', 'mine', '-o', join(home, 'more.pith')], options).code, 0);
  assert.equal(pith(['models', 'remove', 'mine'], options).code, 0);
  assert.deepEqual(readdirSync(packages), []);
});

test('a package travels on a stick: added to a folder, used from it, copied from it', (t) => {
  const { home, packages, recipeFile, options } = makeHome(t);
  const stick = join(home, 'stick');
  assert.equal(pith(['models', 'add', join(modelFolder, 'model.onnx'), '--recipe', recipeFile, '--name', 'net', '--to', stick], options).code, 0);
  const found = pithJson(['models', 'list'], { env: { ...options.env, PITH_MODELS: stick } });
  assert.ok(found.json.models.some(({ name }) => name === 'net'));
  assert.equal(pith(['models', 'add', join(stick, 'net')], options).code, 0);
  assert.deepEqual(readFileSync(join(packages, 'net/model.onnx')), model);
  const again = pith(['models', 'add', join(stick, 'net')], options);
  assert.equal(again.code, 1);
  assert.match(again.err, /--force/);
  assert.equal(pith(['models', 'add', join(stick, 'net'), '--force'], options).code, 0);
  assert.deepEqual(readdirSync(packages), ['net']);
});

test('a download that breaks off goes on where it stopped, and is checked before it is used', async (t) => {
  const { packages, recipeFile, options } = makeHome(t);
  const server = await serve(t, model, { cutAfter: 1_000_000 });
  const words = ['models', 'add', server.address, '--sha256', sha256, '--recipe', recipeFile, '--json'];
  const first = await pithAsync(words, options);
  const second = first.code === 0 ? first : await pithAsync(words, options);
  assert.equal(second.code, 0, second.err);
  assert.equal(server.ranges[0], 'whole');
  const resumed = server.ranges.slice(1).map((range) => Number(/bytes=(\d+)-/.exec(range)?.[1] ?? 0));
  assert.ok(resumed.some((from) => from > 0 && from <= 1_000_000), `asked for ${server.ranges}`);
  assert.deepEqual(readFileSync(join(packages, 'net/model.onnx')), model);
  assert.deepEqual(readdirSync(packages), ['net']);
});

test('two downloads of one model do not write into each other\'s file', async (t) => {
  const { packages, recipeFile, options } = makeHome(t);
  const server = await serve(t, model, { holdAfter: 100_000 });
  const words = ['models', 'add', server.address, '--sha256', sha256, '--recipe', recipeFile, '--json'];
  const first = pithAsync(words, options);
  await server.asked;
  const second = await pithAsync(words, options);
  assert.equal(second.code, 1);
  assert.match(second.out + second.err, /another `pith` is fetching it/);
  server.goOn();
  const { code, err } = await first;
  assert.equal(code, 0, err);
  assert.deepEqual(server.ranges, ['whole']);
  assert.deepEqual(readFileSync(join(packages, 'net/model.onnx')), model);
});

test('a polite kill ends a download at once, and the next one goes on', async (t) => {
  const { packages, recipeFile, options } = makeHome(t);
  const server = await serve(t, model, { holdAfter: 100_000 });
  const words = ['models', 'add', server.address, '--sha256', sha256, '--recipe', recipeFile];
  const child = spawn(binary, words, { ...options, stdio: 'ignore' });
  const ended = new Promise((resolve) => child.on('close', resolve));
  await server.asked;
  child.kill('SIGTERM');
  const late = setTimeout(() => server.goOn(), 20_000);  // so that a program that waits for the server fails this test
  assert.equal(await ended, 143);
  clearTimeout(late);
  assert.deepEqual(server.ranges, ['whole']);
  const again = await pithAsync(words, options);
  assert.equal(again.code, 0, again.err);
  assert.deepEqual(readdirSync(packages), ['net']);
});

test('what is too large to be the model does not stand in the way of the next try', async (t) => {
  const { packages, recipeFile, options } = makeHome(t);
  const server = await serve(t, model);
  const part = join(packages, `.download-${sha256.slice(0, 16)}.part`);
  mkdirSync(packages, { recursive: true });
  writeFileSync(part, '');
  truncateSync(part, 2 ** 31 + 1);  // takes no room
  const words = ['models', 'add', server.address, '--sha256', sha256, '--recipe', recipeFile];
  const refused = await pithAsync(words, options);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /larger than it must be/);
  const again = await pithAsync(words, options);
  assert.equal(again.code, 0, again.err);
  assert.deepEqual(readdirSync(packages), ['net']);
});

test('an address is taken as it is written', async (t) => {
  const { recipeFile, options } = makeHome(t);
  const server = await serve(t, model);
  const run = await pithAsync(['models', 'add', `${server.address}?of={a}[1-2]`, '--sha256', sha256, '--recipe', recipeFile], options);
  assert.equal(run.code, 0, run.err);
  assert.deepEqual(server.urls, ['/net.onnx?of={a}[1-2]']);
});

test('what arrives with another hash is thrown away and never used', async (t) => {
  const { packages, recipeFile, options } = makeHome(t);
  const wrong = Buffer.from(model);
  wrong[5000] ^= 1;
  const server = await serve(t, wrong);
  const run = await pithAsync(['models', 'add', server.address, '--sha256', sha256, '--recipe', recipeFile, '--json'], options);
  assert.equal(run.code, 1);
  assert.match(run.out + run.err, /weightsMismatch/);
  assert.deepEqual(readdirSync(packages), []);
});

test('a SHA-256 that is asked for is compared, in capitals or not, whatever is added', async (t) => {
  const { home, packages, recipeFile, options } = makeHome(t);
  const server = await serve(t, model);
  const capitals = sha256.toUpperCase();
  const run = await pithAsync(['models', 'add', server.address, '--sha256', capitals, '--recipe', recipeFile], options);
  assert.equal(run.code, 0, run.err);
  const file = ['models', 'add', join(modelFolder, 'model.onnx'), '--recipe', recipeFile, '--name', 'mine'];
  const other = createHash('sha256').update('another model').digest('hex');
  for (const words of [file, ['models', 'add', modelFolder], ['models', 'add', 'resnet50-v1']]) {
    const refused = pith([...words, '--sha256', other], options);
    assert.equal(refused.code, 1, words[2]);
    assert.match(refused.err, /\[weightsMismatch\]/);
    assert.ok(refused.err.includes(`${other} was asked for`));
    assert.doesNotMatch(refused.err, /Fetching/);
  }
  assert.deepEqual(readdirSync(packages), ['net']);
  assert.match(pith([...file, '--sha256', sha256.slice(1)], options).err, /64 hexadecimal digits are allowed/);
  assert.equal(pith([...file, '--sha256', capitals], options).code, 0);
  assert.equal(pith(['models', 'add', modelFolder, '--sha256', capitals, '--to', join(home, 'stick')], options).code, 0);
});

test('what a package says itself cannot be said of it', (t) => {
  const { packages, recipeFile, options } = makeHome(t);
  for (const what of [modelFolder, 'resnet50-v1']) {
    for (const [option, word] of [['--name', 'mine'], ['--recipe', recipeFile], ['--tap', 'features.act'], ['--licence', 'MIT']]) {
      const run = pith(['models', 'add', what, option, word], options);
      assert.equal(run.code, 2, run.err);
      assert.match(run.err, new RegExp(`${option} is for a model file or an address`));
    }
  }
  assert.ok(!existsSync(packages));
});

test('a package that cannot be used does not take the place of one that can', (t) => {
  const { home, packages, recipeFile, options } = makeHome(t);
  assert.equal(pith(['models', 'add', join(modelFolder, 'model.onnx'), '--recipe', recipeFile, '--name', 'net'], options).code, 0);
  const folder = join(home, 'package');
  cpSync(join(packages, 'net'), folder, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ ...manifest, featureCount: 255 }));
  const wrong = pith(['models', 'add', folder, '--force'], options);
  assert.equal(wrong.code, 1);
  assert.match(wrong.err, /its manifest states 255/);
  assert.deepEqual(readdirSync(packages), ['net']);
  assert.equal(pith(['models', 'verify', 'net'], options).code, 0);
});

test('addresses without a hash, other schemes, missing files and servers that are away are refused with a reason', async (t) => {
  const { packages, recipeFile, options } = makeHome(t);
  const server = await serve(t, model);
  const add = (what, ...more) => pithAsync(['models', 'add', what, '--recipe', recipeFile, ...more], options);
  assert.match((await add(server.address)).err, /--sha256/);
  const missing = await add(server.address.replace('net.onnx', 'other.onnx'), '--sha256', sha256);
  assert.equal(missing.code, 1);
  assert.match(missing.err, /refused/);
  const away = await add('http://127.0.0.1:9/net.onnx', '--sha256', sha256);
  assert.equal(away.code, 1);
  assert.match(away.err, /does not answer/);
  assert.equal((await add('ftp://127.0.0.1/net.onnx', '--sha256', sha256)).code, 2);
  assert.ok(!existsSync(packages) || readdirSync(packages).every((name) => name.startsWith('.')));
});

test('a file that is no network leaves no package behind', (t) => {
  const { home, packages, recipeFile, options } = makeHome(t);
  const file = join(home, 'no.onnx');
  writeFileSync(file, 'no network');
  const run = pith(['models', 'add', file, '--recipe', recipeFile], options);
  assert.equal(run.code, 1);
  assert.match(run.err, /corruptModel/);
  assert.ok(!existsSync(packages) || readdirSync(packages).length === 0);
  const folder = join(home, 'package');
  cpSync(modelFolder, folder, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ ...manifest, featureCount: 255 }));
  const wrong = pith(['models', 'add', folder], options);
  assert.equal(wrong.code, 1);
  assert.match(wrong.err, /255/);
  assert.deepEqual(readdirSync(packages), []);
});

test('a model is what its bytes say, whatever its file is called', (t) => {
  const { home, packages, recipeFile, options } = makeHome(t);
  const file = join(home, 'net.bin');
  cpSync(join(repository, 'tests/data/tflite/int8.tflite'), file);
  writeFileSync(recipeFile, JSON.stringify({ size: [16, 16], scale: 1, mean: [0, 0, 0], std: [1, 1, 1] }));
  const added = pith(['models', 'add', file, '--recipe', recipeFile], options);
  assert.equal(added.code, 0, added.err);
  assert.deepEqual(readdirSync(join(packages, 'net')).sort(), ['manifest.json', 'model.tflite']);
  const compact = pith(['models', 'compact', 'net'], options);
  assert.equal(compact.code, 2);
  assert.match(compact.err, /it is a TensorFlow Lite file/);
});

test('inspect shows the taps of the repository\'s encoder and marks the one that is taken', () => {
  const { code, json } = pithJson(['models', 'inspect', 'pith-cxr-1']);
  assert.equal(code, 0);
  const chosen = json.taps.filter(({ chosen: is }) => is);
  assert.equal(chosen.length, 1);
  assert.equal(chosen[0].shape.at(-1), 512);
  assert.match(pith(['models', 'inspect', 'pith-cxr-1']).out, /far more of the picture/);
});

test('inspect takes the size that a file declares, and says why no tap is found', () => {
  const small = join(repository, 'tests/data/onnx/attention.onnx');
  const { code, json } = pithJson(['models', 'inspect', small]);
  assert.equal(code, 0);
  assert.deepEqual(json.input, { height: 8, width: 8, channels: 3 });
  assert.equal(json.assumedSize, false);
  assert.deepEqual(json.taps.find(({ chosen }) => chosen).shape, [5, 4]);
  const open = join(repository, 'tests/data/onnx/shapes.onnx');
  const other = pithJson(['models', 'inspect', open]).json;
  assert.deepEqual(other.input, { height: null, width: null, channels: 3 });
  assert.equal(other.assumedSize, true);
  assert.ok(other.taps.length > 0 && !other.taps.some(({ chosen }) => chosen));
  const { out } = pith(['models', 'inspect', open]);
  assert.match(out, /No tap is found by itself \(Unsqueeze node/);
  assert.match(out, /leaves its size open/);
});

test('every entry of the registry is pinned, and by what the publisher published', (t) => {
  const { models } = JSON.parse(readFileSync(join(repository, 'models/registry.json'), 'utf8'));
  assert.equal(pithJson(['models', 'list']).json.available.length, models.length);
  const pins = join(repository, '../shared/data/pins');
  if (!existsSync(pins)) { t.diagnostic('the shared data are not beside this clone: hashes were not compared'); return; }
  const published = ['asked-for', 'onnx-models-vision-classification'].flatMap((name) => JSON.parse(readFileSync(join(pins, `${name}.json`), 'utf8')).files);
  for (const { url, manifest } of models) {
    const pin = published.find(({ path }) => url.endsWith(path));
    assert.ok(pin, url);
    assert.equal(manifest.sha256, pin.sha256, url);
    assert.equal(manifest.sizeBytes, pin.size, url);
  }
});

test('a name of the registry that is not here yet says how to fetch it', (t) => {
  const { home, options } = makeHome(t);
  mkdirSync(join(home, 'films'));
  writeImages(join(home, 'films'), 1);
  const run = pith(['extract', join(home, 'films'), '--model', 'resnet50-v1', '-o', join(home, 'a.pith')], options);
  assert.equal(run.code, 2);
  assert.match(run.err, /pith models add resnet50-v1/);
});

/** Features by the name of their picture, as `pith extract` makes them with a model. */
function featuresBy(name, films, home, options) {
  const container = join(home, `${name}.pith`);
  assert.equal(pith(['extract', films, '--model', name, '--type', 'f32', '--keep-names', '-o', container], options).code, 0);
  for (const format of ['npy', 'csv']) assert.equal(pith(['export', container, '--to', format, '-o', `${container}.${format}`], options).code, 0);
  const npy = readFileSync(`${container}.npy`);
  const start = 10 + npy.readUInt16LE(8);
  const values = new Float32Array(npy.buffer.slice(npy.byteOffset + start, npy.byteOffset + npy.length));
  const rows = parseCsv(readFileSync(`${container}.csv`, 'utf8'));
  const width = values.length / rows.length;
  return new Map(rows.map((row, i) => [row.name, values.subarray(i * width, (i + 1) * width)]));
}

test('a package is made smaller, says what that costs, and is not made smaller twice', (t) => {
  const { home, packages, recipeFile, options } = makeHome(t);
  const films = join(home, 'films');
  mkdirSync(films);
  writeImages(films, 6);
  const original = convolutionsFile([1, 64, 128]);
  writeFileSync(join(home, 'net.onnx'), original);
  assert.equal(pith(['models', 'add', join(home, 'net.onnx'), '--recipe', recipeFile], options).code, 0);
  const exact = featuresBy('net', films, home, options);
  for (const [weights, times, atMost] of [['f16', 1.8, 2e-3], ['i8', 3, 3e-2]]) {
    const { code, json } = pithJson(['models', 'compact', 'net', '--weights', weights], options);
    assert.equal(code, 0);
    const bytes = readFileSync(join(packages, `net-${weights}`, 'model.onnx'));
    assert.ok(original.length / bytes.length > times, `${original.length} bytes became ${bytes.length}`);
    const from = createHash('sha256').update(original).digest('hex');
    assert.deepEqual([json.name, json.compaction.from, json.compaction.weights], [`net-${weights}`, from, weights]);
    assert.equal(json.sha256, createHash('sha256').update(bytes).digest('hex'));
    assert.equal(pith(['models', 'verify', json.name], options).code, 0);
    assert.ok(json.compaction.relativeError > 1e-6 && json.compaction.relativeError < atMost, String(json.compaction.relativeError));
    const narrowed = featuresBy(json.name, films, home, options);
    for (const [name, features] of exact) {
      const distance = Math.hypot(...features.map((value, i) => value - narrowed.get(name)[i])) / Math.hypot(...features);
      assert.ok(distance > 0 && distance < 4 * json.compaction.relativeError, `${name}: ${distance}`);
    }
    const again = pith(['models', 'compact', json.name], options);
    assert.equal(again.code, 2);
    assert.match(again.err, /would lose again/);
  }
});

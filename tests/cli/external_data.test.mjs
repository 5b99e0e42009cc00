// SPDX-License-Identifier: Apache-2.0
// ONNX models that keep their weights in files beside them: read where they lie, covered by the model's SHA-256.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pith, pithJson, temporaryFolder, writeImages } from './helper.mjs';

const varint = (n) => { const bytes = []; for (; n > 127; n = Math.floor(n / 128)) bytes.push(n % 128 + 128); return Buffer.from([...bytes, n]); };
const whole = (field, n) => Buffer.concat([varint(field * 8), varint(n)]);
const part = (field, ...content) => {
  const bytes = Buffer.concat(content.map((c) => Buffer.from(c)));
  return Buffer.concat([varint(field * 8 + 2), varint(bytes.length), bytes]);
};
const value = (field, name, shape) => part(field, part(1, name),
  part(2, part(1, whole(1, 1), part(2, ...shape.map((extent) => part(1, whole(1, extent)))))));
const node = (type, inputs, output) => part(1, ...inputs.map((name) => part(1, name)), part(2, output), part(4, type));

const weights = Buffer.from(Float32Array.from({ length: 15 }, (_, i) => (i * 7 % 11) / 4 - 1).buffer);

/** Colours become five channels, whose means are the features. @param weightsAt  a file's name, or null for weights inside */
function network(weightsAt) {
  const place = weightsAt === null ? [part(9, weights)]
    : [...Object.entries({ location: weightsAt, offset: '4', length: '60' }).map(([key, text]) => part(13, part(1, key), part(2, text))), whole(14, 1)];
  const tensor = part(5, whole(1, 5), whole(1, 3), whole(1, 1), whole(1, 1), whole(2, 1), part(8, 'w'), ...place);
  const graph = part(7, node('Conv', ['x', 'w'], 'map'), node('GlobalAveragePool', ['map'], 'pooled'), node('Flatten', ['pooled'], 'y'),
    part(2, 'net'), tensor, value(11, 'x', [1, 3, 16, 16]), value(12, 'y', [1, 5]));
  return Buffer.concat([whole(1, 8), graph, part(8, part(1, ''), whole(2, 13))]);
}

const recipe = { size: [16, 16], channels: 'rgb', scale: 1, mean: [0, 0, 0], std: [1, 1, 1] };
const hash = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest();

/** A folder with pictures, a recipe, and a model whose weights are in `net.data`. */
function makeModel(t) {
  const folder = temporaryFolder(t);
  const images = join(folder, 'films');
  writeImages(images, 3);
  const model = join(folder, 'model', 'net.onnx');
  mkdirSync(join(folder, 'model'));
  const data = Buffer.concat([Buffer.from([9, 9, 9, 9]), weights]);
  writeFileSync(model, network('net.data'));
  writeFileSync(join(folder, 'model/net.data'), data);
  writeFileSync(join(folder, 'recipe.json'), JSON.stringify(recipe));
  const extract = (file, to) => pith(['extract', images, '--model', file, '--recipe', join(folder, 'recipe.json'), '-o', join(folder, to)]);
  return { folder, model, data, extract };
}

const sha256Of = (file) => pithJson(['describe', file]).json.encoders[0].modelSha256;
/** The rows of a container's features, in an order of their own: records are shuffled. */
function featuresOf(folder, file) {
  const run = pith(['export', join(folder, file), '--to', 'npy', '-o', join(folder, `${file}.npy`)]);
  assert.equal(run.code, 0, run.err);
  const bytes = readFileSync(join(folder, `${file}.npy`));
  const rows = bytes.subarray(10 + bytes.readUInt16LE(8));
  assert.equal(rows.length, 3 * 5 * 2);  // half floats
  return [0, 10, 20].map((from) => rows.subarray(from, from + 10).toString('hex')).sort();
}

test('weights beside a model give what weights inside give, and its SHA-256 covers them', (t) => {
  const { folder, model, data, extract } = makeModel(t);
  writeFileSync(join(folder, 'whole.onnx'), network(null));
  for (const [file, to] of [[model, 'apart.pith'], [join(folder, 'whole.onnx'), 'whole.pith']]) {
    const run = extract(file, to);
    assert.equal(run.code, 0, run.err);
  }
  assert.deepEqual(featuresOf(folder, 'apart.pith'), featuresOf(folder, 'whole.pith'));
  assert.equal(sha256Of(join(folder, 'whole.pith')), hash(network(null)).toString('hex'));
  assert.equal(sha256Of(join(folder, 'apart.pith')), hash(hash(network('net.data')), hash(data)).toString('hex'));
  const probe = (file) => pith(['probe', join(folder, 'apart.pith'), '--model', file]);
  assert.equal(probe(model).code, 0, probe(model).err);
  // As caches of models keep them: links under the names that the model says.
  mkdirSync(join(folder, 'links'));
  symlinkSync(model, join(folder, 'links/net.onnx'));
  symlinkSync(join(folder, 'model/net.data'), join(folder, 'links/net.data'));
  assert.equal(probe(join(folder, 'links/net.onnx')).code, 0);
  assert.equal(pithJson(['models', 'inspect', model, '--recipe', join(folder, 'recipe.json')]).json.taps[0].chosen, true);
  data[0] ^= 1;  // no weight, and another file all the same
  writeFileSync(join(folder, 'model/net.data'), data);
  assert.equal(probe(model).code, 2);
});

test('weights that are not there, or elsewhere, are refused with what to do', (t) => {
  const { folder, model, extract } = makeModel(t);
  writeFileSync(join(folder, 'secret.data'), Buffer.alloc(64));
  for (const location of ['../secret.data', join(folder, 'secret.data'), '..', '']) {
    writeFileSync(model, network(location));
    const run = extract(model, 'none.pith');
    assert.equal(run.code, 1, location);
    assert.match(run.err, /corruptModel/, location);
  }
  writeFileSync(model, network('net.data'));
  rmSync(join(folder, 'model/net.data'));
  const missing = extract(model, 'none.pith');
  assert.equal(missing.code, 1);
  assert.match(missing.err, /readFailed.*"net\.data", which must lie in the model's folder/s);
});

test('a package has its weights inside', (t) => {
  const { folder, model } = makeModel(t);
  const added = pith(['models', 'add', model, '--recipe', join(folder, 'recipe.json'), '--to', join(folder, 'packages')]);
  assert.equal(added.code, 2);
  assert.match(added.err, /"net\.data"; a package has them in the model file/);
  assert.match(added.err, /onnx\.save/);
});

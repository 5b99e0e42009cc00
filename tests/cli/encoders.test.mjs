// SPDX-License-Identifier: Apache-2.0
// Several taps and models in one pass, poolings, and the parity probe.
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { convolutionsFile } from '../browser/onnx_file.mjs';
import { pith, pithJson, repository, temporaryFolder, writeImages } from './helper.mjs';

const packageFolder = join(repository, 'models/pith-cxr-1');
const manifest = JSON.parse(readFileSync(join(packageFolder, 'manifest.json'), 'utf8'));

/** Encodes two pictures and answers what --json said. */
function extract(t, words) {
  const folder = temporaryFolder(t);
  writeImages(folder, 2);
  const out = join(folder, 'o.pith');
  const run = pithJson(['extract', folder, '-o', out, '--seed', '1', ...words]);
  assert.equal(run.code, 0, run.err + run.out);
  return { ...run, folder, file: out };
}

test('taps of one model and a second model become blocks of one file', (t) => {
  const { json, file } = extract(t, ['--tap', ':avg+max', '--tap', 'block8a.act', '--model', packageFolder, '--tap', 'block16b.act:gem=2']);
  // Before the first --model everything is said of it.
  assert.deepEqual(
    json.blocks.map((block) => [block.name, block.features, block.encoder.tap, block.encoder.pooling]),
    [
      ['pith-cxr-1', 1024, manifest.tap || 'features.act', 'averageAndMaximum'],
      ['pith-cxr-1-2', 48, 'block8a.act', 'average'],
      ['pith-cxr-1-3', 112, 'block16b.act', 'generalizedMean'],
    ],
  );
  assert.equal(pith(['verify', file]).code, 0);
});

test('a second --model begins a second encoder', (t) => {
  const { json } = extract(t, ['--model', packageFolder, '--tap', 'block8a.act', '--model', packageFolder]);
  assert.deepEqual(json.blocks.map((block) => block.features), [48, 512]);
});

test('blocks have different names, also where a model is called as the number of another', (t) => {
  const folder = temporaryFolder(t);
  const recipe = join(folder, 'recipe.json');
  writeFileSync(recipe, JSON.stringify(manifest.recipe));
  const words = ['m', 'm', 'm-2'].flatMap((name) => {
    const model = join(folder, `${name}.onnx`);
    writeFileSync(model, convolutionsFile([1, 8, 8]));
    return ['--model', model, '--recipe', recipe];
  });
  const { json, file } = extract(t, words);
  assert.deepEqual(json.blocks.map(({ name }) => name), ['m', 'm-2', 'm-2-2']);
  assert.equal(pith(['verify', file]).code, 0);
});

test('a name may hold colons, and a pooling that is none is part of it', (t) => {
  const folder = temporaryFolder(t);
  writeImages(folder, 1);
  const words = (tap) => ['extract', folder, '-o', join(folder, 'o.pith'), '--tap', tap];
  assert.match(pith(words('features:0')).err, /no tensor 'features:0'/);
  const [net, recipe] = [join(folder, 'net.onnx'), join(folder, 'recipe.json')];
  writeFileSync(net, convolutionsFile([1, 8, 8]));
  writeFileSync(recipe, JSON.stringify(manifest.recipe));
  assert.match(pith([...words('scores:max'), '--model', net, '--recipe', recipe]).err, /only pooling none is allowed/);
  assert.match(pith(words('features.act:cls')).err, /needs tokens/);
  const power = pith(words('features.act:gem=0'));
  assert.equal(power.code, 2);
  assert.match(power.err, /above 0/);
  assert.match(pith([...words('block8a.act'), '--tap', 'block8a.act']).err, /twice/);
});

test('a grid is kept only with a word about what it keeps', (t) => {
  const { err, json } = extract(t, ['--tap', ':none']);
  assert.equal(json.blocks[0].features, 7 * 7 * 512);
  assert.match(err, /keeps far more of the picture/);
  assert.doesNotMatch(extract(t, []).err, /keeps far more/);
});

test('the probe is the same to the bit on the machine that wrote it, and tells another recipe apart', (t) => {
  const { file, folder } = extract(t, ['--tap', ':max', '--tap', 'block8a.act']);
  const same = pithJson(['probe', file]);
  assert.equal(same.code, 0, same.err);
  assert.deepEqual(same.json.blocks.map((block) => block.match), ['bitEqual', 'bitEqual']);
  assert.match(pith(['probe', file]).out, /the same to the bit/);

  // A model that is at hand under no name that is searched.
  const nowhere = { env: { ...process.env, PITH_MODELS: folder } };
  const model = join(folder, 'copy.bin');
  copyFileSync(join(packageFolder, manifest.file), model);
  assert.equal(pithJson(['probe', file, '--model', model], nowhere).code, 0);
  writeFileSync(model, 'another model');
  assert.equal(pith(['probe', file, '--model', join(folder, 'missing.onnx')]).code, 2);
});

test('what prevents the comparison of a probe is no difference', (t) => {
  const folder = temporaryFolder(t);
  const [net, recipe] = [join(folder, 'net.onnx'), join(folder, 'recipe.json')];
  writeFileSync(net, convolutionsFile([1, 8, 8]));
  writeFileSync(recipe, JSON.stringify(manifest.recipe));
  const { file } = extract(t, ['--model', net, '--recipe', recipe]);
  assert.equal(pith(['probe', file, '--model', net]).code, 0);
  const cut = join(folder, 'cut.pith');
  writeFileSync(cut, readFileSync(file).subarray(0, 1000));
  const without = join(repository, 'spec/vectors/valid/002-one-record-f16.pith');
  for (const [path, pattern] of [[file, /The model "net" was not found/], [without, /the file holds no probe/], [cut, /truncatedContainer/]]) {
    const run = pithJson(['probe', path]);
    assert.equal(run.code, 2, run.err);
    assert.match(run.err, pattern);
    assert.ok(run.json.error.detail);
  }
  assert.match(pith(['probe', '--help']).out, /1: different; 2: nothing could be compared/);
});

// SPDX-License-Identifier: Apache-2.0
// What a new user meets first: help, misspelt words, missing words.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pith, pithJson, temporaryFolder, writeImages } from './helper.mjs';

const verbs = ['extract', 'info', 'describe', 'stats', 'diff', 'find', 'verify', 'keygen', 'sign', 'merge', 'select', 'split', 'edit', 'convert', 'export', 'import', 'models'];

test('every verb explains itself with an example', () => {
  for (const verb of verbs) {
    const { code, out, err } = pith([verb, '--help']);
    assert.equal(code, 0);
    assert.match(out, new RegExp(`Examples?:\\n  pith ${verb}`), verb);
    assert.equal(err, '');
  }
  const { code, out } = pith(['--help']);
  assert.equal(code, 0);
  for (const verb of verbs) assert.ok(out.includes(`\n  ${verb} `), verb);
});

test('the version is one line', () => {
  const { code, out } = pith(['--version']);
  assert.equal(code, 0);
  assert.match(out, /^pith \d+\.\d+\.\d+\n$/);
});

test('no words at all show the help, as an error', () => {
  const { code, out, err } = pith([]);
  assert.equal(code, 2);
  assert.equal(out, '');
  assert.match(err, /pith extract films\//);
});

test('misspelt verbs and options are answered with the nearest', () => {
  const verb = pith(['extarct', 'films']);
  assert.equal(verb.code, 2);
  assert.match(verb.err, /Did you mean `pith extract`\?/);
  const option = pith(['extract', 'films', '-o', 'x.pith', '--lables', 'a.csv']);
  assert.equal(option.code, 2);
  assert.match(option.err, /Did you mean --labels\?/);
  const far = pith(['extract', 'films', '-o', 'x.pith', '--zzzzzzzz']);
  assert.equal(far.code, 2);
  assert.doesNotMatch(far.err, /Did you mean/);
});

test('wrong usage ends with 2 and says what is allowed', (t) => {
  const folder = temporaryFolder(t);
  writeImages(folder, 1);
  const out = join(folder, 'o.pith');
  const cases = [
    [['extract', '-o', out], /PATHS is required/],
    [['extract', folder], /--output is required/],
    [['extract', folder, '-o', out, '--dtype', 'f17'], /f32,f16,bf16,i8,i4/],
    [['extract', folder, '-o', out, '--jobs', '0'], /1 - 512/],
    [['extract', folder, '-o', out, '--seed', 'minus'], /--seed/],
    [['extract', join(folder, 'nowhere'), '-o', out], /is not there/],
    [['extract', folder, '-o', out, '--model', 'resnet-9000'], /There is no model "resnet-9000"/],
    [['extract', folder, '-o', out, '--label-columns', 'age'], /Add --labels FILE\.csv/],
    [['extract', join(folder, 'film0.pgm'), '-o', out, '--label-from-folder'], /no folder to take labels from/],
    [['export', out, '--to', 'hdf5', '-o', 'x'], /npy,npz,safetensors/],
    [['info'], /FILE is required/],
  ];
  for (const [words, pattern] of cases) {
    const run = pith(words);
    assert.equal(run.code, 2, words.join(' '));
    assert.match(run.err, pattern);
    assert.equal(run.out, '');
  }
});

test('a failure is JSON too where JSON was asked for', (t) => {
  const folder = temporaryFolder(t);
  const { code, json, err } = pithJson(['info', join(folder, 'none.pith')]);
  assert.equal(code, 1);
  assert.equal(json.error.code, 'readFailed');
  assert.ok(json.error.detail.length > 0 && json.error.advice.length > 0);
  assert.match(err, /\[readFailed\]/);
});

test('so is wrong usage, whose words are not understood', (t) => {
  const folder = temporaryFolder(t);
  for (const words of [['info'], ['extarct', folder], ['extract', folder, '--lables', 'x'], ['models', 'verify', 'nothing-here'], ['merge', 'a.pith']]) {
    const { code, json, err } = pithJson(words);
    assert.equal(code, 2, words.join(' '));
    assert.equal(json.error.code, 'invalidArgument');
    assert.ok(err.includes(json.error.what));
  }
  // Behind -- it is the name of a file.
  const file = pith(['info', '--', 'a.pith', '--json']);
  assert.deepEqual([file.code, file.out], [2, '']);
});

test('a foreign model needs a recipe, and the error shows one that works', (t) => {
  const folder = temporaryFolder(t);
  writeImages(folder, 1);
  const model = join(folder, 'net.onnx');
  const recipe = join(folder, 'recipe.json');
  writeFileSync(model, 'not a network');
  const without = pith(['extract', folder, '-o', join(folder, 'o.pith'), '--model', model]);
  assert.equal(without.code, 2);
  assert.match(without.err, /--recipe/);
  const example = without.err.match(/\{"size"[^}]*\}/s)[0];
  writeFileSync(recipe, example);
  const words = ['extract', folder, '-o', join(folder, 'o.pith'), '--model', model, '--recipe', recipe];
  const damaged = pith(words);
  assert.equal(damaged.code, 1);
  assert.match(damaged.err, /\[corruptModel\]/);
  writeFileSync(recipe, example.replace('bilinear', 'bilinaer'));
  const misspelt = pith(words);
  assert.equal(misspelt.code, 2);
  assert.match(misspelt.err, /\[invalidRecipe\]/);
});

test('models are listed, the default among them', () => {
  const { code, json } = pithJson(['models']);
  assert.equal(code, 0);
  assert.equal(json.models.filter((model) => model.default).length, 1);
  assert.match(pith(['models']).out, /\(default\)/);
});

test('a manifest that cannot be used is listed with its reason', (t) => {
  const folder = temporaryFolder(t);
  writeImages(join(folder, 'mine'), 0);
  writeFileSync(join(folder, 'mine', 'manifest.json'), '{"name": 7}');
  const { json } = pithJson(['models'], { env: { ...process.env, PITH_MODELS: folder } });
  const broken = json.broken.find((entry) => entry.folder === join(folder, 'mine'));
  assert.equal(broken.error.code, 'invalidManifest');
  for (const words of [['models', 'verify', '--json'], ['models', '--json', 'verify']]) {
    const run = pith(words, { env: { ...process.env, PITH_MODELS: folder } });
    assert.equal(run.code, 1);
    assert.deepEqual(JSON.parse(run.out).broken, [broken]);
  }
});

test('text of a foreign file cannot steer the terminal', (t) => {
  const folder = temporaryFolder(t);
  const { code, err } = pith(['info', join(folder, '\u001b[2Jnone.pith')]);
  assert.equal(code, 1);
  assert.ok(!err.includes('\u001b'));
});

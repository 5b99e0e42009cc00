// SPDX-License-Identifier: Apache-2.0
// Containers become other containers: merge, select, split, edit, convert.
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { describe, hospital, make } from './containers.mjs';
import { namesIn, pith, pithJson, temporaryFolder } from './helper.mjs';

const npy = (path, folder, name) => {
  const out = join(folder, name);
  assert.equal(pith(['export', path, '--to', 'npy', '-o', out]).code, 0);
  return readFileSync(out);
};

test('three hospitals become one file, and each comes out again as it went in', (t) => {
  const folder = temporaryFolder(t);
  const parts = ['north', 'south', 'west'].map((name, i) => hospital(folder, name, { first: 100 * i, films: 10 + i }));
  const all = join(folder, 'all.pith');
  const merged = make(['merge', ...parts, '--title', 'Three hospitals'], all);
  assert.equal(merged.records, 33);
  assert.match(merged.privacy, /not anonymous/);
  const content = describe(all);
  assert.equal(content.dataset.title, 'Three hospitals');
  assert.equal(content.dataset.author, 'Radiology north; Radiology south; Radiology west');
  assert.equal(content.dataset.licence, 'CC-BY-4.0');
  assert.match(content.dataset.notes, /Merged from "south films": 11 records/);
  assert.equal(content.groupings[0].groupCount, parts.reduce((sum, part) => sum + describe(part).groupings[0].groupCount, 0));
  parts.forEach((part, i) => {
    const ids = join(folder, `ids${i}.txt`);
    writeFileSync(ids, describe(part).records.map(({ id }) => `${id}\r\n`).join(''));
    const back = join(folder, `back${i}.pith`);
    make(['select', all, '--ids', ids], back);
    assert.ok(npy(part, folder, `p${i}.npy`).equals(npy(back, folder, `b${i}.npy`)), 'features');
    assert.deepEqual(describe(back).records, describe(part).records);
  });
});

test('merging refuses what would be wrong, and writes nothing', (t) => {
  const folder = temporaryFolder(t);
  const north = hospital(folder, 'north');
  const south = hospital(folder, 'south', { first: 100, licence: 'CC0-1.0' });
  const narrow = hospital(folder, 'narrow', { first: 200, dtype: 'i8' });
  const out = join(folder, 'all.pith');
  const months = join(folder, 'months.pith');
  make(['edit', narrow, '--set', 'labels.age.unit=mo'], months);
  const before = namesIn(folder);
  const cases = [
    [[north, south], /the licences differ: "CC-BY-4\.0", "CC0-1\.0".*\n?.*--licence/],
    [[north, north], /same records/],
    [[north, narrow], /--type says how/],
    [[north, months, '--type', 'f16'], /different units: "" and "mo"/],
    [[north, join(folder, 'nowhere.pith')], /nowhere\.pith/],
    [[north, join(folder, 'north.csv')], /notAContainer/],
  ];
  for (const [words, expected] of cases) {
    const run = pith(['merge', ...words, '-o', out]);
    assert.equal(run.code, 1, run.err);
    assert.match(run.err, expected);
  }
  assert.match(pith(['merge', north, south, '-o', out]).err, /file 2 is ".*south\.pith"/);
  assert.equal(pith(['merge', north, '-o', out]).code, 2);
  assert.deepEqual(namesIn(folder), before);
  make(['merge', north, south, '--licence', 'CC0-1.0'], out);
  assert.equal(describe(out).dataset.licence, 'CC0-1.0');
  make(['merge', north, narrow, '--type', 'f32'], join(folder, 'wide.pith'));
});

test('selecting by label, split and sample', (t) => {
  const folder = temporaryFolder(t);
  const films = hospital(folder, 'films', { films: 30 });
  const split = join(folder, 'split.pith');
  make(['split', films, '--parts', 'train=0.6,test=0.4', '--seed', '3'], split);
  const out = join(folder, 'o.pith');
  const content = describe(split);
  const select = (...words) => make(['select', split, ...words, '--force'], out).records;
  const ages = content.records.map(({ labels }) => labels[1]);
  assert.equal(select('--label', 'age>=30'), ages.filter((age) => age !== null && age >= 30).length);
  assert.equal(select('--label', 'age=missing'), ages.filter((age) => age === null).length);
  assert.equal(select('--label', 'finding=pneumonia', '--label', 'age!=missing'), 8);
  assert.equal(select('--split', 'test'), content.splits[0].counts[1]);
  assert.equal(select('--split', 'holdout:test', '--split', 'holdout:train'), 30);
  assert.equal(select('--sample', '7'), 7);
  assert.equal(describe(out).records.length, 7);
  select('--columns', 'age');
  assert.deepEqual(describe(out).labels.map(({ name }) => name), ['age']);
  select('--columns', 'none');
  assert.deepEqual(describe(out).labels, []);
});

test('a misspelt condition is answered with what was meant', (t) => {
  const folder = temporaryFolder(t);
  const films = hospital(folder, 'films');
  const out = join(folder, 'o.pith');
  const cases = [
    [['--label', 'agee>3'], /Did you mean "age"\?/],
    [['--label', 'finding=pneumonai'], /Did you mean "pneumonia"\?/],
    [['--label', 'finding<normal'], /less and greater are for numbers/],
    [['--label', 'age'], /age=VALUE/],
    [['--split', 'test'], /`pith split` makes one/],
    [['--columns', 'fnding'], /Did you mean "finding"\?/],
    [['--features', 'nothing'], /there are: "/],
    [['--ids', films], /not UTF-8|no id|no column/],
    [['--sample', '0'], /--sample/],
    [['--ids', join(folder, 'none.txt')], /none\.txt/],
  ];
  for (const [words, expected] of cases) {
    const run = pith(['select', films, ...words, '-o', out]);
    assert.equal(run.code, 2, run.err);
    assert.match(run.err, expected);
  }
  const ids = join(folder, 'ids.txt');
  writeFileSync(ids, `${'0'.repeat(32)}\n`);
  assert.match(pith(['select', films, '--ids', ids, '-o', out]).err, /1 of 1 ids are not in the file/);
  const empty = pith(['select', films, '--label', 'age>1000', '-o', out]);
  assert.equal(empty.code, 1);
  assert.match(empty.err, /emptyContainer/);
  assert.ok(!namesIn(folder).includes('o.pith'));
});

test('a split keeps patients together and says so', (t) => {
  const folder = temporaryFolder(t);
  const films = hospital(folder, 'films', { films: 40 });
  const out = join(folder, 'split.pith');
  const result = make(['split', films, '--by', 'patient', '--parts', 'train=70,valid=15,test=15', '--stratify', 'finding'], out);
  assert.equal(Object.values(result.split.parts).reduce((a, b) => a + b), 40);
  const content = describe(out);
  const [split] = content.splits;
  assert.equal(split.groupsInSeveralParts, 0);
  assert.equal(split.seed, '0');
  assert.deepEqual(split.parts, ['train', 'valid', 'test']);
  const partOf = new Map();
  for (const { groups, splits } of content.records) {
    assert.equal(partOf.get(groups[0]) ?? splits[0], splits[0]);
    partOf.set(groups[0], splits[0]);
  }
  const folds = join(folder, 'folds.pith');
  make(['split', out, '--folds', '4', '--seed', '9'], folds);
  assert.deepEqual(describe(folds).splits.map(({ name, kind }) => [name, kind]), [['holdout', 'holdout'], ['folds', 'folds']]);
  const again = join(folder, 'again.pith');
  make(['split', out, '--folds', '4', '--seed', '9'], again);
  assert.ok(readFileSync(folds).equals(readFileSync(again)));
  const refuse = (words, expected) => {
    const run = pith(['split', out, ...words, '-o', join(folder, 'x.pith')]);
    assert.equal(run.code, 2, run.err);
    assert.match(run.err, expected);
  };
  refuse(['--parts', 'a=0.5,b=0.5'], /has a split "holdout" already/);
  refuse(['--by', 'patinet', '--folds', '3', '--name', 'x'], /Did you mean "patient"\?/);
  refuse(['--parts', 'a=0.5,b=0.4', '--name', 'x'], /add up to 0\.9/);
  refuse(['--folds', '1', '--name', 'x'], /--folds/);
  refuse(['--name', 'x'], /either --parts or --folds/);
  refuse(['--folds', '3', '--stratify', 'agee', '--name', 'x'], /Did you mean "age"\?/);
  assert.equal(pith(['split', out, '--folds', '50', '--name', 'x', '-o', join(folder, 'x.pith')]).code, 1);
});

test('editing changes what the file says and nothing else', (t) => {
  const folder = temporaryFolder(t);
  const films = hospital(folder, 'films');
  const out = join(folder, 'o.pith');
  writeFileSync(join(folder, 'consent.pdf'), 'not really one');
  make(['edit', films, '--set', 'dataset.title=New=title', '--not-known', 'dataset.licence', '--unset', 'dataset.author',
    '--set', 'encoders.0.training.batch_size=64', '--add-document', join(folder, 'consent.pdf'),
    '--set', 'documents.consent.pdf.title=Consent'], out);
  const [before, after] = [describe(films), describe(out)];
  assert.equal(after.dataset.title, 'New=title');
  assert.equal(after.dataset.author, '');
  assert.deepEqual(after.notKnown, ['dataset.licence']);
  assert.deepEqual(after.encoders[0].training, { batch_size: '64' });
  assert.deepEqual([after.documents[0].fileName, after.documents[0].mediaType, after.documents[0].title],
    ['consent.pdf', 'application/pdf', 'Consent']);
  assert.deepEqual(after.records, before.records);
  assert.ok(!readFileSync(out).includes(folder));
  // What `describe` prints is what `edit --from` reads.
  const info = join(folder, 'info.json');
  writeFileSync(info, JSON.stringify({ ...before, dataset: { ...before.dataset, title: 'From a file' } }));
  make(['edit', films, '--from', info, '--force'], out);
  assert.equal(describe(out).dataset.title, 'From a file');
  writeFileSync(info, JSON.stringify(before));
  make(['edit', films, '--from', info, '--force'], out);
  assert.ok(readFileSync(films).equals(readFileSync(out)), 'nothing changed, so the bytes are the same');
  const refuse = (words, expected) => {
    const run = pith(['edit', films, ...words, '-o', join(folder, 'x.pith')]);
    assert.equal(run.code, 2, run.err);
    assert.match(run.err, expected);
  };
  refuse(['--set', 'dataset.titel=x'], /Did you mean "dataset\.title"\?/);
  refuse(['--set', 'dataset.title'], /FIELD=TEXT/);
  refuse(['--set', 'encoders.0.tap=x'], /no field that can be edited/);
  refuse(['--set', 'dataset.title=a\u0007b'], /title/);
  refuse(['--not-known', 'dataset.nothing'], /no field/);
  refuse(['--remove-split', 'holdout'], /no split "holdout"/);
  refuse([], /one of --set/);
  writeFileSync(info, '{"dataset": {"titel": "x"}}');
  refuse(['--from', info], /dataset\.titel/);
  writeFileSync(info, '{');
  refuse(['--from', info], /info\.json/);
});

test('several documents are removed as they were numbered before, each once', (t) => {
  const folder = temporaryFolder(t);
  const films = hospital(folder, 'films');
  const out = join(folder, 'o.pith');
  const documents = ['a.txt', 'b.txt', 'c.txt', 'd.txt'].map((name) => {
    writeFileSync(join(folder, name), name);
    return ['--add-document', join(folder, name)];
  });
  make(['edit', films, ...documents.flat()], out);
  const remove = (...words) => ['edit', out, ...words.flatMap((word) => ['--remove-document', word])];
  const left = join(folder, 'left.pith');
  for (const [words, names] of [[['0', '1'], ['c.txt', 'd.txt']], [['2', '0'], ['b.txt', 'd.txt']], [['a.txt', '3'], ['b.txt', 'c.txt']]]) {
    make([...remove(...words), '--force'], left);
    assert.deepEqual(describe(left).documents.map(({ fileName }) => fileName), names);
  }
  const again = pith([...remove('1', 'b.txt'), '-o', join(folder, 'x.pith')]);
  assert.equal(again.code, 2, again.err);
  assert.match(again.err, /"b\.txt" is document 1, which was named before/);
});

test('heads are read from JSON and come back from describe', (t) => {
  const folder = temporaryFolder(t);
  const films = hospital(folder, 'films');
  const heads = join(folder, 'heads.json');
  writeFileSync(heads, JSON.stringify([{ name: 'linear', task: 'classification', label: 'finding', layers: [{ kind: 'linear', outputs: 2 }],
    loss: 'crossEntropy', optimizer: 'adamW', learningRate: 0.001, batchSize: 32, epochs: 10 }]));
  const out = join(folder, 'o.pith');
  make(['edit', films, '--heads', heads], out);
  const [head] = describe(out).heads;
  assert.deepEqual([head.name, head.label, head.features, head.learningRate], ['linear', 0, [0], 0.001]);
  writeFileSync(heads, JSON.stringify(describe(out).heads));
  make(['edit', films, '--heads', heads, '--force'], out);
  assert.deepEqual(describe(out).heads, [head]);
  writeFileSync(heads, JSON.stringify([{ ...head, layers: [{ kind: 'linear', outputs: 3 }] }]));
  const run = pith(['edit', films, '--heads', heads, '-o', join(folder, 'x.pith')]);
  assert.equal(run.code, 2, run.err);
});

test('converting there and back', (t) => {
  const folder = temporaryFolder(t);
  const films = hospital(folder, 'films');
  const [wide, back, packed, small] = ['wide', 'back', 'packed', 'small'].map((name) => join(folder, `${name}.pith`));
  make(['convert', films, '--type', 'f32'], wide);
  make(['convert', wide, '--type', 'f16'], back);
  assert.ok(readFileSync(back).equals(readFileSync(films)));
  make(['convert', films, '--compress', 'zstd'], packed);
  make(['convert', packed, '--compress', 'none', '--force'], back);
  assert.ok(readFileSync(back).equals(readFileSync(films)));
  const converted = make(['convert', films, '--type', 'i8'], small);
  assert.ok(converted.features[0].relativeL2Error > describe(films).features[0].relativeL2Error);
  assert.ok(statSync(small).size < statSync(films).size);
  assert.equal(pith(['diff', films, small]).code, 1);  // the type differs
  assert.equal(pithJson(['diff', films, small]).json.features[0].different, 0);
  assert.equal(pith(['convert', films, '-o', back]).code, 2);
  assert.match(pith(['convert', films, '--type', 'f17', '-o', back]).err, /bf16/);
});

test('a damaged file is not laundered into a whole one', (t) => {
  const folder = temporaryFolder(t);
  const films = hospital(folder, 'films');
  const bytes = readFileSync(films);
  const { sections } = describe(films);
  bytes[sections[0].offset + 5] ^= 0x10;
  const damaged = join(folder, 'damaged.pith');
  writeFileSync(damaged, bytes);
  const out = join(folder, 'o.pith');
  for (const words of [['convert', damaged, '--type', 'f32'], ['edit', damaged, '--set', 'dataset.title=x'], ['select', damaged, '--sample', '3'],
    ['split', damaged, '--folds', '2'], ['merge', damaged, films]]) {
    const run = pith([...words, '-o', out]);
    assert.equal(run.code, 1, words[0]);
    assert.match(run.err, /hashMismatch/);
  }
  truncateSync(damaged, 1000);
  assert.match(pith(['convert', damaged, '--type', 'f32', '-o', out]).err, /truncatedContainer/);
  assert.deepEqual(namesIn(folder).filter((name) => name.startsWith('o.')), []);
});

test('an output that exists is replaced with --force only, also where it is the input', (t) => {
  const folder = temporaryFolder(t);
  const films = hospital(folder, 'films');
  const copy = join(folder, 'copy.pith');
  copyFileSync(films, copy);
  assert.equal(pith(['edit', copy, '--set', 'dataset.title=x', '-o', copy]).code, 1);
  assert.ok(readFileSync(copy).equals(readFileSync(films)));
  make(['edit', copy, '--set', 'dataset.title=x', '--force'], copy);
  assert.equal(describe(copy).dataset.title, 'x');
  assert.equal(pith(['select', films, '-o', join(folder, 'nowhere', 'o.pith')]).code, 1);
});

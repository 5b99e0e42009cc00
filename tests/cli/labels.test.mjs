// SPDX-License-Identifier: Apache-2.0
// Labels, groups and splits from tables and folder names, read back through `pith export --to csv`.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseCsv, pgm, pith, pithJson, temporaryFolder, writeImages } from './helper.mjs';

/** Extracts `films` with a table; answers the run, the records by file name, and the file's bytes. */
function extractWithTable(folder, table, words) {
  const csv = join(folder, 'table.csv');
  const out = join(folder, 'o.pith');
  writeFileSync(csv, table);
  const run = pithJson(['extract', join(folder, 'films'), '-o', out, '--force', '--keep-names', '--labels', csv, ...words]);
  if (run.code !== 0) return { run };
  const exported = join(folder, 'records.csv');
  assert.equal(pith(['export', out, '--to', 'csv', '-o', exported, '--force']).code, 0);
  const records = Object.fromEntries(parseCsv(readFileSync(exported, 'utf8')).map((record) => [record.name, record]));
  return { run, records, info: pithJson(['info', out]).json, bytes: readFileSync(out) };
}

const table = [
  'file,sex,age,grade,patient,part,secret',
  'film0,m,61.5,2,Anna Zimmermann,train,case-x1-ward',
  'film1.pgm,f,NA,1,Anna Zimmermann,train,case-x2-ward',
  '"film2",f,70,,Bert Quandt,valid,case-x3-ward',
  'film3,,,3,,test,case-x4-ward',
  'film9,m,1,1,Carl,train,case-x5-ward',
].join('\r\n');

test('only the columns that are named are stored, typed, with missing cells', (t) => {
  const folder = temporaryFolder(t);
  writeImages(join(folder, 'films'), 5);
  const { run, records, info, bytes } = extractWithTable(folder, `\uFEFF${table}\r\n`,
    ['--id-column', 'file', '--label-columns', 'sex,age,grade', '--column-type', 'grade=categorical']);
  assert.equal(run.code, 0, run.err);
  assert.deepEqual(Object.keys(records['film0.pgm']), ['id', 'name', 'sex', 'age', 'grade']);
  const cells = (name) => [records[name].sex, records[name].age, records[name].grade];
  assert.deepEqual(cells('film0.pgm'), ['m', '61.5', '2']);
  assert.deepEqual(cells('film1.pgm'), ['f', '', '1']);
  assert.deepEqual(cells('film2.pgm'), ['f', '70', '']);
  assert.deepEqual(cells('film3.pgm'), ['', '', '3']);
  assert.deepEqual(cells('film4.pgm'), ['', '', '']);
  assert.deepEqual(info.labels, [
    { name: 'sex', type: 'categorical', missing: 2, classes: [{ name: 'f', count: 2 }, { name: 'm', count: 1 }] },
    { name: 'age', type: 'number', missing: 3, minimum: 61.5, mean: 65.75, maximum: 70 },
    { name: 'grade', type: 'categorical', missing: 2,
      classes: [{ name: '1', count: 1 }, { name: '2', count: 1 }, { name: '3', count: 1 }] },
  ]);
  assert.deepEqual(run.json.table.rowsWithoutFile, ['film9']);
  assert.deepEqual(run.json.table.filesWithoutRow, [join(folder, 'films', 'film4.pgm')]);
  for (const never of ['Zimmermann', 'case-x1-ward', 'case-x5-ward', 'secret', 'patient']) assert.ok(!bytes.includes(never), never);
});

test('groups are plain numbers, splits are train, valid, test and none', (t) => {
  const folder = temporaryFolder(t);
  writeImages(join(folder, 'films'), 5);
  const { records, info, bytes } = extractWithTable(folder, table,
    ['--id-column', 'file', '--group-column', 'patient', '--split-column', 'part']);
  assert.match(records['film0.pgm'].patient, /^\d+$/);
  assert.equal(records['film0.pgm'].patient, records['film1.pgm'].patient);
  assert.notEqual(records['film0.pgm'].patient, records['film2.pgm'].patient);
  assert.equal(records['film3.pgm'].patient, '');
  assert.deepEqual([0, 1, 2, 3, 4].map((i) => records[`film${i}.pgm`].part), ['train', 'train', 'valid', 'test', 'none']);
  assert.deepEqual(info.groupings, [{ name: 'patient', groups: 2, recordsWithoutGroup: 2 }]);
  assert.deepEqual(info.splits, [{ name: 'part', kind: 'holdout', parts: { train: 2, valid: 1, test: 1 }, recordsWithoutPart: 1,
    grouping: 'patient', groupsInSeveralParts: 0 }]);
  assert.ok(!bytes.includes('Zimmermann'));
});

test('a patient in two splits is reported', (t) => {
  const folder = temporaryFolder(t);
  writeImages(join(folder, 'films'), 2);
  const { info } = extractWithTable(folder, 'file,patient,part\nfilm0,1,train\nfilm1,1,test\n',
    ['--id-column', 'file', '--group-column', 'patient', '--split-column', 'part']);
  assert.equal(info.splits[0].groupsInSeveralParts, 1);
});

test('a table without chosen columns stops with the columns that there are, and no cell', (t) => {
  const folder = temporaryFolder(t);
  writeImages(join(folder, 'films'), 2);
  const { run } = extractWithTable(folder, table, ['--id-column', 'file']);
  assert.equal(run.code, 2);
  assert.match(run.err, /age \(number, 3 distinct values, 2 missing\)/);
  assert.match(run.err, /sex \(categorical, 2 distinct values, 1 missing\)/);
  assert.match(run.err, /--label-columns/);
  assert.doesNotMatch(run.err, /Zimmermann/);
  const without = extractWithTable(folder, table, ['--label-columns', 'sex']);
  assert.equal(without.run.code, 2);
  assert.match(without.run.err, /Add --id-column "file"/);
});

test('tables that cannot be meant are refused before anything is encoded', (t) => {
  const folder = temporaryFolder(t);
  writeImages(join(folder, 'films'), 2);
  const id = ['--id-column', 'file', '--label-columns', 'sex'];
  const cases = [
    ['file,sex\nfilm0,m\nfilm0,f\n', id, /2 rows have the id "film0" and differ/],
    ['file,sex\nfilm0,"m\n', id, /line 2 opens a quote/],
    ['file,sex\nfilm0,"m"x\n', id, /line 2 has text after a closing quote/],
    ['file,sex\nfilm0,m,extra\n', id, /line 2 has 3 cells, the first line has 2/],
    ['file,sex,sex\nfilm0,m,f\n', id, /stands more than once/],
    ['file,Sex\nfilm0,m\n', id, /Did you mean "Sex"\?/],
    ['name,file,sex\nfilm0,7,m\n', id, /Use --id-column "name"/],
    [Buffer.from('file,sex\nfilm0,m\xe4nnlich\n', 'latin1'), id, /not UTF-8/],
    ['', id, /the table is empty/],
    ['file,sex\nfilm0,m\n', [...id, '--column-type', 'sex=number'], /"sex" holds "m" in row 1/],
    ['file,sex\nfilm0,m\n', [...id, '--column-type', 'sex=class'], /NAME=categorical/],
    ['file,sex\nfilm0,m\n', ['--id-column', 'file', '--split-column', 'sex'], /row 1 says "m"; train, valid, test/],
  ];
  for (const [text, words, pattern] of cases) {
    const { run } = extractWithTable(folder, text, words);
    assert.equal(run.code, 2, String(text));
    assert.match(run.err, pattern);
    assert.doesNotMatch(run.err, /Encoding/);
  }
});

test('rows that agree may repeat; semicolons, tabs and line ends in cells are understood', (t) => {
  const folder = temporaryFolder(t);
  writeImages(join(folder, 'films'), 2);
  const words = ['--id-column', 'file', '--label-columns', 'sex', '--label-columns', 'note'];
  const repeated = extractWithTable(folder, 'file,sex,note,day\nfilm0,m,a,1\nfilm0,m,a,2\n', words);
  assert.equal(repeated.run.code, 0, repeated.run.err);
  assert.equal(repeated.run.json.table.repeatedRows, 1);
  const semicolons = extractWithTable(folder, 'file;note;sex\r\nfilm1;"two ""words"", one";f\r\n', words);
  assert.equal(semicolons.info.labels[1].classes[0].name, 'two "words", one');
  const tabs = extractWithTable(folder, 'file\tsex\tnote\nfilm1\tf\t"first\nsecond"\n', words);
  assert.equal(tabs.info.labels[1].classes[0].name, 'first\nsecond');
  // What a container holds has LF alone, also where the table's lines end in CRLF.
  const windows = extractWithTable(folder, 'file,sex,note\r\nfilm1,f,"first\r\n""second"""\r\n', words);
  assert.equal(windows.run.code, 0, windows.run.err);
  assert.equal(windows.info.labels[1].classes[0].name, 'first\n"second"');
});

test('many distinct words are text, and may be declared to be classes', (t) => {
  const folder = temporaryFolder(t);
  writeImages(join(folder, 'films'), 21);
  const rows = Array.from({ length: 21 }, (_, i) => `film${i},word${String.fromCharCode(97 + i)}`);
  const words = ['--id-column', 'file', '--label-columns', 'finding'];
  const text = ['file,finding', ...rows].join('\n');
  assert.equal(extractWithTable(folder, text, words).info.labels[0].type, 'text');
  assert.equal(extractWithTable(folder, ['file,finding', ...rows.slice(1)].join('\n'), words).info.labels[0].type, 'categorical');
  const declared = extractWithTable(folder, text, [...words, '--column-type', 'finding=categorical']);
  assert.equal(declared.info.labels[0].classes.length, 21);
  assert.equal(declared.records['film7.pgm'].finding, 'wordh');
});

test('the vocabulary holds only classes that occur among the encoded images', (t) => {
  const folder = temporaryFolder(t);
  writeImages(join(folder, 'films'), 1);
  writeFileSync(join(folder, 'films', 'bad.pgm'), 'P5');
  const csv = join(folder, 'table.csv');
  writeFileSync(csv, 'file,finding\nfilm0,normal\nbad,rarefinding\nabsent,otherfinding\n');
  const out = join(folder, 'o.pith');
  const run = pith(['extract', join(folder, 'films'), '-o', out, '--labels', csv, '--id-column', 'file', '--label-columns', 'finding']);
  assert.equal(run.code, 3);
  const bytes = readFileSync(out);
  assert.ok(bytes.includes('normal'));
  assert.ok(!bytes.includes('rarefinding') && !bytes.includes('otherfinding'));
});

test('one row never labels two images; ids may be ends of paths', (t) => {
  const folder = temporaryFolder(t);
  for (const site of ['siteA', 'siteB']) {
    mkdirSync(join(folder, 'films', site), { recursive: true });
    writeFileSync(join(folder, 'films', site, 'film.pgm'), pgm(site.charCodeAt(4)));
  }
  writeFileSync(join(folder, 'films', 'siteA', 'film.txt'), 'notes beside an image are no second image');
  const words = ['--id-column', 'file', '--label-columns', 'sex'];
  const shared = extractWithTable(folder, 'file,sex\nfilm,m\n', words);
  assert.equal(shared.run.code, 2);
  assert.match(shared.run.err, /fits several images/);
  const csv = join(folder, 'paths.csv');
  writeFileSync(csv, 'file,sex\nsiteA/film.pgm,m\nsiteB\\film,f\n');
  const run = pithJson(['extract', join(folder, 'films'), '-o', join(folder, 'p.pith'), '--labels', csv, ...words]);
  assert.equal(run.code, 3);  // film.txt
  assert.deepEqual(pithJson(['info', join(folder, 'p.pith')]).json.labels[0].classes,
    [{ name: 'f', count: 1 }, { name: 'm', count: 1 }]);
});

test('folders as labels', (t) => {
  const folder = temporaryFolder(t);
  writeImages(join(folder, 'train', 'NORMAL'), 3);
  const loose = writeImages(join(folder, 'loose'), 1, 'loose');
  writeImages(join(folder, 'train', 'PNEUMONIA'), 2);
  const out = join(folder, 'o.pith');
  const run = pith(['extract', `${join(folder, 'train')}/`, ...loose, '-o', out, '--label-from-folder']);
  assert.equal(run.code, 0, run.err);
  assert.deepEqual(pithJson(['info', out]).json.labels,
    [{ name: 'folder', type: 'categorical', missing: 1, classes: [{ name: 'NORMAL', count: 3 }, { name: 'PNEUMONIA', count: 2 }] }]);
  assert.ok(!readFileSync(out).includes('train'));
  const here = pith(['extract', '.', '-o', join(folder, 'p.pith'), '--label-from-folder'], { cwd: join(folder, 'train', 'NORMAL') });
  assert.equal(here.code, 0, here.err);
  assert.equal(pithJson(['info', join(folder, 'p.pith')]).json.labels[0].classes[0].name, 'NORMAL');
});

test('years, ordinal and multi-label columns, and several groupings', (t) => {
  const folder = temporaryFolder(t);
  writeImages(join(folder, 'films'), 4);
  const csv = join(folder, 'table.csv');
  writeFileSync(csv, ['file,taken,severity,effusion,nodule,patient,study', 'film0,2013-07-09,mild,1,-1,A,S1', 'film1,2014,severe,0.0,,A,S2',
    'film2,20150102,,-1.0,1,B,S3', 'film3,NA,moderate,,,B,S3'].join('\n'));
  const out = join(folder, 'o.pith');
  const words = (severity) => ['extract', join(folder, 'films'), '-o', out, '--force', '--keep-names', '--labels', csv, '--id-column', 'file',
    '--label-columns', 'taken,severity', '--column-type', 'taken=year', '--column-type', `severity=ordinal:${severity}`,
    '--multi-label', 'findings=effusion,nodule', '--group-column', 'patient', '--group-column', 'study'];
  const run = pith(words('mild,moderate,severe'));
  assert.equal(run.code, 0, run.err);
  const { labels, groupings, records } = pithJson(['describe', out]).json;
  assert.deepEqual(labels.map(({ name, type, categories }) => [name, type, categories]), [['taken', 'year', []],
    ['severity', 'ordinal', ['mild', 'moderate', 'severe']], ['findings', 'multiLabel', ['effusion', 'nodule']]]);
  assert.deepEqual(groupings.map(({ name, groupCount }) => [name, groupCount]), [['patient', 2], ['study', 3]]);
  const byName = Object.fromEntries(records.map((record) => [record.name, record.labels]));
  assert.deepEqual(byName['film0.pgm'], [{ year: 2013 }, { category: 0 }, { states: [1, 'uncertain'] }]);
  assert.deepEqual(byName['film1.pgm'], [{ year: 2014 }, { category: 2 }, { states: [0, null] }]);
  assert.deepEqual(byName['film2.pgm'], [{ year: 2015 }, null, { states: ['uncertain', 1] }]);
  assert.deepEqual(byName['film3.pgm'], [null, { category: 1 }, { states: [null, null] }]);
  assert.match(pith(words('mild,severe')).err, /"severity" holds "moderate" in row 4; one of mild and severe is allowed/);
  assert.match(pith(words('mild,mild')).err, /ordinal:LOW/);
  assert.match(pith([...words('mild,moderate,severe'), '--multi-label', 'x=taken']).err, /1, 0, -1 \(uncertain\) and nothing are allowed/);
});

// SPDX-License-Identifier: Apache-2.0
// Exports, each opened again by a program that we did not write and compared with the CSV and NumPy exports.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { namesIn, parseCsv, pith, pithJson, repository, temporaryFolder, writeImages } from './helper.mjs';

const python = '/usr/bin/python3';
const hasNumpy = existsSync(python) && spawnSync(python, ['-c', 'import numpy']).status === 0;
const hasReaders = existsSync(fileURLToPath(new URL('readers/node_modules/hyparquet', import.meta.url)));
const withNumpy = { skip: hasNumpy ? false : 'no python3 with NumPy here' };
const withReaders = { skip: hasReaders ? false : 'the readers are not installed: `npm test -- cli` does it' };
const readers = hasReaders ? await import('./readers/readers.mjs') : undefined;

const columns = ['sex', 'age', 'finding', 'note'];
const people = Array.from({ length: 10 }, (_, i) => ({
  id: `film${i}.pgm`,
  sex: i % 2 ? 'F' : 'M',
  age: i === 4 ? '' : `${30 + i}.5`,
  finding: i === 2 ? '' : i % 3 ? 'normal' : 'Pneumonia, "viral"',
  note: i === 7 ? '' : `${'ä'.repeat(i)} Notiz ${i}`.trim(),
  patient: `p${i >> 1}`,
  split: ['train', 'valid', 'test', 'train', 'train'][i % 5],
}));
const quoted = (cell) => `"${cell.replaceAll('"', '""')}"`;

/** A container with ten records, and where it lies. */
function makeContainer(t, words = []) {
  const folder = temporaryFolder(t);
  writeImages(join(folder, 'films'), people.length);
  const table = join(folder, 'labels.csv');
  const names = Object.keys(people[0]);
  writeFileSync(table, [names, ...people.map((person) => names.map((name) => person[name]))].map((row) => row.map(quoted).join(',')).join('\n'));
  const file = join(folder, 'o.pith');
  const run = pith(['extract', join(folder, 'films'), '-o', file, '--seed', '5', '--keep-names', '--title', 'Ten films', '--author', 'A. Author',
    '--licence', 'CC-BY-4.0', '--labels', table, '--id-column', 'id', '--label-columns', columns.join(','), '--column-type', 'note=text',
    '--group-column', 'patient', '--split-column', 'split', ...words]);
  assert.equal(run.code, 0, run.err);
  return { folder, file };
}

function exported(file, format, words = []) {
  const out = `${file}.${format}`;
  const { code, json } = pithJson(['export', file, '--to', format, '-o', out, ...words]);
  assert.equal(code, 0, JSON.stringify(json));
  assert.equal(json.bytes, readFileSync(out).length);
  return out;
}

/** The features as [record][value], from the NumPy export, which read_back.test.mjs compares with the container's bytes. */
function features(file, words = []) {
  const bytes = readFileSync(exported(file, 'npy', words));
  const start = 10 + bytes.readUInt16LE(8);
  assert.match(bytes.subarray(10, start).toString(), /'descr': '<f4'/);
  const [, rows, count] = /\((\d+), (\d+)\)/.exec(bytes.subarray(10, start).toString()).map(Number);
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + bytes.length));
  return Array.from({ length: rows }, (_, row) => [...values.subarray(row * count, (row + 1) * count)]);
}

/** Who a record is, found by the name that was kept. */
const personOf = (name) => people.find(({ id }) => id === name);

test('NumPy opens npz', withNumpy, (t) => {
  const { file } = makeContainer(t, ['--dtype', 'f16']);
  const program = `
import json, sys, zipfile, numpy as np
assert zipfile.ZipFile(sys.argv[1]).testzip() is None
z = np.load(sys.argv[1])
assert (z["features/0"] == np.load(sys.argv[2])).all() and z["features/0"].dtype == np.float16
print(json.dumps({key: [None if v != v else v for v in z[key].tolist()] for key in z.files if key.split("/")[0] not in ("features", "description.json")}))
print(z["description.json"].decode())`;
  const run = spawnSync(python, ['-c', program, exported(file, 'npz'), exported(file, 'npy')], { encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
  const [line, ...description] = run.stdout.split('\n');
  const arrays = JSON.parse(line);
  assert.equal(JSON.parse(description.join('\n')).dataset.title, 'Ten films');
  assert.equal(new Set(arrays.ids).size, people.length);
  arrays.names.forEach((name, i) => {
    const person = personOf(name);
    const category = (column) => (arrays[`labels/${column}`][i] < 0 ? '' : arrays[`labels/${column}/categories`][arrays[`labels/${column}`][i]]);
    assert.equal(arrays['splits/split'][i], person.split);
    assert.equal(category('sex'), person.sex);
    assert.equal(category('finding'), person.finding);
    assert.equal(arrays['labels/age'][i] ?? '', person.age === '' ? '' : Number(person.age));
    assert.equal(arrays['labels/note'][i], person.note);
  });
  const groups = Object.fromEntries(arrays.names.map((name, i) => [personOf(name).patient, arrays['groups/patient'][i]]));
  arrays.names.forEach((name, i) => assert.equal(groups[personOf(name).patient], arrays['groups/patient'][i]));
  assert.equal(new Set(Object.values(groups)).size, 5);
});

for (const [type, dtype] of [['f32', 'F32'], ['f16', 'F16'], ['i8', 'F32']]) {
  test(`safetensors of ${type}: no gap, no overlap, aligned, the values of the container`, (t) => {
    const { file } = makeContainer(t, ['--dtype', type]);
    const bytes = readFileSync(exported(file, 'safetensors'));
    const start = 8 + Number(bytes.readBigUInt64LE(0));
    assert.equal(start % 64, 0);
    const { __metadata__: metadata, ...tensors } = JSON.parse(bytes.subarray(8, start));
    for (const value of Object.values(metadata)) assert.equal(typeof value, 'string');
    const widths = { F64: 8, I64: 8, F32: 4, F16: 2, U8: 1 };
    let end = 0;
    for (const { dtype: kind, shape, data_offsets: [from, to] } of Object.values(tensors).sort((a, b) => a.data_offsets[0] - b.data_offsets[0])) {
      assert.equal(from, end);
      assert.equal(from % widths[kind], 0);
      assert.equal(to - from, shape.reduce((product, extent) => product * extent, widths[kind]));
      end = to;
    }
    assert.equal(start + end, bytes.length);
    const block = tensors['features/0'];
    assert.equal(block.dtype, dtype);
    assert.equal(block.shape[0], people.length);
    const stored = bytes.subarray(start + block.data_offsets[0], start + block.data_offsets[1]);
    const npy = readFileSync(exported(file, 'npy'));
    assert.ok(stored.equals(npy.subarray(10 + npy.readUInt16LE(8))));
    const read = (name) => bytes.subarray(start + tensors[name].data_offsets[0], start + tensors[name].data_offsets[1]);
    const offsets = new BigInt64Array(read('names/offset').buffer.slice(read('names/offset').byteOffset, read('names/offset').byteOffset + read('names/offset').length));
    const sexes = JSON.parse(metadata['labels/sex']).categories;
    for (let i = 0; i < people.length; ++i) {
      const name = read('names/text').subarray(Number(offsets[i]), Number(offsets[i + 1])).toString();
      assert.equal(sexes[Number(read('labels/sex').readBigInt64LE(8 * i))], personOf(name).sex);
      const age = read('labels/age').readDoubleLE(8 * i);
      assert.equal(Number.isNaN(age) ? '' : age, personOf(name).age === '' ? '' : Number(personOf(name).age));
    }
  });
}

test('DuckDB and hyparquet open parquet', withReaders, async (t) => {
  const { file } = makeContainer(t, ['--dtype', 'f32']);
  const out = exported(file, 'parquet');
  const expected = features(file);
  const { rows, metadata } = await readers.hyparquet(out);
  const duck = await readers.duckdbRows(out, 'select * from FILE');
  assert.equal(rows.length, people.length);
  rows.forEach((row, i) => {
    const person = personOf(row.name);
    assert.deepEqual(row.features, expected[i]);
    assert.deepEqual(duck[i].features.map(Math.fround), expected[i]);
    for (const seen of [row, duck[i]]) {
      assert.equal(seen.split, person.split);
      assert.equal(seen.sex, person.sex);
      assert.equal(seen.age ?? '', person.age === '' ? '' : Number(person.age));
      assert.equal(seen.finding ?? '', person.finding);
      assert.equal(seen.note ?? '', person.note);
      assert.equal(seen.id, row.id);
      assert.equal(String(seen.patient), String(row.patient));
    }
  });
  assert.equal(JSON.parse(metadata.key_value_metadata[0].value).dataset.title, 'Ten films');
  const [{ n }] = await readers.duckdbRows(out, 'select count(*) n from FILE where finding is null and sex = \'M\'');
  assert.equal(Number(n), 1);
});

/** A pickle of an array of bytes, as NumPy writes it. */
function pickledBytes(bytes) {
  const number = (value) => Buffer.from(Uint32Array.of(value).buffer);
  return Buffer.concat([Buffer.from('\x80\x03cnumpy.core.numeric\n_frombuffer\n(B', 'latin1'), number(bytes.length), bytes,
    Buffer.from('cnumpy\ndtype\n(X\x02\0\0\0u1\x89\x88tRJ', 'latin1'), number(bytes.length), Buffer.from('\x85X\x01\0\0\0CtR.', 'latin1')]);
}

test('parquet of large rows: several row groups, several pages in each', withReaders, async (t) => {
  const folder = temporaryFolder(t);
  const [count, width] = [170, 100_000];  // 68 MB of float32: two row groups of at most 64 MiB, pages of two rows
  mkdirSync(join(folder, 'set/.dofinfo'), { recursive: true });
  writeFileSync(join(folder, 'set/.dofinfo/dataset.json'), '{}');
  writeFileSync(join(folder, 'set/.dofinfo/elementslist.json'), JSON.stringify(Array.from({ length: count }, (_, i) => [i])));
  const value = (row, k) => (row * 7 + k * 3) % 251;
  for (let row = 0; row < count; ++row) writeFileSync(join(folder, `set/${row}.out`), pickledBytes(Buffer.from(Uint8Array.from({ length: width }, (_, k) => value(row, k)))));
  const file = join(folder, 'large.pith');
  assert.equal(pith(['import', 'dof', join(folder, 'set'), '-o', file, '--dtype', 'f16']).code, 0);
  const out = exported(file, 'parquet');
  const groups = await readers.duckdbRows(out, "select distinct row_group_id from parquet_metadata(FILE)");
  assert.equal(groups.length, 2);
  const rows = await readers.duckdbRows(out, `select y, len(features) n, list_sum(features) s, features[2] a, features[${width}] z from FILE order by y`);
  assert.deepEqual(rows.map(({ y }) => y), Array.from({ length: count }, (_, i) => i));
  rows.forEach(({ y, n, s, a, z }) => {
    let sum = 0;
    for (let k = 0; k < width; ++k) sum += value(y, k);
    assert.deepEqual([Number(n), s, a, z], [width, sum, value(y, 1), value(y, width - 1)]);
  });
});

test('safetensors: a column called like the letters of a text has a tensor of its own', (t) => {
  const folder = temporaryFolder(t);
  writeImages(join(folder, 'films'), 2);
  const table = join(folder, 'labels.csv');
  writeFileSync(table, 'id,note,note/text\nfilm0.pgm,a,1.5\nfilm1.pgm,b,2.5\n');
  const file = join(folder, 'o.pith');
  const run = pith(['extract', join(folder, 'films'), '-o', file, '--labels', table, '--id-column', 'id', '--label-columns', 'note,note/text',
    '--column-type', 'note=text']);
  assert.equal(run.code, 0, run.err);
  const bytes = readFileSync(exported(file, 'safetensors'));
  const tensors = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))));
  assert.equal(tensors['labels/note/text'].dtype, 'U8');
  assert.equal(tensors['labels/note/text_'].dtype, 'F64');
});

test('several labels in one column are one column for each category, or an array', withReaders, async (t) => {
  const file = join(temporaryFolder(t), 'answers.pith');
  assert.equal(pith(['import', 'dof', join(repository, 'tests/data/dof/answers.dof'), '-o', file]).code, 0);
  const answers = { 0: [1, 0, 1], 1: [0, 0, 0], 2: [1, 1, 1], 3: [0, 1, 0] };  // by the value of every feature
  const expected = features(file).map(([value]) => answers[value]);
  const csv = parseCsv(readFileSync(exported(file, 'csv'), 'utf8'));
  assert.deepEqual(csv.map((row) => ['y/0', 'y/1', 'y/2'].map((title) => Number(row[title]))), expected);
  const { rows } = await readers.hyparquet(exported(file, 'parquet'));
  assert.deepEqual(rows.map((row) => ['y/0', 'y/1', 'y/2'].map((title) => Number(row[title]))), expected);
  const safetensors = readFileSync(exported(file, 'safetensors'));
  const start = 8 + Number(safetensors.readBigUInt64LE(0));
  const header = JSON.parse(safetensors.subarray(8, start));
  assert.deepEqual(header['labels/y'].shape, [4, 3]);
  assert.deepEqual([...safetensors.subarray(start + header['labels/y'].data_offsets[0], start + header['labels/y'].data_offsets[1])], expected.flat());
  const records = readFileSync(exported(file, 'tfrecord'));
  const first = readers.decodeExample(records.subarray(12, 12 + Number(records.readBigUInt64LE(0))));
  assert.deepEqual(first.y, expected[0]);
});

test('tfrecord holds tf.train.Examples with masked checksums', withReaders, (t) => {
  const { file } = makeContainer(t, ['--dtype', 'f32']);
  const bytes = readFileSync(exported(file, 'tfrecord'));
  const expected = features(file);
  // CRC-32C bit by bit, another way than the exporter's.
  const masked = (part) => {
    let crc = ~0;
    for (const byte of part) {
      crc ^= byte;
      for (let bit = 0; bit < 8; ++bit) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
    }
    crc = ~crc >>> 0;
    return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
  };
  let row = 0;
  for (let at = 0; at < bytes.length; ++row) {
    const length = Number(bytes.readBigUInt64LE(at));
    assert.equal(bytes.readUInt32LE(at + 8), masked(bytes.subarray(at, at + 8)));
    const record = bytes.subarray(at + 12, at + 12 + length);
    assert.equal(bytes.readUInt32LE(at + 12 + length), masked(record));
    at += 16 + length;
    const example = readers.decodeExample(record);
    const person = personOf(example.name[0]);
    assert.deepEqual(example.features, expected[row]);
    assert.deepEqual(example.split, [person.split]);
    assert.deepEqual(example.sex, [person.sex]);
    assert.deepEqual(example['sex/index'], [['F', 'M'].indexOf(person.sex)]);
    assert.deepEqual(example.age, person.age === '' ? undefined : [Number(person.age)]);
    assert.deepEqual(example.finding, person.finding === '' ? undefined : [person.finding]);
  }
  assert.equal(row, people.length);
});

test('croissant names files, columns and what is missing', withReaders, async (t) => {
  const { folder, file } = makeContainer(t);
  const data = exported(file, 'parquet');
  const out = join(folder, 'films.json');
  const { json } = pithJson(['export', file, '--to', 'croissant', '-o', out, '--data', data, '--url', 'https://example.org/films']);
  assert.deepEqual(json.missing, ['datePublished']);
  const document = JSON.parse(readFileSync(out, 'utf8'));
  const hashes = Object.fromEntries(document.distribution.map((entry) => [entry.name, entry.sha256]));
  for (const path of [file, data]) assert.equal(hashes[path.slice(folder.length + 1)], createHash('sha256').update(readFileSync(path)).digest('hex'));
  const records = document.recordSet.find((set) => set['@id'] === 'records');
  const titles = records.field.map(({ source }) => source.extract.column);
  const described = await readers.duckdbRows(data, 'describe select * from FILE');
  assert.deepEqual(titles, described.map((column) => column.column_name));
  assert.equal(records.field.at(-1).arrayShape, described.at(-1).column_type === 'FLOAT[]' && String(pithJson(['info', file]).json.features));

  const [expanded] = await readers.expandJsonld(document);
  const cr = (name) => `http://mlcommons.org/croissant/${name}`;
  assert.deepEqual(expanded['@type'], ['http://schema.org/Dataset']);
  assert.equal(expanded['http://purl.org/dc/terms/conformsTo'][0]['@value'], cr('1.1'));
  for (const required of ['name', 'description', 'license', 'creator', 'url', 'distribution']) assert.ok(expanded[`http://schema.org/${required}`], required);
  const sets = expanded[cr('recordSet')];
  assert.equal(sets.length, document.recordSet.length);
  const ids = new Set(JSON.stringify(expanded).match(/"@id":"[^"]*"/g));
  for (const field of sets.at(-1)[cr('field')]) {
    for (const target of field[cr('references')] ?? []) assert.ok(ids.has(`"@id":"${target['@id']}"`));
    assert.equal(field[cr('source')][0][cr('fileObject')][0]['@id'], 'data');
  }
  const split = document.recordSet.find((set) => set.dataType === 'cr:Split');
  assert.ok(split.data.some((entry) => Object.values(entry).includes('cr:TrainingSplit')));
});

test('croissant refuses data that is not what the container exports', (t) => {
  const { folder, file } = makeContainer(t);
  const data = exported(file, 'csv');
  const words = ['export', file, '--to', 'croissant', '-o', join(folder, 'films.json'), '--data', data];
  assert.equal(pith([...words, '--split', 'train']).code, 1);
  writeFileSync(data, readFileSync(data, 'utf8').replace('normal', 'Normal'));
  const { code, json } = pithJson(words);
  assert.equal(code, 1);
  assert.equal(json.error.code, 'hashMismatch');
  assert.equal(existsSync(join(folder, 'films.json')), false);
  assert.equal(pith(['export', file, '--to', 'csv', '-o', join(folder, 'x.csv'), '--url', 'https://example.org']).code, 2);
});

test('one part of the split is exported alone', withNumpy, (t) => {
  const { file } = makeContainer(t, ['--dtype', 'f32']);
  const all = features(file);
  const part = features(file, ['--split', 'valid', '--force']);
  assert.equal(part.length, 2);
  const lines = readFileSync(exported(file, 'csv'), 'utf8').trimEnd().split('\r\n').slice(1);
  const rows = lines.map((line, i) => [line, i]).filter(([line]) => line.includes(',valid,')).map(([, i]) => i);
  assert.deepEqual(part, rows.map((row) => all[row]));
  const { code, err } = pith(['export', file, '--to', 'npy', '-o', `${file}.x`, '--split', 'trian']);
  assert.equal(code, 2);
  assert.match(err, /"trian"/);
});

test('equal containers give equal bytes in every format', (t) => {
  const { folder, file } = makeContainer(t);
  for (const format of ['npy', 'npz', 'safetensors', 'parquet', 'tfrecord', 'csv']) {
    const first = readFileSync(exported(file, format));
    assert.ok(readFileSync(exported(file, format, ['--force'])).equals(first), format);
    assert.equal(pith(['export', file, '--to', format, '-o', `${file}.${format}`]).code, 1, 'replaced without --force');
    assert.equal(first.includes(folder), false, `${format} holds a path of this machine`);
  }
  assert.deepEqual(namesIn(folder).filter((name) => name.startsWith('.')), []);
});

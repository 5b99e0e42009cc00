// SPDX-License-Identifier: Apache-2.0
// Opens exported files with programs that we did not write.
import { DuckDBInstance } from '@duckdb/node-api';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import jsonld from 'jsonld';
import protobuf from 'protobufjs';

/** Rows of a query by DuckDB. `file` stands for the file in the query. */
export async function duckdbRows(file, query) {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  try {
    const result = await connection.runAndReadAll(query.replaceAll('FILE', `'${file.replaceAll("'", "''")}'`));
    return result.getRowObjectsJson();
  } finally {
    connection.closeSync();
  }
}

/** Rows and metadata of a Parquet file by hyparquet. */
export async function hyparquet(path) {
  const file = await asyncBufferFromFile(path);
  return { rows: await parquetReadObjects({ file }), metadata: await parquetMetadataAsync(file) };
}

/** A JSON-LD document with all its names written out. Nothing may be fetched. */
export const expandJsonld = (document) => jsonld.expand(document, {
  documentLoader: (url) => Promise.reject(new Error(`would fetch ${url}`)),
});

const { root } = protobuf.parse(`
  syntax = "proto3";
  message BytesList { repeated bytes value = 1; }
  message FloatList { repeated float value = 1; }
  message Int64List { repeated int64 value = 1; }
  message Feature { oneof kind { BytesList bytes_list = 1; FloatList float_list = 2; Int64List int64_list = 3; } }
  message Features { map<string, Feature> feature = 1; }
  message Example { Features features = 1; }
`, { keepCase: true });

/** A tf.train.Example as { key: [value, ...] }; bytes are texts. */
export function decodeExample(bytes) {
  const Example = root.lookupType('Example');
  const { features } = Example.toObject(Example.decode(bytes), { longs: Number });
  return Object.fromEntries(Object.entries(features.feature).map(([key, feature]) => {
    const { value } = feature.bytes_list ?? feature.float_list ?? feature.int64_list;
    return [key, feature.bytes_list ? value.map((text) => Buffer.from(text).toString('utf8')) : value];
  }));
}

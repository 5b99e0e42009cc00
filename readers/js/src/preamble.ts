// SPDX-License-Identifier: Apache-2.0
// Chapter 4: the first 128 bytes.
import { readU64, viewOf, type Bytes } from "./bytes.js";
import { elementTypes, encodings, type Encoding, type FeatureType } from "./enumerators.js";
import { corrupt, refuse } from "./errors.js";
import { expectDigest, Sha256 } from "./sha256.js";

export const preambleBytes = 128;
const magic = [0x8d, 0x50, 0x49, 0x54, 0x48, 0x0d, 0x0a, 0x1a];
const mostRecords = 4_294_967_294;
const mostFeatures = 1_048_576;
const featureTypes: readonly string[] = ["f32", "f16", "i8", "bf16", "i4"];

export interface Preamble {
  major: number;
  minor: number;
  /** Of `features/0`. */
  type: FeatureType;
  encoding: Encoding;
  /** Of the file without signatures. */
  length: number;
  headerLength: number;
  featuresOffset: number;
  recordCount: number;
  featureCount: number;
  headerSha256: Bytes;
  rootSha256: Bytes;
}

/**
 * @param bytes the first 128 bytes, or all where the file has fewer
 * @throws PithError `notAContainer`, `unsupportedVersion`, `hashMismatch`, `truncatedContainer`, `corruptContainer`
 */
export function readPreamble(bytes: Bytes, fileSize: number): Preamble {
  if (magic.some((byte, i) => i < bytes.length && bytes[i] !== byte)) refuse("notAContainer", "the file does not begin as a .pith container does");
  if (bytes.length < preambleBytes) refuse("truncatedContainer", `the file has ${bytes.length} bytes; a container has at least ${preambleBytes}`);
  const view = viewOf(bytes);
  const major = view.getUint16(8, true);
  if (major !== 1) refuse("unsupportedVersion", `the file has version ${major}; this reader knows version 1`);
  const rootSha256 = bytes.slice(96, 128);
  expectDigest(new Sha256().update(bytes.subarray(0, 96)).digest(), rootSha256, "the preamble");
  const length = readU64(view, 16);
  if (fileSize < length) refuse("truncatedContainer", `the file has ${fileSize} bytes; it should have ${length}`);
  const preamble = {
    major,
    minor: view.getUint16(10, true),
    type: elementTypes[view.getUint16(12, true)] as FeatureType,
    encoding: encodings[view.getUint16(14, true)] as Encoding,
    length,
    headerLength: readU64(view, 32),
    featuresOffset: readU64(view, 40),
    recordCount: readU64(view, 48),
    featureCount: readU64(view, 56),
    headerSha256: bytes.slice(64, 96),
    rootSha256,
  };
  check(preamble, readU64(view, 24));
  return preamble;
}

function check({ type, encoding, length, headerLength, recordCount, featureCount }: Preamble, headerOffset: number): void {
  if (!featureTypes.includes(type)) refuse("unsupportedVersion", "the features are of a type that this reader does not know");
  if (!encoding) refuse("unsupportedVersion", "the features have an encoding that this reader does not know");
  if (headerOffset !== preambleBytes) corrupt(`the header begins at ${headerOffset}; it begins at ${preambleBytes}`);
  if (headerLength === 0 || headerLength % 8 !== 0) corrupt(`the header has ${headerLength} bytes; a positive multiple of 8 is needed`);
  if (preambleBytes + headerLength > length) corrupt(`the header of ${headerLength} bytes reaches behind the file's length, ${length}`);
  if (recordCount < 1 || recordCount > mostRecords) corrupt(`the file counts ${recordCount} records; 1 to ${mostRecords} are allowed`);
  if (featureCount < 1 || featureCount > mostFeatures) corrupt(`the file counts ${featureCount} features; 1 to ${mostFeatures} are allowed`);
}

// SPDX-License-Identifier: Apache-2.0
// Writes whole containers from plain objects, right or wrong as a test wants. It shares nothing with the reader.
import { createHash, createPrivateKey, createPublicKey, sign } from "node:crypto";
import { encodeMessage } from "./message.mjs";

export const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
const alignUp = (x) => Math.ceil(x / 64) * 64;
const types = ["unspecified", "f32", "f16", "i8", "u8", "u32", "u64", "f64", "i32", "bf16", "i4"];
const encodings = ["raw", "zstd", "zstdShuffled"];

/** A zstd frame of stored blocks. */
export function storedFrame(bytes) {
  const header = Buffer.alloc(9);
  header.writeUInt32LE(0xfd2fb528, 0);
  header[4] = 0xa0; // one segment, four bytes of size
  header.writeUInt32LE(bytes.length, 5);
  const blocks = [header];
  for (let at = 0; at === 0 || at < bytes.length; at += 131_072) {
    const block = bytes.subarray(at, at + 131_072);
    const isLast = at + 131_072 >= bytes.length;
    blocks.push(Buffer.from([(block.length << 3 | Number(isLast)) & 255, (block.length >> 5) & 255, block.length >> 13]), block);
  }
  return Buffer.concat(blocks);
}

const shuffled = (bytes, size) => Buffer.from(Array.from({ length: bytes.length }, (_, i) => bytes[(i % (bytes.length / size)) * size + Math.floor(i / (bytes.length / size))]));

/** A section's bytes in chunks. @param size of its elements, where they are to be shuffled */
export function chunked(bytes, { size = 0, frame = storedFrame } = {}) {
  const frames = [];
  for (let at = 0; at < bytes.length; at += 1 << 20) {
    const chunk = bytes.subarray(at, at + (1 << 20));
    frames.push(frame(size ? shuffled(chunk, size) : chunk));
  }
  const table = Buffer.alloc(4 * frames.length);
  frames.forEach(({ length }, i) => table.writeUInt32LE(length, 4 * i));
  return Buffer.concat([table, ...frames]);
}

export function bytesOf(type, values) {
  const array = { f32: Float32Array, f16: Uint16Array, bf16: Uint16Array, i8: Int8Array, u8: Uint8Array, u32: Uint32Array, u64: BigUint64Array, f64: Float64Array, i32: Int32Array }[type].from(values);
  return Buffer.from(array.buffer);
}

export function section(name, type, shape, values, extra = {}) {
  const bytes = Buffer.isBuffer(values) ? values : bytesOf(type, values);
  return { name, type, shape, bytes, required: true, encoding: "raw", ...extra };
}

/** The preamble's hashes set right again. */
export function seal(file) {
  const headerLength = Number(file.readBigUInt64LE(32));
  sha256(file.subarray(128, 128 + headerLength)).copy(file, 64);
  sha256(file.subarray(0, 96)).copy(file, 96);
  return file;
}

/**
 * @param header without `sections` and `recordCount`
 * @param sections as `section` makes them; `offset`, `length`, `sha256` override what is right
 * @param preamble fields that override what is right: `major`, `minor`, `type`, `encoding`, `length`, `headerOffset`, `headerLength`,
 *   `featuresOffset`, `recordCount`, `featureCount`
 */
export function encodeContainer({ header, sections, recordCount, preamble = {}, padding = 0 }) {
  const described = (offsets) => encodeMessage({
    recordCount, ...header,
    sections: sections.map(({ name, type, required, shape, bytes, encoding, ...wrong }, i) => ({
      name, type, required, offset: offsets[i], length: bytes.length, shape, sha256: sha256(bytes), encoding, ...wrong,
    })),
  });
  // Offsets are zero only for a header of no length, so that a message with others is as long as the final one.
  const headerLength = described(sections.map(() => 64)).length;
  let end = 128 + headerLength;
  const offsets = sections.map(({ bytes }) => {
    const offset = alignUp(end);
    end = offset + bytes.length;
    return offset;
  });
  const file = Buffer.alloc(end, padding);
  described(offsets).copy(file, 128);
  sections.forEach(({ bytes }, i) => bytes.copy(file, offsets[i]));
  const [first] = sections;
  const fields = {
    major: 1, minor: 0, type: types.indexOf(first.type), encoding: encodings.indexOf(first.encoding), length: end, headerOffset: 128, headerLength,
    featuresOffset: offsets[0], recordCount, featureCount: first.shape[1], ...preamble,
  };
  Buffer.from([0x8d, 0x50, 0x49, 0x54, 0x48, 0x0d, 0x0a, 0x1a]).copy(file);
  ["major", "minor", "type", "encoding"].forEach((name, i) => file.writeUInt16LE(fields[name], 8 + 2 * i));
  ["length", "headerOffset", "headerLength", "featuresOffset", "recordCount", "featureCount"]
    .forEach((name, i) => file.writeBigUInt64LE(BigInt(fields[name]), 16 + 8 * i));
  sha256(file.subarray(128, 128 + headerLength)).copy(file, 64);
  sha256(file.subarray(0, 96)).copy(file, 96);
  return file;
}

/** A signature entry. @param seed 32 bytes */
export function signatureOf(file, seed) {
  const key = createPrivateKey({ key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]), format: "der", type: "pkcs8" });
  const publicKey = createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32);
  const message = Buffer.concat([Buffer.from("pith signature 1"), file.subarray(96, 128)]);
  return Buffer.concat([Buffer.from([0x8d]), Buffer.from("PITHSIG"), Buffer.alloc(24), publicKey, sign(null, message, key)]);
}

export function signed(file, ...seeds) {
  const entries = seeds.map((seed) => signatureOf(file, seed)).sort((a, b) => Buffer.compare(a.subarray(32, 64), b.subarray(32, 64)));
  return Buffer.concat([file, Buffer.alloc(alignUp(file.length) - file.length), ...entries]);
}

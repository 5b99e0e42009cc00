// SPDX-License-Identifier: Apache-2.0
// Writes Cap'n Proto messages in canonical form, from plain objects. It shares nothing with the reader.
import { enumerations, structs } from "./layout.mjs";

const schema = new Map();
for (const entry of structs.trim().split(/\n(?! )/)) {
  const [name, ...fields] = entry.split(/\s+/);
  schema.set(name, fields.map((field) => {
    const [, fieldName, type, pointer, at] = /^(\w+):([\w()]+)@(p?)(\d+)$/.exec(field);
    return { name: fieldName, type, isPointer: pointer === "p", at: Number(at) };
  }));
}
const enumerators = new Map(Object.entries(enumerations).map(([name, list]) => [name, list.split(" ")]));

/** Puts a number, a Boolean or an enumerator (by name or number) into a struct's data. */
function setField(data, { type, at }, value) {
  const byte = at >> 3;
  if (type === "Bool") data[byte] |= Number(value) << (at & 7);
  else if (type === "UInt32") data.writeUInt32LE(value, byte);
  else if (type === "UInt64") data.writeBigUInt64LE(BigInt(value), byte);
  else if (type === "Float32") data.writeFloatLE(value, byte);
  else if (type === "Float64") data.writeDoubleLE(value, byte);
  else data.writeUInt16LE(typeof value === "number" ? value : enumerators.get(type).indexOf(value), byte);
}

const trimmed = (list, isZero) => list.slice(0, list.findLastIndex((entry) => !isZero(entry)) + 1);

/** A struct as data words and pointees, without what is zero at their ends. */
function layStruct(type, value) {
  const data = Buffer.alloc(256);
  const pointees = new Array(32).fill(null);
  for (const field of schema.get(type)) {
    const own = value[field.name];
    if (own === undefined || own === null) continue;
    if (field.isPointer) pointees[field.at] = layPointee(field.type, own);
    else setField(data, field, own);
  }
  const words = Array.from({ length: data.length / 8 }, (_, i) => data.readBigUInt64LE(8 * i));
  return { words: trimmed(words, (word) => word === 0n), pointees: trimmed(pointees, (pointee) => pointee === null) };
}

function layPointee(type, value) {
  if (type === "Text") return value === "" ? null : { bytes: Buffer.concat([Buffer.from(value), Buffer.alloc(1)]) };
  if (type === "Data") return value.length === 0 ? null : { bytes: Buffer.from(value) };
  const element = /^List\((\w+)\)$/.exec(type)?.[1];
  if (!element) {
    const struct = layStruct(type, value);
    return struct.words.length + struct.pointees.length === 0 ? null : { struct };
  }
  if (value.length === 0) return null;
  if (element === "Text") return { pointers: value.map((text) => layPointee("Text", text)) };
  if (schema.has(element)) return { structs: value.map((entry) => layStruct(element, entry)) };
  const size = { UInt32: 4, Float32: 4, UInt64: 8 }[element];
  const bytes = Buffer.alloc(size * value.length);
  value.forEach((number, i) => setField(bytes, { type: element, at: 8 * size * i }, number));
  return { numbers: bytes, size, count: value.length };
}

class MessageWriter {
  words = [0n];

  /** Lists are kind 1 with an element size and a count, structs kind 0 with two sizes. */
  point(from, target, kind, upper) {
    this.words[from] = BigInt.asUintN(32, BigInt((target - from - 1) << 2 | kind)) | (BigInt(upper >>> 0) << 32n);
  }

  addBytes(bytes) {
    const padded = Buffer.concat([bytes, Buffer.alloc((8 - (bytes.length % 8)) % 8)]);
    for (let at = 0; at < padded.length; at += 8) this.words.push(padded.readBigUInt64LE(at));
  }

  addZeros(count) {
    const start = this.words.length;
    for (let i = 0; i < count; i++) this.words.push(0n);
    return start;
  }

  write(from, pointee) {
    if (pointee === null) return;
    const target = this.words.length;
    if (pointee.bytes) {
      this.point(from, target, 1, (pointee.bytes.length << 3) | 2);
      this.addBytes(pointee.bytes);
    } else if (pointee.numbers) {
      this.point(from, target, 1, (pointee.count << 3) | (pointee.size === 4 ? 4 : 5));
      this.addBytes(pointee.numbers);
    } else if (pointee.pointers) {
      this.point(from, target, 1, (pointee.pointers.length << 3) | 6);
      this.addZeros(pointee.pointers.length);
      pointee.pointers.forEach((inner, i) => this.write(target + i, inner));
    } else if (pointee.structs) {
      this.writeStructs(from, pointee.structs);
    } else {
      const { words, pointees } = pointee.struct;
      this.point(from, target, 0, words.length | (pointees.length << 16));
      this.words.push(...words);
      const pointers = this.addZeros(pointees.length);
      pointees.forEach((inner, i) => this.write(pointers + i, inner));
    }
  }

  writeStructs(from, structs) {
    const data = Math.max(...structs.map(({ words }) => words.length));
    const pointers = Math.max(...structs.map(({ pointees }) => pointees.length));
    const size = data + pointers;
    this.point(from, this.words.length, 1, ((structs.length * size) << 3) | 7);
    this.words.push(BigInt(structs.length << 2) | (BigInt(data | (pointers << 16)) << 32n));
    const start = this.addZeros(structs.length * size);
    structs.forEach(({ words }, i) => words.forEach((word, w) => { this.words[start + i * size + w] = word; }));
    structs.forEach(({ pointees }, i) => pointees.forEach((inner, p) => this.write(start + i * size + data + p, inner)));
  }
}

/** @param header an object with the schema's names */
export function encodeMessage(header) {
  const writer = new MessageWriter();
  writer.write(0, layPointee("Header", header));
  const bytes = Buffer.alloc(8 * writer.words.length);
  writer.words.forEach((word, i) => bytes.writeBigUInt64LE(word, 8 * i));
  return bytes;
}

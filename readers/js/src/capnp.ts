// SPDX-License-Identifier: Apache-2.0
// Cap'n Proto messages of one segment in canonical form (capnproto.org/encoding.html). The form is checked once, over all
// pointers: objects lie in the order in which they are pointed at, each once, none outside, so that whatever reads them later
// needs no checks of places, only of types.
import { readU64, viewOf, type Bytes } from "./bytes.js";
import { corrupt } from "./errors.js";
import { decodeText } from "./text.js";

const nestingLimit = 64;
/** Structs without content take no room: their number is the one thing that the message's length does not bound. */
const emptyStructsLimit = 8192;
const elementBits = [0, 1, 8, 16, 32, 64];
const kinds = { struct: 0, list: 1 };
/** Codes of element sizes. */
const codes = { byte: 2, fourBytes: 4, eightBytes: 5, pointer: 6, composite: 7 };

/** Where an object lies, in words. */
interface StructPlace {
  data: number;
  dataWords: number;
  pointers: number;
}

interface ListPlace {
  code: number;
  /** The first element; behind the tag word of composite lists. */
  start: number;
  count: number;
  /** Of composite lists. */
  dataWords: number;
  pointers: number;
}

export class Message {
  readonly view: DataView;
  readonly bytes: Bytes;
  readonly words: number;
  /** The word at which the next object must begin. */
  #head = 1;

  /**
   * @param bytes a multiple of 8, at least 8
   * @throws PithError `corruptContainer` where the message is not in canonical form
   */
  constructor(bytes: Bytes) {
    this.bytes = bytes;
    this.view = viewOf(bytes);
    this.words = bytes.length / 8;
    this.#walk(0, 0);
    if (this.#head !== this.words) corrupt(`the header's message ends at word ${this.#head}; it has ${this.words}`);
  }

  root(): StructReader {
    return this.structAt(0, "header") ?? corrupt("the header is empty");
  }

  isNull(word: number): boolean {
    return this.view.getUint32(8 * word, true) === 0 && this.view.getUint32(8 * word + 4, true) === 0;
  }

  structAt(word: number, what: string): StructReader | null {
    if (this.isNull(word)) return null;
    if (this.#kind(word) !== kinds.struct) corrupt(`${what} is no struct`);
    return new StructReader(this, this.#structPlace(word));
  }

  listAt(word: number, code: number, what: string): ListPlace | null {
    if (this.isNull(word)) return null;
    if (this.#kind(word) !== kinds.list) corrupt(`${what} is no list`);
    const place = this.#listPlace(word);
    if (place.code !== code) corrupt(`${what} is a list of elements of size code ${place.code}; ${code} is expected`);
    return place;
  }

  #kind(word: number): number {
    return this.view.getUint32(8 * word, true) & 3;
  }

  #target(word: number): number {
    return word + 1 + (this.view.getInt32(8 * word, true) >> 2);
  }

  #structPlace(word: number): StructPlace {
    return { data: this.#target(word), dataWords: this.view.getUint16(8 * word + 4, true), pointers: this.view.getUint16(8 * word + 6, true) };
  }

  #listPlace(word: number): ListPlace {
    const upper = this.view.getUint32(8 * word + 4, true);
    const start = this.#target(word);
    const place = { code: upper & 7, start, count: upper >>> 3, dataWords: 0, pointers: 0 };
    if (place.code !== codes.composite) return place;
    return {
      code: place.code,
      start: start + 1,
      count: this.view.getUint32(8 * start, true) >>> 2,
      dataWords: this.view.getUint16(8 * start + 4, true),
      pointers: this.view.getUint16(8 * start + 6, true),
    };
  }

  /** The next `count` words belong to an object that a pointer says begins at `start`. */
  #claim(start: number, count: number): void {
    if (start !== this.#head) corrupt(`the header is not in canonical form: an object lies at word ${start}; ${this.#head} is next`);
    if (count > this.words - start) corrupt("the header points behind its end");
    this.#head += count;
  }

  #walk(word: number, depth: number): void {
    if (this.isNull(word)) return;
    if (depth > nestingLimit) corrupt(`the header nests deeper than ${nestingLimit}`);
    const kind = this.#kind(word);
    if (kind === kinds.struct) this.#walkStruct(word, depth);
    else if (kind === kinds.list) this.#walkList(word, depth);
    else corrupt("the header is not in canonical form: it has a far pointer or a capability");
  }

  #walkStruct(word: number, depth: number): void {
    const place = this.#structPlace(word);
    if (place.dataWords + place.pointers === 0) {
      if (place.data !== word) corrupt("the header is not in canonical form: an empty struct lies elsewhere than its pointer");
      return;
    }
    this.#claim(place.data, place.dataWords + place.pointers);
    if (!this.#endsInData(place) || !this.#endsInPointer(place)) corrupt("the header is not in canonical form: a struct is not truncated");
    this.#walkPointers(place.data + place.dataWords, place.pointers, depth);
  }

  #endsInData({ data, dataWords }: StructPlace): boolean {
    return dataWords === 0 || !this.isNull(data + dataWords - 1);
  }

  #endsInPointer({ data, dataWords, pointers }: StructPlace): boolean {
    return pointers === 0 || !this.isNull(data + dataWords + pointers - 1);
  }

  #walkPointers(start: number, count: number, depth: number): void {
    for (let i = 0; i < count; i++) this.#walk(start + i, depth + 1);
  }

  #walkList(word: number, depth: number): void {
    const upper = this.view.getUint32(8 * word + 4, true);
    if ((upper & 7) === codes.composite) {
      this.#walkComposite(this.#target(word), upper >>> 3, depth);
      return;
    }
    const { code, start, count } = this.#listPlace(word);
    if (code === codes.pointer) {
      this.#claim(start, count);
      this.#walkPointers(start, count, depth);
      return;
    }
    const bits = count * elementBits[code]!;
    this.#claim(start, Math.ceil(bits / 64));
    this.#expectZeroBits(start, bits);
  }

  /** Padding behind the last element of a list. */
  #expectZeroBits(start: number, bits: number): void {
    const end = 8 * (start + Math.ceil(bits / 64));
    let at = 8 * start + Math.floor(bits / 8);
    const broken = bits % 8;
    const isClean = broken === 0 || this.bytes[at++]! >> broken === 0;
    while (at < end && this.bytes[at] === 0) at++;
    if (!isClean || at < end) corrupt("the header is not in canonical form: a list's padding is not zero");
  }

  #walkComposite(tag: number, words: number, depth: number): void {
    this.#claim(tag, 1 + words);
    if (this.#kind(tag) !== kinds.struct) corrupt("the header holds a list of structs without a tag");
    const count = this.view.getUint32(8 * tag, true) >>> 2;
    const dataWords = this.view.getUint16(8 * tag + 4, true);
    const pointers = this.view.getUint16(8 * tag + 6, true);
    const size = dataWords + pointers;
    if (count * size !== words) corrupt(`the header holds a list of ${count} structs of ${size} words in ${words} words`);
    if (size === 0) {
      if (count > emptyStructsLimit) corrupt(`the header holds a list of ${count} empty structs; at most ${emptyStructsLimit} are allowed`);
      return;
    }
    let isDataFull = dataWords === 0;
    let arePointersFull = pointers === 0;
    for (let i = 0; i < count; i++) {
      const place = { data: tag + 1 + i * size, dataWords, pointers };
      isDataFull ||= this.#endsInData(place);
      arePointersFull ||= this.#endsInPointer(place);
      this.#walkPointers(place.data + dataWords, pointers, depth + 1);
    }
    if (!isDataFull || !arePointersFull) corrupt("the header is not in canonical form: a list's structs are not truncated");
  }
}

/** One struct. `what` is everywhere the path of what is read, such as `encoders.0.name`. Fields behind its end have their default, zero or nothing; offsets count bytes of the data section. */
export class StructReader {
  readonly #message: Message;
  readonly #place: StructPlace;

  constructor(message: Message, place: StructPlace) {
    this.#message = message;
    this.#place = place;
  }

  bool(offset: number, bit: number): boolean {
    return this.#has(offset, 1) && ((this.#message.view.getUint8(this.#byte(offset)) >> bit) & 1) === 1;
  }

  u16(offset: number): number {
    return this.#has(offset, 2) ? this.#message.view.getUint16(this.#byte(offset), true) : 0;
  }

  u32(offset: number): number {
    return this.#has(offset, 4) ? this.#message.view.getUint32(this.#byte(offset), true) : 0;
  }

  /** Exact up to 2^53 - 1; see `readU64`. */
  u64(offset: number): number {
    return this.#has(offset, 8) ? readU64(this.#message.view, this.#byte(offset)) : 0;
  }

  bigU64(offset: number): bigint {
    return this.#has(offset, 8) ? this.#message.view.getBigUint64(this.#byte(offset), true) : 0n;
  }

  f32(offset: number): number {
    return this.#has(offset, 4) ? this.#message.view.getFloat32(this.#byte(offset), true) : 0;
  }

  f64(offset: number): number {
    return this.#has(offset, 8) ? this.#message.view.getFloat64(this.#byte(offset), true) : 0;
  }

  struct(index: number, what: string): StructReader | null {
    const word = this.#pointer(index);
    return word === null ? null : this.#message.structAt(word, what);
  }

  /** @param most entries that are allowed */
  structs(index: number, most: number, what: string): StructReader[] {
    const list = this.#list(index, codes.composite, most, what);
    if (!list) return [];
    const { start, dataWords, pointers } = list;
    return Array.from({ length: list.count }, (_, i) => new StructReader(this.#message, { data: start + i * (dataWords + pointers), dataWords, pointers }));
  }

  data(index: number, what: string): Bytes {
    const list = this.#list(index, codes.byte, Infinity, what);
    return list ? this.#message.bytes.subarray(8 * list.start, 8 * list.start + list.count) : new Uint8Array(0);
  }

  text(index: number, mostBytes: number, what: string): string {
    const word = this.#pointer(index);
    return word === null ? "" : this.#textAt(word, mostBytes, what);
  }

  texts(index: number, most: number, mostBytes: number, what: string): string[] {
    const list = this.#list(index, codes.pointer, most, what);
    return list ? Array.from({ length: list.count }, (_, i) => this.#textAt(list.start + i, mostBytes, `${what}.${i}`)) : [];
  }

  u32s(index: number, most: number, what: string): number[] {
    return this.#numbers(index, codes.fourBytes, most, what, (view, at) => view.getUint32(at, true));
  }

  f32s(index: number, most: number, what: string): number[] {
    return this.#numbers(index, codes.fourBytes, most, what, (view, at) => view.getFloat32(at, true));
  }

  u64s(index: number, most: number, what: string): number[] {
    return this.#numbers(index, codes.eightBytes, most, what, readU64);
  }

  #byte(offset: number): number {
    return 8 * this.#place.data + offset;
  }

  #has(offset: number, size: number): boolean {
    return offset + size <= 8 * this.#place.dataWords;
  }

  #pointer(index: number): number | null {
    const { data, dataWords, pointers } = this.#place;
    return index < pointers ? data + dataWords + index : null;
  }

  #list(index: number, code: number, most: number, what: string): ListPlace | null {
    const word = this.#pointer(index);
    const list = word === null ? null : this.#message.listAt(word, code, what);
    if (list && list.count > most) corrupt(`${what} has ${list.count} entries; at most ${most} are allowed`);
    return list;
  }

  #numbers(index: number, code: number, most: number, what: string, read: (view: DataView, at: number) => number): number[] {
    const list = this.#list(index, code, most, what);
    const size = code === codes.fourBytes ? 4 : 8;
    return list ? Array.from({ length: list.count }, (_, i) => read(this.#message.view, 8 * list.start + size * i)) : [];
  }

  #textAt(word: number, mostBytes: number, what: string): string {
    const list = this.#message.listAt(word, codes.byte, what);
    if (!list) return "";
    const start = 8 * list.start;
    const end = start + list.count - 1;
    if (list.count === 0 || this.#message.bytes[end] !== 0) corrupt(`${what} does not end with a zero byte`);
    return decodeText(this.#message.bytes.subarray(start, end), mostBytes, what);
  }
}

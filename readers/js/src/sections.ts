// SPDX-License-Identifier: Apache-2.0
// Chapter 6: where sections lie, which there must be, and what they hold.
import { alignUp } from "./bytes.js";
import { elementBits, type ElementType, type FeatureType } from "./enumerators.js";
import { corrupt, refuse } from "./errors.js";
import type { RawHeader, RawSection } from "./header/decode.js";
import type { LabelColumn, Section } from "./header/model.js";
import { preambleBytes, type Preamble } from "./preamble.js";

const knownName = new RegExp("^(" + [
  "features/N(/(scale|zero-point|moments|probe))?", "records/(id|parent|transform|name/(offset|text))", "groups/N", "splits/N",
  "labels/N/(index|number|offset|text|states|year)", "documents/N", "privacy/report",
].join("|").replaceAll("N", "(0|[1-9][0-9]*)") + ")$");

export const isKnown = (name: string): boolean => knownName.test(name);

/** A section that the header calls for, or allows. An extent of null may be any. */
interface Expected {
  name: string;
  types: readonly ElementType[];
  shape: readonly (number | null)[];
  /** Whether the file may do without it. */
  mayLack?: boolean;
  alwaysRaw?: boolean;
}

const featureTypes: readonly FeatureType[] = ["f32", "f16", "i8", "bf16", "i4"];
export const isQuantised = (type: Section["type"]): boolean => type === "i8" || type === "i4";

function expectedOfBlock(header: RawHeader, block: number): Expected[] {
  const name = `features/${block}`;
  const features = header.encoders[header.features[block]!.encoder]!.featureCount;
  const expected: Expected[] = [{ name, types: featureTypes, shape: [header.recordCount, features] }];
  if (isQuantised(header.sections.find((section) => section.name === name)?.type ?? "unknown")) {
    for (const part of ["scale", "zero-point"]) expected.push({ name: `${name}/${part}`, types: ["f32"], shape: [features] });
  }
  expected.push({ name: `${name}/moments`, types: ["f32"], shape: [4, features], mayLack: true });
  expected.push({ name: `${name}/probe`, types: ["f32"], shape: [null, features], mayLack: true });
  return expected;
}

function expectedOfColumn({ type, categories }: LabelColumn, column: number, records: number): Expected[] {
  const of = (part: string, element: ElementType, shape: (number | null)[]): Expected =>
    ({ name: `labels/${column}/${part}`, types: [element], shape });
  switch (type) {
    case "categorical":
    case "ordinal": return [of("index", "u32", [records])];
    case "number": return [of("number", "f64", [records])];
    case "year": return [of("year", "i32", [records])];
    case "multiLabel": return [of("states", "i8", [records, categories.length])];
    case "text": return [of("offset", "u64", [records + 1]), of("text", "u8", [null])];
  }
}

/** All sections that this version knows and the header calls for or allows. */
function expectedSections(header: RawHeader): Expected[] {
  const n = header.recordCount;
  const has = new Set(header.sections.map(({ name }) => name));
  const areViewsThere = has.has("records/parent") || has.has("records/transform");
  const areNamesThere = has.has("records/name/offset") || has.has("records/name/text");
  return [
    ...header.features.flatMap((_, i) => expectedOfBlock(header, i)),
    { name: "records/id", types: ["u8"], shape: [n, 16], alwaysRaw: true },
    { name: "records/parent", types: ["u32"], shape: [n], mayLack: !areViewsThere },
    { name: "records/transform", types: ["u32"], shape: [n], mayLack: !areViewsThere },
    { name: "records/name/offset", types: ["u64"], shape: [n + 1], mayLack: !areNamesThere },
    { name: "records/name/text", types: ["u8"], shape: [null], mayLack: !areNamesThere },
    ...header.groupings.map((_, k): Expected => ({ name: `groups/${k}`, types: ["u32"], shape: [n] })),
    ...header.splits.map((_, k): Expected => ({ name: `splits/${k}`, types: ["u8"], shape: [n] })),
    ...header.labels.flatMap((column, k) => expectedOfColumn(column, k, n)),
    ...header.documents.map((_, k): Expected => ({ name: `documents/${k}`, types: ["u8"], shape: [null] })),
    { name: "privacy/report", types: ["u8"], shape: [null], mayLack: true },
  ];
}

/** @returns bytes of a section before compression, or null where they are too many for a number */
export function rawLengthOf(type: Section["type"], shape: readonly number[]): number | null {
  if (type === "unspecified" || type === "unknown") return null;
  if (shape.includes(0)) return 0;
  const extents = type === "i4" && shape.length > 0 ? [...shape.slice(0, -1), Math.ceil(shape.at(-1)! / 2)] : shape;
  const size = type === "i4" ? 1 : elementBits[type] / 8;
  let product = size;
  for (const extent of extents) {
    product *= extent;
    if (!Number.isSafeInteger(product)) return null;
  }
  return product;
}

/** @returns bytes before compression of a section that was checked */
export function rawLength(section: Section): number {
  return rawLengthOf(section.type, section.shape)!;
}

function checkEncoding(section: RawSection, what: string): void {
  const { type, encoding, length } = section;
  if (type === "unknown" || encoding === "unknown") return;
  const raw = rawLengthOf(type, section.shape);
  if (raw === null) corrupt(`${what} has a type or a shape that no file can hold`);
  if (encoding === "raw") {
    if (length !== raw) corrupt(`${what} has ${length} bytes; its shape needs ${raw}`);
    return;
  }
  if (raw === 0) corrupt(`${what} is empty and compressed; empty sections are raw`);
  if (raw > 64 * length) corrupt(`${what} is compressed to less than a 64th`);
  if (encoding === "zstdShuffled" && (type === "i4" || elementBits[type as "u8"] === 8)) corrupt(`${what} has elements of one byte; those are not shuffled`);
}

function checkExpected(section: RawSection, expected: Expected, what: string): void {
  const { type, shape } = section;
  if (!expected.types.includes(type as ElementType)) corrupt(`${what} has type ${type}; ${expected.types.join(", ")} is allowed`);
  const fits = shape.length === expected.shape.length && expected.shape.every((extent, axis) => extent === null || extent === shape[axis]);
  if (!fits) corrupt(`${what} has the shape [${shape.join(", ")}]; [${expected.shape.map((extent) => extent ?? "any").join(", ")}] is needed`);
  if (expected.alwaysRaw && section.encoding !== "raw") corrupt(`${what} is compressed; it is always raw`);
}

/** Unknown required sections and enumerators come first: a newer file is told from a damaged one. */
function refuseUnknown(sections: readonly RawSection[]): void {
  for (const { name, required } of sections) {
    if (!isKnown(name) && required) refuse("unsupportedSection", `the section '${name}' is required and this reader does not know it`);
  }
  sections.forEach((section, i) => {
    if (!isKnown(section.name)) return;
    if (section.type === "unknown") refuse("unsupportedVersion", `sections.${i}.type is ${section.typeNumber}, which this reader does not know`);
    if (section.encoding === "unknown") refuse("unsupportedVersion", `sections.${i}.encoding is ${section.encodingNumber}, which this reader does not know`);
  });
}

function checkPlaces(sections: readonly RawSection[], preamble: Preamble): void {
  let end = preambleBytes + preamble.headerLength;
  sections.forEach(({ offset, length }, i) => {
    if (offset !== alignUp(end)) corrupt(`sections.${i} begins at ${offset}; ${alignUp(end)} is where it must begin`);
    end = offset + length;
    if (end > preamble.length) corrupt(`sections.${i} reaches behind the file's length, ${preamble.length}`);
  });
  if (end !== preamble.length) corrupt(`the last section ends at ${end}; the file's length is ${preamble.length}`);
}

function checkNames(sections: readonly RawSection[]): void {
  const seen = new Set<string>();
  sections.forEach(({ name }, i) => {
    if (!/^[a-z0-9/-]{1,64}$/.test(name)) corrupt(`sections.${i}.name is not 1 to 64 of a-z, 0-9, / and -`);
    if (seen.has(name)) corrupt(`sections.${i} has the name of a section before it`);
    seen.add(name);
  });
}

/** Known sections are those that the header calls for, in any order behind the first. */
function checkAgainstHeader(header: RawHeader): void {
  if (header.sections[0]!.name !== "features/0") corrupt("the first section is not features/0");
  const expected = new Map(expectedSections(header).map((entry) => [entry.name, entry]));
  for (const section of header.sections) {
    if (!isKnown(section.name)) continue;
    const wanted = expected.get(section.name) ?? corrupt(`the header does not call for the section '${section.name}'`);
    checkExpected(section, wanted, `'${section.name}'`);
    expected.delete(section.name);
  }
  for (const { name, mayLack } of expected.values()) {
    if (!mayLack) corrupt(`the section '${name}' is missing`);
  }
}

/** @throws PithError `unsupportedSection`, `unsupportedVersion`, `corruptContainer` */
export function checkSections(header: RawHeader, preamble: Preamble): void {
  const { sections } = header;
  checkNames(sections);
  refuseUnknown(sections);
  checkPlaces(sections, preamble);
  sections.forEach((section) => checkEncoding(section, `'${section.name}'`));
  checkAgainstHeader(header);
  const [first] = sections;
  if (first!.offset !== preamble.featuresOffset) corrupt(`the preamble puts features/0 at ${preamble.featuresOffset}, the header at ${first!.offset}`);
  if (first!.type !== preamble.type) corrupt(`the preamble gives features/0 the type ${preamble.type}, the header ${first!.type}`);
  if (first!.encoding !== preamble.encoding) corrupt(`the preamble gives features/0 the encoding ${preamble.encoding}, the header ${first!.encoding}`);
  if (first!.shape[1] !== preamble.featureCount) corrupt(`the preamble counts ${preamble.featureCount} features, the header ${first!.shape[1]}`);
}

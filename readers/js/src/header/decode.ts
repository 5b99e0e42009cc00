// SPDX-License-Identifier: Apache-2.0
// From the message to objects: fields at the places that container.capnp's layout gives them, enumerators, texts, and how many
// entries there may be. What one entry says about another is checked in rules.ts.
import type { StructReader } from "../capnp.js";
import { columnRoles, elementTypes, encodings, entityKinds, headTasks, labelTypes, layerKinds, losses, optimizers, poolings,
  splitKinds } from "../enumerators.js";
import { refuse } from "../errors.js";
import { nameBytes, textBytes } from "../text.js";
import type { Contact, Dataset, DocumentInfo, Encoder, FeatureBlockInfo, Grouping, Head, Header, LabelColumn, Layer, Savings, Section,
  Split } from "./model.js";

export const limits = {
  contacts: 1024, encoders: 256, blocks: 256, columns: 1024, groupings: 64, splits: 64, parts: 254, heads: 64, layers: 64, documents: 1024,
  transforms: 65_536, notKnown: 1024, sections: 8192, axes: 8, entries: 1024, categories: 1_000_000, states: 4096, outputs: 1_048_576,
};

/** A section with numbers that only mean something once its name is known. */
export interface RawSection extends Section {
  typeNumber: number;
  encodingNumber: number;
}

function enumerator<T extends string>(names: readonly T[], number: number, what: string): T {
  return names[number] ?? refuse("unsupportedVersion", `${what} is ${number}; this reader knows 0 to ${names.length - 1}`);
}

const fromPlus1 = (number: number): number | null => (number === 0 ? null : number - 1);

function decodeContact(from: StructReader, what: string): Contact {
  return {
    name: from.text(0, textBytes, `${what}.name`),
    kind: entityKinds[from.u16(0)] ?? "unspecified",
    email: from.text(1, textBytes, `${what}.email`),
    role: from.text(2, textBytes, `${what}.role`),
  };
}

function decodeDataset(header: StructReader): Dataset {
  const from = header.struct(1, "dataset");
  const original = from?.struct(10, "dataset.original");
  const text = (index: number, name: string): string => from?.text(index, textBytes, `dataset.${name}`) ?? "";
  const originalText = (index: number, name: string): string => original?.text(index, textBytes, `dataset.original.${name}`) ?? "";
  return {
    title: text(0, "title"),
    author: text(1, "author"),
    contact: text(2, "contact"),
    source: text(3, "source"),
    licence: text(4, "licence"),
    notes: text(5, "notes"),
    version: text(6, "version"),
    identifier: text(7, "identifier"),
    citation: text(8, "citation"),
    augmentation: text(9, "augmentation"),
    original: { author: originalText(0, "author"), source: originalText(1, "source"), licence: originalText(2, "licence") },
    contacts: from?.structs(11, limits.contacts, "dataset.contacts").map((contact, i) => decodeContact(contact, `dataset.contacts.${i}`)) ?? [],
  };
}

/** Counts that nothing in the file bounds must fit a JavaScript number. */
function safeInteger(number: number, what: string): number {
  if (!Number.isSafeInteger(number)) refuse("containerTooLarge", `${what} is above 2^53 - 1, the largest whole number of this reader`);
  return number;
}

/** An empty struct is as one that is absent. */
function decodeSavings(header: StructReader): Savings | null {
  const from = header.struct(12, "savings");
  const savings = from && {
    originalCount: safeInteger(from.u64(0), "savings.originalCount"),
    originalBytes: safeInteger(from.u64(8), "savings.originalBytes"),
    encodingSeconds: from.f64(16),
    loadingSeconds: from.f64(24),
    headSeconds: from.f64(32),
    epochs: from.u32(40),
  };
  return savings && Object.values(savings).some((value) => value !== 0) ? savings : null;
}

export interface Entry {
  key: string;
  value: string;
}

/** Keys and values in the order of the file. */
function decodeEntries(encoder: StructReader, index: number, what: string): Entry[] {
  return encoder.structs(index, limits.entries, what).map((entry, i) =>
    ({ key: entry.text(0, nameBytes, `${what}.${i}.key`), value: entry.text(1, textBytes, `${what}.${i}.value`) }));
}

/** An encoder whose entries are still lists, so that their order can be checked. */
export interface RawEncoder extends Omit<Encoder, "model" | "dataProcessing" | "performance" | "training"> {
  model: Entry[];
  dataProcessing: Entry[];
  performance: Entry[];
  training: Entry[];
}

/** The header as far as fields tell it alone. */
export interface RawHeader extends Omit<Header, "encoders" | "features" | "documents"> {
  encoders: RawEncoder[];
  features: Omit<FeatureBlockInfo, "type" | "featureCount">[];
  documents: Omit<DocumentInfo, "length">[];
  sections: RawSection[];
}

function decodeEncoder(from: StructReader, what: string): RawEncoder {
  const modelSha256 = from.data(1, `${what}.modelSha256`);
  return {
    name: from.text(0, nameBytes, `${what}.name`),
    modelSha256: modelSha256.length > 0 ? modelSha256 : null,
    recipe: from.text(2, textBytes, `${what}.recipe`) || null,
    tap: from.text(3, nameBytes, `${what}.tap`),
    tapShape: from.u32s(4, 8, `${what}.tapShape`),
    pooling: enumerator(poolings, from.u16(0), `${what}.pooling`),
    engine: from.text(5, nameBytes, `${what}.engine`),
    featureCount: from.u32(4),
    poolingPower: from.f32(8),
    family: from.text(6, textBytes, `${what}.family`),
    type: from.text(7, textBytes, `${what}.type`),
    architectureSource: from.text(8, textBytes, `${what}.architectureSource`),
    weightsSource: from.text(9, textBytes, `${what}.weightsSource`),
    licence: from.text(10, textBytes, `${what}.licence`),
    citation: from.text(11, textBytes, `${what}.citation`),
    model: decodeEntries(from, 12, `${what}.model`),
    dataProcessing: decodeEntries(from, 13, `${what}.dataProcessing`),
    performance: decodeEntries(from, 14, `${what}.performance`),
    training: decodeEntries(from, 15, `${what}.training`),
  };
}

function decodeBlock(from: StructReader, what: string): RawHeader["features"][number] {
  return {
    name: from.text(0, nameBytes, `${what}.name`),
    encoder: from.u32(0),
    maxAbsoluteError: from.f64(8),
    rootMeanSquareError: from.f64(16),
    relativeL2Error: from.f64(24),
    duplicateCount: from.u64(32),
  };
}

function decodeColumn(from: StructReader, what: string): LabelColumn {
  return {
    name: from.text(0, nameBytes, `${what}.name`),
    type: enumerator(labelTypes, from.u16(0), `${what}.type`),
    categories: from.texts(1, limits.categories, nameBytes, `${what}.categories`),
    role: enumerator(columnRoles, from.u16(2), `${what}.role`),
    unit: from.text(2, nameBytes, `${what}.unit`),
    codingSystem: from.text(3, nameBytes, `${what}.codingSystem`),
    code: from.text(4, nameBytes, `${what}.code`),
    codes: from.texts(5, limits.categories, nameBytes, `${what}.codes`),
    description: from.text(6, textBytes, `${what}.description`),
    grouping: fromPlus1(from.u32(4)),
    missingCount: from.u64(8),
    uncertainCount: from.u64(16),
    counts: from.u64s(7, limits.categories, `${what}.counts`),
    minimum: from.f64(24),
    maximum: from.f64(32),
  };
}

function decodeGrouping(from: StructReader, what: string): Grouping {
  return {
    name: from.text(0, nameBytes, `${what}.name`),
    groupCount: from.u64(0),
    description: from.text(1, textBytes, `${what}.description`),
  };
}

function decodeSplit(from: StructReader, what: string): Split {
  return {
    name: from.text(0, nameBytes, `${what}.name`),
    kind: enumerator(splitKinds, from.u16(0), `${what}.kind`),
    parts: from.texts(1, limits.parts, nameBytes, `${what}.parts`),
    grouping: fromPlus1(from.u32(4)),
    groupsInSeveralParts: from.u64(8),
    stratifiedBy: fromPlus1(from.u32(16)),
    seed: from.bool(2, 0) ? String(from.bigU64(24)) : null,
    method: from.text(2, textBytes, `${what}.method`),
    counts: from.u64s(3, limits.parts, `${what}.counts`),
  };
}

function decodeLayer(from: StructReader, what: string): Layer {
  return { kind: enumerator(layerKinds, from.u16(0), `${what}.kind`), outputs: from.u32(4), rate: from.f32(8), epsilon: from.f32(12) };
}

function decodeHead(from: StructReader, what: string): Head {
  return {
    name: from.text(0, nameBytes, `${what}.name`),
    task: enumerator(headTasks, from.u16(0), `${what}.task`),
    label: from.u32(4),
    features: from.u32s(1, limits.blocks, `${what}.features`),
    split: fromPlus1(from.u32(8)),
    layers: from.structs(2, limits.layers, `${what}.layers`).map((layer, i) => decodeLayer(layer, `${what}.layers.${i}`)),
    loss: enumerator(losses, from.u16(2), `${what}.loss`),
    classWeights: from.f32s(3, limits.outputs, `${what}.classWeights`),
    optimizer: enumerator(optimizers, from.u16(12), `${what}.optimizer`),
    learningRate: from.f64(16),
    momentum: from.f64(24),
    weightDecay: from.f64(32),
    batchSize: from.u32(40),
    epochs: from.u32(44),
    seed: String(from.bigU64(48)),
    scoreMetric: from.text(4, nameBytes, `${what}.scoreMetric`),
    score: from.f64(56),
    scoreLow: from.f64(64),
    scoreHigh: from.f64(72),
    scorePart: fromPlus1(from.u32(80)),
    note: from.text(5, textBytes, `${what}.note`),
  };
}

function decodeDocument(from: StructReader, what: string): Omit<DocumentInfo, "length"> {
  const text = (index: number, name: string, mostBytes = textBytes): string => from.text(index, mostBytes, `${what}.${name}`);
  return {
    fileName: text(0, "fileName", nameBytes),
    mediaType: text(1, "mediaType", nameBytes),
    title: text(2, "title"),
    shortDescription: text(3, "shortDescription"),
    longDescription: text(4, "longDescription"),
    author: text(5, "author"),
    credits: text(6, "credits"),
    licence: text(7, "licence"),
    date: text(8, "date"),
    originallyAvailableAt: text(9, "originallyAvailableAt"),
    howToCite: text(10, "howToCite"),
    publishedAt: text(11, "publishedAt"),
    contact: text(12, "contact"),
    version: text(13, "version"),
  };
}

function decodeSection(from: StructReader, what: string): RawSection {
  const typeNumber = from.u16(0);
  const encodingNumber = from.u16(4);
  return {
    name: from.text(0, 64, `${what}.name`),
    type: elementTypes[typeNumber] ?? "unknown",
    typeNumber,
    required: from.bool(2, 0),
    offset: from.u64(8),
    length: from.u64(16),
    shape: from.u64s(1, limits.axes, `${what}.shape`),
    sha256: from.data(2, `${what}.sha256`),
    encoding: encodings[encodingNumber] ?? "unknown",
    encodingNumber,
  };
}

/** @throws PithError `corruptContainer`, `unsupportedVersion`, `containerTooLarge` */
export function decodeHeader(root: StructReader): RawHeader {
  const list = <T>(index: number, most: number, name: string, decode: (from: StructReader, what: string) => T): T[] =>
    root.structs(index, most, name).map((entry, i) => decode(entry, `${name}.${i}`));
  return {
    writer: root.text(0, nameBytes, "writer"),
    recordCount: root.u64(0),
    dataset: decodeDataset(root),
    encoders: list(2, limits.encoders, "encoders", decodeEncoder),
    features: list(3, limits.blocks, "features", decodeBlock),
    labels: list(4, limits.columns, "labels", decodeColumn),
    sections: list(5, limits.sections, "sections", decodeSection),
    groupings: list(6, limits.groupings, "groupings", decodeGrouping),
    splits: list(7, limits.splits, "splits", decodeSplit),
    heads: list(8, limits.heads, "heads", decodeHead),
    documents: list(9, limits.documents, "documents", decodeDocument),
    transforms: root.texts(10, limits.transforms, textBytes, "transforms"),
    notKnown: root.texts(11, limits.notKnown, textBytes, "notKnown"),
    savings: decodeSavings(root),
  };
}

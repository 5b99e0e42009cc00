// SPDX-License-Identifier: Apache-2.0
// A container's content as one plain object, as chapter 16 of the specification lays it out: what all readers agree on.
import { toHex } from "./bytes.js";
import type { Container } from "./container.js";
import type { DocumentInfo, Encoder, FeatureBlockInfo, Grouping, Head, LabelColumn, Savings, Section, Split, Dataset } from "./header/model.js";
import { MISSING_YEAR, states, type LabelValues } from "./labels.js";
import { NONE, NO_PART, type Records } from "./records.js";
import { sha256 } from "./sha256.js";
import type { Signature } from "./signatures.js";

export type LabelDescription = null | number | string | { category: number } | { states: (0 | 1 | "uncertain" | null)[] } | { year: number };

export interface RecordDescription {
  id: string;
  name: string | null;
  parent: number | null;
  transform: number | null;
  groups: (number | null)[];
  splits: (number | null)[];
  labels: LabelDescription[];
  /** One for each block; left out where features were not asked for. */
  features?: number[][];
}

export interface Description {
  rootSha256: string;
  writer: string;
  recordCount: number;
  dataset: Dataset;
  notKnown: string[];
  savings: Savings | null;
  encoders: (Omit<Encoder, "modelSha256" | "recipe"> & { modelSha256: string | null; recipe: unknown })[];
  features: FeatureBlockInfo[];
  groupings: Grouping[];
  splits: Split[];
  labels: LabelColumn[];
  heads: Head[];
  documents: (DocumentInfo & { sha256: string })[];
  transforms: string[];
  sections: (Omit<Section, "sha256"> & { sha256: string })[];
  signatures: Signature[];
  records?: RecordDescription[];
}

export interface DescribeOptions {
  /** Whether records are described too; true where it is not stated. */
  records?: boolean;
  /** Whether records have their features; true where it is not stated. */
  features?: boolean;
}

function describeLabel(values: LabelValues, record: number): LabelDescription {
  switch (values.type) {
    case "categorical":
    case "ordinal": {
      const category = values.indices[record]!;
      return category === NONE ? null : { category };
    }
    case "number": {
      const value = values.values[record]!;
      return Number.isNaN(value) ? null : value;
    }
    case "year": {
      const year = values.years[record]!;
      return year === MISSING_YEAR ? null : { year };
    }
    case "text": return values.texts.at(record) || null;
    case "multiLabel": {
      const { categoryCount } = values;
      const cells = values.states.subarray(record * categoryCount, (record + 1) * categoryCount);
      return { states: Array.from(cells, (cell) => (cell === states.missing ? null : cell === states.uncertain ? "uncertain" : (cell as 0 | 1))) };
    }
  }
}

const orNull = (number: number, nothing: number): number | null => (number === nothing ? null : number);

function describeRecord(records: Records, i: number, features: readonly Float32Array[] | null): RecordDescription {
  return {
    id: records.id(i),
    name: records.name(i),
    parent: records.parents ? orNull(records.parents[i]!, NONE) : null,
    transform: records.transforms ? orNull(records.transforms[i]!, NONE) : null,
    groups: records.groups.map((numbers) => orNull(numbers[i]!, NONE)),
    splits: records.splits.map((parts) => orNull(parts[i]!, NO_PART)),
    labels: records.labels.map((values) => describeLabel(values, i)),
    ...(features && { features: features.map((row) => [...row]) }),
  };
}

/** Rows of features that are read at once. */
const batch = 256;

async function describeRecords(container: Container, withFeatures: boolean): Promise<RecordDescription[]> {
  const records = await container.records();
  const blocks = withFeatures ? container.header.features.map((_, i) => container.features(i)) : [];
  const descriptions: RecordDescription[] = [];
  for (let start = 0; start < records.count; start += batch) {
    const end = Math.min(start + batch, records.count);
    const rows: Float32Array[] = [];
    for (const block of blocks) rows.push(await block.rows(start, end));
    for (let i = start; i < end; i++) {
      const own = rows.map((values, b) => values.subarray((i - start) * blocks[b]!.featureCount, (i - start + 1) * blocks[b]!.featureCount));
      descriptions.push(describeRecord(records, i, withFeatures ? own : null));
    }
  }
  return descriptions;
}

/** The hash of a document itself, which is the section's where that is not compressed. */
async function describeDocument(container: Container, section: Section, k: number): Promise<DocumentInfo & { sha256: string }> {
  const digest = section.encoding === "raw" ? section.sha256 : await sha256(await container.document(k));
  return { ...container.header.documents[k]!, sha256: toHex(digest) };
}

/** @throws PithError as `Container.records`, `FeatureBlock.rows` and `Container.signatures` do */
export async function describe(container: Container, { records = true, features = true }: DescribeOptions): Promise<Description> {
  const { header } = container;
  const sections = new Map(header.sections.map((section) => [section.name, section]));
  return {
    rootSha256: container.rootSha256,
    writer: header.writer,
    recordCount: header.recordCount,
    dataset: header.dataset,
    notKnown: header.notKnown,
    savings: header.savings,
    encoders: header.encoders.map((encoder) => ({
      ...encoder,
      modelSha256: encoder.modelSha256 && toHex(encoder.modelSha256),
      recipe: encoder.recipe === null ? null : JSON.parse(encoder.recipe),
    })),
    features: header.features,
    groupings: header.groupings,
    splits: header.splits,
    labels: header.labels,
    heads: header.heads,
    documents: await Promise.all(header.documents.map((_, k) => describeDocument(container, sections.get(`documents/${k}`)!, k))),
    transforms: header.transforms,
    sections: header.sections.map((section) => ({ ...section, sha256: toHex(section.sha256) })),
    signatures: await container.signatures(),
    ...(records && { records: await describeRecords(container, features) }),
  };
}

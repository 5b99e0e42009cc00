// SPDX-License-Identifier: Apache-2.0
// What the header says, with the schema's names. An empty text was not stated; where its path stands in `notKnown`, the author says
// that nobody knows. A field `xPlus1` of the schema is `x` here: an index, or null.
import type { ColumnRole, ElementType, Encoding, EntityKind, FeatureType, HeadTask, LabelType, LayerKind, Loss, Optimizer, Pooling,
  SplitKind } from "../enumerators.js";

export interface Provenance {
  author: string;
  source: string;
  licence: string;
}

export interface Contact {
  name: string;
  kind: EntityKind;
  email: string;
  /** What to write to them about. */
  role: string;
}

export interface Dataset {
  title: string;
  author: string;
  contact: string;
  /** Where the images come from. */
  source: string;
  /** Of this file: an SPDX identifier where there is one. */
  licence: string;
  notes: string;
  version: string;
  /** DOI or other permanent name. */
  identifier: string;
  citation: string;
  augmentation: string;
  /** Of what this file was derived from. */
  original: Provenance;
  contacts: Contact[];
}

/** What the owner measured; zero was not measured. */
export interface Savings {
  originalCount: number;
  originalBytes: number;
  encodingSeconds: number;
  loadingSeconds: number;
  headSeconds: number;
  epochs: number;
}

/** A network, its tap and pooling: everything needed to compute the same features again. */
export interface Encoder {
  name: string;
  /** u8 [32], or null where the model file is not known. */
  modelSha256: Uint8Array | null;
  /** JSON that says how images are prepared, or null where it is not known; `parseRecipe` reads it. */
  recipe: string | null;
  /** The tensor whose values are pooled. */
  tap: string;
  /** [H, W, C], [T, C] or [C]; empty where it is not known. */
  tapShape: number[];
  pooling: Pooling;
  engine: string;
  /** D of every block of this encoder. */
  featureCount: number;
  /** p of `generalizedMean`, else 0. */
  poolingPower: number;
  family: string;
  type: string;
  architectureSource: string;
  weightsSource: string;
  licence: string;
  citation: string;
  model: Record<string, string>;
  dataProcessing: Record<string, string>;
  performance: Record<string, string>;
  training: Record<string, string>;
}

/** One encoder's features of all records. The errors are of the stored values against the network's float32. */
export interface FeatureBlockInfo {
  name: string;
  /** Index into `encoders`. */
  encoder: number;
  type: FeatureType;
  /** D. */
  featureCount: number;
  maxAbsoluteError: number;
  rootMeanSquareError: number;
  relativeL2Error: number;
  /** Records whose stored row equals that of a record before them. */
  duplicateCount: number;
}

export interface LabelColumn {
  name: string;
  type: LabelType;
  /** The vocabulary in the author's order, of an ordinal column from low to high. */
  categories: string[];
  role: ColumnRole;
  unit: string;
  codingSystem: string;
  /** Of the column itself, in `codingSystem`. */
  code: string;
  /** Of the categories: none at all, or one for each. */
  codes: string[];
  description: string;
  /** All records of one group of this grouping have the same value. Index into `groupings`. */
  grouping: number | null;
  /** Records, or cells of a multi-label column. */
  missingCount: number;
  uncertainCount: number;
  /** Of each category: records that have it. */
  counts: number[];
  /** Of numbers and years; 0 where there are none. */
  minimum: number;
  maximum: number;
}

export interface Grouping {
  name: string;
  groupCount: number;
  description: string;
}

export interface Split {
  name: string;
  kind: SplitKind;
  parts: string[];
  /** The grouping that was kept together; index into `groupings`. */
  grouping: number | null;
  /** The certificate: 0 says that no group stands in two parts. Rechecked when records are read. */
  groupsInSeveralParts: number;
  /** Index into `labels`. */
  stratifiedBy: number | null;
  /** Decimal digits of a u64. */
  seed: string | null;
  method: string;
  /** Records of each part. */
  counts: number[];
}

export interface Layer {
  kind: LayerKind;
  /** Of `linear`, else 0. */
  outputs: number;
  /** Of `dropout`, else 0. */
  rate: number;
  /** Of the normalisations, else 0. */
  epsilon: number;
}

/** A suggestion that can be built and trained without guessing. */
export interface Head {
  name: string;
  task: HeadTask;
  /** Index into `labels`. */
  label: number;
  /** Indices into `features`; their values are joined in this order. */
  features: number[];
  /** Index into `splits`. */
  split: number | null;
  /** The last one gives logits, or the numbers themselves. */
  layers: Layer[];
  loss: Loss;
  /** None at all, or one for each output. */
  classWeights: number[];
  optimizer: Optimizer;
  learningRate: number;
  momentum: number;
  weightDecay: number;
  /** 0 means all records at once. */
  batchSize: number;
  epochs: number;
  /** Decimal digits of a u64. */
  seed: string;
  /** Empty where no score is given. */
  scoreMetric: string;
  score: number;
  /** 95 % confidence interval; both zero where it is not known. */
  scoreLow: number;
  scoreHigh: number;
  /** Index into the split's parts. */
  scorePart: number | null;
  note: string;
}

/** A file that travels with the data. `fileName` is no path; never open one by it. */
export interface DocumentInfo {
  fileName: string;
  mediaType: string;
  title: string;
  shortDescription: string;
  longDescription: string;
  author: string;
  credits: string;
  licence: string;
  date: string;
  originallyAvailableAt: string;
  howToCite: string;
  publishedAt: string;
  contact: string;
  version: string;
  /** Bytes of the document itself. */
  length: number;
}

/** A run of bytes of the file. */
export interface Section {
  name: string;
  /** `unknown` where an optional section has a type that this reader does not know. */
  type: ElementType | "unknown";
  /** Whether a reader that does not know the section must refuse the file. */
  required: boolean;
  offset: number;
  /** Bytes as stored. */
  length: number;
  /** Only sections of unknown type can have extents above 2^53 - 1, which lose digits. */
  shape: number[];
  /** u8 [32], of the bytes as stored. */
  sha256: Uint8Array;
  /** `unknown` where an optional section has an encoding that this reader does not know. */
  encoding: Encoding | "unknown";
}

export interface Header {
  /** Program and version that wrote the file. */
  writer: string;
  recordCount: number;
  dataset: Dataset;
  encoders: Encoder[];
  features: FeatureBlockInfo[];
  labels: LabelColumn[];
  groupings: Grouping[];
  splits: Split[];
  heads: Head[];
  documents: DocumentInfo[];
  /** How augmented views were made. */
  transforms: string[];
  /** Paths of texts that the author declares as not known, such as `dataset.licence`. */
  notKnown: string[];
  savings: Savings | null;
  sections: Section[];
}

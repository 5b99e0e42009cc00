// SPDX-License-Identifier: Apache-2.0
// Reads .pith containers (version 1) in browsers and Node: `openContainer` is where to start.
export { Container, openContainer, type OpenOptions, type Verification } from "./container.js";
export type { DescribeOptions, Description, LabelDescription, RecordDescription } from "./describe.js";
export type { ColumnRole, ElementType, Encoding, EntityKind, FeatureType, HeadTask, LabelType, LayerKind, Loss, Optimizer, Pooling,
  SplitKind } from "./enumerators.js";
export { PithError, type PithErrorCode } from "./errors.js";
export { FeatureBlock, type Moments, type StoredRows } from "./features.js";
export type { Contact, Dataset, DocumentInfo, Encoder, FeatureBlockInfo, Grouping, Head, Header, LabelColumn, Layer, Provenance, Savings,
  Section, Split } from "./header/model.js";
export type { HttpOptions } from "./http_source.js";
export { MISSING_YEAR, states, type LabelValues } from "./labels.js";
export { countGroupsInSeveralParts } from "./membership.js";
export type { Quantisation } from "./narrow.js";
export { checkRecipe as parseRecipe, type Recipe } from "./recipe.js";
export { NONE, NO_PART, Records } from "./records.js";
export type { SavingsFormulas } from "./savings.js";
export { parsePublicKey, type Signature } from "./signatures.js";
export type { ByteSource } from "./byte_source.js";
export type { ContainerSource } from "./source.js";

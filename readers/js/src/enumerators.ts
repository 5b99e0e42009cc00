// SPDX-License-Identifier: Apache-2.0
// The enumerations of container.capnp: an enumerator's number is its place here.

export const entityKinds = ["unspecified", "person", "researcher", "university", "researchCentre", "hospital", "company", "authority"] as const;
export const poolings = ["average", "none", "maximum", "averageAndMaximum", "generalizedMean", "classToken"] as const;
export const labelTypes = ["categorical", "number", "text", "ordinal", "multiLabel", "year"] as const;
export const columnRoles = ["label", "information"] as const;
export const splitKinds = ["holdout", "folds"] as const;
export const headTasks = ["classification", "multiLabel", "regression"] as const;
export const layerKinds = ["standardize", "l2Normalize", "linear", "relu", "gelu", "tanh", "sigmoid", "dropout", "batchNormalization",
  "layerNormalization"] as const;
export const losses = ["crossEntropy", "binaryCrossEntropy", "meanSquaredError", "meanAbsoluteError"] as const;
export const optimizers = ["sgd", "adam", "adamW", "lbfgs"] as const;
export const elementTypes = ["unspecified", "f32", "f16", "i8", "u8", "u32", "u64", "f64", "i32", "bf16", "i4"] as const;
export const encodings = ["raw", "zstd", "zstdShuffled"] as const;

export type EntityKind = (typeof entityKinds)[number];
export type Pooling = (typeof poolings)[number];
export type LabelType = (typeof labelTypes)[number];
export type ColumnRole = (typeof columnRoles)[number];
export type SplitKind = (typeof splitKinds)[number];
export type HeadTask = (typeof headTasks)[number];
export type LayerKind = (typeof layerKinds)[number];
export type Loss = (typeof losses)[number];
export type Optimizer = (typeof optimizers)[number];
export type ElementType = (typeof elementTypes)[number];
export type Encoding = (typeof encodings)[number];
/** What a feature block may hold. */
export type FeatureType = Extract<ElementType, "f32" | "f16" | "i8" | "bf16" | "i4">;

/** Bits of one element. */
export const elementBits: Record<Exclude<ElementType, "unspecified">, number> = {
  f32: 32, f16: 16, i8: 8, u8: 8, u32: 32, u64: 64, f64: 64, i32: 32, bf16: 16, i4: 4,
};

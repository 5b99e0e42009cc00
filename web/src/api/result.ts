// SPDX-License-Identifier: Apache-2.0
// What the engine's calls return. engine.d.ts, which is generated, refers to these types.

/** A failure: a stable code, what was seen and what is allowed, and what to do about it. */
export interface EngineError {
  code: string;
  detail: string;
  advice: string;
}

export type Result<T> = { ok: true; value: T } | { ok: false; error: EngineError };

/** A small picture for the screen: 8-bit RGBA, row-major. */
export interface Thumbnail {
  width: number;
  height: number;
  rgba: Uint8Array<ArrayBuffer>;
}

/** One image's features, [featureCount], with its size in pixels. */
export interface Extraction {
  features: Float32Array<ArrayBuffer>;
  width: number;
  height: number;
  /** All of its 16-bit samples stay below a quarter of full scale, as films of 12 bits do that were not scaled. */
  isFaint: boolean;
  thumbnail: Thumbnail | null;
}

/** How the places of a tap become one vector, by the engine's names. */
export type Pooling = "average" | "maximum" | "averageAndMaximum" | "generalizedMean" | "classToken" | "none";

/** A place of a network where features can be taken. */
export interface TapCandidate {
  tensor: string;
  node: string;
  operator: string;
  kind: "feature map" | "tokens" | "vector";
  /** [H, W, C], [T, C] or [C] */
  shape: number[];
  /** What suits it. */
  pooling: Pooling;
  /** Whether the engine takes it where none is named. */
  chosen: boolean;
}

/** What a model file says of itself; null for what it leaves open. */
export interface Inspection {
  height: number | null;
  width: number | null;
  channels: number | null;
  taps: TapCandidate[];
  /** Why none of the taps is chosen. */
  error: EngineError | null;
}

/** Looks into a model file; `recipe` is JSON, or empty. */
export type Inspect = (file: Blob, recipe: string) => Promise<Result<Inspection>>;

/** An error that the page itself found, in the engine's form. */
export function pageError(code: string, detail: string, advice: string): EngineError {
  return { code, detail, advice };
}

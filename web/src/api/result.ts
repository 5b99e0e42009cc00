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
  thumbnail: Thumbnail | null;
}

/** An error that the page itself found, in the engine's form. */
export function pageError(code: string, detail: string, advice: string): EngineError {
  return { code, detail, advice };
}

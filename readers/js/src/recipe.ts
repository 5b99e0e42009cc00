// SPDX-License-Identifier: Apache-2.0
// How pictures become an encoder's input: a JSON object.
import { corrupt } from "./errors.js";

/** `value = (x * scale - mean[c]) / std[c]` for x in 0 to 255. Only `size` is sure to be there. */
export interface Recipe {
  /** [height, width] in pixels. */
  size: [number, number];
  /** `stretch`, `crop` (shortest side to `resizeShortest`, then the centre) or `letterbox` (with the grey level `fill`). */
  fit?: string;
  resizeShortest?: number;
  fill?: number;
  /** The filter, with Pillow's meaning. */
  resample?: string;
  /** `rgb`, `bgr` or `grey`; the order of `mean` and `std`. */
  channels?: string;
  scale?: number;
  mean?: number[];
  std?: number[];
  [field: string]: unknown;
}

const isExtent = (x: unknown): boolean => Number.isSafeInteger(x) && (x as number) > 0;

/** @throws PithError `corruptContainer` where the text is no JSON object with a size of two positive integers */
export function checkRecipe(text: string, what = "the recipe"): Recipe {
  let recipe: unknown;
  try {
    recipe = JSON.parse(text);
  } catch {
    corrupt(`${what} is no JSON`);
  }
  if (typeof recipe !== "object" || recipe === null || Array.isArray(recipe)) corrupt(`${what} is no JSON object`);
  const { size } = recipe as { size?: unknown };
  if (!Array.isArray(size) || size.length !== 2 || !size.every(isExtent)) corrupt(`${what}.size is not two positive integers`);
  return recipe as Recipe;
}

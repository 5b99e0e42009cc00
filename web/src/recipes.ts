// SPDX-License-Identifier: Apache-2.0
// What a model file does not say: how its images are prepared. The customs that have names, and numbers as people write them.
import type { Recipe } from "./api/pith";

export type PresetName = "imagenet" | "inception" | "unit" | "raw";
export type Preparation = Pick<Recipe, "fit" | "resizeShortest" | "resample" | "scale" | "mean" | "std">;

const repeated = (value: number, channelCount: number) => Array<number>(channelCount).fill(value);

/** torchvision's own recipe: the shortest side to 256 for a cut of 224, and in this ratio for others. */
const shortestFor = (cutPx: number) => Math.round((cutPx * 256) / 224);

/** @param cutPx the longer side of the input */
export function preset(name: PresetName, channelCount: number, cutPx: number): Preparation {
  const stretched = { fit: "stretch", resample: "bilinear" } as const;
  const [zeros, ones, halves] = [0, 1, 0.5].map((value) => repeated(value, channelCount)) as [number[], number[], number[]];
  switch (name) {
    case "imagenet":
      return { fit: "crop", resizeShortest: shortestFor(cutPx), resample: "bilinear", scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
    case "inception": return { ...stretched, scale: 1 / 255, mean: halves, std: halves };
    case "unit": return { ...stretched, scale: 1 / 255, mean: zeros, std: ones };
    case "raw": return { ...stretched, scale: 1, mean: zeros, std: ones };
  }
}

/** "0.5", or a fraction such as "1/255"; NaN where it is neither, which the engine refuses by the field's name. */
export function parseNumber(text: string): number {
  const [whole, divisor, ...more] = text.trim().split("/").map((part) => (part.trim() === "" ? NaN : Number(part)));
  return more.length > 0 ? NaN : divisor === undefined ? whole! : whole! / divisor;
}

export const parseNumbers = (text: string) => text.split(/[,;]/).map(parseNumber);

/** The same, as people write it. */
export function numberText(value: number): string {
  return value === 1 / 255 ? "1/255" : String(value);
}

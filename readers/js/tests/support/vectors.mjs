// SPDX-License-Identifier: Apache-2.0
// The golden files that all readers share.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = join(dirname(fileURLToPath(import.meta.url)), "../../../../spec/vectors");

/** @param kind "valid" or "invalid". @returns {{name: string, file: Buffer, expected: any}[]} */
export function vectors(kind) {
  return readdirSync(join(folder, kind)).filter((name) => name.endsWith(".pith")).sort().map((name) => ({
    name, file: readFileSync(join(folder, kind, name)), expected: JSON.parse(readFileSync(join(folder, kind, name.replace(/\.pith$/, ".json")), "utf8")),
  }));
}

const float32Fields = new Set(["features", "poolingPower", "rate", "epsilon", "classWeights"]);

/** The expected content with its float32 numbers rounded to float32: a vector states them with as many digits as tell them apart. */
export function withFloat32(value, isFloat32 = false) {
  if (typeof value === "number") return isFloat32 ? Math.fround(value) : value;
  if (Array.isArray(value)) return value.map((entry) => withFloat32(entry, isFloat32));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, withFloat32(entry, float32Fields.has(name))]));
}

// SPDX-License-Identifier: Apache-2.0
// From samples to figures: medians over the rounds, ratios, and whether everybody computes the same.

export const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const sum = (values) => values.reduce((a, b) => a + b, 0);

/**
 * @param {object[][]} rounds  of each round what each worker measured
 * @returns one engine's figures; images per second of all workers together, memory of the largest one
 */
export function summarize(rounds) {
  const all = rounds.flat();
  return {
    medianMilliseconds: median(rounds.map((parts) => median(parts.map((part) => part.medianMilliseconds)))),
    bestMilliseconds: Math.min(...all.map((part) => part.bestMilliseconds)),
    imagesPerSecond: median(rounds.map((parts) => sum(parts.map((part) => part.perSecond)))),
    coldMilliseconds: median(rounds.map((parts) => median(parts.map((part) => part.coldMilliseconds)))),
    memoryMebibytes: Math.max(...all.map((part) => part.memoryBytes)) / 2 ** 20,
  };
}

/** Relative L2. */
export function distance(seen, expected) {
  if (seen.length !== expected.length) return Infinity;
  return Math.sqrt(sum(seen.map((value, i) => (value - expected[i]) ** 2)) / sum(expected.map((value) => value ** 2)));
}

/**
 * float32 answers are far nearer than 1e-3, and a network with one wrong layer is far off. Integers are rounded behind each
 * layer to 1/255 of their range, which is about four times their size: half a percent, 5 % after fifty layers in two engines,
 * because the errors are of either sign. Twice that is allowed.
 */
export const allowedDistance = (model) => (model.isQuantized ? 0.1 : 1e-3);

const columns = [["median ms", "medianMilliseconds", 1], ["best ms", "bestMilliseconds", 1], ["images/s", "imagesPerSecond", 1], ["cold ms", "coldMilliseconds", 0],
  ["MiB", "memoryMebibytes", 0]];
const ratios = [["latency", "medianMilliseconds"], ["images/s", "imagesPerSecond"], ["cold", "coldMilliseconds"], ["memory", "memoryMebibytes"]];
const nameWidth = 26;

/** @param {{name: string, figures?: object, failure?: string}[]} rows @param {string} base  name of the row that is 1 */
export function table(title, rows, base) {
  const one = rows.find((row) => row.name === base)?.figures;
  const lines = [`\n${title}`, `${"".padEnd(nameWidth)}${columns.map(([name]) => name.padStart(10)).join("")}${one ? `   ${base} = 1:${ratios.map(([name]) => name.padStart(9)).join("")}` : ""}`];
  for (const row of rows) {
    if (!row.figures) { lines.push(`${row.name.padEnd(nameWidth)}  not run: ${row.failure}`); continue; }
    const cells = columns.map(([, key, digits]) => row.figures[key].toFixed(digits).padStart(10)).join("");
    const beside = one ? `${"".padEnd(base.length + 8)}${ratios.map(([, key]) => (row.figures[key] / one[key]).toFixed(2).padStart(9)).join("")}` : "";
    lines.push(`${row.name.padEnd(nameWidth)}${cells}${beside}`);
  }
  return lines.join("\n");
}

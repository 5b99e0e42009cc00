// SPDX-License-Identifier: Apache-2.0
// Chapter 9: the values of label columns, and that the header's counts of them are right.
import { elementsOf, type Bytes } from "./bytes.js";
import { corrupt } from "./errors.js";
import type { LabelColumn } from "./header/model.js";
import { NONE } from "./membership.js";
import { JoinedTexts, textBytes } from "./text.js";

/** States of a multi-label column's cells. */
export const states = { present: 1, absent: 0, uncertain: -1, missing: -128 } as const;
/** A year that is missing. */
export const MISSING_YEAR = -2_147_483_648;

export type LabelValues =
  /** u32 [N], index into the categories, or `NONE`. */
  | { type: "categorical" | "ordinal"; indices: Uint32Array }
  /** f64 [N], NaN is missing. */
  | { type: "number"; values: Float64Array }
  /** i32 [N], `MISSING_YEAR` is missing. */
  | { type: "year"; years: Int32Array }
  /** i8 [N, categories], `states`. */
  | { type: "multiLabel"; states: Int8Array; categoryCount: number }
  /** One for each record; empty is missing. */
  | { type: "text"; texts: { readonly count: number; at(record: number): string } };

/** What the header states about a column, counted. */
interface Tally {
  missing: number;
  uncertain: number;
  counts: number[];
  minimum: number;
  maximum: number;
}

const newTally = (categories: number): Tally => ({ missing: 0, uncertain: 0, counts: new Array<number>(categories).fill(0), minimum: 0, maximum: 0 });

function tallyCategories(indices: Uint32Array, categories: number, what: string): Tally {
  const tally = newTally(categories);
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!;
    if (index === NONE) tally.missing++;
    else if (index < categories) tally.counts[index]!++;
    else corrupt(`record ${i} has category ${index} of ${what}; there are ${categories}`);
  }
  return tally;
}

function tallyNumbers(values: Float64Array, isMissing: (value: number, i: number) => boolean): Tally {
  const tally = newTally(0);
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (isMissing(value, i)) {
      tally.missing++;
      continue;
    }
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low > high ? tally : { ...tally, minimum: low, maximum: high };
}

function tallyStates(cells: Int8Array, categories: number, what: string): Tally {
  const tally = newTally(categories);
  for (let i = 0; i < cells.length; i++) {
    switch (cells[i]) {
      case states.present: tally.counts[i % categories]!++; break;
      case states.absent: break;
      case states.uncertain: tally.uncertain++; break;
      case states.missing: tally.missing++; break;
      default: corrupt(`record ${Math.floor(i / categories)} has the state ${cells[i]} in ${what}; 1, 0, -1 and -128 are allowed`);
    }
  }
  return tally;
}

function checkTally(tally: Tally, column: LabelColumn, what: string): void {
  const expect = (found: number, stated: number, of: string): void => {
    if (found !== stated) corrupt(`${what}: ${of} is ${found}; the header states ${stated}`);
  };
  expect(tally.missing, column.missingCount, "the count of missing values");
  expect(tally.uncertain, column.uncertainCount, "the count of uncertain values");
  expect(tally.minimum, column.minimum, "the minimum");
  expect(tally.maximum, column.maximum, "the maximum");
  tally.counts.forEach((count, category) => expect(count, column.counts[category]!, `the count of category ${category}`));
}

/** Any NaN is missing. */
function checkNumbers(values: Float64Array, what: string): void {
  values.forEach((value, i) => {
    if (Math.abs(value) === Infinity) corrupt(`record ${i} has an infinite number in ${what}`);
  });
}

function checkYears(years: Int32Array, what: string): void {
  years.forEach((year, i) => {
    if (year !== MISSING_YEAR && (year < 1 || year > 9999)) corrupt(`record ${i} has the year ${year} in ${what}; 1 to 9999 are allowed`);
  });
}

/** All records of one group have one and the same value. */
function checkSameInGroups(groups: Uint32Array, areSame: (a: number, b: number) => boolean, what: string): void {
  const firstOf: number[] = [];
  groups.forEach((group, record) => {
    if (group === NONE) return;
    const first = (firstOf[group] ??= record);
    if (!areSame(first, record)) corrupt(`records ${first} and ${record} are of one group and differ in ${what}, which belongs to groups`);
  });
}

interface ReadColumn {
  values: LabelValues;
  tally: Tally;
  areSame: (a: number, b: number) => boolean;
}

async function readColumn(column: LabelColumn, k: number, whole: (name: string) => Promise<Bytes>): Promise<ReadColumn> {
  const what = `labels.${k}`;
  const { type, categories: { length: categories } } = column;
  switch (type) {
    case "categorical":
    case "ordinal": {
      const indices = elementsOf(await whole(`labels/${k}/index`), Uint32Array);
      return { values: { type, indices }, tally: tallyCategories(indices, categories, what), areSame: (a, b) => indices[a] === indices[b] };
    }
    case "number": {
      const values = elementsOf(await whole(`labels/${k}/number`), Float64Array);
      checkNumbers(values, what);
      return { values: { type, values }, tally: tallyNumbers(values, Number.isNaN), areSame: (a, b) => values[a] === values[b] || (Number.isNaN(values[a]) && Number.isNaN(values[b])) };
    }
    case "year": {
      const years = elementsOf(await whole(`labels/${k}/year`), Int32Array);
      checkYears(years, what);
      return {
        values: { type, years },
        tally: tallyNumbers(Float64Array.from(years), (year) => year === MISSING_YEAR),
        areSame: (a, b) => years[a] === years[b],
      };
    }
    case "multiLabel": {
      const bytes = await whole(`labels/${k}/states`);
      const cells = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
      const row = (i: number): string => cells.subarray(i * categories, (i + 1) * categories).join();
      return { values: { type, states: cells, categoryCount: categories }, tally: tallyStates(cells, categories, what), areSame: (a, b) => row(a) === row(b) };
    }
    case "text": {
      const texts = new JoinedTexts(await whole(`labels/${k}/offset`), await whole(`labels/${k}/text`), textBytes, what);
      const tally = newTally(0);
      for (let i = 0; i < texts.count; i++) tally.missing += texts.isEmpty(i) ? 1 : 0;
      return { values: { type, texts }, tally, areSame: (a, b) => texts.at(a) === texts.at(b) };
    }
  }
}

/**
 * @param groups of the column's grouping, or null
 * @throws PithError `corruptContainer`, `hashMismatch`, `readFailed`
 */
export async function readLabels(
  column: LabelColumn, k: number, whole: (name: string) => Promise<Bytes>, groups: Uint32Array | null,
): Promise<LabelValues> {
  const { values, tally, areSame } = await readColumn(column, k, whole);
  checkTally(tally, column, `labels.${k}`);
  if (groups) checkSameInGroups(groups, areSame, `labels.${k}`);
  return values;
}

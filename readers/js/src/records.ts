// SPDX-License-Identifier: Apache-2.0
// Chapter 7: ids, views, names, groups, splits and labels of all records.
import { compareBytes, elementsOf, toHex, type Bytes } from "./bytes.js";
import { corrupt, refuse } from "./errors.js";
import type { Header, Section } from "./header/model.js";
import { readLabels, type LabelValues } from "./labels.js";
import { checkGroups, checkSplit, NONE, NO_PART } from "./membership.js";
import { readWhole } from "./section_reader.js";
import { isKnown } from "./sections.js";
import type { CheckedSource } from "./source.js";
import { JoinedTexts, nameBytes } from "./text.js";

const idBytes = 16;

/** Everything that is said about records, checked. `NONE` (FFFFFFFF) and `NO_PART` (FF) stand for nothing. */
export class Records {
  readonly #names: JoinedTexts | null;

  private constructor(
    /** N. */
    readonly count: number,
    /** u8 [N, 16], ascending. */
    readonly ids: Uint8Array,
    /** u32 [N], the record that this one is a view of, or `NONE`; null where the file has no views. */
    readonly parents: Uint32Array | null,
    /** u32 [N], index into `transforms`, or `NONE`; null where the file has no views. */
    readonly transforms: Uint32Array | null,
    names: JoinedTexts | null,
    /** u32 [N] for each grouping: the group's number, or `NONE`. */
    readonly groups: readonly Uint32Array[],
    /** u8 [N] for each split: the index of the part, or `NO_PART`. */
    readonly splits: readonly Uint8Array[],
    /** One for each column. */
    readonly labels: readonly LabelValues[],
  ) {
    this.#names = names;
  }

  /** @throws PithError `corruptContainer`, `hashMismatch`, `readFailed` */
  static async read(source: CheckedSource, header: Header): Promise<Records> {
    const sections = new Map(header.sections.map((section) => [section.name, section]));
    const whole = readColumns(source, header.sections);
    const ids = await whole("records/id");
    checkIds(ids);
    const groups = await readEach(header.groupings, async ({ groupCount }, k) => {
      const numbers = elementsOf(await whole(`groups/${k}`), Uint32Array);
      checkGroups(numbers, groupCount, k);
      return numbers;
    });
    const splits = await readEach(header.splits, async (split, k) => {
      const parts = await whole(`splits/${k}`);
      checkSplit(parts, split, split.grouping === null ? null : groups[split.grouping]!, k);
      return parts;
    });
    const views = await readViews(sections, whole, groups, header.transforms.length);
    const names = sections.has("records/name/offset")
      ? new JoinedTexts(await whole("records/name/offset"), await whole("records/name/text"), nameBytes, "the records' names")
      : null;
    const labels = await readEach(header.labels, (column, k) => readLabels(column, k, whole, column.grouping === null ? null : groups[column.grouping]!));
    return new Records(header.recordCount, ids, views?.parents ?? null, views?.transforms ?? null, names, groups, splits, labels);
  }

  /** @returns 32 hexadecimal digits */
  id(record: number): string {
    return toHex(this.ids.subarray(record * idBytes, (record + 1) * idBytes));
  }

  /** @returns the source file's name, or null where the user did not ask to keep it */
  name(record: number): string | null {
    return this.#names?.at(record) || null;
  }

  /**
   * @param id 32 hexadecimal digits
   * @returns the record's number in this file, or -1
   */
  find(id: string): number {
    const wanted = id.toLowerCase();
    let low = 0;
    let high = this.count - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const here = this.id(middle);
      if (here === wanted) return middle;
      if (here < wanted) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  /**
   * @param part index of the part
   * @returns u32, the numbers of its records, ascending
   * @throws PithError `invalidArgument`
   */
  inPart(split: number, part: number): Uint32Array {
    const parts = this.splits[split] ?? refuse("invalidArgument", `split ${split} was asked for; there are ${this.splits.length}`);
    const records = new Uint32Array(this.count);
    let found = 0;
    for (let i = 0; i < parts.length; i++) {
      if (parts[i] === part) records[found++] = i;
    }
    return records.slice(0, found);
  }
}

/** Begins to read all columns at once: over a line one after another would take as many times its delay. */
function readColumns(source: CheckedSource, sections: readonly Section[]): (name: string) => Promise<Bytes> {
  const columns = new Map<string, Promise<Bytes>>();
  for (const section of sections) {
    if (!isKnown(section.name) || !/^(records|groups|splits|labels)\//.test(section.name)) continue;
    const reading = readWhole(source, section);
    // Whoever takes the column gets the error; a column that nobody comes to take has none to report.
    reading.catch(() => {});
    columns.set(section.name, reading);
  }
  return (name) => columns.get(name)!;
}

async function readEach<T, U>(entries: readonly T[], read: (entry: T, k: number) => Promise<U>): Promise<U[]> {
  const results: U[] = [];
  for (let k = 0; k < entries.length; k++) results.push(await read(entries[k]!, k));
  return results;
}

function checkIds(ids: Uint8Array): void {
  for (let at = idBytes; at < ids.length; at += idBytes) {
    const isAscending = compareBytes(ids.subarray(at - idBytes, at), ids.subarray(at, at + idBytes)) < 0;
    if (!isAscending) corrupt(`the id of record ${at / idBytes} does not come after the one before it`);
  }
}

async function readViews(
  sections: ReadonlyMap<string, Section>, whole: (name: string) => Promise<Bytes>, groups: readonly Uint32Array[], transformCount: number,
): Promise<{ parents: Uint32Array; transforms: Uint32Array } | null> {
  if (!sections.has("records/parent")) return null;
  const parents = elementsOf(await whole("records/parent"), Uint32Array);
  const transforms = elementsOf(await whole("records/transform"), Uint32Array);
  for (let i = 0; i < parents.length; i++) {
    const parent = parents[i]!;
    const transform = transforms[i]!;
    if (parent === NONE) {
      if (transform !== NONE) corrupt(`record ${i} has a transform and no parent`);
      continue;
    }
    if (transform >= transformCount) corrupt(`record ${i} has transform ${transform}; there are ${transformCount}`);
    if (parent >= parents.length) corrupt(`record ${i} is a view of record ${parent}; there are ${parents.length}`);
    if (parents[parent] !== NONE) corrupt(`record ${i} is a view of a view`);
    if (groups.some((numbers) => numbers[i] !== numbers[parent])) corrupt(`record ${i} is in another group than the record that it is a view of`);
  }
  return { parents, transforms };
}

export { NONE, NO_PART };

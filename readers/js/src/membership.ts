// SPDX-License-Identifier: Apache-2.0
// Chapter 10: groups and parts, and the certificate that no group stands in two parts.
import { corrupt } from "./errors.js";
import type { Split } from "./header/model.js";

/** No group, no parent, no transform, a missing category. */
export const NONE = 0xffff_ffff;
/** No part of a split. */
export const NO_PART = 0xff;

/** Groups are numbered by first appearance. @throws PithError `corruptContainer` */
export function checkGroups(numbers: Uint32Array, groupCount: number, grouping: number): void {
  let next = 0;
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i]!;
    if (number === NONE || number < next) continue;
    if (number > next) corrupt(`record ${i} is in group ${number} of groupings.${grouping}; ${next} is the next new one`);
    next++;
  }
  if (next !== groupCount) corrupt(`groupings.${grouping} has ${next} groups; the header counts ${groupCount}`);
}

/** @returns groups with records in more than one part; records without a part do not count */
export function countGroupsInSeveralParts(parts: Uint8Array, groups: Uint32Array): number {
  const groupCount = groups.reduce((most, group) => (group === NONE ? most : Math.max(most, group + 1)), 0);
  const partOf = new Uint8Array(groupCount).fill(NO_PART);
  const isSplit = new Uint8Array(groupCount);
  for (let i = 0; i < parts.length; i++) {
    const group = groups[i]!;
    const part = parts[i]!;
    if (group === NONE || part === NO_PART) continue;
    if (partOf[group] === NO_PART) partOf[group] = part;
    else if (partOf[group] !== part) isSplit[group] = 1;
  }
  return isSplit.reduce((sum, flag) => sum + flag, 0);
}

/** @param groups of the split's grouping, or null. @throws PithError `corruptContainer` */
export function checkSplit(parts: Uint8Array, split: Split, groups: Uint32Array | null, k: number): void {
  const counts = new Array<number>(split.parts.length).fill(0);
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    if (part === NO_PART) continue;
    if (part >= counts.length) corrupt(`record ${i} is in part ${part} of splits.${k}; there are ${counts.length}`);
    counts[part]!++;
  }
  counts.forEach((count, part) => {
    if (count !== split.counts[part]) corrupt(`part ${part} of splits.${k} has ${count} records; the header counts ${split.counts[part]}`);
  });
  if (!groups) return;
  const several = countGroupsInSeveralParts(parts, groups);
  if (several !== split.groupsInSeveralParts) {
    corrupt(`splits.${k} has ${several} groups in several parts; its certificate says ${split.groupsInSeveralParts}`);
  }
}

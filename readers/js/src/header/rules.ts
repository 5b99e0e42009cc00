// SPDX-License-Identifier: Apache-2.0
// What container.md demands of the header's fields, chapters 5, 9, 10 and 11, as far as the header alone can tell.
import { compareBytes } from "../bytes.js";
import { corrupt } from "../errors.js";
import { checkRecipe } from "../recipe.js";
import { limits, type RawEncoder, type RawHeader } from "./decode.js";
import { checkHead } from "./head_rules.js";
import type { Grouping, LabelColumn, Savings, Split } from "./model.js";

const utf8 = new TextEncoder();

/** Names are there and differ. */
function checkNames(entries: readonly { name: string }[], what: string): void {
  const seen = new Set<string>();
  entries.forEach(({ name }, i) => {
    if (name === "") corrupt(`${what}.${i} has no name`);
    if (seen.has(name)) corrupt(`${what}.${i} has the name of an entry before it`);
    seen.add(name);
  });
}

function checkUnique(texts: readonly string[], what: string): void {
  const seen = new Set(texts);
  if (seen.has("")) corrupt(`${what} holds an empty text`);
  if (seen.size < texts.length) corrupt(`${what} holds a text twice`);
}

/** Strictly ascending, compared as bytes of UTF-8. */
function checkAscending(texts: readonly string[], what: string): void {
  let before: Uint8Array | null = null;
  texts.forEach((text, i) => {
    const bytes = utf8.encode(text);
    if (before && compareBytes(before, bytes) >= 0) corrupt(`${what}.${i} does not come after the entry before it`);
    before = bytes;
  });
}

function checkEncoder(encoder: RawEncoder, what: string): void {
  if (encoder.modelSha256 && encoder.modelSha256.length !== 32) corrupt(`${what}.modelSha256 has ${encoder.modelSha256.length} bytes; 32 or none are allowed`);
  if (encoder.recipe !== null) checkRecipe(encoder.recipe, `${what}.recipe`);
  if (encoder.featureCount < 1 || encoder.featureCount > 1_048_576) corrupt(`${what}.featureCount is ${encoder.featureCount}; 1 to 1,048,576 are allowed`);
  const power = encoder.poolingPower;
  const isPowerRight = encoder.pooling === "generalizedMean" ? power > 0 && Number.isFinite(power) : power === 0;
  if (!isPowerRight) corrupt(`${what}.poolingPower is ${power}; it is finite and above 0 with generalizedMean, and 0 with any other pooling`);
  for (const namespace of ["model", "dataProcessing", "performance", "training"] as const) {
    const keys = encoder[namespace].map(({ key }) => key);
    if (keys.includes("")) corrupt(`${what}.${namespace} has an entry without a key`);
    checkAscending(keys, `${what}.${namespace}`);
  }
}

function checkBlocks(header: RawHeader): void {
  if (header.features.length < 1) corrupt("the header describes no features; one block at least is needed");
  checkNames(header.features, "features");
  header.features.forEach((block, i) => {
    if (block.encoder >= header.encoders.length) corrupt(`features.${i}.encoder is ${block.encoder}; there are ${header.encoders.length} encoders`);
    for (const name of ["maxAbsoluteError", "rootMeanSquareError", "relativeL2Error"] as const) {
      if (!(block[name] >= 0)) corrupt(`features.${i}.${name} is ${block[name]}; it is not negative`);
    }
    if (block.duplicateCount >= header.recordCount) corrupt(`features.${i}.duplicateCount is ${block.duplicateCount}; there are ${header.recordCount} records`);
  });
}

function checkReference(index: number | null, count: number, what: string): void {
  if (index !== null && index >= count) corrupt(`${what} names entry ${index}; there are ${count}`);
}

const hasCategories = (column: LabelColumn): boolean => ["categorical", "ordinal", "multiLabel"].includes(column.type);

function checkColumn(column: LabelColumn, groupings: readonly Grouping[], what: string): void {
  const { type, categories, codes, counts } = column;
  if (hasCategories(column)) {
    checkUnique(categories, `${what}.categories`);
    if (type === "multiLabel" && (categories.length < 1 || categories.length > limits.states)) {
      corrupt(`${what} has ${categories.length} categories; 1 to ${limits.states} are allowed`);
    }
  } else if (categories.length > 0) {
    corrupt(`${what} has categories; columns of type ${type} have none`);
  }
  if (codes.length > 0 && codes.length !== categories.length) corrupt(`${what} has ${codes.length} codes for ${categories.length} categories`);
  if (counts.length !== categories.length) corrupt(`${what} has ${counts.length} counts for ${categories.length} categories`);
  if (type !== "number" && column.unit !== "") corrupt(`${what} has a unit; only numbers have one`);
  if (type !== "multiLabel" && column.uncertainCount !== 0) corrupt(`${what} counts uncertain values; only multi-label columns have them`);
  if (type !== "number" && type !== "year" && (column.minimum !== 0 || column.maximum !== 0)) corrupt(`${what} has a range; only numbers and years have one`);
  if (!Number.isFinite(column.minimum) || !Number.isFinite(column.maximum)) corrupt(`${what} has a range that is not finite`);
  checkReference(column.grouping, groupings.length, `${what}.groupingPlus1`);
}

function checkSplit(split: Split, header: RawHeader, what: string): void {
  if (split.parts.length < 1) corrupt(`${what} has no parts; 1 to ${limits.parts} are allowed`);
  checkUnique(split.parts, `${what}.parts`);
  if (split.counts.length !== split.parts.length) corrupt(`${what} has ${split.counts.length} counts for ${split.parts.length} parts`);
  checkReference(split.grouping, header.groupings.length, `${what}.groupingPlus1`);
  checkReference(split.stratifiedBy, header.labels.length, `${what}.stratifiedByPlus1`);
  if (split.grouping === null && split.groupsInSeveralParts !== 0) corrupt(`${what} counts groups in several parts without a grouping`);
}

function checkSavings(savings: Savings): void {
  for (const name of ["encodingSeconds", "loadingSeconds", "headSeconds"] as const) {
    if (!(savings[name] >= 0) || !Number.isFinite(savings[name])) corrupt(`savings.${name} is ${savings[name]}; it is finite and not negative`);
  }
}

/**
 * @param recordCount the preamble's
 * @throws PithError `corruptContainer`
 */
export function checkHeader(header: RawHeader, recordCount: number): void {
  if (header.recordCount !== recordCount) corrupt(`the header counts ${header.recordCount} records, the preamble ${recordCount}`);
  if (header.encoders.length < 1) corrupt("the header has no encoder; one at least is needed");
  header.encoders.forEach((encoder, i) => checkEncoder(encoder, `encoders.${i}`));
  checkBlocks(header);
  for (const name of ["labels", "groupings", "splits"] as const) checkNames(header[name], name);
  header.groupings.forEach(({ groupCount }, i) => {
    if (groupCount > recordCount) corrupt(`groupings.${i} counts ${groupCount} groups; there are ${recordCount} records`);
  });
  header.labels.forEach((column, i) => checkColumn(column, header.groupings, `labels.${i}`));
  header.splits.forEach((split, i) => checkSplit(split, header, `splits.${i}`));
  header.heads.forEach((head, i) => checkHead(head, header, `heads.${i}`));
  checkUnique(header.transforms, "transforms");
  if (header.savings) checkSavings(header.savings);
  checkAscending(header.notKnown, "notKnown");
  if (header.sections.length < 1) corrupt("the header describes no section");
  header.sections.forEach(({ sha256 }, i) => {
    if (sha256.length !== 32) corrupt(`sections.${i}.sha256 has ${sha256.length} bytes; 32 are needed`);
  });
}


// SPDX-License-Identifier: Apache-2.0
// Chapter 11: a head that passes can be built and trained without guessing.
import type { HeadTask, LabelType, Loss } from "../enumerators.js";
import { corrupt } from "../errors.js";
import { limits } from "./decode.js";
import type { FeatureBlockInfo, Head, LabelColumn, Layer, Split } from "./model.js";

interface Surroundings {
  labels: readonly LabelColumn[];
  features: readonly Pick<FeatureBlockInfo, "name">[];
  splits: readonly Split[];
}

const fittingLosses: Record<HeadTask, readonly Loss[]> = {
  classification: ["crossEntropy"],
  multiLabel: ["binaryCrossEntropy"],
  regression: ["meanSquaredError", "meanAbsoluteError"],
};

const fittingColumns: Record<HeadTask, readonly LabelType[]> = {
  classification: ["categorical", "ordinal"],
  multiLabel: ["multiLabel"],
  regression: ["number", "year"],
};

const normalisations: readonly Layer["kind"][] = ["standardize", "l2Normalize", "batchNormalization", "layerNormalization"];

const isFiniteNotNegative = (x: number): boolean => Number.isFinite(x) && x >= 0;

function checkLayer({ kind, outputs, rate, epsilon }: Layer, what: string): void {
  const isWidthRight = kind === "linear" ? outputs >= 1 && outputs <= limits.outputs : outputs === 0;
  if (!isWidthRight) corrupt(`${what}.outputs is ${outputs}; it is 1 to ${limits.outputs} for linear layers and 0 for others`);
  const isRateRight = kind === "dropout" ? rate >= 0 && rate < 1 : rate === 0;
  if (!isRateRight) corrupt(`${what}.rate is ${rate}; it is at least 0 and below 1 for dropout and 0 for others`);
  const isEpsilonRight = normalisations.includes(kind) ? isFiniteNotNegative(epsilon) : epsilon === 0;
  if (!isEpsilonRight) corrupt(`${what}.epsilon is ${epsilon}; it is finite and not negative for normalisations and 0 for others`);
}

function checkLayers(head: Head, column: LabelColumn, what: string): void {
  const last = head.layers.at(-1);
  if (last?.kind !== "linear") corrupt(`${what} does not end with a linear layer`);
  head.layers.forEach((layer, i) => checkLayer(layer, `${what}.layers.${i}`));
  const outputs = head.task === "regression" ? 1 : column.categories.length;
  if (last.outputs !== outputs) corrupt(`${what} ends with ${last.outputs} outputs; its column needs ${outputs}`);
  const { classWeights } = head;
  if (classWeights.length > 0 && classWeights.length !== outputs) corrupt(`${what} has ${classWeights.length} class weights for ${outputs} outputs`);
  if (!classWeights.every(isFiniteNotNegative)) corrupt(`${what} has a class weight that is negative or not finite`);
}

/** @throws PithError `corruptContainer` */
export function checkHead(head: Head, { labels, features, splits }: Surroundings, what: string): void {
  const column = labels[head.label];
  if (!column) corrupt(`${what}.label is ${head.label}; there are ${labels.length} columns`);
  if (head.features.length < 1) corrupt(`${what} takes no features; 1 to ${limits.blocks} blocks are allowed`);
  if (head.features.some((block) => block >= features.length)) corrupt(`${what} takes features of a block that is not there`);
  if (new Set(head.features).size < head.features.length) corrupt(`${what} takes a block's features twice`);
  if (head.split !== null && head.split >= splits.length) corrupt(`${what} names split ${head.split}; there are ${splits.length}`);
  const parts = head.split === null ? 0 : splits[head.split]!.parts.length;
  if (head.scorePart !== null && head.scorePart >= parts) corrupt(`${what} names part ${head.scorePart} of its split; there are ${parts}`);
  if (!fittingColumns[head.task].includes(column.type)) corrupt(`${what} is for ${head.task}; its column is of type ${column.type}`);
  if (!fittingLosses[head.task].includes(head.loss)) corrupt(`${what} has the loss ${head.loss}, which does not go with ${head.task}`);
  checkLayers(head, column, what);
  for (const name of ["learningRate", "momentum", "weightDecay"] as const) {
    if (!isFiniteNotNegative(head[name])) corrupt(`${what}.${name} is ${head[name]}; it is finite and not negative`);
  }
  if (head.scoreMetric === "" && head.scorePart !== null) corrupt(`${what}.scorePart is of no metric`);
  for (const name of ["score", "scoreLow", "scoreHigh"] as const) {
    if (!Number.isFinite(head[name])) corrupt(`${what}.${name} is not finite`);
    if (head.scoreMetric === "" && head[name] !== 0) corrupt(`${what}.${name} is of no metric`);
  }
}

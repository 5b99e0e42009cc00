// SPDX-License-Identifier: Apache-2.0
// How far two correct float32 evaluations of the repository's encoder may be apart when they add in different orders.

const unitRoundoff = 2 ** -24;
// models/train/network.py: fourteen convolutions and the pooling follow one another; the longest sum is that of a 3x3 kernel over 208
// channels.
const layers = 15;
const longestSum = 3 * 3 * 208;

/**
 * Relative L2. A sum of n products, each rounded on its own, has a relative error of about sqrt(n) * u, because the rounding
 * errors are of either sign (N. Higham, Accuracy and Stability of Numerical Algorithms, 2nd edition, section 2.8). Each layer adds
 * its own error to the one that it was given, and of two evaluations each has its own.
 */
export const engineTolerance = 2 * layers * Math.sqrt(longestSum) * unitRoundoff;

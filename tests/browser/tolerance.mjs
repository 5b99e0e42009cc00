// SPDX-License-Identifier: Apache-2.0
// How far two correct float32 evaluations of one network may be apart when they add in different orders.

const unitRoundoff = 2 ** -24;

/**
 * A sum of n products, each rounded on its own, has a relative error of about sqrt(n) * u (rounding errors are independent and
 * of either sign: N. Higham, Accuracy and Stability of Numerical Algorithms, 2nd edition, section 2.8). Each layer adds its own to
 * what it was given; two evaluations differ by twice that.
 */
export function tolerance({ layers, longestSum }) {
  return 2 * layers * Math.sqrt(longestSum) * unitRoundoff;
}

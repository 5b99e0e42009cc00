// SPDX-License-Identifier: Apache-2.0
/// @file How far rounding alone may move the features of a network.
#pragma once

#include "pith/model/graph.h"

namespace pith {

/// Bound on the relative L2 distance between two correct float32 evaluations of a network that add in
/// different orders, or fuse multiplication and addition, or not.
///
/// A sum of n products, each rounded on its own, is off by about sqrt(n) * 2^-24 of its terms' size, because
/// rounding errors are of either sign. Each node adds its own error to the one that it was given; along the
/// longest chain they add up at worst, and of two evaluations each has its own. It is assumed that a node
/// neither amplifies nor damps the relative error it is given, as is so on average for trained networks: a
/// distance below the bound is what rounding explains, one above it asks for another explanation. Convolutions by tiles
/// (infer/winograd.h) round less than a sum of all their products does, on average.
///
/// Where a network rounds to the steps of 8 bits on its way, in floats (QuantizeLinear), a difference in the last place becomes
/// a whole step where it crosses the middle between two, and after some layers the two evaluations round on their own:
/// each is off by sqrt(1/12) of a step, the values are about a quarter of 255 steps large, and the errors, of either sign, add up
/// like a random walk. Twice that is allowed. TensorFlow Lite's integers stay integers in the kernels and need none of it, but where
/// something without a kernel for integers (LOGISTIC, RESIZE_BILINEAR) is computed in floats between them.
/// @param graph  cut and simplified, so that what was folded is not counted
/// @source N. Higham, Accuracy and Stability of Numerical Algorithms, 2nd edition, section 2.8
[[nodiscard]] double roundingBoundOf(const Graph& graph);

}  // namespace pith

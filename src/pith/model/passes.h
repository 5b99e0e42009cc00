// SPDX-License-Identifier: Apache-2.0
/// @file What makes a graph smaller without changing what it computes.
#pragma once

#include "pith/model/graph.h"

namespace pith {

/// For each tensor, whether `outputs` depend on it.
[[nodiscard]] std::vector<bool> neededTensors(const Graph& graph, const std::vector<TensorId>& outputs);

/// The graph that makes `outputs` and nothing else: nodes and tensors that they do not need are gone.
[[nodiscard]] Graph cutGraph(Graph graph, const std::vector<TensorId>& outputs);

/// In this order: identities are removed; functions that are written as several nodes become one; zero padding is
/// merged into convolutions, and so is what cuts off no more than they pad; BatchNormalization is folded into the
/// convolution or matrix product before it, or becomes a depthwise 1x1 convolution; what is added to matrix products
/// becomes their bias; clamps are fused into what comes before; concatenations share what they begin with. Outputs keep
/// their names and values.
/// @errors unsupportedOperator where clamps leave a single value; corruptModel where a variance is negative;
///         modelTooLarge
[[nodiscard]] Status simplify(Graph& graph, const Limits& limits);

}  // namespace pith

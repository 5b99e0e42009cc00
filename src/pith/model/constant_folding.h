// SPDX-License-Identifier: Apache-2.0
/// @file Nodes whose inputs are all constant are computed while a file is read.
#pragma once

#include "pith/model/graph.h"

namespace pith {

/// About how many operations a node takes, or nothing where that is beyond counting.
[[nodiscard]] std::optional<int64_t> operationsOf(const Graph& graph, const Node& node, const Shape& output);

/// The result of a node whose inputs are constants of one type, float32 or int64; nothing where whole numbers
/// have no such operation or no such result.
/// @param element  of whole numbers: results wrap as this type does
[[nodiscard]] std::optional<Tensor> computeConstant(const Graph& graph, const Node& node, Shape shape,
                                                    NumberType element);

}  // namespace pith

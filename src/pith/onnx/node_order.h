// SPDX-License-Identifier: Apache-2.0
/// @file The order in which the nodes of a file can be read.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "pith/onnx/wire.h"

namespace pith::onnx {

/// Indices of the nodes, each behind those that make what it uses. Among the nodes that are ready, the file's order is kept.
/// A node's own graphs use what their nodes take from outside.
/// @param known  tensors that are there already, by name
/// @errors corruptModel: a cycle, a tensor that nothing makes, or one that is made twice
/// @source Kahn, Topological sorting of large networks, CACM 5(11), 1962
[[nodiscard]] Result<std::vector<size_t>> sortNodes(const GraphMessage& graph, const std::unordered_map<std::string, TensorId>& known);

}  // namespace pith::onnx

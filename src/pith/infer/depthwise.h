// SPDX-License-Identifier: Apache-2.0
/// @file Depthwise convolutions for narrow vectors. Private to infer/.
#pragma once

#include "pith/infer/convolution.h"

namespace pith {

/// makeDepthwise can compute the node.
[[nodiscard]] bool isForDepthwise(const Graph& graph, const Node& node, const std::vector<MemoryOrder>& orders);

/// A depthwise convolution that computes four results beside each other at once, so that each weight is read once for them.
/// With vectors of four floats reading is what takes the time: XNNPACK's kernels, one result at a time, take twice as long.
/// @param node  one of `graph` that isForDepthwise is true of; its weights may be given back afterwards
[[nodiscard]] std::unique_ptr<Convolution> makeDepthwise(const Graph& graph, const Node& node);

}  // namespace pith

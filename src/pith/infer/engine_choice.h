// SPDX-License-Identifier: Apache-2.0
/// @file Who computes which node. Private to infer/.
#pragma once

#include "pith/infer/memory_order.h"

namespace pith {

enum class Engine : uint8_t {
  xnnpack,    // one of its runtimes, several nodes at once
  winograd,   // one convolution, by makeWinograd
  depthwise,  // one convolution, by makeDepthwise
  plain,      // what is left
};

/// The engine of every node.
[[nodiscard]] std::vector<Engine> chooseEngines(const Graph& graph, const std::vector<MemoryOrder>& orders);

[[nodiscard]] bool isForXnnpack(const Graph& graph, const Node& node, const std::vector<MemoryOrder>& orders);

}  // namespace pith

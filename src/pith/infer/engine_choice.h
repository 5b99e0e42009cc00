// SPDX-License-Identifier: Apache-2.0
/// @file Which nodes XNNPACK computes; the plain kernels compute the rest. Private to infer/.
#pragma once

#include "pith/infer/memory_order.h"

namespace pith {

[[nodiscard]] bool isForXnnpack(const Graph& graph, const Node& node, const std::vector<MemoryOrder>& orders);

}  // namespace pith

// SPDX-License-Identifier: Apache-2.0
/// @file A graph in parts that one engine computes each. Private to infer/.
#pragma once

#include "pith/infer/memory_order.h"

namespace pith {

/// Nodes that are computed together: by one XNNPACK runtime, or one after the other by plain kernels.
struct Segment {
  bool isPlain = false;
  std::vector<size_t> nodes;      // in the graph's order
  std::vector<TensorId> inputs;   // computed before, or inputs of the graph
  std::vector<TensorId> outputs;  // needed behind, or outputs of the graph
};

/// Plain kernels take floats: conversions are put around those of their nodes that have quantised tensors.
void convertForPlainKernels(Graph& graph);

/// As few parts as an order of the nodes that puts each as early as possible gives; in the order in which they
/// run. A graph that is all for XNNPACK is one part.
[[nodiscard]] std::vector<Segment> splitIntoSegments(const Graph& graph, const std::vector<MemoryOrder>& orders);

}  // namespace pith

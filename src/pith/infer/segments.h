// SPDX-License-Identifier: Apache-2.0
/// @file A graph in parts that one engine computes each. Private to infer/.
#pragma once

#include "pith/infer/engine_choice.h"

namespace pith {

/// Nodes that are computed together: by one XNNPACK runtime, or one after the other by plain kernels; or one Convolution.
struct Segment {
  Engine engine = Engine::xnnpack;
  std::vector<size_t> nodes;      // in the graph's order
  std::vector<TensorId> inputs;   // computed before, or inputs of the graph
  std::vector<TensorId> outputs;  // needed behind, or outputs of the graph
};

/// Plain kernels take floats: conversions are put around those of their nodes that have quantised tensors.
void convertForPlainKernels(Graph& graph);

/// Parts of an order of the nodes that puts each as early as possible; in the order in which they run. XNNPACK packs the
/// weights of a part while the graph's are still there, so a part ends where its weights pass some MiB: what was packed can
/// be forgotten before the next one.
[[nodiscard]] std::vector<Segment> splitIntoSegments(const Graph& graph, const std::vector<MemoryOrder>& orders);

/// For each segment the constants that no segment before it reads: once its kernels hold them, from the last segment to the
/// first, they can be forgotten. What plain kernels read while they run and the graph's outputs are in none of the lists.
[[nodiscard]] std::vector<std::vector<TensorId>> packedConstants(const Graph& graph, const std::vector<Segment>& segments);

}  // namespace pith

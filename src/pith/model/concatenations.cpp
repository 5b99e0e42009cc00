// SPDX-License-Identifier: Apache-2.0
#include "pith/model/concatenations.h"

#include <algorithm>
#include <utility>

namespace pith {
namespace {

bool joinsChannels(const Graph& graph, const Node& node) {
  return node.op == Op::concat && node.clamp.isOpen() && std::get<AxisAttributes>(node.attributes).axis == 1 &&
         graph.tensor(node.outputs[0]).type == DataType::float32;
}

}  // namespace

void shareConcatenations(Graph& graph) {
  std::vector<std::vector<TensorId>> joined(graph.nodes.size());  // before inputs were replaced
  std::vector<size_t> latest(graph.tensors.size());               // by the first input: the last node that began with it, plus 1
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    Node& node = graph.nodes[i];
    if (!joinsChannels(graph, node)) continue;
    joined[i] = node.inputs;
    const size_t before = std::exchange(latest[static_cast<size_t>(node.inputs[0])], i + 1);
    if (before == 0) continue;
    const auto& part = joined[before - 1];
    const bool goesOn = part.size() > 1 && part.size() < node.inputs.size() && std::equal(part.begin(), part.end(), node.inputs.begin());
    if (!goesOn) continue;
    node.inputs.erase(node.inputs.begin() + 1, node.inputs.begin() + static_cast<ptrdiff_t>(part.size()));
    node.inputs[0] = graph.nodes[before - 1].outputs[0];
  }
}

}  // namespace pith

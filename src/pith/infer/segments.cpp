// SPDX-License-Identifier: Apache-2.0
#include "pith/infer/segments.h"

#include <algorithm>
#include <map>

#include "pith/infer/engine_choice.h"

namespace pith {
namespace {

void addOnce(std::vector<TensorId>& list, TensorId id) {
  if (std::ranges::find(list, id) == list.end()) list.push_back(id);
}

}  // namespace

void convertForPlainKernels(Graph& graph) {
  const auto orders = chooseMemoryOrders(graph);
  std::vector<Node> nodes;
  const auto floatsOf = [&](TensorId id) {
    Tensor floats;
    floats.name = graph.tensor(id).name;
    floats.shape = graph.tensor(id).shape;
    return graph.addTensor(std::move(floats));
  };
  for (Node& node : graph.nodes) {
    if (isForXnnpack(graph, node, orders)) {
      nodes.push_back(std::move(node));
      continue;
    }
    Node convert;
    convert.op = Op::convert;
    convert.name = node.name;
    convert.opType = node.opType;
    for (TensorId& input : node.inputs) {
      if (input == noTensor || !graph.tensor(input).quantization || graph.tensor(input).isConstant) continue;
      const TensorId floats = floatsOf(input);
      convert.inputs = {input};
      convert.outputs = {floats};
      nodes.push_back(convert);
      input = floats;
    }
    const TensorId output = node.outputs[0];
    const bool isQuantized = graph.tensor(output).quantization.has_value();
    if (isQuantized) node.outputs[0] = floatsOf(output);
    convert.inputs = {node.outputs[0]};
    convert.outputs = {output};
    nodes.push_back(std::move(node));
    if (isQuantized) nodes.push_back(convert);
  }
  graph.nodes = std::move(nodes);
}

std::vector<Segment> splitIntoSegments(const Graph& graph, const std::vector<MemoryOrder>& orders) {
  // Even numbers are XNNPACK's, odd ones are plain; inputs of the graph are there before all.
  std::vector<int> levelOf(graph.tensors.size(), -1);
  std::map<int, Segment> segments;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    const bool isPlain = !isForXnnpack(graph, node, orders);
    int level = isPlain ? 1 : 0;
    for (TensorId input : node.inputs) {
      const int made = input == noTensor ? -1 : levelOf[static_cast<size_t>(input)];
      if (made > level) level = made % 2 == (isPlain ? 1 : 0) ? made : made + 1;
    }
    for (TensorId output : node.outputs) levelOf[static_cast<size_t>(output)] = level;
    segments[level].isPlain = isPlain;
    segments[level].nodes.push_back(i);
  }
  for (auto& [level, segment] : segments) {
    for (size_t i : segment.nodes) {
      for (TensorId input : graph.nodes[i].inputs) {
        if (input == noTensor || graph.tensor(input).isConstant || levelOf[static_cast<size_t>(input)] == level) continue;
        addOnce(segment.inputs, input);
        const int made = levelOf[static_cast<size_t>(input)];
        if (made >= 0) addOnce(segments[made].outputs, input);
      }
    }
  }
  for (TensorId output : graph.outputs) {
    const int made = levelOf[static_cast<size_t>(output)];
    if (made >= 0) addOnce(segments[made].outputs, output);
  }
  std::vector<Segment> result;
  for (auto& [level, segment] : segments) result.push_back(std::move(segment));
  return result;
}

}  // namespace pith

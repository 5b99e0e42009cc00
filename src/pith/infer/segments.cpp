// SPDX-License-Identifier: Apache-2.0
#include "pith/infer/segments.h"

#include <algorithm>
#include <map>

namespace pith {
namespace {

void addOnce(std::vector<TensorId>& list, TensorId id) {
  if (std::ranges::find(list, id) == list.end()) list.push_back(id);
}

constexpr int engineCount = 4;

/// Where a node is computed: segments run in this order.
struct Place {
  int level;
  int part;
  auto operator<=>(const Place&) const = default;
};

size_t constantBytes(const Graph& graph, const Node& node) {
  size_t bytes = 0;
  for (TensorId input : node.inputs) {
    if (input == noTensor || !graph.tensor(input).isConstant) continue;
    const Tensor& tensor = graph.tensor(input);
    bytes += tensor.floats.size() * sizeof(float) + tensor.bytes.size() + tensor.biases.size() * sizeof(int32_t);
  }
  return bytes;
}

/// Cuts a level into parts before a node with weights, so that activations stay with the kernel that they are fused with.
class Filling {
 public:
  /// @return the part of a node with so many bytes of constants
  int add(size_t bytes) {
    if (bytes >= fewBytes && filled_ > 0 && filled_ + bytes > mostBytes) {
      ++part_;
      filled_ = 0;
    }
    filled_ += bytes;
    return part_;
  }

 private:
  static constexpr size_t fewBytes = size_t{1} << 16, mostBytes = size_t{4} << 20;
  size_t filled_ = 0;
  int part_ = 0;
};

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
  // Levels belong to the engines in turn; inputs of the graph are there before all.
  constexpr Place before{-1, 0};
  std::vector<Place> placeOf(graph.tensors.size(), before);
  std::map<Place, Segment> segments;
  std::map<int, Filling> fillings;
  const std::vector<Engine> engines = chooseEngines(graph, orders);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    const int own = static_cast<int>(engines[i]);
    int level = own;
    for (TensorId input : node.inputs) {
      const int made = input == noTensor ? -1 : placeOf[static_cast<size_t>(input)].level;
      if (made > level) level = made + (own - made % engineCount + engineCount) % engineCount;
    }
    int part = 0;
    if (engines[i] == Engine::xnnpack) part = fillings[level].add(constantBytes(graph, node));
    if (engines[i] == Engine::winograd || engines[i] == Engine::depthwise) part = static_cast<int>(i);  // one each
    const Place place{level, part};
    for (TensorId output : node.outputs) placeOf[static_cast<size_t>(output)] = place;
    segments[place].engine = engines[i];
    segments[place].nodes.push_back(i);
  }
  const auto pass = [&](TensorId id) {
    const Place made = placeOf[static_cast<size_t>(id)];
    if (made != before) addOnce(segments[made].outputs, id);
  };
  for (auto& [place, segment] : segments) {
    for (size_t i : segment.nodes) {
      for (TensorId input : graph.nodes[i].inputs) {
        if (input == noTensor || graph.tensor(input).isConstant || placeOf[static_cast<size_t>(input)] == place) continue;
        addOnce(segment.inputs, input);
        pass(input);
      }
    }
  }
  for (TensorId output : graph.outputs) pass(output);
  std::vector<Segment> result;
  for (auto& [place, segment] : segments) result.push_back(std::move(segment));
  return result;
}

std::vector<std::vector<TensorId>> packedConstants(const Graph& graph, const std::vector<Segment>& segments) {
  std::vector<bool> isTaken(graph.tensors.size());
  const auto take = [&](const Segment& segment, std::vector<TensorId>& list) {
    for (size_t node : segment.nodes) {
      for (TensorId id : graph.nodes[node].inputs) {
        if (id == noTensor || isTaken[static_cast<size_t>(id)]) continue;
        isTaken[static_cast<size_t>(id)] = true;
        if (graph.tensor(id).isConstant) list.push_back(id);
      }
    }
  };
  std::vector<TensorId> kept;
  for (TensorId output : graph.outputs) isTaken[static_cast<size_t>(output)] = true;
  for (const Segment& segment : segments) {
    if (segment.engine == Engine::plain) take(segment, kept);
  }
  std::vector<std::vector<TensorId>> lists(segments.size());
  for (size_t i = 0; i < segments.size(); ++i) take(segments[i], lists[i]);
  return lists;
}

}  // namespace pith

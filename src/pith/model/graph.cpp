// SPDX-License-Identifier: Apache-2.0
#include "pith/model/graph.h"

#include <algorithm>

#include "pith/base/checked_math.h"

namespace pith {

GraphIndex::GraphIndex(const Graph& graph)
    : producer(graph.tensors.size(), -1), consumers(graph.tensors.size()) {
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const auto node = static_cast<int32_t>(i);
    for (TensorId output : graph.nodes[i].outputs) {
      if (output != noTensor) producer[static_cast<size_t>(output)] = node;
    }
    for (TensorId input : graph.nodes[i].inputs) {
      if (input == noTensor) continue;
      auto& users = consumers[static_cast<size_t>(input)];
      if (users.empty() || users.back() != node) users.push_back(node);
    }
  }
}

std::optional<int64_t> elementCount(const Shape& shape, const Limits& limits) {
  // Zero extents are left out of the bound, so that no part of a shape overflows either.
  int64_t bound = 1;
  bool isEmpty = false;
  for (int64_t extent : shape) {
    if (extent < 0 || extent > limits.maxTensorElements) return std::nullopt;
    isEmpty = isEmpty || extent == 0;
    const auto product = checkedMultiply(bound, extent == 0 ? int64_t{1} : extent);
    if (!product || *product > limits.maxTensorElements) return std::nullopt;
    bound = *product;
  }
  return isEmpty ? 0 : bound;
}

bool isOne(const std::vector<int64_t>& values) {
  return std::ranges::all_of(values, [](int64_t value) { return value == 1; });
}

std::optional<int64_t> windowSamples(const std::vector<int64_t>& kernel, Shape places) {
  places.insert(places.end(), kernel.begin(), kernel.end());
  return elementCount(places, {.maxTensorElements = int64_t{1} << 27});
}

std::string shapeText(std::span<const int64_t> shape) {
  constexpr size_t most = 16;  // a file may state any number of axes
  std::string text = "[";
  for (size_t i = 0; i < std::min(most, shape.size()); ++i) text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  return text + (shape.size() > most ? ", ...]" : "]");
}

std::string quotedName(std::string_view name) {
  constexpr size_t longest = 96;
  std::string text = "'";
  for (char c : name.substr(0, longest)) text += (c >= ' ' && c <= '~') ? c : '?';
  return text + (name.size() > longest ? "...'" : "'");
}

std::string nodeText(const Node& node) {
  const std::string kind(node.opType.substr(0, 32));
  return quotedName(kind).substr(1, quotedName(kind).size() - 2) + " node " + quotedName(node.name);
}

Status firstRefusal(const Graph& graph) {
  for (const Node& node : graph.nodes) {
    if (node.refusal) return *node.refusal;
    for (TensorId id : node.inputs) {
      if (id != noTensor && !graph.tensor(id).missing.empty())
        return Error{ErrorCode::internalError, nodeText(node) + " is without its weights."};
    }
  }
  return {};
}

}  // namespace pith

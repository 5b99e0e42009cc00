// SPDX-License-Identifier: Apache-2.0
#include "pith/onnx/node_order.h"

#include <functional>
#include <queue>
#include <set>
#include <string_view>

namespace pith::onnx {
namespace {

Error corrupt(std::string detail) { return {ErrorCode::corruptModel, std::move(detail)}; }

using Names = std::set<std::string_view>;

Names namesUsed(const NodeMessage& node);

/// What the nodes of a node's graph take from outside of it.
Names namesFromOutside(const GraphMessage& graph) {
  Names names;
  for (const NodeMessage& node : graph.nodes) names.merge(namesUsed(node));
  for (const ValueMessage& output : graph.outputs) names.insert(output.name);
  for (const NodeMessage& node : graph.nodes) {
    for (const std::string& output : node.outputs) names.erase(output);
  }
  for (const TensorMessage& tensor : graph.initializers) names.erase(tensor.name);
  for (const ValueMessage& input : graph.inputs) names.erase(input.name);
  return names;
}

Names namesUsed(const NodeMessage& node) {
  Names names(node.inputs.begin(), node.inputs.end());
  for (const AttributeMessage& attribute : node.attributes) {
    for (const GraphMessage& inner : attribute.graphs) names.merge(namesFromOutside(inner));
  }
  names.erase("");
  return names;
}

}  // namespace

Result<std::vector<size_t>> sortNodes(const GraphMessage& graph, const std::unordered_map<std::string, TensorId>& known) {
  std::unordered_map<std::string_view, size_t> producer;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const std::string& output : graph.nodes[i].outputs) {
      if (output.empty()) continue;
      if (known.contains(output) || !producer.emplace(output, i).second) {
        return corrupt("The tensor " + quotedName(output) + " is defined twice.");
      }
    }
  }
  std::vector<size_t> waitingFor(graph.nodes.size(), 0);
  std::vector<std::vector<size_t>> users(graph.nodes.size());
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const std::string_view input : namesUsed(graph.nodes[i])) {
      if (known.contains(std::string(input))) continue;
      const auto made = producer.find(input);
      if (made == producer.end()) {
        return corrupt("The tensor " + quotedName(input) + " is used by the " +
                       quotedName(graph.nodes[i].opType) + " node " + quotedName(graph.nodes[i].name) +
                       ", but nothing makes it.");
      }
      users[made->second].push_back(i);
      ++waitingFor[i];
    }
  }
  std::priority_queue<size_t, std::vector<size_t>, std::greater<>> ready;
  for (size_t i = 0; i < waitingFor.size(); ++i) {
    if (waitingFor[i] == 0) ready.push(i);
  }
  std::vector<size_t> order;
  while (!ready.empty()) {
    order.push_back(ready.top());
    ready.pop();
    for (size_t user : users[order.back()]) {
      if (--waitingFor[user] == 0) ready.push(user);
    }
  }
  if (order.size() != graph.nodes.size()) {
    size_t stuck = 0;
    while (waitingFor[stuck] == 0) ++stuck;
    return corrupt("The " + quotedName(graph.nodes[stuck].opType) + " node " +
                   quotedName(graph.nodes[stuck].name) + " depends on its own output.");
  }
  return order;
}

}  // namespace pith::onnx

// SPDX-License-Identifier: Apache-2.0
#include "pith/infer/memory_order.h"

#include <algorithm>
#include <numeric>

#include "pith/plain/walk.h"

namespace pith {
namespace {

constexpr std::array<size_t, 4> sameAxes{0, 1, 2, 3};

const std::array<size_t, 4>& toMemory(MemoryOrder order) { return order == MemoryOrder::channelsLast ? toChannelsLast : sameAxes; }

bool isNothing(const std::vector<size_t>& permutation) { return std::ranges::is_sorted(permutation); }

/// The order that makes a transpose do nothing, or else the one of maps.
MemoryOrder orderOfTranspose(const Graph& graph, const Node& node, const std::vector<MemoryOrder>& orders) {
  const auto& permutation = std::get<TransposeAttributes>(node.attributes).permutation;
  if (graph.tensor(node.inputs[0]).shape.size() != 4) return MemoryOrder::asGraph;
  const MemoryOrder from = orders[static_cast<size_t>(node.inputs[0])];
  return isNothing(permutationIn(from, MemoryOrder::asGraph, permutation)) ? MemoryOrder::asGraph : MemoryOrder::channelsLast;
}

MemoryOrder orderOf(const Graph& graph, const Node& node, const std::vector<MemoryOrder>& orders) {
  const auto* reshape = std::get_if<ReshapeAttributes>(&node.attributes);
  const auto* axis = std::get_if<AxisAttributes>(&node.attributes);
  switch (node.op) {
    case Op::averagePool:
    case Op::conv:
    case Op::convTranspose:
    case Op::lpPool:
    case Op::maxPool:
      return MemoryOrder::channelsLast;
    case Op::expand:
    case Op::fullyConnected:
    case Op::gather:
    case Op::matMul:
      return MemoryOrder::asGraph;
    case Op::reshape:
      return reshape && reshape->keepsMemoryOrder ? MemoryOrder::channelsLast : MemoryOrder::asGraph;
    case Op::logSoftmax:
    case Op::softmax:
      return axis->axis == 1 ? MemoryOrder::channelsLast : MemoryOrder::asGraph;
    case Op::transpose:
      return orderOfTranspose(graph, node, orders);
    default:
      break;
  }
  // What keeps the axes keeps their order.
  for (TensorId input : node.inputs) {
    if (input == noTensor || graph.tensor(input).isConstant || graph.tensor(input).shape.size() != 4) continue;
    return orders[static_cast<size_t>(input)];
  }
  return MemoryOrder::asGraph;
}

}  // namespace

std::vector<MemoryOrder> chooseMemoryOrders(const Graph& graph) {
  std::vector<MemoryOrder> orders(graph.tensors.size(), MemoryOrder::asGraph);
  const auto isMap = [&](TensorId id) { return graph.tensor(id).shape.size() == 4; };
  for (TensorId input : graph.inputs) {
    if (isMap(input) && !graph.inputIsNhwc) orders[static_cast<size_t>(input)] = MemoryOrder::channelsLast;
  }
  for (const Node& node : graph.nodes) {
    if (!node.outputs.empty() && isMap(node.outputs[0]))
      orders[static_cast<size_t>(node.outputs[0])] = orderOf(graph, node, orders);
  }
  return orders;
}

Shape shapeIn(MemoryOrder order, const Shape& shape) {
  if (order == MemoryOrder::asGraph) return shape;
  return {shape[0], shape[2], shape[3], shape[1]};
}

size_t axisIn(MemoryOrder order, int64_t axis) {
  const auto at = static_cast<size_t>(axis);
  return order == MemoryOrder::channelsLast ? fromChannelsLast[at] : at;
}

bool isSameSequence(const Shape& shape) {
  return shape.size() != 4 || shape[1] == 1 || shape[2] * shape[3] == 1;
}

std::vector<int64_t> stridesIn(MemoryOrder order, const Shape& shape) {
  auto strides = plain::rowMajor(shapeIn(order, shape));
  if (order == MemoryOrder::channelsLast) strides = {strides[0], strides[3], strides[1], strides[2]};
  return strides;
}

std::vector<size_t> permutationIn(MemoryOrder from, MemoryOrder to, const std::vector<int64_t>& permutation) {
  std::vector<size_t> axes;
  for (size_t i = 0; i < permutation.size(); ++i) {
    const size_t graphAxis = permutation.size() == 4 ? toMemory(to)[i] : i;
    axes.push_back(axisIn(from, permutation[graphAxis]));
  }
  return axes;
}

}  // namespace pith

// SPDX-License-Identifier: Apache-2.0
#include "pith/model/constant_folding.h"

#include <algorithm>
#include <cmath>

#include "pith/base/checked_math.h"
#include "pith/plain/plain.h"

namespace pith {
namespace {

template <typename T>
plain::View<const T> constantView(const std::vector<T>& values, const Shape& shape) {
  return {values.data(), shape, plain::rowMajor(shape)};
}

}  // namespace

std::optional<int64_t> operationsOf(const Graph& graph, const Node& node, const Shape& output) {
  int64_t places = plain::countOf(output), perOutput = 1;
  const Shape& first = graph.tensor(node.inputs[0]).shape;
  switch (node.op) {
    case Op::convTranspose:
      places = plain::countOf(first);
      [[fallthrough]];
    case Op::conv: {
      const Shape& weights = graph.tensor(node.inputs[1]).shape;
      for (size_t i = 1; i < weights.size(); ++i) perOutput *= weights[i];
      break;
    }
    case Op::fullyConnected:
    case Op::matMul:
      perOutput = first.back();
      break;
    case Op::averagePool:
    case Op::lpPool:
    case Op::maxPool: {
      const auto* average = std::get_if<AveragePoolAttributes>(&node.attributes);
      const auto* lp = std::get_if<LpPoolAttributes>(&node.attributes);
      const Window& window = average ? average->window : lp ? lp->window : std::get<MaxPoolAttributes>(node.attributes).window;
      perOutput = plain::countOf(window.kernel);
      break;
    }
    case Op::resize:
      for (const ResizeAxis& axis : std::get<ResizeAttributes>(node.attributes).axes) perOutput += axis.taps;
      break;
    case Op::localResponseNormalization:
      perOutput = std::min(std::get<LocalResponseAttributes>(node.attributes).size, first[1]);
      break;
    default:
      break;
  }
  auto total = checkedMultiply(places, perOutput);
  for (TensorId id : node.inputs) {
    if (total) *total = std::min(*total, int64_t{1} << 60) + plain::countOf(graph.tensor(id).shape);
  }
  return total;
}

std::optional<Tensor> computeConstant(const Graph& graph, const Node& node, Shape shape, NumberType element) {
  Tensor result;
  result.shape = std::move(shape);
  result.element = element;
  result.type = graph.tensor(node.inputs.back()).type;
  const auto elements = static_cast<size_t>(plain::countOf(result.shape));
  const plain::Strides strides = plain::rowMajor(result.shape);
  if (result.type == DataType::float32) {
    std::vector<plain::View<const float>> inputs;
    for (TensorId id : node.inputs) inputs.push_back(constantView(graph.tensor(id).floats, graph.tensor(id).shape));
    result.floats.resize(elements);
    plain::compute(node, inputs, {result.floats.data(), result.shape, strides});
    return result;
  }
  const auto* pad = std::get_if<PadAttributes>(&node.attributes);
  if (pad && !(std::abs(pad->value) < 0x1p62F)) return std::nullopt;
  std::vector<plain::View<const int64_t>> inputs;
  for (TensorId id : node.inputs) inputs.push_back(constantView(graph.tensor(id).integers, graph.tensor(id).shape));
  result.integers.resize(elements);
  if (!plain::computeIntegers(node, element, inputs, {result.integers.data(), result.shape, strides}))
    return std::nullopt;
  return result;
}

}  // namespace pith

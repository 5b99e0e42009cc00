// SPDX-License-Identifier: Apache-2.0
#include "pith/extract/rounding.h"

#include <algorithm>
#include <cmath>

namespace pith {
namespace {

constexpr double unitRoundoff = 0x1p-24;

double product(const Shape& shape, size_t first) {
  double result = 1;
  for (size_t i = first; i < shape.size(); ++i) result *= static_cast<double>(shape[i]);
  return result;
}

/// The terms of the sum that makes one value of a node's result.
double termsOf(const Graph& graph, const Node& node) {
  if (node.op == Op::conv || node.op == Op::fullyConnected)
    return product(graph.tensor(node.inputs[1]).shape, 1);
  if (const auto* pool = std::get_if<AveragePoolAttributes>(&node.attributes))
    return static_cast<double>(pool->window.kernel[0] * pool->window.kernel[1]);
  // What takes much and gives little, or looks at a whole row (a mean, a softmax, a normalisation, a product
  // of two activations), sums along some axis: its longest one, or all that it takes for each value that it
  // gives.
  const Shape& from = graph.tensor(node.inputs[0]).shape;
  const Shape& to = graph.tensor(node.outputs[0]).shape;
  const double ratio = product(from, 0) / std::max(product(to, 0), 1.0);
  return std::max(
      {ratio, node.op == Op::softmax && !from.empty() ? static_cast<double>(from.back()) : 1.0, 1.0});
}

}  // namespace

double roundingBoundOf(const Graph& graph) {
  std::vector<double> errors(graph.tensors.size(), 0.0);  // in units of 2^-24
  for (const Node& node : graph.nodes) {
    double given = 0;
    for (TensorId input : node.inputs) {
      if (input != noTensor) given = std::max(given, errors[static_cast<size_t>(input)]);
    }
    const double made = given + std::sqrt(termsOf(graph, node));
    for (TensorId output : node.outputs) errors[static_cast<size_t>(output)] = made;
  }
  double worst = 1;  // pooling rounds once
  for (TensorId output : graph.outputs) worst = std::max(worst, errors[static_cast<size_t>(output)] + 1);
  return 2 * worst * unitRoundoff;
}

}  // namespace pith

// SPDX-License-Identifier: Apache-2.0
#include "pith/extract/rounding.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace pith {
namespace {

constexpr double unitRoundoff = 0x1p-24;
constexpr double stepError = 0.408248 / 64;  // sqrt(1/6) of a step; values are 64 steps large

double product(const Shape& shape, size_t first) {
  double result = 1;
  for (size_t i = first; i < shape.size(); ++i) result *= static_cast<double>(shape[i]);
  return result;
}

/// What only moves values, or chooses among them, does not round.
bool movesOnly(const Node& node) {
  constexpr std::array moves{Op::clamp,    Op::concat,  Op::dropout, Op::expand,   Op::gather,
                             Op::identity, Op::maximum, Op::maxPool, Op::minimum,  Op::pad,
                             Op::reshape,  Op::select,  Op::slice,   Op::transpose};
  return std::ranges::find(moves, node.op) != moves.end();
}

/// The terms of the sum that makes one value of a node's result.
double termsOf(const Graph& graph, const Node& node) {
  if (movesOnly(node)) return 0;
  const Shape& from = graph.tensor(node.inputs[0]).shape;
  if (node.op == Op::conv || node.op == Op::fullyConnected)
    return product(graph.tensor(node.inputs[1]).shape, 1);
  if (const auto* conv = std::get_if<ConvTransposeAttributes>(&node.attributes)) {
    const Shape& weights = graph.tensor(node.inputs[1]).shape;
    return product(weights, 2) * static_cast<double>(weights[0] / conv->groups);
  }
  if (node.op == Op::matMul && !from.empty()) return static_cast<double>(from.back());
  if (const auto* pool = std::get_if<AveragePoolAttributes>(&node.attributes))
    return product(pool->window.kernel, 0);
  if (const auto* part = std::get_if<NormalizeAttributes>(&node.attributes))
    return product(from, static_cast<size_t>(part->axis));
  if ((node.op == Op::softmax || node.op == Op::logSoftmax) && !from.empty())
    return static_cast<double>(*std::ranges::max_element(from));
  if (std::holds_alternative<ReduceAttributes>(node.attributes))
    return product(from, 0) / std::max(product(graph.tensor(node.outputs[0]).shape, 0), 1.0);
  return 1;
}

/// Whether a node computes in floats and its result is in whole steps.
bool roundsToSteps(const Graph& graph, const Node& node) {
  const auto* unary = std::get_if<UnaryAttributes>(&node.attributes);
  if (unary && (unary->kind == UnaryKind::round || unary->kind == UnaryKind::roundTo)) return true;
  if (!graph.tensor(node.outputs[0]).quantization || movesOnly(node)) return false;
  const TensorId from = node.inputs[0];
  if (node.op == Op::convert) return !graph.tensor(from).quantization && from != graph.input();
  constexpr std::array inIntegers{Op::add, Op::conv, Op::fullyConnected, Op::multiply, Op::reduceMean};
  return std::ranges::find(inIntegers, node.op) == inIntegers.end();
}

/// Of one evaluation, along the longest chain.
struct Errors {
  double floats = 0;  // in units of 2^-24
  double steps = 0;   // how often it was rounded to steps
};

Errors largest(const Errors& a, const Errors& b) {
  return {std::max(a.floats, b.floats), std::max(a.steps, b.steps)};
}

}  // namespace

double roundingBoundOf(const Graph& graph) {
  std::vector<Errors> errors(graph.tensors.size());
  for (const Node& node : graph.nodes) {
    Errors made;
    for (TensorId input : node.inputs) {
      if (input != noTensor) made = largest(made, errors[static_cast<size_t>(input)]);
    }
    made.floats += std::sqrt(termsOf(graph, node));
    if (roundsToSteps(graph, node)) made.steps += 1;
    for (TensorId output : node.outputs) errors[static_cast<size_t>(output)] = made;
  }
  Errors worst;
  for (TensorId output : graph.outputs) worst = largest(worst, errors[static_cast<size_t>(output)]);
  const double pooled = std::max(worst.floats + 1, 1.0);  // pooling rounds once
  return 2 * (pooled * unitRoundoff + stepError * std::sqrt(worst.steps));
}

}  // namespace pith

// SPDX-License-Identifier: Apache-2.0
/// @file Means and other sums over axes, and what divides by them. Converters from channels-first frameworks
/// transpose a map and take the mean of one axis after the other; that is the mean of the map itself.
#include <algorithm>
#include <cmath>
#include <limits>

#include "pith/model/json_text.h"
#include "pith/tflite/operators.h"

namespace pith::tflite {
namespace {

/// What is averaged, in file axes.
struct Averaged {
  TensorId x;
  std::vector<size_t> axes;  // ascending
};

/// The axes that have more than one index; nothing else of a shape matters where no element moves.
std::vector<size_t> wideAxes(const Shape& shape) {
  std::vector<size_t> axes;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (shape[axis] != 1) axes.push_back(axis);
  }
  return axes;
}

bool isIn(const std::vector<size_t>& axes, size_t axis) {
  return std::ranges::find(axes, axis) != axes.end();
}

/// The same mean as one of what `node` was given; nothing where `node` does something else.
std::optional<Averaged> before(const Graph& graph, const Node& node, const Averaged& now) {
  const TensorId source = node.inputs[0];
  const Shape from = toFileShape(graph.tensor(source).shape), to = toFileShape(graph.tensor(now.x).shape);
  std::vector<size_t> fromAxes = wideAxes(from);
  const std::vector<size_t> toAxes = wideAxes(to);
  Averaged result{source, {}};
  if (const auto* transpose = std::get_if<TransposeAttributes>(&node.attributes)) {
    for (size_t axis : now.axes) {
      const auto graphAxis = static_cast<size_t>(toGraphAxis(static_cast<int64_t>(axis), to.size()));
      result.axes.push_back(static_cast<size_t>(toFileAxis(transpose->permutation[graphAxis], to.size())));
    }
    std::ranges::sort(result.axes);
    return result;
  }
  if (node.op == Op::reduceMean) {
    for (int64_t axis : std::get<ReduceAttributes>(node.attributes).axes)
      result.axes.push_back(static_cast<size_t>(toFileAxis(axis, from.size())));
    std::erase_if(fromAxes, [&](size_t axis) { return isIn(result.axes, axis); });
  } else if (node.op != Op::reshape) {
    return std::nullopt;
  }
  // What is left of the axes has the same extents in the same order, or the elements were cut anew.
  if (fromAxes.size() != toAxes.size()) return std::nullopt;
  for (size_t i = 0; i < toAxes.size(); ++i) {
    if (from[fromAxes[i]] != to[toAxes[i]]) return std::nullopt;
    if (isIn(now.axes, toAxes[i])) result.axes.push_back(fromAxes[i]);
  }
  std::ranges::sort(result.axes);
  return result;
}

/// One of the last nodes made it: a chain of means is written down in one piece.
const Node* recentProducer(const Graph& graph, TensorId id) {
  constexpr size_t recent = 8;
  for (size_t i = 0; i < std::min(recent, graph.nodes.size()); ++i) {
    const Node& node = graph.nodes[graph.nodes.size() - 1 - i];
    if (node.op != Op::refused && node.outputs[0] == id) return &node;
  }
  return nullptr;
}

/// The extents that a mean leaves, without those of 1.
Shape remaining(const Shape& shape, const std::vector<size_t>& axes) {
  Shape result;
  for (size_t axis : wideAxes(shape)) {
    if (!isIn(axes, axis)) result.push_back(shape[axis]);
  }
  return result;
}

Averaged original(const Graph& graph, const Averaged& written) {
  constexpr int longestChain = 6;
  const Shape expected = remaining(toFileShape(graph.tensor(written.x).shape), written.axes);
  Averaged best = written, now = written;
  for (int i = 0; i < longestChain; ++i) {
    const Node* node = recentProducer(graph, now.x);
    const auto earlier = node ? before(graph, *node, now) : std::nullopt;
    if (!earlier) break;
    now = *earlier;
    const Shape shape = toFileShape(graph.tensor(now.x).shape);
    // Two axes that remain could have been exchanged by a transpose; one cannot.
    const bool isLoneAxis = expected.size() <= 1 && remaining(shape, now.axes) == expected;
    if (isLoneAxis && node->op != Op::reshape) best = now;
  }
  return best;
}

/// The axes that are reduced, in file axes.
Result<std::vector<size_t>> reducedAxes(const OperatorImport& node, size_t rank) {
  PITH_ASSIGN_OR_RETURN(const auto written, node.integers(1));
  std::vector<size_t> axes;
  for (int64_t axis : written) {
    PITH_ASSIGN_OR_RETURN(const int64_t at, node.axisIn(axis, rank));
    axes.push_back(static_cast<size_t>(at));
  }
  std::ranges::sort(axes);
  if (axes.empty() || std::ranges::adjacent_find(axes) != axes.end())
    return node.corrupt("it names no axis, or one of them twice");
  return axes;
}

/// Reduces with all axes kept, and drops them behind where the result lacks them.
Status emitReduction(OperatorImport& node, ReduceKind kind, const Averaged& reduced, const Shape& result) {
  Shape kept = toFileShape(node.tensor(reduced.x).shape);
  ReduceAttributes attributes;
  attributes.kind = kind;
  for (size_t axis : reduced.axes) {
    attributes.axes.push_back(toGraphAxis(static_cast<int64_t>(axis), kept.size()));
    kept[axis] = 1;
  }
  std::ranges::sort(attributes.axes);
  const Op op = kind == ReduceKind::mean ? Op::reduceMean : Op::reduce;
  if (kept == result) return node.emit(op, std::move(attributes), {reduced.x}, result);
  // In the result's own steps, before its axes are dropped.
  PITH_ASSIGN_OR_RETURN(const Tensor output, node.describedOutput());
  PITH_ASSIGN_OR_RETURN(const TensorId wide,
                        node.emitBefore(op, std::move(attributes), {reduced.x}, kept, output));
  return node.emitReshaped(wide, result);
}

Status reduce(OperatorImport& node, ReduceKind kind) {
  const auto* options = node.options<file::ReducerOptions>();
  const Shape shape = node.fileShape(0);
  PITH_ASSIGN_OR_RETURN(const TensorId x, node.number(0));
  PITH_ASSIGN_OR_RETURN(auto axes, reducedAxes(node, shape.size()));
  Averaged reduced{x, std::move(axes)};
  const bool keepsAxes = options && options->keep_dims();
  Shape result;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    const bool isGone = isIn(reduced.axes, axis);
    if (!isGone || keepsAxes) result.push_back(isGone ? 1 : shape[axis]);
  }
  if (kind == ReduceKind::mean && !node.tensor(x).isConstant) reduced = original(node.tensors().graph(), reduced);
  return emitReduction(node, kind, reduced, result);
}

/// The last axis of a shape of the file, in the graph.
Result<int64_t> lastAxis(const OperatorImport& node, const Shape& shape) {
  if (shape.empty()) return node.unsupportedShape("it has a single number");
  return toGraphAxis(static_cast<int64_t>(shape.size()) - 1, shape.size());
}

}  // namespace

Status importMean(OperatorImport& node) { return reduce(node, ReduceKind::mean); }

Status importReduce(OperatorImport& node) {
  constexpr std::pair<std::string_view, ReduceKind> kinds[] = {{"REDUCE_MAX", ReduceKind::maximum},
                                                               {"REDUCE_MIN", ReduceKind::minimum},
                                                               {"REDUCE_PROD", ReduceKind::product},
                                                               {"SUM", ReduceKind::sum}};
  for (const auto& [name, kind] : kinds) {
    if (name == node.opType()) return reduce(node, kind);
  }
  return node.unsupportedOperator("this operator is not supported");
}

Status importSoftmax(OperatorImport& node) {
  const auto* options = node.options<file::SoftmaxOptions>();
  const float beta = options ? options->beta() : 0.0F;
  const Shape shape = node.fileShape(0);
  PITH_ASSIGN_OR_RETURN(const int64_t axis, lastAxis(node, shape));
  PITH_ASSIGN_OR_RETURN(TensorId x, node.number(0));
  if (!options || beta == 1.0F) return node.emit(Op::softmax, AxisAttributes{axis}, {x}, shape);
  if (!std::isfinite(beta) || beta <= 0.0F)
    return node.corrupt("its beta is " + numberText(beta) + "; a positive number is allowed");
  PITH_ASSIGN_OR_RETURN(const TensorId factor, node.addScalar(beta));
  PITH_ASSIGN_OR_RETURN(x, node.inFloats(Op::multiply, {}, {x, factor}, shape));
  return node.emit(Op::softmax, AxisAttributes{axis}, {x}, shape);
}

Status importLogSoftmax(OperatorImport& node) {
  const Shape shape = node.fileShape(0);
  PITH_ASSIGN_OR_RETURN(const int64_t axis, lastAxis(node, shape));
  PITH_ASSIGN_OR_RETURN(const TensorId x, node.number(0));
  return node.emit(Op::logSoftmax, AxisAttributes{axis}, {x}, shape);
}

/// x / max(length of x along the last axis, 1e-6)
Status importL2Normalization(OperatorImport& node) {
  const auto* options = node.options<file::NormOptions>();
  PITH_ASSIGN_OR_RETURN(const ClampRange clamp,
                        activationRange(node, options ? options->activation() : file::Activation::none));
  const Shape shape = node.fileShape(0);
  PITH_ASSIGN_OR_RETURN(const int64_t axis, lastAxis(node, shape));
  PITH_ASSIGN_OR_RETURN(const TensorId x, node.number(0));
  Shape one = shape;
  one.back() = 1;
  const ClampRange least{1e-6F, std::numeric_limits<float>::infinity()};
  PITH_ASSIGN_OR_RETURN(const TensorId length,
                        node.inFloats(Op::reduce, ReduceAttributes{{axis}, true, ReduceKind::l2}, {x}, one));
  PITH_ASSIGN_OR_RETURN(const TensorId divisor, node.emitBefore(Op::clamp, {}, {length}, one, Tensor{}, least));
  return node.emit(Op::divide, {}, {x, divisor}, shape, clamp);
}

/// x / (bias + alpha * sum of the squares of the channels up to `radius` away)^beta
Status importLocalResponse(OperatorImport& node) {
  const auto* options = node.options<file::LocalResponseOptions>();
  const Shape shape = node.fileShape(0);
  constexpr int32_t largestRadius = 1 << 16;
  if (!options || shape.size() != 4 || options->radius() < 0 || options->radius() > largestRadius)
    return node.corrupt("its input or its radius is none");
  PITH_ASSIGN_OR_RETURN(const TensorId x, node.number(0));
  const int64_t size = 2 * int64_t{options->radius()} + 1;
  const LocalResponseAttributes attributes{size, options->alpha() * static_cast<float>(size), options->beta(),
                                           options->bias()};
  return node.emit(Op::localResponseNormalization, attributes, {x}, shape);
}

}  // namespace pith::tflite

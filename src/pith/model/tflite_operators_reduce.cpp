// SPDX-License-Identifier: Apache-2.0
/// @file Means. Converters from channels-first frameworks transpose a map and take the mean of one axis after
/// the other; that is the mean of the map itself.
#include <algorithm>

#include "pith/model/tflite_operators.h"

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

}  // namespace

Status importMean(OperatorImport& node) {
  const auto* options = node.options<file::ReducerOptions>();
  const Shape shape = node.fileShape(0);
  PITH_ASSIGN_OR_RETURN(const TensorId x, node.input(0));
  PITH_ASSIGN_OR_RETURN(const auto fileAxes, node.integers(1));
  Averaged averaged{x, {}};
  for (int64_t axis : fileAxes) {
    PITH_ASSIGN_OR_RETURN(const int64_t at, node.axisIn(axis, shape.size()));
    averaged.axes.push_back(static_cast<size_t>(at));
  }
  std::ranges::sort(averaged.axes);
  if (averaged.axes.empty() || std::ranges::adjacent_find(averaged.axes) != averaged.axes.end())
    return node.corrupt("it names no axis, or one of them twice");
  const bool keepsAxes = options && options->keep_dims();
  Shape result;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    const bool isGone = isIn(averaged.axes, axis);
    if (!isGone || keepsAxes) result.push_back(isGone ? 1 : shape[axis]);
  }
  averaged = original(node.tensors().graph(), averaged);
  Shape kept = toFileShape(node.tensor(averaged.x).shape);
  ReduceAttributes reduce;
  for (size_t axis : averaged.axes) {
    reduce.axes.push_back(toGraphAxis(static_cast<int64_t>(axis), kept.size()));
    kept[axis] = 1;
  }
  std::ranges::sort(reduce.axes);
  if (kept == result) return node.emit(Op::reduceMean, std::move(reduce), {averaged.x}, result);
  // In the result's own steps, before its axes are dropped.
  PITH_ASSIGN_OR_RETURN(const Tensor output, node.describedOutput());
  PITH_ASSIGN_OR_RETURN(const TensorId mean,
                        node.emitBefore(Op::reduceMean, std::move(reduce), {averaged.x}, kept, output));
  return node.emit(Op::reshape, ReshapeAttributes{true}, {mean}, result);
}

}  // namespace pith::tflite

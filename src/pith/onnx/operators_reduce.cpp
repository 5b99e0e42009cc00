// SPDX-License-Identifier: Apache-2.0
/// @file Means, sums and the like over whole axes.
#include <algorithm>
#include <array>
#include <numeric>

#include "pith/onnx/operators.h"

namespace pith::onnx {
namespace {

constexpr auto reductions = std::to_array<std::pair<std::string_view, ReduceKind>>({
    {"ReduceL1", ReduceKind::l1},
    {"ReduceL2", ReduceKind::l2},
    {"ReduceLogSum", ReduceKind::logSum},
    {"ReduceLogSumExp", ReduceKind::logSumExp},
    {"ReduceMax", ReduceKind::maximum},
    {"ReduceMean", ReduceKind::mean},
    {"ReduceMin", ReduceKind::minimum},
    {"ReduceProd", ReduceKind::product},
    {"ReduceSum", ReduceKind::sum},
    {"ReduceSumSquare", ReduceKind::sumSquare},
});

Status emitReduction(OperatorImport& node, ReduceAttributes attributes) {
  const Shape shape = node.input(0).shape;
  Shape output;
  for (size_t i = 0; i < shape.size(); ++i) {
    const bool isReduced = std::ranges::binary_search(attributes.axes, static_cast<int64_t>(i));
    if (isReduced && shape[i] == 0) return node.unsupportedShape("it reduces an axis without elements");
    if (!isReduced || attributes.keepDims) output.push_back(isReduced ? 1 : shape[i]);
  }
  const Op op = attributes.kind == ReduceKind::mean ? Op::reduceMean : Op::reduce;
  return node.emit(op, std::move(attributes), {node.inputId(0)}, std::move(output));
}

Status globalReduction(OperatorImport& node, ReduceKind kind) {
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 3, maxAxes));
  ReduceAttributes attributes{std::vector<int64_t>(node.input(0).shape.size() - 2), true, kind};
  std::iota(attributes.axes.begin(), attributes.axes.end(), 2);
  return emitReduction(node, std::move(attributes));
}

}  // namespace

Status importReduce(OperatorImport& node) {
  const auto found = std::ranges::find(reductions, node.opType(), &std::pair<std::string_view, ReduceKind>::first);
  if (found == reductions.end()) return node.unsupportedOperator("this operator is not supported");
  const Shape& shape = node.input(0).shape;
  PITH_ASSIGN_OR_RETURN(auto axes, node.intsFrom(1, "axes"));
  if (axes.empty()) {
    if (node.intAttribute("noop_with_empty_axes", 0) != 0) {
      // Operator set 18 said "equivalent to input tensor"; later texts square, take the root or the logarithm all the same.
      constexpr ReduceKind plainOnes[] = {ReduceKind::mean, ReduceKind::sum, ReduceKind::maximum, ReduceKind::minimum, ReduceKind::product,
                                          ReduceKind::logSumExp};
      if (std::ranges::find(plainOnes, found->second) == std::end(plainOnes))
        return node.unsupportedOperator("it has no axes and noop_with_empty_axes, whose meaning changed between operator sets");
      return node.give(node.inputId(0));
    }
    axes.resize(shape.size());
    std::iota(axes.begin(), axes.end(), 0);
  }
  PITH_ASSIGN_OR_RETURN(axes, node.axesIn(std::move(axes), shape.size()));
  return emitReduction(node, {std::move(axes), node.intAttribute("keepdims", 1) != 0, found->second});
}

Status importGlobalAveragePool(OperatorImport& node) { return globalReduction(node, ReduceKind::mean); }
Status importGlobalMaxPool(OperatorImport& node) { return globalReduction(node, ReduceKind::maximum); }
Status importGlobalLpPool(OperatorImport& node) {
  const int64_t p = node.intAttribute("p", 2);
  if (p != 1 && p != 2) return node.unsupportedOperator("p is " + std::to_string(p) + "; 1 and 2 are allowed");
  return globalReduction(node, p == 1 ? ReduceKind::l1 : ReduceKind::l2);
}

}  // namespace pith::onnx

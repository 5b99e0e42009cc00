// SPDX-License-Identifier: Apache-2.0
/// @file Operators that take a part of a tensor.
#include <algorithm>
#include <numeric>

#include "pith/onnx/operators.h"

namespace pith::onnx {
namespace {

struct Part {
  SliceAttributes slice;
  Shape shape;
};

Part whole(const Shape& shape) {
  return {{std::vector<int64_t>(shape.size(), 0), std::vector<int64_t>(shape.size(), 1)}, shape};
}

/// From `start` to before `end`, counted as Python does.
Status restrict(const OperatorImport& node, Part& part, size_t axis, int64_t start, int64_t end, int64_t step) {
  if (step == 0) return node.corrupt("a step is 0");
  const int64_t extent = part.shape[axis];
  const auto place = [&](int64_t at, int64_t low, int64_t high) {
    return std::clamp(at < 0 ? std::max(at, -extent - 1) + extent : at, low, high);
  };
  const bool isForward = step > 0;
  const int64_t first = isForward ? place(start, 0, extent) : place(start, -1, extent - 1);
  const int64_t last = isForward ? place(end, 0, extent) : place(end, -1, extent - 1);
  step = std::clamp(step, -extent - 1, extent + 1);
  const int64_t span = isForward ? last - first : first - last;
  part.shape[axis] = span <= 0 ? 0 : (span - 1) / std::abs(step) + 1;
  part.slice.starts[axis] = span <= 0 ? 0 : first;
  part.slice.steps[axis] = step;
  return {};
}

}  // namespace

/// Starts, ends, axes and steps are attributes before operator set 10, and inputs from then on.
Status importSlice(OperatorImport& node) {
  const Shape& shape = node.input(0).shape;
  PITH_ASSIGN_OR_RETURN(const auto starts, node.intsFrom(1, "starts"));
  PITH_ASSIGN_OR_RETURN(const auto ends, node.intsFrom(2, "ends"));
  PITH_ASSIGN_OR_RETURN(auto axes, node.intsFrom(3, "axes"));
  PITH_ASSIGN_OR_RETURN(auto steps, node.intsFrom(4, "steps"));
  if (axes.empty()) {
    axes.resize(starts.size());
    std::iota(axes.begin(), axes.end(), 0);
  }
  if (steps.empty()) steps.assign(starts.size(), 1);
  if (ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size())
    return node.corrupt("its starts, ends, axes and steps are not equally many");
  std::vector<bool> isNamed(shape.size(), false);
  Part part = whole(shape);
  for (size_t i = 0; i < axes.size(); ++i) {
    PITH_ASSIGN_OR_RETURN(const int64_t at, node.axisIn(axes[i], shape.size()));
    const auto axis = static_cast<size_t>(at);
    if (isNamed[axis]) return node.corrupt("an axis is named twice");
    isNamed[axis] = true;
    PITH_RETURN_IF_ERROR(restrict(node, part, axis, starts[i], ends[i], steps[i]));
  }
  if (part.shape == shape && std::ranges::all_of(part.slice.steps, [](int64_t step) { return step > 0; }))
    return node.give(node.inputId(0));
  return node.emit(Op::slice, std::move(part.slice), {node.inputId(0)}, std::move(part.shape));
}

Status importSplit(OperatorImport& node) {
  const Shape shape = node.input(0).shape;
  PITH_ASSIGN_OR_RETURN(const int64_t at, node.axisIn(node.intAttribute("axis", 0), shape.size()));
  const auto axis = static_cast<size_t>(at);
  PITH_ASSIGN_OR_RETURN(auto sizes, node.intsFrom(1, "split"));
  const auto count = static_cast<int64_t>(node.outputCount());
  if (sizes.empty()) {
    // Equal parts; the last may be smaller from operator set 18 on.
    const int64_t most = (shape[axis] + count - 1) / count;
    if (node.opset() < 18 && shape[axis] % count != 0)
      return node.unsupportedShape("axis " + std::to_string(at) + " of " + shapeText(shape) + " has no " + std::to_string(count) + " equal parts");
    for (int64_t i = 0; i < count; ++i) sizes.push_back(std::clamp<int64_t>(shape[axis] - i * most, 0, most));
  }
  int64_t start = 0;
  if (static_cast<int64_t>(sizes.size()) != count) return node.corrupt("its outputs and parts are not equally many");
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] < 0 || sizes[i] > shape[axis] - start)
      return node.corrupt("parts of " + shapeText(sizes) + " do not fit " + shapeText(shape));
    Part part = whole(shape);
    part.shape[axis] = sizes[i];
    part.slice.starts[axis] = sizes[i] == 0 ? 0 : start;
    start += sizes[i];
    PITH_RETURN_IF_ERROR(node.give(node.add(Op::slice, std::move(part.slice), {node.inputId(0)}, std::move(part.shape)), i));
  }
  return start == shape[axis] ? Status{} : Status(node.corrupt("parts of " + shapeText(sizes) + " do not fill " + shapeText(shape)));
}

Status importGather(OperatorImport& node) {
  const Shape shape = node.input(0).shape;
  const Tensor& chosen = node.input(1);
  if (!chosen.isConstant || chosen.type != DataType::int64) return node.unsupportedOperator("its indices must be constant");
  PITH_ASSIGN_OR_RETURN(const int64_t axis, node.axisIn(node.intAttribute("axis", 0), shape.size()));
  PITH_RETURN_IF_ERROR(node.keepTable(static_cast<int64_t>(chosen.integers.size())));
  GatherAttributes attributes;
  attributes.axis = axis;
  attributes.indicesShape = chosen.shape;
  for (int64_t index : chosen.integers) {
    PITH_ASSIGN_OR_RETURN(const int64_t at, node.axisIn(index, static_cast<size_t>(shape[static_cast<size_t>(axis)])));
    attributes.indices.push_back(at);
  }
  Shape output = shape;
  output.erase(output.begin() + static_cast<std::ptrdiff_t>(axis));
  output.insert(output.begin() + static_cast<std::ptrdiff_t>(axis), attributes.indicesShape.begin(), attributes.indicesShape.end());
  if (!node.input(0).isConstant && attributes.indices.size() == 1) {
    // One index is a slice, which the kernels have: a transformer's class token.
    Part part = whole(shape);
    part.slice.starts[static_cast<size_t>(axis)] = attributes.indices[0];
    part.shape[static_cast<size_t>(axis)] = 1;
    PITH_ASSIGN_OR_RETURN(const TensorId slice, node.add(Op::slice, std::move(part.slice), {node.inputId(0)}, std::move(part.shape)));
    return node.give(node.addReshape(slice, std::move(output)));
  }
  return node.emit(Op::gather, std::move(attributes), {node.inputId(0)}, std::move(output));
}

}  // namespace pith::onnx

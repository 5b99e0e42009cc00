// SPDX-License-Identifier: Apache-2.0
/// @file Padding; what is negative cuts off instead.
#include <algorithm>
#include <cmath>

#include "pith/onnx/operators.h"

namespace pith::onnx {
namespace {

constexpr int64_t maxPad = int64_t{1} << 16;

Result<PadMode> modeOf(const OperatorImport& node) {
  const std::string mode = node.stringAttribute("mode", "constant");
  if (mode == "constant") return PadMode::constant;
  if (mode == "edge") return PadMode::edge;
  if (mode == "reflect") return PadMode::reflect;
  if (mode == "wrap") return PadMode::wrap;
  return node.unsupportedOperator("mode " + quotedName(mode) + " is not supported");
}

/// Begin and end for every axis of the tensor.
Result<std::vector<int64_t>> padsOf(const OperatorImport& node, size_t rank) {
  PITH_ASSIGN_OR_RETURN(const auto given, node.intsFrom(1, node.attribute("paddings") ? "paddings" : "pads"));
  PITH_ASSIGN_OR_RETURN(auto axes, node.intsFrom(3, "axes"));
  if (!node.hasInput(3)) {
    for (size_t i = 0; i < rank; ++i) axes.push_back(static_cast<int64_t>(i));
  }
  if (given.size() != 2 * axes.size() || std::ranges::any_of(given, [](int64_t v) { return v < -maxPad || v > maxPad; }))
    return node.unsupportedShape("pads are " + shapeText(given) + "; two numbers up to 65536 for each axis are allowed");
  std::vector<int64_t> pads(2 * rank, 0);
  for (size_t i = 0; i < axes.size(); ++i) {
    PITH_ASSIGN_OR_RETURN(const int64_t axis, node.axisIn(axes[i], rank));
    pads[static_cast<size_t>(axis)] = given[i];
    pads[static_cast<size_t>(axis) + rank] = given[i + axes.size()];
  }
  return pads;
}

/// Cuts off what negative pads name, and leaves 0 in their place.
Result<TensorId> crop(OperatorImport& node, std::vector<int64_t>& pads) {
  Shape shape = node.input(0).shape;
  const Shape whole = shape;
  SliceAttributes slice{std::vector<int64_t>(shape.size(), 0), std::vector<int64_t>(shape.size(), 1)};
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    int64_t& end = pads[axis + shape.size()];
    slice.starts[axis] = std::max<int64_t>(0, -pads[axis]);
    shape[axis] -= slice.starts[axis] + std::max<int64_t>(0, -end);
    if (shape[axis] < 0) return node.unsupportedShape("its pads cut off more than " + shapeText(whole));
    pads[axis] = std::max<int64_t>(0, pads[axis]);
    end = std::max<int64_t>(0, end);
  }
  if (shape == whole) return node.inputId(0);
  return node.add(Op::slice, std::move(slice), {node.inputId(0)}, std::move(shape));
}

}  // namespace

Status importPad(OperatorImport& node) {
  const size_t rank = node.input(0).shape.size();
  PadAttributes attributes;
  PITH_ASSIGN_OR_RETURN(attributes.mode, modeOf(node));
  PITH_ASSIGN_OR_RETURN(auto pads, padsOf(node, rank));
  attributes.value = node.floatAttribute("value", 0.0F);
  if (node.hasInput(2)) {
    const Tensor& value = node.input(2);
    if (!value.isConstant || value.floats.size() + value.integers.size() != 1)
      return node.unsupportedOperator("its value must be one constant number");
    attributes.value = value.floats.empty() ? static_cast<float>(value.integers[0]) : value.floats[0];
    const bool isWhole = std::abs(attributes.value) < 0x1p62F;
    if (!value.integers.empty() && (!isWhole || static_cast<int64_t>(attributes.value) != value.integers[0]))
      return node.unsupportedOperator("its value is too large");
  }
  PITH_ASSIGN_OR_RETURN(const TensorId kept, crop(node, pads));
  Shape output = node.tensor(kept).shape;
  const Shape input = output;
  for (size_t axis = 0; axis < rank; ++axis) {
    const int64_t before = pads[axis], after = pads[axis + rank];
    attributes.before.push_back(before);
    attributes.after.push_back(after);
    output[axis] += before + after;
    if (attributes.mode != PadMode::constant && before + after > 0 && input[axis] == 0)
      return node.unsupportedShape("an axis without elements has nothing to repeat");
    if (attributes.mode == PadMode::reflect && std::max(before, after) >= std::max<int64_t>(input[axis], 1) && before + after > 0)
      return node.unsupportedShape("it reflects more than axis " + std::to_string(axis) + " of " + shapeText(input) + " has");
  }
  return node.emit(Op::pad, std::move(attributes), {kept}, std::move(output));
}

}  // namespace pith::onnx

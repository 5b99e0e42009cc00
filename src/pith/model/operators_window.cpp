// SPDX-License-Identifier: Apache-2.0
/// @file Operators that slide a window over [H, W]: convolution and pooling; and padding.
#include <algorithm>

#include "pith/model/operators.h"

namespace pith::onnx {
namespace {

/// Kernels, strides, dilations and pads beyond this are refused; products of them then fit int64 easily.
constexpr int64_t maxWindowExtent = int64_t{1} << 16;

struct ResolvedWindow {
  Window window;
  std::array<int64_t, 4> overhang{0, 0, 0, 0};  // what ceil_mode adds to the pads at bottom and right
  std::array<int64_t, 2> output{0, 0};
};

Result<std::array<int64_t, 2>> pairAttribute(const OperatorImport& node, std::string_view name) {
  const auto values = node.intsAttribute(name);
  if (values.empty()) return std::array<int64_t, 2>{1, 1};
  if (values.size() != 2 ||
      std::ranges::any_of(values, [](int64_t v) { return v < 1 || v > maxWindowExtent; })) {
    return node.unsupportedShape(std::string(name) + " is " + shapeText(values) +
                                 "; two numbers of 1 to 65536 are allowed");
  }
  return std::array<int64_t, 2>{values[0], values[1]};
}

/// `auto_pad` or `pads`, as top, left, bottom, right.
Result<std::array<int64_t, 4>> padsOf(const OperatorImport& node, const Window& window, const Shape& input) {
  std::array<int64_t, 4> pads{0, 0, 0, 0};
  const std::string autoPad = node.stringAttribute("auto_pad", "NOTSET");
  if (autoPad == "VALID") return pads;
  if (autoPad == "SAME_UPPER" || autoPad == "SAME_LOWER") {
    for (size_t axis = 0; axis < 2; ++axis) {
      const int64_t extent = input[axis + 2];
      const int64_t output = (extent + window.stride[axis] - 1) / window.stride[axis];
      const int64_t effective = (window.kernel[axis] - 1) * window.dilation[axis] + 1;
      const int64_t total = std::max<int64_t>(0, (output - 1) * window.stride[axis] + effective - extent);
      pads[axis] = autoPad == "SAME_UPPER" ? total / 2 : total - total / 2;
      pads[axis + 2] = total - pads[axis];
    }
    return pads;
  }
  if (autoPad != "NOTSET" && !autoPad.empty()) return node.corrupt("auto_pad is " + quotedName(autoPad));
  const auto values = node.intsAttribute("pads");
  if (values.empty()) return pads;
  if (values.size() != 4 ||
      std::ranges::any_of(values, [](int64_t v) { return v < 0 || v > maxWindowExtent; })) {
    return node.unsupportedShape("pads are " + shapeText(values) +
                                 "; four numbers of 0 to 65536 are allowed");
  }
  std::ranges::copy(values, pads.begin());
  return pads;
}

/// `kernel` is already in `window`.
Result<ResolvedWindow> resolveWindow(const OperatorImport& node, std::array<int64_t, 2> kernel,
                                     const Shape& input) {
  ResolvedWindow resolved;
  Window& window = resolved.window;
  window.kernel = kernel;
  PITH_ASSIGN_OR_RETURN(window.stride, pairAttribute(node, "strides"));
  PITH_ASSIGN_OR_RETURN(window.dilation, pairAttribute(node, "dilations"));
  PITH_ASSIGN_OR_RETURN(window.pads, padsOf(node, window, input));
  const bool ceilMode = node.intAttribute("ceil_mode", 0) != 0;
  for (size_t axis = 0; axis < 2; ++axis) {
    const int64_t stride = window.stride[axis];
    const int64_t effective = (kernel[axis] - 1) * window.dilation[axis] + 1;
    const int64_t extent = input[axis + 2] + window.pads[axis] + window.pads[axis + 2];
    if (effective > extent) {
      return node.unsupportedShape("a window of " + std::to_string(effective) +
                                   " does not fit into the padded input's " + std::to_string(extent));
    }
    int64_t output = (extent - effective) / stride + 1;
    if (ceilMode && (extent - effective) % stride != 0) {
      // The last window must still begin inside the input or the padding before it.
      if (output * stride < input[axis + 2] + window.pads[axis]) ++output;
    }
    resolved.overhang[axis + 2] = std::max<int64_t>(0, (output - 1) * stride + effective - extent);
    resolved.output[axis] = output;
  }
  return resolved;
}

/// A table of pointers, one for each sample under each window, is what the kernels need; it must stay
/// bounded.
Status checkWindowCount(const OperatorImport& node, const ResolvedWindow& resolved) {
  constexpr int64_t maxPointers = int64_t{1} << 27;
  const Shape extents{resolved.output[0], resolved.output[1], resolved.window.kernel[0],
                      resolved.window.kernel[1]};
  Limits limits;
  limits.maxTensorElements = maxPointers;
  if (elementCount(extents, limits)) return {};
  return Error{ErrorCode::modelTooLarge,
               node.unsupportedShape("windows of " + shapeText(resolved.window.kernel) + " at " +
                                     shapeText(resolved.output) + " places are more than 2^27 samples")
                   .detail};
}

/// Every window must hold at least one sample of the input, or it has no maximum and no average.
Status checkPoolPads(const OperatorImport& node, const Window& window) {
  for (size_t axis = 0; axis < 2; ++axis) {
    if (window.pads[axis] >= window.kernel[axis] || window.pads[axis + 2] >= window.kernel[axis]) {
      return node.unsupportedShape("pads " + shapeText(window.pads) + " are not smaller than the window " +
                                   shapeText(window.kernel));
    }
  }
  return {};
}

Result<ResolvedWindow> resolvePool(OperatorImport& node) {
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 4, 4));
  PITH_RETURN_IF_ERROR(node.requireSingleOutput());
  if (!node.attribute("kernel_shape")) return node.corrupt("kernel_shape is missing");
  PITH_ASSIGN_OR_RETURN(const auto kernel, pairAttribute(node, "kernel_shape"));
  PITH_ASSIGN_OR_RETURN(auto resolved, resolveWindow(node, kernel, node.input(0).shape));
  PITH_RETURN_IF_ERROR(checkPoolPads(node, resolved.window));
  PITH_RETURN_IF_ERROR(checkWindowCount(node, resolved));
  return resolved;
}

Shape pooledShape(const Shape& input, const ResolvedWindow& resolved) {
  return {input[0], input[1], resolved.output[0], resolved.output[1]};
}

std::array<int64_t, 4> sum(const std::array<int64_t, 4>& a, const std::array<int64_t, 4>& b) {
  return {a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]};
}

}  // namespace

Status importConv(OperatorImport& node) {
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 4, 4));
  PITH_RETURN_IF_ERROR(node.requireFloat(1, 4, 4));
  const Tensor& weights = node.input(1);
  const Shape input = node.input(0).shape;
  const Shape kernel = weights.shape;
  if (!weights.isConstant) return node.unsupportedOperator("its weights must be constant");
  const int64_t groups = node.intAttribute("group", 1);
  if (groups < 1 || kernel[0] < 1 || kernel[1] < 1 || kernel[0] % groups != 0 || input[1] % groups != 0 ||
      input[1] / groups != kernel[1]) {
    return node.unsupportedShape("input " + shapeText(input) + ", weights " + shapeText(kernel) + " and " +
                                 std::to_string(groups) + " groups do not fit together");
  }
  if (node.hasInput(2)) {
    PITH_RETURN_IF_ERROR(node.requireFloat(2, 1, 1));
    if (!node.input(2).isConstant || node.input(2).shape[0] != kernel[0]) {
      return node.unsupportedShape("its bias must be constant, one number for each of the " +
                                   std::to_string(kernel[0]) + " outputs");
    }
  }
  if (kernel[2] < 1 || kernel[3] < 1 || kernel[2] > maxWindowExtent || kernel[3] > maxWindowExtent) {
    return node.unsupportedShape("its kernel is " + shapeText(kernel));
  }
  const auto named = node.intsAttribute("kernel_shape");
  if (!named.empty() && !std::ranges::equal(named, std::array{kernel[2], kernel[3]})) {
    return node.corrupt("kernel_shape is " + shapeText(named) + ", the weights are " + shapeText(kernel));
  }
  PITH_ASSIGN_OR_RETURN(const auto resolved, resolveWindow(node, {kernel[2], kernel[3]}, input));
  PITH_RETURN_IF_ERROR(checkWindowCount(node, resolved));
  return node.emit(Op::conv, ConvAttributes{resolved.window, groups},
                   {node.inputId(0), node.inputId(1), node.inputId(2)},
                   {input[0], kernel[0], resolved.output[0], resolved.output[1]});
}

Status importMaxPool(OperatorImport& node) {
  PITH_ASSIGN_OR_RETURN(auto resolved, resolvePool(node));
  resolved.window.pads = sum(resolved.window.pads, resolved.overhang);
  return node.emit(Op::maxPool, MaxPoolAttributes{resolved.window}, {node.inputId(0)},
                   pooledShape(node.input(0).shape, resolved));
}

Status importAveragePool(OperatorImport& node) {
  PITH_ASSIGN_OR_RETURN(auto resolved, resolvePool(node));
  if (resolved.window.dilation != std::array<int64_t, 2>{1, 1})
    return node.unsupportedOperator("dilations are not supported");
  AveragePoolAttributes attributes;
  attributes.window = resolved.window;
  if (node.intAttribute("count_include_pad", 0) != 0) std::swap(attributes.zeroPads, attributes.window.pads);
  attributes.window.pads = sum(attributes.window.pads, resolved.overhang);
  return node.emit(Op::averagePool, attributes, {node.inputId(0)},
                   pooledShape(node.input(0).shape, resolved));
}

Status importPad(OperatorImport& node) {
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 1, 6));
  if (node.stringAttribute("mode", "constant") != "constant")
    return node.unsupportedOperator("only constant padding is supported");
  if (node.hasInput(3)) return node.unsupportedOperator("padding of chosen axes is not supported");
  PITH_ASSIGN_OR_RETURN(const auto pads, node.intsFrom(1, "pads"));
  const Shape input = node.input(0).shape;
  if (pads.size() != 2 * input.size() ||
      std::ranges::any_of(pads, [](int64_t v) { return v < 0 || v > maxWindowExtent; })) {
    return node.unsupportedShape("pads are " + shapeText(pads) +
                                 "; two numbers of 0 to 65536 for each axis are allowed");
  }
  PadAttributes attributes;
  attributes.value = node.floatAttribute("value", 0.0F);
  if (node.hasInput(2)) {
    if (!node.input(2).isConstant || node.input(2).floats.size() != 1)
      return node.unsupportedOperator("its value must be one constant number");
    attributes.value = node.input(2).floats[0];
  }
  Shape output = input;
  for (size_t axis = 0; axis < input.size(); ++axis) {
    attributes.before.push_back(pads[axis]);
    attributes.after.push_back(pads[axis + input.size()]);
    output[axis] += pads[axis] + pads[axis + input.size()];
  }
  return node.emit(Op::pad, std::move(attributes), {node.inputId(0)}, std::move(output));
}

}  // namespace pith::onnx

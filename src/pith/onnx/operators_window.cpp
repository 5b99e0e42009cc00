// SPDX-License-Identifier: Apache-2.0
/// @file Operators that slide a window over [L], [H, W] or [D, H, W]: convolution and pooling.
#include <algorithm>

#include "pith/onnx/operators.h"

namespace pith::onnx {
namespace {

/// Kernels, strides, dilations and pads beyond this are refused; products of them then fit int64 easily.
constexpr int64_t maxWindowExtent = int64_t{1} << 16;

/// One number for each axis of the window.
Result<std::vector<int64_t>> windowAttribute(const OperatorImport& node, std::string_view name, size_t axes) {
  auto values = node.intsAttribute(name);
  if (values.empty()) return std::vector<int64_t>(axes, 1);
  if (values.size() != axes ||
      std::ranges::any_of(values, [](int64_t v) { return v < 1 || v > maxWindowExtent; })) {
    return node.unsupportedShape(std::string(name) + " is " + shapeText(values) + "; " + std::to_string(axes) +
                                 " numbers of 1 to 65536 are allowed");
  }
  return values;
}

/// The pads that are written down, as begins and ends.
Result<std::vector<int64_t>> namedPads(const OperatorImport& node, size_t axes) {
  auto values = node.intsAttribute("pads");
  if (values.empty()) return std::vector<int64_t>(2 * axes, 0);
  if (values.size() != 2 * axes ||
      std::ranges::any_of(values, [](int64_t v) { return v < 0 || v > maxWindowExtent; })) {
    return node.unsupportedShape("pads are " + shapeText(values) + "; " + std::to_string(2 * axes) +
                                 " numbers of 0 to 65536 are allowed");
  }
  return values;
}

/// `auto_pad` or `pads`, as begins and ends.
Result<std::vector<int64_t>> padsOf(const OperatorImport& node, const Window& window, const Shape& input) {
  const size_t axes = window.kernel.size();
  std::vector<int64_t> pads(2 * axes, 0);
  const std::string autoPad = node.stringAttribute("auto_pad", "NOTSET");
  if (autoPad == "VALID") return pads;
  if (autoPad == "SAME_UPPER" || autoPad == "SAME_LOWER") {
    for (size_t axis = 0; axis < axes; ++axis) {
      const int64_t extent = input[axis + 2];
      const int64_t output = (extent + window.stride[axis] - 1) / window.stride[axis];
      const int64_t effective = (window.kernel[axis] - 1) * window.dilation[axis] + 1;
      const int64_t total = std::max<int64_t>(0, (output - 1) * window.stride[axis] + effective - extent);
      pads[axis] = autoPad == "SAME_UPPER" ? total / 2 : total - total / 2;
      pads[axis + axes] = total - pads[axis];
    }
    return pads;
  }
  if (autoPad != "NOTSET" && !autoPad.empty()) return node.corrupt("auto_pad is " + quotedName(autoPad));
  return namedPads(node, axes);
}

Result<Window> windowOf(const OperatorImport& node, std::vector<int64_t> kernel) {
  Window window;
  window.kernel = std::move(kernel);
  PITH_ASSIGN_OR_RETURN(window.stride, windowAttribute(node, "strides", window.kernel.size()));
  PITH_ASSIGN_OR_RETURN(window.dilation, windowAttribute(node, "dilations", window.kernel.size()));
  window.pads.assign(2 * window.kernel.size(), 0);
  return window;
}

struct ResolvedWindow {
  Window window;
  std::vector<int64_t> overhang;  // what ceil_mode adds to the pads at the end
  Shape output;                   // behind [N, C]
};

Result<ResolvedWindow> resolveWindow(const OperatorImport& node, std::vector<int64_t> kernel, const Shape& input) {
  ResolvedWindow resolved;
  Window& window = resolved.window;
  PITH_ASSIGN_OR_RETURN(window, windowOf(node, std::move(kernel)));
  PITH_ASSIGN_OR_RETURN(window.pads, padsOf(node, window, input));
  const size_t axes = window.kernel.size();
  resolved.overhang.assign(2 * axes, 0);
  const bool ceilMode = node.intAttribute("ceil_mode", 0) != 0;
  for (size_t axis = 0; axis < axes; ++axis) {
    const int64_t stride = window.stride[axis];
    const int64_t effective = (window.kernel[axis] - 1) * window.dilation[axis] + 1;
    const int64_t extent = input[axis + 2] + window.pads[axis] + window.pads[axis + axes];
    const bool isOneCut = ceilMode && effective > extent && effective - extent < stride;  // the only window reaches over the end
    if (effective > extent && !isOneCut) {
      return node.unsupportedShape("a window of " + std::to_string(effective) +
                                   " does not fit into the padded input's " + std::to_string(extent));
    }
    int64_t output = isOneCut ? 1 : (extent - effective) / stride + 1;
    if (ceilMode && !isOneCut && (extent - effective) % stride != 0) {
      // The last window must still begin inside the input or the padding before it.
      if (output * stride < input[axis + 2] + window.pads[axis]) ++output;
    }
    resolved.overhang[axis + axes] = std::max<int64_t>(0, (output - 1) * stride + effective - extent);
    resolved.output.push_back(output);
  }
  return resolved;
}

Status checkWindowCount(const OperatorImport& node, const Window& window, const Shape& places) {
  if (windowSamples(window.kernel, places)) return {};
  return Error{ErrorCode::modelTooLarge, node.unsupportedShape("its windows have more than 2^27 samples together").detail};
}

/// Every window must hold at least one sample of the input, or it has no maximum and no average.
Status checkPoolPads(const OperatorImport& node, const Window& window, const Shape& input, const Shape& output) {
  for (size_t axis = 0; axis < window.kernel.size(); ++axis) {
    const auto holdsOne = [&](int64_t i) {
      const int64_t first = i * window.stride[axis] - window.pads[axis];
      const int64_t skipped = first < 0 ? (-first + window.dilation[axis] - 1) / window.dilation[axis] : 0;
      return skipped < window.kernel[axis] && first + skipped * window.dilation[axis] < input[axis + 2];
    };
    // Of the windows that begin in the input, the last has the fewest samples.
    bool allHold = output[axis] == 0 || holdsOne(output[axis] - 1);
    for (int64_t i = 0; i < output[axis] && i * window.stride[axis] < window.pads[axis]; ++i) allHold = allHold && holdsOne(i);
    if (!allHold) return node.unsupportedShape("pads " + shapeText(window.pads) + " leave windows without any sample");
  }
  return {};
}

Result<ResolvedWindow> resolvePool(OperatorImport& node) {
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 3, 5));
  PITH_RETURN_IF_ERROR(node.requireSingleOutput());
  if (!node.attribute("kernel_shape")) return node.corrupt("kernel_shape is missing");
  const Shape& input = node.input(0).shape;
  PITH_ASSIGN_OR_RETURN(const auto kernel, windowAttribute(node, "kernel_shape", input.size() - 2));
  PITH_ASSIGN_OR_RETURN(auto resolved, resolveWindow(node, kernel, input));
  PITH_RETURN_IF_ERROR(checkWindowCount(node, resolved.window, resolved.output));
  PITH_RETURN_IF_ERROR(checkPoolPads(node, resolved.window, input, resolved.output));
  return resolved;
}

std::vector<int64_t> sum(std::vector<int64_t> a, const std::vector<int64_t>& b) {
  for (size_t i = 0; i < a.size(); ++i) a[i] += b[i];
  return a;
}

/// What slides over one axis slides over a second one of extent 1, for which there are kernels.
bool isLine(const Shape& shape) { return shape.size() == 3; }

void makePlane(Window& window) {
  for (auto* values : {&window.kernel, &window.stride, &window.dilation}) values->insert(values->begin(), 1);
  window.pads = {0, window.pads[0], 0, window.pads[1]};
}

Result<TensorId> asPlane(OperatorImport& node, TensorId id) {
  const Shape& s = node.tensor(id).shape;
  return node.addReshape(id, {s[0], s[1], 1, s[2]});
}

/// The node of a window on an input and its weights, if it has any.
template <typename WindowAttributes>
Result<TensorId> addWindow(OperatorImport& node, Op op, WindowAttributes attributes, std::vector<TensorId> inputs,
                           int64_t channels, const Shape& places) {
  const Shape input = node.tensor(inputs[0]).shape;
  Shape output{input[0], channels};
  output.insert(output.end(), places.begin(), places.end());
  if (!isLine(input)) return node.add(op, std::move(attributes), std::move(inputs), std::move(output));
  makePlane(attributes.window);
  if constexpr (requires { attributes.zeroPads; }) attributes.zeroPads = {0, attributes.zeroPads[0], 0, attributes.zeroPads[1]};
  for (size_t i = 0; i < std::min<size_t>(2, inputs.size()); ++i) {
    PITH_ASSIGN_OR_RETURN(inputs[i], asPlane(node, inputs[i]));
  }
  PITH_ASSIGN_OR_RETURN(const TensorId plane,
                        node.add(op, std::move(attributes), std::move(inputs), {output[0], output[1], 1, output[2]}));
  return node.addReshape(plane, std::move(output));
}

/// Weights and bias of a convolution.
Status checkWeights(OperatorImport& node, const std::vector<TensorId>& operands, int64_t groups, int64_t inputs,
                    int64_t outputs) {
  const Shape& input = node.tensor(operands[0]).shape;
  const Shape& weights = node.tensor(operands[1]).shape;
  if (weights.size() != input.size() || groups < 1 || weights[0] < 1 || weights[1] < 1 || inputs != input[1] ||
      weights[0] % groups != 0 || input[1] % groups != 0) {
    return node.unsupportedShape("input " + shapeText(input) + ", weights " + shapeText(weights) + " and " +
                                 std::to_string(groups) + " groups do not fit together");
  }
  if (operands[2] != noTensor && node.tensor(operands[2]).shape != Shape{outputs})
    return node.unsupportedShape("its bias must be one number for each of the " + std::to_string(outputs) + " outputs");
  const Shape kernel(weights.begin() + 2, weights.end());
  if (std::ranges::any_of(kernel, [](int64_t v) { return v < 1 || v > maxWindowExtent; }))
    return node.unsupportedShape("its kernel is " + shapeText(weights));
  const auto named = node.intsAttribute("kernel_shape");
  if (!named.empty() && named != kernel)
    return node.corrupt("kernel_shape is " + shapeText(named) + ", the weights are " + shapeText(weights));
  return {};
}

}  // namespace

Result<TensorId> addConv(OperatorImport& node, TensorId x, TensorId w, TensorId bias) {
  const Shape input = node.tensor(x).shape;
  const Shape weights = node.tensor(w).shape;
  const int64_t groups = node.intAttribute("group", 1);
  if (groups < 1 || groups > maxWindowExtent) return node.corrupt("group is " + std::to_string(groups));
  if (input.size() < 3 || input.size() > 5 || weights.size() != input.size())
    return node.unsupportedShape("input " + shapeText(input) + " and weights " + shapeText(weights) + " do not fit together");
  PITH_RETURN_IF_ERROR(checkWeights(node, {x, w, bias}, groups, weights[1] * groups, weights[0]));
  PITH_ASSIGN_OR_RETURN(const auto resolved, resolveWindow(node, Shape(weights.begin() + 2, weights.end()), input));
  PITH_RETURN_IF_ERROR(checkWindowCount(node, resolved.window, resolved.output));
  return addWindow(node, Op::conv, ConvAttributes{resolved.window, groups}, {x, w, bias}, weights[0], resolved.output);
}

Status importConv(OperatorImport& node) {
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 3, 5));
  PITH_RETURN_IF_ERROR(node.requireFloat(1, 3, 5));
  return node.give(addConv(node, node.inputId(0), node.inputId(1), node.inputId(2)));
}

/// The output is as long as is written down, or as the pads leave it.
/// @source ONNX ConvTranspose-22, output_shape
Status importConvTranspose(OperatorImport& node) {
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 3, 5));
  PITH_RETURN_IF_ERROR(node.requireFloat(1, 3, 5));
  const Shape input = node.input(0).shape;
  const Shape weights = node.input(1).shape;
  const size_t axes = input.size() - 2;
  const std::vector<TensorId> operands{node.inputId(0), node.inputId(1), node.inputId(2)};
  const int64_t groups = node.intAttribute("group", 1);
  if (groups < 1 || groups > maxWindowExtent) return node.corrupt("group is " + std::to_string(groups));
  PITH_RETURN_IF_ERROR(checkWeights(node, operands, groups, weights[0], weights[1] * groups));
  PITH_ASSIGN_OR_RETURN(Window window, windowOf(node, Shape(weights.begin() + 2, weights.end())));
  auto extra = node.intsAttribute("output_padding");
  auto wanted = node.intsAttribute("output_shape");
  if (extra.empty()) extra.assign(axes, 0);
  if (wanted.size() > axes) wanted.erase(wanted.begin(), wanted.end() - static_cast<std::ptrdiff_t>(axes));
  const std::string autoPad = node.stringAttribute("auto_pad", "NOTSET");
  const bool isSame = autoPad == "SAME_UPPER" || autoPad == "SAME_LOWER";
  if (autoPad == "NOTSET" || autoPad.empty()) {
    PITH_ASSIGN_OR_RETURN(window.pads, namedPads(node, axes));
  } else if (!isSame && autoPad != "VALID") {
    return node.corrupt("auto_pad is " + quotedName(autoPad));
  }
  if (extra.size() != axes || (!wanted.empty() && wanted.size() != axes)) return node.corrupt("its output does not fit its input");
  Shape output;
  for (size_t axis = 0; axis < axes; ++axis) {
    const int64_t stride = window.stride[axis];
    const int64_t covered = (input[axis + 2] - 1) * stride + (window.kernel[axis] - 1) * window.dilation[axis] + 1;
    if (extra[axis] < 0 || extra[axis] >= std::max(stride, window.dilation[axis]))
      return node.unsupportedShape("output_padding is " + shapeText(extra));
    const bool isWritten = !wanted.empty() || isSame;
    int64_t extent = covered + extra[axis] - window.pads[axis] - window.pads[axis + axes];
    if (isWritten) {
      extent = wanted.empty() ? input[axis + 2] * stride : wanted[axis];
      const int64_t total = std::max<int64_t>(0, covered + extra[axis] - extent);
      // The definition before operator set 11 cuts the odd one at the end, and for SAME_* it contradicts itself.
      if (isSame && node.opset() < 11 && total % 2 != 0)
        return node.unsupportedOperator("auto_pad is " + quotedName(autoPad) + " and cuts an odd number of places, which is not defined before operator set 11");
      window.pads[axis] = autoPad == "SAME_UPPER" || node.opset() < 11 ? total / 2 : total - total / 2;
      window.pads[axis + axes] = total - window.pads[axis];
    }
    if (extent < 1 || extent > (int64_t{1} << 31)) return node.unsupportedShape("its output would have an extent of " + std::to_string(extent));
    output.push_back(extent);
  }
  PITH_RETURN_IF_ERROR(checkWindowCount(node, window, Shape(input.begin() + 2, input.end())));
  return node.give(addWindow(node, Op::convTranspose, ConvTransposeAttributes{window, groups}, operands, weights[1] * groups, output));
}

Status importMaxPool(OperatorImport& node) {
  if (node.intAttribute("storage_order", 0) != 0) return node.unsupportedOperator("storage_order is not supported");
  PITH_ASSIGN_OR_RETURN(auto resolved, resolvePool(node));
  resolved.window.pads = sum(resolved.window.pads, resolved.overhang);
  return node.give(addWindow(node, Op::maxPool, MaxPoolAttributes{resolved.window}, {node.inputId(0)},
                             node.input(0).shape[1], resolved.output));
}

Status importAveragePool(OperatorImport& node) {
  PITH_ASSIGN_OR_RETURN(auto resolved, resolvePool(node));
  AveragePoolAttributes attributes;
  attributes.window = resolved.window;
  attributes.zeroPads.assign(resolved.window.pads.size(), 0);
  if (node.intAttribute("count_include_pad", 0) != 0) std::swap(attributes.zeroPads, attributes.window.pads);
  attributes.window.pads = sum(attributes.window.pads, resolved.overhang);
  return node.give(addWindow(node, Op::averagePool, std::move(attributes), {node.inputId(0)}, node.input(0).shape[1],
                             resolved.output));
}

Status importLpPool(OperatorImport& node) {
  PITH_ASSIGN_OR_RETURN(auto resolved, resolvePool(node));
  const int64_t p = node.intAttribute("p", 2);
  if (p < 1 || p > 64) return node.unsupportedOperator("p is " + std::to_string(p) + "; 1 to 64 are allowed");
  resolved.window.pads = sum(resolved.window.pads, resolved.overhang);
  return node.give(addWindow(node, Op::lpPool, LpPoolAttributes{resolved.window, p}, {node.inputId(0)},
                             node.input(0).shape[1], resolved.output));
}

}  // namespace pith::onnx

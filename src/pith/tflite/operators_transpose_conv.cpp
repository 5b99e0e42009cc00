// SPDX-License-Identifier: Apache-2.0
/// @file Transposed convolution. 8-bit weights become floats: the kernel for them is one of floats.
#include <algorithm>

#include "pith/tflite/operators.h"

namespace pith::tflite {
namespace {

constexpr int64_t largestExtent = int64_t{1} << 16;

/// The padding of the convolution that would make the input of the output; what lies beyond it is cut off.
Result<Window> windowOf(const OperatorImport& node, const file::TransposeConvOptions& options, const Shape& weights,
                        const Shape& input, const Shape& output) {
  Window window;
  window.kernel = {weights[1], weights[2]};
  window.stride = {options.stride_height(), options.stride_width()};
  if (options.padding() != file::Padding::same && options.padding() != file::Padding::valid)
    return node.corrupt("its padding is neither SAME nor VALID");
  for (size_t axis = 0; axis < 2; ++axis) {
    const int64_t kernel = window.kernel[axis], stride = window.stride[axis];
    const int64_t from = input[axis + 1], to = output[axis + 1];
    for (int64_t number : {kernel, stride, from, to}) {
      if (number < 1 || number > largestExtent)
        return node.corrupt("its window or a map has the extent or stride " + std::to_string(number) + "; 1 to " +
                            std::to_string(largestExtent) + " is allowed");
    }
    const bool isSame = options.padding() == file::Padding::same;
    const int64_t places = isSame ? (to + stride - 1) / stride : (to + stride - kernel) / stride;
    if (places != from)
      return node.corrupt("its output of " + std::to_string(to) + " places belongs to " + std::to_string(places) +
                          " of the input, which has " + std::to_string(from));
    const int64_t covered = (from - 1) * stride + kernel;
    window.pads[axis] = std::max<int64_t>(0, covered - to) / 2;
    window.pads[axis + 2] = std::max<int64_t>(0, covered - to - window.pads[axis]);
  }
  PITH_RETURN_IF_ERROR(checkWindowCount(node, window, {input[1], input[2]}));
  return window;
}

/// [O, I, H, W] as [I, O, H, W].
Result<TensorId> exchanged(OperatorImport& node, TensorId id) {
  Tensor weights = node.tensor(id);
  const auto n = [&](size_t axis) { return static_cast<size_t>(weights.shape[axis]); };
  const size_t outputs = n(0), inputs = n(1), area = n(2) * n(3);
  std::vector<float> moved(weights.floats.size());
  for (size_t o = 0; o < outputs; ++o) {
    for (size_t i = 0; i < inputs; ++i)
      std::copy_n(&weights.floats[(o * inputs + i) * area], area, &moved[(i * outputs + o) * area]);
  }
  weights.floats = std::move(moved);
  std::swap(weights.shape[0], weights.shape[1]);
  return node.addConstant(std::move(weights));
}

/// The weights have one scale, or one for each output.
Status checkScales(OperatorImport& node, int64_t outputs) {
  PITH_ASSIGN_OR_RETURN(const TensorId weights, node.input(1));
  const auto& steps = node.tensor(weights).quantization;
  if (!steps || !steps->isPerChannel()) return {};
  const auto* message = node.tensors().message(node.fileIndex(1)).quantization();
  if (message && message->axis() == 0 && steps->scales.size() == static_cast<size_t>(outputs)) return {};
  return node.corrupt("its weights have " + std::to_string(steps->scales.size()) + " scales; one, or one for each of " +
                      std::to_string(outputs) + " outputs along axis 0 is allowed");
}

/// A bias in steps of the input times those of the weights, as floats.
Result<TensorId> floatBias(OperatorImport& node, TensorId x, int64_t outputs) {
  if (!node.isConstant(3)) return node.unsupportedShape("its bias must be constant");
  PITH_ASSIGN_OR_RETURN(const TensorId id, node.input(3));
  PITH_ASSIGN_OR_RETURN(const TensorId weights, node.input(1));
  if (node.tensor(id).shape != Shape{outputs})
    return node.corrupt("its bias has shape " + shapeText(node.tensor(id).shape) + " for " + std::to_string(outputs) +
                        " outputs");
  if (node.tensor(id).type == DataType::float32) return id;
  const auto &steps = node.tensor(x).quantization, &own = node.tensor(weights).quantization;
  if (node.tensor(id).type != DataType::int64 || !steps || !own)
    return node.unsupportedDataType("its bias must be float32 beside floats and int32 beside integers");
  Tensor floats;
  floats.name = node.tensor(id).name;
  floats.shape = {outputs};
  for (size_t o = 0; o < node.tensor(id).integers.size(); ++o) {
    const float scale = own->scales[own->isPerChannel() ? o : 0];
    floats.floats.push_back(static_cast<float>(node.tensor(id).integers[o]) * steps->scales[0] * scale);
  }
  return node.addConstant(std::move(floats));
}

}  // namespace

Status importTransposeConv(OperatorImport& node) {
  const auto* options = node.options<file::TransposeConvOptions>();
  if (!options) return node.corrupt("it has no options");
  const Shape weights = node.fileShape(1), input = node.fileShape(2);  // [outputs, H, W, inputs]
  PITH_ASSIGN_OR_RETURN(const Shape output, node.integers(0));
  if (weights.size() != 4 || input.size() != 4 || output.size() != 4 || weights[3] != input[3] ||
      weights[0] != output[3] || input[0] != output[0])
    return node.corrupt("its weights " + shapeText(weights) + " do not make " + shapeText(output) + " of " +
                        shapeText(input));
  if (!node.isConstant(1)) return node.unsupportedShape("its weights must be constant");
  PITH_ASSIGN_OR_RETURN(const ClampRange clamp, activationRange(node, options->activation()));
  PITH_ASSIGN_OR_RETURN(Window window, windowOf(node, *options, weights, input, output));
  PITH_ASSIGN_OR_RETURN(const TensorId x, node.input(2));
  PITH_RETURN_IF_ERROR(checkScales(node, weights[0]));
  PITH_ASSIGN_OR_RETURN(const TensorId kernels, node.number(1));
  if (node.tensor(kernels).type != DataType::float32)
    return node.unsupportedDataType("its weights must be floats or 8-bit integers");
  PITH_ASSIGN_OR_RETURN(const TensorId moved, exchanged(node, kernels));
  std::vector<TensorId> inputs{x, moved};
  if (node.hasInput(3)) {
    PITH_ASSIGN_OR_RETURN(const TensorId bias, floatBias(node, x, weights[0]));
    inputs.push_back(bias);
  }
  return node.emit(Op::convTranspose, ConvTransposeAttributes{std::move(window), 1}, std::move(inputs), output, clamp);
}

}  // namespace pith::tflite

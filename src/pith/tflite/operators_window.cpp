// SPDX-License-Identifier: Apache-2.0
/// @file Convolution, pooling and padding.
#include <algorithm>

#include "pith/tflite/operators.h"

namespace pith::tflite {
namespace {

/// Beyond this, window arithmetic could overflow, and no picture is larger.
constexpr int64_t largestExtent = int64_t{1} << 20;

struct WindowOptions {
  std::array<int64_t, 2> kernel, stride, dilation;
  file::Padding padding;
};

struct PlacedWindow {
  Window window;
  Shape places;  // height and width of what it makes
};

/// SAME makes ceil(extent / stride) places and puts the smaller half of the padding first; VALID pads
/// nothing. Batches lie a block apart in the map, each with its own padding.
Result<PlacedWindow> placed(const OperatorImport& node, const WindowOptions& options, const Shape& input) {
  PlacedWindow result;
  result.window.kernel = {options.kernel[0], options.kernel[1]};
  result.window.stride = {options.stride[0], options.stride[1]};
  if (options.padding != file::Padding::same && options.padding != file::Padding::valid)
    return node.corrupt("its padding is neither SAME nor VALID");
  for (size_t axis = 0; axis < 2; ++axis) {
    const int64_t extent = input[axis + 1], block = node.tensors().block(node.outputIndex())[axis];
    const int64_t dilation = options.dilation[axis] * block;
    for (int64_t number : {options.kernel[axis], options.stride[axis], dilation, extent}) {
      if (number < 1 || number > largestExtent)
        return node.corrupt("its window has the extent, stride or dilation " + std::to_string(number) +
                            "; 1 to " + std::to_string(largestExtent) + " is allowed");
    }
    if (block > 1 && options.stride[axis] > 1) return notOnBatches(node);
    result.window.dilation[axis] = dilation;
    const int64_t covered = (options.kernel[axis] - 1) * dilation + 1;
    if (options.padding == file::Padding::valid) {
      if (covered > extent)
        return node.corrupt("its window covers " + std::to_string(covered) + " of " + std::to_string(extent) +
                            " places");
      result.places.push_back((extent - covered) / options.stride[axis] + 1);
      continue;
    }
    const int64_t places = (extent + options.stride[axis] - 1) / options.stride[axis];
    const int64_t padding = std::max(int64_t{0}, (places - 1) * options.stride[axis] + covered - extent);
    result.window.pads[axis] = padding / 2 / block * block;
    result.window.pads[axis + 2] = padding - result.window.pads[axis];
    result.places.push_back(places);
  }
  PITH_RETURN_IF_ERROR(checkWindowCount(node, result.window, result.places));
  return result;
}

Result<Shape> mapShape(const OperatorImport& node, size_t i) {
  Shape shape = node.fileShape(i);
  if (shape.size() == 4) return shape;
  return node.unsupportedShape("input " + std::to_string(i) + " has shape " + shapeText(shape) +
                               "; [N, H, W, C] is allowed");
}

Status pool(OperatorImport& node, Op op) {
  const auto* options = node.options<file::PoolOptions>();
  if (!options) return node.corrupt("it has no options");
  PITH_ASSIGN_OR_RETURN(const Shape shape, mapShape(node, 0));
  PITH_ASSIGN_OR_RETURN(const TensorId x, node.input(0));
  PITH_ASSIGN_OR_RETURN(const ClampRange clamp, activationRange(node, options->activation()));
  PITH_ASSIGN_OR_RETURN(auto at, placed(node,
                                        {{options->filter_height(), options->filter_width()},
                                         {options->stride_height(), options->stride_width()},
                                         {1, 1},
                                         options->padding()},
                                        shape));
  const Shape output{shape[0], at.places[0], at.places[1], shape[3]};
  if (op == Op::maxPool) return node.emit(Op::maxPool, MaxPoolAttributes{at.window}, {x}, output, clamp);
  if (op == Op::lpPool) return node.emit(Op::lpPool, LpPoolAttributes{at.window, 2, true}, {x}, output, clamp);
  const bool isGlobal = options->filter_height() == shape[1] && options->filter_width() == shape[2] &&
                        at.places == Shape{1, 1} && options->padding() == file::Padding::valid;
  // There are quantised kernels for the mean of a whole map, and for no smaller window.
  const bool isQuantized = node.tensor(x).quantization.has_value();
  if (isGlobal && isQuantized && options->activation() == file::Activation::none)
    return node.emit(Op::reduceMean, ReduceAttributes{{2, 3}, true}, {x}, output);
  return node.emit(Op::averagePool, AveragePoolAttributes{at.window}, {x}, output, clamp);
}

}  // namespace

Status checkWindowCount(const OperatorImport& node, const Window& window, const Shape& places) {
  if (windowSamples(window.kernel, places)) return {};
  return Error{ErrorCode::modelTooLarge, node.unsupportedShape("its windows have more than 2^27 samples together").detail};
}

Status importConv(OperatorImport& node) {
  const auto* options = node.options<file::ConvOptions>();
  if (!options) return node.corrupt("it has no options");
  PITH_ASSIGN_OR_RETURN(const Shape shape, mapShape(node, 0));
  PITH_ASSIGN_OR_RETURN(const Shape weights, mapShape(node, 1));  // [outputs, H, W, inputs of a group]
  if (weights[0] < 1 || weights[3] < 1 || shape[3] < 1 || shape[3] % weights[3] != 0)
    return node.corrupt("its weights " + shapeText(weights) + " do not fit " + shapeText(shape));
  const int64_t groups = shape[3] / weights[3];
  if (weights[0] % groups != 0)
    return node.corrupt(std::to_string(weights[0]) + " outputs are not shared evenly by " +
                        std::to_string(groups) + " groups");
  PITH_ASSIGN_OR_RETURN(const ClampRange clamp, activationRange(node, options->activation()));
  PITH_ASSIGN_OR_RETURN(auto at, placed(node,
                                        {{weights[1], weights[2]},
                                         {options->stride_height(), options->stride_width()},
                                         {options->dilation_height(), options->dilation_width()},
                                         options->padding()},
                                        shape));
  PITH_ASSIGN_OR_RETURN(auto inputs, productInputs(node, 0, toGraphShape(weights)));
  return node.emit(Op::conv, ConvAttributes{at.window, groups}, std::move(inputs),
                   {shape[0], at.places[0], at.places[1], weights[0]}, clamp);
}

Status importDepthwiseConv(OperatorImport& node) {
  const auto* options = node.options<file::DepthwiseConvOptions>();
  if (!options) return node.corrupt("it has no options");
  PITH_ASSIGN_OR_RETURN(const Shape shape, mapShape(node, 0));
  PITH_ASSIGN_OR_RETURN(const Shape weights, mapShape(node, 1));  // [1, H, W, outputs]
  const int64_t groups = shape[3], outputs = weights[3];
  if (weights[0] != 1 || groups < 1 || outputs < 1 || outputs % groups != 0)
    return node.corrupt("its weights " + shapeText(weights) + " do not fit " + shapeText(shape));
  PITH_ASSIGN_OR_RETURN(const ClampRange clamp, activationRange(node, options->activation()));
  PITH_ASSIGN_OR_RETURN(auto at, placed(node,
                                        {{weights[1], weights[2]},
                                         {options->stride_height(), options->stride_width()},
                                         {options->dilation_height(), options->dilation_width()},
                                         options->padding()},
                                        shape));
  PITH_ASSIGN_OR_RETURN(auto inputs, productInputs(node, 3, {outputs, 1, weights[1], weights[2]}));
  return node.emit(Op::conv, ConvAttributes{at.window, groups}, std::move(inputs),
                   {shape[0], at.places[0], at.places[1], outputs}, clamp);
}

Status importAveragePool(OperatorImport& node) { return pool(node, Op::averagePool); }
Status importL2Pool(OperatorImport& node) { return pool(node, Op::lpPool); }
Status importMaxPool(OperatorImport& node) { return pool(node, Op::maxPool); }

/// PAD fills with the number 0, PADV2 with its third input.
Status importPad(OperatorImport& node) {
  const Shape shape = node.fileShape(0);
  const auto rank = shape.size();
  PITH_ASSIGN_OR_RETURN(const TensorId x, node.input(0));
  PITH_ASSIGN_OR_RETURN(const auto pads, node.integers(1));
  if (pads.size() != 2 * rank) return node.corrupt("it has " + std::to_string(pads.size()) + " pads");
  PadAttributes attributes;
  attributes.before.resize(rank);
  attributes.after.resize(rank);
  Shape output = shape;
  for (size_t axis = 0; axis < rank; ++axis) {
    const int64_t before = pads[2 * axis], after = pads[2 * axis + 1];
    if (before < 0 || after < 0 || before > largestExtent || after > largestExtent)
      return node.corrupt("it pads by " + std::to_string(before) + " and " + std::to_string(after));
    const auto graphAxis = static_cast<size_t>(toGraphAxis(static_cast<int64_t>(axis), rank));
    attributes.before[graphAxis] = before;
    attributes.after[graphAxis] = after;
    output[axis] += before + after;
  }
  if (node.hasInput(2)) {
    if (!node.isConstant(2)) return node.unsupportedShape("its value must be a constant number");
    PITH_ASSIGN_OR_RETURN(const TensorId id, node.input(2));
    const Tensor& value = node.tensor(id);
    if (value.floats.size() == 1) {
      attributes.value = value.floats[0];
    } else if (value.bytes.size() == 1) {
      const int32_t integer =
          value.type == DataType::int8 ? static_cast<int8_t>(value.bytes[0]) : int32_t{value.bytes[0]};
      attributes.value =
          static_cast<float>(integer - value.quantization->zeroPoint) * value.quantization->scales[0];
    } else {
      return node.unsupportedShape("its value must be a constant number");
    }
  }
  return node.emit(Op::pad, std::move(attributes), {x}, output);
}

namespace {

enum class Repeat : uint8_t { whole, inside, border };

/// Axes get places that they have already: all of them in turn (TILE), or what lies before a border again behind it, without the
/// border's own place (REFLECT) or with it (SYMMETRIC).
Status repeat(OperatorImport& node, Repeat kind) {
  Shape shape = node.fileShape(0);
  const size_t rank = shape.size(), perAxis = kind == Repeat::whole ? 1 : 2;
  PITH_ASSIGN_OR_RETURN(TensorId x, node.number(0));
  PITH_ASSIGN_OR_RETURN(const auto numbers, node.integers(1));
  bool fits = numbers.size() == perAxis * rank;
  for (size_t axis = 0; axis < rank && fits; ++axis) {
    const int64_t extent = shape[axis], first = numbers[perAxis * axis], most = extent - (kind == Repeat::inside ? 1 : 0);
    const int64_t before = kind == Repeat::whole ? 0 : first;
    int64_t after = numbers[perAxis * axis + perAxis - 1];
    if (kind == Repeat::whole) {
      fits = first > 0 && first <= largestExtent;
      after = fits ? (first - 1) * extent : 0;
    } else {
      fits = before >= 0 && after >= 0 && before <= most && after <= most;
    }
    if (!fits || before + after == 0) continue;
    fits = before + extent + after <= largestExtent;
    if (!fits) break;
    PITH_RETURN_IF_ERROR(node.tensors().keepTable(before + extent + after));
    GatherAttributes gather{toGraphAxis(static_cast<int64_t>(axis), rank), {}, {before + extent + after}};
    for (int64_t i = -before; i < extent + after; ++i) {
      const int64_t mirrored = i < 0 ? extent - most - 1 - i : i < extent ? i : extent + most - 1 - i;
      gather.indices.push_back(kind == Repeat::whole ? i % extent : mirrored);
    }
    shape[axis] += before + after;
    PITH_ASSIGN_OR_RETURN(x, node.emitBefore(Op::gather, std::move(gather), {x}, shape, node.tensor(x)));
  }
  if (!fits) return node.corrupt("it makes " + shapeText(node.fileShape(0)) + " longer by " + shapeText(numbers));
  return node.emitReshaped(x, shape);
}

}  // namespace

Status importMirrorPad(OperatorImport& node) {
  const auto* options = node.options<file::MirrorPadOptions>();
  const int mode = options ? options->mode() : 0;
  if (mode != 0 && mode != 1) return node.corrupt("its mode is " + std::to_string(mode));
  return repeat(node, mode == 0 ? Repeat::inside : Repeat::border);
}

Status importTile(OperatorImport& node) { return repeat(node, Repeat::whole); }

}  // namespace pith::tflite

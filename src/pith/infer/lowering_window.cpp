// SPDX-License-Identifier: Apache-2.0
/// @file Convolution, pooling and padding as XNNPACK nodes.
#include <algorithm>
#include <cstring>

#include "pith/infer/lowering.h"

namespace pith {
namespace {

/// Everything in a Window is checked at import to be far below 2^32.
uint32_t u32(int64_t value) { return static_cast<uint32_t>(value); }

/// Weights [O, I, H, W] as [O, H, W, I]; for depthwise ones, I is 1 and the result is [H, W, O].
template <typename T>
FloatBuffer rearranged(const Shape& shape, const std::vector<T>& weights, bool isDepthwise) {
  const auto n = [&](size_t i) { return static_cast<size_t>(shape[i]); };
  const size_t outputs = n(0), inputs = n(1), area = n(2) * n(3);
  FloatBuffer result((weights.size() * sizeof(T) + sizeof(float) - 1) / sizeof(float));
  auto* to = reinterpret_cast<T*>(result.data());
  for (size_t o = 0; o < outputs; ++o) {
    for (size_t i = 0; i < inputs; ++i) {
      for (size_t k = 0; k < area; ++k) {
        const size_t at = isDepthwise ? k * outputs + o : (o * area + k) * inputs + i;
        to[at] = weights[(o * inputs + i) * area + k];
      }
    }
  }
  return result;
}

FloatBuffer rearranged(const Tensor& weights, bool isDepthwise) {
  return weights.type == DataType::float32 ? rearranged(weights.shape, weights.floats, isDepthwise)
                                           : rearranged(weights.shape, weights.bytes, isDepthwise);
}

bool hasPads(const std::vector<int64_t>& pads) {
  return std::ranges::any_of(pads, [](int64_t pad) { return pad != 0; });
}

}  // namespace

Status Lowering::lowerConv(const Node& node) {
  const auto& conv = std::get<ConvAttributes>(node.attributes);
  const Tensor& weights = graph_.tensor(node.inputs[1]);
  if (conv.groups > 1 && weights.shape[1] == 1) return lowerDepthwise(node);
  PITH_RETURN_IF_ERROR(countWeights(node, weights.floats.size() + weights.bytes.size()));
  PITH_RETURN_IF_ERROR(checkProduct(node));
  const bool isFloat = weights.type == DataType::float32;
  const void* data = isFloat ? static_cast<const void*>(weights.floats.data()) : weights.bytes.data();
  if (weights.shape[2] * weights.shape[3] > 1 && weights.shape[1] > 1) {
    packed_.push_back(rearranged(weights, false));
    rearranged_.push_back(node.inputs[1]);
    data = packed_.back().data();
  }
  PITH_ASSIGN_OR_RETURN(const uint32_t input, inputOf(node, 0));
  PITH_ASSIGN_OR_RETURN(const uint32_t filter, weightsValue(node, shapeIn(MemoryOrder::channelsLast, weights.shape), 0, data));
  PITH_ASSIGN_OR_RETURN(const uint32_t bias, biasOf(node));
  PITH_ASSIGN_OR_RETURN(const uint32_t output, outputOf(node));
  const Window& w = conv.window;
  const auto inputsPerGroup = static_cast<size_t>(weights.shape[1]);
  const auto outputsPerGroup = static_cast<size_t>(weights.shape[0] / conv.groups);
  return check(xnn_define_convolution_2d(subgraph_.get(), u32(w.pads[0]), u32(w.pads[3]), u32(w.pads[2]),
                                         u32(w.pads[1]), u32(w.kernel[0]), u32(w.kernel[1]), u32(w.stride[0]),
                                         u32(w.stride[1]), u32(w.dilation[0]), u32(w.dilation[1]),
                                         u32(conv.groups), inputsPerGroup, outputsPerGroup, node.clamp.min,
                                         node.clamp.max, input, filter, bias, output, 0),
               node);
}

Status Lowering::lowerDepthwise(const Node& node) {
  const auto& conv = std::get<ConvAttributes>(node.attributes);
  const Tensor& weights = graph_.tensor(node.inputs[1]);
  PITH_RETURN_IF_ERROR(countWeights(node, weights.floats.size() + weights.bytes.size()));
  PITH_RETURN_IF_ERROR(checkProduct(node));
  packed_.push_back(rearranged(weights, true));
  const Window& w = conv.window;
  PITH_ASSIGN_OR_RETURN(const uint32_t input, inputOf(node, 0));
  PITH_ASSIGN_OR_RETURN(
      const uint32_t filter,
      weightsValue(node, {1, w.kernel[0], w.kernel[1], weights.shape[0]}, 3, packed_.back().data()));
  PITH_ASSIGN_OR_RETURN(const uint32_t bias, biasOf(node));
  PITH_ASSIGN_OR_RETURN(const uint32_t output, outputOf(node));
  return check(xnn_define_depthwise_convolution_2d(
                   subgraph_.get(), u32(w.pads[0]), u32(w.pads[3]), u32(w.pads[2]), u32(w.pads[1]),
                   u32(w.kernel[0]), u32(w.kernel[1]), u32(w.stride[0]), u32(w.stride[1]), u32(w.dilation[0]),
                   u32(w.dilation[1]), u32(weights.shape[0] / conv.groups), static_cast<size_t>(conv.groups),
                   node.clamp.min, node.clamp.max, input, filter, bias, output, 0),
               node);
}

Status Lowering::subsample(const Node& node, uint32_t input, const Shape& inputShape,
                           const std::vector<int64_t>& stride, ClampRange clamp, uint32_t output) {
  const auto channels = static_cast<size_t>(inputShape[3]);
  PITH_RETURN_IF_ERROR(countWeights(node, channels));
  const xnn_datatype datatype = typeOf(node.outputs[0]).datatype;
  FloatBuffer ones(channels);
  if (datatype == xnn_datatype_fp32) {
    std::ranges::fill(ones.span(), 1.0F);
  } else {
    std::memset(ones.data(), 1, channels);
  }
  packed_.push_back(std::move(ones));
  PITH_ASSIGN_OR_RETURN(const uint32_t filter, define(node, {1, 1, 1, inputShape[3]}, packed_.back().data(),
                                                      XNN_INVALID_VALUE_ID, 0, ValueType{datatype}));
  return check(xnn_define_depthwise_convolution_2d(subgraph_.get(), 0, 0, 0, 0, 1, 1, u32(stride[0]),
                                                   u32(stride[1]), 1, 1, 1, channels, clamp.min, clamp.max,
                                                   input, filter, XNN_INVALID_VALUE_ID, output, 0),
               node);
}

Result<uint32_t> Lowering::padMap(const Node& node, uint32_t input, Shape& shape,
                                  const std::vector<int64_t>& pads, float value) {
  if (!hasPads(pads)) return input;
  const auto n = [&](size_t i) { return static_cast<size_t>(pads[i]); };
  const std::array<size_t, 4> before{0, n(0), n(1), 0};
  const std::array<size_t, 4> after{0, n(2), n(3), 0};
  shape[1] += pads[0] + pads[2];
  shape[2] += pads[1] + pads[3];
  PITH_ASSIGN_OR_RETURN(const uint32_t padded, intermediate(node, shape, typeOf(node.inputs[0])));
  PITH_RETURN_IF_ERROR(check(
      xnn_define_static_constant_pad(subgraph_.get(), before.data(), after.data(), value, input, padded, 0),
      node));
  return padded;
}

/// Kernels keep a pointer to each sample. Of windows at other places than the node's own, which its import has looked at.
Status Lowering::checkSamples(const Node& node, const std::vector<int64_t>& kernel, const Shape& places) {
  if (windowSamples(kernel, places)) return {};
  return Error{ErrorCode::modelTooLarge, nodeText(node) + " has windows of more than 2^27 samples together."};
}

/// XNNPACK reads a sample beyond the border as the nearest one inside, which lies in the same window: the
/// maximum is the same. With dilation it need not lie in the window, so the map is padded first.
Status Lowering::lowerMaxPool(const Node& node) {
  Window w = std::get<MaxPoolAttributes>(node.attributes).window;
  Shape shape = shapeIn(MemoryOrder::channelsLast, shapeOf(node.inputs[0]));
  PITH_ASSIGN_OR_RETURN(uint32_t value, inputOf(node, 0));
  PITH_ASSIGN_OR_RETURN(const uint32_t output, outputOf(node));
  if (isOne(w.kernel))
    return subsample(node, value, shape, w.stride, node.clamp, output);
  if (!isOne(w.dilation)) {
    PITH_ASSIGN_OR_RETURN(value, padMap(node, value, shape, w.pads, -std::numeric_limits<float>::infinity()));
    w.pads = {0, 0, 0, 0};
  }
  // XNNPACK wants windows that leave no gaps; with gaps, every window is computed and the ones between are
  // dropped.
  const bool hasGaps = w.stride[0] > w.kernel[0] || w.stride[1] > w.kernel[1];
  const auto stride = w.stride;
  uint32_t pooled = output;
  if (hasGaps) {
    w.stride = {1, 1};
    for (size_t axis = 0; axis < 2; ++axis) {
      shape[axis + 1] += w.pads[axis] + w.pads[axis + 2] - (w.kernel[axis] - 1) * w.dilation[axis];
    }
    PITH_RETURN_IF_ERROR(checkSamples(node, w.kernel, {shape[1], shape[2]}));
    PITH_ASSIGN_OR_RETURN(pooled, intermediate(node, shape, typeOf(node.outputs[0])));
  }
  PITH_RETURN_IF_ERROR(
      check(xnn_define_max_pooling_2d(subgraph_.get(), u32(w.pads[0]), u32(w.pads[3]), u32(w.pads[2]),
                                      u32(w.pads[1]), u32(w.kernel[0]), u32(w.kernel[1]), u32(w.stride[0]),
                                      u32(w.stride[1]), u32(w.dilation[0]), u32(w.dilation[1]),
                                      node.clamp.min, node.clamp.max, value, pooled, 0),
            node));
  return hasGaps ? subsample(node, pooled, shape, stride, {}, output) : Status{};
}

/// XNNPACK does not count its padding, so padding that counts is put around the map first.
Status Lowering::lowerAveragePool(const Node& node) {
  const auto& pool = std::get<AveragePoolAttributes>(node.attributes);
  Shape shape = shapeIn(MemoryOrder::channelsLast, shapeOf(node.inputs[0]));
  PITH_ASSIGN_OR_RETURN(uint32_t value, inputOf(node, 0));
  PITH_ASSIGN_OR_RETURN(const uint32_t output, outputOf(node));
  PITH_ASSIGN_OR_RETURN(value, padMap(node, value, shape, pool.zeroPads, 0.0F));
  const Window& w = pool.window;
  if (isOne(w.kernel))
    return subsample(node, value, shape, w.stride, node.clamp, output);
  return check(
      xnn_define_average_pooling_2d(subgraph_.get(), u32(w.pads[0]), u32(w.pads[3]), u32(w.pads[2]),
                                    u32(w.pads[1]), u32(w.kernel[0]), u32(w.kernel[1]), u32(w.stride[0]),
                                    u32(w.stride[1]), node.clamp.min, node.clamp.max, value, output, 0),
      node);
}

Status Lowering::lowerPad(const Node& node) {
  const auto& pad = std::get<PadAttributes>(node.attributes);
  std::vector<size_t> before, after;
  const MemoryOrder order = orderOf(node.outputs[0]);
  for (int64_t extent : shapeIn(order, pad.before)) before.push_back(static_cast<size_t>(extent));
  for (int64_t extent : shapeIn(order, pad.after)) after.push_back(static_cast<size_t>(extent));
  PITH_ASSIGN_OR_RETURN(const uint32_t input, inputOf(node, 0));
  PITH_ASSIGN_OR_RETURN(const uint32_t output, outputOf(node));
  return check(xnn_define_static_constant_pad(subgraph_.get(), before.data(), after.data(), pad.value, input,
                                              output, 0),
               node);
}

/// XNNPACK takes the weights of each group as [O, H, W, I].
Status Lowering::lowerConvTranspose(const Node& node) {
  const auto& conv = std::get<ConvTransposeAttributes>(node.attributes);
  const Tensor& weights = graph_.tensor(node.inputs[1]);
  PITH_RETURN_IF_ERROR(countWeights(node, weights.floats.size() + weights.bytes.size()));
  const Window& w = conv.window;
  const Shape& input = shapeOf(node.inputs[0]);
  const Shape& output = shapeOf(node.outputs[0]);
  // XNNPACK then places parts of the window at the inputs, otherwise the whole window at the outputs.
  const bool hasParts = !isOne(w.stride) && isOne(w.dilation) && w.stride[0] <= w.kernel[0] && w.stride[1] <= w.kernel[1];
  if (!hasParts) PITH_RETURN_IF_ERROR(checkSamples(node, w.kernel, {output[2], output[3]}));
  const auto inputs = static_cast<size_t>(weights.shape[0] / conv.groups), outputs = static_cast<size_t>(weights.shape[1]);
  const auto area = static_cast<size_t>(w.kernel[0] * w.kernel[1]);
  FloatBuffer filter(weights.floats.size());
  for (size_t i = 0; i < weights.floats.size(); ++i) {
    const size_t k = i % area, o = i / area % outputs, channel = i / area / outputs;
    filter.data()[((channel / inputs * outputs + o) * area + k) * inputs + channel % inputs] = weights.floats[i];
  }
  packed_.push_back(std::move(filter));
  std::array<uint32_t, 2> beyond{};
  for (size_t axis = 0; axis < 2; ++axis) {
    const int64_t covered = (input[axis + 2] - 1) * w.stride[axis] + (w.kernel[axis] - 1) * w.dilation[axis] + 1;
    beyond[axis] = u32(output[axis + 2] - covered + w.pads[axis] + w.pads[axis + 2]);
  }
  PITH_ASSIGN_OR_RETURN(const uint32_t map, inputOf(node, 0));
  PITH_ASSIGN_OR_RETURN(const uint32_t kernels,
                        constantValue(node, {conv.groups * weights.shape[1], w.kernel[0], w.kernel[1], weights.shape[0] / conv.groups},
                                      packed_.back().data()));
  PITH_ASSIGN_OR_RETURN(const uint32_t bias, biasOf(node));
  PITH_ASSIGN_OR_RETURN(const uint32_t result, outputOf(node));
  return check(xnn_define_deconvolution_2d(subgraph_.get(), u32(w.pads[0]), u32(w.pads[3]), u32(w.pads[2]), u32(w.pads[1]),
                                           beyond[0], beyond[1], u32(w.kernel[0]), u32(w.kernel[1]), u32(w.stride[0]),
                                           u32(w.stride[1]), u32(w.dilation[0]), u32(w.dilation[1]), u32(conv.groups), inputs,
                                           outputs, node.clamp.min, node.clamp.max, map, kernels, bias, result, 0),
               node);
}

Status Lowering::lowerResize(const Node& node) {
  const BilinearGrid grid = std::get<ResizeAttributes>(node.attributes).bilinear;
  uint32_t flags = 0;
  if (grid == BilinearGrid::alignCorners) flags = XNN_FLAG_ALIGN_CORNERS;
  if (grid == BilinearGrid::asymmetric) flags = XNN_FLAG_TENSORFLOW_LEGACY_MODE;
  const Shape& output = shapeOf(node.outputs[0]);
  PITH_RETURN_IF_ERROR(checkSamples(node, {2, 2}, {output[2], output[3]}));  // the corners around each place
  PITH_ASSIGN_OR_RETURN(const uint32_t input, inputOf(node, 0));
  PITH_ASSIGN_OR_RETURN(const uint32_t result, outputOf(node));
  return check(xnn_define_static_resize_bilinear_2d(subgraph_.get(), static_cast<size_t>(output[2]),
                                                    static_cast<size_t>(output[3]), input, result, flags),
               node);
}

}  // namespace pith

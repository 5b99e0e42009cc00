// SPDX-License-Identifier: Apache-2.0
#include "pith/infer/lowering.h"

#include <algorithm>
#include <cmath>

namespace pith {
namespace {

/// Memory axis i of a feature map is graph axis toMemory[i]; graph axis i is memory axis fromMemory[i].
constexpr std::array<size_t, 4> toMemory{0, 2, 3, 1};
constexpr std::array<size_t, 4> fromMemory{0, 3, 1, 2};

std::vector<size_t> extents(const Shape& shape) {
  std::vector<size_t> result;
  for (int64_t extent : shape) result.push_back(static_cast<size_t>(extent));
  return result;
}

/// Both layouts put the elements in the same order.
bool isLayoutFree(const Shape& shape) {
  return shape.size() != 4 || shape[1] == 1 || shape[2] * shape[3] == 1;
}

size_t memoryAxis(const Shape& shape, int64_t axis) {
  const auto at = static_cast<size_t>(axis);
  return shape.size() == 4 ? fromMemory[at] : at;
}

/// A constant [N, C, H, W] in NHWC.
template <typename T>
void copyAsNhwc(const std::vector<T>& values, const Shape& shape, T* to) {
  const auto n = extents(shape);
  for (size_t b = 0; b < n[0]; ++b) {
    for (size_t y = 0; y < n[2]; ++y) {
      for (size_t x = 0; x < n[3]; ++x) {
        for (size_t c = 0; c < n[1]; ++c) *to++ = values[((b * n[1] + c) * n[2] + y) * n[3] + x];
      }
    }
  }
}

template <typename T>
FloatBuffer copyOf(const std::vector<T>& values, const Shape& shape) {
  FloatBuffer copy((values.size() * sizeof(T) + sizeof(float) - 1) / sizeof(float));
  auto* to = reinterpret_cast<T*>(copy.data());
  if (shape.size() == 4) {
    copyAsNhwc(values, shape, to);
  } else {
    std::ranges::copy(values, to);
  }
  return copy;
}

}  // namespace

Shape memoryShape(const Shape& shape) {
  if (shape.size() != 4) return shape;
  return {shape[0], shape[2], shape[3], shape[1]};
}

Lowering::Lowering(Graph& graph, const Limits& limits)
    : graph_(graph), limits_(limits), values_(graph.tensors.size(), XNN_INVALID_VALUE_ID) {}

Status Lowering::run() {
  xnn_subgraph_t handle = nullptr;
  const auto externals = static_cast<uint32_t>(1 + graph_.outputs.size());
  const xnn_status status = xnn_create_subgraph(externals, 0, &handle);
  if (status != xnn_status_success) return check(status, Node{});
  subgraph_.reset(handle);
  PITH_RETURN_IF_ERROR(defineExternals());
  for (const Node& node : graph_.nodes) PITH_RETURN_IF_ERROR(lower(node));
  return {};
}

Status Lowering::defineExternals() {
  Node node;
  node.opType = "Input";
  node.name = graph_.tensor(graph_.input).name;
  PITH_ASSIGN_OR_RETURN(values_[static_cast<size_t>(graph_.input)],
                        define(node, memoryShape(shapeOf(graph_.input)), nullptr, 0,
                               XNN_VALUE_FLAG_EXTERNAL_INPUT, typeOf(graph_.input)));
  for (size_t i = 0; i < graph_.outputs.size(); ++i) {
    const TensorId id = graph_.outputs[i];
    uint32_t& value = values_[static_cast<size_t>(id)];
    if (value != XNN_INVALID_VALUE_ID || graph_.tensor(id).isConstant) {
      return Error{ErrorCode::tapNotFound,
                   "The tensor " + quotedName(graph_.tensor(id).name) + " is not computed by the network."};
    }
    PITH_ASSIGN_OR_RETURN(value, define(node, memoryShape(shapeOf(id)), nullptr, static_cast<uint32_t>(i + 1),
                                        XNN_VALUE_FLAG_EXTERNAL_OUTPUT, typeOf(id)));
  }
  return {};
}

Status Lowering::lower(const Node& node) {
  return node.op == Op::refused || hasQuantizedKernel(node) ? lowerAsItIs(node) : lowerInFloats(node);
}

Status Lowering::lowerAsItIs(const Node& node) {
  switch (node.op) {
    case Op::add:
    case Op::multiply:
      return lowerBinary(node);
    case Op::averagePool:
      return lowerAveragePool(node);
    case Op::clamp:
      return lowerClamp(node);
    case Op::concat:
      return lowerConcat(node);
    case Op::conv:
      return lowerConv(node);
    case Op::convert:
      return lowerConvert(node);
    case Op::fullyConnected:
      return lowerFullyConnected(node);
    case Op::maxPool:
      return lowerMaxPool(node);
    case Op::pad:
      return lowerPad(node);
    case Op::reduceMean:
      return lowerReduce(node);
    case Op::reshape:
      return lowerReshape(node);
    case Op::softmax:
      return lowerSoftmax(node);
    case Op::transpose:
      return lowerTranspose(node);
    case Op::dropout:
    case Op::identity: {
      PITH_ASSIGN_OR_RETURN(const uint32_t input, inputOf(node, 0));
      PITH_ASSIGN_OR_RETURN(const uint32_t output, outputOf(node));
      return check(xnn_define_copy(subgraph_.get(), input, output, 0), node);
    }
    case Op::batchNormalization:
      return Error{ErrorCode::internalError, nodeText(node) + " was not folded."};
    case Op::refused:
      break;
  }
  return node.refusal.value_or(Error{ErrorCode::unsupportedOperator, nodeText(node) + " is not supported."});
}

Status Lowering::check(xnn_status status, const Node& node) const {
  if (status == xnn_status_success) return {};
  if (status == xnn_status_out_of_memory) {
    return Error{ErrorCode::outOfMemory, nodeText(node) + ": there is not enough memory for the network."};
  }
  return Error{ErrorCode::engineFailure,
               nodeText(node) + ": XNNPACK refused it with status " + std::to_string(status) + "."};
}

Result<uint32_t> Lowering::define(const Node& node, const Shape& shape, const void* data, uint32_t externalId,
                                  uint32_t flags, ValueType type) {
  uint32_t id = XNN_INVALID_VALUE_ID;
  const auto dims = extents(shape);
  const xnn_status status =
      type.datatype == xnn_datatype_fp32
          ? xnn_define_tensor_value(subgraph_.get(), type.datatype, dims.size(), dims.data(), data,
                                    externalId, flags, &id)
          : xnn_define_quantized_tensor_value(subgraph_.get(), type.datatype, type.zeroPoint, type.scale,
                                              dims.size(), dims.data(), data, externalId, flags, &id);
  PITH_RETURN_IF_ERROR(check(status, node));
  return id;
}

Result<uint32_t> Lowering::valueOf(const Node& node, TensorId id) {
  uint32_t& value = values_[static_cast<size_t>(id)];
  if (value != XNN_INVALID_VALUE_ID) return value;
  const Tensor& tensor = graph_.tensor(id);
  if (tensor.isConstant) {
    return Error{ErrorCode::unsupportedOperator, nodeText(node) + " has the constant input " +
                                                     quotedName(tensor.name) +
                                                     "; a computed one is allowed."};
  }
  PITH_ASSIGN_OR_RETURN(
      value, define(node, memoryShape(tensor.shape), nullptr, XNN_INVALID_VALUE_ID, 0, typeOf(id)));
  return value;
}

Result<uint32_t> Lowering::intermediate(const Node& node, const Shape& shape, ValueType type) {
  if (!elementCount(shape, limits_)) {
    return Error{ErrorCode::modelTooLarge,
                 nodeText(node) + " needs an intermediate of shape " + shapeText(shape) + "; at most " +
                     std::to_string(limits_.maxTensorElements) + " elements are allowed."};
  }
  return define(node, shape, nullptr, XNN_INVALID_VALUE_ID, 0, type);
}

Result<uint32_t> Lowering::constantValue(const Node& node, const Shape& shape, const float* data) {
  return define(node, shape, data, XNN_INVALID_VALUE_ID, 0, {});
}

Result<uint32_t> Lowering::keepConstant(const Node& node, const Shape& shape, FloatBuffer data,
                                        ValueType type) {
  kept_.push_back(std::move(data));
  return define(node, shape, kept_.back().data(), XNN_INVALID_VALUE_ID, 0, type);
}

Result<uint32_t> Lowering::operandOf(const Node& node, size_t i) {
  const Tensor& tensor = graph_.tensor(node.inputs[i]);
  const size_t rank = shapeOf(node.outputs[0]).size();
  if (!tensor.isConstant) {
    const size_t own = tensor.shape.size();
    if (own != rank && (own == 4 || rank == 4)) {
      return Error{ErrorCode::unsupportedShape, nodeText(node) + " joins " + shapeText(tensor.shape) +
                                                    " with a tensor of rank " + std::to_string(rank) +
                                                    "; equal ranks are allowed."};
    }
    return inputOf(node, i);
  }
  Shape shape = tensor.shape;
  if (rank == 4) shape.insert(shape.begin(), 4 - shape.size(), 1);
  const ValueType type = typeOf(node.inputs[i]);
  auto data = type.datatype == xnn_datatype_fp32 ? copyOf(tensor.floats, shape) : copyOf(tensor.bytes, shape);
  return keepConstant(node, memoryShape(shape), std::move(data), type);
}

/// Weights that nodes share are packed once for each of them, so a small file could ask for much memory.
Status Lowering::countWeights(const Node& node, const Tensor& weights) {
  weightElements_ += static_cast<int64_t>(weights.floats.size() + weights.bytes.size());
  if (weightElements_ <= limits_.maxTensorElements) return {};
  return Error{ErrorCode::modelTooLarge, nodeText(node) + " brings the weights of all nodes to " +
                                             std::to_string(weightElements_) + "; at most " +
                                             std::to_string(limits_.maxTensorElements) + " are allowed."};
}

Status Lowering::lowerBinary(const Node& node) {
  PITH_RETURN_IF_ERROR(checkBinary(node));
  PITH_ASSIGN_OR_RETURN(const uint32_t a, operandOf(node, 0));
  PITH_ASSIGN_OR_RETURN(const uint32_t b, operandOf(node, 1));
  PITH_ASSIGN_OR_RETURN(const uint32_t output, outputOf(node));
  const xnn_binary_params range{node.clamp.min, node.clamp.max};
  const auto kind = node.op == Op::add ? xnn_binary_add : xnn_binary_multiply;
  return check(xnn_define_binary(subgraph_.get(), kind, &range, a, b, output, 0), node);
}

Status Lowering::lowerClamp(const Node& node) {
  PITH_ASSIGN_OR_RETURN(const uint32_t input, inputOf(node, 0));
  PITH_ASSIGN_OR_RETURN(const uint32_t output, outputOf(node));
  xnn_unary_params range;
  range.clamp.min = node.clamp.min;
  range.clamp.max = node.clamp.max;
  return check(xnn_define_unary(subgraph_.get(), xnn_unary_clamp, &range, input, output, 0), node);
}

/// XNNPACK joins five tensors at most, so more are joined as a tree.
Status Lowering::lowerConcat(const Node& node) {
  struct Part {
    uint32_t value;
    Shape shape;
  };
  const Shape& graphShape = shapeOf(node.outputs[0]);
  const size_t axis = memoryAxis(graphShape, std::get<AxisAttributes>(node.attributes).axis);
  std::vector<Part> parts;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    PITH_ASSIGN_OR_RETURN(const uint32_t value, inputOf(node, i));
    parts.push_back({value, memoryShape(shapeOf(node.inputs[i]))});
  }
  const auto join = [&](const Part* p, size_t count, uint32_t output) {
    const auto at = static_cast<int32_t>(axis);
    xnn_subgraph_t graph = subgraph_.get();
    switch (count) {
      case 1:
        return xnn_define_copy(graph, p[0].value, output, 0);
      case 2:
        return xnn_define_concatenate2(graph, at, p[0].value, p[1].value, output, 0);
      case 3:
        return xnn_define_concatenate3(graph, at, p[0].value, p[1].value, p[2].value, output, 0);
      case 4:
        return xnn_define_concatenate4(graph, at, p[0].value, p[1].value, p[2].value, p[3].value, output, 0);
      default:
        return xnn_define_concatenate5(graph, at, p[0].value, p[1].value, p[2].value, p[3].value, p[4].value,
                                       output, 0);
    }
  };
  constexpr size_t most = 5;
  while (parts.size() > most) {
    std::vector<Part> joined;
    for (size_t first = 0; first < parts.size(); first += most) {
      const size_t count = std::min(most, parts.size() - first);
      if (count == 1) {
        joined.push_back(parts[first]);
        continue;
      }
      Shape shape = parts[first].shape;
      for (size_t i = 1; i < count; ++i) shape[axis] += parts[first + i].shape[axis];
      PITH_ASSIGN_OR_RETURN(const uint32_t value, intermediate(node, shape, typeOf(node.outputs[0])));
      PITH_RETURN_IF_ERROR(check(join(&parts[first], count, value), node));
      joined.push_back({value, std::move(shape)});
    }
    parts = std::move(joined);
  }
  PITH_ASSIGN_OR_RETURN(const uint32_t output, outputOf(node));
  return check(join(parts.data(), parts.size(), output), node);
}

Status Lowering::lowerFullyConnected(const Node& node) {
  const Tensor& weights = graph_.tensor(node.inputs[1]);
  PITH_RETURN_IF_ERROR(countWeights(node, weights));
  PITH_RETURN_IF_ERROR(checkProduct(node));
  const bool isFloat = weights.type == DataType::float32;
  const void* data = isFloat ? static_cast<const void*>(weights.floats.data()) : weights.bytes.data();
  PITH_ASSIGN_OR_RETURN(const uint32_t input, inputOf(node, 0));
  PITH_ASSIGN_OR_RETURN(const uint32_t filter, weightsValue(node, weights.shape, 0, data));
  PITH_ASSIGN_OR_RETURN(const uint32_t bias, biasOf(node));
  PITH_ASSIGN_OR_RETURN(const uint32_t output, outputOf(node));
  return check(xnn_define_fully_connected(subgraph_.get(), node.clamp.min, node.clamp.max, input, filter,
                                          bias, output, 0),
               node);
}

Status Lowering::lowerReduce(const Node& node) {
  const auto& reduce = std::get<ReduceAttributes>(node.attributes);
  std::vector<size_t> axes;
  for (int64_t axis : reduce.axes) axes.push_back(memoryAxis(shapeOf(node.inputs[0]), axis));
  std::ranges::sort(axes);
  PITH_ASSIGN_OR_RETURN(const uint32_t input, inputOf(node, 0));
  PITH_ASSIGN_OR_RETURN(const uint32_t output, outputOf(node));
  const uint32_t flags = reduce.keepDims ? XNN_FLAG_KEEP_DIMS : 0;
  return check(xnn_define_static_reduce(subgraph_.get(), xnn_reduce_mean, axes.size(), axes.data(), input,
                                        output, flags),
               node);
}

Status Lowering::lowerReshape(const Node& node) {
  const Shape& from = shapeOf(node.inputs[0]);
  const Shape& to = shapeOf(node.outputs[0]);
  const auto* attributes = std::get_if<ReshapeAttributes>(&node.attributes);
  const bool keepsMemoryOrder = attributes && attributes->keepsMemoryOrder;
  PITH_ASSIGN_OR_RETURN(uint32_t value, inputOf(node, 0));
  PITH_ASSIGN_OR_RETURN(const uint32_t output, outputOf(node));
  if (!isLayoutFree(from) && !keepsMemoryOrder) {
    PITH_ASSIGN_OR_RETURN(const uint32_t nchw, intermediate(node, from, typeOf(node.inputs[0])));
    PITH_RETURN_IF_ERROR(
        check(xnn_define_static_transpose(subgraph_.get(), 4, fromMemory.data(), value, nchw, 0), node));
    value = nchw;
  }
  if (isLayoutFree(to) || keepsMemoryOrder) {
    const auto dims = extents(memoryShape(to));
    return check(xnn_define_static_reshape(subgraph_.get(), dims.size(), dims.data(), value, output, 0),
                 node);
  }
  const auto dims = extents(to);
  PITH_ASSIGN_OR_RETURN(const uint32_t nchw, intermediate(node, to, typeOf(node.outputs[0])));
  PITH_RETURN_IF_ERROR(
      check(xnn_define_static_reshape(subgraph_.get(), dims.size(), dims.data(), value, nchw, 0), node));
  return check(xnn_define_static_transpose(subgraph_.get(), 4, toMemory.data(), nchw, output, 0), node);
}

Status Lowering::lowerSoftmax(const Node& node) {
  PITH_ASSIGN_OR_RETURN(const uint32_t input, inputOf(node, 0));
  PITH_ASSIGN_OR_RETURN(const uint32_t output, outputOf(node));
  return check(xnn_define_softmax(subgraph_.get(), input, output, 0), node);
}

Status Lowering::lowerTranspose(const Node& node) {
  const auto& permutation = std::get<TransposeAttributes>(node.attributes).permutation;
  const Shape& shape = shapeOf(node.inputs[0]);
  std::vector<size_t> axes;
  for (size_t i = 0; i < permutation.size(); ++i) {
    const size_t graphAxis = permutation.size() == 4 ? toMemory[i] : i;
    axes.push_back(memoryAxis(shape, permutation[graphAxis]));
  }
  PITH_ASSIGN_OR_RETURN(const uint32_t input, inputOf(node, 0));
  PITH_ASSIGN_OR_RETURN(const uint32_t output, outputOf(node));
  return check(xnn_define_static_transpose(subgraph_.get(), axes.size(), axes.data(), input, output, 0),
               node);
}

}  // namespace pith

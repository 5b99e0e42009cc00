// SPDX-License-Identifier: Apache-2.0
#include "pith/infer/lowering.h"

#include <algorithm>
#include <cmath>

namespace pith {
namespace {

std::vector<size_t> extents(const Shape& shape) {
  std::vector<size_t> result;
  for (int64_t extent : shape) result.push_back(static_cast<size_t>(extent));
  return result;
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
FloatBuffer copyOf(const std::vector<T>& values, const Shape& shape, MemoryOrder order) {
  FloatBuffer copy((values.size() * sizeof(T) + sizeof(float) - 1) / sizeof(float));
  auto* to = reinterpret_cast<T*>(copy.data());
  if (order == MemoryOrder::channelsLast) {
    copyAsNhwc(values, shape, to);
  } else {
    std::ranges::copy(values, to);
  }
  return copy;
}

xnn_binary_operator binaryOperator(Op op) {
  switch (op) {
    case Op::add:
      return xnn_binary_add;
    case Op::divide:
      return xnn_binary_divide;
    case Op::maximum:
      return xnn_binary_maximum;
    case Op::minimum:
      return xnn_binary_minimum;
    case Op::multiply:
      return xnn_binary_multiply;
    case Op::prelu:
      return xnn_binary_prelu;
    case Op::subtract:
      return xnn_binary_subtract;
    default:
      return xnn_binary_invalid;
  }
}

xnn_unary_operator unaryOperator(UnaryKind kind) {
  switch (kind) {
    case UnaryKind::absolute:
      return xnn_unary_abs;
    case UnaryKind::ceiling:
      return xnn_unary_ceiling;
    case UnaryKind::elu:
      return xnn_unary_elu;
    case UnaryKind::exponential:
      return xnn_unary_exp;
    case UnaryKind::floor:
      return xnn_unary_floor;
    case UnaryKind::gelu:
      return xnn_unary_gelu;
    case UnaryKind::hardSwish:
      return xnn_unary_hardswish;
    case UnaryKind::leakyRelu:
      return xnn_unary_leaky_relu;
    case UnaryKind::logarithm:
      return xnn_unary_log;
    case UnaryKind::negate:
      return xnn_unary_negate;
    case UnaryKind::round:
      return xnn_unary_bankers_rounding;
    case UnaryKind::sigmoid:
      return xnn_unary_sigmoid;
    case UnaryKind::square:
      return xnn_unary_square;
    case UnaryKind::squareRoot:
      return xnn_unary_square_root;
    case UnaryKind::tanh:
      return xnn_unary_tanh;
    default:
      return xnn_unary_invalid;
  }
}

}  // namespace

Lowering::Lowering(const Graph& graph, const std::vector<MemoryOrder>& orders, const Limits& limits,
                   int64_t& weightElements)
    : graph_(graph),
      orders_(orders),
      limits_(limits),
      values_(graph.tensors.size(), XNN_INVALID_VALUE_ID),
      reordered_(graph.tensors.size(), XNN_INVALID_VALUE_ID),
      weightElements_(weightElements) {}

Status Lowering::run(const Segment& segment) {
  xnn_subgraph_t handle = nullptr;
  const auto externals = static_cast<uint32_t>(segment.inputs.size() + segment.outputs.size());
  const xnn_status status = xnn_create_subgraph(externals, 0, &handle);
  if (status != xnn_status_success) return check(status, Node{});
  subgraph_.reset(handle);
  uint32_t number = 0;
  for (TensorId id : segment.inputs)
    PITH_RETURN_IF_ERROR(defineExternal(id, number++, XNN_VALUE_FLAG_EXTERNAL_INPUT));
  for (TensorId id : segment.outputs)
    PITH_RETURN_IF_ERROR(defineExternal(id, number++, XNN_VALUE_FLAG_EXTERNAL_OUTPUT));
  for (size_t node : segment.nodes) PITH_RETURN_IF_ERROR(lower(graph_.nodes[node]));
  return {};
}

Status Lowering::defineExternal(TensorId id, uint32_t number, uint32_t flag) {
  Node node;
  node.opType = "Edge";
  node.name = graph_.tensor(id).name;
  PITH_ASSIGN_OR_RETURN(values_[static_cast<size_t>(id)], define(node, memoryShapeOf(id), nullptr, number, flag, typeOf(id)));
  return {};
}

Status Lowering::lower(const Node& node) {
  return node.op == Op::refused || hasQuantizedKernel(node) ? lowerAsItIs(node) : lowerInFloats(node);
}

Status Lowering::lowerAsItIs(const Node& node) {
  switch (node.op) {
    case Op::add:
    case Op::divide:
    case Op::maximum:
    case Op::minimum:
    case Op::multiply:
    case Op::prelu:
    case Op::subtract:
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
    case Op::convTranspose:
      return lowerConvTranspose(node);
    case Op::fullyConnected:
      return lowerFullyConnected(node);
    case Op::matMul:
      return lowerMatMul(node);
    case Op::maxPool:
      return lowerMaxPool(node);
    case Op::pad:
      return lowerPad(node);
    case Op::reduce:
    case Op::reduceMean:
      return lowerReduce(node);
    case Op::reshape:
      return lowerReshape(node);
    case Op::resize:
      return lowerResize(node);
    case Op::slice:
      return lowerSlice(node);
    case Op::softmax:
      return lowerSoftmax(node);
    case Op::transpose:
      return lowerTranspose(node);
    case Op::unary:
      return lowerUnary(node);
    case Op::dropout:
    case Op::identity: {
      PITH_ASSIGN_OR_RETURN(const uint32_t input, inputOf(node, 0));
      PITH_ASSIGN_OR_RETURN(const uint32_t output, outputOf(node));
      return check(xnn_define_copy(subgraph_.get(), input, output, 0), node);
    }
    default:
      break;
  }
  return node.refusal.value_or(Error{ErrorCode::unsupportedOperator, nodeText(node) + " is not supported."});
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
  PITH_ASSIGN_OR_RETURN(value, define(node, memoryShapeOf(id), nullptr, XNN_INVALID_VALUE_ID, 0, typeOf(id)));
  return value;
}

Result<uint32_t> Lowering::valueIn(const Node& node, TensorId id, MemoryOrder order) {
  const Tensor& tensor = graph_.tensor(id);
  const ValueType type = typeOf(id);
  if (tensor.isConstant) {
    auto data = type.datatype == xnn_datatype_fp32 ? copyOf(tensor.floats, tensor.shape, order)
                                                   : copyOf(tensor.bytes, tensor.shape, order);
    return keepConstant(node, shapeIn(order, tensor.shape), std::move(data), type);
  }
  PITH_ASSIGN_OR_RETURN(const uint32_t made, valueOf(node, id));
  if (tensor.shape.size() != 4 || orderOf(id) == order) return made;
  uint32_t& other = reordered_[static_cast<size_t>(id)];
  if (other == XNN_INVALID_VALUE_ID) {
    PITH_ASSIGN_OR_RETURN(other, reordered(node, made, tensor.shape, orderOf(id), type));
  }
  return other;
}

/// A tensor of rank 4 in the other order.
Result<uint32_t> Lowering::reordered(const Node& node, uint32_t value, const Shape& shape, MemoryOrder from, ValueType type) {
  const bool isMap = from == MemoryOrder::channelsLast;
  const Shape target = shapeIn(isMap ? MemoryOrder::asGraph : MemoryOrder::channelsLast, shape);
  PITH_ASSIGN_OR_RETURN(const uint32_t result, intermediate(node, target, type));
  const auto& axes = isMap ? fromChannelsLast : toChannelsLast;
  const auto dims = extents(target);
  PITH_RETURN_IF_ERROR(check(isSameSequence(shape)
                                 ? xnn_define_static_reshape(subgraph_.get(), 4, dims.data(), value, result, 0)
                                 : xnn_define_static_transpose(subgraph_.get(), 4, axes.data(), value, result, 0),
                             node));
  return result;
}

Result<uint32_t> Lowering::inputOf(const Node& node, size_t i) {
  const bool isMap = shapeOf(node.inputs[i]).size() == 4 && shapeOf(node.outputs[0]).size() == 4;
  return valueIn(node, node.inputs[i], isMap ? orderOf(node.outputs[0]) : MemoryOrder::asGraph);
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
  PITH_RETURN_IF_ERROR(countWeights(node, data.size()));
  kept_.push_back(std::move(data));
  return define(node, shape, kept_.back().data(), XNN_INVALID_VALUE_ID, 0, type);
}

Result<uint32_t> Lowering::operandOf(const Node& node, size_t i) {
  const TensorId id = node.inputs[i];
  const Tensor& tensor = graph_.tensor(id);
  const MemoryOrder order = orderOf(node.outputs[0]);
  if (tensor.shape.size() == 4 || order == MemoryOrder::asGraph) return inputOf(node, i);
  Shape shape = tensor.shape;
  shape.insert(shape.begin(), 4 - shape.size(), 1);
  const ValueType type = typeOf(id);
  if (tensor.isConstant) {
    auto data = type.datatype == xnn_datatype_fp32 ? copyOf(tensor.floats, shape, order) : copyOf(tensor.bytes, shape, order);
    return keepConstant(node, shapeIn(order, shape), std::move(data), type);
  }
  PITH_ASSIGN_OR_RETURN(const uint32_t value, valueOf(node, id));
  PITH_ASSIGN_OR_RETURN(const uint32_t wide, intermediate(node, shape, type));
  const auto dims = extents(shape);
  PITH_RETURN_IF_ERROR(check(xnn_define_static_reshape(subgraph_.get(), 4, dims.data(), value, wide, 0), node));
  return reordered(node, wide, shape, MemoryOrder::asGraph, type);
}

Status countWeights(const Node& node, size_t elements, const Limits& limits, int64_t& counted) {
  counted += static_cast<int64_t>(elements);
  if (counted <= limits.maxTensorElements) return {};
  return Error{ErrorCode::modelTooLarge, nodeText(node) + " brings the weights of all nodes to " + std::to_string(counted) +
                                             "; at most " + std::to_string(limits.maxTensorElements) + " are allowed."};
}

Status Lowering::lowerBinary(const Node& node) {
  PITH_RETURN_IF_ERROR(checkBinary(node));
  PITH_ASSIGN_OR_RETURN(const uint32_t a, operandOf(node, 0));
  PITH_ASSIGN_OR_RETURN(const uint32_t b, operandOf(node, 1));
  PITH_ASSIGN_OR_RETURN(const uint32_t output, outputOf(node));
  const xnn_binary_params range{node.clamp.min, node.clamp.max};
  return check(xnn_define_binary(subgraph_.get(), binaryOperator(node.op), &range, a, b, output, 0), node);
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
  const MemoryOrder order = orderOf(node.outputs[0]);
  const size_t axis = axisIn(order, std::get<AxisAttributes>(node.attributes).axis);
  std::vector<Part> parts;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    PITH_ASSIGN_OR_RETURN(const uint32_t value, inputOf(node, i));
    parts.push_back({value, shapeIn(order, shapeOf(node.inputs[i]))});
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
  PITH_RETURN_IF_ERROR(countWeights(node, weights.floats.size() + weights.bytes.size()));
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

Status Lowering::lowerMatMul(const Node& node) {
  PITH_ASSIGN_OR_RETURN(const uint32_t a, valueIn(node, node.inputs[0], MemoryOrder::asGraph));
  PITH_ASSIGN_OR_RETURN(const uint32_t b, valueIn(node, node.inputs[1], MemoryOrder::asGraph));
  PITH_ASSIGN_OR_RETURN(const uint32_t output, outputOf(node));
  return check(xnn_define_batch_matrix_multiply(subgraph_.get(), a, b, output, 0), node);
}

/// Without its axes, a result of lower rank has the graph's order, unless height and width go together.
std::pair<MemoryOrder, std::vector<size_t>> Lowering::reducedAxes(const Node& node) const {
  const auto& reduce = std::get<ReduceAttributes>(node.attributes);
  const bool isMap = shapeOf(node.inputs[0]).size() == 4;
  MemoryOrder order = reduce.keepDims ? orderOf(node.outputs[0]) : MemoryOrder::asGraph;
  const bool dropsPlaces = std::ranges::includes(reduce.axes, std::array<int64_t, 2>{2, 3});
  if (isMap && !reduce.keepDims && dropsPlaces) order = orderOf(node.inputs[0]);
  std::vector<size_t> axes;
  for (int64_t axis : reduce.axes) axes.push_back(axisIn(order, axis));
  std::ranges::sort(axes);
  return {order, std::move(axes)};
}

Status Lowering::lowerReduce(const Node& node) {
  const auto [order, axes] = reducedAxes(node);
  PITH_ASSIGN_OR_RETURN(const uint32_t input, valueIn(node, node.inputs[0], order));
  PITH_ASSIGN_OR_RETURN(const uint32_t output, outputOf(node));
  const uint32_t flags = std::get<ReduceAttributes>(node.attributes).keepDims ? XNN_FLAG_KEEP_DIMS : 0;
  const auto kind = node.op == Op::reduceMean ? xnn_reduce_mean : xnn_reduce_sum;
  return check(xnn_define_static_reduce(subgraph_.get(), kind, axes.size(), axes.data(), input, output, flags), node);
}

Status Lowering::lowerReshape(const Node& node) {
  const auto* attributes = std::get_if<ReshapeAttributes>(&node.attributes);
  const bool keepsMemoryOrder = attributes && attributes->keepsMemoryOrder;
  const TensorId from = node.inputs[0];
  const MemoryOrder order = keepsMemoryOrder && shapeOf(from).size() == 4 ? MemoryOrder::channelsLast : MemoryOrder::asGraph;
  const bool isAnyOrder = isSameSequence(shapeOf(from)) && !graph_.tensor(from).isConstant;
  PITH_ASSIGN_OR_RETURN(const uint32_t input, isAnyOrder ? valueOf(node, from) : valueIn(node, from, order));
  PITH_ASSIGN_OR_RETURN(const uint32_t output, outputOf(node));
  const auto dims = extents(memoryShapeOf(node.outputs[0]));
  return check(xnn_define_static_reshape(subgraph_.get(), dims.size(), dims.data(), input, output, 0), node);
}

Status Lowering::lowerSlice(const Node& node) {
  const MemoryOrder order = orderOf(node.outputs[0]);
  const auto offsets = extents(shapeIn(order, std::get<SliceAttributes>(node.attributes).starts));
  const auto sizes = extents(memoryShapeOf(node.outputs[0]));
  PITH_ASSIGN_OR_RETURN(const uint32_t input, inputOf(node, 0));
  PITH_ASSIGN_OR_RETURN(const uint32_t output, outputOf(node));
  return check(xnn_define_static_slice(subgraph_.get(), sizes.size(), offsets.data(), sizes.data(), input, output, 0), node);
}

Status Lowering::lowerSoftmax(const Node& node) {
  PITH_ASSIGN_OR_RETURN(const uint32_t input, inputOf(node, 0));
  PITH_ASSIGN_OR_RETURN(const uint32_t output, outputOf(node));
  return check(xnn_define_softmax(subgraph_.get(), input, output, 0), node);
}

/// Where the orders of input and result make it nothing, it is a copy.
Status Lowering::lowerTranspose(const Node& node) {
  const TensorId from = node.inputs[0], to = node.outputs[0];
  const auto axes = permutationIn(orderOf(from), orderOf(to), std::get<TransposeAttributes>(node.attributes).permutation);
  PITH_ASSIGN_OR_RETURN(const uint32_t input, valueIn(node, from, orderOf(from)));
  PITH_ASSIGN_OR_RETURN(const uint32_t output, outputOf(node));
  if (std::ranges::is_sorted(axes)) return check(xnn_define_copy(subgraph_.get(), input, output, 0), node);
  return check(xnn_define_static_transpose(subgraph_.get(), axes.size(), axes.data(), input, output, 0), node);
}

Status Lowering::lowerUnary(const Node& node) {
  const auto& unary = std::get<UnaryAttributes>(node.attributes);
  xnn_unary_params params{};
  if (unary.kind == UnaryKind::elu) params.elu.alpha = unary.alpha;
  if (unary.kind == UnaryKind::leakyRelu) params.leaky_relu.negative_slope = unary.alpha;
  PITH_ASSIGN_OR_RETURN(const uint32_t input, inputOf(node, 0));
  PITH_ASSIGN_OR_RETURN(const uint32_t output, outputOf(node));
  return check(xnn_define_unary(subgraph_.get(), unaryOperator(unary.kind), &params, input, output, 0), node);
}

}  // namespace pith

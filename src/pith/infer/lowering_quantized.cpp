// SPDX-License-Identifier: Apache-2.0
/// @file Which kernels take quantised numbers, and what is done where there are none.
#include <algorithm>
#include <cmath>

#include "pith/infer/lowering.h"
#include "pith/model/json_text.h"

namespace pith {
namespace {

xnn_datatype datatypeOf(DataType type) {
  switch (type) {
    case DataType::int8:
      return xnn_datatype_qint8;
    case DataType::uint8:
      return xnn_datatype_quint8;
    default:
      return xnn_datatype_fp32;
  }
}

Error outOfRange(const Node& node, float ratio, const char* allowed) {
  return {ErrorCode::unsupportedOperator, nodeText(node) + " scales what it computes by " +
                                              numberText(ratio) + "; " + allowed +
                                              " is allowed for quantised numbers."};
}

}  // namespace

ValueType Lowering::typeOf(TensorId id) const {
  const Tensor& tensor = graph_.tensor(id);
  if (inFloats_ || !tensor.quantization) return {};
  return {datatypeOf(tensor.type), tensor.quantization->scales[0], tensor.quantization->zeroPoint};
}

/// XNNPACK's sum of int8 rows for relaxed SIMD takes for granted what a processor's dot product does with signed numbers, and
/// is wrong where it does something else.
bool Lowering::sumsSignedRows(const Node& node) const {
  const size_t rank = shapeOf(node.inputs[0]).size();
  return typeOf(node.inputs[0]).datatype == xnn_datatype_qint8 && rank > 0 && std::ranges::count(reducedAxes(node).second, rank - 1) > 0;
}

bool Lowering::hasQuantizedKernel(const Node& node) const {
  const auto isHere = [&](TensorId id) { return id != noTensor && isQuantized(id); };
  if (std::ranges::none_of(node.inputs, isHere) && std::ranges::none_of(node.outputs, isHere)) return true;
  const ValueType output = typeOf(node.outputs[0]);
  switch (node.op) {
    case Op::conv:
    case Op::convert:
    case Op::fullyConnected:
      return true;
    case Op::add:
    case Op::multiply:
    case Op::reduceMean:
      if (node.op == Op::reduceMean && sumsSignedRows(node)) return false;
      return std::ranges::all_of(node.inputs,
                                 [&](TensorId id) { return typeOf(id).datatype == output.datatype; });
    case Op::clamp:
    case Op::concat:
    case Op::dropout:
    case Op::identity:
    case Op::maxPool:
    case Op::pad:
    case Op::reshape:
    case Op::slice:
    case Op::transpose:
      return std::ranges::all_of(node.inputs, [&](TensorId id) { return typeOf(id) == output; });
    default:
      return false;
  }
}

Status Lowering::lowerInFloats(const Node& node) {
  struct Swapped {
    TensorId id;
    uint32_t value, reordered;
  };
  std::vector<Swapped> inputs;
  for (TensorId id : node.inputs) {
    if (id == noTensor || !isQuantized(id) || std::ranges::find(inputs, id, &Swapped::id) != inputs.end())
      continue;
    if (graph_.tensor(id).isConstant) {
      return Error{ErrorCode::unsupportedOperator, nodeText(node) + " has the quantised constant " +
                                                       quotedName(graph_.tensor(id).name) +
                                                       "; floats are allowed."};
    }
    PITH_ASSIGN_OR_RETURN(const uint32_t value, valueOf(node, id));
    PITH_ASSIGN_OR_RETURN(const uint32_t floats, intermediate(node, memoryShapeOf(id), {}));
    PITH_RETURN_IF_ERROR(convert(node, value, floats));
    auto& reordered = reordered_[static_cast<size_t>(id)];
    inputs.push_back({id, value, std::exchange(reordered, XNN_INVALID_VALUE_ID)});
    values_[static_cast<size_t>(id)] = floats;
  }
  const TensorId result = node.outputs[0];
  const bool isQuantizedResult = isQuantized(result);
  PITH_ASSIGN_OR_RETURN(const uint32_t output, valueOf(node, result));
  if (isQuantizedResult) {
    PITH_ASSIGN_OR_RETURN(values_[static_cast<size_t>(result)],
                          intermediate(node, memoryShapeOf(result), {}));
  }
  inFloats_ = true;
  const Status status = lowerAsItIs(node);
  inFloats_ = false;
  PITH_RETURN_IF_ERROR(status);
  const uint32_t computed = std::exchange(values_[static_cast<size_t>(result)], output);
  for (const Swapped& input : inputs) {
    values_[static_cast<size_t>(input.id)] = input.value;
    reordered_[static_cast<size_t>(input.id)] = input.reordered;
  }
  return isQuantizedResult ? convert(node, computed, output) : Status{};
}

Status Lowering::convert(const Node& node, uint32_t from, uint32_t to) {
  return check(xnn_define_unary(subgraph_.get(), xnn_unary_convert, nullptr, from, to, 0), node);
}

/// Between two quantisations through floats, so that the engine needs no kernels for every pair of types.
Status Lowering::lowerConvert(const Node& node) {
  PITH_ASSIGN_OR_RETURN(const uint32_t input, inputOf(node, 0));
  PITH_ASSIGN_OR_RETURN(const uint32_t output, outputOf(node));
  if (typeOf(node.inputs[0]) == typeOf(node.outputs[0]))
    return check(xnn_define_copy(subgraph_.get(), input, output, 0), node);
  if (!isQuantized(node.inputs[0]) || !isQuantized(node.outputs[0])) return convert(node, input, output);
  PITH_ASSIGN_OR_RETURN(const uint32_t floats, intermediate(node, memoryShapeOf(node.outputs[0]), {}));
  PITH_RETURN_IF_ERROR(convert(node, input, floats));
  return convert(node, floats, output);
}

Result<uint32_t> Lowering::weightsValue(const Node& node, const Shape& shape, size_t channelAxis,
                                        const void* data) {
  const Tensor& weights = graph_.tensor(node.inputs[1]);
  if (!weights.quantization || !weights.quantization->isPerChannel())
    return define(node, shape, data, XNN_INVALID_VALUE_ID, 0, typeOf(node.inputs[1]));
  const std::vector<size_t> dims(shape.begin(), shape.end());
  uint32_t id = XNN_INVALID_VALUE_ID;
  PITH_RETURN_IF_ERROR(check(xnn_define_channelwise_quantized_tensor_value(
                                 subgraph_.get(), xnn_datatype_qcint8, weights.quantization->scales.data(),
                                 dims.size(), channelAxis, dims.data(), data, XNN_INVALID_VALUE_ID, 0, &id),
                             node));
  return id;
}

/// XNNPACK wants scales for biases and never reads them: their step is the input's times the weights'.
Result<uint32_t> Lowering::biasOf(const Node& node) {
  if (node.inputs.size() < 3) return uint32_t{XNN_INVALID_VALUE_ID};
  const Tensor& bias = graph_.tensor(node.inputs[2]);
  if (bias.type == DataType::float32) return constantValue(node, bias.shape, bias.floats.data());
  const auto& weights = graph_.tensor(node.inputs[1]).quantization;
  if (!weights->isPerChannel()) {
    return define(node, bias.shape, bias.biases.data(), XNN_INVALID_VALUE_ID, 0,
                  ValueType{xnn_datatype_qint32});
  }
  const auto channels = static_cast<size_t>(bias.shape[0]);
  uint32_t id = XNN_INVALID_VALUE_ID;
  PITH_RETURN_IF_ERROR(check(xnn_define_channelwise_quantized_tensor_value(
                                 subgraph_.get(), xnn_datatype_qcint32, weights->scales.data(), 1, 0,
                                 &channels, bias.biases.data(), XNN_INVALID_VALUE_ID, 0, &id),
                             node));
  return id;
}

Status Lowering::checkProduct(const Node& node) const {
  const ValueType input = typeOf(node.inputs[0]), output = typeOf(node.outputs[0]);
  const Tensor& weights = graph_.tensor(node.inputs[1]);
  const auto refuse = [&](const std::string& what) {
    return Error{ErrorCode::unsupportedDataType, nodeText(node) + " has " + what};
  };
  const bool isFloat = input.datatype == xnn_datatype_fp32;
  if (output.datatype != input.datatype || datatypeOf(weights.type) != input.datatype)
    return refuse("an input, weights and a result of different types; one type for all is allowed.");
  const DataType biasType = isFloat ? DataType::float32 : DataType::int32;
  if (node.inputs.size() > 2 && graph_.tensor(node.inputs[2]).type != biasType)
    return refuse("a bias of another type; float32 beside floats and int32 beside integers is allowed.");
  if (isFloat) return {};
  if (weights.type == DataType::int8 && weights.quantization->zeroPoint != 0)
    return refuse("int8 weights with the zero point " + std::to_string(weights.quantization->zeroPoint) +
                  "; 0 is allowed.");
  if (weights.type == DataType::uint8 && weights.quantization->isPerChannel())
    return refuse("uint8 weights with several scales; one is allowed.");
  for (float scale : weights.quantization->scales) {
    // As XNNPACK computes it, which asks for less than 2^8.
    const float ratio = input.scale * scale / output.scale;
    if (!(std::isnormal(ratio) && ratio < 256.0F)) return outOfRange(node, ratio, "less than 256");
  }
  return {};
}

/// The bounds are what XNNPACK's fixed-point multipliers hold (its qs8_add and qs8_mul parameters).
Status Lowering::checkBinary(const Node& node) const {
  const ValueType a = typeOf(node.inputs[0]), b = typeOf(node.inputs[1]), output = typeOf(node.outputs[0]);
  if (output.datatype == xnn_datatype_fp32) return {};
  if (node.op == Op::multiply) {
    const float ratio = a.scale * b.scale / output.scale;
    return ratio >= 0x1p-16F && ratio < 256.0F ? Status{} : outOfRange(node, ratio, "2^-16 to 256");
  }
  for (float scale : {a.scale, b.scale}) {
    const float ratio = scale / output.scale;
    if (!(ratio >= 0x1p-10F && ratio < 256.0F)) return outOfRange(node, ratio, "2^-10 to 256");
  }
  return {};
}

}  // namespace pith

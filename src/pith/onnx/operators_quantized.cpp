// SPDX-License-Identifier: Apache-2.0
/// @file Operators on quantised numbers. Whole numbers that are computed while a network runs are held in floats,
/// which have all of up to 24 bits: what is computed is the operator's definition, in the arithmetic of floats.
#include <algorithm>
#include <array>
#include <cmath>

#include "pith/onnx/operators.h"

namespace pith::onnx {
namespace {

/// Whole numbers of a constant as floats; what is held in floats already stays.
Result<TensorId> asFloats(OperatorImport& node, TensorId id) {
  const Tensor& tensor = node.tensor(id);
  if (tensor.type == DataType::float32) return id;
  Tensor floats;
  floats.shape = tensor.shape;
  for (int64_t value : tensor.integers) {
    constexpr int64_t most = int64_t{1} << 24;
    if (value < -most || value > most) return node.unsupportedOperator("quantised numbers beyond 24 bits are not supported");
    floats.floats.push_back(static_cast<float>(value));
  }
  return node.addConstant(std::move(floats));
}

/// What was computed from constants only is held as constants of its type are.
Result<TensorId> asHeld(OperatorImport& node, TensorId id, NumberType type) {
  const Tensor& tensor = node.tensor(id);
  if (!tensor.isConstant || !isHeldAsInteger(type)) return id;
  Tensor integers;
  integers.type = DataType::int64;
  integers.element = type;
  integers.shape = tensor.shape;
  for (float value : tensor.floats) {
    if (!std::isfinite(value)) return node.unsupportedOperator("a constant that it quantises is no number");
    integers.integers.push_back(static_cast<int64_t>(value));
  }
  return node.addConstant(std::move(integers));
}

/// A scale or zero point so that it broadcasts to `shape`: one number, one for each entry of an axis, or one for
/// each block of it.
Result<TensorId> aligned(OperatorImport& node, TensorId parameter, const Shape& shape) {
  PITH_ASSIGN_OR_RETURN(const TensorId id, asFloats(node, parameter));
  const Shape given = node.tensor(id).shape;
  if (given.empty() || given == Shape{1}) return node.addReshape(id, {});
  PITH_ASSIGN_OR_RETURN(const int64_t axis, node.axisIn(node.intAttribute("axis", 1), shape.size()));
  const int64_t extent = shape[static_cast<size_t>(axis)];
  if (given == Shape{extent}) {
    Shape spread(shape.size(), 1);
    spread[static_cast<size_t>(axis)] = extent;
    return node.addReshape(id, std::move(spread));
  }
  const int64_t block = node.intAttribute("block_size", 0);
  Shape blocks = shape;
  if (block > 0) blocks[static_cast<size_t>(axis)] = (extent + block - 1) / block;
  if (block <= 0 || given != blocks)
    return node.unsupportedShape("its scale " + shapeText(given) + " does not fit " + shapeText(shape));
  PITH_RETURN_IF_ERROR(node.keepTable(extent));
  GatherAttributes gather{axis, {}, {extent}};
  for (int64_t i = 0; i < extent; ++i) gather.indices.push_back(i / block);
  return node.add(Op::gather, std::move(gather), {id}, Shape(shape));
}

/// The type of a zero point.
/// @param otherwise  where there is none
NumberType typeOf(const OperatorImport& node, size_t zeroPoint, NumberType otherwise) {
  return node.hasInput(zeroPoint) ? node.input(zeroPoint).element : otherwise;
}

/// round(x) + zero point, at the ends of the type.
Result<TensorId> saturated(OperatorImport& node, TensorId steps, TensorId zeroPoint, NumberType type) {
  if (!isHeldAsInteger(type) || numberBits(type) > 16 || type == NumberType::boolean)
    return node.unsupportedOperator("it quantises to " + std::string(numberTypeName(type)));
  PITH_ASSIGN_OR_RETURN(TensorId result, node.addUnary({UnaryKind::round}, steps));
  if (zeroPoint != noTensor) {
    PITH_ASSIGN_OR_RETURN(result, node.addBinary(Op::add, result, zeroPoint));
  }
  const IntegerRange range = integerRange(type);
  const ClampRange clamp{static_cast<float>(range.low), static_cast<float>(range.high)};
  // Runtimes saturate here, the operators' reference wraps around, and their definition does not say.
  const auto isBeyond = [&](float value) { return value < clamp.min || value > clamp.max; };
  if (node.opType().starts_with("QLinear") && std::ranges::any_of(node.tensor(result).floats, isBeyond))
    return node.unsupportedOperator("its constant result does not fit its type");
  PITH_ASSIGN_OR_RETURN(result, node.add(Op::clamp, {}, {result}, Shape(node.tensor(result).shape), type, clamp));
  return asHeld(node, result, type);
}

/// x - zero point
Result<TensorId> centred(OperatorImport& node, size_t x, size_t zeroPoint, size_t channelAxis) {
  if (!node.hasInput(x)) return node.corrupt("input " + std::to_string(x) + " is missing");
  PITH_ASSIGN_OR_RETURN(const TensorId values, asFloats(node, node.inputId(x)));
  if (!node.hasInput(zeroPoint)) return values;
  PITH_ASSIGN_OR_RETURN(TensorId zero, asFloats(node, node.inputId(zeroPoint)));
  const Tensor& tensor = node.tensor(zero);
  if (std::ranges::all_of(tensor.floats, [](float value) { return value == 0.0F; }) && tensor.isConstant) return values;
  Shape spread;
  if (tensor.floats.size() > 1) {
    spread.assign(node.tensor(values).shape.size(), 1);
    if (channelAxis >= spread.size()) return node.corrupt("its zero points do not fit");
    spread[channelAxis] = static_cast<int64_t>(tensor.floats.size());
  }
  PITH_ASSIGN_OR_RETURN(zero, node.addReshape(zero, std::move(spread)));
  return node.addBinary(Op::subtract, values, zero);
}

struct Scales {
  size_t a, b, result;
};

/// a * b / result, one number or one for each channel.
Result<std::vector<float>> combined(const OperatorImport& node, const Scales& inputs) {
  PITH_ASSIGN_OR_RETURN(const auto a, node.floatsFrom(inputs.a));
  PITH_ASSIGN_OR_RETURN(auto b, node.floatsFrom(inputs.b));
  PITH_ASSIGN_OR_RETURN(const auto result, node.floatsFrom(inputs.result));
  if (a.size() != 1 || result.size() != 1) return node.unsupportedOperator("only weights may have several scales");
  for (float& scale : b) scale = a[0] * scale / result[0];
  return b;
}

Result<TensorId> zeroPointOf(OperatorImport& node, size_t input) {
  if (!node.hasInput(input)) return noTensor;
  PITH_ASSIGN_OR_RETURN(const TensorId zero, asFloats(node, node.inputId(input)));
  if (node.tensor(zero).floats.size() != 1) return node.unsupportedOperator("its result has several zero points");
  return node.addReshape(zero, {});
}

}  // namespace

/// saturate(round(x / scale) + zero point)
Status importQuantizeLinear(OperatorImport& node) {
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 0, maxAxes));
  const Shape shape = node.input(0).shape;
  const int64_t named = node.intAttribute("output_dtype", 0);
  if (named < 0 || named > static_cast<int64_t>(NumberType::int2)) return node.corrupt("output_dtype is " + std::to_string(named));
  const NumberType type = node.hasInput(2) || named == 0 ? typeOf(node, 2, NumberType::uint8) : static_cast<NumberType>(named);
  PITH_ASSIGN_OR_RETURN(const TensorId scale, aligned(node, node.inputId(1), shape));
  PITH_ASSIGN_OR_RETURN(const TensorId steps, node.addBinary(Op::divide, node.inputId(0), scale));
  if (node.tensor(steps).shape != shape) return node.corrupt("its scale does not fit its input");
  if (isHeldAsFloat(type)) {
    UnaryAttributes round;
    round.kind = UnaryKind::roundTo;
    round.to = type;
    round.saturate = node.intAttribute("saturate", 1) != 0;
    return node.give(node.add(Op::unary, round, {steps}, Shape(shape), type));
  }
  TensorId zeroPoint = noTensor;
  if (node.hasInput(2)) {
    PITH_ASSIGN_OR_RETURN(zeroPoint, aligned(node, node.inputId(2), shape));
  }
  return node.give(saturated(node, steps, zeroPoint, type));
}

/// (x - zero point) * scale
Status importDequantizeLinear(OperatorImport& node) {
  const Shape shape = node.input(0).shape;
  PITH_ASSIGN_OR_RETURN(TensorId values, asFloats(node, node.inputId(0)));
  if (node.hasInput(2)) {
    PITH_ASSIGN_OR_RETURN(const TensorId zeroPoint, aligned(node, node.inputId(2), shape));
    PITH_ASSIGN_OR_RETURN(values, node.addBinary(Op::subtract, values, zeroPoint));
  }
  PITH_ASSIGN_OR_RETURN(const TensorId scale, aligned(node, node.inputId(1), shape));
  return node.give(node.add(Op::multiply, {}, {values, scale}, Shape(shape), node.input(1).element));
}

/// Bias is whole numbers whose step is that of input times weights.
Status importQLinearConv(OperatorImport& node) {
  PITH_ASSIGN_OR_RETURN(const TensorId x, centred(node, 0, 2, 1));
  PITH_ASSIGN_OR_RETURN(const TensorId weights, centred(node, 3, 5, 0));
  TensorId bias = noTensor;
  if (node.hasInput(8)) {
    PITH_ASSIGN_OR_RETURN(bias, asFloats(node, node.inputId(8)));
  }
  PITH_ASSIGN_OR_RETURN(const auto factors, combined(node, {1, 4, 6}));
  PITH_ASSIGN_OR_RETURN(const TensorId zeroPoint, zeroPointOf(node, 7));
  PITH_ASSIGN_OR_RETURN(const TensorId sums, addConv(node, x, weights, bias));
  Shape spread;
  if (factors.size() > 1) {
    spread.assign(node.tensor(sums).shape.size(), 1);
    spread[1] = static_cast<int64_t>(factors.size());
  }
  PITH_ASSIGN_OR_RETURN(const TensorId factor, node.addConstant(std::move(spread), factors));
  PITH_ASSIGN_OR_RETURN(const TensorId steps, node.addBinary(Op::multiply, sums, factor));
  return node.give(saturated(node, steps, zeroPoint, typeOf(node, 7, node.input(0).element)));
}

Status importQLinearMatMul(OperatorImport& node) {
  for (const size_t operand : {size_t{0}, size_t{3}}) {
    if (!node.hasInput(operand)) return node.corrupt("its input is missing");
    if (node.input(operand).shape.size() < 2) return node.unsupportedShape("its operands must have two axes or more");
  }
  const size_t columns = node.input(3).shape.size() - 1;
  PITH_ASSIGN_OR_RETURN(const TensorId a, centred(node, 0, 2, 0));
  PITH_ASSIGN_OR_RETURN(const TensorId b, centred(node, 3, 5, columns));
  PITH_ASSIGN_OR_RETURN(const auto factors, combined(node, {1, 4, 6}));
  PITH_ASSIGN_OR_RETURN(const TensorId zeroPoint, zeroPointOf(node, 7));
  PITH_ASSIGN_OR_RETURN(const TensorId sums, addMatMul(node, a, b));
  const Shape spread = factors.size() > 1 ? Shape{static_cast<int64_t>(factors.size())} : Shape{};
  PITH_ASSIGN_OR_RETURN(const TensorId factor, node.addConstant(spread, factors));
  PITH_ASSIGN_OR_RETURN(const TensorId steps, node.addBinary(Op::multiply, sums, factor));
  return node.give(saturated(node, steps, zeroPoint, typeOf(node, 7, node.input(0).element)));
}

/// A's numbers plus B's, or times them, over the step of the result.
Status importQLinearBinary(OperatorImport& node) {
  const Op op = node.opType() == "QLinearAdd" ? Op::add : Op::multiply;
  std::array<TensorId, 2> numbers{};
  for (const size_t i : {size_t{0}, size_t{1}}) {
    PITH_ASSIGN_OR_RETURN(const TensorId steps, centred(node, 3 * i, 3 * i + 2, 0));
    PITH_ASSIGN_OR_RETURN(const auto scale, node.floatsFrom(3 * i + 1));
    if (scale.size() != 1) return node.unsupportedOperator("its inputs have several scales");
    PITH_ASSIGN_OR_RETURN(const TensorId factor, node.addScalar(scale[0]));
    PITH_ASSIGN_OR_RETURN(numbers[i], node.addBinary(Op::multiply, steps, factor));
  }
  PITH_ASSIGN_OR_RETURN(const auto scale, node.floatsFrom(6));
  PITH_ASSIGN_OR_RETURN(const TensorId zeroPoint, zeroPointOf(node, 7));
  PITH_ASSIGN_OR_RETURN(const TensorId result, node.addBinary(op, numbers[0], numbers[1]));
  PITH_ASSIGN_OR_RETURN(const TensorId divisor, node.addConstant({}, scale));
  PITH_ASSIGN_OR_RETURN(const TensorId steps, node.addBinary(Op::divide, result, divisor));
  return node.give(saturated(node, steps, zeroPoint, typeOf(node, 7, node.input(0).element)));
}

Status importQLinearGlobalAveragePool(OperatorImport& node) {
  if (!node.hasInput(0)) return node.corrupt("its input is missing");
  Shape shape = node.input(0).shape;
  if (shape.size() < 3 || node.intAttribute("channels_last", 0) != 0)
    return node.unsupportedShape("only [N, C, H, W] is supported");
  ReduceAttributes mean;
  for (size_t axis = 2; axis < shape.size(); ++axis) {
    mean.axes.push_back(static_cast<int64_t>(axis));
    shape[axis] = 1;
  }
  PITH_ASSIGN_OR_RETURN(const TensorId x, centred(node, 0, 2, 1));
  PITH_ASSIGN_OR_RETURN(const auto from, node.floatsFrom(1));
  PITH_ASSIGN_OR_RETURN(const auto to, node.floatsFrom(3));
  if (from.size() != 1 || to.size() != 1) return node.unsupportedOperator("it has several scales");
  PITH_ASSIGN_OR_RETURN(const TensorId zeroPoint, zeroPointOf(node, 4));
  PITH_ASSIGN_OR_RETURN(const TensorId average, node.add(Op::reduceMean, std::move(mean), {x}, std::move(shape)));
  PITH_ASSIGN_OR_RETURN(const TensorId factor, node.addScalar(from[0] / to[0]));
  PITH_ASSIGN_OR_RETURN(const TensorId steps, node.addBinary(Op::multiply, average, factor));
  return node.give(saturated(node, steps, zeroPoint, typeOf(node, 4, node.input(0).element)));
}

}  // namespace pith::onnx

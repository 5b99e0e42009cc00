// SPDX-License-Identifier: Apache-2.0
/// @file Arithmetic on two or more tensors, and limits.
#include <algorithm>
#include <cmath>

#include "pith/model/json_text.h"
#include "pith/onnx/operators.h"

namespace pith::onnx {
namespace {

/// Before operator set 7, the second operand was laid against the first from a named axis on.
Result<TensorId> secondOperand(OperatorImport& node) {
  if (node.opset() >= 7 || !node.attribute("axis")) return node.inputId(1);
  const size_t rank = node.input(0).shape.size();
  Shape shape = node.input(1).shape;
  PITH_ASSIGN_OR_RETURN(const int64_t axis, node.axisIn(node.intAttribute("axis", 0), rank));
  const auto used = static_cast<size_t>(axis) + shape.size();
  if (used > rank) return node.corrupt("its second input does not fit behind axis " + std::to_string(axis));
  shape.insert(shape.end(), rank - used, 1);
  return node.addReshape(node.inputId(1), std::move(shape));
}

Status importBinary(OperatorImport& node, Op op) {
  if (node.opset() < 7 && node.intAttribute("broadcast", 0) == 0 && node.input(0).shape != node.input(1).shape)
    return node.corrupt("its inputs have different shapes and it does not broadcast");
  PITH_ASSIGN_OR_RETURN(const TensorId second, secondOperand(node));
  return node.give(node.addBinary(op, node.inputId(0), second));
}

Result<TensorId> chain(OperatorImport& node, Op op) {
  TensorId result = node.inputId(0);
  for (size_t i = 0; i < node.inputCount(); ++i) {
    if (!node.hasInput(i)) return node.corrupt("input " + std::to_string(i) + " is missing");
    if (i == 0) continue;
    PITH_ASSIGN_OR_RETURN(result, node.addBinary(op, result, node.inputId(i)));
  }
  return result;
}

/// A bound of Clip on whole numbers, which is applied as a maximum or minimum.
Status clipIntegers(OperatorImport& node) {
  TensorId result = node.inputId(0);
  for (size_t i = 1; i < 3; ++i) {
    if (!node.hasInput(i)) continue;
    PITH_ASSIGN_OR_RETURN(result, node.addBinary(i == 1 ? Op::maximum : Op::minimum, result, node.inputId(i)));
  }
  return node.give(result);
}

}  // namespace

Status importAdd(OperatorImport& node) { return importBinary(node, Op::add); }
Status importDiv(OperatorImport& node) { return importBinary(node, Op::divide); }
Status importMul(OperatorImport& node) { return importBinary(node, Op::multiply); }
Status importSub(OperatorImport& node) { return importBinary(node, Op::subtract); }
Status importMax(OperatorImport& node) { return node.give(chain(node, Op::maximum)); }
Status importMin(OperatorImport& node) { return node.give(chain(node, Op::minimum)); }
Status importSum(OperatorImport& node) { return node.give(chain(node, Op::add)); }

Status importMean(OperatorImport& node) {
  PITH_ASSIGN_OR_RETURN(const TensorId sum, chain(node, Op::add));
  PITH_ASSIGN_OR_RETURN(const TensorId count, node.addScalar(static_cast<float>(node.inputCount())));
  return node.give(node.addBinary(Op::divide, sum, count));
}

/// The exponents that exporters write are turned into what the kernels have.
Status importPow(OperatorImport& node) {
  const TensorId x = node.inputId(0);
  TensorId exponent = node.inputId(1);
  const bool isFloat = node.input(0).type == DataType::float32;
  const bool isMixed = node.input(1).type != node.input(0).type;
  if (isMixed && !(node.input(1).isConstant && (isFloat || node.input(0).isConstant)))
    return node.unsupportedOperator("base and exponent of different types must be constant");
  if (isMixed && isFloat) {
    std::vector<float> values;
    for (int64_t value : node.input(1).integers) values.push_back(static_cast<float>(value));
    PITH_ASSIGN_OR_RETURN(exponent, node.addConstant(node.input(1).shape, std::move(values)));
  } else if (isMixed) {
    Tensor whole;
    whole.type = DataType::int64;
    whole.element = node.input(0).element;
    whole.shape = node.input(1).shape;
    for (float value : node.input(1).floats) {
      if (value != std::floor(value) || std::abs(value) > 64.0F)
        return node.unsupportedOperator("whole numbers have whole powers only");
      whole.integers.push_back(static_cast<int64_t>(value));
    }
    PITH_ASSIGN_OR_RETURN(exponent, node.addConstant(std::move(whole)));
  }
  const Tensor& power = node.tensor(exponent);
  if (isFloat && power.isConstant && power.floats.size() == 1 && power.shape.size() <= node.input(0).shape.size()) {
    const float value = power.floats[0];
    if (value == 1.0F) return node.give(x);
    if (value == 2.0F) return node.give(node.addUnary({UnaryKind::square}, x));
    if (value == 0.5F) return node.give(node.addUnary({UnaryKind::squareRoot}, x));
    if (value == 3.0F) {
      PITH_ASSIGN_OR_RETURN(const TensorId square, node.addUnary({UnaryKind::square}, x));
      return node.give(node.addBinary(Op::multiply, square, x));
    }
  }
  return node.give(node.addBinary(Op::power, x, exponent));
}

/// The slope broadcasts to the input only; before operator set 9, exporters wrote one slope for each channel as a vector.
Status importPRelu(OperatorImport& node) {
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 0, maxAxes));
  PITH_RETURN_IF_ERROR(node.requireFloat(1, 0, maxAxes));
  TensorId slope = node.inputId(1);
  const Shape shape = node.input(0).shape;
  const Shape slopeShape = node.input(1).shape;
  const bool isVector = slopeShape.size() == 1 && slopeShape[0] > 1 && shape.size() > 1;
  if (isVector && node.opset() < 9 && slopeShape[0] == shape[1]) {
    // Files meant channels, as before operator set 7; the definition's last axis is told apart by its extent alone.
    if (shape.size() > 2 && shape[1] == shape.back())
      return node.unsupportedShape("its slope " + shapeText(slopeShape) + " fits two axes of " + shapeText(shape));
    Shape aligned(shape.size() - 1, 1);
    aligned[0] = slopeShape[0];
    PITH_ASSIGN_OR_RETURN(slope, node.addReshape(slope, std::move(aligned)));
  }
  PITH_ASSIGN_OR_RETURN(const Shape output, node.broadcast(shape, node.tensor(slope).shape));
  if (output != shape) return node.unsupportedShape("its slope " + shapeText(slopeShape) + " does not fit " + shapeText(shape));
  return node.give(node.addBinary(Op::prelu, node.inputId(0), slope));
}

Status importRelu(OperatorImport& node) {
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 0, maxAxes));
  const ClampRange range{0.0F, std::numeric_limits<float>::infinity()};
  return node.give(node.add(Op::clamp, {}, {node.inputId(0)}, Shape(node.input(0).shape), NumberType::undefined, range));
}

Status importClip(OperatorImport& node) {
  if (node.input(0).type == DataType::int64) return clipIntegers(node);
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 0, maxAxes));
  const ClampRange open;
  PITH_ASSIGN_OR_RETURN(const float low, node.scalarFrom(1, "min", open.min));
  PITH_ASSIGN_OR_RETURN(const float high, node.scalarFrom(2, "max", open.max));
  const Shape shape = node.input(0).shape;
  if (low < high)
    return node.give(node.add(Op::clamp, {}, {node.inputId(0)}, Shape(shape), NumberType::undefined, {low, high}));
  // Whatever goes in, the upper bound comes out; but not without a network behind it.
  return node.unsupportedOperator("its bounds are " + numberText(low) + " and " + numberText(high) +
                                  "; the first must be lower");
}

}  // namespace pith::onnx

// SPDX-License-Identifier: Apache-2.0
/// @file Normalisation, and the softmax.
#include <algorithm>
#include <numeric>

#include "pith/onnx/operators.h"

namespace pith::onnx {
namespace {

std::vector<int64_t> axesFrom(int64_t first, size_t rank) {
  std::vector<int64_t> axes(rank - static_cast<size_t>(first));
  std::iota(axes.begin(), axes.end(), first);
  return axes;
}

/// x * scale + bias, with one number for each channel.
Result<TensorId> perChannel(OperatorImport& node, TensorId x, TensorId scale, TensorId bias) {
  const Shape shape = node.tensor(x).shape;
  Shape aligned(shape.size() - 1, 1);
  aligned[0] = shape[1];
  for (TensorId* parameter : {&scale, &bias}) {
    if (node.tensor(*parameter).shape != Shape{shape[1]})
      return node.unsupportedShape("its scale and bias must be " + std::to_string(shape[1]) + " numbers");
    PITH_ASSIGN_OR_RETURN(*parameter, node.addReshape(*parameter, aligned));
  }
  PITH_ASSIGN_OR_RETURN(const TensorId scaled, node.addBinary(Op::multiply, x, scale));
  return node.addBinary(Op::add, scaled, bias);
}

double epsilonOf(const OperatorImport& node) { return node.floatAttribute("epsilon", 1e-5F); }

/// What training wants besides: the mean, and one over the deviation.
Status giveMoments(OperatorImport& node, int64_t axis) {
  const TensorId x = node.inputId(0);
  Shape shape = node.tensor(x).shape;
  const auto axes = axesFrom(axis, shape.size());
  for (int64_t reduced : axes) shape[static_cast<size_t>(reduced)] = 1;
  const ReduceAttributes mean{axes, true, ReduceKind::mean};
  PITH_ASSIGN_OR_RETURN(const TensorId average, node.add(Op::reduceMean, mean, {x}, Shape(shape)));
  if (node.hasOutput(2)) {
    PITH_ASSIGN_OR_RETURN(const TensorId difference, node.addBinary(Op::subtract, x, average));
    PITH_ASSIGN_OR_RETURN(const TensorId squares, node.addUnary({UnaryKind::square}, difference));
    PITH_ASSIGN_OR_RETURN(const TensorId variance, node.add(Op::reduceMean, mean, {squares}, Shape(shape)));
    PITH_ASSIGN_OR_RETURN(const TensorId epsilon, node.addScalar(static_cast<float>(epsilonOf(node))));
    PITH_ASSIGN_OR_RETURN(const TensorId sum, node.addBinary(Op::add, variance, epsilon));
    PITH_ASSIGN_OR_RETURN(const TensorId deviation, node.addUnary({UnaryKind::squareRoot}, sum));
    PITH_RETURN_IF_ERROR(node.give(node.addUnary({UnaryKind::reciprocal}, deviation), 2));
  }
  return node.give(average, 1);
}

}  // namespace

Status importBatchNormalization(OperatorImport& node) {
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 2, maxAxes));
  PITH_RETURN_IF_ERROR(node.requireSingleOutput());
  if (node.intAttribute("training_mode", 0) != 0) return node.unsupportedOperator("it is in training mode");
  if (node.opset() < 7 && node.intAttribute("is_test", 0) == 0) return node.unsupportedOperator("it is in training mode");
  if (node.intAttribute("spatial", 1) == 0)
    return node.unsupportedOperator("only spatial normalisation is supported");
  const Shape shape = node.input(0).shape;
  for (size_t i = 1; i < 5; ++i) {
    PITH_RETURN_IF_ERROR(node.requireFloat(i, 1, 1));
    if (node.input(i).shape[0] != shape[1])
      return node.unsupportedShape("input " + std::to_string(i) + " must be " + std::to_string(shape[1]) + " numbers");
  }
  return node.emit(Op::batchNormalization, BatchNormalizationAttributes{epsilonOf(node)},
                   {node.inputId(0), node.inputId(1), node.inputId(2), node.inputId(3), node.inputId(4)}, shape);
}

Status importInstanceNormalization(OperatorImport& node) {
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 3, maxAxes));
  PITH_ASSIGN_OR_RETURN(const TensorId normal,
                        node.add(Op::normalize, NormalizeAttributes{2, epsilonOf(node)}, {node.inputId(0)},
                                 Shape(node.input(0).shape)));
  return node.give(perChannel(node, normal, node.inputId(1), node.inputId(2)));
}

/// Up to operator set 20, scale and bias came one for each group.
Status importGroupNormalization(OperatorImport& node) {
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 3, maxAxes));
  const Shape shape = node.input(0).shape;
  const int64_t groups = node.intAttribute("num_groups", 0);
  if (groups < 1 || shape[1] % groups != 0)
    return node.corrupt(std::to_string(groups) + " groups do not divide " + std::to_string(shape[1]) + " channels");
  const Shape grouped{shape[0], groups, shape[0] == 0 ? 0 : std::accumulate(shape.begin() + 2, shape.end(), shape[1] / groups, std::multiplies<>())};
  PITH_ASSIGN_OR_RETURN(const TensorId parts, node.addReshape(node.inputId(0), grouped));
  PITH_ASSIGN_OR_RETURN(TensorId normal, node.add(Op::normalize, NormalizeAttributes{2, epsilonOf(node)}, {parts}, Shape(grouped)));
  if (node.opset() < 21) {
    PITH_ASSIGN_OR_RETURN(normal, perChannel(node, normal, node.inputId(1), node.inputId(2)));
    return node.give(node.addReshape(normal, shape));
  }
  PITH_ASSIGN_OR_RETURN(normal, node.addReshape(normal, shape));
  return node.give(perChannel(node, normal, node.inputId(1), node.inputId(2)));
}

Status importLayerNormalization(OperatorImport& node) {
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 1, maxAxes));
  const Shape shape = node.input(0).shape;
  PITH_ASSIGN_OR_RETURN(const int64_t axis, node.axisIn(node.intAttribute("axis", -1), shape.size()));
  const Shape part(shape.begin() + static_cast<std::ptrdiff_t>(axis), shape.end());
  std::vector<TensorId> inputs{node.inputId(0), node.inputId(1), node.inputId(2)};
  for (size_t i = 1; i < 3; ++i) {
    if (!node.hasInput(i)) continue;
    PITH_RETURN_IF_ERROR(node.requireFloat(i, 0, part.size()));
    PITH_ASSIGN_OR_RETURN(const Shape fitted, node.broadcast(part, node.input(i).shape));
    if (fitted != part) return node.unsupportedShape("its scale or bias does not fit " + shapeText(part));
  }
  if (!node.hasInput(2)) {
    PITH_ASSIGN_OR_RETURN(inputs[2], node.addScalar(0.0F));
  }
  PITH_RETURN_IF_ERROR(node.emit(Op::normalize, NormalizeAttributes{axis, epsilonOf(node)}, std::move(inputs), shape));
  return node.hasOutput(1) || node.hasOutput(2) ? giveMoments(node, axis) : Status{};
}

Status importMeanVarianceNormalization(OperatorImport& node) {
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 1, maxAxes));
  const Shape shape = node.input(0).shape;
  auto named = node.intsAttribute("axes");
  if (named.empty()) named = {0, 2, 3};
  PITH_ASSIGN_OR_RETURN(const auto axes, node.axesIn(std::move(named), shape.size()));
  Shape reduced = shape;
  for (int64_t axis : axes) reduced[static_cast<size_t>(axis)] = 1;
  const ReduceAttributes mean{axes, true, ReduceKind::mean};
  PITH_ASSIGN_OR_RETURN(const TensorId average, node.add(Op::reduceMean, mean, {node.inputId(0)}, Shape(reduced)));
  PITH_ASSIGN_OR_RETURN(const TensorId difference, node.addBinary(Op::subtract, node.inputId(0), average));
  PITH_ASSIGN_OR_RETURN(const TensorId squares, node.addUnary({UnaryKind::square}, difference));
  PITH_ASSIGN_OR_RETURN(const TensorId variance, node.add(Op::reduceMean, mean, {squares}, Shape(reduced)));
  PITH_ASSIGN_OR_RETURN(const TensorId epsilon, node.addScalar(1e-9F));
  PITH_ASSIGN_OR_RETURN(const TensorId deviation, node.addUnary({UnaryKind::squareRoot}, variance));
  PITH_ASSIGN_OR_RETURN(const TensorId divisor, node.addBinary(Op::add, deviation, epsilon));
  return node.give(node.addBinary(Op::divide, difference, divisor));
}

Status importLpNormalization(OperatorImport& node) {
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 1, maxAxes));
  Shape shape = node.input(0).shape;
  PITH_ASSIGN_OR_RETURN(const int64_t axis, node.axisIn(node.intAttribute("axis", -1), shape.size()));
  const int64_t p = node.intAttribute("p", 2);
  if (p != 1 && p != 2) return node.corrupt("p is " + std::to_string(p));
  shape[static_cast<size_t>(axis)] = 1;
  const ReduceAttributes norm{{axis}, true, p == 1 ? ReduceKind::l1 : ReduceKind::l2};
  PITH_ASSIGN_OR_RETURN(const TensorId length, node.add(Op::reduce, norm, {node.inputId(0)}, std::move(shape)));
  return node.give(node.addBinary(Op::divide, node.inputId(0), length));
}

Status importLrn(OperatorImport& node) {
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 2, maxAxes));
  LocalResponseAttributes attributes;
  attributes.size = node.intAttribute("size", 0);
  attributes.alpha = node.floatAttribute("alpha", attributes.alpha);
  attributes.beta = node.floatAttribute("beta", attributes.beta);
  attributes.bias = node.floatAttribute("bias", attributes.bias);
  if (attributes.size < 1 || attributes.size > 65536) return node.corrupt("size is " + std::to_string(attributes.size));
  return node.emit(Op::localResponseNormalization, attributes, {node.inputId(0)}, node.input(0).shape);
}

/// Before operator set 13, everything from the axis on was one long axis.
Status importSoftmax(OperatorImport& node) {
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 1, maxAxes));
  const Op op = node.opType() == "Softmax" ? Op::softmax : Op::logSoftmax;
  const Shape shape = node.input(0).shape;
  const bool coerces = node.opset() < 13;
  PITH_ASSIGN_OR_RETURN(const int64_t axis, node.axisIn(node.intAttribute("axis", coerces ? 1 : -1), shape.size()));
  const auto middle = shape.begin() + static_cast<std::ptrdiff_t>(axis);
  const int64_t trailing = std::accumulate(middle, shape.end(), int64_t{1}, std::multiplies<>());
  if (!coerces || trailing == *middle) return node.emit(op, AxisAttributes{axis}, {node.inputId(0)}, shape);
  const int64_t leading = std::accumulate(shape.begin(), middle, int64_t{1}, std::multiplies<>());
  PITH_ASSIGN_OR_RETURN(const TensorId rows, node.addReshape(node.inputId(0), {leading, trailing}));
  PITH_ASSIGN_OR_RETURN(const TensorId result, node.add(op, AxisAttributes{1}, {rows}, {leading, trailing}));
  return node.give(node.addReshape(result, shape));
}

}  // namespace pith::onnx

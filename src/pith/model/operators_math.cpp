// SPDX-License-Identifier: Apache-2.0
/// @file Operators that compute: arithmetic, normalisation, matrix products, means.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "pith/model/operators.h"

namespace pith::onnx {
namespace {

Result<Shape> broadcast(const OperatorImport& node, const Shape& a, const Shape& b) {
  const size_t rank = std::max(a.size(), b.size());
  Shape output(rank, 1);
  for (size_t i = 0; i < rank; ++i) {
    const int64_t x = i < a.size() ? a[a.size() - 1 - i] : 1;
    const int64_t y = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (x != y && x != 1 && y != 1) {
      return node.unsupportedShape("shapes " + shapeText(a) + " and " + shapeText(b) +
                                   " do not fit together");
    }
    output[rank - 1 - i] = x == 1 ? y : x;
  }
  return output;
}

Status importBinary(OperatorImport& node, Op op) {
  constexpr size_t maxRank = 6;
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 0, maxRank));
  PITH_RETURN_IF_ERROR(node.requireFloat(1, 0, maxRank));
  PITH_ASSIGN_OR_RETURN(auto output, broadcast(node, node.input(0).shape, node.input(1).shape));
  return node.emit(op, {}, {node.inputId(0), node.inputId(1)}, std::move(output));
}

/// A scalar bound of Clip, from an input (operator set 11 on) or an attribute.
Result<float> clipBound(const OperatorImport& node, size_t inputIndex, std::string_view attributeName,
                        float otherwise) {
  if (!node.hasInput(inputIndex)) return node.floatAttribute(attributeName, otherwise);
  const Tensor& bound = node.input(inputIndex);
  if (!bound.isConstant || bound.floats.size() != 1)
    return node.unsupportedOperator("its bounds must be constant numbers");
  return bound.floats[0];
}

std::vector<float> transposed(const std::vector<float>& values, int64_t rows, int64_t columns) {
  std::vector<float> result(values.size());
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < columns; ++c) {
      result[static_cast<size_t>(c * rows + r)] = values[static_cast<size_t>(r * columns + c)];
    }
  }
  return result;
}

/// Bias of a Gemm as [N], scaled by beta.
Result<TensorId> gemmBias(OperatorImport& node, int64_t outputs) {
  if (!node.hasInput(2)) return noTensor;
  const Tensor& bias = node.input(2);
  const float beta = node.floatAttribute("beta", 1.0F);
  const int64_t last = bias.shape.empty() ? 1 : bias.shape.back();
  const auto count = static_cast<int64_t>(bias.floats.size());
  if (!bias.isConstant || bias.type != DataType::float32 || count != last || (last != 1 && last != outputs)) {
    return node.unsupportedShape("its bias has shape " + shapeText(bias.shape) + "; constant [" +
                                 std::to_string(outputs) + "] or one number is allowed");
  }
  std::vector<float> values(static_cast<size_t>(outputs));
  for (size_t i = 0; i < values.size(); ++i) values[i] = beta * bias.floats[last == 1 ? 0 : i];
  return node.addConstant("bias", {outputs}, std::move(values));
}

}  // namespace

Status importAdd(OperatorImport& node) { return importBinary(node, Op::add); }
Status importMul(OperatorImport& node) { return importBinary(node, Op::multiply); }

Status importBatchNormalization(OperatorImport& node) {
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 2, 4));
  PITH_RETURN_IF_ERROR(node.requireSingleOutput());
  if (node.intAttribute("training_mode", 0) != 0) return node.unsupportedOperator("it is in training mode");
  if (node.intAttribute("spatial", 1) == 0)
    return node.unsupportedOperator("only spatial normalisation is supported");
  const Shape shape = node.input(0).shape;
  for (size_t i = 1; i < 5; ++i) {
    PITH_RETURN_IF_ERROR(node.requireFloat(i, 1, 1));
    if (!node.input(i).isConstant || node.input(i).shape[0] != shape[1]) {
      return node.unsupportedShape("input " + std::to_string(i) + " must be " + std::to_string(shape[1]) +
                                   " constant numbers");
    }
  }
  const BatchNormalizationAttributes attributes{static_cast<double>(node.floatAttribute("epsilon", 1e-5F))};
  return node.emit(Op::batchNormalization, attributes,
                   {node.inputId(0), node.inputId(1), node.inputId(2), node.inputId(3), node.inputId(4)},
                   shape);
}

Status importRelu(OperatorImport& node) {
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 0, 6));
  PITH_RETURN_IF_ERROR(node.emit(Op::clamp, {}, {node.inputId(0)}, node.input(0).shape));
  node.emitted().clamp = {0.0F, std::numeric_limits<float>::infinity()};
  return {};
}

Status importClip(OperatorImport& node) {
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 0, 6));
  const ClampRange open;
  PITH_ASSIGN_OR_RETURN(const float low, clipBound(node, 1, "min", open.min));
  PITH_ASSIGN_OR_RETURN(const float high, clipBound(node, 2, "max", open.max));
  if (!(low < high)) {
    return node.unsupportedOperator("its bounds are " + std::to_string(low) + " and " + std::to_string(high) +
                                    "; the first must be lower");
  }
  PITH_RETURN_IF_ERROR(node.emit(Op::clamp, {}, {node.inputId(0)}, node.input(0).shape));
  node.emitted().clamp = {low, high};
  return {};
}

Status importGemm(OperatorImport& node) {
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 2, 2));
  PITH_RETURN_IF_ERROR(node.requireFloat(1, 2, 2));
  if (node.intAttribute("transA", 0) != 0) return node.unsupportedOperator("transA is not supported");
  if (!node.input(1).isConstant) return node.unsupportedOperator("its weights must be constant");
  const bool isTransposed = node.intAttribute("transB", 0) != 0;
  const Shape x = node.input(0).shape;
  const Shape w = node.input(1).shape;
  const int64_t outputs = isTransposed ? w[0] : w[1];
  if ((isTransposed ? w[1] : w[0]) != x[1]) {
    return node.unsupportedShape("input " + shapeText(x) + " and weights " + shapeText(w) +
                                 " do not fit together");
  }
  TensorId weights = node.inputId(1);
  const float alpha = node.floatAttribute("alpha", 1.0F);
  if (!isTransposed || alpha != 1.0F) {
    std::vector<float> values =
        isTransposed ? node.input(1).floats : transposed(node.input(1).floats, w[0], w[1]);
    for (float& value : values) value *= alpha;
    PITH_ASSIGN_OR_RETURN(weights, node.addConstant("weights", {outputs, x[1]}, std::move(values)));
  }
  PITH_ASSIGN_OR_RETURN(const TensorId bias, gemmBias(node, outputs));
  return node.emit(Op::fullyConnected, {}, {node.inputId(0), weights, bias}, {x[0], outputs});
}

Status importMatMul(OperatorImport& node) {
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 2, 3));
  PITH_RETURN_IF_ERROR(node.requireFloat(1, 2, 2));
  if (!node.input(1).isConstant) return node.unsupportedOperator("its second input must be constant");
  Shape output = node.input(0).shape;
  const Shape w = node.input(1).shape;
  if (output.back() != w[0]) {
    return node.unsupportedShape("input " + shapeText(output) + " and weights " + shapeText(w) +
                                 " do not fit together");
  }
  output.back() = w[1];
  PITH_ASSIGN_OR_RETURN(
      const TensorId weights,
      node.addConstant("weights", {w[1], w[0]}, transposed(node.input(1).floats, w[0], w[1])));
  return node.emit(Op::fullyConnected, {}, {node.inputId(0), weights}, std::move(output));
}

Status importSoftmax(OperatorImport& node) {
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 1, 4));
  const Shape shape = node.input(0).shape;
  // Before operator set 13 everything from the axis on was one long axis.
  const bool coerces = node.opset() < 13;
  PITH_ASSIGN_OR_RETURN(const int64_t axis,
                        node.axisIn(node.intAttribute("axis", coerces ? 1 : -1), shape.size()));
  int64_t trailing = 1;
  for (size_t i = static_cast<size_t>(axis) + 1; i < shape.size(); ++i) trailing *= shape[i];
  const bool channelAxis = axis == (shape.size() == 4 ? 1 : static_cast<int64_t>(shape.size()) - 1);
  if (!channelAxis || (coerces && trailing != 1)) {
    return node.unsupportedShape("axis " + std::to_string(axis) + " of " + shapeText(shape) +
                                 "; only the channels' axis is supported");
  }
  return node.emit(Op::softmax, AxisAttributes{axis}, {node.inputId(0)}, shape);
}

Status importReduceMean(OperatorImport& node) {
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 1, 4));
  const Shape shape = node.input(0).shape;
  PITH_ASSIGN_OR_RETURN(auto axes, node.intsFrom(1, "axes"));
  const bool keepDims = node.intAttribute("keepdims", 1) != 0;
  if (axes.empty()) {
    if (node.intAttribute("noop_with_empty_axes", 0) != 0)
      return node.emit(Op::identity, {}, {node.inputId(0)}, shape);
    axes.resize(shape.size());
    std::iota(axes.begin(), axes.end(), 0);
  }
  for (int64_t& axis : axes) {
    PITH_ASSIGN_OR_RETURN(axis, node.axisIn(axis, shape.size()));
  }
  std::ranges::sort(axes);
  if (std::ranges::adjacent_find(axes) != axes.end()) return node.corrupt("an axis is named twice");
  const bool spatial = axes == std::vector<int64_t>{2, 3};
  if (shape.size() == 4 && !spatial) {
    return node.unsupportedShape("axes " + shapeText(axes) +
                                 "; of a feature map only the mean over [2, 3] is supported");
  }
  Shape output;
  for (size_t i = 0; i < shape.size(); ++i) {
    const bool reduced = std::ranges::binary_search(axes, static_cast<int64_t>(i));
    if (!reduced) output.push_back(shape[i]);
    if (reduced && keepDims) output.push_back(1);
  }
  return node.emit(Op::reduceMean, ReduceAttributes{axes, keepDims}, {node.inputId(0)}, std::move(output));
}

Status importGlobalAveragePool(OperatorImport& node) {
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 4, 4));
  const Shape shape = node.input(0).shape;
  return node.emit(Op::reduceMean, ReduceAttributes{{2, 3}, true}, {node.inputId(0)},
                   {shape[0], shape[1], 1, 1});
}

}  // namespace pith::onnx

// SPDX-License-Identifier: Apache-2.0
/// @file Matrix products, elementwise arithmetic, reductions and conversions.
#include <algorithm>
#include <array>
#include <limits>

#include "pith/model/tflite_operators.h"

namespace pith::tflite {
namespace {

Status clampTo(OperatorImport& node, ClampRange range) {
  PITH_ASSIGN_OR_RETURN(const TensorId x, node.input(0));
  return node.emit(Op::clamp, {}, {x}, node.fileShape(0), range);
}

/// int32 biases of integers, floats of floats.
Result<TensorId> biasOf(OperatorImport& node, int64_t outputs, bool isFloat) {
  if (!node.isConstant(2)) return node.unsupportedShape("its bias must be constant");
  PITH_ASSIGN_OR_RETURN(const TensorId id, node.input(2));
  const Tensor& bias = node.tensor(id);
  if (bias.shape != Shape{outputs})
    return node.corrupt("its bias has shape " + shapeText(bias.shape) + " for " + std::to_string(outputs) +
                        " outputs");
  if (isFloat && bias.type == DataType::float32) return id;
  if (isFloat || bias.type != DataType::int64)
    return node.unsupportedDataType("its bias must be float32 beside floats and int32 beside integers");
  Tensor integers;
  integers.name = bias.name;
  integers.shape = bias.shape;
  integers.type = DataType::int32;
  for (int64_t integer : bias.integers) {
    if (integer != static_cast<int32_t>(integer)) return node.corrupt("its bias does not fit 32 bits");
    integers.biases.push_back(static_cast<int32_t>(integer));
  }
  return node.addConstant(std::move(integers));
}

/// Both operands in the rank of the result, and its shape.
struct Operands {
  std::vector<TensorId> inputs;
  Shape shape;
};

Result<Operands> operands(OperatorImport& node) {
  Operands result;
  std::array<Shape, 2> shapes{node.fileShape(0), node.fileShape(1)};
  const size_t rank = std::max(shapes[0].size(), shapes[1].size());
  for (size_t i = 0; i < 2; ++i) {
    shapes[i].insert(shapes[i].begin(), rank - shapes[i].size(), 1);
    PITH_ASSIGN_OR_RETURN(const TensorId id, node.input(i));
    PITH_ASSIGN_OR_RETURN(const TensorId brought, node.reshaped(id, shapes[i]));
    result.inputs.push_back(brought);
  }
  for (size_t axis = 0; axis < rank; ++axis) {
    const int64_t a = shapes[0][axis], b = shapes[1][axis];
    if (a != b && a != 1 && b != 1)
      return node.corrupt("it joins " + shapeText(shapes[0]) + " with " + shapeText(shapes[1]));
    result.shape.push_back(std::max(a, b));
  }
  return result;
}

Status binary(OperatorImport& node, Op op, file::Activation activation) {
  PITH_ASSIGN_OR_RETURN(const ClampRange clamp, activationRange(node, activation));
  PITH_ASSIGN_OR_RETURN(auto both, operands(node));
  return node.emit(op, {}, std::move(both.inputs), both.shape, clamp);
}

}  // namespace

Result<std::vector<TensorId>> productInputs(OperatorImport& node, int64_t fileChannelAxis,
                                            const Shape& weightsShape) {
  if (!node.isConstant(1)) return node.unsupportedShape("its weights must be constant");
  PITH_ASSIGN_OR_RETURN(const TensorId x, node.input(0));
  PITH_ASSIGN_OR_RETURN(TensorId weights, node.input(1));
  const bool isFloat = node.tensor(x).type == DataType::float32;
  const auto& quantization = node.tensor(weights).quantization;
  if (quantization && quantization->isPerChannel()) {
    const auto* message = node.tensors().message(node.fileIndex(1)).quantization();
    if (message->axis() != fileChannelAxis ||
        quantization->scales.size() != static_cast<size_t>(weightsShape[0]))
      return node.corrupt("its weights have " + std::to_string(quantization->scales.size()) +
                          " scales along axis " + std::to_string(message->axis()) +
                          "; one, or one for each of " + std::to_string(weightsShape[0]) +
                          " outputs is allowed");
  }
  const auto rank = node.fileShape(1).size();
  if (isFloat && quantization) {
    // Weights alone are quantised: they are smaller in the file, and floats here.
    const auto axis = static_cast<size_t>(toGraphAxis(fileChannelAxis, rank));
    PITH_ASSIGN_OR_RETURN(weights, node.tensors().dequantized(weights, axis));
  }
  if (node.tensor(weights).shape != weightsShape) {
    Tensor moved = node.tensor(weights);
    moved.shape = weightsShape;
    PITH_ASSIGN_OR_RETURN(weights, node.addConstant(std::move(moved)));
  }
  std::vector<TensorId> inputs{x, weights};
  if (node.hasInput(2)) {
    PITH_ASSIGN_OR_RETURN(const TensorId bias, biasOf(node, weightsShape[0], isFloat));
    inputs.push_back(bias);
  }
  return inputs;
}

Status importAdd(OperatorImport& node) {
  const auto* options = node.options<file::AddOptions>();
  return binary(node, Op::add, options ? options->activation() : file::Activation::none);
}

Status importMul(OperatorImport& node) {
  const auto* options = node.options<file::MulOptions>();
  return binary(node, Op::multiply, options ? options->activation() : file::Activation::none);
}

/// Everything before the weights' depth is one axis, unless the file keeps the axes.
Status importFullyConnected(OperatorImport& node) {
  const auto* options = node.options<file::FullyConnectedOptions>();
  if (options && options->weights_format() != 0)
    return node.unsupportedOperator("its weights are shuffled; the plain order is allowed");
  const Shape shape = node.fileShape(0), weights = node.fileShape(1);
  const auto elements = elementCount(shape, node.tensors().limits());
  if (weights.size() != 2 || weights[0] < 1 || weights[1] < 1 || !elements || *elements % weights[1] != 0)
    return node.corrupt("its weights " + shapeText(weights) + " do not fit " + shapeText(shape));
  PITH_ASSIGN_OR_RETURN(const ClampRange clamp,
                        activationRange(node, options ? options->activation() : file::Activation::none));
  PITH_ASSIGN_OR_RETURN(auto inputs, productInputs(node, 0, weights));
  const bool keepsAxes = options && options->keep_dims();
  if (keepsAxes && shape.size() != 2)
    return node.unsupportedShape("it keeps the axes of " + shapeText(shape) + "; [N, depth] is allowed");
  const int64_t rows = *elements / weights[1];
  PITH_ASSIGN_OR_RETURN(inputs[0], node.reshaped(inputs[0], {rows, weights[1]}));
  return node.emit(Op::fullyConnected, {}, std::move(inputs), {rows, weights[0]}, clamp);
}

Status importSoftmax(OperatorImport& node) {
  const auto* options = node.options<file::SoftmaxOptions>();
  if (options && options->beta() != 1.0F)
    return node.unsupportedOperator("its beta is " + std::to_string(options->beta()) + "; 1 is allowed");
  const Shape shape = node.fileShape(0);
  if (shape.empty()) return node.unsupportedShape("it has a single number");
  PITH_ASSIGN_OR_RETURN(const TensorId x, node.input(0));
  const int64_t axis = toGraphAxis(static_cast<int64_t>(shape.size()) - 1, shape.size());
  return node.emit(Op::softmax, AxisAttributes{axis}, {x}, shape);
}

Status importRelu(OperatorImport& node) { return clampTo(node, {0, std::numeric_limits<float>::infinity()}); }
Status importRelu6(OperatorImport& node) { return clampTo(node, {0, 6}); }
Status importReluMinus1To1(OperatorImport& node) { return clampTo(node, {-1, 1}); }
Status importRelu0To1(OperatorImport& node) { return clampTo(node, {0, 1}); }

/// QUANTIZE and DEQUANTIZE: from the type and steps of one tensor to those of the other.
Status importQuantize(OperatorImport& node) {
  PITH_ASSIGN_OR_RETURN(const TensorId x, node.input(0));
  const Tensor& input = node.tensor(x);
  PITH_ASSIGN_OR_RETURN(const Tensor output, node.describedOutput());
  if (input.isConstant) {
    if (output.type != DataType::float32) return node.unsupportedOperator("it quantises a constant");
    if (!input.quantization) return node.alias(x);  // half floats, which are widened already
    const auto rank = input.shape.size();
    const auto* message = node.tensors().message(node.fileIndex(0)).quantization();
    PITH_ASSIGN_OR_RETURN(const int64_t fileAxis,
                          node.axisIn(rank == 0 ? 0 : message->axis(), std::max<size_t>(rank, 1)));
    PITH_ASSIGN_OR_RETURN(const TensorId numbers,
                          node.tensors().dequantized(x, static_cast<size_t>(toGraphAxis(fileAxis, rank))));
    return node.alias(numbers);
  }
  const bool isSame = input.type == output.type && input.quantization == output.quantization;
  return node.emit(isSame ? Op::identity : Op::convert, {}, {x}, node.fileShape(0));
}

}  // namespace pith::tflite

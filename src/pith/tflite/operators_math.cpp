// SPDX-License-Identifier: Apache-2.0
/// @file Matrix products and conversions.
#include <algorithm>

#include "pith/tflite/operators.h"

namespace pith::tflite {
namespace {

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
    // A constant that was reshaped before may be described without scales.
    const int64_t axis = message ? message->axis() : -1;
    if (axis != fileChannelAxis || quantization->scales.size() != static_cast<size_t>(weightsShape[0]))
      return node.corrupt("its weights have " + std::to_string(quantization->scales.size()) +
                          " scales along axis " + std::to_string(axis) +
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
  const int64_t rows = *elements / weights[1];
  PITH_ASSIGN_OR_RETURN(inputs[0], node.reshaped(inputs[0], {rows, weights[1]}));
  Shape output{rows, weights[0]};
  if (!options || !options->keep_dims() || shape.size() == 2)
    return node.emit(Op::fullyConnected, {}, std::move(inputs), output, clamp);
  if (shape.empty() || shape.back() != weights[1])
    return node.corrupt("its weights " + shapeText(weights) + " do not fit " + shapeText(shape));
  PITH_ASSIGN_OR_RETURN(const Tensor described, node.describedOutput());
  PITH_ASSIGN_OR_RETURN(const TensorId product, node.emitBefore(Op::fullyConnected, {}, std::move(inputs), output,
                                                                described, clamp));
  output = shape;
  output.back() = weights[0];
  return node.emitReshaped(product, output);
}

namespace {

/// The graph's axes become the file's, so that the last two are a matrix; or the other way round.
Result<TensorId> transposed(OperatorImport& node, TensorId id, std::vector<int64_t> permutation) {
  if (std::ranges::is_sorted(permutation)) return id;
  const Shape from = node.tensor(id).shape;
  Shape to;
  for (int64_t axis : permutation) to.push_back(from[static_cast<size_t>(axis)]);
  return node.inFloats(Op::transpose, TransposeAttributes{std::move(permutation)}, {id}, toFileShape(to));
}

/// An operand of this rank as matrices in its last two axes.
Result<TensorId> asMatrices(OperatorImport& node, size_t i, size_t rank, bool isAdjoint) {
  Shape shape = node.fileShape(i);
  PITH_ASSIGN_OR_RETURN(TensorId id, node.number(i));
  shape.insert(shape.begin(), rank - shape.size(), 1);
  PITH_ASSIGN_OR_RETURN(id, node.reshaped(id, shape));
  std::vector<int64_t> permutation;
  for (size_t axis = 0; axis < rank; ++axis) permutation.push_back(toGraphAxis(static_cast<int64_t>(axis), rank));
  if (isAdjoint) std::swap(permutation[rank - 1], permutation[rank - 2]);
  return transposed(node, id, std::move(permutation));
}

}  // namespace

/// Batches broadcast. The kernels multiply floats, so 8-bit operands become those first.
Status importBatchMatMul(OperatorImport& node) {
  const auto* options = node.options<file::BatchMatMulOptions>();
  const size_t rank = std::max(node.fileShape(0).size(), node.fileShape(1).size());
  if (std::min(node.fileShape(0).size(), node.fileShape(1).size()) < 2 || rank > 5)
    return node.unsupportedShape("it multiplies " + shapeText(node.fileShape(0)) + " by " +
                                 shapeText(node.fileShape(1)) + "; 2 to 5 axes are allowed");
  PITH_ASSIGN_OR_RETURN(const TensorId a, asMatrices(node, 0, rank, options && options->adjoint_x()));
  PITH_ASSIGN_OR_RETURN(const TensorId b, asMatrices(node, 1, rank, options && options->adjoint_y()));
  const Shape left = node.tensor(a).shape, right = node.tensor(b).shape;
  bool fits = left[rank - 1] == right[rank - 2];
  Shape product;
  for (size_t axis = 0; axis + 2 < rank; ++axis) {
    fits = fits && (left[axis] == right[axis] || left[axis] == 1 || right[axis] == 1);
    product.push_back(std::max(left[axis], right[axis]));
  }
  if (!fits) return node.corrupt("it multiplies " + shapeText(left) + " by " + shapeText(right));
  product.push_back(left[rank - 2]);
  product.push_back(right[rank - 1]);
  if (rank != 4) return node.emit(Op::matMul, {}, {a, b}, product);
  PITH_ASSIGN_OR_RETURN(const TensorId made, node.inFloats(Op::matMul, {}, {a, b}, toFileShape(product)));
  return node.emit(Op::transpose, TransposeAttributes{{0, 3, 1, 2}}, {made}, product);
}

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
    const int64_t written = rank > 0 && input.quantization->isPerChannel() && message ? message->axis() : 0;
    PITH_ASSIGN_OR_RETURN(const int64_t fileAxis, node.axisIn(written, std::max<size_t>(rank, 1)));
    PITH_ASSIGN_OR_RETURN(const TensorId numbers,
                          node.tensors().dequantized(x, static_cast<size_t>(toGraphAxis(fileAxis, rank))));
    return node.alias(numbers);
  }
  const bool isSame = input.type == output.type && input.quantization == output.quantization;
  return node.emit(isSame ? Op::identity : Op::convert, {}, {x}, node.fileShape(0));
}

}  // namespace pith::tflite

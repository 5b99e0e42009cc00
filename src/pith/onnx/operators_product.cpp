// SPDX-License-Identifier: Apache-2.0
/// @file Matrix products.
#include <algorithm>
#include <numeric>

#include "pith/onnx/operators.h"

namespace pith::onnx {
namespace {

Result<TensorId> swapLastAxes(OperatorImport& node, TensorId id) {
  std::vector<int64_t> permutation(node.tensor(id).shape.size());
  std::iota(permutation.begin(), permutation.end(), 0);
  std::swap(permutation[permutation.size() - 1], permutation[permutation.size() - 2]);
  return node.addTranspose(id, std::move(permutation));
}

Result<TensorId> scaled(OperatorImport& node, TensorId id, float factor) {
  if (factor == 1.0F) return id;
  PITH_ASSIGN_OR_RETURN(const TensorId constant, node.addScalar(factor));
  return node.addBinary(Op::multiply, id, constant);
}

/// A product of tensors with two axes or more. Constant weights become a fully connected node.
/// @param weightsAreTransposed  the second tensor is [..., N, K]
/// @param bias  [N], constant, or noTensor
Result<TensorId> multiply(OperatorImport& node, TensorId a, TensorId b, bool weightsAreTransposed, TensorId bias) {
  const Shape left = node.tensor(a).shape;
  const Shape right = node.tensor(b).shape;
  const bool isFullyConnected = node.tensor(b).isConstant && right.size() == 2 && !node.tensor(a).isConstant;
  const int64_t depth = right[right.size() - (weightsAreTransposed ? 1 : 2)];
  const int64_t columns = right[right.size() - (weightsAreTransposed ? 2 : 1)];
  if (left.back() != depth)
    return node.unsupportedShape("inputs " + shapeText(left) + " and " + shapeText(right) + " do not fit together");
  if (weightsAreTransposed != isFullyConnected) {
    PITH_ASSIGN_OR_RETURN(b, swapLastAxes(node, b));
  }
  if (isFullyConnected) {
    Shape output = left;
    output.back() = columns;
    return node.add(Op::fullyConnected, {}, {a, b, bias}, std::move(output));
  }
  PITH_ASSIGN_OR_RETURN(Shape output, node.broadcast(Shape(left.begin(), left.end() - 2), Shape(right.begin(), right.end() - 2)));
  output.push_back(left[left.size() - 2]);
  output.push_back(columns);
  PITH_ASSIGN_OR_RETURN(const TensorId product, node.add(Op::matMul, {}, {a, b}, std::move(output)));
  if (bias == noTensor) return product;
  return node.addBinary(Op::add, product, bias);
}

/// A constant bias that is the same for every row, as [N]; else noTensor.
Result<TensorId> rowBias(OperatorImport& node, TensorId bias, int64_t columns) {
  const Tensor& tensor = node.tensor(bias);
  const bool isRow = tensor.shape.empty() || static_cast<int64_t>(tensor.floats.size()) == tensor.shape.back();
  if (!tensor.isConstant || !isRow || (tensor.floats.size() != 1 && tensor.floats.size() != static_cast<size_t>(columns)))
    return noTensor;
  std::vector<float> values(static_cast<size_t>(columns), tensor.floats[0]);
  if (tensor.floats.size() > 1) values = tensor.floats;
  return node.addConstant({columns}, std::move(values));
}

}  // namespace

Status importGemm(OperatorImport& node) {
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 2, 2));
  PITH_RETURN_IF_ERROR(node.requireFloat(1, 2, 2));
  TensorId a = node.inputId(0), b = node.inputId(1);
  const bool isTransposed = node.intAttribute("transB", 0) != 0;
  if (node.intAttribute("transA", 0) != 0) {
    PITH_ASSIGN_OR_RETURN(a, swapLastAxes(node, a));
  }
  // The factor goes to the weights, where they are constant.
  const float alpha = node.floatAttribute("alpha", 1.0F);
  const bool scalesWeights = node.tensor(b).isConstant;
  if (scalesWeights) {
    PITH_ASSIGN_OR_RETURN(b, scaled(node, b, alpha));
  }
  const Shape weights = node.tensor(b).shape;
  TensorId bias = noTensor, row = noTensor;
  if (node.hasInput(2)) {
    PITH_RETURN_IF_ERROR(node.requireFloat(2, 0, 2));
    PITH_ASSIGN_OR_RETURN(bias, scaled(node, node.inputId(2), node.floatAttribute("beta", 1.0F)));
    if (scalesWeights || alpha == 1.0F) {
      PITH_ASSIGN_OR_RETURN(row, rowBias(node, bias, weights[isTransposed ? 0 : 1]));
    }
  }
  PITH_ASSIGN_OR_RETURN(TensorId product, multiply(node, a, b, isTransposed, row));
  if (!scalesWeights) {
    PITH_ASSIGN_OR_RETURN(product, scaled(node, product, alpha));
  }
  const Shape shape = node.tensor(product).shape;
  if (bias != noTensor && row == noTensor) {
    PITH_ASSIGN_OR_RETURN(product, node.addBinary(Op::add, product, bias));
  }
  if (node.tensor(product).shape != shape) return node.unsupportedShape("its bias does not fit its product " + shapeText(shape));
  return node.give(product);
}

Result<TensorId> addMatMul(OperatorImport& node, TensorId a, TensorId b) {
  const bool isRow = node.tensor(a).shape.size() == 1, isColumn = node.tensor(b).shape.size() == 1;
  if (isRow) {
    PITH_ASSIGN_OR_RETURN(a, node.addReshape(a, {1, node.tensor(a).shape[0]}));
  }
  if (isColumn) {
    PITH_ASSIGN_OR_RETURN(b, node.addReshape(b, {node.tensor(b).shape[0], 1}));
  }
  PITH_ASSIGN_OR_RETURN(const TensorId product, multiply(node, a, b, false, noTensor));
  Shape shape = node.tensor(product).shape;
  if (isColumn) shape.pop_back();
  if (isRow) shape.erase(shape.end() - (isColumn ? 1 : 2));
  return node.addReshape(product, std::move(shape));
}

Status importMatMul(OperatorImport& node) {
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 1, maxAxes));
  PITH_RETURN_IF_ERROR(node.requireFloat(1, 1, maxAxes));
  return node.give(addMatMul(node, node.inputId(0), node.inputId(1)));
}

namespace {

/// Letters of an operand of Einsum, or nothing where they are no plain list of axes.
Result<std::string> letters(const OperatorImport& node, std::string_view term, size_t rank) {
  std::string result;
  for (char c : term) {
    if (c == ' ') continue;
    if (c < 'A' || (c > 'Z' && c < 'a') || c > 'z') return node.unsupportedOperator("only letters are supported in its equation");
    if (result.find(c) != std::string::npos) return node.unsupportedOperator("a letter stands twice for one tensor");
    result += c;
  }
  if (rank != SIZE_MAX && result.size() != rank) return node.corrupt("its equation does not fit its inputs");
  return result;
}

struct Operand {
  TensorId id;
  std::string axes;
};

/// The axes in another order.
Result<TensorId> ordered(OperatorImport& node, const Operand& operand, const std::string& order) {
  std::vector<int64_t> permutation;
  for (char c : order) permutation.push_back(static_cast<int64_t>(operand.axes.find(c)));
  if (std::ranges::is_sorted(permutation)) return operand.id;
  return node.addTranspose(operand.id, std::move(permutation));
}

int64_t extentOf(const OperatorImport& node, const Operand& operand, const std::string& axes) {
  int64_t extent = 1;
  for (char c : axes) extent *= node.tensor(operand.id).shape[operand.axes.find(c)];
  return extent;
}

Result<TensorId> asMatrix(OperatorImport& node, const Operand& operand, const std::string& batch, const std::string& rows,
                          const std::string& columns) {
  PITH_ASSIGN_OR_RETURN(const TensorId id, ordered(node, operand, batch + rows + columns));
  return node.addReshape(id, {extentOf(node, operand, batch), extentOf(node, operand, rows), extentOf(node, operand, columns)});
}

}  // namespace

/// Two operands, as one matrix product: letters that both and the result have are its batch, those that the
/// result lacks are summed over.
Status importEinsum(OperatorImport& node) {
  const std::string equation = node.stringAttribute("equation", "");
  const size_t comma = equation.find(','), arrow = equation.find("->");
  if (node.inputCount() != 2 || comma == std::string::npos || arrow == std::string::npos || comma > arrow)
    return node.unsupportedOperator("only products of two tensors with a written result are supported");
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 1, maxAxes));
  PITH_RETURN_IF_ERROR(node.requireFloat(1, 1, maxAxes));
  const std::string_view text = equation;
  Operand a{node.inputId(0), {}}, b{node.inputId(1), {}};
  PITH_ASSIGN_OR_RETURN(a.axes, letters(node, text.substr(0, comma), node.input(0).shape.size()));
  PITH_ASSIGN_OR_RETURN(b.axes, letters(node, text.substr(comma + 1, arrow - comma - 1), node.input(1).shape.size()));
  PITH_ASSIGN_OR_RETURN(const std::string output, letters(node, text.substr(arrow + 2), SIZE_MAX));
  std::string batch, rows, columns, summed;
  Shape shape;
  const auto has = [](const std::string& axes, char c) { return axes.find(c) != std::string::npos; };
  for (char c : output) {
    if (!has(a.axes, c) && !has(b.axes, c)) return node.corrupt("its result has an axis that no input has");
    (has(a.axes, c) ? (has(b.axes, c) ? batch : rows) : columns) += c;
  }
  for (char c : a.axes) {
    if (has(b.axes, c) && extentOf(node, a, {c}) != extentOf(node, b, {c}))
      return node.unsupportedShape("its inputs do not fit together");
    if (!has(output, c) && !has(b.axes, c)) return node.unsupportedOperator("sums over an axis of one tensor are not supported");
    if (!has(output, c)) summed += c;
  }
  for (char c : b.axes) {
    if (!has(output, c) && !has(a.axes, c)) return node.unsupportedOperator("sums over an axis of one tensor are not supported");
  }
  PITH_ASSIGN_OR_RETURN(const TensorId left, asMatrix(node, a, batch, rows, summed));
  PITH_ASSIGN_OR_RETURN(const TensorId right, asMatrix(node, b, batch, summed, columns));
  PITH_ASSIGN_OR_RETURN(const TensorId product, multiply(node, left, right, false, noTensor));
  Operand result{noTensor, batch + rows + columns};
  for (char c : result.axes) shape.push_back(extentOf(node, has(a.axes, c) ? a : b, {c}));
  PITH_ASSIGN_OR_RETURN(result.id, node.addReshape(product, std::move(shape)));
  return node.give(ordered(node, result, output));
}

}  // namespace pith::onnx

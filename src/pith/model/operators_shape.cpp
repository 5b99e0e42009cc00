// SPDX-License-Identifier: Apache-2.0
/// @file Operators that move values without computing any. Those of constants are folded.
#include <algorithm>
#include <numeric>

#include "pith/model/operators.h"

namespace pith::onnx {
namespace {

constexpr size_t maxRank = 6;

/// The same values under another shape.
Status reshapeTo(OperatorImport& node, Shape shape) {
  if (shape.size() > maxRank)
    return node.unsupportedShape("its result " + shapeText(shape) + " has more than 6 axes");
  if (node.input(0).isConstant) {
    Tensor constant = node.input(0);
    constant.shape = std::move(shape);
    return node.fold(std::move(constant));
  }
  return node.emit(Op::reshape, {}, {node.inputId(0)}, std::move(shape));
}

int64_t countOf(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

template <typename T>
std::vector<T> permuted(const std::vector<T>& values, const Shape& shape,
                        const std::vector<int64_t>& permutation) {
  const size_t rank = shape.size();
  std::vector<int64_t> strides(rank, 1);
  for (size_t i = rank; i-- > 1;) strides[i - 1] = strides[i] * shape[i];
  std::vector<int64_t> index(rank, 0);
  std::vector<T> result;
  result.reserve(values.size());
  for (size_t n = 0; n < values.size(); ++n) {
    int64_t offset = 0;
    for (size_t i = 0; i < rank; ++i) offset += index[i] * strides[static_cast<size_t>(permutation[i])];
    result.push_back(values[static_cast<size_t>(offset)]);
    for (size_t i = rank; i-- > 0;) {
      if (++index[i] < shape[static_cast<size_t>(permutation[i])]) break;
      index[i] = 0;
    }
  }
  return result;
}

Status foldConcat(OperatorImport& node) {
  Tensor constant;
  constant.type = DataType::int64;
  for (size_t i = 0; i < node.inputCount(); ++i) {
    const Tensor& part = node.input(i);
    if (!part.isConstant || part.type != DataType::int64 || part.shape.size() != 1) {
      return node.unsupportedOperator("constants are joined only where they are lists of whole numbers");
    }
    constant.integers.insert(constant.integers.end(), part.integers.begin(), part.integers.end());
    if (static_cast<int64_t>(constant.integers.size()) > node.limits().maxTensorElements)
      return node.corrupt("its result is too long");
  }
  constant.shape = {static_cast<int64_t>(constant.integers.size())};
  return node.fold(std::move(constant));
}

}  // namespace

Status importIdentity(OperatorImport& node) {
  if (node.input(0).isConstant) return node.fold(node.input(0));
  return node.emit(Op::identity, {}, {node.inputId(0)}, node.input(0).shape);
}

Status importDropout(OperatorImport& node) {
  if (node.hasInput(2) && (!node.input(2).isConstant || node.input(2).integers != std::vector<int64_t>{0})) {
    return node.unsupportedOperator("it is in training mode");
  }
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 0, maxRank));
  return node.emit(Op::dropout, {}, {node.inputId(0)}, node.input(0).shape);
}

Status importCast(OperatorImport& node) {
  const auto to = static_cast<ElementType>(node.intAttribute("to", 0));
  const bool toFloat = to == ElementType::float32 || to == ElementType::float16;
  const bool toInteger = to == ElementType::int64 || to == ElementType::int32;
  const Tensor& input = node.input(0);
  if ((input.type == DataType::float32 && toFloat) || (input.type == DataType::int64 && toInteger))
    return importIdentity(node);
  return node.unsupportedOperator(
      "only casts between float types, and between types of whole numbers, are supported");
}

Status importConcat(OperatorImport& node) {
  bool allConstant = true;
  for (size_t i = 0; i < node.inputCount(); ++i) {
    if (!node.hasInput(i)) return node.corrupt("input " + std::to_string(i) + " is missing");
    allConstant = allConstant && node.input(i).isConstant;
  }
  if (allConstant) return foldConcat(node);
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 1, maxRank));
  Shape output = node.input(0).shape;
  PITH_ASSIGN_OR_RETURN(const int64_t axis, node.axisIn(node.intAttribute("axis", 1), output.size()));
  const auto along = static_cast<size_t>(axis);
  std::vector<TensorId> inputs{node.inputId(0)};
  for (size_t i = 1; i < node.inputCount(); ++i) {
    PITH_RETURN_IF_ERROR(node.requireFloat(i, output.size(), output.size()));
    const Shape& part = node.input(i).shape;
    for (size_t j = 0; j < output.size(); ++j) {
      if (j != along && part[j] != output[j]) {
        return node.unsupportedShape("shapes " + shapeText(node.input(0).shape) + " and " + shapeText(part) +
                                     " do not fit together");
      }
    }
    output[along] += part[along];
    inputs.push_back(node.inputId(i));
  }
  return node.emit(Op::concat, AxisAttributes{axis}, std::move(inputs), std::move(output));
}

Status importFlatten(OperatorImport& node) {
  const Shape& shape = node.input(0).shape;
  const int64_t rank = static_cast<int64_t>(shape.size());
  int64_t axis = node.intAttribute("axis", 1);
  if (axis < -rank || axis > rank)
    return node.corrupt("axis " + std::to_string(axis) + " lies outside the tensor");
  if (axis < 0) axis += rank;
  const auto middle = shape.begin() + static_cast<std::ptrdiff_t>(axis);
  const Shape before(shape.begin(), middle);
  const Shape after(middle, shape.end());
  return reshapeTo(node, {countOf(before), countOf(after)});
}

Status importReshape(OperatorImport& node) {
  if (!node.hasInput(1)) return node.corrupt("its shape is missing");
  PITH_ASSIGN_OR_RETURN(Shape shape, node.intsFrom(1, "shape"));
  const Shape& input = node.input(0).shape;
  const bool zeroCopies = node.intAttribute("allowzero", 0) == 0;
  int64_t known = 1;
  std::optional<size_t> open;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0 && zeroCopies && i < input.size()) shape[i] = input[i];
    if (shape[i] == -1 && !open) {
      open = i;
    } else if (shape[i] < 0 || shape[i] > node.limits().maxTensorElements ||
               (known *= shape[i]) > node.limits().maxTensorElements) {
      return node.corrupt("its shape is " + shapeText(shape));
    }
  }
  const int64_t count = countOf(input);
  if (open && known > 0) shape[*open] = count / known;
  if (known == 0 || (open ? known * shape[*open] : known) != count) {
    return node.unsupportedShape("input " + shapeText(input) + " cannot become " + shapeText(shape));
  }
  return reshapeTo(node, std::move(shape));
}

Status importSqueeze(OperatorImport& node) {
  PITH_ASSIGN_OR_RETURN(auto axes, node.intsFrom(1, "axes"));
  const Shape& input = node.input(0).shape;
  std::vector<bool> dropped(input.size(), false);
  for (int64_t axis : axes) {
    PITH_ASSIGN_OR_RETURN(const int64_t at, node.axisIn(axis, input.size()));
    if (input[static_cast<size_t>(at)] != 1)
      return node.corrupt("axis " + std::to_string(at) + " of " + shapeText(input) + " is not 1");
    dropped[static_cast<size_t>(at)] = true;
  }
  Shape output;
  for (size_t i = 0; i < input.size(); ++i) {
    if (axes.empty() ? input[i] != 1 : !dropped[i]) output.push_back(input[i]);
  }
  return reshapeTo(node, std::move(output));
}

Status importUnsqueeze(OperatorImport& node) {
  PITH_ASSIGN_OR_RETURN(auto axes, node.intsFrom(1, "axes"));
  const Shape& input = node.input(0).shape;
  const size_t rank = input.size() + axes.size();
  if (rank > maxRank) return node.unsupportedShape("its result has more than 6 axes");
  Shape output(rank, 0);
  for (int64_t axis : axes) {
    PITH_ASSIGN_OR_RETURN(const int64_t at, node.axisIn(axis, rank));
    if (output[static_cast<size_t>(at)] != 0)
      return node.corrupt("axis " + std::to_string(at) + " is named twice");
    output[static_cast<size_t>(at)] = 1;
  }
  size_t next = 0;
  for (int64_t& extent : output) {
    if (extent == 0) extent = input[next++];
  }
  return reshapeTo(node, std::move(output));
}

Status importTranspose(OperatorImport& node) {
  const Shape input = node.input(0).shape;
  std::vector<int64_t> permutation = node.intsAttribute("perm");
  if (permutation.empty()) {
    permutation.resize(input.size());
    std::iota(permutation.rbegin(), permutation.rend(), 0);
  }
  std::vector<int64_t> sorted = permutation;
  std::ranges::sort(sorted);
  for (size_t i = 0; i < sorted.size(); ++i) {
    if (sorted.size() != input.size() || sorted[i] != static_cast<int64_t>(i)) {
      return node.corrupt("perm " + shapeText(permutation) + " is no order of the axes of " +
                          shapeText(input));
    }
  }
  if (input.size() > maxRank) return node.unsupportedShape("its input has more than 6 axes");
  Shape output;
  for (int64_t axis : permutation) output.push_back(input[static_cast<size_t>(axis)]);
  if (!node.input(0).isConstant) {
    return node.emit(Op::transpose, TransposeAttributes{std::move(permutation)}, {node.inputId(0)},
                     std::move(output));
  }
  Tensor constant;
  constant.type = node.input(0).type;
  constant.shape = std::move(output);
  constant.floats = permuted(node.input(0).floats, input, permutation);
  constant.integers = permuted(node.input(0).integers, input, permutation);
  return node.fold(std::move(constant));
}

}  // namespace pith::onnx

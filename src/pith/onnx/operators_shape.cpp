// SPDX-License-Identifier: Apache-2.0
/// @file Operators that give values another shape or order.
#include <algorithm>
#include <numeric>

#include "pith/onnx/operators.h"

namespace pith::onnx {
namespace {

int64_t countOf(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

}  // namespace

Status importIdentity(OperatorImport& node) { return node.give(node.inputId(0)); }

Status importDropout(OperatorImport& node) {
  const bool isTraining = node.hasInput(2) && (!node.input(2).isConstant || node.input(2).integers != std::vector<int64_t>{0});
  const bool neverDrops = isTraining && node.hasInput(1) && node.input(1).floats == std::vector<float>{0.0F};
  if ((isTraining && !neverDrops) || (node.opset() < 7 && node.intAttribute("is_test", 0) == 0))
    return node.unsupportedOperator("it is in training mode");
  if (node.hasOutput(1)) {
    Tensor mask;
    mask.type = DataType::int64;
    mask.element = NumberType::boolean;
    mask.shape = node.input(0).shape;
    PITH_RETURN_IF_ERROR(node.reserveFolded(countOf(mask.shape)));
    mask.integers.assign(static_cast<size_t>(countOf(mask.shape)), 1);
    PITH_RETURN_IF_ERROR(node.give(node.addConstant(std::move(mask)), 1));
  }
  return node.emit(Op::dropout, {}, {node.inputId(0)}, node.input(0).shape);
}

Status importConcat(OperatorImport& node) {
  std::vector<TensorId> inputs;
  for (size_t i = 0; i < node.inputCount(); ++i) {
    if (!node.hasInput(i)) return node.corrupt("input " + std::to_string(i) + " is missing");
    inputs.push_back(node.inputId(i));
  }
  Shape output = node.input(0).shape;
  PITH_ASSIGN_OR_RETURN(const int64_t axis, node.axisIn(node.intAttribute("axis", 1), output.size()));
  const auto along = static_cast<size_t>(axis);
  for (size_t i = 1; i < node.inputCount(); ++i) {
    Shape part = node.input(i).shape;
    bool fits = part.size() == output.size();
    for (size_t j = 0; fits && j < output.size(); ++j) fits = j == along || part[j] == output[j];
    if (!fits) {
      return node.unsupportedShape("shapes " + shapeText(node.input(0).shape) + " and " + shapeText(part) +
                                   " do not fit together");
    }
    output[along] += part[along];
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
  return node.give(node.addReshape(node.inputId(0), {countOf(before), countOf(after)}));
}

Status importReshape(OperatorImport& node) {
  if (!node.hasInput(1) && !node.attribute("shape")) return node.corrupt("its shape is missing");
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
  if ((open && known == 0) || (open ? known * shape[*open] : known) != count) {
    return node.unsupportedShape("input " + shapeText(input) + " cannot become " + shapeText(shape));
  }
  return node.give(node.addReshape(node.inputId(0), std::move(shape)));
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
  return node.give(node.addReshape(node.inputId(0), std::move(output)));
}

Status importUnsqueeze(OperatorImport& node) {
  PITH_ASSIGN_OR_RETURN(auto axes, node.intsFrom(1, "axes"));
  const Shape& input = node.input(0).shape;
  const size_t rank = input.size() + axes.size();
  if (rank > maxAxes) return node.unsupportedShape("its result has more than " + std::to_string(maxAxes) + " axes");
  Shape output(rank, -1);
  for (int64_t axis : axes) {
    PITH_ASSIGN_OR_RETURN(const int64_t at, node.axisIn(axis, rank));
    if (output[static_cast<size_t>(at)] != -1)
      return node.corrupt("axis " + std::to_string(at) + " is named twice");
    output[static_cast<size_t>(at)] = 1;
  }
  size_t next = 0;
  for (int64_t& extent : output) {
    if (extent == -1) extent = input[next++];
  }
  return node.give(node.addReshape(node.inputId(0), std::move(output)));
}

Status importTranspose(OperatorImport& node) {
  const Shape& input = node.input(0).shape;
  std::vector<int64_t> permutation = node.intsAttribute("perm");
  if (permutation.empty()) {
    permutation.resize(input.size());
    std::iota(permutation.rbegin(), permutation.rend(), 0);
  }
  std::vector<int64_t> sorted = permutation;
  std::ranges::sort(sorted);
  for (size_t i = 0; i < sorted.size(); ++i) {
    if (sorted.size() != input.size() || sorted[i] != static_cast<int64_t>(i)) {
      return node.corrupt("perm " + shapeText(permutation) + " is no order of the axes of " + shapeText(input));
    }
  }
  return node.give(node.addTranspose(node.inputId(0), std::move(permutation)));
}

Status importExpand(OperatorImport& node) {
  PITH_ASSIGN_OR_RETURN(const Shape wanted, node.intsFrom(1, "shape"));
  const Shape input = node.input(0).shape;
  if (!elementCount(wanted, node.limits()) || wanted.size() > maxAxes)
    return Error{ErrorCode::modelTooLarge, node.corrupt("its shape is " + shapeText(wanted)).detail};
  PITH_ASSIGN_OR_RETURN(Shape output, node.broadcast(input, wanted));
  if (output == input) return node.give(node.inputId(0));
  return node.emit(Op::expand, {}, {node.inputId(0)}, std::move(output));
}

/// Every axis gets one before it, which is then expanded.
Status importTile(OperatorImport& node) {
  PITH_ASSIGN_OR_RETURN(const auto repeats, node.intsFrom(1, "repeats"));
  const Shape input = node.input(0).shape;
  if (repeats.size() != input.size()) return node.corrupt("it repeats " + std::to_string(repeats.size()) + " axes of " + shapeText(input));
  Shape spread, expanded, output;
  for (size_t i = 0; i < input.size(); ++i) {
    if (repeats[i] < 1 || repeats[i] > node.limits().maxTensorElements || input[i] * repeats[i] > node.limits().maxTensorElements)
      return node.unsupportedShape("it repeats " + shapeText(repeats) + " times");
    output.push_back(input[i] * repeats[i]);
    if (repeats[i] > 1) {
      spread.push_back(1);
      expanded.push_back(repeats[i]);
    }
    spread.push_back(input[i]);
    expanded.push_back(input[i]);
  }
  PITH_ASSIGN_OR_RETURN(const TensorId apart, node.addReshape(node.inputId(0), spread));
  if (expanded == spread) return node.give(apart);
  PITH_ASSIGN_OR_RETURN(const TensorId repeated, node.add(Op::expand, {}, {apart}, std::move(expanded)));
  return node.give(node.addReshape(repeated, std::move(output)));
}

Status importDepthToSpace(OperatorImport& node) {
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 4, 4));
  const Shape s = node.input(0).shape;
  const int64_t block = node.intAttribute("blocksize", 0);
  if (block < 1 || block > 1024 || s[1] % (block * block) != 0)
    return node.corrupt("blocks of " + std::to_string(block) + " do not divide " + std::to_string(s[1]) + " channels");
  const int64_t channels = s[1] / (block * block);
  const bool blocksFirst = node.stringAttribute("mode", "DCR") == "DCR";
  const Shape split = blocksFirst ? Shape{s[0], block, block, channels, s[2], s[3]} : Shape{s[0], channels, block, block, s[2], s[3]};
  PITH_ASSIGN_OR_RETURN(const TensorId parts, node.addReshape(node.inputId(0), split));
  const std::vector<int64_t> order = blocksFirst ? std::vector<int64_t>{0, 3, 4, 1, 5, 2} : std::vector<int64_t>{0, 1, 4, 2, 5, 3};
  PITH_ASSIGN_OR_RETURN(const TensorId moved, node.addTranspose(parts, order));
  return node.give(node.addReshape(moved, {s[0], channels, s[2] * block, s[3] * block}));
}

Status importSpaceToDepth(OperatorImport& node) {
  PITH_RETURN_IF_ERROR(node.requireFloat(0, 4, 4));
  const Shape s = node.input(0).shape;
  const int64_t block = node.intAttribute("blocksize", 0);
  if (block < 1 || s[2] % block != 0 || s[3] % block != 0)
    return node.corrupt("blocks of " + std::to_string(block) + " do not divide " + shapeText(s));
  PITH_ASSIGN_OR_RETURN(const TensorId parts, node.addReshape(node.inputId(0), {s[0], s[1], s[2] / block, block, s[3] / block, block}));
  PITH_ASSIGN_OR_RETURN(const TensorId moved, node.addTranspose(parts, {0, 3, 5, 1, 2, 4}));
  return node.give(node.addReshape(moved, {s[0], s[1] * block * block, s[2] / block, s[3] / block}));
}

}  // namespace pith::onnx

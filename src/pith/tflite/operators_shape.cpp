// SPDX-License-Identifier: Apache-2.0
/// @file What moves elements and changes none.
#include <algorithm>

#include "pith/tflite/operators.h"

namespace pith::tflite {
namespace {

/// The elements keep their place in memory.
Status reshape(OperatorImport& node, const Shape& shape) {
  PITH_ASSIGN_OR_RETURN(const TensorId x, node.input(0));
  return node.emitReshaped(x, shape);
}

/// Blocks of a map become channels, or the other way round: `cut` apart, in another order, and together again.
Status moveBlocks(OperatorImport& node, const Shape& cut, const std::vector<int64_t>& order, const Shape& output) {
  PITH_ASSIGN_OR_RETURN(const TensorId x, node.input(0));
  const Tensor like = node.tensor(x);
  PITH_ASSIGN_OR_RETURN(const TensorId parts, node.reshaped(x, cut));
  Shape moved;
  for (int64_t axis : order) moved.push_back(cut[static_cast<size_t>(axis)]);
  PITH_ASSIGN_OR_RETURN(const TensorId ordered,
                        node.emitBefore(Op::transpose, TransposeAttributes{order}, {parts}, moved, like));
  return node.emitReshaped(ordered, output);
}

constexpr int64_t largestBlock = 1024;

}  // namespace

Status importConcatenation(OperatorImport& node) {
  const auto* options = node.options<file::ConcatOptions>();
  if (!options) return node.corrupt("it has no options");
  if (options->activation() != file::Activation::none)
    return node.unsupportedOperator("it has a fused activation");
  Shape shape = node.fileShape(0);
  PITH_ASSIGN_OR_RETURN(const int64_t axis, node.axisIn(options->axis(), shape.size()));
  const auto at = static_cast<size_t>(axis);
  PITH_ASSIGN_OR_RETURN(const Tensor described, node.describedOutput());
  std::vector<TensorId> inputs;
  for (size_t i = 0; i < node.inputCount(); ++i) {
    if (!node.hasInput(i)) return node.corrupt("input " + std::to_string(i) + " is missing");
    const Shape part = node.fileShape(i);
    Shape aligned = part;
    if (part.size() == shape.size()) aligned[at] = shape[at];
    if (i > 0 && aligned != shape)
      return node.corrupt("it joins " + shapeText(shape) + " with " + shapeText(part));
    PITH_ASSIGN_OR_RETURN(TensorId id, node.input(i));
    if (node.tensor(id).quantization != described.quantization) {
      PITH_ASSIGN_OR_RETURN(id, node.number(i));
    }
    inputs.push_back(id);
    if (i > 0) shape[at] += part[at];
    if (shape[at] > node.tensors().limits().maxTensorElements)
      return node.corrupt("it joins more than is allowed");
  }
  return node.emit(Op::concat, AxisAttributes{toGraphAxis(axis, shape.size())}, std::move(inputs), shape);
}

/// The target is the second input where it is known, and an option in old files.
Status importReshape(OperatorImport& node) {
  Shape target;
  if (node.hasInput(1)) {
    PITH_ASSIGN_OR_RETURN(target, node.integers(1));
  } else {
    const auto* options = node.options<file::ReshapeOptions>();
    if (!options || !options->new_shape()) return node.corrupt("it has no target shape");
    target.assign(options->new_shape()->begin(), options->new_shape()->end());
  }
  const auto elements = elementCount(node.fileShape(0), node.tensors().limits());
  if (!elements || target.size() > 6) return node.unsupportedShape("its target has more than 6 axes");
  const auto open = std::ranges::find(target, -1);
  if (open != target.end()) {
    *open = 1;
    const auto others = elementCount(target, node.tensors().limits());
    if (!others || *others < 1 || *elements % *others != 0)
      return node.corrupt("its target does not hold " + std::to_string(*elements) + " elements");
    *open = *elements / *others;
  }
  if (elementCount(target, node.tensors().limits()) != elements)
    return node.corrupt("its target " + shapeText(target) + " does not hold " + std::to_string(*elements) +
                        " elements");
  return reshape(node, target);
}

Status importSqueeze(OperatorImport& node) {
  const auto* options = node.options<file::SqueezeOptions>();
  const Shape shape = node.fileShape(0);
  std::vector<bool> isDropped(shape.size(), false);
  const bool namesAxes = options && options->axes() && options->axes()->size() > 0;
  for (uint32_t i = 0; namesAxes && i < options->axes()->size(); ++i) {
    PITH_ASSIGN_OR_RETURN(const int64_t axis, node.axisIn(options->axes()->Get(i), shape.size()));
    isDropped[static_cast<size_t>(axis)] = true;
  }
  Shape target;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    const bool drops = namesAxes ? isDropped[axis] : shape[axis] == 1;
    if (drops && shape[axis] != 1)
      return node.corrupt("it drops axis " + std::to_string(axis) + " of " + shapeText(shape));
    if (!drops) target.push_back(shape[axis]);
  }
  return reshape(node, target);
}

Status importExpandDims(OperatorImport& node) {
  Shape shape = node.fileShape(0);
  PITH_ASSIGN_OR_RETURN(const auto axes, node.integers(1));
  if (axes.size() != 1) return node.corrupt("it names no single axis");
  PITH_ASSIGN_OR_RETURN(const int64_t axis, node.axisIn(axes[0], shape.size() + 1));
  shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis), 1);
  return reshape(node, shape);
}

/// A transpose that only moves extents of 1 is a reshape.
Status importTranspose(OperatorImport& node) {
  const Shape shape = node.fileShape(0);
  const size_t rank = shape.size();
  PITH_ASSIGN_OR_RETURN(const TensorId x, node.input(0));
  PITH_ASSIGN_OR_RETURN(const auto permutation, node.integers(1));
  if (node.tensors().isChannelsFirst(node.fileIndex(0))) {
    if (permutation == std::vector<int64_t>{0, 2, 3, 1}) return node.alias(x);
    return node.unsupportedShape("the [N, C, H, W] input must be transposed to [N, H, W, C]");
  }
  std::vector<int64_t> sorted = permutation;
  std::ranges::sort(sorted);
  for (size_t i = 0; i < rank; ++i) {
    if (sorted.size() != rank || sorted[i] != static_cast<int64_t>(i))
      return node.corrupt("its permutation " + shapeText(permutation) + " is none of " +
                          std::to_string(rank) + " axes");
  }
  Shape output;
  std::vector<int64_t> moved;
  for (int64_t axis : permutation) {
    const int64_t extent = shape[static_cast<size_t>(axis)];
    output.push_back(extent);
    if (extent != 1) moved.push_back(axis);
  }
  if (std::ranges::is_sorted(moved)) return reshape(node, output);
  TransposeAttributes attributes;
  attributes.permutation.resize(rank);
  for (size_t i = 0; i < rank; ++i) {
    const auto at = static_cast<size_t>(toGraphAxis(static_cast<int64_t>(i), rank));
    attributes.permutation[at] = toGraphAxis(permutation[i], rank);
  }
  return node.emit(Op::transpose, std::move(attributes), {x}, output);
}

/// Tensors of one shape along an axis that they lack.
Status importPack(OperatorImport& node) {
  const auto* options = node.options<file::PackOptions>();
  const Shape shape = node.fileShape(0);
  PITH_ASSIGN_OR_RETURN(const int64_t axis, node.axisIn(options ? options->axis() : 0, shape.size() + 1));
  if (shape.size() == 6) return node.unsupportedShape("its result has more than 6 axes");
  Shape slice = shape;
  slice.insert(slice.begin() + static_cast<std::ptrdiff_t>(axis), 1);
  PITH_ASSIGN_OR_RETURN(const Tensor described, node.describedOutput());
  std::vector<TensorId> inputs;
  for (size_t i = 0; i < node.inputCount(); ++i) {
    if (!node.hasInput(i)) return node.corrupt("input " + std::to_string(i) + " is missing");
    if (node.fileShape(i) != shape)
      return node.corrupt("it joins " + shapeText(shape) + " with " + shapeText(node.fileShape(i)));
    PITH_ASSIGN_OR_RETURN(TensorId id, node.input(i));
    if (node.tensor(id).quantization != described.quantization) {
      PITH_ASSIGN_OR_RETURN(id, node.number(i));
    }
    PITH_ASSIGN_OR_RETURN(const TensorId wide, node.reshaped(id, slice));
    inputs.push_back(wide);
  }
  slice[static_cast<size_t>(axis)] = static_cast<int64_t>(node.inputCount());
  return node.emit(Op::concat, AxisAttributes{toGraphAxis(axis, slice.size())}, std::move(inputs), slice);
}

/// Shapes are known, so this is a constant.
Status importShape(OperatorImport& node) {
  PITH_ASSIGN_OR_RETURN(Tensor constant, node.describedOutput());
  if (constant.type != DataType::int64) return node.corrupt("its output holds no whole numbers");
  constant.integers = node.fileShape(0);
  constant.shape = {static_cast<int64_t>(constant.integers.size())};
  PITH_ASSIGN_OR_RETURN(const TensorId id, node.addConstant(std::move(constant)));
  return node.alias(id);
}

Status importBroadcastTo(OperatorImport& node) {
  PITH_ASSIGN_OR_RETURN(const auto target, node.integers(1));
  Shape shape = node.fileShape(0);
  bool fits = target.size() >= shape.size() && target.size() <= 6;
  if (fits) shape.insert(shape.begin(), target.size() - shape.size(), 1);
  for (size_t axis = 0; fits && axis < shape.size(); ++axis) fits = shape[axis] == 1 || shape[axis] == target[axis];
  if (!fits) return node.corrupt(shapeText(node.fileShape(0)) + " does not broadcast to " + shapeText(target));
  PITH_ASSIGN_OR_RETURN(const TensorId x, node.number(0));
  PITH_ASSIGN_OR_RETURN(const TensorId wide, node.reshaped(x, shape));
  if (shape == target) return node.emitReshaped(wide, target);
  return node.emit(Op::expand, {}, {wide}, target);
}

/// Channels are [row, column, channel] of a block.
Status importDepthToSpace(OperatorImport& node) {
  const auto* options = node.options<file::DepthToSpaceOptions>();
  const int64_t block = options ? options->block_size() : 0;
  const Shape s = node.fileShape(0);
  if (s.size() != 4 || block < 1 || block > largestBlock || s[3] % (block * block) != 0)
    return node.corrupt("blocks of " + std::to_string(block) + " do not divide the channels of " + shapeText(s));
  const int64_t channels = s[3] / (block * block);
  return moveBlocks(node, {s[0], s[1], s[2], block, block, channels}, {0, 1, 3, 2, 4, 5},
                    {s[0], s[1] * block, s[2] * block, channels});
}

Status importSpaceToDepth(OperatorImport& node) {
  const auto* options = node.options<file::SpaceToDepthOptions>();
  const int64_t block = options ? options->block_size() : 0;
  const Shape s = node.fileShape(0);
  if (s.size() != 4 || block < 1 || block > largestBlock || s[1] % block != 0 || s[2] % block != 0)
    return node.corrupt("blocks of " + std::to_string(block) + " do not divide the places of " + shapeText(s));
  return moveBlocks(node, {s[0], s[1] / block, block, s[2] / block, block, s[3]}, {0, 1, 3, 2, 4, 5},
                    {s[0], s[1] / block, s[2] / block, s[3] * block * block});
}

}  // namespace pith::tflite

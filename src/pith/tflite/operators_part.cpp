// SPDX-License-Identifier: Apache-2.0
/// @file Operators that take a part of a tensor.
#include <algorithm>

#include "pith/tflite/operators.h"

namespace pith::tflite {
namespace {

/// Places start + i * step of each axis, in file axes; `shape` says how many.
struct Part {
  Shape starts, steps, shape;
};

Part wholeOf(const Shape& shape) { return {Shape(shape.size(), 0), Shape(shape.size(), 1), shape}; }

/// The part, of which `shape` drops axes of 1, becomes an output. Nothing is computed: what has 8 bits keeps them.
Status emitPart(OperatorImport& node, TensorId x, const Part& part, const Shape& shape, size_t output = 0) {
  const bool isWhole = part.shape == toFileShape(node.tensor(x).shape) &&
                       std::ranges::all_of(part.steps, [](int64_t step) { return step > 0; });
  if (isWhole) return node.emitReshaped(x, shape, output);
  SliceAttributes slice{toGraphShape(part.starts), toGraphShape(part.steps)};
  if (shape == part.shape) return node.emit(Op::slice, std::move(slice), {x}, shape, {}, output);
  PITH_ASSIGN_OR_RETURN(const Tensor described, node.describedOutput(output));
  PITH_ASSIGN_OR_RETURN(const TensorId taken, node.emitBefore(Op::slice, std::move(slice), {x}, part.shape, described));
  return node.emitReshaped(taken, shape, output);
}

/// Parts one behind the other along an axis.
Status emitParts(OperatorImport& node, TensorId x, size_t axis, const std::vector<int64_t>& sizes) {
  const Shape shape = toFileShape(node.tensor(x).shape);
  if (sizes.size() != node.outputCount())
    return node.corrupt("its outputs and parts are not equally many");
  int64_t start = 0;
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] < 1 || sizes[i] > shape[axis] - start)
      return node.corrupt("parts of " + shapeText(sizes) + " do not fit " + shapeText(shape));
    Part part = wholeOf(shape);
    part.starts[axis] = start;
    part.shape[axis] = sizes[i];
    start += sizes[i];
    PITH_RETURN_IF_ERROR(emitPart(node, x, part, part.shape, i));
  }
  if (start == shape[axis]) return {};
  return node.corrupt("parts of " + shapeText(sizes) + " do not fill " + shapeText(shape));
}

Result<size_t> axisOfInput(const OperatorImport& node, size_t input, size_t rank) {
  PITH_ASSIGN_OR_RETURN(const auto axes, node.integers(input));
  if (axes.size() != 1) return node.corrupt("it names no single axis");
  PITH_ASSIGN_OR_RETURN(const int64_t axis, node.axisIn(axes[0], rank));
  return static_cast<size_t>(axis);
}

/// What STRIDED_SLICE says of one axis.
struct Range {
  int64_t begin, end, step;
  bool isOpenAtBegin, isOpenAtEnd, isOnePlace;
};

/// Counted as Python does: negative places from the end, and what lies outside ends at the border.
Status restrict(const OperatorImport& node, Part& part, size_t axis, const Range& range) {
  const int64_t extent = part.shape[axis];
  if (range.step == 0) return node.corrupt("a step is 0");
  const bool isForward = range.step > 0;
  if (range.isOnePlace) {
    int64_t at = isForward ? 0 : extent - 1;
    if (!range.isOpenAtBegin) at = range.begin < 0 ? range.begin + extent : range.begin;
    if (at < 0 || at >= extent)
      return node.corrupt("place " + std::to_string(range.begin) + " lies outside axis " + std::to_string(axis) + " of " +
                          std::to_string(extent));
    part.starts[axis] = at;
    part.shape[axis] = 1;
    return {};
  }
  const auto place = [&](int64_t at) {
    return std::clamp(at < 0 ? at + extent : at, int64_t{isForward ? 0 : -1}, isForward ? extent : extent - 1);
  };
  const int64_t first = range.isOpenAtBegin ? (isForward ? 0 : extent - 1) : place(range.begin);
  const int64_t last = range.isOpenAtEnd ? (isForward ? extent : -1) : place(range.end);
  const int64_t span = isForward ? last - first : first - last;
  if (span <= 0) return node.unsupportedShape("it takes no place of axis " + std::to_string(axis));
  part.starts[axis] = first;
  part.steps[axis] = range.step;
  part.shape[axis] = (span - 1) / std::abs(range.step) + 1;
  return {};
}

}  // namespace

/// A size of -1 is what is left of the axis.
Status importSlice(OperatorImport& node) {
  const Shape shape = node.fileShape(0);
  PITH_ASSIGN_OR_RETURN(const TensorId x, node.input(0));
  PITH_ASSIGN_OR_RETURN(const auto begins, node.integers(1));
  PITH_ASSIGN_OR_RETURN(const auto sizes, node.integers(2));
  if (begins.size() != shape.size() || sizes.size() != shape.size())
    return node.corrupt("its places are not those of " + shapeText(shape));
  Part part = wholeOf(shape);
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    const int64_t left = begins[axis] < 0 ? -1 : shape[axis] - begins[axis];
    const int64_t size = sizes[axis] == -1 ? left : sizes[axis];
    if (size < 1 || size > left)
      return node.corrupt("from " + shapeText(begins) + " on, " + shapeText(shape) + " has no " + shapeText(sizes));
    part.starts[axis] = begins[axis];
    part.shape[axis] = size;
  }
  return emitPart(node, x, part, part.shape);
}

Status importStridedSlice(OperatorImport& node) {
  const auto* options = node.options<file::StridedSliceOptions>();
  const Shape shape = node.fileShape(0);
  PITH_ASSIGN_OR_RETURN(const TensorId x, node.input(0));
  PITH_ASSIGN_OR_RETURN(const auto begins, node.integers(1));
  PITH_ASSIGN_OR_RETURN(const auto ends, node.integers(2));
  PITH_ASSIGN_OR_RETURN(const auto steps, node.integers(3));
  if (begins.size() > shape.size() || ends.size() != begins.size() || steps.size() != begins.size())
    return node.corrupt("its places are not those of " + shapeText(shape));
  if (options && (options->ellipsis_mask() != 0 || options->new_axis_mask() != 0))
    return node.unsupportedOperator("ellipses and new axes are not supported");
  const auto isSet = [](int32_t mask, size_t axis) { return (mask >> axis & 1) != 0; };
  Part part = wholeOf(shape);
  Shape output;
  const auto isFar = [](int64_t place) { return place < INT32_MIN || place > INT32_MAX; };
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    const bool isNamed = axis < begins.size();
    if (isNamed) {
      Range range{begins[axis], ends[axis], steps[axis], false, false, false};
      if (isFar(range.begin) || isFar(range.end) || isFar(range.step))
        return node.corrupt("its places are not those of " + shapeText(shape));
      if (options) {
        range.isOpenAtBegin = isSet(options->begin_mask(), axis);
        range.isOpenAtEnd = isSet(options->end_mask(), axis);
        range.isOnePlace = isSet(options->shrink_axis_mask(), axis);
        if (options->offset()) {
          if (range.begin < 0) range.begin += shape[axis];
          range.end += range.begin;
        }
      }
      PITH_RETURN_IF_ERROR(restrict(node, part, axis, range));
      if (range.isOnePlace) continue;
    }
    output.push_back(part.shape[axis]);
  }
  return emitPart(node, x, part, output);
}

/// Equal parts.
Status importSplit(OperatorImport& node) {
  const Shape shape = node.fileShape(1);
  PITH_ASSIGN_OR_RETURN(const TensorId x, node.input(1));
  PITH_ASSIGN_OR_RETURN(const size_t axis, axisOfInput(node, 0, shape.size()));
  const auto count = static_cast<int64_t>(node.outputCount());
  if (shape[axis] % count != 0)
    return node.corrupt(shapeText(shape) + " has no " + std::to_string(count) + " equal parts");
  return emitParts(node, x, axis, std::vector<int64_t>(node.outputCount(), shape[axis] / count));
}

/// One size may be -1: what the others leave.
Status importSplitV(OperatorImport& node) {
  const Shape shape = node.fileShape(0);
  PITH_ASSIGN_OR_RETURN(const TensorId x, node.input(0));
  PITH_ASSIGN_OR_RETURN(auto sizes, node.integers(1));
  PITH_ASSIGN_OR_RETURN(const size_t axis, axisOfInput(node, 2, shape.size()));
  int64_t left = shape[axis];
  for (int64_t size : sizes) {
    if (size < -1 || size > shape[axis]) return node.corrupt("a part has the size " + std::to_string(size));
    left -= std::max<int64_t>(size, 0);
  }
  const auto open = std::ranges::find(sizes, -1);
  if (open != sizes.end()) *open = left;
  return emitParts(node, x, axis, sizes);
}

/// Every place of an axis for itself, without the axis.
Status importUnpack(OperatorImport& node) {
  const auto* options = node.options<file::UnpackOptions>();
  const Shape shape = node.fileShape(0);
  PITH_ASSIGN_OR_RETURN(const TensorId x, node.input(0));
  PITH_ASSIGN_OR_RETURN(const int64_t at, node.axisIn(options ? options->axis() : 0, shape.size()));
  const auto axis = static_cast<size_t>(at);
  if (shape[axis] != static_cast<int64_t>(node.outputCount()))
    return node.corrupt("it makes " + std::to_string(node.outputCount()) + " parts of " + shapeText(shape));
  Shape output = shape;
  output.erase(output.begin() + static_cast<std::ptrdiff_t>(axis));
  for (size_t i = 0; i < node.outputCount(); ++i) {
    Part part = wholeOf(shape);
    part.starts[axis] = static_cast<int64_t>(i);
    part.shape[axis] = 1;
    PITH_RETURN_IF_ERROR(emitPart(node, x, part, output, i));
  }
  return {};
}

/// The indices stand where the axis was. One index is a part, for which there are kernels.
Status importGather(OperatorImport& node) {
  const auto* options = node.options<file::GatherOptions>();
  if (options && options->batch_dims() != 0)
    return node.unsupportedOperator("indices for each picture of a batch are not supported");
  if (!node.isConstant(1)) return node.unsupportedOperator("its indices must be constant");
  const Shape shape = node.fileShape(0), indicesShape = node.fileShape(1);
  PITH_ASSIGN_OR_RETURN(const TensorId x, node.input(0));
  PITH_ASSIGN_OR_RETURN(const auto indices, node.integers(1));
  PITH_ASSIGN_OR_RETURN(const int64_t at, node.axisIn(options ? options->axis() : 0, shape.size()));
  if (indicesShape.size() > 2 || indices.empty())
    return node.unsupportedShape("its indices have shape " + shapeText(indicesShape) + "; up to 2 axes are allowed");
  const auto axis = static_cast<size_t>(at);
  PITH_RETURN_IF_ERROR(node.tensors().keepTable(static_cast<int64_t>(indices.size())));
  GatherAttributes gather{toGraphAxis(at, shape.size()), {}, {static_cast<int64_t>(indices.size())}};
  for (int64_t index : indices) {
    if (index < 0 || index >= shape[axis])
      return node.corrupt("index " + std::to_string(index) + " lies outside axis " + std::to_string(at) + " of " + shapeText(shape));
    gather.indices.push_back(index);
  }
  Shape output = shape;
  const auto place = static_cast<std::ptrdiff_t>(at);
  output.erase(output.begin() + place);
  output.insert(output.begin() + place, indicesShape.begin(), indicesShape.end());
  Part part = wholeOf(shape);
  part.starts[axis] = indices[0];
  part.shape[axis] = static_cast<int64_t>(indices.size());
  if (indices.size() == 1) return emitPart(node, x, part, output);
  if (output == part.shape) return node.emit(Op::gather, std::move(gather), {x}, output);
  PITH_ASSIGN_OR_RETURN(const Tensor described, node.describedOutput());
  PITH_ASSIGN_OR_RETURN(const TensorId taken, node.emitBefore(Op::gather, std::move(gather), {x}, part.shape, described));
  return node.emitReshaped(taken, output);
}

}  // namespace pith::tflite

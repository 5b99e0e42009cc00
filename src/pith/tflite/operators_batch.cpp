// SPDX-License-Identifier: Apache-2.0
/// @file Blocks of a map as batches. Converters write a dilated convolution as SPACE_TO_BATCH_ND, one without dilation, and
/// BATCH_TO_SPACE_ND. Here the map stays whole, and what is done to its batches is done to it.
#include <algorithm>

#include "pith/tflite/operators.h"

namespace pith::tflite {
namespace {

constexpr int32_t convCode = 3, depthwiseCode = 4, batchToSpaceCode = 37;
constexpr int64_t widestBorder = int64_t{1} << 20;

/// What does the same to each place (ADD, DEQUANTIZE, LOGISTIC, MUL, RELU, RELU_N1_TO_1, RELU6, SUB, PRELU, LEAKY_RELU, QUANTIZE,
/// HARD_SWISH, RELU_0_TO_1), and what knows of batches.
constexpr uint8_t takesBatches[] = {0, convCode, depthwiseCode, 6, 14, 18, 19, 20, 21, batchToSpaceCode, 41, 54, 98, 114, 117, 152};

/// A number for each channel, or one for all.
bool isOnePlace(const Shape& shape) {
  return shape.size() <= 4 && (shape.empty() || std::all_of(shape.begin(), shape.end() - 1, [](int64_t extent) { return extent == 1; }));
}

/// Both directions: `border` is put around the map before it is cut into batches, or taken off when it is together again.
Status moveBatches(OperatorImport& node, bool isBack) {
  Shape shape = node.fileShape(0);
  PITH_ASSIGN_OR_RETURN(const TensorId x, node.input(0));
  PITH_ASSIGN_OR_RETURN(const auto block, node.integers(1));
  PITH_ASSIGN_OR_RETURN(const auto border, node.integers(2));
  const Block known = node.tensors().block(node.fileIndex(0));
  bool fits = !node.isConstant(0) && shape.size() == 4 && block.size() == 2 && border.size() == 4;
  for (size_t axis = 0; axis < 2 && fits; ++axis) {
    const int64_t before = border[2 * axis], after = border[2 * axis + 1];
    fits = before >= 0 && after >= 0 && before <= widestBorder && after <= widestBorder && block[axis] > 0;
    int64_t& extent = shape[axis + 1];
    if (fits) extent += isBack ? -before - after : before + after;
    fits = fits && (isBack ? block[axis] == known[axis] && extent > 0 : extent % block[axis] == 0);
  }
  if (!fits)
    return node.unsupportedShape(isBack ? "its batches are no such blocks of a SPACE_TO_BATCH_ND, or nothing is left of them"
                                        : "a computed [N, H, W, C] with a border that is cut into whole blocks is allowed");
  Shape first{0, 0, border[0], border[2]};
  if (isBack) return node.emit(Op::slice, SliceAttributes{std::move(first), {1, 1, 1, 1}}, {x}, shape);
  node.tensors().setBlock(node.outputIndex(), {block[0], block[1]});
  return node.emit(Op::pad, PadAttributes{std::move(first), {0, 0, border[1], border[3]}}, {x}, shape);
}

}  // namespace

Error notOnBatches(const OperatorImport& node) {
  return node.unsupportedOperator("it is not supported between SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND");
}

Status keepBatches(OperatorImport& node, int32_t code) {
  Tensors& tensors = node.tensors();
  Block block = noBlock;
  for (size_t i = 0; i < node.inputCount(); ++i) {
    if (node.hasInput(i) && tensors.block(node.fileIndex(i)) != noBlock) block = tensors.block(node.fileIndex(i));
  }
  if (block == noBlock) return {};
  bool isKnown = std::ranges::find(takesBatches, code) != std::end(takesBatches);
  const bool isOfNumbers = code != convCode && code != depthwiseCode && code != batchToSpaceCode;
  for (size_t i = 0; isOfNumbers && i < node.inputCount(); ++i)
    isKnown = isKnown && (tensors.block(node.fileIndex(i)) == block || isOnePlace(node.fileShape(i)));
  if (!isKnown) return notOnBatches(node);
  if (code != batchToSpaceCode) tensors.setBlock(node.outputIndex(), block);
  return {};
}

Status importSpaceToBatch(OperatorImport& node) { return moveBatches(node, false); }
Status importBatchToSpace(OperatorImport& node) { return moveBatches(node, true); }

}  // namespace pith::tflite

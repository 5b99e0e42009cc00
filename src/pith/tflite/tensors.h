// SPDX-License-Identifier: Apache-2.0
/// @file The tensors of a TensorFlow Lite file and what became of them in the graph.
#pragma once

#include <string_view>

#include "pith/base/bytes.h"
#include "pith/model/graph.h"
#include "tflite_generated.h"

namespace pith::tflite {

/// Rank 4 is NHWC in the file and NCHW in the graph; other ranks are the same in both.
[[nodiscard]] Shape toGraphShape(const Shape& fileShape);
[[nodiscard]] Shape toFileShape(const Shape& graphShape);
[[nodiscard]] int64_t toGraphAxis(int64_t fileAxis, size_t rank);
[[nodiscard]] int64_t toFileAxis(int64_t graphAxis, size_t rank);

/// Rows and columns of a map whose places are batches of their own in the file (SPACE_TO_BATCH_ND).
using Block = std::array<int64_t, 2>;
inline constexpr Block noBlock{1, 1};

class Tensors {
 public:
  /// @param model  verified; has one subgraph at least, whose vectors are there
  Tensors(const file::Model& model, const Limits& limits);

  [[nodiscard]] Graph& graph() { return graph_; }
  [[nodiscard]] const Graph& graph() const { return graph_; }
  [[nodiscard]] const Limits& limits() const { return limits_; }
  [[nodiscard]] int32_t count() const { return static_cast<int32_t>(made_.size()); }
  [[nodiscard]] const file::Tensor& message(int32_t index) const;
  [[nodiscard]] bool isConstant(int32_t index) const;

  /// The graph's tensor of a file's tensor: noTensor where it is neither made nor read.
  [[nodiscard]] TensorId made(int32_t index) const { return made_[static_cast<size_t>(index)].id; }
  void setMade(int32_t index, TensorId id) { made_[static_cast<size_t>(index)].id = id; }
  /// What the file has in batches is whole in the graph.
  [[nodiscard]] Block block(int32_t index) const { return made_[static_cast<size_t>(index)].block; }
  void setBlock(int32_t index, Block block) { made_[static_cast<size_t>(index)].block = block; }

  [[nodiscard]] std::string name(int32_t index) const;
  [[nodiscard]] Shape fileShape(int32_t index) const;
  /// Every extent is written down, so that computed shapes must be these; not in batches, whose shape is another.
  [[nodiscard]] bool hasFixedShape(int32_t index) const;
  /// The network's input where the file has it as [N, C, H, W]; in memory it is [N, H, W, C] all the same.
  [[nodiscard]] bool isChannelsFirst(int32_t index) const { return index == channelsFirst_; }
  void setChannelsFirst(int32_t index) { channelsFirst_ = index; }
  /// The file leaves the input's size open, so that the shapes behind it are not to be trusted.
  void leaveShapesOpen() { hasOpenInput_ = true; }
  /// Name, type and quantisation; no shape.
  [[nodiscard]] Result<Tensor> described(int32_t index) const;
  /// A constant as the graph's tensor; read once.
  [[nodiscard]] Result<TensorId> constant(int32_t index);
  [[nodiscard]] Result<std::vector<int64_t>> integers(int32_t index) const;
  /// Adds a constant, whose elements count towards the limit.
  [[nodiscard]] Result<TensorId> addConstant(Tensor constant);
  /// Room for the indices and weights that a node keeps, before memory is taken for them.
  [[nodiscard]] Status keepTable(int64_t entries);
  /// Room for what computing constants takes, so that a small file cannot ask for much time.
  [[nodiscard]] Status reserveFolding(std::optional<int64_t> operations);
  /// A constant of the same elements in the file's order, cut into another shape.
  [[nodiscard]] Result<TensorId> reshapedConstant(TensorId constant, const Shape& fileShape);
  /// The numbers that a quantised constant stands for, where its scales belong to this axis of the graph.
  [[nodiscard]] Result<TensorId> dequantized(TensorId constant, size_t axis);

 private:
  struct Made {
    TensorId id = noTensor;
    Block block = noBlock;
  };

  [[nodiscard]] Result<ByteView> payload(int32_t index, size_t elementBytes, int64_t elements) const;
  [[nodiscard]] Result<Quantization> quantization(int32_t index, DataType type) const;
  [[nodiscard]] Error corrupt(int32_t index, const std::string& what) const;

  const file::Model& model_;
  const file::Subgraph& subgraph_;
  const Limits& limits_;
  Graph graph_;
  std::vector<Made> made_;
  int64_t constantElements_ = 0, foldingOperations_ = 0, tableEntries_ = 0;
  bool hasOpenInput_ = false;
  int32_t channelsFirst_ = -1;
};

}  // namespace pith::tflite

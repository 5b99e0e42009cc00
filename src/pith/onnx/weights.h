// SPDX-License-Identifier: Apache-2.0
/// @file Which large weights of a file are in memory while it is imported. Without them a network's outline comes out: the same
/// tensors and nodes, but constants that need a large weight say so (`Tensor::missing`) and hold no numbers. Private to onnx.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "pith/onnx/wire.h"

namespace pith::onnx {

class Weights {
 public:
  /// Everything is in memory when it is needed, or, for an outline, nothing for longer than one node needs it.
  Weights(Graph& graph, const ModelMessage& model, const Limits& limits, bool isOutline);
  /// What is missing in an outline is in memory when it is needed, where it depends on weights that are wanted alone.
  /// @param wanted  numbers of weights, ascending, as `Tensor::missing` has them
  Weights(Graph& graph, const ModelMessage& model, const Limits& limits, const Graph& outline, std::vector<uint32_t> wanted);

  /// A tensor of the file as a constant of the graph. A large one gets its numbers when a node needs them.
  /// @errors those of toConstant
  [[nodiscard]] Result<TensorId> add(const TensorMessage& message);
  /// Nodes know a tensor by this name.
  void named(std::string_view name, TensorId id);
  /// Gives a tensor its numbers, where it is one of the file's and waits for them.
  /// @errors those of toConstant
  [[nodiscard]] Status fill(TensorId id);
  [[nodiscard]] bool isWanted(TensorId id) const;

  /// Reads the weights that are wanted, and those whose numbers the operator looks at.
  /// @return false where it looks at numbers that were computed from weights that are not wanted
  /// @errors those of toConstant
  [[nodiscard]] Result<bool> beforeNode(const NodeMessage& message, const std::vector<TensorId>& inputs);
  /// Gives back what was read for this node alone, and weights that neither the graph nor a later node reads.
  void afterNode(const std::vector<TensorId>& inputs, size_t tensorsBefore, size_t nodesBefore);

 private:
  [[nodiscard]] bool isOfFile(TensorId id) const;
  [[nodiscard]] bool isLarge(const Tensor& tensor) const;
  void leaveOut(TensorId id, std::vector<uint32_t> missing);
  void forget(TensorId id);
  void countUses(const GraphMessage& graph);

  Graph& graph_;
  const ModelMessage& model_;
  const Limits& limits_;
  const Graph* outline_ = nullptr;
  std::optional<std::vector<uint32_t>> wanted_;  // nothing: all
  std::vector<const TensorMessage*> messages_;  // by number
  std::vector<TensorId> ids_;                   // by number
  std::vector<std::pair<TensorId, std::vector<uint32_t>>> borrowed_;  // read for the node that is being imported, and what it misses else
  std::unordered_map<std::string_view, int> uses_;  // by name: nodes and outputs of the file
  std::vector<int> usesLeft_;                       // by tensor
  std::vector<uint8_t> isHeld_;                     // by tensor: 1 where a node of the graph reads it
};

}  // namespace pith::onnx

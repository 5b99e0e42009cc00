// SPDX-License-Identifier: Apache-2.0
/// @file What nodes mean to whoever looks for a place to cut: layouts, poolings, normalisations. Private to
/// model/.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "pith/model/tap.h"

namespace pith {

/// What the axes of a tensor of rank 4 are, as far as it is known.
enum class Layout : uint8_t { unknown, channelsFirst, channelsLast };

/// A graph with what the search for taps asks again and again.
class TapSearch {
 public:
  explicit TapSearch(const Graph& graph);

  [[nodiscard]] const Graph& graph() const { return graph_; }
  [[nodiscard]] const GraphIndex& index() const { return index_; }
  [[nodiscard]] const Shape& shape(TensorId id) const { return graph_.tensor(id).shape; }
  [[nodiscard]] Layout layout(TensorId id) const { return layouts_[static_cast<size_t>(id)]; }

  /// The node that makes a tensor; null for inputs and constants.
  [[nodiscard]] const Node* producer(TensorId id) const;
  /// The tensor before identities and dropouts.
  [[nodiscard]] TensorId behindIdentities(TensorId id) const;
  /// What features a tensor can give; nothing where its shape gives none.
  [[nodiscard]] std::optional<Tap> tapAt(TensorId id) const;
  /// Where a node pools: what it pools, and how.
  [[nodiscard]] std::optional<Tap> pooledBy(const Node& node) const;
  /// The tensor behind the LayerNorm that takes this vector; `noTensor` where there is none.
  [[nodiscard]] TensorId layerNormOf(TensorId id) const;

 private:
  [[nodiscard]] std::optional<Tap> reducedBy(const Node& node, const std::vector<int64_t>& axes,
                                             Pooling pooling) const;
  [[nodiscard]] TensorId userOf(TensorId id, std::string_view opType) const;
  [[nodiscard]] bool choosesFirstToken(const Node& node) const;
  [[nodiscard]] TensorId mapBehindTokens(TensorId id) const;
  void findClassTokens();
  void noteChannelsLast(const Node& node);
  [[nodiscard]] std::optional<Tap> tapAt(TensorId id, Pooling pooling) const;

  const Graph& graph_;
  GraphIndex index_;
  std::vector<Layout> layouts_;
  std::map<Shape, TensorId> withClassToken_;
};

/// The last candidates with their shapes, for messages.
[[nodiscard]] std::string tapListText(const Graph& graph);

/// Nodes that only rename what they are given, or cannot change a pooled value's meaning.
[[nodiscard]] bool passesThrough(const Node& node);

/// A feature map with more than one place, in whatever layout: more than one extent is more than 1.
[[nodiscard]] bool isSpatial(const Shape& shape);
/// [1, T, C] with more than one token.
[[nodiscard]] bool isTokens(const Shape& shape);

}  // namespace pith

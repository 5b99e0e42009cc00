// SPDX-License-Identifier: Apache-2.0
/// @file In which order the elements of each tensor lie in memory. Private to infer/.
///
/// Tensors of rank 4 are feature maps for some operations, which want their channels last, and stacks of
/// matrices for others. Each tensor gets the order in which it is made; who needs the other one, transposes.
#pragma once

#include <array>

#include "pith/model/graph.h"

namespace pith {

enum class MemoryOrder : uint8_t {
  asGraph,       // row-major, as the graph says
  channelsLast,  // rank 4 only: the graph's [N, C, H, W] lies as [N, H, W, C]
};

/// Memory axis i of a map is graph axis toChannelsLast[i]; graph axis i is memory axis fromChannelsLast[i].
inline constexpr std::array<size_t, 4> toChannelsLast{0, 2, 3, 1};
inline constexpr std::array<size_t, 4> fromChannelsLast{0, 3, 1, 2};

/// The order of every tensor. Inputs and outputs of the graph that have rank 4 are channels last, except an
/// input that the file itself wants as NHWC.
[[nodiscard]] std::vector<MemoryOrder> chooseMemoryOrders(const Graph& graph);

/// The extents in memory.
[[nodiscard]] Shape shapeIn(MemoryOrder order, const Shape& shape);
[[nodiscard]] size_t axisIn(MemoryOrder order, int64_t axis);
/// Both orders put the elements of a rank-4 tensor in the same sequence.
[[nodiscard]] bool isSameSequence(const Shape& shape);
/// Strides of the graph's axes, in elements.
[[nodiscard]] std::vector<int64_t> stridesIn(MemoryOrder order, const Shape& shape);
/// A permutation of rank 4 as one of memory axes.
[[nodiscard]] std::vector<size_t> permutationIn(MemoryOrder from, MemoryOrder to, const std::vector<int64_t>& permutation);

}  // namespace pith

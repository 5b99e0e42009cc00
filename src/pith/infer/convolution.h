// SPDX-License-Identifier: Apache-2.0
/// @file A convolution that kernels of our own compute. Private to infer/.
#pragma once

#include <memory>

#include "pith/base/bytes.h"
#include "pith/infer/memory_order.h"
#include "pith/infer/xnn_handles.h"

namespace pith {

class Convolution {
 public:
  Convolution() = default;
  Convolution(const Convolution&) = delete;
  Convolution& operator=(const Convolution&) = delete;
  virtual ~Convolution() = default;

  /// Floats that `run` works in.
  [[nodiscard]] virtual size_t scratchCount() const { return 0; }
  /// @param input, output  maps with their channels last
  /// @param scratch  of scratchCount() floats, whatever they are
  [[nodiscard]] virtual xnn_status run(const float* input, float* output, float* scratch) const = 0;
};

/// A map of one image, channels last.
struct MapExtents {
  size_t rows = 0, columns = 0, channels = 0;
};
[[nodiscard]] MapExtents mapExtents(const Graph& graph, TensorId id);

/// Input and output are such maps of floats; weights and bias, if there is one, are constant floats.
[[nodiscard]] bool isFloatConvolution(const Graph& graph, const Node& node, const std::vector<MemoryOrder>& orders);
/// The node's bias, or zeros.
[[nodiscard]] FloatBuffer biasesOf(const Graph& graph, const Node& node);

}  // namespace pith

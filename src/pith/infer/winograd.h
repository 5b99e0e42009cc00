// SPDX-License-Identifier: Apache-2.0
/// @file Convolutions of 3x3 windows with fewer multiplications. Private to infer/.
#pragma once

#include "pith/base/bytes.h"
#include "pith/infer/memory_order.h"
#include "pith/infer/xnn_handles.h"

namespace pith {

/// WinogradConv can compute the node and is likely to be faster than XNNPACK's own convolution.
[[nodiscard]] bool isForWinograd(const Graph& graph, const Node& node, const std::vector<MemoryOrder>& orders);
/// What its weights grow by: they are kept for 4x4 places instead of 3x3.
[[nodiscard]] int64_t winogradExtraBytes(const Graph& graph, const Node& node);

/// One convolution as F(2x2, 3x3): 16 products for each 2x2 results and pair of channels instead of 36. Tiles are transformed
/// by additions alone (tile_transforms.h); then all tiles of a block are multiplied by the weights of each place in one matrix
/// product.
class WinogradConv {
 public:
  WinogradConv() = default;
  /// @param node  one of `graph` that isForWinograd is true of; its weights may be given back afterwards
  [[nodiscard]] static Result<WinogradConv> create(const Graph& graph, const Node& node);

  /// Floats that `run` works in.
  [[nodiscard]] size_t scratchCount() const;
  /// @param input, output  maps with their channels last
  /// @param scratch  of scratchCount() floats, whatever they are
  [[nodiscard]] xnn_status run(const float* input, float* output, FloatBuffer& scratch) const;

 private:
  struct Map {
    size_t rows = 0, columns = 0, channels = 0;
  };
  void gather(const float* input, size_t firstTile, float* to) const;
  void scatter(const float* from, size_t firstTile, float* output) const;

  OperatorPtr product_;
  Map from_, to_;
  size_t padTop_ = 0, padLeft_ = 0;
  size_t tileColumns_ = 0, tiles_ = 0, tilesPerBlock_ = 0;
  ClampRange clamp_;
  FloatBuffer bias_;
};

}  // namespace pith

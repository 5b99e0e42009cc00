// SPDX-License-Identifier: Apache-2.0
/// @file Memory for what passes between the segments of a session. Private to infer/.
#pragma once

#include "pith/base/bytes.h"
#include "pith/infer/segments.h"

namespace pith {

/// Tensors whose lives do not meet share memory.
class Buffers {
 public:
  Buffers(const Graph& graph, const std::vector<Segment>& segments);

  /// Where a tensor lies; null for constants, inputs of the graph and what stays within an XNNPACK segment.
  [[nodiscard]] float* of(TensorId id) { return number_[static_cast<size_t>(id)] < 0 ? nullptr : storage_[static_cast<size_t>(number_[static_cast<size_t>(id)])].data(); }

 private:
  std::vector<int32_t> number_;
  std::vector<FloatBuffer> storage_;
};

}  // namespace pith

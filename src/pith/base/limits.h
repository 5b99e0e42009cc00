// SPDX-License-Identifier: Apache-2.0
/// @file What the library accepts at most. Every bound is checked before memory is taken for what it bounds.
#pragma once

#include <cstdint>

namespace pith {

struct Limits {
  /// Width x height of an image, in pixels, before orientation and resizing.
  int64_t maxPixels = 100'000'000;
  /// Size of a model file, in bytes.
  int64_t maxModelBytes = int64_t{2} << 30;
  /// Elements of one tensor in a network (weights or activations).
  int64_t maxTensorElements = int64_t{1} << 29;
  /// Nodes in a network.
  int64_t maxNodes = 100'000;
  /// Size of a container's header, in bytes. Cap'n Proto's own traversal limit is derived from it.
  int64_t maxHeaderBytes = int64_t{64} << 20;
};

}  // namespace pith

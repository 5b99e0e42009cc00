// SPDX-License-Identifier: Apache-2.0
/// @file The main path's fourth step: a feature map becomes one vector.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace pith {

enum class Pooling : uint8_t {
  average,  // global average over the spatial axes of the tap
  none,     // the tap is a vector already
};
/// "average" or "none"
[[nodiscard]] std::string_view poolingName(Pooling pooling);

/// The mean over all places, accumulated in double in memory order and rounded once, so that it is the same
/// in every build, whatever the SIMD variant.
/// @param map       float32 [H, W, C], row-major
/// @param channels  C; divides map.size()
/// @return          float32 [C]
[[nodiscard]] std::vector<float> averagePool(std::span<const float> map, size_t channels);

}  // namespace pith

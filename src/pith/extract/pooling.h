// SPDX-License-Identifier: Apache-2.0
/// @file The main path's fourth step: a feature map, or a row of tokens, becomes one vector.
#pragma once

#include <span>
#include <vector>

#include "pith/model/pooling_kind.h"

namespace pith {

/// How many values `pool` returns.
[[nodiscard]] size_t pooledCount(size_t places, size_t channels, Pooling pooling);

/// Sums are accumulated in double in memory order and rounded once, so that they are the same in every build,
/// whatever the SIMD variant. A value that is not a number gives one that is none.
/// @param map       float32 [places, C], row-major
/// @param channels  C; divides map.size()
/// @param power     p of generalizedMean, in (0, maxPoolingPower]
/// @return          float32 [pooledCount(places, C, pooling)]
[[nodiscard]] std::vector<float> pool(std::span<const float> map, size_t channels, Pooling pooling,
                                      float power = defaultPoolingPower);

}  // namespace pith

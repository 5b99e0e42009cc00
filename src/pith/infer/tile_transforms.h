// SPDX-License-Identifier: Apache-2.0
/// @file The transforms of F(2x2, 3x3): 2x2 results from 4x4 samples, for many channels at once. Private to infer/.
/// @source A. Lavin, S. Gray, Fast Algorithms for Convolutional Neural Networks, CVPR 2016, section 4.1
#pragma once

#include <array>
#include <cstddef>

namespace pith::tile {

inline constexpr size_t edge = 4;             // of a tile's samples
inline constexpr size_t places = edge * edge;  // of a transformed tile
inline constexpr size_t lanes = 4;             // counts of channels are multiples of it

/// G g G' of windows of 3x3.
/// @param windows  [channels, 3, 3]
/// @param to  [places, channels]; each place `stride` behind the one before, here and below
void transformWindows(const float* windows, size_t channels, float* to, size_t stride);

/// B' d B
/// @param samples  of each place, [channels]
void transformSamples(const std::array<const float*, places>& samples, size_t channels, float* to, size_t stride);

/// A' m A, a bias added, between two limits.
/// @param to  [channels] for each of the 2x2 results, or null where none is wanted
void transformProducts(const float* from, size_t stride, const float* bias, float min, float max, size_t channels,
                       const std::array<float*, 4>& to);

}  // namespace pith::tile

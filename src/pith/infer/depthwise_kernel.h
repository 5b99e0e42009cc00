// SPDX-License-Identifier: Apache-2.0
/// @file Four results of a depthwise convolution at once. Private to infer/.
#pragma once

#include <cstddef>

namespace pith::depthwise {

inline constexpr size_t lanes = 4;  // counts of channels are multiples of it
inline constexpr size_t block = 4;  // results beside each other, for which a weight is read once

/// Steps are in floats.
struct Windows {
  const float* weights;  // [channels / lanes, 1 + kernel's area, lanes]: the bias, then the window row by row
  size_t kernelColumns, kernelArea;
  size_t channels;
  size_t rowStep, columnStep;  // between the samples of a window
  size_t step;                 // between windows beside each other
  float min, max;
};

/// The places of a window that lie inside the map.
struct Part {
  size_t firstRow, rows, firstColumn, columns;
};

/// @param corner  the first sample of `part`
/// @param count  1 or `block`; all windows have the same part inside
/// @param output  [count, channels]
void compute(const Windows& windows, const Part& part, const float* corner, size_t count, float* output);

}  // namespace pith::depthwise

// SPDX-License-Identifier: Apache-2.0
#include "pith/infer/depthwise_kernel.h"

#include <array>

#include "pith/infer/four_floats.h"

namespace pith::depthwise {
namespace {

template <size_t count>
void computeSome(const Windows& w, const Part& part, const float* corner, float* output) {
  const size_t skipped = part.firstRow * w.kernelColumns + part.firstColumn;
  for (size_t channel = 0; channel < w.channels; channel += lanes) {
    const float* weights = w.weights + channel * (1 + w.kernelArea);
    FourFloats sums[count];
    for (FourFloats& sum : sums) sum = load(weights);
    const float* rowWeights = weights + (1 + skipped) * lanes;
    const float* row = corner + channel;
    for (size_t y = 0; y < part.rows; ++y, row += w.rowStep, rowWeights += w.kernelColumns * lanes) {
      const float* sample = row;
      for (size_t x = 0; x < part.columns; ++x, sample += w.columnStep) {
        const FourFloats weight = load(rowWeights + x * lanes);
        for (size_t i = 0; i < count; ++i) sums[i] += load(sample + i * w.step) * weight;
      }
    }
    for (size_t i = 0; i < count; ++i) store(between(sums[i], w.min, w.max), output + i * w.channels + channel);
  }
}

}  // namespace

void compute(const Windows& windows, const Part& part, const float* corner, size_t count, float* output) {
  // By address: written into a large function, its registers would not be enough.
  static constexpr std::array kernels{computeSome<1>, computeSome<block>};
  kernels[count == block ? 1 : 0](windows, part, corner, output);
}

}  // namespace pith::depthwise

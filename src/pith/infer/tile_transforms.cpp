// SPDX-License-Identifier: Apache-2.0
#include "pith/infer/tile_transforms.h"

#include "pith/infer/four_floats.h"

namespace pith::tile {
namespace {

using Doubles = double __attribute__((vector_size(lanes * sizeof(double))));

/// G g of three values that lie `stride` apart.
std::array<Doubles, edge> timesG(const Doubles* g, size_t stride) {
  const Doubles ends = g[0] + g[2 * stride], middle = g[stride];
  return {g[0], (ends + middle) * 0.5, (ends - middle) * 0.5, g[2 * stride]};
}

}  // namespace

/// Rounded once, at the end.
void transformWindows(const float* windows, size_t channels, float* to, size_t stride) {
  for (size_t c = 0; c < channels; c += lanes) {
    std::array<Doubles, 9> window;
    for (size_t k = 0; k < 9; ++k) {
      for (size_t lane = 0; lane < lanes; ++lane) window[k][lane] = static_cast<double>(windows[(c + lane) * 9 + k]);
    }
    std::array<Doubles, 3 * edge> half;
    for (size_t x = 0; x < 3; ++x) {
      const auto column = timesG(&window[x], 3);
      for (size_t y = 0; y < edge; ++y) half[y * 3 + x] = column[y];
    }
    for (size_t y = 0; y < edge; ++y) {
      const auto row = timesG(&half[y * 3], 1);
      for (size_t x = 0; x < edge; ++x) store(__builtin_convertvector(row[x], FourFloats), to + (y * edge + x) * stride + c);
    }
  }
}

void transformSamples(const std::array<const float*, places>& samples, size_t channels, float* to, size_t stride) {
  for (size_t channel = 0; channel < channels; channel += lanes) {
    std::array<std::array<FourFloats, edge>, edge> half;
    for (size_t x = 0; x < edge; ++x) {
      const FourFloats a = load(samples[x] + channel), b = load(samples[edge + x] + channel);
      const FourFloats c = load(samples[2 * edge + x] + channel), d = load(samples[3 * edge + x] + channel);
      half[0][x] = a - c;
      half[1][x] = b + c;
      half[2][x] = c - b;
      half[3][x] = b - d;
    }
    for (size_t y = 0; y < edge; ++y) {
      float* row = to + y * edge * stride + channel;
      store(half[y][0] - half[y][2], row);
      store(half[y][1] + half[y][2], row + stride);
      store(half[y][2] - half[y][1], row + 2 * stride);
      store(half[y][1] - half[y][3], row + 3 * stride);
    }
  }
}

void transformProducts(const float* from, size_t stride, const float* bias, float min, float max, size_t channels,
                       const std::array<float*, 4>& to) {
  const auto put = [&](FourFloats value, size_t place, size_t channel) {
    if (to[place]) store(between(value, min, max), to[place] + channel);
  };
  for (size_t channel = 0; channel < channels; channel += lanes) {
    std::array<std::array<FourFloats, edge>, 2> half;
    for (size_t x = 0; x < edge; ++x) {
      const float* column = from + x * stride + channel;
      const FourFloats a = load(column), b = load(column + edge * stride);
      const FourFloats c = load(column + 2 * edge * stride), d = load(column + 3 * edge * stride);
      half[0][x] = a + b + c;
      half[1][x] = b - c - d;
    }
    const FourFloats shift = load(bias + channel);
    for (size_t y = 0; y < 2; ++y) {
      put(half[y][0] + half[y][1] + half[y][2] + shift, y * 2, channel);
      put(half[y][1] - half[y][2] - half[y][3] + shift, y * 2 + 1, channel);
    }
  }
}

}  // namespace pith::tile

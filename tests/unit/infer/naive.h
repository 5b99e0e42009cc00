// SPDX-License-Identifier: Apache-2.0
/// @file What operators mean, written as plainly as possible: NCHW, double, no speed. Every value carries a
/// bound on how far float32 arithmetic may be from it.
///
/// A sum of n products in float32, in any order, is within n * u * sum|a*b| of the exact one to first order,
/// u = 2^-24 (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1); fused multiply-adds only
/// make it smaller. The bounds here are (n + 2) * 2u * sum|a*b|: twice that, with two roundings more for bias
/// and clamp.
#pragma once

#include <algorithm>
#include <array>
#include <cfloat>
#include <cmath>
#include <limits>
#include <vector>

#include "pith/model/graph.h"

namespace pith::test {

struct Values {
  Shape shape;
  std::vector<double> exact;
  std::vector<double> bound;

  explicit Values(Shape extents) : shape(std::move(extents)) {
    size_t count = 1;
    for (int64_t extent : shape) count *= static_cast<size_t>(extent);
    exact.resize(count);
    bound.resize(count);
  }
  /// Exact values in a range that is not symmetric, so that signs and offsets matter.
  static Values noise(Shape extents, uint32_t seed) {
    Values values(std::move(extents));
    for (double& value : values.exact) {
      seed = seed * 1664525U + 1013904223U;
      value = static_cast<float>(seed >> 8) / 8388608.0F - 0.875F;
    }
    return values;
  }
  std::vector<float> floats() const { return {exact.begin(), exact.end()}; }
  size_t at(int64_t n, int64_t c, int64_t y, int64_t x) const {
    return static_cast<size_t>(((n * shape[1] + c) * shape[2] + y) * shape[3] + x);
  }
};

struct ConvSpec {
  int64_t groups = 1;
  std::array<int64_t, 2> stride{1, 1}, dilation{1, 1};
  std::array<int64_t, 4> pads{0, 0, 0, 0};  // top, left, bottom, right
};

inline Values naiveConv(const Values& x, const Values& w, const std::vector<double>& bias,
                        const ConvSpec& s) {
  const auto extent = [&](size_t axis) {
    const int64_t padded = x.shape[axis + 2] + s.pads[axis] + s.pads[axis + 2];
    return (padded - (w.shape[axis + 2] - 1) * s.dilation[axis] - 1) / s.stride[axis] + 1;
  };
  Values y({1, w.shape[0], extent(0), extent(1)});
  const int64_t perGroup = w.shape[0] / s.groups;
  for (int64_t o = 0; o < y.shape[1]; ++o) {
    for (int64_t oy = 0; oy < y.shape[2]; ++oy) {
      for (int64_t ox = 0; ox < y.shape[3]; ++ox) {
        double sum = bias[static_cast<size_t>(o)], magnitude = std::abs(sum), terms = 1;
        for (int64_t i = 0; i < w.shape[1]; ++i) {
          for (int64_t ky = 0; ky < w.shape[2]; ++ky) {
            for (int64_t kx = 0; kx < w.shape[3]; ++kx) {
              const int64_t iy = oy * s.stride[0] + ky * s.dilation[0] - s.pads[0];
              const int64_t ix = ox * s.stride[1] + kx * s.dilation[1] - s.pads[1];
              if (iy < 0 || ix < 0 || iy >= x.shape[2] || ix >= x.shape[3]) continue;
              const double product =
                  x.exact[x.at(0, o / perGroup * w.shape[1] + i, iy, ix)] * w.exact[w.at(o, i, ky, kx)];
              sum += product;
              magnitude += std::abs(product);
              terms += 1;
            }
          }
        }
        y.exact[y.at(0, o, oy, ox)] = sum;
        y.bound[y.at(0, o, oy, ox)] = (terms + 2) * FLT_EPSILON * magnitude;
      }
    }
  }
  return y;
}

struct PoolSpec {
  std::array<int64_t, 2> kernel{2, 2}, stride{1, 1}, dilation{1, 1};
  std::array<int64_t, 4> pads{0, 0, 0, 0};
  bool ceil = false, countPads = false, maximum = true;
};

inline int64_t naivePoolExtent(int64_t input, const PoolSpec& s, size_t axis) {
  const int64_t span = input + s.pads[axis] + s.pads[axis + 2] - (s.kernel[axis] - 1) * s.dilation[axis] - 1;
  int64_t extent = span / s.stride[axis] + 1;
  if (s.ceil && span % s.stride[axis] != 0 && extent * s.stride[axis] < input + s.pads[axis]) ++extent;
  return extent;
}

inline Values naivePool(const Values& x, const PoolSpec& s) {
  Values y({1, x.shape[1], naivePoolExtent(x.shape[2], s, 0), naivePoolExtent(x.shape[3], s, 1)});
  for (int64_t c = 0; c < y.shape[1]; ++c) {
    for (int64_t oy = 0; oy < y.shape[2]; ++oy) {
      for (int64_t ox = 0; ox < y.shape[3]; ++ox) {
        double sum = 0, magnitude = 0, count = 0, most = -std::numeric_limits<double>::infinity();
        for (int64_t ky = 0; ky < s.kernel[0]; ++ky) {
          for (int64_t kx = 0; kx < s.kernel[1]; ++kx) {
            const int64_t iy = oy * s.stride[0] + ky * s.dilation[0] - s.pads[0];
            const int64_t ix = ox * s.stride[1] + kx * s.dilation[1] - s.pads[1];
            const bool inPads = iy < x.shape[2] + s.pads[2] && ix < x.shape[3] + s.pads[3];
            const bool inside = iy >= 0 && ix >= 0 && iy < x.shape[2] && ix < x.shape[3];
            if (inside || (s.countPads && inPads)) count += 1;
            if (!inside) continue;
            const double value = x.exact[x.at(0, c, iy, ix)];
            sum += value;
            magnitude += std::abs(value);
            most = std::max(most, value);
          }
        }
        const size_t at = y.at(0, c, oy, ox);
        y.exact[at] = s.maximum ? most : sum / count;
        y.bound[at] = s.maximum ? 0 : (count + 2) * FLT_EPSILON * magnitude / count;
      }
    }
  }
  return y;
}

inline Values clamped(Values values, double low, double high) {
  for (double& value : values.exact) value = std::clamp(value, low, high);
  return values;
}

}  // namespace pith::test

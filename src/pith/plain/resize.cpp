// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "pith/plain/plain.h"

namespace pith::plain {
namespace {

void resizeAxis(const ResizeAxis& resize, const View<const float>& x, const View<float>& y) {
  const auto axis = static_cast<size_t>(resize.axis);
  Shape others = y.shape;
  others[axis] = 1;
  Walk walk(others, {&y.strides, &x.strides});
  for (int64_t o = 0; o < y.shape[axis]; ++o) {
    for (int64_t tap = 0; tap < resize.taps; ++tap) {
      const auto entry = static_cast<size_t>(o * resize.taps + tap);
      const float weight = resize.weights[entry];
      const float* from = x.data + resize.indices[entry] * x.strides[axis];
      float* to = y.data + o * y.strides[axis];
      do {
        for (int64_t i = 0; i < walk.length(); ++i) {
          float& sum = to[walk.offset(0) + i * walk.step(0)];
          const float value = weight * from[walk.offset(1) + i * walk.step(1)];
          sum = tap == 0 ? value : sum + value;
        }
      } while (walk.next());
    }
  }
}

void extrapolate(const ResizeAttributes& attributes, const View<float>& y) {
  for (const ResizeAxis& resize : attributes.axes) {
    const auto axis = static_cast<size_t>(resize.axis);
    for (size_t o = 0; o < resize.isOutside.size(); ++o) {
      if (!resize.isOutside[o]) continue;
      Shape part = y.shape;
      part[axis] = 1;
      Walk walk(part, {&y.strides});
      do {
        for (int64_t i = 0; i < walk.length(); ++i)
          y.data[static_cast<int64_t>(o) * y.strides[axis] + walk.offset(0) + i * walk.step(0)] = attributes.extrapolation;
      } while (walk.next());
    }
  }
}

}  // namespace

void resize(const ResizeAttributes& attributes, const View<const float>& x, const View<float>& y) {
  std::vector<float> before, after;
  View<const float> source = x;
  for (size_t i = 0; i < attributes.axes.size(); ++i) {
    const auto axis = static_cast<size_t>(attributes.axes[i].axis);
    if (i + 1 == attributes.axes.size()) {
      resizeAxis(attributes.axes[i], source, y);
      break;
    }
    // The elements between two axes keep the order in memory of the output.
    Shape shape = source.shape;
    shape[axis] = y.shape[axis];
    after.assign(static_cast<size_t>(countOf(shape)), 0.0F);
    const View<float> target{after.data(), shape, rowMajor(shape)};
    resizeAxis(attributes.axes[i], source, target);
    std::swap(before, after);
    source = {before.data(), shape, target.strides};
  }
  extrapolate(attributes, y);
}

}  // namespace pith::plain

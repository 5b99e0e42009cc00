// SPDX-License-Identifier: Apache-2.0
/// @file Convolution and pooling over any number of axes behind [N, C].
#include <algorithm>
#include <cmath>
#include <limits>

#include "pith/plain/plain.h"

namespace pith::plain {
namespace {

/// Counts through a box of positions; false after the last.
bool advance(Shape& index, const Shape& extents) {
  for (size_t axis = extents.size(); axis-- > 0;) {
    if (++index[axis] < extents[axis]) return true;
    index[axis] = 0;
  }
  return false;
}

Shape spatial(const Shape& shape) { return {shape.begin() + 2, shape.end()}; }

/// Walks over the samples under one window. `place` is on the side that the windows are laid on with a stride,
/// and `sample` on the side that they touch.
class Samples {
 public:
  Samples(const Window& window, const Shape& extents, const Strides& strides)
      : window_(window), extents_(extents), strides_(strides), tap_(window.kernel.size(), 0) {}

  /// Calls take(offset of the sample, number of the tap) for samples inside, miss(position) for others.
  template <typename Take, typename Miss>
  void under(const Shape& place, Take take, Miss miss) {
    int64_t tap = 0;
    do {
      int64_t offset = 0;
      bool inside = true;
      for (size_t axis = 0; axis < tap_.size(); ++axis) {
        const int64_t at = place[axis] * window_.stride[axis] + tap_[axis] * window_.dilation[axis] - window_.pads[axis];
        inside = inside && at >= 0 && at < extents_[axis + 2];
        offset += at * strides_[axis + 2];
      }
      if (inside) {
        take(offset, tap);
      } else {
        miss(tap_);
      }
      ++tap;
    } while (advance(tap_, window_.kernel));
  }

 private:
  const Window& window_;
  const Shape& extents_;
  const Strides& strides_;
  Shape tap_;
};

int64_t offsetOf(const Shape& place, const Strides& strides) {
  int64_t offset = 0;
  for (size_t axis = 0; axis < place.size(); ++axis) offset += place[axis] * strides[axis + 2];
  return offset;
}

/// Where the weights of each tap lie, in the order in which taps are walked.
std::vector<int64_t> tapOffsets(const View<const float>& weights) {
  const Shape taps = spatial(weights.shape);
  Shape tap(taps.size(), 0);
  std::vector<int64_t> offsets;
  do {
    offsets.push_back(offsetOf(tap, weights.strides));
  } while (advance(tap, taps));
  return offsets;
}

constexpr auto ignore = [](const Shape&) {};

}  // namespace

void conv(const ConvAttributes& attributes, std::span<const View<const float>> inputs, const View<float>& y) {
  const View<const float>&x = inputs[0], &w = inputs[1];
  const int64_t outputs = w.shape[0], perGroup = outputs / attributes.groups, channels = w.shape[1];
  const auto taps = tapOffsets(w);
  std::vector<double> sums(static_cast<size_t>(outputs));
  const Shape places = spatial(y.shape);
  Samples samples(attributes.window, x.shape, x.strides);
  if (countOf(y.shape) == 0) return;
  for (int64_t n = 0; n < x.shape[0]; ++n) {
    Shape place(places.size(), 0);
    do {
      for (int64_t o = 0; o < outputs; ++o)
        sums[static_cast<size_t>(o)] = inputs.size() > 2 ? inputs[2].data[o * inputs[2].strides[0]] : 0.0F;
      samples.under(
          place,
          [&](int64_t offset, int64_t tap) {
            const float* sample = x.data + n * x.strides[0] + offset;
            for (int64_t o = 0; o < outputs; ++o) {
              const float* weights = w.data + o * w.strides[0] + taps[static_cast<size_t>(tap)];
              const float* from = sample + o / perGroup * channels * x.strides[1];
              double sum = 0;
              for (int64_t i = 0; i < channels; ++i) sum += double{weights[i * w.strides[1]]} * from[i * x.strides[1]];
              sums[static_cast<size_t>(o)] += sum;
            }
          },
          ignore);
      float* to = y.data + n * y.strides[0] + offsetOf(place, y.strides);
      for (int64_t o = 0; o < outputs; ++o) to[o * y.strides[1]] = static_cast<float>(sums[static_cast<size_t>(o)]);
    } while (advance(place, places));
  }
}

void convTranspose(const ConvTransposeAttributes& attributes, std::span<const View<const float>> inputs,
                   const View<float>& y) {
  const View<const float>&x = inputs[0], &w = inputs[1];
  const int64_t channels = w.shape[0], perGroup = w.shape[1];
  const auto taps = tapOffsets(w);
  const int64_t channelsPerGroup = channels / attributes.groups;
  const Strides strides = rowMajor(y.shape);
  std::vector<double> sums(static_cast<size_t>(countOf(y.shape)));
  const Shape places = spatial(x.shape);
  Samples samples(attributes.window, y.shape, strides);
  const int64_t pictures = countOf(x.shape) == 0 ? 0 : x.shape[0];
  for (int64_t n = 0; n < pictures; ++n) {
    Shape place(places.size(), 0);
    do {
      const float* from = x.data + n * x.strides[0] + offsetOf(place, x.strides);
      samples.under(
          place,
          [&](int64_t offset, int64_t tap) {
            for (int64_t i = 0; i < channels; ++i) {
              const double value = from[i * x.strides[1]];
              const int64_t firstOutput = i / channelsPerGroup * perGroup;
              double* to = sums.data() + n * strides[0] + firstOutput * strides[1] + offset;
              const float* weights = w.data + i * w.strides[0] + taps[static_cast<size_t>(tap)];
              for (int64_t o = 0; o < perGroup; ++o) to[o * strides[1]] += value * weights[o * w.strides[1]];
            }
          },
          ignore);
    } while (advance(place, places));
  }
  std::vector<float> rounded(sums.size());
  const int64_t area = countOf(spatial(y.shape));
  for (size_t i = 0; i < sums.size(); ++i) {
    const int64_t o = static_cast<int64_t>(i) / area % y.shape[1];
    rounded[i] = static_cast<float>(sums[i] + (inputs.size() > 2 ? inputs[2].data[o * inputs[2].strides[0]] : 0.0F));
  }
  Node identity;
  identity.op = Op::identity;
  const View<const float> result{rounded.data(), y.shape, strides};
  move<float>(identity, {&result, 1}, y);
}

void pool(const Node& node, const View<const float>& x, const View<float>& y) {
  const auto* average = std::get_if<AveragePoolAttributes>(&node.attributes);
  const auto* lp = std::get_if<LpPoolAttributes>(&node.attributes);
  Window window = average ? average->window : lp ? lp->window : std::get<MaxPoolAttributes>(node.attributes).window;
  const size_t axes = window.kernel.size();
  const std::vector<int64_t> zeroPads = average ? average->zeroPads : std::vector<int64_t>(2 * axes, 0);
  for (size_t i = 0; i < 2 * axes; ++i) window.pads[i] += zeroPads[i];
  const Shape places = spatial(y.shape);
  Samples samples(window, x.shape, x.strides);
  if (countOf(y.shape) == 0) return;
  for (int64_t plane = 0; plane < x.shape[0] * x.shape[1]; ++plane) {
    const int64_t n = plane / x.shape[1], c = plane % x.shape[1];
    const float* from = x.data + n * x.strides[0] + c * x.strides[1];
    Shape place(places.size(), 0);
    do {
      double sum = 0, count = 0, most = -std::numeric_limits<double>::infinity();
      const auto take = [&](int64_t offset, int64_t) {
        const double value = from[offset];
        most = std::max(most, value);
        sum += lp ? std::pow(std::abs(value), static_cast<double>(lp->p)) : value;
        count += 1;
      };
      const auto miss = [&](const Shape& tap) {
        bool counts = true;
        for (size_t axis = 0; axis < axes; ++axis) {
          const int64_t at = place[axis] * window.stride[axis] + tap[axis] * window.dilation[axis] - window.pads[axis];
          counts = counts && at >= -zeroPads[axis] && at < x.shape[axis + 2] + zeroPads[axis + axes];
        }
        if (counts) count += 1;
      };
      samples.under(place, take, miss);
      if (lp && lp->isMean) sum /= count;
      const double value = average ? sum / count : lp ? std::pow(sum, 1.0 / static_cast<double>(lp->p)) : most;
      y.data[n * y.strides[0] + c * y.strides[1] + offsetOf(place, y.strides)] = static_cast<float>(value);
    } while (advance(place, places));
  }
}

}  // namespace pith::plain

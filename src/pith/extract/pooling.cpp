// SPDX-License-Identifier: Apache-2.0
#include "pith/extract/pooling.h"

#include <cmath>

namespace pith {
namespace {

/// The mean of `weight(x)` for each channel, in double.
template <typename Weight>
std::vector<double> means(std::span<const float> map, size_t channels, Weight weight) {
  std::vector<double> sums(channels, 0.0);
  for (size_t first = 0; first + channels <= map.size(); first += channels) {
    for (size_t c = 0; c < channels; ++c) sums[c] += weight(double{map[first + c]});
  }
  const auto places = static_cast<double>(map.size() / channels);
  for (double& sum : sums) sum /= places;
  return sums;
}

void appendAverage(std::vector<float>& to, std::span<const float> map, size_t channels) {
  for (double mean : means(map, channels, [](double x) { return x; })) to.push_back(static_cast<float>(mean));
}

void appendMaximum(std::vector<float>& to, std::span<const float> map, size_t channels) {
  std::vector<float> best(map.begin(), map.begin() + static_cast<std::ptrdiff_t>(channels));
  for (size_t first = channels; first + channels <= map.size(); first += channels) {
    for (size_t c = 0; c < channels; ++c) {
      const float value = map[first + c];
      if (value > best[c] || std::isnan(value)) best[c] = value;
    }
  }
  to.insert(to.end(), best.begin(), best.end());
}

/// Whole powers are products in a fixed order, so that only the root is left to the system's mathematical
/// library.
double raised(double x, float power) {
  const auto whole = static_cast<int>(power);
  if (static_cast<float>(whole) != power) return std::pow(x, double{power});
  double result = x;
  for (int i = 1; i < whole; ++i) result *= x;
  return result;
}

void appendGeneralizedMean(std::vector<float>& to, std::span<const float> map, size_t channels, float power) {
  constexpr double least = 1e-6;
  const auto weight = [&](double x) { return raised(x < least ? least : x, power); };
  for (double mean : means(map, channels, weight))
    to.push_back(static_cast<float>(std::pow(mean, 1.0 / double{power})));
}

}  // namespace

size_t pooledCount(size_t places, size_t channels, Pooling pooling) {
  if (pooling == Pooling::none) return places * channels;
  return pooling == Pooling::averageAndMaximum ? 2 * channels : channels;
}

std::vector<float> pool(std::span<const float> map, size_t channels, Pooling pooling, float power) {
  std::vector<float> result;
  result.reserve(pooledCount(map.size() / channels, channels, pooling));
  switch (pooling) {
    case Pooling::average:
      appendAverage(result, map, channels);
      break;
    case Pooling::maximum:
      appendMaximum(result, map, channels);
      break;
    case Pooling::averageAndMaximum:
      appendAverage(result, map, channels);
      appendMaximum(result, map, channels);
      break;
    case Pooling::generalizedMean:
      appendGeneralizedMean(result, map, channels, power);
      break;
    case Pooling::classToken:
      result.assign(map.begin(), map.begin() + static_cast<std::ptrdiff_t>(channels));
      break;
    case Pooling::none:
      result.assign(map.begin(), map.end());
      break;
  }
  return result;
}

}  // namespace pith

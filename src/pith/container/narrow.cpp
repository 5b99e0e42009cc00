// SPDX-License-Identifier: Apache-2.0
#include "pith/container/narrow.h"

#include <fp16.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace pith::format {
namespace {

constexpr float maxHalf = 65504.0f;
constexpr double i8Steps = 255;
constexpr double i8Lowest = -128;
constexpr double i8Highest = 127;

Error outOfRange(std::string_view type, size_t dimension) {
  return {ErrorCode::featureOutOfRange, "feature " + std::to_string(dimension) + " of a record is too large for " +
                                            std::string(type) + (type == "f16" ? "; at most 65504 is allowed" : "")};
}

void fitDimension(float low, float high, float& scale, float& zeroPoint) {
  if (low == high) {
    scale = 1;
    zeroPoint = 0.0f - low;  // the stored value is 0; +0 where low is +0 or -0
    return;
  }
  const double range = static_cast<double>(high) - static_cast<double>(low);
  scale = std::max(static_cast<float>(range / i8Steps), std::numeric_limits<float>::min());
  zeroPoint = static_cast<float>(i8Lowest - static_cast<double>(low) / static_cast<double>(scale));
}

int8_t quantize(float value, float scale, float zeroPoint) {
  const double stored = static_cast<double>(value) / static_cast<double>(scale) + static_cast<double>(zeroPoint);
  return static_cast<int8_t>(std::clamp(std::nearbyint(stored), i8Lowest, i8Highest));
}

float dequantize(int8_t stored, float scale, float zeroPoint) {
  return scale * (static_cast<float>(stored) - zeroPoint);
}

}  // namespace

I8Parameters fitI8(std::span<const float> features, size_t featureCount) {
  std::vector<float> low(features.begin(), features.begin() + static_cast<ptrdiff_t>(featureCount));
  std::vector<float> high = low;
  for (size_t row = 1; row < features.size() / featureCount; ++row) {
    for (size_t i = 0; i < featureCount; ++i) {
      low[i] = std::min(low[i], features[row * featureCount + i]);
      high[i] = std::max(high[i], features[row * featureCount + i]);
    }
  }
  I8Parameters parameters{std::vector<float>(featureCount), std::vector<float>(featureCount)};
  for (size_t i = 0; i < featureCount; ++i) {
    fitDimension(low[i], high[i], parameters.scale[i], parameters.zeroPoint[i]);
  }
  return parameters;
}

Status narrowRow(FeatureType type, std::span<const float> exact, const I8Parameters& parameters,
                 std::span<uint8_t> stored) {
  if (type == FeatureType::f32) {
    std::memcpy(stored.data(), exact.data(), exact.size_bytes());
    return {};
  }
  for (size_t i = 0; i < exact.size(); ++i) {
    if (type == FeatureType::f16) {
      if (std::abs(exact[i]) > maxHalf) return outOfRange("f16", i);
      const uint16_t half = fp16_ieee_from_fp32_value(exact[i]);
      std::memcpy(stored.data() + 2 * i, &half, sizeof(half));
    } else {
      const int8_t code = quantize(exact[i], parameters.scale[i], parameters.zeroPoint[i]);
      if (!std::isfinite(dequantize(code, parameters.scale[i], parameters.zeroPoint[i]))) return outOfRange("i8", i);
      stored[i] = static_cast<uint8_t>(code);
    }
  }
  return {};
}

void widenRow(FeatureType type, ByteView stored, const I8Parameters& parameters, std::span<float> exact) {
  if (type == FeatureType::f32) {
    std::memcpy(exact.data(), stored.data(), exact.size_bytes());
    return;
  }
  for (size_t i = 0; i < exact.size(); ++i) {
    if (type == FeatureType::f16) {
      uint16_t half;
      std::memcpy(&half, stored.data() + 2 * i, sizeof(half));
      exact[i] = fp16_ieee_to_fp32_value(half);
    } else {
      exact[i] = dequantize(static_cast<int8_t>(stored[i]), parameters.scale[i], parameters.zeroPoint[i]);
    }
  }
}

void NarrowingMeter::add(std::span<const float> exact, std::span<const float> widened) {
  for (size_t i = 0; i < exact.size(); ++i) {
    const double difference = static_cast<double>(widened[i]) - static_cast<double>(exact[i]);
    maxAbsolute_ = std::max(maxAbsolute_, std::abs(difference));
    errorSquares_ += difference * difference;
    exactSquares_ += static_cast<double>(exact[i]) * static_cast<double>(exact[i]);
  }
  count_ += static_cast<double>(exact.size());
}

NarrowingError NarrowingMeter::result() const {
  return {.maxAbsolute = maxAbsolute_,
          .rootMeanSquare = std::sqrt(errorSquares_ / count_),
          .relativeL2 = exactSquares_ > 0 ? std::sqrt(errorSquares_ / exactSquares_) : 0.0};
}

}  // namespace pith::format

// SPDX-License-Identifier: Apache-2.0
#include "pith/container/narrow.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "pith/base/half.h"

namespace pith::format {
namespace {

constexpr float maxHalf = 65504.0f;

/// The integers of a scaled type.
struct Integers {
  double lowest, highest;
  double steps() const { return highest - lowest; }
};

constexpr Integers integersOf(FeatureType type) {
  return type == FeatureType::i4 ? Integers{-8, 7} : Integers{-128, 127};
}

Error outOfRange(FeatureType type, size_t dimension) {
  return {ErrorCode::featureOutOfRange, "feature " + std::to_string(dimension) + " of a record is too large for " +
                                            std::string(nameOf(type)) +
                                            (type == FeatureType::f16 ? "; at most 65504 is allowed" : "")};
}

void fitDimension(const Integers& integers, float low, float high, float& scale, float& zeroPoint) {
  if (low == high) {
    scale = 1;
    zeroPoint = 0.0f - low;  // the stored value is 0; +0 where low is +0 or -0
    return;
  }
  const double range = static_cast<double>(high) - static_cast<double>(low);
  scale = std::max(static_cast<float>(range / integers.steps()), std::numeric_limits<float>::min());
  zeroPoint = static_cast<float>(integers.lowest - static_cast<double>(low) / static_cast<double>(scale));
}

int quantize(const Integers& integers, float value, float scale, float zeroPoint) {
  const double stored = static_cast<double>(value) / static_cast<double>(scale) + static_cast<double>(zeroPoint);
  return static_cast<int>(std::clamp(std::nearbyint(stored), integers.lowest, integers.highest));
}

float dequantize(int stored, float scale, float zeroPoint) { return scale * (static_cast<float>(stored) - zeroPoint); }

/// Rounded to nearest, ties to even, on the bits: the half that is cut off and the last bit that is kept decide.
uint16_t toBf16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  return static_cast<uint16_t>((bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16);
}

float fromBf16(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

uint16_t load16(ByteView bytes, size_t index) {
  uint16_t value;
  std::memcpy(&value, bytes.data() + 2 * index, sizeof(value));
  return value;
}

Status narrow16(FeatureType type, std::span<const float> exact, std::span<uint8_t> stored) {
  for (size_t i = 0; i < exact.size(); ++i) {
    if (type == FeatureType::f16 && std::abs(exact[i]) > maxHalf) return outOfRange(type, i);
    const uint16_t bits = type == FeatureType::f16 ? halfFromFloat(exact[i]) : toBf16(exact[i]);
    if (type == FeatureType::bf16 && !std::isfinite(fromBf16(bits))) return outOfRange(type, i);
    std::memcpy(stored.data() + 2 * i, &bits, sizeof(bits));
  }
  return {};
}

Status narrowScaled(FeatureType type, std::span<const float> exact, const Scaling& scaling, std::span<uint8_t> stored) {
  const Integers integers = integersOf(type);
  for (size_t i = 0; i < exact.size(); ++i) {
    const int code = quantize(integers, exact[i], scaling.scale[i], scaling.zeroPoint[i]);
    if (!std::isfinite(dequantize(code, scaling.scale[i], scaling.zeroPoint[i]))) return outOfRange(type, i);
    if (type == FeatureType::i8) {
      stored[i] = static_cast<uint8_t>(code);
    } else if (i % 2 == 0) {
      stored[i / 2] = static_cast<uint8_t>(code & 0xF);  // the other half follows, or stays zero
    } else {
      stored[i / 2] = static_cast<uint8_t>(stored[i / 2] | ((code & 0xF) << 4));
    }
  }
  return {};
}

int storedInteger(FeatureType type, ByteView stored, size_t i) {
  if (type == FeatureType::i8) return static_cast<int8_t>(stored[i]);
  const int nibble = (stored[i / 2] >> (i % 2 == 0 ? 0 : 4)) & 0xF;
  return nibble < 8 ? nibble : nibble - 16;
}

}  // namespace

void RangeMeter::add(std::span<const float> row) {
  if (low_.empty()) {
    low_.assign(row.begin(), row.end());
    high_ = low_;
  }
  for (size_t i = 0; i < row.size(); ++i) {
    low_[i] = std::min(low_[i], row[i]);
    high_[i] = std::max(high_[i], row[i]);
  }
}

Scaling RangeMeter::fit(FeatureType type) const {
  Scaling scaling{std::vector<float>(low_.size()), std::vector<float>(low_.size())};
  for (size_t i = 0; i < low_.size(); ++i) {
    fitDimension(integersOf(type), low_[i], high_[i], scaling.scale[i], scaling.zeroPoint[i]);
  }
  return scaling;
}

Status narrowRow(FeatureType type, std::span<const float> exact, const Scaling& scaling, std::span<uint8_t> stored) {
  switch (type) {
    case FeatureType::f32: std::memcpy(stored.data(), exact.data(), exact.size_bytes()); return {};
    case FeatureType::f16:
    case FeatureType::bf16: return narrow16(type, exact, stored);
    case FeatureType::i8:
    case FeatureType::i4: break;
  }
  return narrowScaled(type, exact, scaling, stored);
}

void widenRow(FeatureType type, ByteView stored, const Scaling& scaling, std::span<float> exact) {
  switch (type) {
    case FeatureType::f32: std::memcpy(exact.data(), stored.data(), exact.size_bytes()); return;
    case FeatureType::f16:
      for (size_t i = 0; i < exact.size(); ++i) exact[i] = floatFromHalf(load16(stored, i));
      return;
    case FeatureType::bf16:
      for (size_t i = 0; i < exact.size(); ++i) exact[i] = fromBf16(load16(stored, i));
      return;
    case FeatureType::i8:
    case FeatureType::i4: break;
  }
  for (size_t i = 0; i < exact.size(); ++i) {
    exact[i] = dequantize(storedInteger(type, stored, i), scaling.scale[i], scaling.zeroPoint[i]);
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

void MomentsMeter::add(std::span<const float> row) {
  if (count_ == 0) {
    mean_.assign(row.size(), 0);
    squares_.assign(row.size(), 0);
    low_.assign(row.begin(), row.end());
    high_ = low_;
  }
  count_ += 1;
  for (size_t i = 0; i < row.size(); ++i) {
    const double value = static_cast<double>(row[i]);
    const double before = value - mean_[i];
    mean_[i] += before / count_;
    squares_[i] += before * (value - mean_[i]);
    low_[i] = std::min(low_[i], row[i]);
    high_[i] = std::max(high_[i], row[i]);
  }
}

std::vector<float> MomentsMeter::result() const {
  std::vector<float> moments;
  moments.reserve(4 * mean_.size());
  for (const double mean : mean_) moments.push_back(static_cast<float>(mean));
  for (const double squares : squares_) moments.push_back(static_cast<float>(std::sqrt(squares / count_)));
  moments.insert(moments.end(), low_.begin(), low_.end());
  moments.insert(moments.end(), high_.begin(), high_.end());
  return moments;
}

bool momentsAgree(std::span<const float> stored, std::span<const float> computed) {
  if (stored.size() != computed.size() || stored.size() % 4 != 0) return false;
  const size_t count = stored.size() / 4;
  for (size_t i = 0; i < count; ++i) {
    const float low = computed[2 * count + i], high = computed[3 * count + i];
    if (stored[2 * count + i] != low || stored[3 * count + i] != high) return false;
    const double allowed = 1e-5 * (static_cast<double>(high) - static_cast<double>(low)) + 1e-6 * std::abs(static_cast<double>(computed[i]));
    for (const size_t at : {i, count + i}) {
      // Written so that a NaN disagrees.
      if (!(std::abs(static_cast<double>(stored[at]) - static_cast<double>(computed[at])) <= allowed)) return false;
    }
  }
  return true;
}

}  // namespace pith::format

namespace pith {

// With x the network's values, y stored once and z stored again: ||z - x|| <= ||y - x|| + ||z - y||. The second relative error
// is relative to ||y|| <= ||x|| (1 + first). The first one may be infinite, and nothing times that is no number.
NarrowingError operator+(const NarrowingError& first, const NarrowingError& second) {
  return {.maxAbsolute = first.maxAbsolute + second.maxAbsolute,
          .rootMeanSquare = first.rootMeanSquare + second.rootMeanSquare,
          .relativeL2 = second.relativeL2 > 0 ? first.relativeL2 + second.relativeL2 * (1 + first.relativeL2)
                                              : first.relativeL2};
}

}  // namespace pith

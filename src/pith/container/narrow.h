// SPDX-License-Identifier: Apache-2.0
/// @file Features between float32 and the types in which they are stored. spec/container.md, "Features".
#pragma once

#include <span>
#include <vector>

#include "pith/base/bytes.h"
#include "pith/base/result.h"
#include "pith/container/container.h"

namespace pith::format {

/// How i8 values stand for floats: value = scale * (stored - zeroPoint), in float32, for each of the D dimensions.
struct I8Parameters {
  std::vector<float> scale;
  std::vector<float> zeroPoint;
};

/// The parameters that spread each dimension's range over -128..127. A constant dimension is stored exactly.
/// @param features  finite float32, row-major [N, featureCount], N at least 1
[[nodiscard]] I8Parameters fitI8(std::span<const float> features, size_t featureCount);

/// Stores one row: f16 and i8 round to nearest, ties to even.
/// @param exact       finite float32 [D]
/// @param parameters  read only for i8
/// @param stored      D * featureTypeBytes(type) bytes
/// @errors featureOutOfRange where f16 cannot hold a value (above 65504) or an i8 value would widen to infinity
[[nodiscard]] Status narrowRow(FeatureType type, std::span<const float> exact, const I8Parameters& parameters,
                               std::span<uint8_t> stored);

/// The opposite. @param exact [D], every element is written
void widenRow(FeatureType type, ByteView stored, const I8Parameters& parameters, std::span<float> exact);

/// Adds up how far stored rows are from the exact ones.
class NarrowingMeter {
 public:
  void add(std::span<const float> exact, std::span<const float> widened);
  [[nodiscard]] NarrowingError result() const;

 private:
  double maxAbsolute_ = 0;
  double errorSquares_ = 0;
  double exactSquares_ = 0;
  double count_ = 0;
};

}  // namespace pith::format

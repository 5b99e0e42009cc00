// SPDX-License-Identifier: Apache-2.0
/// @file Features between float32 and the types in which they are stored. spec/container.md, "Features".
#pragma once

#include <span>
#include <vector>

#include "pith/base/bytes.h"
#include "pith/base/result.h"
#include "pith/container/container.h"

namespace pith {

/// What two narrowings one after the other amount to, at most: errors add up by the triangle inequality.
[[nodiscard]] NarrowingError operator+(const NarrowingError& first, const NarrowingError& second);

}  // namespace pith

namespace pith::format {

/// How i8 and i4 values stand for floats: value = scale * (stored - zeroPoint), in float32, for each of the D dimensions.
/// Empty for other types.
struct Scaling {
  std::vector<float> scale;
  std::vector<float> zeroPoint;
};

/// The range of each dimension, over rows that are seen one at a time.
class RangeMeter {
 public:
  /// @param row  finite float32 [D]
  void add(std::span<const float> row);
  /// Spreads each dimension's range over the type's integers. A constant dimension is stored exactly.
  /// @param type  i8 or i4; @pre at least one row was added
  [[nodiscard]] Scaling fit(FeatureType type) const;

 private:
  std::vector<float> low_, high_;
};

/// Stores one row: every type rounds to nearest, ties to even.
/// @param exact    finite float32 [D]
/// @param scaling  read only for i8 and i4
/// @param stored   rowBytes(type, D) bytes
/// @errors featureOutOfRange where f16 or bf16 cannot hold a value, or an i8 or i4 value would widen to infinity
[[nodiscard]] Status narrowRow(FeatureType type, std::span<const float> exact, const Scaling& scaling,
                               std::span<uint8_t> stored);

/// The opposite. @param exact [D], every element is written
void widenRow(FeatureType type, ByteView stored, const Scaling& scaling, std::span<float> exact);

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

/// Mean, standard deviation, minimum and maximum of each dimension, in float64.
class MomentsMeter {
 public:
  /// @param row  the stored values as float32 [D]
  void add(std::span<const float> row);
  /// @return float32 [4, D]: mean, standard deviation (divided by N), minimum, maximum
  [[nodiscard]] std::vector<float> result() const;

 private:
  std::vector<double> mean_, squares_;  // Welford's running mean and sum of squared differences
  std::vector<float> low_, high_;
  double count_ = 0;
};

/// Whether stored moments are those of `computed`, within what the order of adding can change.
[[nodiscard]] bool momentsAgree(std::span<const float> stored, std::span<const float> computed);

}  // namespace pith::format

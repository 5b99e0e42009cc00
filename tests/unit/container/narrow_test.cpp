// SPDX-License-Identifier: Apache-2.0
#include "pith/container/narrow.h"

#include <bit>
#include <cmath>
#include <limits>

#include "unit/container/example.h"

namespace pith {
namespace {

using namespace test;

/// What the 16 bits mean by IEEE 754, computed without any conversion routine.
double halfValue(uint16_t bits) {
  const int exponent = (bits >> 10) & 31;
  const int fraction = bits & 1023;
  const double magnitude = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  return bits & 0x8000 ? -magnitude : magnitude;
}

uint16_t narrowed(float value) {
  uint16_t bits = 0;
  uint8_t stored[2];
  EXPECT_TRUE(format::narrowRow(FeatureType::f16, {&value, 1}, {}, stored).ok()) << value;
  std::memcpy(&bits, stored, 2);
  return bits;
}

format::Scaling fitted(FeatureType type, std::span<const float> features, size_t featureCount) {
  format::RangeMeter range;
  for (size_t at = 0; at < features.size(); at += featureCount) range.add(features.subspan(at, featureCount));
  return range.fit(type);
}

TEST(Narrow, All65536HalvesWidenToTheirValueAndNarrowBackToThemselves) {
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    if (((bits >> 10) & 31) == 31) continue;  // infinities and NaN are never stored
    const uint16_t half = static_cast<uint16_t>(bits);
    float value = 0;
    uint8_t stored[2];
    std::memcpy(stored, &half, 2);
    format::widenRow(FeatureType::f16, stored, {}, {&value, 1});
    ASSERT_EQ(static_cast<double>(value), halfValue(half)) << bits;
    ASSERT_EQ(narrowed(value), half) << bits;
  }
}

TEST(Narrow, BetweenTwoHalvesTheNearestIsTakenAndTiesGoToTheEvenOne) {
  for (uint32_t bits = 0; bits < 0x7BFF; ++bits) {
    const float low = static_cast<float>(halfValue(static_cast<uint16_t>(bits)));
    const float high = static_cast<float>(halfValue(static_cast<uint16_t>(bits + 1)));
    const float middle = (low + high) / 2;  // exact: a float has 13 bits more
    const uint16_t even = static_cast<uint16_t>(bits % 2 == 0 ? bits : bits + 1);
    ASSERT_EQ(narrowed(middle), even);
    ASSERT_EQ(narrowed(std::nextafter(middle, low)), bits);
    ASSERT_EQ(narrowed(std::nextafter(middle, high)), bits + 1);
  }
}


TEST(Narrow, AnI8IsAtMostHalfAStepAway) {
  const std::vector<Row> rows = exampleRows(64, 5, 9);
  std::vector<float> features;
  for (const Row& row : rows) features.insert(features.end(), row.features.begin(), row.features.end());
  const format::Scaling i8 = fitted(FeatureType::i8, features, 5);
  for (const Row& row : rows) {
    std::vector<uint8_t> stored(5);
    std::vector<float> widened(5);
    ASSERT_TRUE(format::narrowRow(FeatureType::i8, row.features, i8, stored).ok());
    format::widenRow(FeatureType::i8, stored, i8, widened);
    for (size_t i = 0; i < 5; ++i) {
      // Half a step; and the rounding to float32 of scale, zeroPoint, their difference and product (4 halves of an
      // ulp), each relative to a factor of at most 128 + |zeroPoint| steps. Clamping at 127 adds what scale lost to rounding.
      const double step = i8.scale[i];
      const double rounding = 4 * 0x1p-24 * (256 + std::abs(static_cast<double>(i8.zeroPoint[i]))) * step;
      EXPECT_LE(std::abs(static_cast<double>(widened[i]) - static_cast<double>(row.features[i])), step / 2 + rounding);
    }
  }
}

TEST(Narrow, ConstantsAndZerosAreExactInI8) {
  for (const float constant : {0.0f, -0.0f, 7.5f, -1e30f, std::numeric_limits<float>::denorm_min(),
                               std::numeric_limits<float>::max()}) {
    const std::vector<float> features = {constant, constant};
    const format::Scaling i8 = fitted(FeatureType::i8, features, 1);
    uint8_t stored[1];
    float widened = 1;
    ASSERT_TRUE(format::narrowRow(FeatureType::i8, {&constant, 1}, i8, stored).ok());
    format::widenRow(FeatureType::i8, stored, i8, {&widened, 1});
    EXPECT_EQ(widened, constant);
  }
  // After a ReLU zero is the commonest value: the range begins at it, so it is stored exactly.
  const float zero = 0;
  const format::Scaling i8 = fitted(FeatureType::i8, std::vector<float>{0.0f, 0.3f, 7.7f}, 1);
  uint8_t stored[1];
  float widened = 1;
  ASSERT_TRUE(format::narrowRow(FeatureType::i8, {&zero, 1}, i8, stored).ok());
  format::widenRow(FeatureType::i8, stored, i8, {&widened, 1});
  EXPECT_EQ(widened, 0.0f);
}

TEST(Narrow, ExtremeRangesGiveFiniteParameters) {
  const float most = std::numeric_limits<float>::max();
  const float least = std::numeric_limits<float>::denorm_min();
  for (const std::vector<float>& features : {std::vector<float>{-most, most}, {0, least}, {-least, least}, {1e30f, 1.0000001e30f}}) {
    const format::Scaling i8 = fitted(FeatureType::i8, features, 1);
    EXPECT_TRUE(std::isfinite(i8.scale[0]) && i8.scale[0] > 0);
    EXPECT_TRUE(std::isfinite(i8.zeroPoint[0]));
  }
}

TEST(Narrow, BrainHalvesRoundToTheNearestAndTiesGoToTheEvenOne) {
  for (uint32_t bits = 0; bits < 0x7F7F; ++bits) {
    const float low = std::bit_cast<float>(bits << 16), high = std::bit_cast<float>((bits + 1) << 16);
    const float middle = std::bit_cast<float>((bits << 16) | 0x8000u);
    const auto narrowed = [](float value) {
      uint16_t stored = 0;
      uint8_t bytes[2];
      EXPECT_TRUE(format::narrowRow(FeatureType::bf16, {&value, 1}, {}, bytes).ok()) << value;
      std::memcpy(&stored, bytes, 2);
      return stored;
    };
    ASSERT_EQ(narrowed(low), bits);
    ASSERT_EQ(narrowed(-low), bits | 0x8000u);
    ASSERT_EQ(narrowed(middle), bits % 2 == 0 ? bits : bits + 1);
    ASSERT_EQ(narrowed(std::nextafter(middle, low)), bits);
    ASSERT_EQ(narrowed(std::nextafter(middle, high)), bits + 1);
  }
  const float most = std::numeric_limits<float>::max();  // rounds to infinity
  uint8_t bytes[2];
  EXPECT_EQ(format::narrowRow(FeatureType::bf16, {&most, 1}, {}, bytes).error().code, ErrorCode::featureOutOfRange);
}

TEST(Narrow, TwoI4ShareAByteTheEvenOneBelow) {
  const std::vector<float> features = {0, 1, 2, 15, 16, 17, 30, 31, 32};  // three rows of three, steps of two in each column
  const format::Scaling scaling = fitted(FeatureType::i4, features, 3);
  const std::vector<float> first(features.begin(), features.begin() + 3);
  const std::vector<float> last(features.begin() + 6, features.end());
  std::vector<uint8_t> stored(2, 0xFF);
  ASSERT_TRUE(format::narrowRow(FeatureType::i4, first, scaling, stored).ok());
  EXPECT_EQ(stored, (std::vector<uint8_t>{0x88, 0x08}));  // -8, -8 and -8, padded with zero
  std::vector<float> widened(3);
  format::widenRow(FeatureType::i4, stored, scaling, widened);
  EXPECT_EQ(widened, first);
  ASSERT_TRUE(format::narrowRow(FeatureType::i4, last, scaling, stored).ok());
  EXPECT_EQ(stored, (std::vector<uint8_t>{0x77, 0x07}));
  format::widenRow(FeatureType::i4, stored, scaling, widened);
  EXPECT_EQ(widened, last);
}

TEST(Narrow, MomentsAreThoseOfTheDefinition) {
  const std::vector<std::vector<float>> rows = {{1, -5}, {2, -5}, {6, -5}};
  format::MomentsMeter meter;
  for (const auto& row : rows) meter.add(row);
  const std::vector<float> moments = meter.result();
  EXPECT_EQ(moments, (std::vector<float>{3, -5, std::sqrt(14.0f / 3), 0, 1, -5, 6, -5}));
  EXPECT_TRUE(format::momentsAgree(moments, moments));
  for (size_t i = 0; i < moments.size(); ++i) {
    std::vector<float> changed = moments;
    changed[i] += 0.01f;
    EXPECT_FALSE(format::momentsAgree(changed, moments)) << i;
    changed[i] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_FALSE(format::momentsAgree(changed, moments)) << i;
  }
}

TEST(Narrow, TwoNarrowingsAreAtMostTheSumOfTheirErrors) {
  const std::vector<Row> rows = exampleRows(50, 6, 11);
  format::RangeMeter range;
  for (const Row& row : rows) range.add(row.features);
  const format::Scaling scaling = range.fit(FeatureType::i8);
  format::NarrowingMeter first, second, both;
  for (const Row& row : rows) {
    std::vector<uint8_t> halves(12), bytes(6);
    std::vector<float> once(6), twice(6);
    ASSERT_TRUE(format::narrowRow(FeatureType::f16, row.features, {}, halves).ok());
    format::widenRow(FeatureType::f16, halves, {}, once);
    ASSERT_TRUE(format::narrowRow(FeatureType::i8, once, scaling, bytes).ok());
    format::widenRow(FeatureType::i8, bytes, scaling, twice);
    first.add(row.features, once);
    second.add(once, twice);
    both.add(row.features, twice);
  }
  const NarrowingError stated = first.result() + second.result(), real = both.result();
  EXPECT_GE(stated.maxAbsolute, real.maxAbsolute);
  EXPECT_GE(stated.rootMeanSquare, real.rootMeanSquare);
  EXPECT_GE(stated.relativeL2, real.relativeL2);
}

TEST(Narrow, TheErrorInTheHeaderIsTheOneThatIsThere) {
  constexpr int featureCount = 6;
  const std::vector<Row> rows = exampleRows(40, featureCount, 5);
  const std::vector<uint8_t> exactFile = bytesOf(rows, featureCount, FeatureType::f32, 1);
  const Result<Container> exact = Container::open(exactFile);
  ASSERT_TRUE(exact.ok());
  EXPECT_EQ(exact->header().features[0].narrowing.maxAbsolute, 0);
  for (const FeatureType type : {FeatureType::f16, FeatureType::i8}) {
    const std::vector<uint8_t> file = bytesOf(rows, featureCount, type, 1);  // the same seed: the same order
    const Result<Container> container = Container::open(file);
    ASSERT_TRUE(container.ok());
    double maxAbsolute = 0, errorSquares = 0, squares = 0;
    for (size_t row = rows.size(); row-- > 0;) {
      for (size_t i = 0; i < featureCount; ++i) {
        const double wanted = (*exact->features(row))[i];
        const double error = (*container->features(row))[i] - wanted;
        maxAbsolute = std::max(maxAbsolute, std::abs(error));
        errorSquares += error * error;
        squares += wanted * wanted;
      }
    }
    const NarrowingError& stated = container->header().features[0].narrowing;
    // Sums of n positive doubles in another order differ by at most n rounding errors, and a root halves that.
    const double tolerance = static_cast<double>(rows.size() * featureCount) * std::numeric_limits<double>::epsilon();
    const double rootMeanSquare = std::sqrt(errorSquares / static_cast<double>(rows.size() * featureCount));
    const double relativeL2 = std::sqrt(errorSquares / squares);
    EXPECT_GT(maxAbsolute, 0);
    EXPECT_EQ(stated.maxAbsolute, maxAbsolute);
    EXPECT_NEAR(stated.rootMeanSquare, rootMeanSquare, tolerance * rootMeanSquare);
    EXPECT_NEAR(stated.relativeL2, relativeL2, tolerance * relativeL2);
  }
}

}  // namespace
}  // namespace pith

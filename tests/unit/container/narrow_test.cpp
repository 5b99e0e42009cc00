// SPDX-License-Identifier: Apache-2.0
#include "pith/container/narrow.h"

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
  const format::I8Parameters i8 = format::fitI8(features, 5);
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
    const format::I8Parameters i8 = format::fitI8(features, 1);
    uint8_t stored[1];
    float widened = 1;
    ASSERT_TRUE(format::narrowRow(FeatureType::i8, {&constant, 1}, i8, stored).ok());
    format::widenRow(FeatureType::i8, stored, i8, {&widened, 1});
    EXPECT_EQ(widened, constant);
  }
  // After a ReLU zero is the commonest value: the range begins at it, so it is stored exactly.
  const float zero = 0;
  const format::I8Parameters i8 = format::fitI8(std::vector<float>{0.0f, 0.3f, 7.7f}, 1);
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
    const format::I8Parameters i8 = format::fitI8(features, 1);
    EXPECT_TRUE(std::isfinite(i8.scale[0]) && i8.scale[0] > 0);
    EXPECT_TRUE(std::isfinite(i8.zeroPoint[0]));
  }
}

TEST(Narrow, TheErrorInTheHeaderIsTheOneThatIsThere) {
  constexpr int featureCount = 6;
  const std::vector<Row> rows = exampleRows(40, featureCount, 5);
  const std::vector<uint8_t> exactFile = bytesOf(rows, featureCount, FeatureType::f32, 1);
  const Result<Container> exact = Container::open(exactFile);
  ASSERT_TRUE(exact.ok());
  EXPECT_EQ(exact->header().narrowing.maxAbsolute, 0);
  for (const FeatureType type : {FeatureType::f16, FeatureType::i8}) {
    const std::vector<uint8_t> file = bytesOf(rows, featureCount, type, 1);  // the same seed: the same order
    const Result<Container> container = Container::open(file);
    ASSERT_TRUE(container.ok());
    double maxAbsolute = 0, errorSquares = 0, squares = 0;
    for (size_t row = rows.size(); row-- > 0;) {
      for (size_t i = 0; i < featureCount; ++i) {
        const double wanted = exact->features(row)[i];
        const double error = container->features(row)[i] - wanted;
        maxAbsolute = std::max(maxAbsolute, std::abs(error));
        errorSquares += error * error;
        squares += wanted * wanted;
      }
    }
    const NarrowingError& stated = container->header().narrowing;
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

// SPDX-License-Identifier: Apache-2.0
#include "pith/extract/pooling.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace pith {
namespace {

const std::vector<float> map{1, 10, 2, -20, 3, 30, 6, 60};  // [2, 2, 2], or 4 tokens of 2 values

TEST(Pooling, AveragesEveryChannelOverAllPlaces) {
  EXPECT_EQ(pool(map, 2, Pooling::average), (std::vector<float>{3, 20}));
}

TEST(Pooling, TakesTheLargestOfEveryChannel) {
  EXPECT_EQ(pool(map, 2, Pooling::maximum), (std::vector<float>{6, 60}));
  EXPECT_EQ(pool(std::vector<float>{-3, -2, -5, -7}, 2, Pooling::maximum), (std::vector<float>{-3, -2}));
}

TEST(Pooling, PutsTheAveragesBeforeTheMaxima) {
  EXPECT_EQ(pool(map, 2, Pooling::averageAndMaximum), (std::vector<float>{3, 20, 6, 60}));
}

TEST(Pooling, TakesTheFirstToken) {
  EXPECT_EQ(pool(map, 2, Pooling::classToken), (std::vector<float>{1, 10}));
}

TEST(Pooling, LeavesVectorsAndGridsAsTheyAre) { EXPECT_EQ(pool(map, 2, Pooling::none), map); }

TEST(Pooling, GeneralizedMeanIsTheRootOfTheMeanOfPowers) {
  const auto expected = [](float power) {
    const auto mean = [&](std::initializer_list<double> values) {
      double sum = 0;
      for (double value : values) sum += std::pow(value, double{power});
      return static_cast<float>(std::pow(sum / 4, 1.0 / double{power}));
    };
    return std::vector<float>{mean({1, 2, 3, 6}), mean({10, 1e-6, 30, 60})};  // -20 counts as 1e-6
  };
  for (const float power : {1.0F, 2.0F, 3.0F, 2.5F, 0.5F}) {
    const auto seen = pool(map, 2, Pooling::generalizedMean, power);
    ASSERT_EQ(seen.size(), 2U);
    // Whole powers are products here: a rounding of double each, far below one of float.
    for (size_t c = 0; c < 2; ++c)
      EXPECT_LE(std::abs(seen[c] - expected(power)[c]), std::ldexp(expected(power)[c], -23)) << power;
  }
  // Between the mean and the maximum, and closer to the latter the larger p is.
  EXPECT_GT(pool(map, 2, Pooling::generalizedMean, 3)[0], 3.0F);
  EXPECT_NEAR(pool(map, 2, Pooling::generalizedMean, maxPoolingPower)[0], 6.0F, 0.2F);
}

TEST(Pooling, AccumulatesInDouble) {
  // In float32, 2^24 + 1 is 2^24: a float accumulator would lose every one of the small values.
  std::vector<float> ones(1025, 1.0F);
  ones[0] = 16777216.0F;
  EXPECT_EQ(pool(ones, 1, Pooling::average)[0], static_cast<float>((16777216.0 + 1024.0) / 1025.0));
}

TEST(Pooling, NeverHidesWhatIsNotANumber) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const auto& values : {std::vector<float>{nan, 1, 2}, {1, nan, 2}, {1, 2, nan}}) {
    for (const Pooling pooling : {Pooling::average, Pooling::maximum, Pooling::generalizedMean})
      EXPECT_TRUE(std::isnan(pool(values, 1, pooling)[0])) << poolingName(pooling);
  }
}

TEST(Pooling, CountsWhatItReturns) {
  for (const Pooling pooling : {Pooling::average, Pooling::none, Pooling::maximum, Pooling::averageAndMaximum,
                                Pooling::generalizedMean, Pooling::classToken}) {
    EXPECT_EQ(pool(map, 2, pooling).size(), pooledCount(4, 2, pooling)) << poolingName(pooling);
  }
}

TEST(Pooling, NamesAreStable) {
  EXPECT_EQ(poolingNames(), "average, none, maximum, averageAndMaximum, generalizedMean, classToken");
  for (const Pooling pooling : {Pooling::average, Pooling::none, Pooling::maximum, Pooling::averageAndMaximum,
                                Pooling::generalizedMean, Pooling::classToken}) {
    EXPECT_EQ(poolingFromName(poolingName(pooling)), pooling);
  }
  EXPECT_EQ(poolingFromName("mean"), std::nullopt);
}

}  // namespace
}  // namespace pith

// SPDX-License-Identifier: Apache-2.0
#include "pith/extract/pooling.h"

#include <gtest/gtest.h>

namespace pith {
namespace {

TEST(Pooling, AveragesEveryChannelOverAllPlaces) {
  const std::vector<float> map{1, 10, 2, 20, 3, 30, 6, 60};  // [2, 2, 2]
  EXPECT_EQ(averagePool(map, 2), (std::vector<float>{3, 30}));
}

TEST(Pooling, AccumulatesInDouble) {
  // In float32, 2^24 + 1 is 2^24: a float accumulator would lose every one of the small values.
  std::vector<float> map(1025, 1.0F);
  map[0] = 16777216.0F;
  EXPECT_EQ(averagePool(map, 1)[0], static_cast<float>((16777216.0 + 1024.0) / 1025.0));
}

TEST(Pooling, NamesAreStable) {
  EXPECT_EQ(poolingName(Pooling::average), "average");
  EXPECT_EQ(poolingName(Pooling::none), "none");
}

}  // namespace
}  // namespace pith

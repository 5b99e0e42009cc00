// SPDX-License-Identifier: Apache-2.0
#include "text.h"

#include <gtest/gtest.h>

#include <limits>

namespace pith::cli {
namespace {

TEST(HumanDuration, ShowsHowLongAndInWhichDirection) {
  EXPECT_EQ(humanDuration(0), "0.0 s");
  EXPECT_EQ(humanDuration(9.94), "9.9 s");
  EXPECT_EQ(humanDuration(42.4), "42 s");
  EXPECT_EQ(humanDuration(59.6), "1:00");
  EXPECT_EQ(humanDuration(187), "3:07");
  EXPECT_EQ(humanDuration(7500), "2:05:00");
  EXPECT_EQ(humanDuration(3'959'900), "1099:58:20");
  EXPECT_EQ(humanDuration(-0.01), "0.0 s");
  EXPECT_EQ(humanDuration(-5), "-5.0 s");
  EXPECT_EQ(humanDuration(-50), "-50 s");
  EXPECT_EQ(humanDuration(-7500), "-2:05:00");
}

TEST(HumanDuration, SaysWhatCannotBeCountedInSeconds) {
  EXPECT_EQ(humanDuration(1e300), "1e+300 s");
  EXPECT_EQ(humanDuration(-std::numeric_limits<double>::infinity()), "-inf s");
  EXPECT_EQ(humanDuration(std::numeric_limits<double>::quiet_NaN()), "nan s");
}

}  // namespace
}  // namespace pith::cli

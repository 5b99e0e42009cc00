// SPDX-License-Identifier: Apache-2.0
// Every value of the narrow float formats is its own nearest value, and what lies between goes to the even neighbour.
#include "pith/model/number_type.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace pith {
namespace {

constexpr NumberType narrow[] = {NumberType::float16,       NumberType::bfloat16,   NumberType::float8e4m3fn,
                                 NumberType::float8e4m3fnuz, NumberType::float8e5m2, NumberType::float8e5m2fnuz,
                                 NumberType::float4e2m1};

TEST(NumberTypeTest, ValuesOfAFormatStay) {
  for (const NumberType type : narrow) {
    for (uint32_t bits = 0; bits < (1U << numberBits(type)); ++bits) {
      const float value = floatFromBits(type, bits);
      if (std::isnan(value)) continue;
      const float rounded = roundedTo(type, value, false);
      ASSERT_EQ(rounded, value) << numberTypeName(type) << " " << bits;
      ASSERT_EQ(std::signbit(rounded), std::signbit(value)) << numberTypeName(type) << " " << bits;
    }
  }
}

TEST(NumberTypeTest, HalvesGoToEven) {
  for (const NumberType type : narrow) {
    for (uint32_t bits = 0; bits + 1 < (1U << (numberBits(type) - 1)); ++bits) {
      const float low = floatFromBits(type, bits), high = floatFromBits(type, bits + 1);
      if (!std::isfinite(low) || !std::isfinite(high)) continue;
      const float middle = low + (high - low) / 2;
      ASSERT_EQ(roundedTo(type, middle, true), bits % 2 == 0 ? low : high) << numberTypeName(type) << " " << bits;
      ASSERT_EQ(roundedTo(type, std::nextafter(middle, high), true), high) << numberTypeName(type) << " " << bits;
    }
  }
}

TEST(NumberTypeTest, BeyondTheLargest) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(roundedTo(NumberType::float16, 65519.0F, true), 65504.0F);
  EXPECT_EQ(roundedTo(NumberType::float16, 65520.0F, true), infinity);
  EXPECT_EQ(roundedTo(NumberType::float8e4m3fn, -1e6F, true), -448.0F);
  EXPECT_TRUE(std::isnan(roundedTo(NumberType::float8e4m3fn, 1e6F, false)));
  EXPECT_EQ(roundedTo(NumberType::float8e5m2, 1e6F, false), infinity);
  EXPECT_EQ(roundedTo(NumberType::float4e2m1, infinity, false), 6.0F);
}

TEST(NumberTypeTest, WholeNumbersWrap) {
  EXPECT_EQ(wrappedTo(NumberType::int8, 200), -56);
  EXPECT_EQ(wrappedTo(NumberType::uint8, -1), 255);
  EXPECT_EQ(wrappedTo(NumberType::int4, 8), -8);
  EXPECT_EQ(wrappedTo(NumberType::int2, 2), -2);
  EXPECT_EQ(wrappedTo(NumberType::boolean, 7), 1);
  EXPECT_EQ(wrappedTo(NumberType::int64, -5), -5);
}

}  // namespace
}  // namespace pith

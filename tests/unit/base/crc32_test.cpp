// SPDX-License-Identifier: Apache-2.0
#include "pith/base/crc32.h"

#include <gtest/gtest.h>

#include <vector>

namespace pith {
namespace {

/// The check values that catalogues of checksums give for "123456789".
TEST(Crc32, givesTheKnownAnswers) {
  EXPECT_EQ(crc32(CrcPolynomial::ieee, asBytes("123456789")), 0xCBF43926);
  EXPECT_EQ(crc32(CrcPolynomial::castagnoli, asBytes("123456789")), 0xE3069283);
  EXPECT_EQ(crc32(CrcPolynomial::ieee, {}), 0u);
}

/// @source RFC 3720, B.4: 32 bytes of zeros, of ones, and ascending
TEST(Crc32, givesTheAnswersOfTheStandard) {
  std::vector<uint8_t> bytes(32, 0);
  EXPECT_EQ(crc32(CrcPolynomial::castagnoli, bytes), 0x8A9136AA);
  bytes.assign(32, 0xFF);
  EXPECT_EQ(crc32(CrcPolynomial::castagnoli, bytes), 0x62A8AB43);
  for (uint8_t i = 0; i < 32; ++i) bytes[i] = i;
  EXPECT_EQ(crc32(CrcPolynomial::castagnoli, bytes), 0x46DD794E);
}

TEST(Crc32, isTheSameInPieces) {
  std::vector<uint8_t> bytes(1000);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i * 7 + i / 3);
  const ByteView all(bytes);
  for (const size_t cut : {0, 1, 7, 8, 9, 500, 1000}) {
    const uint32_t first = crc32(CrcPolynomial::ieee, all.first(cut));
    EXPECT_EQ(crc32(CrcPolynomial::ieee, all.subspan(cut), first), crc32(CrcPolynomial::ieee, all));
  }
}

}  // namespace
}  // namespace pith

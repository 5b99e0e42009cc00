// SPDX-License-Identifier: Apache-2.0
#include "pith/base/sha256.h"

#include <gtest/gtest.h>

namespace pith {
namespace {

// The examples of FIPS 180-4's companion document "Examples with intermediate values".
TEST(Sha256, AnswersTheStandardsExamples) {
  EXPECT_EQ(toHex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(toHex(sha256(asBytes("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, PiecesGiveTheSameAsTheWhole) {
  Sha256 hash;
  hash.update(asBytes("a"));
  hash.update({});
  hash.update(asBytes("bc"));
  EXPECT_EQ(hash.finish(), sha256(asBytes("abc")));
}

TEST(Sha256, HexIsReadBackAndNothingElseIs) {
  const Sha256Digest digest = sha256(asBytes("abc"));
  EXPECT_EQ(digestFromHex(toHex(digest)), digest);
  EXPECT_FALSE(digestFromHex("ba78"));
  EXPECT_FALSE(digestFromHex(std::string(64, 'g')));
}

}  // namespace
}  // namespace pith

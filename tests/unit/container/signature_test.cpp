// SPDX-License-Identifier: Apache-2.0
#include "pith/container/signature.h"

#include <gtest/gtest.h>

#include "pith/container/signature_block.h"

namespace pith {
namespace {

SecretSeed seedOf(uint8_t first) {
  SecretSeed seed{};
  for (size_t i = 0; i < seed.size(); ++i) seed[i] = static_cast<uint8_t>(first + i);
  return seed;
}

/// RFC 8032, 7.1, test 1: the key pair of this seed.
TEST(Signature, TheKeyOfTheStandardsFirstTestIsDerived) {
  const Result<KeyPair> keys =
      parseSecretKey("pith-secret-key-1 9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60\n");
  ASSERT_TRUE(keys.ok());
  EXPECT_EQ(toHex(keys->publicKey), "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
}

TEST(Signature, ASignatureIsValidForItsRootAndNoOther) {
  const KeyPair keys = makeKeyPair(seedOf(1));
  const Sha256Digest root = sha256(asBytes("root"));
  const Signature signature = signRoot(keys, root);
  EXPECT_TRUE(isValid(signature, root));
  EXPECT_FALSE(isValid(signature, sha256(asBytes("another root"))));
  Signature changed = signature;
  changed.bytes[0] ^= 1;
  EXPECT_FALSE(isValid(changed, root));
  changed = signature;
  changed.publicKey = makeKeyPair(seedOf(2)).publicKey;
  EXPECT_FALSE(isValid(changed, root));
}

TEST(Signature, KeysSurviveTheirText) {
  const KeyPair keys = makeKeyPair(seedOf(3));
  EXPECT_EQ(*parsePublicKey(publicKeyText(keys.publicKey)), keys.publicKey);
  EXPECT_EQ(parseSecretKey(secretKeyText(keys.seed))->publicKey, keys.publicKey);
  for (const char* text : {"", "pith-public-key-1 ", "pith-public-key-1 zz", "pith-secret-key-1 00"}) {
    EXPECT_FALSE(parsePublicKey(text).ok()) << text;
  }
  // A secret key must never be taken for a public one, or the other way round.
  EXPECT_FALSE(parsePublicKey(secretKeyText(keys.seed)).ok());
  EXPECT_FALSE(parseSecretKey(publicKeyText(keys.publicKey)).ok());
}

TEST(Signature, TheBlockIsSortedPaddedAndReadBack) {
  const Sha256Digest root = sha256(asBytes("root"));
  const Signature a = signRoot(makeKeyPair(seedOf(1)), root), b = signRoot(makeKeyPair(seedOf(9)), root);
  const std::vector<uint8_t> one = encodeSignatures(1000, {a, b});
  EXPECT_EQ(one, encodeSignatures(1000, {b, a}));
  EXPECT_EQ(one.size(), 24u + 256u);
  const auto read = format::decodeSignatures(one, 1000);
  ASSERT_TRUE(read.ok());
  ASSERT_EQ(read->size(), 2u);
  EXPECT_LT((*read)[0].publicKey, (*read)[1].publicKey);
  EXPECT_TRUE(isValid((*read)[0], root) && isValid((*read)[1], root));
}

TEST(Signature, AnythingElseBehindTheFileIsRefused) {
  const std::vector<uint8_t> good = encodeSignatures(1000, {signRoot(makeKeyPair(seedOf(1)), {})});
  for (size_t cut = 1; cut < good.size(); ++cut) EXPECT_FALSE(format::decodeSignatures(ByteView(good).first(cut), 1000).ok()) << cut;
  for (const size_t at : {size_t{0}, size_t{24}, size_t{24 + 8}, size_t{24 + 31}}) {
    std::vector<uint8_t> changed = good;
    changed[at] ^= 1;
    EXPECT_FALSE(format::decodeSignatures(changed, 1000).ok()) << at;
  }
  std::vector<uint8_t> twice = good;
  twice.insert(twice.end(), good.begin() + 24, good.end());
  EXPECT_FALSE(format::decodeSignatures(twice, 1000).ok());
  std::vector<uint8_t> many = good;
  many.resize(24 + 17 * 128);
  EXPECT_FALSE(format::decodeSignatures(many, 1000).ok());
}

}  // namespace
}  // namespace pith

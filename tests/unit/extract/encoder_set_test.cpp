// SPDX-License-Identifier: Apache-2.0
// Several networks: each block is what its network gives alone, whatever stands beside it.
#include "pith/extract/encoder_set.h"

#include <gtest/gtest.h>

#include "pith/extract/extractor.h"
#include "unit/extract/small_networks.h"

namespace pith {
namespace {

Image picture() {
  Image image;
  image.width = 12;
  image.height = 9;
  image.channels = 3;
  for (int i = 0; i < 12 * 9 * 3; ++i) image.u8.push_back(static_cast<uint8_t>(i * 37 % 256));
  return image;
}

Encoder encoder(float gain, int side, std::vector<TapOptions> taps) {
  auto loaded =
      Encoder::load(test::smallNetwork(gain, side), {"small", test::smallRecipe(side), std::move(taps), {}});
  EXPECT_TRUE(loaded.ok()) << loaded.error().detail;
  return std::move(loaded).value();
}

std::vector<float> alone(float gain, int side, const std::string& tap) {
  auto extractor =
      Extractor::load(test::smallNetwork(gain, side),
                      {.name = "small", .recipe = test::smallRecipe(side), .tap = tap, .limits = {}});
  EXPECT_TRUE(extractor.ok()) << extractor.error().detail;
  const auto features = extractor->extract(picture());
  return features.ok() ? *features : std::vector<float>{};
}

TEST(EncoderSet, GivesEveryBlockAsIfItWereAlone) {
  std::vector<Encoder> encoders;
  encoders.push_back(encoder(1.0F, 8, {TapOptions{}, {"wide", std::nullopt, std::nullopt}}));
  encoders.push_back(encoder(2.0F, 10, {TapOptions{}}));  // another recipe between two equal ones
  encoders.push_back(encoder(3.0F, 8, {TapOptions{}}));
  EncoderSet set(std::move(encoders));
  ASSERT_EQ(set.infos().size(), 4U);
  EXPECT_EQ(set.infos()[1].tap, "wide");
  EXPECT_EQ(set.infos()[2].recipe.width, 10);
  EXPECT_EQ(set.roundingBounds().size(), 4U);
  for (int round = 0; round < 2; ++round) {
    const auto blocks = set.extract(picture());
    ASSERT_TRUE(blocks.ok()) << blocks.error().detail;
    ASSERT_EQ(blocks->size(), 4U);
    EXPECT_EQ((*blocks)[0], alone(1.0F, 8, ""));
    EXPECT_EQ((*blocks)[1], alone(1.0F, 8, "wide"));
    EXPECT_EQ((*blocks)[2], alone(2.0F, 10, ""));
    EXPECT_EQ((*blocks)[3], alone(3.0F, 8, ""));
  }
  EXPECT_NE(alone(1.0F, 8, ""), alone(1.0F, 10, ""));  // the recipes do differ
}

TEST(EncoderSet, RefusesWhatIsNoPicture) {
  std::vector<Encoder> encoders;
  encoders.push_back(encoder(1.0F, 8, {TapOptions{}}));
  EncoderSet set(std::move(encoders));
  const std::vector<uint8_t> text{'h', 'e', 'l', 'l', 'o'};
  const auto blocks = set.extract(text);
  ASSERT_FALSE(blocks.ok());
  EXPECT_EQ(blocks.error().code, ErrorCode::unsupportedImage);
}

}  // namespace
}  // namespace pith

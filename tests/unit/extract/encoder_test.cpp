// SPDX-License-Identifier: Apache-2.0
// One network, several taps: every tap gives what it gives alone.
#include "pith/extract/encoder.h"

#include <gtest/gtest.h>

#include <cmath>

#include "unit/extract/small_networks.h"

namespace pith {
namespace {

using Features = std::vector<std::vector<float>>;

/// Pixel i is (i, 2 i, 3 i).
FloatBuffer ramp(size_t pixels = 64) {
  FloatBuffer input(pixels * 3);
  for (size_t i = 0; i < pixels * 3; ++i) input.data()[i] = static_cast<float>(i / 3 * (i % 3 + 1));
  return input;
}

Result<Encoder> load(std::vector<TapOptions> taps) {
  return Encoder::load(test::smallNetwork(), {"small", test::smallRecipe(), std::move(taps), {}});
}

Features featuresOf(std::vector<TapOptions> taps) {
  auto encoder = load(std::move(taps));
  EXPECT_TRUE(encoder.ok()) << encoder.error().detail;
  if (!encoder.ok()) return {};
  auto features = encoder->encode(ramp());
  EXPECT_TRUE(features.ok()) << features.error().detail;
  return features.ok() ? *features : Features{};
}

TapOptions tap(const char* tensor, Pooling pooling) { return {tensor, pooling, std::nullopt}; }

TEST(Encoder, TakesTheHeadlessCutWhereNothingIsNamed) {
  // The mean of 0..63 is 31.5: red 31.5, green 63, blue 94.5, their sum 189.
  EXPECT_EQ(featuresOf({TapOptions{}}), (Features{{220.5F, -31.5F}}));
}

TEST(Encoder, RunsOnceForSeveralTaps) {
  const Features seen =
      featuresOf({TapOptions{}, tap("wide", Pooling::average), tap("wide", Pooling::averageAndMaximum),
                  tap("deep", Pooling::maximum), tap("y", Pooling::none)});
  ASSERT_EQ(seen.size(), 5U);
  EXPECT_EQ(seen[0], (std::vector<float>{220.5F, -31.5F}));
  EXPECT_EQ(seen[1], (std::vector<float>{31.5F, 63, 94.5F, 189}));
  EXPECT_EQ(seen[2], (std::vector<float>{31.5F, 63, 94.5F, 189, 63, 126, 189, 378}));
  EXPECT_EQ(seen[3], (std::vector<float>{441, 0}));
  EXPECT_EQ(seen[4], (std::vector<float>(5, 94.5F)));
}

TEST(Encoder, TapsDoNotDependOnTheirCompany) {
  const Features together = featuresOf({tap("wide", Pooling::maximum), tap("deep", Pooling::average)});
  EXPECT_EQ(together[0], featuresOf({tap("wide", Pooling::maximum)})[0]);
  EXPECT_EQ(together[1], featuresOf({tap("deep", Pooling::average)})[0]);
}

TEST(Encoder, AGridIsEveryPlaceRowByRow) {
  const Features grid = featuresOf({tap("deep", Pooling::none)});
  ASSERT_EQ(grid[0].size(), 8U * 8 * 2);
  for (size_t i = 0; i < 64; ++i) {
    EXPECT_EQ(grid[0][2 * i], static_cast<float>(7 * i));  // red + sum
    EXPECT_EQ(grid[0][2 * i + 1], -static_cast<float>(i));
  }
}

TEST(Encoder, DescribesEveryTap) {
  auto encoder = load({tap("wide", Pooling::averageAndMaximum),
                       {"deep", Pooling::generalizedMean, 2.5F},
                       {"deep", Pooling::generalizedMean, std::nullopt},
                       tap("deep", Pooling::none)});
  ASSERT_TRUE(encoder.ok()) << encoder.error().detail;
  const auto& infos = encoder->infos();
  ASSERT_EQ(infos.size(), 4U);
  EXPECT_EQ(infos[0].tap, "wide");
  EXPECT_EQ(infos[0].tapShape, (std::vector<int64_t>{8, 8, 4}));
  EXPECT_EQ(infos[0].featureCount, 8);
  EXPECT_EQ(infos[0].poolingPower, 0.0F);
  EXPECT_EQ(infos[1].poolingPower, 2.5F);
  EXPECT_EQ(infos[2].poolingPower, defaultPoolingPower);
  EXPECT_EQ(infos[3].featureCount, 128);
  for (const EncoderInfo& info : infos) {
    EXPECT_EQ(info.name, "small");
    EXPECT_EQ(info.modelSha256, sha256(test::smallNetwork()));
    EXPECT_FALSE(info.engine.empty());
  }
  for (const TapCandidate& candidate : encoder->tapCandidates())
    EXPECT_EQ(candidate.chosen, candidate.tensor == "wide" || candidate.tensor == "deep") << candidate.tensor;
}

TEST(Encoder, RefusesPoolingsThatDoNotFit) {
  const auto refusal = [](std::vector<TapOptions> taps) {
    const auto encoder = load(std::move(taps));
    EXPECT_FALSE(encoder.ok());
    if (encoder.ok()) return std::string();
    EXPECT_EQ(encoder.error().code, ErrorCode::invalidArgument);
    return encoder.error().detail;
  };
  EXPECT_NE(refusal({tap("y", Pooling::average)}).find("'y' is a vector of shape [5]; only pooling none"),
            std::string::npos);
  EXPECT_NE(refusal({tap("deep", Pooling::classToken)}).find("needs tokens"), std::string::npos);
  for (const float power : {0.0F, -1.0F, maxPoolingPower + 1, nanf("")})
    EXPECT_NE(refusal({{"deep", Pooling::generalizedMean, power}}).find("power"), std::string::npos) << power;
  EXPECT_NE(refusal({}).find("0 taps"), std::string::npos);
  EXPECT_NE(refusal({TapOptions{}, tap("pooled", Pooling::average)}).find("twice"), std::string::npos);
}

TEST(Encoder, BoundsWhatRoundingCanDo) {
  const auto encoder = load({TapOptions{}});
  // Two convolutions of 3 and 4 terms, and the pooling.
  EXPECT_DOUBLE_EQ(encoder->roundingBound(), 2 * (std::sqrt(3.0) + 2 + 1) * 0x1p-24);
}

TEST(Encoder, BoundsWhatRoundingToStepsCanDo) {
  test::OnnxBuilder builder(13);
  builder.input("x", {1, 3, 8, 8}).output("y").floats("scale", {}, {0.5F});
  builder.node("QuantizeLinear", {"x", "scale"}, {"q1"}).node("DequantizeLinear", {"q1", "scale"}, {"a"});
  builder.node("Relu", {"a"}, {"b"});
  builder.node("QuantizeLinear", {"b", "scale"}, {"q2"}).node("DequantizeLinear", {"q2", "scale"}, {"y"});
  const auto encoder = Encoder::load(builder.build(), {"steps", test::smallRecipe(), {TapOptions{"y", Pooling::average, {}}}, {}});
  ASSERT_TRUE(encoder.ok()) << encoder.error().detail;
  EXPECT_NEAR(encoder->roundingBound(), 2 * std::sqrt(2.0 / 6) / 64, 1e-4);
}

TEST(InspectModel, ListsTapsWithoutChoosingForOthers) {
  const auto inspection = inspectModel(test::smallNetwork(), test::smallRecipe());
  ASSERT_TRUE(inspection.ok()) << inspection.error().detail;
  const std::vector<TapCandidate>& taps = inspection->taps;
  ASSERT_EQ(taps.size(), 2U);
  EXPECT_EQ(taps[0].tensor, "deep");
  EXPECT_EQ(taps[0].op, "Conv");
  EXPECT_EQ(taps[0].kind, TapKind::featureMap);
  EXPECT_EQ(taps[0].pooling, Pooling::average);
  EXPECT_TRUE(taps[0].chosen);
  EXPECT_EQ(taps[1].tensor, "y");
  EXPECT_EQ(taps[1].kind, TapKind::vector);
  EXPECT_FALSE(taps[1].chosen);
}

TEST(InspectModel, TakesTheSizeFromTheFile) {
  const auto inspection = inspectModel(test::smallNetwork(1.0F, 12), std::nullopt);
  ASSERT_TRUE(inspection.ok()) << inspection.error().detail;
  EXPECT_EQ(inspection->input.height, 12);
  EXPECT_EQ(inspection->input.width, 12);
  EXPECT_EQ(inspection->input.channels, 3);
  EXPECT_TRUE(inspection->found.ok());
  ASSERT_EQ(inspection->taps.size(), 2U);
  EXPECT_EQ(inspection->taps[0].shape, (std::vector<int64_t>{12, 12, 2}));
}

TEST(InspectModel, LeavesOpenWhatTheFileLeavesOpen) {
  const std::vector<uint8_t> file = test::smallNetwork(1.0F, -1);
  const auto common = inspectModel(file, std::nullopt);
  ASSERT_TRUE(common.ok()) << common.error().detail;
  EXPECT_EQ(common->input.height, -1);
  EXPECT_EQ(common->input.width, -1);
  EXPECT_EQ(common->taps[0].shape, (std::vector<int64_t>{224, 224, 2}));
  const auto chosen = inspectModel(file, test::smallRecipe(16));
  ASSERT_TRUE(chosen.ok()) << chosen.error().detail;
  EXPECT_EQ(chosen->taps[0].shape, (std::vector<int64_t>{16, 16, 2}));
}

TEST(InspectModel, SaysWhyNoTapIsFound) {
  test::OnnxBuilder builder(13);
  builder.input("x", {1, 3, 8, 8}).output("y").floats("w", {2, 3, 1, 1}, std::vector<float>(6, 1.0F));
  builder.node("Conv", {"x", "w"}, {"early"}).node("NotThere", {"early"}, {"late"});
  const auto inspection =
      inspectModel(builder.node("GlobalAveragePool", {"late"}, {"y"}).build(), std::nullopt);
  ASSERT_TRUE(inspection.ok()) << inspection.error().detail;
  EXPECT_EQ(inspection->found.error().code, ErrorCode::unsupportedOperator);
  ASSERT_EQ(inspection->taps.size(), 1U);
  EXPECT_EQ(inspection->taps[0].tensor, "early");
  EXPECT_FALSE(inspection->taps[0].chosen);
}

TEST(InspectModel, RefusesARecipeThatTheFileContradicts) {
  const auto inspection = inspectModel(test::smallNetwork(), test::smallRecipe(16));
  ASSERT_FALSE(inspection.ok());
  EXPECT_EQ(inspection.error().code, ErrorCode::shapeMismatch);
}

}  // namespace
}  // namespace pith

// SPDX-License-Identifier: Apache-2.0
// The parity probe: pictures that are the same everywhere, and what a comparison says.
#include "pith/extract/probe.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "pith/extract/rounding.h"
#include "unit/extract/small_networks.h"

namespace pith {
namespace {

struct ProbePicture {
  int width, height, channels;
  const char* sha256;  // of its samples, from the formulas in NumPy: a change would part the probes of all
                       // containers from what is computed
};

const ProbePicture pictures[] = {
    {640, 512, 1, "f44e51eb74a30b4c3927c0ddae97ca5facb55a5d39690f8a431a426662706306"},
    {512, 640, 3, "f5bd2645ff08d9df075970454945cf45e923db5b77a23d68550c4d42fefc524a"},
    {384, 384, 3, "32121314484e17ebb33d7647e9afcaba62192f0bf9efa566aa36a526f77a42e7"},
};

TEST(Probe, PicturesNeverChange) {
  for (int i = 0; i < probeImageCount; ++i) {
    SCOPED_TRACE(i);
    const Image image = probeImage(i);
    EXPECT_EQ(image.width, pictures[i].width);
    EXPECT_EQ(image.height, pictures[i].height);
    EXPECT_EQ(image.channels, pictures[i].channels);
    ASSERT_EQ(static_cast<int64_t>(image.u8.size()), image.sampleCount());
    EXPECT_EQ(toHex(sha256(image.u8)), pictures[i].sha256);
    EXPECT_EQ(*std::ranges::min_element(image.u8), 0);
    EXPECT_EQ(*std::ranges::max_element(image.u8), 255);
  }
}

TEST(RoundingBound, CountsWhatIsComputedInFloatsBetweenIntegers) {
  Tensor map;
  map.shape = {1, 4, 2, 2};
  Graph graph;
  const TensorId x = graph.addTensor(map), y = graph.addTensor(map);
  Node node;
  node.op = Op::unary;
  node.attributes = UnaryAttributes{UnaryKind::sigmoid};
  node.inputs = {x};
  node.outputs = {y};
  graph.nodes = {node};
  graph.outputs = {y};
  EXPECT_LT(roundingBoundOf(graph), 1e-6);
  graph.tensor(y).quantization = Quantization{{0.1F}};
  EXPECT_GT(roundingBoundOf(graph), 0.01);  // a step of values that are 64 large
  graph.nodes[0].op = Op::reduceMean;  // there are kernels of integers for it
  graph.nodes[0].attributes = ReduceAttributes{{2, 3}, true};
  EXPECT_LT(roundingBoundOf(graph), 1e-6);
}

EncoderSet smallSet(float gain) {
  std::vector<Encoder> encoders;
  auto encoder =
      Encoder::load(test::smallNetwork(gain),
                    {"small", test::smallRecipe(), {TapOptions{}, {"wide", std::nullopt, std::nullopt}}, {}});
  EXPECT_TRUE(encoder.ok()) << encoder.error().detail;
  encoders.push_back(std::move(*encoder));
  return EncoderSet(std::move(encoders));
}

TEST(Probe, HoldsTheFeaturesOfEveryPictureForEveryBlock) {
  EncoderSet set = smallSet(1.0F);
  const auto probe = computeProbe(set);
  ASSERT_TRUE(probe.ok()) << probe.error().detail;
  ASSERT_EQ(probe->size(), 2U);
  for (int i = 0; i < probeImageCount; ++i) {
    const auto blocks = set.extract(probeImage(i));
    ASSERT_TRUE(blocks.ok());
    for (size_t b = 0; b < 2; ++b) {
      const auto count = static_cast<size_t>(set.infos()[b].featureCount);
      ASSERT_EQ((*probe)[b].size(), count * probeImageCount);
      EXPECT_TRUE(std::ranges::equal((*blocks)[b],
                                     std::span((*probe)[b]).subspan(count * static_cast<size_t>(i), count)));
    }
  }
}

TEST(Probe, TellsEqualCloseAndDifferentApart) {
  const std::vector<float> stored{3, 4, 30, 40, 0.3F, 0.4F};
  EXPECT_EQ(compareProbe(stored, stored, 1e-6).match, ProbeMatch::bitEqual);
  // One value of the smallest picture moves by a part in a million of that picture's norm.
  std::vector<float> moved = stored;
  moved[5] += 0.5e-6F;
  const ProbeComparison close = compareProbe(stored, moved, 2e-6);
  EXPECT_EQ(close.match, ProbeMatch::withinBound);
  EXPECT_NEAR(close.distance, 1e-6, 1e-7);  // a step of float at 0.4 is 3e-8
  EXPECT_EQ(compareProbe(stored, moved, 0.5e-6).match, ProbeMatch::different);
}

TEST(Probe, WhatIsNoNumberOrOfAnotherSizeIsDifferent) {
  const std::vector<float> stored{1, 2, 3};
  const auto match = [&](const std::vector<float>& seen) { return compareProbe(stored, seen, 1.0).match; };
  EXPECT_EQ(match({1, 2}), ProbeMatch::different);
  EXPECT_EQ(match({}), ProbeMatch::different);
  EXPECT_EQ(match({nanf(""), 2, 3}), ProbeMatch::different);
  EXPECT_EQ(match({1, std::numeric_limits<float>::infinity(), 3}), ProbeMatch::different);
  EXPECT_EQ(compareProbe(std::vector<float>{0, 2, 3}, std::vector<float>{1e-9F, 2, 3}, 1.0).match,
            ProbeMatch::different);
}

TEST(Probe, AnotherNetworkIsDifferent) {
  EncoderSet one = smallSet(1.0F), other = smallSet(1.001F);
  const auto a = computeProbe(one), b = computeProbe(other);
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_EQ(compareProbe((*a)[0], (*b)[0], one.roundingBounds()[0]).match, ProbeMatch::different);
}

TEST(Probe, IsRecomputedFromTheModelAndWhatIsKeptOfTheEncoder) {
  const auto model = test::smallNetwork();
  const TapOptions gem{"wide", Pooling::generalizedMean, 2.0F};
  auto encoder = Encoder::load(model, {"small", test::smallRecipe(), {gem}, {}});
  ASSERT_TRUE(encoder.ok()) << encoder.error().detail;
  std::vector<Encoder> encoders;
  encoders.push_back(std::move(*encoder));
  EncoderSet set(std::move(encoders));
  auto probe = computeProbe(set);
  ASSERT_TRUE(probe.ok());
  std::vector<float>& stored = (*probe)[0];
  EncoderInfo info = set.infos()[0];
  const auto same = recomputeProbe(model, info, stored);
  ASSERT_TRUE(same.ok()) << same.error().detail;
  EXPECT_EQ(same->match, ProbeMatch::bitEqual);
  EXPECT_EQ(same->bound, set.roundingBounds()[0]);
  auto alone =
      Extractor::load(model, {"small", test::smallRecipe(), "wide", {}, Pooling::generalizedMean, 2.0F});
  ASSERT_TRUE(alone.ok()) << alone.error().detail;
  const auto ofOne = computeProbe(*alone);
  ASSERT_TRUE(ofOne.ok());
  EXPECT_EQ(*ofOne, stored);

  info.poolingPower = 3.0F;
  EXPECT_EQ(recomputeProbe(model, info, stored)->match, ProbeMatch::different);
  info = set.infos()[0];
  info.recipe.mean = {0.1, 0, 0};
  EXPECT_EQ(recomputeProbe(model, info, stored)->match, ProbeMatch::different);
  const auto other = recomputeProbe(test::smallNetwork(2.0F), set.infos()[0], stored);
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().code, ErrorCode::weightsMismatch);
}

TEST(Probe, NamesAreStable) {
  EXPECT_EQ(probeMatchName(ProbeMatch::bitEqual), "bitEqual");
  EXPECT_EQ(probeMatchName(ProbeMatch::withinBound), "withinBound");
  EXPECT_EQ(probeMatchName(ProbeMatch::different), "different");
}

}  // namespace
}  // namespace pith

// SPDX-License-Identifier: Apache-2.0
// Which tensor is the headless cut, and what other names mean.
#include "pith/model/tap.h"

#include <gtest/gtest.h>

#include "pith/onnx/onnx.h"
#include "unit/onnx/builder.h"

namespace pith {
namespace {

using test::OnnxBuilder;

/// x [1, 3, 8, 8] with weights for convolutions of 16, 10 and 12 outputs.
OnnxBuilder start(int64_t opset = 13) {
  OnnxBuilder builder(opset);
  builder.input("x", {1, 3, 8, 8}).output("y");
  builder.floats("w16", {16, 3, 1, 1}, std::vector<float>(48, 0.5F));
  builder.floats("w16k3", {16, 16, 3, 3}, std::vector<float>(2304, 0.5F));
  builder.floats("w10", {10, 16, 1, 1}, std::vector<float>(160, 0.5F));
  builder.floats("w10k3", {10, 16, 3, 3}, std::vector<float>(1440, 0.5F));
  builder.floats("w12", {12, 16, 1, 1}, std::vector<float>(192, 0.5F));
  builder.floats("fc", {5, 16}, std::vector<float>(80, 0.5F));
  return builder.node("Conv", {"x", "w16"}, {"c"}).node("Relu", {"c"}, {"map"});
}

Graph graphOf(const OnnxBuilder& builder) {
  const auto file = builder.build();
  auto graph = importOnnx(file, {8, 8, 3}, Limits{});
  EXPECT_TRUE(graph.ok()) << graph.error().detail;
  return graph.ok() ? std::move(graph).value() : Graph{};
}

std::string found(const OnnxBuilder& builder) {
  const Graph graph = graphOf(builder);
  const auto tap = findTap(graph);
  return tap.ok() ? graph.tensor(tap->tensor).name : std::string(errorName(tap.error().code));
}

std::string named(const OnnxBuilder& builder, const char* name) {
  const Graph graph = graphOf(builder);
  const auto tap = namedTap(graph, name);
  return tap.ok() ? graph.tensor(tap->tensor).name : std::string(errorName(tap.error().code));
}

OnnxBuilder resNetLike() {
  return start()
      .node("GlobalAveragePool", {"map"}, {"pooled"})
      .node("Flatten", {"pooled"}, {"flat"})
      .node("Gemm", {"flat", "fc"}, {"y"}, {{"transB", int64_t{1}}});
}

TEST(FindTap, IsTheMapBeforeTheLastGlobalPooling) {
  EXPECT_EQ(found(resNetLike()), "map");
  EXPECT_EQ(found(start().node("ReduceMean", {"map"}, {"y"},
                               {{"axes", OnnxBuilder::Ints{2, 3}}, {"keepdims", int64_t{0}}})),
            "map");
  EXPECT_EQ(found(start().node("AveragePool", {"map"}, {"y"}, {{"kernel_shape", OnnxBuilder::Ints{8, 8}}})),
            "map");
  EXPECT_EQ(found(start().node("Dropout", {"map"}, {"d"}).node("GlobalAveragePool", {"d"}, {"y"})), "map");
}

std::string foundPooling(const OnnxBuilder& builder) {
  const Graph graph = graphOf(builder);
  const auto tap = findTap(graph);
  return tap.ok() ? graph.tensor(tap->tensor).name + " " + std::string(poolingName(tap->pooling))
                  : std::string(errorName(tap.error().code));
}

TEST(FindTap, PoolsAsTheNetworkDoes) {
  const OnnxBuilder::Attribute whole{"kernel_shape", OnnxBuilder::Ints{8, 8}};
  EXPECT_EQ(foundPooling(resNetLike()), "map average");
  EXPECT_EQ(foundPooling(start().node("MaxPool", {"map"}, {"y"}, {whole})), "map maximum");
  const OnnxBuilder both = start()
                               .node("GlobalAveragePool", {"map"}, {"a"})
                               .node("MaxPool", {"map"}, {"m"}, {whole})
                               .node("Concat", {"m", "a"}, {"y"}, {{"axis", int64_t{1}}});
  EXPECT_EQ(foundPooling(both), "map averageAndMaximum");
}

TEST(FindTap, IsTheJointOfPoolingsOfSeveralMaps) {
  const OnnxBuilder::Attribute whole{"kernel_shape", OnnxBuilder::Ints{8, 8}}, half{"kernel_shape", OnnxBuilder::Ints{4, 4}};
  const OnnxBuilder::Attribute channels{"axis", int64_t{1}};
  EXPECT_EQ(found(start()
                      .node("MaxPool", {"c"}, {"m"}, {whole})
                      .node("GlobalAveragePool", {"map"}, {"a"})
                      .node("Concat", {"m", "a"}, {"joint"}, {channels})
                      .node("Flatten", {"joint"}, {"y"})),
            "joint");
  // A pyramid: the whole map, and its quarters.
  EXPECT_EQ(found(start()
                      .node("GlobalAveragePool", {"map"}, {"a"})
                      .node("AveragePool", {"map"}, {"q"}, {half, {"strides", OnnxBuilder::Ints{4, 4}}})
                      .node("Flatten", {"a"}, {"a1"})
                      .node("Flatten", {"q"}, {"q1"})
                      .node("Concat", {"q1", "a1"}, {"joint"}, {channels})
                      .node("Relu", {"joint"}, {"y"})),
            "joint");
  // Scores of two heads are no features: the last pooling decides.
  EXPECT_EQ(found(start()
                      .node("GlobalAveragePool", {"c"}, {"a"})
                      .node("GlobalAveragePool", {"map"}, {"b"})
                      .node("Flatten", {"a"}, {"a1"})
                      .node("Flatten", {"b"}, {"b1"})
                      .node("Gemm", {"a1", "fc"}, {"s"}, {{"transB", int64_t{1}}})
                      .node("Gemm", {"b1", "fc"}, {"t"}, {{"transB", int64_t{1}}})
                      .node("Concat", {"s", "t"}, {"y"}, {channels})),
            "map");
}

TEST(FindTap, IsTheJointOfTheClassTokenAndTheMeanOfTheOthers) {
  EXPECT_EQ(found(start()
                      .ints("tokens", {1, 16, 64})
                      .floats("class", {1, 1, 16}, std::vector<float>(16, 0.5F))
                      .ints("zero", {0})
                      .ints("one", {1})
                      .ints("end", {65})
                      .node("Reshape", {"map", "tokens"}, {"t"})
                      .node("Transpose", {"t"}, {"patches"}, {{"perm", OnnxBuilder::Ints{0, 2, 1}}})
                      .node("Concat", {"class", "patches"}, {"all"}, {{"axis", int64_t{1}}})
                      .node("Slice", {"all", "zero", "one", "one"}, {"first"})
                      .node("Slice", {"all", "one", "end", "one"}, {"others"})
                      .node("ReduceMean", {"others"}, {"mean"}, {{"axes", OnnxBuilder::Ints{1}}, {"keepdims", int64_t{1}}})
                      .node("Concat", {"first", "mean"}, {"joint"}, {{"axis", int64_t{2}}})
                      .node("Relu", {"joint"}, {"y"})),
            "joint");
}

TEST(FindTap, TheRootOfAMeanOfPowersBelongsToIt) {
  const auto generalized = [](float power, float root) {
    return start()
        .floats("p", {1}, {power})
        .floats("r", {1}, {root})
        .floats("least", {}, {1e-6F})
        .ints("pads", {0, 0, 0, 0, 0, 0, 0, 0})
        .node("Clip", {"map", "least"}, {"clipped"})
        .node("Pow", {"clipped", "p"}, {"powers"})
        .node("Pad", {"powers", "pads"}, {"padded"})
        .node("AveragePool", {"padded"}, {"mean"}, {{"kernel_shape", OnnxBuilder::Ints{8, 8}}})
        .node("Pow", {"mean", "r"}, {"root"})
        .node("Flatten", {"root"}, {"flat"})
        .node("Gemm", {"flat", "fc"}, {"y"}, {{"transB", int64_t{1}}});
  };
  EXPECT_EQ(found(generalized(3.0F, 1.0F / 3)), "root");
  EXPECT_EQ(found(generalized(2.0F, 0.5F)), "root");
  EXPECT_EQ(found(generalized(3.0F, 0.5F)), "padded");  // something else
}

TEST(FindTap, AVectorWhoseAxesWereKeptHasItsChannelsLastWhereTheyAre) {
  const Graph graph = graphOf(start()
                                  .floats("p", {1}, {3.0F})
                                  .floats("r", {1}, {1.0F / 3})
                                  .node("Transpose", {"map"}, {"last"}, {{"perm", OnnxBuilder::Ints{0, 2, 3, 1}}})
                                  .node("Pow", {"last", "p"}, {"powers"})
                                  .node("ReduceMean", {"powers"}, {"mean"}, {{"axes", OnnxBuilder::Ints{1, 2}}, {"keepdims", int64_t{1}}})
                                  .node("Pow", {"mean", "r"}, {"root"})
                                  .node("Flatten", {"root"}, {"flat"})
                                  .node("Gemm", {"flat", "fc"}, {"y"}, {{"transB", int64_t{1}}}));
  const auto tap = findTap(graph);
  ASSERT_TRUE(tap.ok());
  EXPECT_EQ(graph.tensor(tap->tensor).name, "root");
  EXPECT_EQ(tap->shape, (Shape{1, 1, 16}));  // and not 16 places of one channel
}

TEST(FindTap, TheMeanOverChannelsIsNoPooling) {
  EXPECT_EQ(found(start()
                      .node("Transpose", {"map"}, {"t"}, {{"perm", OnnxBuilder::Ints{0, 2, 3, 1}}})
                      .node("ReduceMean", {"t"}, {"y"},
                            {{"axes", OnnxBuilder::Ints{2, 3}}, {"keepdims", int64_t{0}}})),
            "tapNotFound");
}

TEST(FindTap, AFileWithoutHeadGivesItsSmallMap) {
  const auto headless = [](int64_t stride, int64_t channels) {
    OnnxBuilder builder(13);
    builder.input("x", {1, 3, 64, 64}).output("y");
    builder.floats("w", {channels, 3, 1, 1}, std::vector<float>(static_cast<size_t>(channels * 3), 0.5F));
    builder.node("Conv", {"x", "w"}, {"y"}, {{"strides", OnnxBuilder::Ints{stride, stride}}});
    const auto file = builder.build();
    const auto graph = importOnnx(file, {64, 64, 3}, Limits{});
    EXPECT_TRUE(graph.ok());
    const auto tap = findTap(*graph);
    return tap.ok() ? graph->tensor(tap->tensor).name : std::string(errorName(tap.error().code));
  };
  EXPECT_EQ(headless(8, 32), "y");
  EXPECT_EQ(headless(4, 32), "tapNotFound");  // as large as a segmentation
  EXPECT_EQ(headless(8, 21), "tapNotFound");  // as few channels as classes or boxes
}

TEST(FindTap, ChainsOfProductsAreNoDeeperThanTheyMustBe) {
  OnnxBuilder builder = start();
  builder.node("Mul", {"map", "map"}, {"m0"});
  for (int i = 1; i < 20'000; ++i) builder.node("Mul", {"m" + std::to_string(i - 1), "map"}, {"m" + std::to_string(i)});
  EXPECT_EQ(found(builder.node("GlobalAveragePool", {"m19999"}, {"y"})), "m19999");
}

TEST(FindTap, PassesOverPoolingInsideBlocks) {
  const OnnxBuilder squeezeAndExcite = start()
                                           .node("GlobalAveragePool", {"map"}, {"s"})
                                           .node("Mul", {"map", "s"}, {"scaled"})
                                           .node("GlobalAveragePool", {"scaled"}, {"y"});
  EXPECT_EQ(found(squeezeAndExcite), "scaled");
  const OnnxBuilder endsWithoutPooling =
      start().node("GlobalAveragePool", {"map"}, {"s"}).node("Mul", {"map", "s"}, {"y"});
  EXPECT_EQ(found(endsWithoutPooling), "tapNotFound");
}

OnnxBuilder convThenPool(const char* weights, bool dropout, bool softmax) {
  OnnxBuilder builder = start();
  builder.node("Dropout", {"map"}, {"dropped"});
  builder.node("Conv", {dropout ? "dropped" : "map", weights}, {"last"}).node("Relu", {"last"}, {"r"});
  builder.node("GlobalAveragePool", {"r"}, {softmax ? "p" : "y"});
  if (softmax) builder.node("Softmax", {"p"}, {"y"}, {{"axis", int64_t{1}}});
  return builder;
}

TEST(FindTap, KeepsTheLastConvolutionOfAHeadlessNetwork) {
  EXPECT_EQ(found(convThenPool("w12", false, false)), "r");
  EXPECT_EQ(found(convThenPool("w10k3", false, false)), "r");  // 10 outputs, but no 1x1 kernel
}

TEST(FindTap, CutsBeforeAConvolutionThatClassifies) {
  EXPECT_EQ(found(convThenPool("w12", false, true)), "map");  // a Softmax behind the pooling
  EXPECT_EQ(found(convThenPool("w12", true, false)), "map");  // a Dropout before the convolution
  EXPECT_EQ(found(convThenPool("w10", false, false)),
            "map");  // 1x1 and as many outputs as CIFAR-10 has classes
  // 1x1 and much fewer outputs than inputs: classes of one's own.
  const auto narrowed = [](int64_t outputs) {
    const auto count = static_cast<size_t>(outputs) * 16;
    return start()
        .floats("own", {outputs, 16, 1, 1}, std::vector<float>(count, 0.5F))
        .node("Conv", {"map", "own"}, {"last"})
        .node("GlobalAveragePool", {"last"}, {"y"});
  };
  EXPECT_EQ(found(narrowed(2)), "map");
  EXPECT_EQ(found(narrowed(3)), "last");
}

TEST(FindTap, KeepsAConvolutionThatIsFollowedByAClassifier) {
  // Softmax and ten outputs, but the weights behind the pooling are the classifier.
  OnnxBuilder builder = start();
  builder.floats("fc10", {4, 10}, std::vector<float>(40, 0.5F));
  builder.node("Conv", {"map", "w10"}, {"last"})
      .node("GlobalAveragePool", {"last"}, {"p"})
      .node("Flatten", {"p"}, {"f"});
  builder.node("Gemm", {"f", "fc10"}, {"g"}, {{"transB", int64_t{1}}}).node("Softmax", {"g"}, {"y"});
  EXPECT_EQ(found(builder), "last");
}

TEST(FindTap, IsWhatIsFlattenedWherePoolingIsMissing) {
  EXPECT_EQ(found(start().node("Flatten", {"map"}, {"y"})), "map");
  EXPECT_EQ(found(start().node("Flatten", {"map"}, {"a"}).node("Flatten", {"c"}, {"y"})), "tapNotFound");
}

TEST(FindTap, IsTheClassifiersInputWhereThePoolingIsOfItsOwnKind) {
  // log(sum(exp(map)))
  const auto own = [] {
    return start().node("ReduceLogSumExp", {"map"}, {"vector"}, {{"axes", OnnxBuilder::Ints{2, 3}}, {"keepdims", int64_t{0}}});
  };
  EXPECT_EQ(found(own().node("Gemm", {"vector", "fc"}, {"y"}, {{"transB", int64_t{1}}})), "vector");
  // Two heads on the same vector; then on two vectors.
  EXPECT_EQ(found(own()
                      .node("Gemm", {"vector", "fc"}, {"y"}, {{"transB", int64_t{1}}})
                      .node("Gemm", {"vector", "fc"}, {"z"}, {{"transB", int64_t{1}}})),
            "vector");
  EXPECT_EQ(found(own()
                      .node("Gemm", {"vector", "fc"}, {"y"}, {{"transB", int64_t{1}}})
                      .node("Relu", {"vector"}, {"other"})
                      .node("Gemm", {"other", "fc"}, {"z"}, {{"transB", int64_t{1}}})),
            "tapNotFound");
  // All places of a map are no vector of features, and pixels are none either.
  EXPECT_EQ(found(start()
                      .floats("places", {5, 1024}, std::vector<float>(5120, 0.5F))
                      .node("Transpose", {"map"}, {"turned"}, {{"perm", OnnxBuilder::Ints{0, 2, 3, 1}}})
                      .node("Relu", {"turned"}, {"again"})
                      .ints("all", {1, -1})
                      .node("Reshape", {"again", "all"}, {"flat"})
                      .node("Reshape", {"map", "all"}, {"flat2"})
                      .node("Gemm", {"flat", "places"}, {"y"}, {{"transB", int64_t{1}}})),
            "tapNotFound");
}

TEST(FindTap, SeesThroughAxesThatAreDroppedOneByOne) {
  EXPECT_EQ(found(start()
                      .ints("last", {-1})
                      .node("GlobalAveragePool", {"map"}, {"pooled"})
                      .node("Squeeze", {"pooled", "last"}, {"once"})
                      .node("Squeeze", {"once", "last"}, {"flat"})
                      .node("Gemm", {"flat", "fc"}, {"y"}, {{"transB", int64_t{1}}})),
            "map");
}

TEST(FindTap, IgnoresUnknownHeadsButNotUnknownBodies) {
  EXPECT_EQ(found(resNetLike().node("Wobble", {"flat"}, {"z"})), "map");
  // The pooling that the eye sees is behind an unknown node, and the one before it is inside a block.
  const OnnxBuilder body = start()
                               .node("GlobalAveragePool", {"map"}, {"s"})
                               .node("Wobble", {"s"}, {"gate"})
                               .node("Mul", {"map", "gate"}, {"m"})
                               .node("Conv", {"m", "w12"}, {"last"})
                               .node("GlobalAveragePool", {"last"}, {"y"});
  EXPECT_EQ(found(body), "unsupportedOperator");
  EXPECT_EQ(named(body, "map"), "map");
  EXPECT_EQ(named(body, "last"), "unsupportedOperator");
}

TEST(NamedTap, MapPooledAndFlattenedAreTheSame) {
  for (const char* name : {"map", "pooled", "flat"}) EXPECT_EQ(named(resNetLike(), name), "map") << name;
  EXPECT_EQ(named(resNetLike(), "y"), "y");
  EXPECT_EQ(named(resNetLike(), "c"), "c");
}

TEST(NamedTap, AMapThatIsPooledOverItsFirstAxesHasItsChannelsLastByItsNameToo) {
  const Graph graph = graphOf(start()
                                  .ints("tokens", {1, 16, 64})
                                  .ints("places", {1, 8, 8, 16})
                                  .node("Reshape", {"map", "tokens"}, {"t"})
                                  .node("Transpose", {"t"}, {"patches"}, {{"perm", OnnxBuilder::Ints{0, 2, 1}}})
                                  .node("Reshape", {"patches", "places"}, {"grid"})
                                  .node("Relu", {"grid"}, {"last"})
                                  .node("Dropout", {"last"}, {"kept"})
                                  .node("ReduceMean", {"kept"}, {"mean"}, {{"axes", OnnxBuilder::Ints{1, 2}}, {"keepdims", int64_t{0}}})
                                  .node("Gemm", {"mean", "fc"}, {"y"}, {{"transB", int64_t{1}}}));
  const auto tap = findTap(graph);
  ASSERT_TRUE(tap.ok()) << tap.error().detail;
  EXPECT_EQ(graph.tensor(tap->tensor).name, "last");
  EXPECT_EQ(tap->shape, (Shape{8, 8, 16}));
  for (const char* name : {"last", "kept", "mean"}) {
    const auto same = namedTap(graph, name);
    ASSERT_TRUE(same.ok()) << name;
    EXPECT_EQ(same->shape, tap->shape) << name;
    EXPECT_TRUE(same->channelsLast) << name;
  }
}

TEST(NamedTap, UnknownNamesAreAnsweredWithCloseOnes) {
  const Graph graph = graphOf(resNetLike());
  const auto tap = namedTap(graph, "poled");
  ASSERT_FALSE(tap.ok());
  EXPECT_EQ(tap.error().code, ErrorCode::tapNotFound);
  EXPECT_NE(tap.error().detail.find("'pooled'"), std::string::npos) << tap.error().detail;
  EXPECT_NE(tap.error().detail.find("'map' [8, 8, 16]"), std::string::npos) << tap.error().detail;
  EXPECT_EQ(named(resNetLike(), "w16"), "tapNotFound");  // a weight
  EXPECT_EQ(named(resNetLike(), "x"), "tapNotFound");    // the input
}

TEST(ListTaps, NamesNodeAndShapeAndMarksTheChosen) {
  const Graph graph = graphOf(resNetLike());
  const auto tap = findTap(graph);
  ASSERT_TRUE(tap.ok());
  const auto taps = listTaps(graph, {*tap});
  ASSERT_EQ(taps.size(), 2U);
  EXPECT_EQ(taps[0].tensor, "map");
  EXPECT_EQ(taps[0].node, "Relu2");
  EXPECT_EQ(taps[0].shape, (Shape{8, 8, 16}));
  EXPECT_TRUE(taps[0].chosen);
  EXPECT_EQ(taps[1].tensor, "y");
  EXPECT_EQ(taps[1].shape, (Shape{5}));
  EXPECT_FALSE(taps[1].chosen);
}

TEST(ListTaps, ShowsWhatWasPooledInPlaceOfAPooledOutput) {
  // A classifier that was taken off: its name for the whole grid would be a surprise.
  const Graph graph = graphOf(start()
                                  .node("MaxPool", {"map"}, {"pooled"}, {{"kernel_shape", OnnxBuilder::Ints{8, 8}}})
                                  .node("Flatten", {"pooled"}, {"y"}));
  const auto taps = listTaps(graph, {});
  ASSERT_EQ(taps.size(), 1U);
  EXPECT_EQ(taps[0].tensor, "map");
  EXPECT_EQ(taps[0].shape, (Shape{8, 8, 16}));
  EXPECT_EQ(taps[0].pooling, Pooling::maximum);
  const auto named = namedTap(graph, taps[0].tensor);
  ASSERT_TRUE(named.ok());
  EXPECT_EQ(named->shape, taps[0].shape);
}

}  // namespace
}  // namespace pith

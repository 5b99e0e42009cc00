// SPDX-License-Identifier: Apache-2.0
// Convolution and pooling against the plain definition.
#include "unit/infer/run_model.h"

namespace pith::test {
namespace {

using Ints = OnnxBuilder::Ints;

Ints list(const auto& values) { return {values.begin(), values.end()}; }

struct ConvCase {
  const char* what;
  Shape input, weights;
  ConvSpec spec;
};

const ConvCase convCases[] = {
    {"1x1", {1, 5, 6, 7}, {9, 5, 1, 1}, {}},
    {"1x1 stride 2", {1, 5, 6, 7}, {9, 5, 1, 1}, {1, {2, 2}}},
    {"3x3 same", {1, 3, 9, 8}, {7, 3, 3, 3}, {1, {1, 1}, {1, 1}, {1, 1, 1, 1}}},
    {"7x7 stride 2 as in ResNet's stem", {1, 3, 23, 21}, {8, 3, 7, 7}, {1, {2, 2}, {1, 1}, {3, 3, 3, 3}}},
    {"asymmetric pads", {1, 4, 8, 8}, {4, 4, 3, 3}, {1, {2, 2}, {1, 1}, {0, 1, 2, 3}}},
    {"rectangular kernel and stride", {1, 2, 9, 12}, {5, 2, 1, 5}, {1, {1, 3}, {1, 1}, {0, 2, 0, 1}}},
    {"dilation", {1, 3, 11, 12}, {4, 3, 3, 3}, {1, {1, 1}, {2, 3}, {2, 3, 2, 3}}},
    {"one input channel", {1, 1, 8, 9}, {6, 1, 3, 3}, {1, {1, 1}, {1, 1}, {1, 1, 1, 1}}},
    {"one output channel", {1, 6, 8, 9}, {1, 6, 3, 3}, {1, {1, 1}, {1, 1}, {1, 1, 1, 1}}},
    {"groups", {1, 6, 7, 7}, {8, 3, 3, 3}, {2, {1, 1}, {1, 1}, {1, 1, 1, 1}}},
    {"depthwise 3x3", {1, 9, 10, 11}, {9, 1, 3, 3}, {9, {1, 1}, {1, 1}, {1, 1, 1, 1}}},
    {"depthwise 3x3 stride 2", {1, 9, 10, 11}, {9, 1, 3, 3}, {9, {2, 2}, {1, 1}, {0, 0, 1, 1}}},
    {"depthwise 5x5 dilated", {1, 4, 14, 13}, {4, 1, 5, 5}, {4, {1, 1}, {2, 2}, {4, 4, 4, 4}}},
    {"depthwise 7x7", {1, 5, 12, 12}, {5, 1, 7, 7}, {5, {1, 1}, {1, 1}, {3, 3, 3, 3}}},
    {"depthwise 2x1", {1, 5, 6, 6}, {5, 1, 2, 1}, {5}},
    {"depthwise, two outputs for each input", {1, 4, 8, 8}, {8, 1, 3, 3}, {4, {1, 1}, {1, 1}, {1, 1, 1, 1}}},
    {"kernel as large as the input", {1, 3, 4, 5}, {6, 3, 4, 5}, {}},
};

OnnxBuilder convModel(const ConvCase& c, const Values& weights, const Values& bias, const char* output) {
  OnnxBuilder builder;
  builder.input("x", c.input)
      .floats("w", c.weights, weights.floats())
      .floats("b", bias.shape, bias.floats())
      .output("y");
  builder.node("Conv", {"x", "w", "b"}, {output},
               {{"group", c.spec.groups},
                {"strides", list(c.spec.stride)},
                {"dilations", list(c.spec.dilation)},
                {"pads", list(c.spec.pads)}});
  return builder;
}

TEST(Conv, IsTheDefinition) {
  for (const ConvCase& c : convCases) {
    SCOPED_TRACE(c.what);
    const Values x = Values::noise(c.input, 1), w = Values::noise(c.weights, 2),
                 b = Values::noise({c.weights[0]}, 3);
    expectOutput(convModel(c, w, b, "y"), x, naiveConv(x, w, b.exact, c.spec));
  }
}

TEST(Conv, TakesFollowingNormalisationAndClamp) {
  for (const ConvCase& c : convCases) {
    SCOPED_TRACE(c.what);
    const Values x = Values::noise(c.input, 1), b = Values::noise({c.weights[0]}, 3);
    Values w = Values::noise(c.weights, 2);
    const auto outputs = static_cast<size_t>(c.weights[0]);
    Values gamma = Values::noise({c.weights[0]}, 4), beta = Values::noise({c.weights[0]}, 5),
           mean = Values::noise({c.weights[0]}, 6);
    Values variance = Values::noise({c.weights[0]}, 7);
    for (double& v : variance.exact) v = v * v + 0.25;
    OnnxBuilder builder = convModel(c, w, b, "c");
    for (const auto& [name, v] :
         {std::pair{"gamma", &gamma}, {"beta", &beta}, {"mean", &mean}, {"variance", &variance}}) {
      builder.floats(name, v->shape, v->floats());
    }
    builder.node("BatchNormalization", {"c", "gamma", "beta", "mean", "variance"}, {"n"},
                 {{"epsilon", 0.5F}});
    builder.floats("low", {}, {-0.25F}).floats("high", {}, {1.5F}).node("Clip", {"n", "low", "high"}, {"y"});
    // The same network with weights scaled in double; rounding the folded ones to float32 costs one u per
    // product, which the bound's two spare roundings cover.
    std::vector<double> bias = b.exact;
    const size_t perOutput = w.exact.size() / outputs;
    for (size_t o = 0; o < outputs; ++o) {
      const double scale = gamma.exact[o] / std::sqrt(static_cast<float>(variance.exact[o]) + 0.5);
      for (size_t i = 0; i < perOutput; ++i) w.exact[o * perOutput + i] *= scale;
      bias[o] = (bias[o] - mean.exact[o]) * scale + beta.exact[o];
    }
    expectOutput(builder, x, clamped(naiveConv(x, w, bias, c.spec), -0.25, 1.5));
  }
}

TEST(Conv, PadsAutomatically) {
  const Values x = Values::noise({1, 3, 8, 9}, 1), w = Values::noise({4, 3, 3, 4}, 2);
  const std::vector<double> none(4, 0.0);
  const auto model = [&](const char* autoPad) {
    return OnnxBuilder()
        .input("x", x.shape)
        .floats("w", w.shape, w.floats())
        .output("y")
        .node("Conv", {"x", "w"}, {"y"}, {{"auto_pad", std::string(autoPad)}, {"strides", Ints{2, 2}}});
  };
  // Height: 4 outputs need 9 rows of 8: one more. Width: 5 outputs need 12 columns of 9: three more.
  expectOutput(model("SAME_UPPER"), x, naiveConv(x, w, none, {1, {2, 2}, {1, 1}, {0, 1, 1, 2}}));
  expectOutput(model("SAME_LOWER"), x, naiveConv(x, w, none, {1, {2, 2}, {1, 1}, {1, 2, 0, 1}}));
  expectOutput(model("VALID"), x, naiveConv(x, w, none, {1, {2, 2}}));
}

TEST(Conv, TakesPrecedingZeroPadding) {
  const Values x = Values::noise({1, 3, 6, 6}, 1), w = Values::noise({4, 3, 3, 3}, 2);
  OnnxBuilder builder(10);
  builder.input("x", x.shape).floats("w", w.shape, w.floats()).output("y");
  builder.node("Pad", {"x"}, {"p"}, {{"pads", Ints{0, 0, 1, 2, 0, 0, 3, 0}}});
  builder.node("Conv", {"p", "w"}, {"y"}, {{"pads", Ints{1, 0, 0, 1}}});
  expectOutput(builder, x, naiveConv(x, w, std::vector<double>(4, 0.0), {1, {1, 1}, {1, 1}, {2, 2, 3, 1}}));
}

TEST(Conv, WidensHalfPrecision) {
  const Values x = Values::noise({1, 2, 4, 4}, 1);
  Values w({2, 2, 1, 1});
  w.exact = {1.0, -2.0, 0.5, 65504.0};
  const OnnxBuilder builder = OnnxBuilder(7)
                                  .input("x", x.shape, 10)
                                  .halves("w", w.shape, {0x3C00, 0xC000, 0x3800, 0x7BFF})
                                  .output("y")
                                  .node("Conv", {"x", "w"}, {"y"});
  expectOutput(builder, x, naiveConv(x, w, {0.0, 0.0}, {}));
  const OnnxBuilder typed = OnnxBuilder(7)
                                .input("x", x.shape, 10)
                                .typed("w", w.shape, 10, {}, {0x3C00, 0xC000, 0x3800, 0x7BFF})
                                .output("y")
                                .node("Conv", {"x", "w"}, {"y"});
  expectOutput(typed, x, naiveConv(x, w, {0.0, 0.0}, {}));
}

struct PoolCase {
  const char* what;
  Shape input;
  PoolSpec spec;
};

OnnxBuilder poolModel(const PoolCase& c, const char* kind) {
  std::vector<OnnxBuilder::Attribute> attributes{{"kernel_shape", list(c.spec.kernel)},
                                                 {"strides", list(c.spec.stride)},
                                                 {"pads", list(c.spec.pads)},
                                                 {"ceil_mode", int64_t{c.spec.ceil}}};
  if (c.spec.maximum) attributes.push_back({"dilations", list(c.spec.dilation)});
  if (!c.spec.maximum) attributes.push_back({"count_include_pad", int64_t{c.spec.countPads}});
  return OnnxBuilder().input("x", c.input).output("y").node(kind, {"x"}, {"y"}, attributes);
}

TEST(MaxPool, IsTheDefinition) {
  const PoolCase cases[] = {
      {"2x2", {1, 3, 8, 8}, {{2, 2}, {2, 2}}},
      {"3x3 padded, as in ResNet's stem", {1, 5, 11, 12}, {{3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}}},
      {"ceil_mode, as in SqueezeNet", {1, 5, 12, 13}, {{3, 3}, {2, 2}, {1, 1}, {0, 0, 0, 0}, true}},
      {"ceil_mode that adds no window", {1, 2, 5, 5}, {{2, 2}, {3, 3}, {1, 1}, {0, 0, 1, 1}, true}},
      {"ceil_mode with pads", {1, 2, 9, 10}, {{3, 3}, {2, 2}, {1, 1}, {1, 0, 0, 1}, true}},
      {"asymmetric pads", {1, 2, 6, 7}, {{3, 2}, {1, 1}, {1, 1}, {2, 0, 0, 1}}},
      {"dilation", {1, 2, 9, 10}, {{2, 3}, {1, 1}, {3, 2}}},
      {"dilation and pads", {1, 2, 7, 8}, {{3, 3}, {2, 2}, {2, 2}, {1, 2, 1, 2}}},
      {"dilation, pads and ceil_mode", {1, 2, 8, 8}, {{2, 2}, {3, 3}, {2, 2}, {1, 1, 1, 1}, true}},
      {"1x1 with stride", {1, 3, 7, 8}, {{1, 1}, {2, 2}}},
      {"gaps between windows", {1, 3, 11, 12}, {{2, 2}, {3, 4}}},
      {"ceil_mode of a window that is larger than the map", {1, 2, 2, 5}, {{3, 3}, {2, 2}, {1, 1}, {0, 0, 0, 0}, true}},
      {"gaps and pads", {1, 3, 11, 12}, {{2, 2}, {3, 1}, {1, 1}, {1, 0, 1, 1}}},
      {"13x13", {1, 2, 15, 15}, {{13, 13}, {1, 1}, {1, 1}, {6, 6, 6, 6}}},
  };
  for (const PoolCase& c : cases) {
    SCOPED_TRACE(c.what);
    Values x = Values::noise(c.input, 1);
    for (double& value : x.exact)
      value = static_cast<float>(value - 2);  // padding that counted as zero would win
    expectOutput(poolModel(c, "MaxPool"), x, naivePool(x, c.spec));
  }
}

TEST(AveragePool, IsTheDefinition) {
  for (const bool countPads : {false, true}) {
    const PoolCase cases[] = {
        {"2x2", {1, 3, 8, 8}, {{2, 2}, {2, 2}, {1, 1}, {0, 0, 0, 0}, false, countPads, false}},
        {"whole map", {1, 3, 7, 7}, {{7, 7}, {1, 1}, {1, 1}, {0, 0, 0, 0}, false, countPads, false}},
        {"padded", {1, 4, 9, 8}, {{3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}, false, countPads, false}},
        {"asymmetric pads and stride",
         {1, 4, 9, 8},
         {{3, 2}, {2, 1}, {1, 1}, {2, 0, 1, 1}, false, countPads, false}},
        {"ceil_mode", {1, 4, 8, 9}, {{3, 3}, {2, 2}, {1, 1}, {0, 0, 0, 0}, true, countPads, false}},
        {"ceil_mode and pads", {1, 4, 8, 10}, {{3, 3}, {2, 3}, {1, 1}, {1, 1, 1, 0}, true, countPads, false}},
        {"1x1 with stride", {1, 4, 8, 10}, {{1, 1}, {2, 3}, {1, 1}, {0, 0, 0, 0}, false, countPads, false}},
        {"gaps between windows",
         {1, 4, 8, 10},
         {{2, 2}, {3, 4}, {1, 1}, {0, 0, 0, 0}, false, countPads, false}},
        {"pads below for more rows than there are",
         {1, 2, 2, 5},
         {{8, 1}, {1, 1}, {1, 1}, {0, 0, 7, 0}, false, countPads, false}},
        {"pads above and below for the same rows",
         {1, 2, 3, 4},
         {{5, 3}, {1, 1}, {1, 1}, {4, 1, 3, 1}, false, countPads, false}},
        {"pads above for more rows than there are",
         {1, 2, 2, 3},
         {{6, 1}, {2, 1}, {1, 1}, {5, 0, 1, 0}, false, countPads, false}},
    };
    for (const PoolCase& c : cases) {
      SCOPED_TRACE(std::string(c.what) + (countPads ? ", pads counted" : ""));
      const Values x = Values::noise(c.input, 1);
      expectOutput(poolModel(c, "AveragePool"), x, naivePool(x, c.spec));
    }
  }
}

TEST(Windows, AreRefusedWhereKernelsWouldKeepTooLargeTables) {
  // Each has few samples at its own places; XNNPACK's tables are of more.
  const PoolCase gaps{"", {1, 1, 1024, 1024}, {{255, 255}, {256, 256}}};
  EXPECT_EQ(refusalOf(poolModel(gaps, "MaxPool"), gaps.input), ErrorCode::modelTooLarge);
  const Values w = Values::noise({1, 1, 100, 100}, 2);
  const auto transposed = OnnxBuilder().input("x", {1, 1, 12, 12}).floats("w", w.shape, w.floats()).output("y").node(
      "ConvTranspose", {"x", "w"}, {"y"}, {{"strides", Ints{101, 101}}});
  EXPECT_EQ(refusalOf(transposed, {1, 1, 12, 12}), ErrorCode::modelTooLarge);
}

TEST(Windows, AreRefusedWhereTheyHaveNoMeaning) {
  const Values w = Values::noise({4, 3, 3, 3}, 2);
  const auto conv = [&](const Shape& input, std::vector<OnnxBuilder::Attribute> attributes) {
    return refusalOf(OnnxBuilder()
                         .input("x", input)
                         .floats("w", w.shape, w.floats())
                         .output("y")
                         .node("Conv", {"x", "w"}, {"y"}, attributes),
                     input);
  };
  EXPECT_EQ(conv({1, 4, 8, 8}, {}), ErrorCode::unsupportedShape);  // 4 channels, weights for 3
  EXPECT_EQ(conv({1, 3, 2, 8}, {}), ErrorCode::unsupportedShape);  // larger than the input
  EXPECT_EQ(conv({1, 3, 8, 8}, {{"group", int64_t{3}}}),
            ErrorCode::unsupportedShape);  // 4 outputs in 3 groups
  EXPECT_EQ(conv({1, 3, 8, 8}, {{"strides", Ints{0, 1}}}), ErrorCode::unsupportedShape);
  EXPECT_EQ(conv({1, 3, 8, 8}, {{"pads", Ints{-1, 0, 0, 0}}}), ErrorCode::unsupportedShape);
  EXPECT_EQ(conv({1, 3, 8, 8}, {{"pads", Ints{30000, 30000, 30000, 30000}}}), ErrorCode::modelTooLarge);
  EXPECT_EQ(conv({1, 3, 8, 8}, {{"kernel_shape", Ints{5, 5}}}), ErrorCode::corruptModel);
  EXPECT_EQ(conv({1, 3, 8, 8}, {{"auto_pad", std::string("SOMEHOW")}}), ErrorCode::corruptModel);
  // A window that holds nothing but padding has no maximum.
  EXPECT_EQ(refusalOf(poolModel({"", {1, 3, 8, 8}, {{2, 2}, {1, 1}, {1, 1}, {2, 2, 0, 0}}}, "MaxPool"),
                      {1, 3, 8, 8}),
            ErrorCode::unsupportedShape);
  EXPECT_EQ(refusalOf(OnnxBuilder().input("x", {1, 3, 8, 8}).output("y").node("MaxPool", {"x"}, {"y"}),
                      {1, 3, 8, 8}),
            ErrorCode::corruptModel);
  EXPECT_EQ(refusalOf(OnnxBuilder()
                          .input("x", {1, 3, 8, 8})
                          .output("y")
                          .node("MaxPool", {"x"}, {"y", "indices"}, {{"kernel_shape", Ints{2, 2}}}),
                      {1, 3, 8, 8}),
            ErrorCode::unsupportedOperator);
}

}  // namespace
}  // namespace pith::test

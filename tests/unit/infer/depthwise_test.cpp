// SPDX-License-Identifier: Apache-2.0
// Our own depthwise convolutions against the plain definition. Sessions take them in WebAssembly; here they run everywhere.
#include "pith/infer/depthwise.h"

#include "unit/infer/run_model.h"

namespace pith::test {
namespace {

struct DepthwiseCase {
  const char* what;
  Shape input;
  std::array<int64_t, 2> kernel;
  ConvSpec spec;
};

const DepthwiseCase depthwiseCases[] = {
    {"3x3", {1, 8, 10, 11}, {3, 3}, {8, {1, 1}, {1, 1}, {1, 1, 1, 1}}},
    {"stride 2, whole windows end four places before the border", {1, 4, 9, 16}, {3, 3}, {4, {2, 2}, {1, 1}, {0, 0, 1, 1}}},
    {"fewer whole windows than a block", {1, 12, 5, 5}, {3, 3}, {12, {1, 1}, {1, 1}, {1, 1, 1, 1}}},
    {"exactly a block of whole windows", {1, 4, 6, 6}, {3, 3}, {4, {1, 1}, {1, 1}, {0, 0, 0, 0}}},
    {"5x5 dilated", {1, 4, 14, 13}, {5, 5}, {4, {1, 1}, {2, 2}, {4, 4, 4, 4}}},
    {"7x7 larger than the map", {1, 4, 4, 5}, {7, 7}, {4, {1, 1}, {1, 1}, {3, 3, 3, 3}}},
    {"dilation steps over the whole map", {1, 4, 3, 3}, {3, 3}, {4, {1, 1}, {5, 6}, {5, 6, 5, 6}}},
    {"pads wider than the window: some windows are outside", {1, 4, 3, 4}, {2, 3}, {4, {1, 2}, {1, 1}, {3, 4, 2, 5}}},
    {"rows and columns of different strides", {1, 4, 11, 17}, {1, 4}, {4, {3, 2}, {1, 1}, {0, 2, 0, 1}}},
};

OnnxBuilder model(const DepthwiseCase& c, const Values& w, const Values* b, const char* output = "y") {
  OnnxBuilder builder;
  builder.input("x", c.input).floats("w", w.shape, w.floats()).output("y");
  if (b) builder.floats("b", b->shape, b->floats());
  const auto list = [](const auto& values) { return OnnxBuilder::Ints{values.begin(), values.end()}; };
  builder.node("Conv", b ? std::vector<std::string>{"x", "w", "b"} : std::vector<std::string>{"x", "w"}, {output},
               {{"group", c.spec.groups}, {"strides", list(c.spec.stride)}, {"dilations", list(c.spec.dilation)}, {"pads", list(c.spec.pads)}});
  return builder;
}

/// The only node of a network, computed by makeDepthwise.
void expectConvolution(const OnnxBuilder& builder, const Values& x, const Values& expected) {
  auto graph = importOnnx(builder.build(), {x.shape[2], x.shape[3], x.shape[1]}, Limits{});
  ASSERT_TRUE(graph.ok() && simplify(*graph, Limits{}).ok());
  ASSERT_EQ(graph->nodes.size(), 1);
  ASSERT_TRUE(isForDepthwise(*graph, graph->nodes[0], chooseMemoryOrders(*graph)));
  const auto convolution = makeDepthwise(*graph, graph->nodes[0]);
  FloatBuffer output(expected.exact.size());
  ASSERT_EQ(convolution->run(toNhwc(x).data(), output.data(), nullptr), xnn_status_success);
  const auto channels = static_cast<size_t>(expected.shape[1]), places = output.size() / channels;
  for (size_t i = 0; i < output.size(); ++i) {
    const size_t nchw = i % channels * places + i / channels;
    ASSERT_NEAR(output.data()[i], expected.exact[nchw], expected.bound[nchw]) << "channel " << i % channels << ", place " << i / channels;
  }
}

TEST(Depthwise, IsTheDefinition) {
  for (const DepthwiseCase& c : depthwiseCases) {
    SCOPED_TRACE(c.what);
    const Values x = Values::noise(c.input, 1), w = Values::noise({c.input[1], 1, c.kernel[0], c.kernel[1]}, 2), b = Values::noise({c.input[1]}, 3);
    const Values expected = naiveConv(x, w, b.exact, c.spec);
    expectConvolution(model(c, w, &b), x, expected);
    expectConvolution(model(c, w, nullptr), x, naiveConv(x, w, Values({c.input[1]}).exact, c.spec));
    OnnxBuilder limited = model(c, w, &b, "c");
    limited.floats("low", {}, {-0.25F}).floats("high", {}, {0.5F}).node("Clip", {"c", "low", "high"}, {"y"});
    expectConvolution(limited, x, clamped(expected, -0.25, 0.5));
    expectOutput(limited, x, clamped(expected, -0.25, 0.5));  // by whatever a session takes
  }
}

TEST(Depthwise, TakesFourChannelsAtOnce) {
  const auto fits = [](int64_t channels, int64_t outputsPerChannel, int64_t groups) {
    const Shape weights{channels * outputsPerChannel, channels / groups, 3, 3};
    const OnnxBuilder builder = OnnxBuilder()
                                    .input("x", {1, channels, 8, 8})
                                    .floats("w", weights, Values::noise(weights, 1).floats())
                                    .output("y")
                                    .node("Conv", {"x", "w"}, {"y"}, {{"group", groups}});
    const auto graph = importOnnx(builder.build(), {8, 8, channels}, Limits{});
    return graph.ok() && isForDepthwise(*graph, graph->nodes[0], chooseMemoryOrders(*graph));
  };
  EXPECT_TRUE(fits(8, 1, 8));
  EXPECT_FALSE(fits(6, 1, 6));
  EXPECT_FALSE(fits(4, 2, 4));
  EXPECT_FALSE(fits(8, 1, 4));
  EXPECT_FALSE(fits(8, 1, 1));
}

}  // namespace
}  // namespace pith::test

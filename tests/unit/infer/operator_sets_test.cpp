// SPDX-License-Identifier: Apache-2.0
// What an operator meant before its definition was changed, and where definitions contradict each other.
#include <cfloat>

#include "unit/infer/run_model.h"

namespace pith::test {
namespace {

using Ints = OnnxBuilder::Ints;

Values exactly(Shape shape, std::vector<double> numbers) {
  Values values(std::move(shape));
  values.exact = std::move(numbers);
  return values;
}

/// ONNX 1.5, test_resize_downsample_nearest and test_resize_upsample_nearest.
TEST(OperatorSets, ResizeToTheNearestBeforeItHadModes) {
  const Values eight = exactly({1, 1, 2, 4}, {1, 2, 3, 4, 5, 6, 7, 8});
  const auto model = [](const Values& x, const char* kind, int64_t opset, std::vector<float> scales) {
    return OnnxBuilder(opset).input("x", x.shape).floats("s", {4}, scales).output("y").node(kind, {"x", "s"}, {"y"}, {{"mode", std::string("nearest")}});
  };
  expectOutput(model(eight, "Resize", 10, {1, 1, 0.6F, 0.6F}), eight, exactly({1, 1, 1, 2}, {1, 3}));
  const Values four = exactly({1, 1, 2, 2}, {1, 2, 3, 4});
  expectOutput(model(four, "Resize", 10, {1, 1, 2, 3}), four,
               exactly({1, 1, 4, 6}, {1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 3, 3, 3, 4, 4, 4}));
  expectOutput(model(four, "Upsample", 9, {1, 1, 1, 2}), four, exactly({1, 1, 2, 4}, {1, 1, 2, 2, 3, 3, 4, 4}));
}

TEST(OperatorSets, ResizeTakesWholePlacesAsWhole) {
  const auto count = [](int64_t rows) {
    std::vector<double> numbers;
    for (int64_t i = 0; i < rows; ++i) numbers.push_back(static_cast<double>(i));
    return exactly({1, 1, rows, 1}, numbers);
  };
  const auto model = [](const Values& x, std::vector<float> scales, Ints sizes, const char* coordinates, const char* mode) {
    OnnxBuilder builder(13);
    builder.input("x", x.shape).floats("none", {0}, {}).output("y");
    if (sizes.empty()) builder.floats("s", {4}, scales);
    else builder.ints("s", sizes);
    const std::vector<std::string> inputs = sizes.empty() ? std::vector<std::string>{"x", "none", "s"} : std::vector<std::string>{"x", "none", "", "s"};
    return builder.node("Resize", inputs, {"y"},
                        {{"mode", std::string(mode)}, {"nearest_mode", std::string("floor")}, {"coordinate_transformation_mode", std::string(coordinates)}});
  };
  for (const auto& [from, to] : {std::pair<int64_t, int64_t>{14, 18}, {28, 36}, {49, 1}, {14, 9}, {7, 9}}) {
    for (const bool isCentred : {false, true}) {
      SCOPED_TRACE(std::to_string(from) + " to " + std::to_string(to) + (isCentred ? ", half_pixel" : ""));
      std::vector<double> expected;
      for (int64_t i = 0; i < to; ++i) {
        const int64_t twice = 2 * to, place = isCentred ? (2 * i + 1) * from - to : 2 * i * from;
        expected.push_back(static_cast<double>(std::max<int64_t>(0, place) / twice));
      }
      expectOutput(model(count(from), {}, {1, 1, to, 1}, isCentred ? "half_pixel" : "asymmetric", "nearest"), count(from),
                   exactly({1, 1, to, 1}, expected));
    }
  }
  // 1.4 and 1.2 in float32 are a little less, or more, than what was meant.
  expectOutput(model(count(5), {1, 1, 1.4F, 1}, {}, "asymmetric", "nearest"), count(5), exactly({1, 1, 7, 1}, {0, 0, 1, 2, 2, 3, 4}));
  expectOutput(model(count(10), {1, 1, 1.2F, 1}, {}, "asymmetric", "nearest"), count(10),
               exactly({1, 1, 12, 1}, {0, 0, 1, 2, 3, 4, 5, 5, 6, 7, 8, 9}));
  EXPECT_EQ(refusalOf(model(count(7), {1, 1, 1.5F, 1}, {}, "align_corners", "linear"), {1, 1, 7, 1}), ErrorCode::unsupportedOperator);
}

TEST(OperatorSets, OnePlaceOfPytorchsHalfPixels) {
  const Values x = exactly({1, 1, 1, 4}, {1, 2, 3, 4});
  const auto model = [&](const char* mode) {
    return OnnxBuilder(13).input("x", x.shape).floats("roi", {0}, {}).floats("s", {4}, {1, 1, 1, 0.25F}).output("y").node(
        "Resize", {"x", "roi", "s"}, {"y"}, {{"mode", std::string(mode)}, {"coordinate_transformation_mode", std::string("pytorch_half_pixel")}});
  };
  expectOutput(model("linear"), x, exactly({1, 1, 1, 1}, {1}));
  EXPECT_EQ(refusalOf(model("cubic"), x.shape), ErrorCode::unsupportedOperator);
}

TEST(OperatorSets, ReductionsOverNoAxis) {
  const Values x = Values::noise({1, 2, 3, 4}, 1);
  const auto model = [&](const char* kind) {
    return OnnxBuilder(18).input("x", x.shape).output("y").node(kind, {"x"}, {"y"}, {{"noop_with_empty_axes", int64_t{1}}});
  };
  for (const char* kind : {"ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceLogSumExp"}) {
    SCOPED_TRACE(kind);
    expectOutput(model(kind), x, x);
  }
  for (const char* kind : {"ReduceSumSquare", "ReduceL1", "ReduceL2", "ReduceLogSum"})
    EXPECT_EQ(refusalOf(model(kind), x.shape), ErrorCode::unsupportedOperator) << kind;
}

TEST(OperatorSets, WhereATransposedConvolutionCutsTheOddPlace) {
  const Values x = exactly({1, 1, 2, 2}, {1, 2, 3, 4});
  const auto model = [&](int64_t opset, const char* autoPad) {
    return OnnxBuilder(opset).input("x", x.shape).floats("w", {1, 1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9}).output("y").node(
        "ConvTranspose", {"x", "w"}, {"y"}, {{"strides", Ints{2, 2}}, {"output_shape", Ints{4, 4}}, {"auto_pad", std::string(autoPad)}});
  };
  const std::vector<double> whole{1, 2,  5,  4,  6,  4, 5,  14, 10, 12, 10, 14, 36, 24, 30,  // five rows of five places
                                  12, 15, 34, 20, 24, 21, 24, 55, 32, 36};
  const auto part = [&](size_t first) {
    Values result({1, 1, 4, 4});
    for (size_t i = 0; i < 16; ++i) result.exact[i] = whole[(first + i / 4) * 5 + first + i % 4];
    std::ranges::fill(result.bound, 64 * FLT_EPSILON);
    return result;
  };
  expectOutput(model(9, "NOTSET"), x, part(0));
  expectOutput(model(11, "NOTSET"), x, part(1));
  expectOutput(model(11, "SAME_UPPER"), x, part(0));
  EXPECT_EQ(refusalOf(model(9, "SAME_UPPER"), x.shape), ErrorCode::unsupportedOperator);
}

TEST(OperatorSets, SlopesOfPReluBeforeNine) {
  const auto model = [](const Values& x, int64_t opset, int64_t count) {
    return OnnxBuilder(opset).input("x", x.shape).floats("s", {count}, std::vector<float>{0.5F, 0.25F, 2, 4}).output("y").node("PRelu", {"x", "s"}, {"y"});
  };
  const double slopes[] = {0.5, 0.25, 2, 4};
  const auto sloped = [&](const Values& x, bool byChannel) {
    Values y = x;
    for (size_t i = 0; i < y.exact.size(); ++i) {
      const auto columns = static_cast<size_t>(x.shape[3]);
      const size_t at = byChannel ? i / (static_cast<size_t>(x.shape[2]) * columns) : i % columns;
      if (y.exact[i] < 0) y.exact[i] *= slopes[at];
    }
    return y;
  };
  const Values channels = Values::noise({1, 4, 2, 3}, 1), columns = Values::noise({1, 3, 2, 4}, 1), both = Values::noise({1, 4, 2, 4}, 1);
  expectOutput(model(channels, 8, 4), channels, sloped(channels, true));
  expectOutput(model(columns, 8, 4), columns, sloped(columns, false));
  EXPECT_EQ(refusalOf(model(both, 8, 4), both.shape), ErrorCode::unsupportedShape);
  expectOutput(model(both, 9, 4), both, sloped(both, false));
}

TEST(OperatorSets, AQuantisedSumWithoutZeroPointIsOfItsInputsType) {
  const Values x = exactly({1, 1, 1, 4}, {-3, -1, 0.5, 2});
  OnnxBuilder builder(13);
  builder.input("x", x.shape).output("y").floats("s", {}, {0.5F}).raw("z", {}, 3, "\0", 1);
  builder.node("QuantizeLinear", {"x", "s", "z"}, {"q"})
      .node("QLinearAdd", {"q", "s", "z", "q", "s", "z", "s"}, {"sum"}, {}, "com.microsoft")
      .node("DequantizeLinear", {"sum", "s", "z"}, {"y"});
  expectOutput(builder, x, exactly({1, 1, 1, 4}, {-6, -2, 1, 4}));
}

}  // namespace
}  // namespace pith::test

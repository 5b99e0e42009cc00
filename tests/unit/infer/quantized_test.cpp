// SPDX-License-Identifier: Apache-2.0
// Quantised nodes against plain integers. Kernels may be one step away: they scale sums in float32 and round
// halves to even, or add in 20-bit fixed point; the reference has 31 bits and rounds halves away from zero.
#include <gtest/gtest.h>

#include "pith/infer/quantize.h"
#include "pith/infer/session.h"
#include "unit/infer/integer_reference.h"

namespace pith {
namespace {

using test::Numbers;

/// One node between quantised tensors. The input and the result are maps; constants hold noise.
class OneNode {
 public:
  explicit OneNode(DataType type, uint32_t seed = 1) : type_(type), state_(seed) {}

  Quantization quantization(float scale, int32_t int8ZeroPoint) const {
    return {{scale}, type_ == DataType::int8 ? int8ZeroPoint : int8ZeroPoint + 128};
  }
  TensorId input(Shape shape, const Quantization& quantization) {
    graph_.inputs = {graph_.addTensor(tensor("input", std::move(shape), quantization))};
    return graph_.input();
  }
  TensorId weights(Shape shape, Quantization quantization) {
    Tensor constant = tensor("weights", std::move(shape), quantization);
    constant.isConstant = true;
    constant.bytes.resize(Numbers(tensor("", constant.shape, quantization)).values.size());
    for (uint8_t& byte : constant.bytes) byte = static_cast<uint8_t>(next() >> 24);
    return graph_.addTensor(std::move(constant));
  }
  TensorId biases(int64_t count) {
    Tensor constant;
    constant.name = "bias";
    constant.shape = {count};
    constant.type = DataType::int32;
    constant.isConstant = true;
    for (int64_t i = 0; i < count; ++i) constant.biases.push_back(static_cast<int32_t>(next() >> 20) - 2048);
    return graph_.addTensor(std::move(constant));
  }
  void node(Op op, Attributes attributes, std::vector<TensorId> inputs, Shape shape,
            const Quantization& quantization, ClampRange clamp = {}) {
    Node node;
    node.op = op;
    node.name = node.opType = "node";
    node.inputs = std::move(inputs);
    node.attributes = std::move(attributes);
    node.clamp = clamp;
    node.outputs = {graph_.addTensor(tensor("output", std::move(shape), quantization))};
    graph_.outputs = node.outputs;
    graph_.nodes.push_back(std::move(node));
  }

  Result<Session> load() const { return Session::create(graph_, Limits{}); }

  /// How many steps the kernels and the reference differ at most.
  void expectWithin(double steps) {
    auto session = load();
    ASSERT_TRUE(session.ok()) << session.error().detail;
    Numbers x(graph_.tensor(graph_.input()));
    FloatBuffer nhwc(x.values.size());
    const bool isMap = x.shape.size() == 4;
    for (size_t i = 0; i < x.values.size(); ++i) {
      const size_t at = isMap ? memoryIndex(x, i) : i;
      x.values[i] = x.limited((type_ == DataType::int8 ? -128.0 : 0.0) + static_cast<double>(next() >> 24));
      nhwc.data()[at] = static_cast<float>(x.number(i));
    }
    const Node& node = graph_.nodes[0];
    std::vector<Numbers> in;
    for (TensorId id : node.inputs) in.push_back(id == graph_.input() ? x : Numbers(graph_.tensor(id)));
    const Numbers expected = test::reference(graph_, node, in, test::Scaling::fixedPoint);
    ASSERT_TRUE(session->run(nhwc).ok());
    const auto seen = session->output(0);
    ASSERT_EQ(seen.size(), expected.values.size());
    double lowest = HUGE_VAL, highest = -HUGE_VAL;
    for (size_t i = 0; i < seen.size(); ++i) {
      const size_t at = expected.shape.size() == 4 ? memoryIndex(expected, i) : i;
      const double scale = expected.isQuantized() ? expected.quantization.scales[0] : 1;
      ASSERT_NEAR(seen[at], expected.number(i), scale * (steps + 1e-3)) << "element " << i;
      lowest = std::min(lowest, expected.number(i));
      highest = std::max(highest, expected.number(i));
    }
    EXPECT_LT(lowest, highest) << "the test shows nothing where every value is the same";
  }

 private:
  Tensor tensor(const char* name, Shape shape, const Quantization& quantization) const {
    Tensor result;
    result.name = name;
    result.shape = std::move(shape);
    result.type = type_;
    result.quantization = quantization;
    return result;
  }
  static size_t memoryIndex(const Numbers& map, size_t i) {
    const auto area = static_cast<size_t>(map.shape[2] * map.shape[3]);
    return (i % area) * static_cast<size_t>(map.shape[1]) + i / area;
  }
  uint32_t next() { return state_ = state_ * 1664525U + 1013904223U; }

  DataType type_;
  uint32_t state_;
  Graph graph_;
};

class Quantized : public testing::TestWithParam<DataType> {};
INSTANTIATE_TEST_SUITE_P(Types, Quantized, testing::Values(DataType::int8, DataType::uint8),
                         [](const auto& type) { return type.param == DataType::int8 ? "int8" : "uint8"; });

/// Weights have the zero point 0 in int8 and any in uint8.
Quantization weightSteps(DataType type) { return {{0.004F}, type == DataType::int8 ? 0 : 117}; }

TEST_P(Quantized, Convolution) {
  OneNode one(GetParam());
  const auto x = one.input({1, 5, 7, 6}, one.quantization(0.03F, -9));
  const auto w = one.weights({8, 5, 3, 3}, weightSteps(GetParam()));
  const ConvAttributes conv{{{3, 3}, {2, 1}, {1, 1}, {1, 0, 1, 2}}, 1};
  one.node(Op::conv, conv, {x, w, one.biases(8)}, {1, 8, 4, 6}, one.quantization(0.11F, 12));
  one.expectWithin(1);
}

TEST_P(Quantized, DepthwiseConvolutionWithAMultiplierAndAClamp) {
  OneNode one(GetParam());
  const auto x = one.input({1, 6, 9, 8}, one.quantization(0.05F, 20));
  const auto w = one.weights({12, 1, 3, 3}, weightSteps(GetParam()));
  const ConvAttributes conv{{{3, 3}, {1, 2}, {1, 1}, {1, 1, 1, 1}}, 6};
  one.node(Op::conv, conv, {x, w, one.biases(12)}, {1, 12, 9, 4}, one.quantization(0.05F, -20), {0, 6});
  one.expectWithin(1);
}

TEST(QuantizedTest, ScalesOfEachChannel) {
  for (const bool isDepthwise : {false, true}) {
    OneNode one(DataType::int8);
    const auto x = one.input({1, 4, 6, 6}, one.quantization(0.03F, 5));
    Quantization scales{{0.004F, 0.0001F, 0.02F, 0.01F}, 0};
    const auto w = one.weights({4, isDepthwise ? 1 : 4, 3, 3}, scales);
    const ConvAttributes conv{{{3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}}, isDepthwise ? 4 : 1};
    one.node(Op::conv, conv, {x, w, one.biases(4)}, {1, 4, 6, 6}, one.quantization(0.3F, 3));
    one.expectWithin(1);
  }
}

TEST_P(Quantized, FullyConnected) {
  OneNode one(GetParam());
  const auto x = one.input({1, 70}, one.quantization(0.02F, 30));
  const auto w = one.weights({9, 70}, weightSteps(GetParam()));
  one.node(Op::fullyConnected, {}, {x, w, one.biases(9)}, {1, 9}, one.quantization(0.05F, 4));
  one.expectWithin(1);
}

TEST_P(Quantized, Addition) {
  OneNode one(GetParam());
  const auto x = one.input({1, 4, 3, 5}, one.quantization(0.02F, 30));
  const auto y = one.weights({1, 4, 3, 5}, one.quantization(0.07F, -30));
  one.node(Op::add, {}, {x, y}, {1, 4, 3, 5}, one.quantization(0.06F, 4), {0, HUGE_VALF});
  one.expectWithin(1);
}

TEST_P(Quantized, MultiplicationOfChannels) {
  OneNode one(GetParam());
  const auto x = one.input({1, 4, 3, 5}, one.quantization(0.02F, 30));
  const auto y = one.weights({1, 4, 1, 1}, one.quantization(0.01F, -30));
  one.node(Op::multiply, {}, {x, y}, {1, 4, 3, 5}, one.quantization(0.015F, 4));
  one.expectWithin(1);
}

TEST_P(Quantized, MeanOfAMap) {
  OneNode one(GetParam());
  const auto x = one.input({1, 19, 7, 7}, one.quantization(0.02F, 30));
  one.node(Op::reduceMean, ReduceAttributes{{2, 3}, true}, {x}, {1, 19, 1, 1}, one.quantization(0.004F, -7));
  one.expectWithin(1);
}

TEST_P(Quantized, PoolingMovesIntegersAndAveragesInFloats) {
  OneNode maximum(GetParam());
  auto steps = maximum.quantization(0.02F, 30);
  auto x = maximum.input({1, 5, 7, 7}, steps);
  maximum.node(Op::maxPool, MaxPoolAttributes{{{3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}}}, {x}, {1, 5, 4, 4},
               steps);
  maximum.expectWithin(0);
  OneNode spaced(GetParam());
  x = spaced.input({1, 5, 7, 7}, steps);
  spaced.node(Op::maxPool, MaxPoolAttributes{{{1, 1}, {2, 2}, {1, 1}, {0, 0, 0, 0}}}, {x}, {1, 5, 4, 4},
              steps);
  spaced.expectWithin(0);
  OneNode average(GetParam());
  x = average.input({1, 5, 7, 7}, steps);
  average.node(Op::averagePool, AveragePoolAttributes{{{3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}}, {}}, {x},
               {1, 5, 4, 4}, steps);
  average.expectWithin(1);
}

TEST_P(Quantized, ConcatenationOfOneQuantisationAndOfTwo) {
  for (const float scale : {0.02F, 0.05F}) {
    OneNode one(GetParam());
    const auto x = one.input({1, 4, 3, 5}, one.quantization(0.02F, 30));
    one.node(Op::concat, AxisAttributes{1}, {x, x}, {1, 8, 3, 5}, one.quantization(scale, 30));
    one.expectWithin(scale == 0.02F ? 0 : 1);
  }
}

TEST_P(Quantized, PaddingClampAndConversion) {
  OneNode padded(GetParam());
  const auto steps = padded.quantization(0.02F, 30);
  auto x = padded.input({1, 4, 3, 5}, steps);
  padded.node(Op::pad, PadAttributes{{0, 0, 1, 2}, {0, 0, 3, 0}, 0.5F}, {x}, {1, 4, 7, 7}, steps);
  padded.expectWithin(0);
  OneNode clamped(GetParam());
  x = clamped.input({1, 4, 3, 5}, steps);
  clamped.node(Op::clamp, {}, {x}, {1, 4, 3, 5}, steps, {-0.5F, 1.0F});
  clamped.expectWithin(0);
  OneNode converted(GetParam());
  x = converted.input({1, 4, 3, 5}, steps);
  converted.node(Op::convert, {}, {x}, {1, 4, 3, 5}, converted.quantization(0.05F, -3));
  converted.expectWithin(1);
}

TEST_P(Quantized, SoftmaxInFloats) {
  OneNode one(GetParam());
  const auto x = one.input({1, 12}, one.quantization(0.05F, 30));
  one.node(Op::softmax, AxisAttributes{1}, {x}, {1, 12}, one.quantization(1.0F / 256, -128));
  one.expectWithin(1);
}

TEST(QuantizedTest, RefusesWhatKernelsWouldGetWrong) {
  const auto codeOf = [](Quantization weights, float outputScale) {
    OneNode one(DataType::int8);
    const auto x = one.input({1, 4, 3, 3}, one.quantization(1.0F, 0));
    const auto w = one.weights({4, 4, 1, 1}, std::move(weights));
    one.node(Op::conv, ConvAttributes{}, {x, w}, {1, 4, 3, 3}, one.quantization(outputScale, 0));
    const auto session = one.load();
    return session.ok() ? ErrorCode::internalError : session.error().code;
  };
  EXPECT_EQ(codeOf({{0.5F}, 0}, 0.5F), ErrorCode::internalError);  // this one loads
  EXPECT_EQ(codeOf({{0.5F}, 3}, 0.5F), ErrorCode::unsupportedDataType);
  EXPECT_EQ(codeOf({{0.5F}, 0}, 0.001F), ErrorCode::unsupportedOperator);
  EXPECT_EQ(codeOf({{1.0F, 1.0F, 1.0F, 512.0F}, 0}, 1.0F), ErrorCode::unsupportedOperator);
}

TEST(QuantizeTest, RoundsHalvesAwayFromZeroAndSaturates) {
  const std::vector<float> numbers{0.0F,  0.49999997F, 0.5F,    1.5F,       2.5F,
                                   -0.5F, -2.5F,       1000.0F, -HUGE_VALF, NAN};
  std::vector<uint8_t> bytes(numbers.size());
  quantize(numbers, DataType::int8, {{1.0F}, 10}, bytes.data());
  const std::vector<int8_t> expected{10, 10, 11, 12, 13, 9, 7, 127, -128, 10};
  for (size_t i = 0; i < numbers.size(); ++i) EXPECT_EQ(static_cast<int8_t>(bytes[i]), expected[i]) << i;
  quantize(numbers, DataType::uint8, {{0.5F}, 3}, bytes.data());
  EXPECT_EQ(bytes, (std::vector<uint8_t>{3, 4, 4, 6, 8, 2, 0, 255, 0, 3}));

  std::vector<float> back(2);
  const uint8_t stored[]{0xFF, 0x80};
  dequantize(stored, DataType::int8, {{0.5F}, -128}, back);
  EXPECT_EQ(back, (std::vector<float>{63.5F, 0.0F}));
  dequantize(stored, DataType::uint8, {{0.5F}, 128}, back);
  EXPECT_EQ(back, (std::vector<float>{63.5F, 0.0F}));
}

}  // namespace
}  // namespace pith

// SPDX-License-Identifier: Apache-2.0
// Files that are read, and files that must be refused with a sentence: damaged, contradictory, or too large.
#include "pith/tflite/tflite.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "pith/import/import.h"
#include "unit/tflite/builder.h"

namespace pith {
namespace {

using test::TfliteBuilder;
namespace tfl = test::tfl;
using Steps = TfliteBuilder::Steps;
using Ints = TfliteBuilder::Ints;

constexpr tfl::ElementType int8 = tfl::ElementType::int8;
const Steps plain{{0.5F}, {0}};

Result<Graph> import(const std::vector<uint8_t>& file, const InputSize& size = {4, 4, 3}) {
  return importModel(file, size, Limits{});
}

/// The error of a file that is refused as a whole, or of its first node.
Error errorOf(const std::vector<uint8_t>& file) {
  const auto graph = import(file);
  if (!graph.ok()) return graph.error();
  const Status refusal = firstRefusal(*graph);
  return refusal.ok() ? Error{ErrorCode::internalError, "nothing is wrong"} : refusal.error();
}

/// x [1, 4, 4, 3] and a convolution with 2 outputs in int8, of which one thing is wrong.
struct QuantizedConv {
  Steps input = plain, weights = plain, output = plain;
  Ints weightsShape{2, 1, 1, 3}, outputShape{1, 4, 4, 2};
  size_t weightBytes = 6;
  std::vector<int32_t> bias{1, -1};
  int32_t stride = 1;
  tfl::Activation activation = tfl::Activation::none;

  std::vector<uint8_t> build() const {
    TfliteBuilder file;
    const int32_t x = file.tensor({1, 4, 4, 3}, int8, input);
    const int32_t w = file.tensor(weightsShape, int8, weights, std::vector<uint8_t>(weightBytes, 3));
    const int32_t b = file.ints(bias);
    const int32_t y = file.tensor(outputShape, int8, output);
    file.conv({x, w, b}, y, tfl::Padding::same, stride, activation);
    return file.build({y});
  }
};

TEST(Tflite, ReadsAQuantisedConvolutionInTheGraphsOrder) {
  TfliteBuilder file;
  const int32_t x = file.tensor({1, 4, 4, 3}, int8, Steps{{0.5F}, {-7}});
  std::vector<uint8_t> weights(2 * 3 * 3 * 3);
  for (size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<uint8_t>(i);
  const int32_t w = file.tensor({2, 3, 3, 3}, int8, Steps{{0.25F, 0.125F}, {0, 0}, 0}, weights);
  const int32_t y = file.tensor({1, 2, 2, 2}, int8, Steps{{2.0F}, {-128}});
  file.conv({x, w, file.ints({5, -6})}, y, tfl::Padding::same, 2, tfl::Activation::relu6);
  const auto graph = import(file.build({y}));
  ASSERT_TRUE(graph.ok()) << graph.error().detail;
  ASSERT_TRUE(firstRefusal(*graph).ok()) << firstRefusal(*graph).error().detail;
  const Node& node = graph->nodes.at(0);
  EXPECT_EQ(node.op, Op::conv);
  EXPECT_EQ(node.opType, "CONV_2D");
  const auto& window = std::get<ConvAttributes>(node.attributes).window;
  // 4 places, stride 2, 3 wide: one place of padding is needed, and it stands behind.
  EXPECT_EQ(std::vector(window.pads.begin(), window.pads.end()), (std::vector<int64_t>{0, 0, 1, 1}));
  EXPECT_EQ(graph->tensor(node.outputs[0]).shape, (Shape{1, 2, 2, 2}));
  const Tensor& stored = graph->tensor(node.inputs[1]);
  EXPECT_EQ(stored.shape, (Shape{2, 3, 3, 3}));
  EXPECT_EQ(stored.bytes[1], 3);  // [0, 0, 0, 1]: one place to the right, three bytes on
  EXPECT_EQ(stored.quantization->scales, (std::vector<float>{0.25F, 0.125F}));
  EXPECT_EQ(graph->tensor(node.inputs[2]).biases, (std::vector<int32_t>{5, -6}));
  // The lowest integer is 0 already; 6 is the integer -125.
  EXPECT_EQ(node.clamp.min, -std::numeric_limits<float>::infinity());
  EXPECT_EQ(node.clamp.max, 6.0F);
}

TEST(Tflite, TakesAQuantisedCopyOfTheInputForTheInput) {
  TfliteBuilder file;
  const int32_t x = file.tensor({1, 4, 4, 3}, tfl::ElementType::uint8, Steps{{0.5F}, {100}});
  const int32_t q = file.tensor({1, 4, 4, 3}, int8, Steps{{0.5F}, {-28}});
  const int32_t w = file.tensor({2, 1, 1, 3}, int8, plain, std::vector<uint8_t>(6, 1));
  const int32_t y = file.tensor({1, 4, 4, 2}, int8, plain);
  file.node(114, {x}, {q});
  file.conv({q, w}, y);
  const auto graph = import(file.build({y}));
  ASSERT_TRUE(graph.ok()) << graph.error().detail;
  ASSERT_EQ(graph->nodes.size(), 1U);
  EXPECT_EQ(graph->tensor(graph->nodes[0].inputs[0]).type, DataType::int8);
  EXPECT_EQ(graph->tensor(graph->nodes[0].inputs[0]).quantization, (Quantization{{0.5F}, -28}));
}

TEST(Tflite, WidensHalfFloatsAndDequantisesWeightsOfFloats) {
  TfliteBuilder file;
  const int32_t x = file.tensor({1, 4, 4, 3});
  const int32_t half = file.tensor({2, 1, 1, 3}, tfl::ElementType::float16, std::nullopt,
                                   TfliteBuilder::bytesOf(std::vector<uint16_t>(6, 0x3E00)));
  const int32_t w = file.tensor({2, 1, 1, 3});
  const int32_t y = file.tensor({1, 4, 4, 2});
  const int32_t stored = file.tensor({3, 1, 1, 2}, int8, Steps{{0.5F, 1.0F, 2.0F}, {0, 0, 0}, 0},
                                     std::vector<uint8_t>{1, 2, 3, 4, 5, 0xFF});
  const int32_t z = file.tensor({1, 4, 4, 3});
  file.node(6, {half}, {w});
  file.conv({x, w}, y);
  file.conv({y, stored}, z);
  const auto graph = import(file.build({z}));
  ASSERT_TRUE(graph.ok()) << graph.error().detail;
  ASSERT_TRUE(firstRefusal(*graph).ok()) << firstRefusal(*graph).error().detail;
  EXPECT_EQ(graph->tensor(graph->nodes[0].inputs[1]).floats, std::vector<float>(6, 1.5F));
  EXPECT_EQ(graph->tensor(graph->nodes[1].inputs[1]).floats,
            (std::vector<float>{0.5F, 1.0F, 3.0F, 4.0F, 10.0F, -2.0F}));
}

TEST(Tflite, AMeanThroughATransposeIsTheMeanOfTheMap) {
  TfliteBuilder file;
  const int32_t x = file.tensor({1, 4, 4, 3});
  const int32_t w = file.floats({5, 1, 1, 3}, std::vector<float>(15, 1.0F));
  const int32_t map = file.tensor({1, 4, 4, 5}), first = file.tensor({1, 5, 4, 4}),
                row = file.tensor({1, 5, 4});
  const int32_t vector = file.tensor({1, 5});
  file.conv({x, w}, map);
  file.node(39, {map, file.ints({0, 3, 1, 2})}, {first});
  for (const auto& [from, axis, to] : {std::tuple{first, 3, row}, std::tuple{row, 2, vector}})
    file.node(40, {from, file.ints({axis})}, {to}, tfl::Options::ReducerOptions,
              tfl::CreateReducerOptions(file.raw(), false).Union());
  const auto graph = import(file.build({vector}));
  ASSERT_TRUE(graph.ok()) << graph.error().detail;
  ASSERT_TRUE(firstRefusal(*graph).ok()) << firstRefusal(*graph).error().detail;
  const Node& mean = graph->nodes.at(graph->nodes.size() - 2);
  EXPECT_EQ(mean.op, Op::reduceMean);
  EXPECT_EQ(mean.inputs[0], graph->nodes[0].outputs[0]);
  EXPECT_EQ(std::get<ReduceAttributes>(mean.attributes).axes, (std::vector<int64_t>{2, 3}));
}

TEST(Tflite, RefusesStepsThatAreNone) {
  const auto codeOf = [](const Steps& weights) {
    QuantizedConv conv;
    conv.weights = weights;
    return errorOf(conv.build()).code;
  };
  EXPECT_EQ(codeOf(plain), ErrorCode::internalError);  // this one is read
  for (float scale : {0.0F, -1.0F, NAN, HUGE_VALF, 1e-42F})
    EXPECT_EQ(codeOf({{scale}, {0}}), ErrorCode::corruptModel);
  EXPECT_EQ(codeOf({{0.5F}, {128}}), ErrorCode::corruptModel);
  EXPECT_EQ(codeOf({{0.5F}, {-129}}), ErrorCode::corruptModel);
  EXPECT_EQ(codeOf({{0.5F}, {int64_t{1} << 40}}), ErrorCode::corruptModel);
  EXPECT_EQ(codeOf({{0.5F}, {0, 0}}), ErrorCode::corruptModel);
  EXPECT_EQ(codeOf({{0.5F, 0.5F}, {0, 1}}), ErrorCode::unsupportedDataType);
  EXPECT_EQ(codeOf({{0.5F, 0.5F, 0.5F}, {0, 0, 0}}), ErrorCode::corruptModel);  // of two outputs
  EXPECT_EQ(codeOf({{0.5F, 0.5F}, {0, 0}, 3}), ErrorCode::corruptModel);        // along the wrong axis
  EXPECT_EQ(codeOf({{}, {}}), ErrorCode::unsupportedDataType);
}

TEST(Tflite, AReshapedConstantMayBeDescribedWithoutScales) {
  for (const bool inConvolution : {true, false}) {
    TfliteBuilder file;
    const int32_t x = file.tensor({1, 4, 4, 3});
    const int32_t stored = file.tensor({2, 1, 3, 1}, int8, Steps{{0.5F, 1.0F}, {0, 0}, 0}, std::vector<uint8_t>(6, 1));
    const int32_t w = file.tensor({2, 1, 1, 3}, int8);
    file.node(22, {stored, file.ints({2, 1, 1, 3})}, {w});
    const int32_t y = file.tensor({1, 4, 4, 2});
    if (inConvolution) {
      file.conv({x, w}, y);
    } else {
      const int32_t numbers = file.tensor({2, 1, 1, 3});
      file.node(6, {w}, {numbers});
      file.conv({x, numbers}, y);
    }
    const auto graph = import(file.build({y}));
    // Whatever it is taken for, it is not read where nothing is.
    if (graph.ok() && inConvolution) EXPECT_EQ(firstRefusal(*graph).error().code, ErrorCode::corruptModel);
  }
}

TEST(Tflite, ATransposedConvolutionHasAScaleForEachOutput) {
  for (const auto& [scales, axis] : {std::pair{std::vector<float>{1, 2}, 3}, {std::vector<float>{1, 2}, 0}, {std::vector<float>(8, 1), 0}}) {
    TfliteBuilder file;
    const int32_t x = file.tensor({1, 4, 4, 2}, int8, plain);
    const std::vector<int64_t> zeros(scales.size(), 0);
    const int32_t w = file.tensor({8, 1, 1, 2}, int8, Steps{scales, zeros, axis}, std::vector<uint8_t>(16, 1));
    const int32_t y = file.tensor({1, 4, 4, 8}, int8, plain);
    file.node(67, {file.ints({1, 4, 4, 8}), w, x, file.ints(Ints(8, 1))}, {y}, tfl::Options::TransposeConvOptions,
              tfl::CreateTransposeConvOptions(file.raw(), tfl::Padding::same, 1, 1).Union());
    const auto graph = import(file.build({y}), {4, 4, 2});
    const bool isRight = scales.size() == 8;
    EXPECT_EQ(graph.ok() && firstRefusal(*graph).ok(), isRight) << scales.size() << " scales along axis " << axis;
  }
}

TEST(Tflite, BoundsTheTablesOfItsNodes) {
  TfliteBuilder file;
  const int32_t x = file.tensor({1, 4, 4, 3});
  const int32_t size = file.ints({1 << 20, 1});
  int32_t y = x;
  for (int i = 0; i < 9; ++i) {
    y = file.tensor({1, 1 << 20, 1, 3});
    file.node(23, {x, size}, {y});
  }
  EXPECT_EQ(errorOf(file.build({y})).code, ErrorCode::modelTooLarge);
}

TEST(Tflite, RefusesShapesAndBuffersThatContradictEachOther) {
  const auto codeOf = [](auto&& change) {
    QuantizedConv conv;
    change(conv);
    return errorOf(conv.build()).code;
  };
  EXPECT_EQ(codeOf([](auto& c) { c.weightBytes = 5; }), ErrorCode::corruptModel);
  EXPECT_EQ(codeOf([](auto& c) { c.weightBytes = 0; }), ErrorCode::corruptModel);
  EXPECT_EQ(codeOf([](auto& c) { c.weightsShape = {2, 1, 1, 2}; }), ErrorCode::corruptModel);
  EXPECT_EQ(codeOf([](auto& c) { c.weightsShape = {2, 1, 3}; }), ErrorCode::unsupportedShape);
  EXPECT_EQ(codeOf([](auto& c) { c.weightsShape = {-2, 1, 1, 3}; }), ErrorCode::corruptModel);
  EXPECT_EQ(codeOf([](auto& c) { c.weightsShape = {2, 1 << 30, 1 << 30, 3}; }), ErrorCode::corruptModel);
  EXPECT_EQ(codeOf([](auto& c) { c.outputShape = {1, 4, 4, 3}; }), ErrorCode::corruptModel);
  EXPECT_EQ(codeOf([](auto& c) { c.bias = {1}; }), ErrorCode::corruptModel);
  EXPECT_EQ(codeOf([](auto& c) { c.stride = 0; }), ErrorCode::corruptModel);
  EXPECT_EQ(codeOf([](auto& c) { c.stride = -1; }), ErrorCode::corruptModel);
  EXPECT_EQ(codeOf([](auto& c) { c.activation = tfl::Activation::tanh; }), ErrorCode::unsupportedOperator);
}

TEST(Tflite, RefusesGraphsThatAreNone) {
  const auto errorWith = [](auto&& wire) {
    TfliteBuilder file;
    const int32_t x = file.tensor({1, 4, 4, 3}), y = file.tensor({1, 4, 4, 3}), z = file.tensor({1, 4, 4, 3});
    return errorOf(wire(file, x, y, z)).code;
  };
  const auto relu = [](auto& file, int32_t from, int32_t to) { file.node(19, {from}, {to}); };
  EXPECT_EQ(errorWith([&](auto& f, int32_t x, int32_t y, int32_t) {
              relu(f, x, y);
              return f.build({y});
            }),
            ErrorCode::internalError);                               // this one is read
  EXPECT_EQ(errorWith([&](auto& f, int32_t, int32_t y, int32_t z) {  // a cycle
              relu(f, z, y);
              relu(f, y, z);
              return f.build({z});
            }),
            ErrorCode::corruptModel);
  EXPECT_EQ(errorWith([&](auto& f, int32_t x, int32_t y, int32_t) {  // made twice
              relu(f, x, y);
              relu(f, x, y);
              return f.build({y});
            }),
            ErrorCode::corruptModel);
  EXPECT_EQ(errorWith([&](auto& f, int32_t x, int32_t, int32_t) {  // the input is made
              relu(f, x, x);
              return f.build({x});
            }),
            ErrorCode::corruptModel);
  for (int32_t outside : {-2, 3, 1 << 30}) {
    EXPECT_EQ(errorWith([&](auto& f, int32_t, int32_t y, int32_t) {
                relu(f, outside, y);
                return f.build({y});
              }),
              ErrorCode::corruptModel);
    EXPECT_EQ(errorWith([&](auto& f, int32_t x, int32_t, int32_t) {
                relu(f, x, outside);
                return f.build({x});
              }),
              ErrorCode::corruptModel);
    EXPECT_EQ(errorWith([&](auto& f, int32_t x, int32_t y, int32_t) {
                relu(f, x, y);
                return f.build({outside});
              }),
              ErrorCode::corruptModel);
    EXPECT_EQ(errorWith([&](auto& f, int32_t x, int32_t y, int32_t) {
                relu(f, x, y);
                return f.build({y}, {outside});
              }),
              ErrorCode::corruptModel);
  }
  EXPECT_EQ(errorWith([&](auto& f, int32_t x, int32_t y, int32_t) {
              f.nodeOf(7, {x}, {y});
              return f.build({y});
            }),
            ErrorCode::corruptModel);
  EXPECT_EQ(errorWith([&](auto& f, int32_t x, int32_t y, int32_t) {
              f.node(19, {x}, {});
              return f.build({y});
            }),
            ErrorCode::corruptModel);
  EXPECT_EQ(errorWith([&](auto& f, int32_t x, int32_t y, int32_t) {
              relu(f, x, y);
              return f.build({y}, {x}, 2);
            }),
            ErrorCode::unsupportedOperator);
}

TEST(Tflite, RefusesOperatorsByName) {
  TfliteBuilder file;
  const int32_t x = file.tensor({1, 4, 4, 3}), y = file.tensor({1, 4, 4, 3}), z = file.tensor({1, 4, 4, 3});
  file.node(56, {x, file.ints({3})}, {y});
  file.node(19, {y}, {z});
  const Error error = errorOf(file.build({z}));
  EXPECT_EQ(error.code, ErrorCode::unsupportedOperator);
  EXPECT_NE(error.detail.find("ARG_MAX"), std::string::npos) << error.detail;
}

TEST(Tflite, TheInputIsTheRecipes) {
  const auto codeOf = [](const Ints& shape, const Ints& signature, tfl::ElementType type) {
    TfliteBuilder file;
    const int32_t x = file.tensor(shape, type, std::nullopt, {}, signature), y = file.tensor(shape, type);
    file.node(19, {x}, {y});
    const auto graph = import(file.build({y}), {8, 6, 3});
    return graph.ok() ? ErrorCode::internalError : graph.error().code;
  };
  const auto float32 = tfl::ElementType::float32;
  EXPECT_EQ(codeOf({1, 8, 6, 3}, {}, float32), ErrorCode::internalError);  // this one is read
  EXPECT_EQ(codeOf({1, 1, 1, 3}, {-1, -1, -1, 3}, float32), ErrorCode::internalError);
  EXPECT_EQ(codeOf({1, 6, 8, 3}, {}, float32), ErrorCode::shapeMismatch);
  EXPECT_EQ(codeOf({2, 8, 6, 3}, {}, float32), ErrorCode::shapeMismatch);
  EXPECT_EQ(codeOf({8, 6, 3}, {}, float32), ErrorCode::unsupportedShape);
  EXPECT_EQ(codeOf({1, 8, 6, 3}, {}, tfl::ElementType::int64), ErrorCode::unsupportedDataType);
  EXPECT_EQ(codeOf({1, 8, 6, 3}, {}, int8), ErrorCode::unsupportedDataType);  // without steps
}

TEST(Tflite, SaysTheSizeOfItsInput) {
  const auto sizeOf = [](const Ints& shape, const Ints& signature) {
    TfliteBuilder file;
    const int32_t x = file.tensor(shape, tfl::ElementType::float32, std::nullopt, {}, signature);
    const auto size = declaredInputSize(file.build({x}), Limits{});
    return size.ok() ? Shape{size->height, size->width, size->channels} : Shape{};
  };
  EXPECT_EQ(sizeOf({1, 8, 6, 3}, {}), (Shape{8, 6, 3}));
  EXPECT_EQ(sizeOf({1, 1, 1, 3}, {-1, -1, -1, 3}), (Shape{-1, -1, 3}));
  EXPECT_EQ(sizeOf({1, 3, 8, 6}, {}), (Shape{8, 6, 3}));
  EXPECT_EQ(sizeOf({1, 8, 6, 4}, {}), (Shape{8, 6, 4}));
  EXPECT_EQ(sizeOf({8, 6}, {}), Shape{});
}

TEST(Tflite, RefusesNumbersThatAreNotFinite) {
  TfliteBuilder file;
  const int32_t x = file.tensor({1, 4, 4, 3}), y = file.tensor({1, 4, 4, 1});
  file.conv({x, file.floats({1, 1, 1, 3}, {1.0F, NAN, 2.0F})}, y);
  EXPECT_EQ(errorOf(file.build({y})).code, ErrorCode::corruptModel);
}

/// Every prefix, and every byte changed in turn: a sentence, or a graph.
TEST(Tflite, SurvivesDamage) {
  QuantizedConv conv;
  conv.weights = {{0.5F, 0.25F}, {0, 0}};
  const std::vector<uint8_t> file = conv.build();
  for (size_t size = 0; size < file.size(); ++size)
    EXPECT_FALSE(import({file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size)}).ok()) << size;
  size_t refused = 0;
  for (size_t at = 0; at < file.size(); ++at) {
    for (const uint8_t flip : std::to_array<uint8_t>({0x01, 0x80, 0xFF})) {
      std::vector<uint8_t> damaged = file;
      damaged[at] ^= flip;
      const auto graph = import(damaged);
      if (!graph.ok()) EXPECT_FALSE(graph.error().detail.empty());
      refused += graph.ok() ? 0 : 1;
    }
  }
  EXPECT_GT(refused, file.size());
}

}  // namespace
}  // namespace pith

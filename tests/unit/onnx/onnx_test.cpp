// SPDX-License-Identifier: Apache-2.0
// Files that lie, loop or break off are refused by name, before anything of the claimed size is allocated.
#include "pith/onnx/onnx.h"

#include <gtest/gtest.h>

#include <cmath>

#include "pith/import/import.h"
#include "pith/model/tap.h"
#include "unit/onnx/builder.h"

namespace pith {
namespace {

using test::OnnxBuilder;

OnnxBuilder reluModel(int64_t opset = 13) {
  return OnnxBuilder(opset).input("x", {1, 3, 8, 8}).output("y").node("Relu", {"x"}, {"y"});
}

Result<Graph> import(const OnnxBuilder& builder, const InputSize& size = {8, 8, 3},
                     const Limits& limits = {}) {
  return importOnnx(builder.build(), size, limits);
}

/// The reason why the file, or one of its nodes, is refused; it must name `name`.
void expectRefusal(const Result<Graph>& graph, ErrorCode code, const std::string& name) {
  const Status status = graph.ok() ? firstRefusal(*graph) : Status(graph.error());
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(errorName(status.error().code), errorName(code)) << status.error().detail;
  EXPECT_NE(status.error().detail.find(name), std::string::npos) << status.error().detail;
}

TEST(ImportOnnx, ReadsAWholeModel) {
  const auto graph = import(reluModel());
  ASSERT_TRUE(graph.ok());
  ASSERT_EQ(graph->nodes.size(), 1U);
  EXPECT_EQ(graph->nodes[0].op, Op::clamp);
  EXPECT_EQ(graph->nodes[0].name, "Relu1");
  EXPECT_EQ(graph->tensor(graph->outputs[0]).name, "y");
  EXPECT_EQ(graph->tensor(graph->outputs[0]).shape, (Shape{1, 3, 8, 8}));
}

TEST(ImportOnnx, EveryTruncationIsRefusedOrHarmless) {
  const auto file = OnnxBuilder(13)
                        .input("x", {1, 3, 8, 8})
                        .floats("w", {2, 3, 1, 1}, std::vector<float>(6, 1.0F))
                        .output("y")
                        .node("Conv", {"x", "w"}, {"y"}, {{"pads", OnnxBuilder::Ints{1, 1, 1, 1}}})
                        .build();
  for (size_t length = 0; length < file.size(); ++length) {
    const std::vector<uint8_t> part(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_FALSE(importOnnx(part, {8, 8, 3}, Limits{}).ok()) << length;
  }
}

TEST(ImportOnnx, RefusesWhatIsNoModel) {
  expectRefusal(importOnnx({}, {8, 8, 3}, Limits{}), ErrorCode::corruptModel, "no graph");
  const std::vector<uint8_t> text{'T', 'F', 'L', '3', 0, 1, 2, 3, 4, 5, 6, 7};
  EXPECT_EQ(importOnnx(text, {8, 8, 3}, Limits{}).error().code, ErrorCode::corruptModel);
  Limits small;
  small.maxModelBytes = 10;
  expectRefusal(import(reluModel(), {8, 8, 3}, small), ErrorCode::modelTooLarge, "10");
  small = {};
  small.maxNodes = 1;
  expectRefusal(import(reluModel().node("Relu", {"y"}, {"z"}), {8, 8, 3}, small), ErrorCode::modelTooLarge,
                "nodes");
}

TEST(ImportOnnx, ChecksTheOperatorSet) {
  for (const int64_t opset : {6, 13, 25}) EXPECT_TRUE(import(reluModel(opset)).ok()) << opset;
  for (const int64_t opset : {-1, 0, 5, 26})
    expectRefusal(import(reluModel(opset)), ErrorCode::unsupportedOperator, std::to_string(opset));
}

TEST(ImportOnnx, ChecksTheInputAgainstTheRecipe) {
  EXPECT_TRUE(import(OnnxBuilder().input("x", {-1, 3, -1, -1}).output("y").node("Relu", {"x"}, {"y"})).ok());
  expectRefusal(import(reluModel(), {9, 8, 3}), ErrorCode::shapeMismatch, "[1, 3, 8, 8]");
  expectRefusal(import(reluModel(), {8, 8, 1}), ErrorCode::shapeMismatch, "[1, 1, 8, 8]");
  expectRefusal(import(OnnxBuilder().input("x", {2, 3, 8, 8}).output("y").node("Relu", {"x"}, {"y"})),
                ErrorCode::shapeMismatch, "[2, 3, 8, 8]");
  expectRefusal(import(OnnxBuilder().input("x", {3, 8, 8}).output("y").node("Relu", {"x"}, {"y"})),
                ErrorCode::unsupportedShape, "'x'");
  expectRefusal(import(OnnxBuilder().input("x", {1, 3, 8, 8}, 2).output("y").node("Relu", {"x"}, {"y"})),
                ErrorCode::unsupportedDataType, "'x'");
  expectRefusal(
      import(
          OnnxBuilder().input("x", {1, 3, 8, 8}).input("mask", {1}).output("y").node("Relu", {"x"}, {"y"})),
      ErrorCode::unsupportedShape, "'mask'");
}

TEST(ImportOnnx, TakesInitializersThatAreRepeatedAsInputs) {
  const auto graph = import(OnnxBuilder(7)
                                .input("b", {1})
                                .input("x", {1, 3, 8, 8})
                                .floats("b", {1}, {1.0F})
                                .output("y")
                                .node("Add", {"x", "b"}, {"y"}));
  ASSERT_TRUE(graph.ok()) << graph.error().detail;
  EXPECT_EQ(graph->tensor(graph->input()).name, "x");
}

TEST(ImportOnnx, RefusesCyclesAndDanglingOrRepeatedNames) {
  const auto base = [] { return OnnxBuilder().input("x", {1, 3, 8, 8}).output("y"); };
  expectRefusal(
      import(base().node("Add", {"x", "b"}, {"a"}).node("Relu", {"a"}, {"b"}).node("Relu", {"b"}, {"y"})),
      ErrorCode::corruptModel, "'Add1'");
  expectRefusal(import(base().node("Relu", {"y"}, {"y"})), ErrorCode::corruptModel, "own output");
  expectRefusal(import(base().node("Relu", {"nowhere"}, {"y"})), ErrorCode::corruptModel, "'nowhere'");
  expectRefusal(import(base().node("Relu", {"x"}, {"z"})), ErrorCode::corruptModel, "'y'");
  expectRefusal(import(base().node("Relu", {"x"}, {"y"}).node("Relu", {"x"}, {"y"})), ErrorCode::corruptModel,
                "'y' is defined twice");
  expectRefusal(import(base().node("Relu", {"x"}, {"x"})), ErrorCode::corruptModel, "'x' is defined twice");
  expectRefusal(import(base().floats("w", {1}, {1}).floats("w", {1}, {1}).node("Relu", {"x"}, {"y"})),
                ErrorCode::corruptModel, "'w' is defined twice");
  expectRefusal(import(base().node("Relu", {""}, {"y"})), ErrorCode::corruptModel, "leaves out");
  expectRefusal(import(base().node("Relu", {"x", "x"}, {"y"})), ErrorCode::corruptModel, "2 inputs");
  expectRefusal(import(OnnxBuilder().output("y").node("Relu", {"y"}, {"y"})), ErrorCode::corruptModel,
                "no input");
}

TEST(ImportOnnx, SortsNodesThatAreOutOfOrder) {
  const auto graph = import(OnnxBuilder()
                                .input("x", {1, 3, 8, 8})
                                .output("y")
                                .node("Relu", {"a"}, {"y"})
                                .node("Relu", {"x"}, {"a"}));
  ASSERT_TRUE(graph.ok()) << graph.error().detail;
  EXPECT_EQ(graph->nodes[0].name, "Relu2");
  EXPECT_EQ(graph->nodes[1].name, "Relu1");
}

TEST(ImportOnnx, RefusesPayloadsThatDoNotFillTheirShape) {
  const auto base = [] { return reluModel(); };
  const int64_t huge = int64_t{1} << 50;
  const std::vector<float> few(6, 1.0F);
  expectRefusal(import(base().floats("w", {2, 2}, few)), ErrorCode::corruptModel, "'w'");
  expectRefusal(import(base().floats("w", {huge, huge, huge}, few)), ErrorCode::modelTooLarge, "'w'");
  expectRefusal(import(base().floats("w", {huge}, few)), ErrorCode::modelTooLarge, "'w'");
  expectRefusal(import(base().floats("w", {huge, 0}, {})), ErrorCode::modelTooLarge, "'w'");
  expectRefusal(import(base().floats("w", {-6}, few)), ErrorCode::modelTooLarge, "'w'");
  expectRefusal(import(base().floats("w", {100'000'000}, few)), ErrorCode::corruptModel, "'w'");
  expectRefusal(import(base().typed("w", {7}, 1, few, {})), ErrorCode::corruptModel, "'w'");
  expectRefusal(import(base().raw("w", {1}, 1, "abc", 3)), ErrorCode::corruptModel, "'w'");
  expectRefusal(import(base().floats("w", {2}, {1.0F, NAN})), ErrorCode::corruptModel, "'w'");
  expectRefusal(import(base().floats("w", {1, 1, 1, 1, 1, 1, 1, 1, 1}, {1.0F})), ErrorCode::corruptModel,
                "longer");
}

TEST(ImportOnnx, RefusesWeightsItCannotReadOnlyWhereTheyAreUsed) {
  const auto base = [] {
    return OnnxBuilder().input("x", {1, 3, 8, 8}).external("far", {1}).raw("q", {1}, 8, "a", 1).output("y");
  };
  EXPECT_TRUE(firstRefusal(*import(base().node("Relu", {"x"}, {"y"}))).ok());
  expectRefusal(import(base().node("Add", {"x", "far"}, {"y"})), ErrorCode::unsupportedDataType,
                "another file");
  expectRefusal(import(base().node("Add", {"x", "q"}, {"y"})), ErrorCode::unsupportedDataType, "'q'");
}

TEST(ImportOnnx, NamesTheOperatorThatIsNotSupported) {
  const auto base = [] { return OnnxBuilder().input("x", {1, 3, 8, 8}).output("y"); };
  expectRefusal(import(base().node("Wobble", {"x"}, {"w"}).node("Relu", {"w"}, {"y"})),
                ErrorCode::unsupportedOperator, "Wobble node 'Wobble1'");
  expectRefusal(import(base().node("Relu", {"x"}, {"y"}, {}, "com.example")), ErrorCode::unsupportedOperator,
                "Relu node 'Relu1'");
}

TEST(ImportOnnx, BoundsWhatNodesClaim) {
  const auto base = [] { return OnnxBuilder().input("x", {1, 3, 8, 8}).output("y"); };
  const int64_t big = int64_t{1} << 16;
  expectRefusal(
      import(base().ints("pads", {0, big, big, big, 0, big, big, big}).node("Pad", {"x", "pads"}, {"y"})),
      ErrorCode::modelTooLarge, "Pad node");
  expectRefusal(import(base()
                           .ints("shape", {big, big, big})
                           .node("ConstantOfShape", {"shape"}, {"c"})
                           .node("Add", {"x", "c"}, {"y"})),
                ErrorCode::modelTooLarge, "ConstantOfShape node");
  // Many constants, each below the limit, are refused together, before they fill the memory.
  Limits limits;
  limits.maxTensorElements = 1000;
  OnnxBuilder many = base().ints("shape", {400});
  for (int i = 0; i < 3; ++i) many.node("ConstantOfShape", {"shape"}, {"c" + std::to_string(i)});
  expectRefusal(import(many.node("Relu", {"x"}, {"y"}), {8, 8, 3}, limits), ErrorCode::modelTooLarge,
                "ConstantOfShape3");
}

TEST(ImportOnnx, NodesThatGiveNothingAreNothing) {
  const auto base = [] { return OnnxBuilder().input("x", {1, 3, 8, 8}).output("y").node("Relu", {"x"}, {"y"}); };
  for (const OnnxBuilder::Strings& outputs : {OnnxBuilder::Strings{}, OnnxBuilder::Strings{""}}) {
    for (const char* kind : {"Split", "Relu", "Constant", "Wobble"}) {
      const auto graph = import(base().node(kind, {"x"}, outputs));
      ASSERT_TRUE(graph.ok()) << graph.error().detail;
      EXPECT_EQ(graph->nodes.size(), 1U) << kind;
      EXPECT_FALSE(listTaps(*graph, {}).empty());
    }
  }
}

TEST(ImportOnnx, QuantisedOperatorsMissTheirInputsByName) {
  const auto base = OnnxBuilder().input("x", {1, 3, 8, 8}).output("y").floats("s", {}, {1.0F});
  const OnnxBuilder::Strings operands[] = {{"", "s", "", "x", "s", "", "s", ""}, {"x", "s", "", "", "s", "", "s", ""}};
  for (const auto& inputs : operands) {
    OnnxBuilder builder = base;
    expectRefusal(import(builder.node("QLinearMatMul", inputs, {"y"}, {}, "com.microsoft")), ErrorCode::corruptModel, "QLinearMatMul node");
  }
}

TEST(ImportOnnx, BoundsTablesAttributesAndNames) {
  const auto base = [] { return OnnxBuilder(13).input("x", {1, 1, 1, 1}).output("y").floats("roi", {0}, {}); };
  // Each asks for four million entries, and together for more than 2^25.
  OnnxBuilder tables = base().floats("s", {4}, {1, 1, 1, 1'000'000});
  for (int i = 0; i < 9; ++i)
    tables.node("Resize", {"x", "roi", "s"}, {"r" + std::to_string(i)}, {{"mode", std::string("linear")}});
  expectRefusal(import(tables.node("Concat", {"r0", "r8"}, {"y"}, {{"axis", int64_t{1}}}), {1, 1, 1}), ErrorCode::modelTooLarge, "Resize");
  Limits limits;
  limits.maxNodes = 10;
  OnnxBuilder::Strings many(50, "x");
  expectRefusal(import(base().node("Concat", many, {"y"}, {{"axis", int64_t{1}}}), {1, 1, 1}, limits), ErrorCode::modelTooLarge, "inputs and outputs of nodes");
  std::vector<OnnxBuilder::Attribute> attributes(30, {"axis", int64_t{1}});
  expectRefusal(import(base().node("Concat", {"x"}, {"y"}, attributes), {1, 1, 1}, limits), ErrorCode::modelTooLarge, "attributes");
}

TEST(ImportOnnx, ErrorsHoldNoRawBytesOfNames) {
  const std::string wild = "a\n\x01\xff" + std::string(500, 'b');
  const auto graph = import(OnnxBuilder().input("x", {1, 3, 8, 8}).output("y").node("Relu", {wild}, {"y"}));
  ASSERT_FALSE(graph.ok());
  EXPECT_LT(graph.error().detail.size(), 400U);
  EXPECT_EQ(graph.error().detail.find_first_of("\n\x01\xff"), std::string::npos);
}

TEST(DeclaredInputSize, FindsTheChannelsOfEitherOrder) {
  const auto sizeOf = [](const OnnxBuilder::Ints& shape) {
    const auto size = declaredInputSize(
        OnnxBuilder().input("x", shape).output("y").node("Relu", {"x"}, {"y"}).build(), Limits{});
    EXPECT_TRUE(size.ok()) << size.error().detail;
    return size.ok() ? Shape{size->height, size->width, size->channels} : Shape{};
  };
  EXPECT_EQ(sizeOf({1, 3, 8, 6}), (Shape{8, 6, 3}));
  EXPECT_EQ(sizeOf({1, 8, 6, 3}), (Shape{8, 6, 3}));
  EXPECT_EQ(sizeOf({-1, 1, -1, -1}), (Shape{-1, -1, 1}));
  EXPECT_EQ(sizeOf({-1, -1, -1, 1}), (Shape{-1, -1, 1}));
  EXPECT_EQ(sizeOf({-1, -1, -1, -1}), (Shape{-1, -1, -1}));
  EXPECT_EQ(sizeOf({1, 4, 8, 6}), (Shape{8, 6, 4}));
}

TEST(DeclaredInputSize, RefusesWhatIsNoImage) {
  const auto codeOf = [](OnnxBuilder builder) {
    const auto size = declaredInputSize(builder.output("y").node("Relu", {"x"}, {"y"}).build(), Limits{});
    return size.ok() ? ErrorCode::internalError : size.error().code;
  };
  EXPECT_EQ(codeOf(OnnxBuilder().input("x", {1, 3})), ErrorCode::unsupportedShape);
  EXPECT_EQ(codeOf(OnnxBuilder().input("x", {1, 3, 8, 8}).input("z", {1, 3, 8, 8})),
            ErrorCode::unsupportedShape);
  EXPECT_EQ(codeOf(OnnxBuilder()), ErrorCode::corruptModel);
}

}  // namespace
}  // namespace pith

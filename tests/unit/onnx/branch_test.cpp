// SPDX-License-Identifier: Apache-2.0
// If nodes whose condition is known when the file is read, as exporters write them for shapes that are fixed by then.
#include <gtest/gtest.h>

#include "pith/onnx/onnx.h"
#include "unit/onnx/builder.h"

namespace pith {
namespace {

using test::OnnxBuilder;
using Attribute = OnnxBuilder::Attribute;

constexpr int32_t boolType = 9;

OnnxBuilder model() { return OnnxBuilder().input("x", {1, 3, 8, 8}).output("y"); }

/// One operator on a tensor from outside.
OnnxBuilder::Body branch(const std::string& op, const std::string& input = "x") {
  return OnnxBuilder().node(op, {input}, {"inner"}).output("inner").body();
}

std::vector<Attribute> branches(OnnxBuilder::Body then, OnnxBuilder::Body otherwise) {
  return {{"then_branch", std::move(then)}, {"else_branch", std::move(otherwise)}};
}

OnnxBuilder& condition(OnnxBuilder& builder, bool value) { return builder.raw("if", {}, boolType, &value, 1); }

Result<Graph> import(const OnnxBuilder& builder, const Limits& limits = {}) { return importOnnx(builder.build(), {8, 8, 3}, limits); }

/// The types of the nodes in order, or why there are none.
std::vector<std::string> operators(const Result<Graph>& graph) {
  if (!graph) return {graph.error().detail};
  std::vector<std::string> types;
  for (const Node& node : graph->nodes) types.push_back(node.refusal ? node.refusal->detail : node.opType);
  return types;
}

using Types = std::vector<std::string>;

TEST(OnnxBranches, TheConditionChooses) {
  for (const bool value : {true, false}) {
    OnnxBuilder builder = model();
    condition(builder, value).node("If", {"if"}, {"y"}, branches(branch("Relu"), branch("Tanh")));
    const auto graph = import(builder);
    EXPECT_EQ(operators(graph), Types{value ? "Relu" : "Tanh"});
    ASSERT_EQ(graph->outputs.size(), 1U);
    EXPECT_EQ(graph->nodes[0].outputs[0], graph->outputs[0]);
  }
}

TEST(OnnxBranches, TheConditionMayComeFromAShape) {
  const auto graph = import(model()
                                .ints("one", {1})
                                .ints("three", {3})
                                .node("Shape", {"x"}, {"shape"})
                                .node("Gather", {"shape", "one"}, {"channels"})
                                .node("Equal", {"channels", "three"}, {"if"})
                                .node("If", {"if"}, {"y"}, branches(branch("Tanh"), branch("Relu"))));
  EXPECT_EQ(operators(graph), Types{"Tanh"});
}

TEST(OnnxBranches, NamesInsideAreKnownInsideOnly) {
  OnnxBuilder twice = model();
  condition(twice, true)
      .node("If", {"if"}, {"a"}, branches(branch("Relu"), branch("Tanh")))
      .node("If", {"if"}, {"y"}, branches(branch("Tanh", "a"), branch("Relu", "a")));
  EXPECT_EQ(operators(import(twice)), (Types{"Relu", "Tanh"}));
  OnnxBuilder outside = model();
  condition(outside, true).node("If", {"if"}, {"a"}, branches(branch("Relu"), branch("Tanh"))).node("Relu", {"inner"}, {"y"});
  EXPECT_NE(operators(import(outside))[0].find("'inner'"), std::string::npos);
}

TEST(OnnxBranches, WhatABranchTakesFromOutsideComesFirst) {
  OnnxBuilder builder = model();
  condition(builder, true)
      .node("If", {"if"}, {"y"}, branches(branch("Relu", "late"), branch("Tanh", "late")))
      .node("Sigmoid", {"x"}, {"late"});
  EXPECT_EQ(operators(import(builder)), (Types{"Sigmoid", "Relu"}));
  OnnxBuilder cycle = model();
  condition(cycle, true).node("If", {"if"}, {"y"}, branches(branch("Relu", "y"), branch("Tanh")));
  EXPECT_NE(operators(import(cycle))[0].find("depends on its own output"), std::string::npos);
}

TEST(OnnxBranches, MayLieInBranches) {
  OnnxBuilder outer = OnnxBuilder().output("z");
  condition(outer, false).node("If", {"if"}, {"z"}, branches(branch("Relu"), branch("Tanh")));
  OnnxBuilder builder = model();
  builder.raw("first", {}, boolType, "\1", 1).node("If", {"first"}, {"y"}, branches(outer.body(), branch("Relu")));
  EXPECT_EQ(operators(import(builder)), Types{"Tanh"});
}

TEST(OnnxBranches, WeightsInsideAreReadHoweverTheFileIsRead) {
  const std::vector<float> numbers{1, 2, 3, 4, 5, 6};
  const OnnxBuilder inner = OnnxBuilder().floats("w", {2, 3, 1, 1}, numbers).node("Conv", {"x", "w"}, {"inner"}).output("inner");
  OnnxBuilder builder = model();
  condition(builder, true).node("If", {"if"}, {"y"}, branches(inner.body(), branch("Tanh")));
  const std::vector<uint8_t> bytes = builder.build();
  for (const uint64_t largeBytes : {uint64_t{4}, uint64_t{1000}}) {
    MemorySource source(bytes);
    const auto file = OnnxFile::open(source, {}, nullptr, largeBytes);
    ASSERT_TRUE(file.ok());
    auto outline = file->outline({8, 8, 3});
    ASSERT_TRUE(outline.ok()) << outline.error().detail;
    const std::vector<TensorId> outputs = outline->outputs;
    const auto graph = file->withWeights(std::move(outline).value(), {8, 8, 3}, outputs);
    ASSERT_EQ(operators(graph), Types{"Conv"});
    EXPECT_EQ(graph->tensor(graph->nodes[0].inputs[1]).floats, numbers);
  }
}

TEST(OnnxBranches, AreRefusedWhereTheyCannotBeTaken) {
  const auto refused = [](const OnnxBuilder& builder, std::string_view part, const Limits& limits = {}) {
    const std::string detail = operators(import(builder, limits)).back();
    EXPECT_NE(detail.find(part), std::string::npos) << detail;
  };
  OnnxBuilder depends = model();
  refused(depends.node("ReduceMax", {"x"}, {"most"}, {{"keepdims", int64_t{0}}})
              .node("Cast", {"most"}, {"if"}, {{"to", int64_t{boolType}}})
              .node("If", {"if"}, {"y"}, branches(branch("Relu"), branch("Tanh"))),
          "Cast");
  OnnxBuilder onlyThen = model();
  refused(condition(onlyThen, false).node("If", {"if"}, {"y"}, {{"then_branch", branch("Relu")}}), "must have both branches");
  OnnxBuilder tooMany = model();
  refused(condition(tooMany, true).node("If", {"if"}, {"y", "z"}, branches(branch("Relu"), branch("Tanh"))), "must have both branches");
  OnnxBuilder unmade = model();
  refused(condition(unmade, true).node("If", {"if"}, {"y"}, branches(OnnxBuilder().output("nowhere").body(), branch("Tanh"))), "'nowhere'");
  OnnxBuilder::Body deep = branch("Relu");
  for (int i = 0; i < 8; ++i) deep = OnnxBuilder().node("If", {"if"}, {"inner"}, branches(deep, branch("Tanh"))).output("inner").body();
  OnnxBuilder nested = model();
  refused(condition(nested, true).node("If", {"if"}, {"y"}, branches(deep, branch("Tanh"))), "nested deeper");
  Limits few;
  few.maxNodes = 2;
  OnnxBuilder counted = model();
  refused(condition(counted, true).node("If", {"if"}, {"y"}, branches(branch("Relu"), branch("Tanh"))), "more nodes than the 2", few);
}

}  // namespace
}  // namespace pith

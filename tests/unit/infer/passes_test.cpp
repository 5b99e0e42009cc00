// SPDX-License-Identifier: Apache-2.0
// Passes must see when what they would fold is computed, or used twice.
#include <cfloat>

#include "unit/infer/run_model.h"

namespace pith::test {
namespace {

using Ints = OnnxBuilder::Ints;

std::vector<float> outputOf(const OnnxBuilder& builder, const Values& x) {
  auto session = load(builder, x.shape);
  EXPECT_TRUE(session.ok()) << (session.ok() ? "" : session.error().detail);
  if (!session.ok()) return {};
  EXPECT_TRUE(session->run(toNhwc(x)).ok());
  return {session->output(0).begin(), session->output(0).end()};
}

/// BatchNormalization of "c" [1, 2, H, W], as one node and written out.
OnnxBuilder normalized(OnnxBuilder builder, bool asOneNode) {
  const std::vector<float> gamma{0.5F, -2}, beta{0.25F, 1}, mean{0.125F, -0.5F}, variance{4, 0.25F};
  if (asOneNode) {
    return builder.floats("g", {2}, gamma).floats("b", {2}, beta).floats("m", {2}, mean).floats("v", {2}, variance)
        .node("BatchNormalization", {"c", "g", "b", "m", "v"}, {"y"}, {{"epsilon", 0.0F}});
  }
  return builder.floats("m", {1, 2, 1, 1}, mean).floats("s", {1, 2, 1, 1}, {0.25F, -4}).floats("b", {1, 2, 1, 1}, beta)
      .node("Sub", {"c", "m"}, {"d"}).node("Mul", {"d", "s"}, {"e"}).node("Add", {"e", "b"}, {"y"});
}

void expectSameNormalization(const OnnxBuilder& convolution, const Values& x) {
  const auto one = outputOf(normalized(convolution, true), x), other = outputOf(normalized(convolution, false), x);
  ASSERT_EQ(one.size(), other.size());
  ASSERT_FALSE(one.empty());
  for (size_t i = 0; i < one.size(); ++i) ASSERT_NEAR(one[i], other[i], 64 * FLT_EPSILON) << i;
}

OnnxBuilder base(const Values& x) {
  return OnnxBuilder(13).input("x", x.shape).output("y").node("GlobalAveragePool", {"x"}, {"mean"});
}

TEST(Passes, ANormalisationIsNotFoldedIntoWeightsThatAreComputed) {
  const Values x = Values::noise({1, 3, 4, 5}, 1);
  expectSameNormalization(base(x)
                              .ints("row", {1, 3})
                              .ints("kernel", {2, 3, 1, 1})
                              .floats("bank", {3, 6}, Values::noise({3, 6}, 2).floats())
                              .node("Reshape", {"mean", "row"}, {"r"})
                              .node("MatMul", {"r", "bank"}, {"product"})
                              .node("Reshape", {"product", "kernel"}, {"w"})
                              .node("Conv", {"x", "w"}, {"c"}),
                          x);
}

TEST(Passes, NorBesideABiasThatIsComputed) {
  const Values x = Values::noise({1, 2, 4, 5}, 1);
  expectSameNormalization(base(x)
                              .ints("row", {2})
                              .floats("w", {2, 2, 1, 1}, {1, 0.5F, -1, 0.25F})
                              .node("Reshape", {"mean", "row"}, {"bias"})
                              .node("Conv", {"x", "w", "bias"}, {"c"}),
                          x);
}

TEST(Passes, WeightsThatAreAnOutputStayAsTheyAre) {
  const Values x = Values::noise({1, 2, 4, 5}, 1);
  OnnxBuilder convolution = base(x).output("w").floats("w", {2, 2, 1, 1}, {1, 0.5F, -1, 0.25F}).node("Conv", {"x", "w"}, {"c"});
  expectSameNormalization(convolution, x);
  auto session = load(normalized(convolution, true), x.shape);
  ASSERT_TRUE(session.ok()) << session.error().detail;
  ASSERT_TRUE(session->run(toNhwc(x)).ok());
  EXPECT_TRUE(std::ranges::equal(session->output(1), std::vector<float>{1, 0.5F, -1, 0.25F}));
}

TEST(Passes, APadThatIsTheKernelTooStays) {
  const Values x = Values::noise({1, 2, 3, 3}, 1);
  Values squares({1, 1, 1, 1});
  for (const double value : x.exact) squares.exact[0] += value * value;
  squares.bound[0] = 64 * FLT_EPSILON * squares.exact[0];
  expectOutput(OnnxBuilder(13)
                   .input("x", x.shape)
                   .output("y")
                   .ints("pads", {0, 0, 1, 1, 0, 0, 1, 1})
                   .node("Pad", {"x", "pads"}, {"p"})
                   .node("Conv", {"p", "p"}, {"y"}),
               x, squares);
}

TEST(Passes, NothingIsFoldedIntoNothing) {
  const Values x = Values::noise({1, 3, 4, 5}, 1);
  Values expected({1, 3});
  for (size_t c = 0; c < 3; ++c) {
    for (size_t i = 0; i < 20; ++i) expected.exact[c] += x.exact[c * 20 + i] / 20;
    expected.bound[c] = 32 * FLT_EPSILON;
  }
  const OnnxBuilder builder = base(x)
                                  .ints("row", {1, 3})
                                  .floats("w", {3, 0}, {})
                                  .floats("none", {0}, {})
                                  .node("Reshape", {"mean", "row"}, {"r"})
                                  .node("MatMul", {"r", "w"}, {"empty"})
                                  .node("BatchNormalization", {"empty", "none", "none", "none", "none"}, {"n"})
                                  .node("Concat", {"r", "n"}, {"y"}, {{"axis", int64_t{1}}});
  // Refused or computed, but never divided by zero.
  if (load(builder, x.shape).ok()) expectOutput(builder, x, expected);
}

}  // namespace
}  // namespace pith::test

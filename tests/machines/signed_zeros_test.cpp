// SPDX-License-Identifier: Apache-2.0
// Zeros of both signs, where XNNPACK's kernels for x86 and for Arm part: the comparison of machines
// (compare.mjs) sees that its other networks can differ at all.
#include "unit/infer/run_model.h"

namespace pith::test {
namespace {

TEST(SignedZeros, PassThroughEveryKernelThatComparesOrSelects) {
  const Shape shape{1, 9, 5, 5};
  FloatBuffer input(225);
  constexpr std::array values{-0.0F, 0.0F, -1.0F, -0.0F, 0.5F, -0.0F, 0.0F};
  for (size_t i = 0; i < input.size(); ++i) input.data()[i] = values[i % values.size()];
  const auto base = [&] {
    return OnnxBuilder(13)
        .input("x", shape)
        .floats("zero", {1}, {0.0F})
        .floats("minus", {1}, {-0.0F})
        .output("y");
  };
  const OnnxBuilder networks[] = {
      base().node("LeakyRelu", {"x"}, {"y"}, {{"alpha", 0.25F}}),
      base().node("Elu", {"x"}, {"y"}),
      base().node("Relu", {"x"}, {"y"}),
      base().node("Tanh", {"x"}, {"y"}),
      base().node("Clip", {"x", "minus"}, {"y"}),
      base().node("Max", {"x", "zero"}, {"y"}),
      base().node("Max", {"x", "minus"}, {"y"}),
      base().node("Min", {"x", "zero"}, {"y"}),
      base().node("Min", {"x", "minus"}, {"y"}),
      base().node("MaxPool", {"x"}, {"y"}, {{"kernel_shape", OnnxBuilder::Ints{2, 2}}}),
      base().node("AveragePool", {"x"}, {"y"}, {{"kernel_shape", OnnxBuilder::Ints{2, 2}}}),
  };
  for (const OnnxBuilder& network : networks) {
    auto session = load(network, shape);
    ASSERT_TRUE(session.ok()) << session.error().detail;
    ASSERT_TRUE(session->run(input).ok());
    for (const float value : session->output(0)) EXPECT_LE(std::abs(value), 1.0F);
  }
}

#ifdef PITH_ONE_MACHINE
TEST(SignedZeros, AreThoseOfTheKernelsForX86) {
  const Shape shape{1, 4, 1, 1};
  const OnnxBuilder network =
      OnnxBuilder(13).input("x", shape).output("y").node("LeakyRelu", {"x"}, {"y"}, {{"alpha", 0.25F}});
  auto session = load(network, shape);
  ASSERT_TRUE(session.ok()) << session.error().detail;
  FloatBuffer input(4);
  std::ranges::fill(input.span(), -0.0F);
  ASSERT_TRUE(session->run(input).ok());
  for (const float value : session->output(0)) EXPECT_FALSE(std::signbit(value));  // set by those for Arm
}
#endif

}  // namespace
}  // namespace pith::test

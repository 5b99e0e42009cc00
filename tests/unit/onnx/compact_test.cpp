// SPDX-License-Identifier: Apache-2.0
// Smaller files of a network: what is left out, what is stored how, and that nothing but rounding is lost.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "pith/onnx/compact.h"
#include "pith/onnx/onnx.h"
#include "unit/onnx/builder.h"

namespace pith::test {
namespace {

using Floats = std::vector<float>;

/// Steps of -127 to 127 times a power of two for each output channel, and 127 once in each: both forms keep them exactly.
Floats exactWeights(size_t channels, size_t perChannel) {
  Floats weights(channels * perChannel);
  for (size_t i = 0; i < weights.size(); ++i) {
    const size_t channel = i / perChannel, k = i % perChannel;
    const float step = k == 0 ? 127.0F : static_cast<float>((i * 37) % 255) - 127.0F;
    weights[i] = std::ldexp(step, -static_cast<int>(channel % 9));
  }
  return weights;
}

/// 8 x 4 x 4 pictures, a convolution, and a head of its own behind it.
std::vector<uint8_t> network(const Floats& weights, const Floats& head) {
  return OnnxBuilder()
      .input("x", {1, 8, 4, 4})
      .floats("w", {16, 8, 3, 3}, weights)
      .floats("b", {16}, Floats(16, 0.1F))
      .floats("head", {16, 100}, head)
      .output("y")
      .node("Conv", {"x", "w", "b"}, {"map"}, {{"pads", OnnxBuilder::Ints{1, 1, 1, 1}}})
      .node("GlobalAveragePool", {"map"}, {"pooled"})
      .node("Flatten", {"pooled"}, {"flat"})
      .node("MatMul", {"flat", "head"}, {"y"})
      .build();
}

Graph read(const std::vector<uint8_t>& file) {
  Result<Graph> graph = importOnnx(file, InputSize{4, 4, 8}, {});
  EXPECT_TRUE(graph.ok()) << graph.error().detail;
  return graph.ok() ? std::move(*graph) : Graph{};
}

/// The constant that is the second input of the first node of that operator; empty where there is none.
Floats weightsOf(const Graph& graph, Op op) {
  const auto node = std::ranges::find(graph.nodes, op, &Node::op);
  return node == graph.nodes.end() ? Floats{} : graph.tensor(node->inputs[1]).floats;
}

std::vector<uint8_t> compacted(const std::vector<uint8_t>& file, const std::string& tap, CompactWeights weights) {
  Result<std::vector<uint8_t>> smaller = compactOnnx(file, tap, weights);
  EXPECT_TRUE(smaller.ok()) << smaller.error().detail;
  return smaller.ok() ? std::move(*smaller) : std::vector<uint8_t>{};
}

class Compact : public testing::TestWithParam<CompactWeights> {};

TEST_P(Compact, KeepsWhatItCanHoldExactly) {
  const Floats weights = exactWeights(16, 72), head = Floats(1600, 0.25F);
  const std::vector<uint8_t> file = network(weights, head), smaller = compacted(file, {}, GetParam());
  EXPECT_LT(smaller.size(), file.size() * 6 / 10);
  EXPECT_EQ(weightsOf(read(smaller), Op::conv), weights);
}

TEST_P(Compact, LeavesOutWhatIsBehindTheTap) {
  const std::vector<uint8_t> file = network(exactWeights(16, 72), Floats(1600, 0.25F)), smaller = compacted(file, "pooled", GetParam());
  const Graph graph = read(smaller);
  EXPECT_EQ(graph.nodes.size(), 2U);
  ASSERT_EQ(graph.outputs.size(), 1U);
  EXPECT_EQ(graph.tensor(graph.outputs[0]).name, "pooled");
  EXPECT_LT(smaller.size(), size_t{16 * 72 * 2 + 1000});
}

TEST_P(Compact, LosesNoMoreThanHalfAStep) {
  Floats weights(16 * 72);
  for (size_t i = 0; i < weights.size(); ++i) weights[i] = std::sin(static_cast<float>(i)) * std::ldexp(1.0F, static_cast<int>(i / 72) - 8);
  const Floats seen = weightsOf(read(compacted(network(weights, Floats(1600)), {}, GetParam())), Op::conv);
  ASSERT_EQ(seen.size(), weights.size());
  double worst = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    const auto channel = weights.begin() + static_cast<ptrdiff_t>(i / 72 * 72);
    const float most = std::abs(*std::max_element(channel, channel + 72, [](float a, float b) { return std::abs(a) < std::abs(b); }));
    // Half a step of the channel; or half a unit in the last place of 11 bits.
    const double allowed = GetParam() == CompactWeights::i8 ? most / 127 * 0.50001 : std::abs(weights[i]) * 0x1p-11 + 0x1p-25;
    EXPECT_LE(std::abs(seen[i] - weights[i]), allowed) << i;
    worst = std::max(worst, std::abs(double{seen[i]} - weights[i]) / most);
  }
  EXPECT_GT(worst, 0) << "nothing was narrowed";
}

INSTANTIATE_TEST_SUITE_P(Both, Compact, testing::Values(CompactWeights::f16, CompactWeights::i8),
                         [](const auto& info) { return std::string(nameOf(info.param)); });

TEST(CompactOnnx, ScalesColumnsOfAMatrixThatIsNotTransposed) {
  Floats head(16 * 100);
  for (size_t i = 0; i < head.size(); ++i) head[i] = std::ldexp(i < 100 ? 127.0F : 3.0F, -static_cast<int>(i % 100 % 9));
  const Graph graph = read(compacted(network(exactWeights(16, 72), head), {}, CompactWeights::i8));
  const bool isKept = std::ranges::any_of(graph.tensors, [&](const Tensor& tensor) { return tensor.floats == head; });
  EXPECT_TRUE(isKept);
}

TEST(CompactOnnx, LeavesWeightsThatBinary16CannotHold) {
  Floats weights = exactWeights(16, 72);
  weights[5] = 70000.0F;
  EXPECT_EQ(weightsOf(read(compacted(network(weights, Floats(1600)), {}, CompactWeights::f16)), Op::conv), weights);
}

TEST(CompactOnnx, RefusesWhatItCannotCarryOver) {
  const std::vector<uint8_t> file = network(exactWeights(16, 72), Floats(1600));
  const auto codeOf = [](const auto& result) { return result.ok() ? std::string("none") : std::string(errorName(result.error().code)); };
  EXPECT_EQ(codeOf(compactOnnx(file, "nowhere", CompactWeights::f16)), "tapNotFound");
  EXPECT_EQ(codeOf(compactOnnx(ByteView(file).first(file.size() - 3), {}, CompactWeights::f16)), "corruptModel");
  const auto external = OnnxBuilder().input("x", {1, 8, 4, 4}).external("w", {16, 8, 3, 3}).output("y").node("Conv", {"x", "w"}, {"y"}).build();
  EXPECT_EQ(codeOf(compactOnnx(external, {}, CompactWeights::i8)), "unsupportedDataType");
  EXPECT_EQ(codeOf(compactOnnx({}, {}, CompactWeights::i8)), codeOf(importOnnx({}, InputSize{4, 4, 8}, {})));
}

}  // namespace
}  // namespace pith::test

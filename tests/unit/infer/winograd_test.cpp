// SPDX-License-Identifier: Apache-2.0
// Convolutions by tiles against the plain definition, and when they are chosen.
#include "pith/infer/segments.h"
#include "unit/infer/run_model.h"

namespace pith::test {
namespace {

using Ints = OnnxBuilder::Ints;
using Square = std::array<std::array<double, 4>, 4>;

struct TileCase {
  const char* what;
  Shape input;
  int64_t outputs;
  std::array<int64_t, 4> pads;
};

const TileCase tileCases[] = {
    {"same size, an odd number of rows", {1, 16, 9, 8}, 20, {1, 1, 1, 1}},
    {"no pads", {1, 20, 6, 7}, 16, {0, 0, 0, 0}},
    {"one window", {1, 16, 3, 3}, 16, {0, 0, 0, 0}},
    {"pads of all sizes, some wider than a window", {1, 16, 5, 6}, 16, {2, 0, 4, 7}},
    {"one row and one column", {1, 16, 1, 1}, 16, {1, 1, 1, 1}},
    {"several blocks, the last one not full", {1, 16, 27, 30}, 16, {1, 1, 1, 1}},
    {"many channels", {1, 132, 4, 6}, 68, {1, 1, 1, 1}},
};

OnnxBuilder model(const TileCase& c, const Values& w, const Values& b, const char* output) {
  return OnnxBuilder()
      .input("x", c.input)
      .floats("w", w.shape, w.floats())
      .floats("b", b.shape, b.floats())
      .output("y")
      .node("Conv", {"x", "w", "b"}, {output}, {{"pads", Ints{c.pads.begin(), c.pads.end()}}});
}

/// |M| v |M|' of a matrix of four columns.
template <size_t rows, size_t from>
Square spread(const double (&matrix)[rows][from], const Square& v) {
  Square half{}, result{};
  for (size_t i = 0; i < rows; ++i) {
    for (size_t j = 0; j < from; ++j) {
      for (size_t k = 0; k < from; ++k) half[i][j] += std::abs(matrix[i][k]) * v[k][j];
    }
  }
  for (size_t i = 0; i < rows; ++i) {
    for (size_t j = 0; j < rows; ++j) {
      for (size_t k = 0; k < from; ++k) result[i][j] += std::abs(matrix[j][k]) * half[i][k];
    }
  }
  return result;
}

/// The bound of a tile's sums: (n + 14) * 2u of |A'| ((|G| |g| |G|') * (|B'| |d| |B|)) |A| for n channels. A sample is rounded
/// four times on its way, a weight once and a result eight times beside the sum itself.
void boundByTiles(const Values& x, const Values& w, const std::array<int64_t, 4>& pads, Values& y) {
  constexpr double a[2][4] = {{1, 1, 1, 0}, {0, 1, -1, -1}}, g[4][3] = {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};
  constexpr double b[4][4] = {{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, 1, 0, -1}};
  for (int64_t top = 0; top < y.shape[2]; top += 2) {
    for (int64_t left = 0; left < y.shape[3]; left += 2) {
      for (int64_t o = 0; o < y.shape[1]; ++o) {
        Square sums{};
        for (int64_t c = 0; c < x.shape[1]; ++c) {
          Square samples{}, window{};
          for (int64_t i = 0; i < 16; ++i) {
            const int64_t row = top + i / 4 - pads[0], column = left + i % 4 - pads[1];
            const bool isInside = row >= 0 && column >= 0 && row < x.shape[2] && column < x.shape[3];
            if (isInside) samples[static_cast<size_t>(i / 4)][static_cast<size_t>(i % 4)] = std::abs(x.exact[x.at(0, c, row, column)]);
            if (i / 4 < 3 && i % 4 < 3) window[static_cast<size_t>(i / 4)][static_cast<size_t>(i % 4)] = std::abs(w.exact[w.at(o, c, i / 4, i % 4)]);
          }
          const Square d = spread(b, samples), u = spread(g, window);
          for (size_t i = 0; i < 16; ++i) sums[i / 4][i % 4] += d[i / 4][i % 4] * u[i / 4][i % 4];
        }
        const Square made = spread(a, sums);
        for (int64_t i = 0; i < 4; ++i) {
          const int64_t row = top + i / 2, column = left + i % 2;
          if (row >= y.shape[2] || column >= y.shape[3]) continue;
          const double magnitude = made[static_cast<size_t>(i / 2)][static_cast<size_t>(i % 2)] + std::abs(y.exact[y.at(0, o, row, column)]);
          y.bound[y.at(0, o, row, column)] = (static_cast<double>(x.shape[1]) + 14) * FLT_EPSILON * magnitude;
        }
      }
    }
  }
}

std::vector<Engine> enginesOf(const OnnxBuilder& builder, const InputSize& size) {
  auto graph = importOnnx(builder.build(), size, Limits{});
  EXPECT_TRUE(graph.ok() && simplify(*graph, Limits{}).ok());
  std::vector<Engine> engines;
  for (const Segment& segment : splitIntoSegments(*graph, chooseMemoryOrders(*graph))) engines.push_back(segment.engine);
  return engines;
}

TEST(Winograd, IsTheDefinition) {
  for (const TileCase& c : tileCases) {
    SCOPED_TRACE(c.what);
    const Values x = Values::noise(c.input, 1), w = Values::noise({c.outputs, c.input[1], 3, 3}, 2), b = Values::noise({c.outputs}, 3);
    Values expected = naiveConv(x, w, b.exact, {1, {1, 1}, {1, 1}, c.pads});
    boundByTiles(x, w, c.pads, expected);
    expectOutput(model(c, w, b, "y"), x, expected);
    const OnnxBuilder limited =
        model(c, w, b, "c").floats("low", {}, {-0.25F}).floats("high", {}, {1.5F}).node("Clip", {"c", "low", "high"}, {"y"});
    expectOutput(limited, x, clamped(expected, -0.25, 1.5));
  }
}

/// What the parity probe's bound takes for granted (extract/rounding.h).
TEST(Winograd, RoundsNoMoreThanASumOfAllProducts) {
  const TileCase c{"", {1, 64, 24, 24}, 32, {1, 1, 1, 1}};
  const Values x = Values::noise(c.input, 4), w = Values::noise({32, 64, 3, 3}, 5), b({32});
  const Values expected = naiveConv(x, w, b.exact, {1, {1, 1}, {1, 1}, c.pads});
  auto session = load(model(c, w, b, "y"), c.input);
  ASSERT_TRUE(session.ok() && session->run(toNhwc(x)).ok());
  const auto seen = session->output(0);
  double errors = 0, values = 0;
  for (size_t i = 0; i < expected.exact.size(); ++i) {
    const size_t channel = i % 32, place = i / 32;
    const double exact = expected.exact[channel * 24 * 24 + place];
    errors += (seen[i] - exact) * (seen[i] - exact);
    values += exact * exact;
  }
  EXPECT_GT(errors, 0);
  EXPECT_LT(std::sqrt(errors / values), std::sqrt(9.0 * 64) * 0x1p-24);
}

/// One behind the other they work in the same memory.
TEST(Winograd, LeavesNothingBehind) {
  const TileCase first{"", {1, 48, 9, 9}, 16, {1, 1, 1, 1}}, second{"", {1, 16, 9, 9}, 20, {1, 1, 1, 1}};
  const Values x = Values::noise(first.input, 1), w = Values::noise({16, 48, 3, 3}, 2), v = Values::noise({20, 16, 3, 3}, 3);
  const Values b = Values::noise({16}, 4), c = Values::noise({20}, 5);
  OnnxBuilder both = model(first, w, b, "a");
  both.floats("v", v.shape, v.floats()).floats("c", c.shape, c.floats()).node("Conv", {"a", "v", "c"}, {"y"}, {{"pads", Ints{1, 1, 1, 1}}});
  auto one = load(model(first, w, b, "y"), first.input), other = load(model(second, v, c, "y"), second.input), chain = load(both, first.input);
  ASSERT_TRUE(one.ok() && other.ok() && chain.ok());
  ASSERT_TRUE(one->run(toNhwc(x)).ok());
  FloatBuffer between(one->output(0).size());
  std::ranges::copy(one->output(0), between.data());
  ASSERT_TRUE(other->run(between).ok());
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(chain->run(toNhwc(x)).ok());
    EXPECT_TRUE(std::ranges::equal(chain->output(0), other->output(0)));
  }
}

TEST(Winograd, IsChosenForPlainWindowsOfManyChannels) {
  const auto engineOf = [](const Shape& weights, std::vector<OnnxBuilder::Attribute> attributes = {}, int64_t groups = 1) {
    attributes.push_back({"group", groups});
    const OnnxBuilder builder = OnnxBuilder()
                                    .input("x", {1, weights[1] * groups, 8, 8})
                                    .floats("w", weights, Values::noise(weights, 1).floats())
                                    .output("y")
                                    .node("Conv", {"x", "w"}, {"y"}, attributes);
    return enginesOf(builder, {8, 8, weights[1] * groups})[0];
  };
  EXPECT_EQ(engineOf({16, 16, 3, 3}), Engine::winograd);
  EXPECT_EQ(engineOf({16, 12, 3, 3}), Engine::xnnpack);
  EXPECT_EQ(engineOf({18, 16, 3, 3}), Engine::xnnpack);
  EXPECT_EQ(engineOf({16, 16, 1, 1}), Engine::xnnpack);
  EXPECT_EQ(engineOf({16, 16, 5, 3}), Engine::xnnpack);
  EXPECT_EQ(engineOf({16, 16, 3, 3}, {{"strides", Ints{1, 2}}}), Engine::xnnpack);
  EXPECT_EQ(engineOf({16, 16, 3, 3}, {{"dilations", Ints{2, 1}}}), Engine::xnnpack);
  EXPECT_EQ(engineOf({32, 16, 3, 3}, {}, 2), Engine::xnnpack);
}

/// 640 channels to 640 grow by 11 MB, a twelfth of their weights is 1.2 MB each.
TEST(Winograd, TakesLittleMemoryBesideTheWeights) {
  const Shape weights{640, 640, 3, 3}, few{640, 16, 3, 3};
  const std::vector<float> values(640 * 640 * 9, 0.5F);
  OnnxBuilder builder = OnnxBuilder().input("x", {1, 16, 4, 4}).floats("few", few, std::vector<float>(640 * 16 * 9, 0.5F)).output("y");
  builder.floats("w", weights, values).node("Conv", {"x", "few"}, {"a"}).node("Conv", {"a", "w"}, {"y"}, {{"pads", Ints{1, 1, 1, 1}}});
  EXPECT_EQ(enginesOf(builder, {4, 4, 16}), (std::vector{Engine::winograd, Engine::xnnpack}));
}

}  // namespace
}  // namespace pith::test

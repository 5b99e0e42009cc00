// SPDX-License-Identifier: Apache-2.0
// Functions, normalisation, attention, resizing and parts of tensors against the plain definition; networks that change
// between XNNPACK and plain kernels.
#include <functional>

#include "pith/infer/segments.h"
#include "unit/infer/run_model.h"

namespace pith::test {
namespace {

using Ints = OnnxBuilder::Ints;
using Attributes = std::vector<OnnxBuilder::Attribute>;

/// XNNPACK's polynomials and the library's functions are within a few units in the last place; 16 of them here.
Values mapped(const Values& x, const std::function<double(double)>& function) {
  Values result(x.shape);
  for (size_t i = 0; i < x.exact.size(); ++i) {
    result.exact[i] = function(x.exact[i]);
    result.bound[i] = 16 * FLT_EPSILON * (std::abs(result.exact[i]) + std::abs(x.exact[i]));
  }
  return result;
}

Values within(Values values, double bound) {
  std::ranges::fill(values.bound, bound);
  return values;
}

OnnxBuilder oneNode(const Shape& shape, const char* kind, const Attributes& attributes = {}, int64_t opset = 20) {
  return OnnxBuilder(opset).input("x", shape).output("y").node(kind, {"x"}, {"y"}, attributes);
}

TEST(Unary, ComputesItsFunction) {
  const auto gelu = [](double x) { return 0.5 * x * (1 + std::erf(x * std::sqrt(0.5))); };
  const auto softplus = [](double x) { return std::log1p(std::exp(x)); };
  const auto elu = [](double alpha) { return [=](double x) { return x > 0 ? x : alpha * std::expm1(x); }; };
  struct Case {
    const char* kind;
    Attributes attributes;
    std::function<double(double)> function;
  };
  const Case cases[] = {
      {"Abs", {}, [](double x) { return std::abs(x); }},
      {"Celu", {{"alpha", 2.0F}}, [](double x) { return x > 0 ? x : 2 * std::expm1(x / 2); }},
      {"Elu", {{"alpha", 0.5F}}, elu(0.5)},
      {"Erf", {}, [](double x) { return std::erf(x); }},
      {"Exp", {}, [](double x) { return std::exp(x); }},
      {"Floor", {}, [](double x) { return std::floor(x); }},
      {"Gelu", {}, gelu},
      {"HardSigmoid", {}, [](double x) { return std::clamp(double{0.2F} * x + 0.5, 0.0, 1.0); }},
      {"HardSwish", {}, [](double x) { return x * std::clamp(x / 6 + 0.5, 0.0, 1.0); }},
      {"LeakyRelu", {{"alpha", 0.25F}}, [](double x) { return x < 0 ? 0.25 * x : x; }},
      {"Mish", {}, [=](double x) { return x * std::tanh(softplus(x)); }},
      {"Neg", {}, [](double x) { return -x; }},
      {"Selu", {}, [=](double x) { return double{1.05070102F} * elu(double{1.67326319F})(x); }},
      {"Sigmoid", {}, [](double x) { return 1 / (1 + std::exp(-x)); }},
      {"Softplus", {}, softplus},
      {"Softsign", {}, [](double x) { return x / (1 + std::abs(x)); }},
      {"Tanh", {}, [](double x) { return std::tanh(x); }},
      {"ThresholdedRelu", {{"alpha", 0.25F}}, [](double x) { return x > 0.25 ? x : 0; }},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.kind);
    const Values x = Values::noise({1, 5, 3, 4}, 3);
    expectOutput(oneNode(x.shape, c.kind, c.attributes), x, mapped(x, c.function));
  }
}

TEST(Unary, ApproximatesGeluWhereAsked) {
  const Values x = Values::noise({1, 5, 3, 4}, 3);
  const auto bent = [](double x) { return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))); };
  expectOutput(oneNode(x.shape, "Gelu", {{"approximate", std::string("tanh")}}), x, mapped(x, bent));
}

TEST(Binary, DividesSubtractsAndCompares) {
  const Values x = Values::noise({1, 3, 2, 2}, 5), b = Values::noise({1, 3, 1, 1}, 6);
  const auto expected = [&](const std::function<double(double, double)>& function) {
    Values result(x.shape);
    for (size_t i = 0; i < x.exact.size(); ++i) {
      result.exact[i] = function(x.exact[i], b.exact[i / 4]);
      result.bound[i] = FLT_EPSILON * std::abs(result.exact[i]);
    }
    return result;
  };
  const auto model = [&](const char* kind) {
    return OnnxBuilder(13).input("x", x.shape).floats("b", {3, 1, 1}, b.floats()).output("y").node(kind, {"x", "b"}, {"y"});
  };
  expectOutput(model("Sub"), x, expected([](double p, double q) { return p - q; }));
  expectOutput(model("Div"), x, expected([](double p, double q) { return p / q; }));
  expectOutput(model("Max"), x, expected([](double p, double q) { return std::max(p, q); }));
  expectOutput(model("Min"), x, expected([](double p, double q) { return std::min(p, q); }));
  expectOutput(model("PRelu"), x, expected([](double p, double q) { return p < 0 ? p * q : p; }));
}

/// Mean 0 and variance 1 over runs of so many elements, then scale and bias, which repeat over each run.
Values naiveNormal(const Values& x, size_t run, const std::vector<double>& scale, const std::vector<double>& bias, double epsilon) {
  Values result = x;
  for (size_t start = 0; start < x.exact.size(); start += run) {
    double mean = 0, variance = 0;
    for (size_t i = 0; i < run; ++i) mean += x.exact[start + i] / static_cast<double>(run);
    for (size_t i = 0; i < run; ++i) variance += std::pow(x.exact[start + i] - mean, 2) / static_cast<double>(run);
    for (size_t i = 0; i < run; ++i) {
      const size_t k = i % scale.size();
      result.exact[start + i] = (x.exact[start + i] - mean) / std::sqrt(variance + epsilon) * scale[k] + bias[k];
    }
  }
  // Values up to about 3, each from `run` sums of numbers below 1 and a handful of roundings.
  return within(std::move(result), static_cast<double>(run + 16) * 3 * FLT_EPSILON);
}

TEST(Normalization, OfTokensAsOneNodeAndAsExportersWriteIt) {
  const Values x = Values::noise({1, 4, 5, 37}, 7), g = Values::noise({37}, 8), b = Values::noise({37}, 9);
  const Values expected = naiveNormal(x, 37, g.exact, b.exact, double{1e-5F});
  const auto base = [&](int64_t opset) {
    return OnnxBuilder(opset).input("x", x.shape).floats("g", {37}, g.floats()).floats("b", {37}, b.floats()).output("y");
  };
  expectOutput(base(17).node("LayerNormalization", {"x", "g", "b"}, {"y"}), x, expected);
  expectOutput(base(13)
                   .floats("two", {}, {2.0F})
                   .floats("e", {}, {1e-5F})
                   .node("ReduceMean", {"x"}, {"m"}, {{"axes", Ints{-1}}})
                   .node("Sub", {"x", "m"}, {"d"})
                   .node("Pow", {"d", "two"}, {"s"})
                   .node("ReduceMean", {"s"}, {"v"}, {{"axes", Ints{-1}}})
                   .node("Add", {"v", "e"}, {"w"})
                   .node("Sqrt", {"w"}, {"r"})
                   .node("Div", {"d", "r"}, {"n"})
                   .node("Mul", {"n", "g"}, {"p"})
                   .node("Add", {"p", "b"}, {"y"}),
               x, expected);
}

TEST(Normalization, OfMapsBetweenConvolutions) {
  const Values x = Values::noise({1, 4, 5, 6}, 7), g = Values::noise({4}, 8), b = Values::noise({4}, 9);
  Values expected = naiveNormal(x, 30, {1.0}, {0.0}, double{1e-5F});
  for (size_t i = 0; i < expected.exact.size(); ++i) expected.exact[i] = std::max(0.0, expected.exact[i] * g.exact[i / 30] + b.exact[i / 30]);
  expectOutput(OnnxBuilder(17)
                   .input("x", x.shape)
                   .floats("one", {4, 1, 1, 1}, {1, 1, 1, 1})
                   .floats("g", {4}, g.floats())
                   .floats("b", {4}, b.floats())
                   .output("y")
                   .node("Conv", {"x", "one"}, {"c"}, {{"group", int64_t{4}}})
                   .node("InstanceNormalization", {"c", "g", "b"}, {"n"})
                   .node("Relu", {"n"}, {"y"}),
               x, expected);
}

/// softmax(q k^T) v for two heads, whose tensors of rank 4 are stacks of matrices and no maps.
TEST(Attention, WorksOnStacksOfMatrices) {
  const Values x = Values::noise({1, 2, 5, 3}, 11);  // heads, tokens, numbers
  Values expected(x.shape);
  for (int64_t h = 0; h < 2; ++h) {
    for (int64_t i = 0; i < 5; ++i) {
      std::array<double, 5> weight{};
      double total = 0;
      for (int64_t j = 0; j < 5; ++j) {
        double sum = 0;
        for (int64_t k = 0; k < 3; ++k) sum += x.exact[x.at(0, h, i, k)] * x.exact[x.at(0, h, j, k)];
        total += weight[static_cast<size_t>(j)] = std::exp(sum);
      }
      for (int64_t k = 0; k < 3; ++k) {
        for (int64_t j = 0; j < 5; ++j)
          expected.exact[x.at(0, h, i, k)] += weight[static_cast<size_t>(j)] / total * x.exact[x.at(0, h, j, k)];
      }
    }
  }
  // Weights are below 1 and numbers below 1.2; a few dozen roundings in all.
  expectOutput(OnnxBuilder(13)
                   .input("x", x.shape)
                   .output("y")
                   .node("Transpose", {"x"}, {"t"}, {{"perm", Ints{0, 1, 3, 2}}})
                   .node("MatMul", {"x", "t"}, {"s"})
                   .node("Softmax", {"s"}, {"p"}, {{"axis", int64_t{-1}}})
                   .node("MatMul", {"p", "x"}, {"y"}),
               x, within(std::move(expected), 64 * FLT_EPSILON));
}

TEST(Convolution, TakesComputedWeights) {
  // The input is its own kernel, so weights and map must be read in the same order.
  const Values x = Values::noise({1, 2, 3, 5}, 21);
  ConvSpec spec;
  spec.pads = {1, 2, 1, 2};
  expectOutput(OnnxBuilder(13).input("x", x.shape).output("y").node("Conv", {"x", "x"}, {"y"}, {{"pads", Ints{1, 2, 1, 2}}}), x,
               naiveConv(x, x, {0.0}, spec));
}

Values naiveTransposedConv(const Values& x, const Values& w, int64_t groups, int64_t stride, Shape shape) {
  Values y(std::move(shape));
  const int64_t perGroup = w.shape[1], inputs = w.shape[0] / groups;
  for (int64_t i = 0; i < w.shape[0]; ++i) {
    for (int64_t iy = 0; iy < x.shape[2]; ++iy) {
      for (int64_t ix = 0; ix < x.shape[3]; ++ix) {
        for (int64_t o = 0; o < perGroup; ++o) {
          for (int64_t k = 0; k < w.shape[2] * w.shape[3]; ++k) {
            const int64_t ky = k / w.shape[3], kx = k % w.shape[3], oy = iy * stride + ky - 1, ox = ix * stride + kx;
            if (oy < 0 || oy >= y.shape[2] || ox >= y.shape[3]) continue;
            const double product = x.exact[x.at(0, i, iy, ix)] * w.exact[w.at(i, o, ky, kx)];
            const size_t at = y.at(0, i / inputs * perGroup + o, oy, ox);
            y.exact[at] += product;
            // As for a convolution, with at most 64 terms.
            y.bound[at] += 66 * FLT_EPSILON * std::abs(product);
          }
        }
      }
    }
  }
  return y;
}

TEST(Convolution, Transposed) {
  const Values x = Values::noise({1, 4, 3, 5}, 23);
  for (const int64_t groups : {1, 2}) {
    const Values w = Values::noise({4, 3, 3, 2}, 24);
    // Rows: 2 * 2 + 3 - 1 - 0 + 1; columns: 4 * 2 + 2.
    const Values expected = naiveTransposedConv(x, w, groups, 2, {1, 3 * groups, 7, 10});
    expectOutput(OnnxBuilder(13).input("x", x.shape).floats("w", w.shape, w.floats()).output("y").node(
                     "ConvTranspose", {"x", "w"}, {"y"},
                     {{"group", groups}, {"strides", Ints{2, 2}}, {"pads", Ints{1, 0, 0, 0}}, {"output_padding", Ints{1, 0}}}),
                 x, expected);
  }
}

TEST(Resize, DoublesMapsByBothEngines) {
  const Values x = Values::noise({1, 3, 4, 5}, 13);
  const auto model = [&](const char* mode, bool plain) {
    return OnnxBuilder(13)
        .input("x", x.shape)
        .floats("s", {4}, {1, 1, 2, 2})
        .floats("roi", {0}, {})
        .output("y")
        .node("Resize", {"x", "roi", "s"}, {"y"}, {{"mode", std::string(mode)}, {"exclude_outside", int64_t{plain ? 1 : 0}}});
  };
  Values nearest({1, 3, 8, 10}), linear = nearest;
  for (int64_t c = 0; c < 3; ++c) {
    for (int64_t y = 0; y < 8; ++y) {
      for (int64_t column = 0; column < 10; ++column) {
        nearest.exact[nearest.at(0, c, y, column)] = x.exact[x.at(0, c, y / 2, column / 2)];
        const double py = std::clamp(static_cast<double>(y) / 2 - 0.25, 0.0, 3.0), px = std::clamp(static_cast<double>(column) / 2 - 0.25, 0.0, 4.0);
        const auto y0 = static_cast<int64_t>(py), x0 = static_cast<int64_t>(px);
        const int64_t y1 = std::min<int64_t>(3, y0 + 1), x1 = std::min<int64_t>(4, x0 + 1);
        const double fy = py - static_cast<double>(y0), fx = px - static_cast<double>(x0);
        linear.exact[linear.at(0, c, y, column)] =
            (1 - fy) * ((1 - fx) * x.exact[x.at(0, c, y0, x0)] + fx * x.exact[x.at(0, c, y0, x1)]) +
            fy * ((1 - fx) * x.exact[x.at(0, c, y1, x0)] + fx * x.exact[x.at(0, c, y1, x1)]);
      }
    }
  }
  expectOutput(model("nearest", false), x, nearest);
  // Four products of numbers below 1.2.
  expectOutput(model("linear", false), x, within(linear, 8 * FLT_EPSILON));
  expectOutput(model("linear", true), x, within(linear, 8 * FLT_EPSILON));
}

TEST(Parts, SlicesBackwardsSplitsAndGathers) {
  const Values x = Values::noise({1, 6, 3, 4}, 17);
  const auto base = [&] { return OnnxBuilder(13).input("x", x.shape).output("y"); };
  Values backwards({1, 3, 3, 4}), gathered = backwards, second = backwards;
  for (int64_t c = 0; c < 3; ++c) {
    for (size_t i = 0; i < 12; ++i) {
      const auto to = static_cast<size_t>(c) * 12 + i;
      const auto from = [&](int64_t channel) { return x.exact[static_cast<size_t>(channel) * 12 + i]; };
      backwards.exact[to] = from(5 - 2 * c);
      gathered.exact[to] = from(std::array<int64_t, 3>{4, 0, 4}[static_cast<size_t>(c)]);
      second.exact[to] = from(c + 3);
    }
  }
  expectOutput(base().ints("s", {-1}).ints("e", {-100}).ints("a", {1}).ints("d", {-2}).node("Slice", {"x", "s", "e", "a", "d"}, {"y"}), x, backwards);
  expectOutput(base().ints("i", {4, 0, -2}).node("Gather", {"x", "i"}, {"y"}, {{"axis", int64_t{1}}}), x, gathered);
  expectOutput(base().node("Split", {"x"}, {"first", "y"}, {{"axis", int64_t{1}}}), x, second);
}

TEST(Parts, PadsByReflectionAndByEdges) {
  const Values x = Values::noise({1, 2, 3, 4}, 19);
  for (const char* mode : {"reflect", "edge"}) {
    Values expected({1, 2, 5, 7});
    const auto source = [&](int64_t at, int64_t extent) {
      if (std::string(mode) == "edge") return std::clamp<int64_t>(at, 0, extent - 1);
      return at < 0 ? -at : at >= extent ? 2 * extent - 2 - at : at;
    };
    for (int64_t c = 0; c < 2; ++c) {
      for (int64_t y = 0; y < 5; ++y) {
        for (int64_t column = 0; column < 7; ++column)
          expected.exact[expected.at(0, c, y, column)] = x.exact[x.at(0, c, source(y - 1, 3), source(column - 2, 4))];
      }
    }
    expectOutput(OnnxBuilder(13).input("x", x.shape).ints("p", {0, 0, 1, 2, 0, 0, 1, 1}).output("y").node("Pad", {"x", "p"}, {"y"}, {{"mode", std::string(mode)}}),
                 x, expected);
  }
}

TEST(Segments, KeepWhatXnnpackDoesTogether) {
  const auto segmentsOf = [](const OnnxBuilder& builder) {
    auto graph = importOnnx(builder.build(), {4, 4, 3}, Limits{});
    EXPECT_TRUE(graph.ok() && simplify(*graph, Limits{}).ok());
    return splitIntoSegments(*graph, chooseMemoryOrders(*graph)).size();
  };
  const auto base = [] { return OnnxBuilder(17).input("x", {1, 3, 4, 4}).output("y"); };
  EXPECT_EQ(segmentsOf(base().node("Relu", {"x"}, {"a"}).node("HardSigmoid", {"a"}, {"b"}).node("GlobalAveragePool", {"b"}, {"y"})), 1);
  // Two branches with a plain kernel each wait for each other: XNNPACK, plain, XNNPACK.
  EXPECT_EQ(segmentsOf(base()
                           .node("Relu", {"x"}, {"a"})
                           .node("Erf", {"a"}, {"b"})
                           .node("Mish", {"x"}, {"c"})
                           .node("Sigmoid", {"x"}, {"d"})
                           .node("Add", {"b", "c"}, {"e"})
                           .node("Add", {"e", "d"}, {"y"})),
            3);
}

TEST(Patterns, FindGeluAndHardSwish) {
  const Values x = Values::noise({1, 5, 3, 4}, 3);
  const auto nodesOf = [](const OnnxBuilder& builder) {
    auto graph = importOnnx(builder.build(), {3, 4, 5}, Limits{});
    EXPECT_TRUE(graph.ok() && simplify(*graph, Limits{}).ok());
    return graph->nodes.size();
  };
  const auto gelu = OnnxBuilder(13)
                        .input("x", x.shape)
                        .floats("root", {}, {1.41421354F})
                        .floats("one", {}, {1.0F})
                        .floats("half", {}, {0.5F})
                        .output("y")
                        .node("Div", {"x", "root"}, {"a"})
                        .node("Erf", {"a"}, {"b"})
                        .node("Add", {"b", "one"}, {"c"})
                        .node("Mul", {"x", "c"}, {"d"})
                        .node("Mul", {"d", "half"}, {"y"});
  EXPECT_EQ(nodesOf(gelu), 1);
  expectOutput(gelu, x, mapped(x, [](double v) { return 0.5 * v * (1 + std::erf(v * std::sqrt(0.5))); }));
  const auto swish = [&](float factor) {
    return OnnxBuilder(13)
        .input("x", x.shape)
        .floats("three", {}, {3.0F})
        .floats("zero", {}, {0.0F})
        .floats("six", {}, {6.0F})
        .floats("factor", {}, {factor})
        .output("y")
        .node("Add", {"x", "three"}, {"a"})
        .node("Clip", {"a", "zero", "six"}, {"b"})
        .node("Mul", {"x", "b"}, {"c"})
        .node("Div", {"c", "factor"}, {"y"});
  };
  EXPECT_EQ(nodesOf(swish(6.0F)), 1);
  expectOutput(swish(6.0F), x, mapped(x, [](double v) { return v * std::clamp(v + 3, 0.0, 6.0) / 6; }));
  EXPECT_GT(nodesOf(swish(5.0F)), 1);  // another function
  expectOutput(swish(5.0F), x, mapped(x, [](double v) { return v * std::clamp(v + 3, 0.0, 6.0) / 5; }));
}

}  // namespace
}  // namespace pith::test

// SPDX-License-Identifier: Apache-2.0
// Arithmetic, normalisation, matrix products, means and joining against the plain definition.
#include "unit/infer/run_model.h"

namespace pith::test {
namespace {

using Ints = OnnxBuilder::Ints;

/// One operation of float32 on exact operands: half a unit in the last place, doubled.
void boundByOneRounding(Values& values) {
  for (size_t i = 0; i < values.exact.size(); ++i) values.bound[i] = FLT_EPSILON * std::abs(values.exact[i]);
}

/// An operand of shape [1, C or 1, H or 1, W or 1], read as if it had x's shape.
double broadcastAt(const Values& operand, int64_t c, int64_t y, int64_t x) {
  const Shape& s = operand.shape;
  return operand.exact[operand.at(0, s[1] == 1 ? 0 : c, s[2] == 1 ? 0 : y, s[3] == 1 ? 0 : x)];
}

Values naiveBinary(const Values& a, const Values& b, bool multiply) {
  Values result(a.shape);
  for (int64_t c = 0; c < a.shape[1]; ++c) {
    for (int64_t y = 0; y < a.shape[2]; ++y) {
      for (int64_t x = 0; x < a.shape[3]; ++x) {
        const double left = a.exact[a.at(0, c, y, x)], right = broadcastAt(b, c, y, x);
        result.exact[a.at(0, c, y, x)] = multiply ? left * right : left + right;
      }
    }
  }
  boundByOneRounding(result);
  return result;
}

Values naiveMean(const Values& x, Shape shape) {
  Values result(std::move(shape));
  const size_t places = static_cast<size_t>(x.shape[2] * x.shape[3]);
  for (size_t c = 0; c < result.exact.size(); ++c) {
    double sum = 0, magnitude = 0;
    for (size_t p = 0; p < places; ++p) {
      sum += x.exact[c * places + p];
      magnitude += std::abs(x.exact[c * places + p]);
    }
    result.exact[c] = sum / static_cast<double>(places);
    result.bound[c] = static_cast<double>(places + 2) * FLT_EPSILON * magnitude / static_cast<double>(places);
  }
  return result;
}

TEST(Binary, BroadcastsConstants) {
  const Values x = Values::noise({1, 3, 4, 5}, 1);
  const std::pair<Ints, Shape> shapes[] = {{{}, {1, 1, 1, 1}},           {{1}, {1, 1, 1, 1}},
                                           {{5}, {1, 1, 1, 5}},          {{3, 1, 1}, {1, 3, 1, 1}},
                                           {{1, 3, 1, 1}, {1, 3, 1, 1}}, {{4, 5}, {1, 1, 4, 5}},
                                           {{1, 3, 4, 5}, {1, 3, 4, 5}}};
  for (const auto& [fileShape, shape] : shapes) {
    for (const bool multiply : {false, true}) {
      SCOPED_TRACE(shapeText(fileShape));
      const Values b = Values::noise(shape, 2);
      const char* kind = multiply ? "Mul" : "Add";
      const auto model = [&](const char* first, const char* second) {
        return OnnxBuilder()
            .input("x", x.shape)
            .floats("b", fileShape, b.floats())
            .output("y")
            .node(kind, {first, second}, {"y"});
      };
      expectOutput(model("x", "b"), x, naiveBinary(x, b, multiply));
      expectOutput(model("b", "x"), x, naiveBinary(x, b, multiply));
    }
  }
}

TEST(Binary, JoinsActivations) {
  const Values x = Values::noise({1, 3, 4, 5}, 1);
  expectOutput(OnnxBuilder().input("x", x.shape).output("y").node("Add", {"x", "x"}, {"y"}), x,
               naiveBinary(x, x, false));
  // What squeeze and excitation does: a map times its own pooled vector.
  const Values pooled = naiveMean(x, {1, 3, 1, 1});
  Values expected = naiveBinary(x, pooled, true);
  for (size_t i = 0; i < expected.exact.size(); ++i)
    expected.bound[i] += pooled.bound[i / 20] * std::abs(x.exact[i]);
  expectOutput(OnnxBuilder()
                   .input("x", x.shape)
                   .output("y")
                   .node("GlobalAveragePool", {"x"}, {"p"})
                   .node("Mul", {"x", "p"}, {"y"}),
               x, expected);
}

TEST(Binary, TakesFollowingClampAndKeepsBranches) {
  const Values x = Values::noise({1, 3, 4, 5}, 1);
  expectOutput(
      OnnxBuilder().input("x", x.shape).output("y").node("Add", {"x", "x"}, {"s"}).node("Relu", {"s"}, {"y"}),
      x, clamped(naiveBinary(x, x, false), 0, INFINITY));
  // The sum is used before and after its clamp, so the clamp must not be fused.
  Values expected =
      naiveBinary(naiveBinary(x, x, false), clamped(naiveBinary(x, x, false), 0, INFINITY), false);
  expectOutput(OnnxBuilder()
                   .input("x", x.shape)
                   .output("y")
                   .node("Add", {"x", "x"}, {"s"})
                   .node("Relu", {"s"}, {"r"})
                   .node("Add", {"s", "r"}, {"y"}),
               x, expected);
}

TEST(Clamp, ComposesInOrder) {
  const Values x = Values::noise({1, 2, 3, 3}, 1);
  const auto twice = [&](float low, float high) {
    return OnnxBuilder(7)
        .input("x", x.shape)
        .output("y")
        .node("Clip", {"x"}, {"a"}, {{"min", -0.5F}, {"max", 0.25F}})
        .node("Clip", {"a"}, {"y"}, {{"min", low}, {"max", high}});
  };
  expectOutput(twice(-0.25F, 1.0F), x, clamped(x, -0.25, 0.25));
  expectOutput(twice(-2.0F, 0.0F), x, clamped(x, -0.5, 0));
  EXPECT_EQ(refusalOf(twice(0.5F, 1.0F), x.shape), ErrorCode::unsupportedOperator);  // all values are 0.5
  EXPECT_EQ(refusalOf(twice(0.5F, 0.5F), x.shape), ErrorCode::unsupportedOperator);
  const OnnxBuilder open = OnnxBuilder().input("x", x.shape).output("y").node("Clip", {"x"}, {"y"});
  expectOutput(open, x, x);
}

TEST(BatchNormalization, StandsAlone) {
  const Values x = Values::noise({1, 3, 4, 5}, 1);
  const std::vector<float> gamma{1.5F, -2.0F, 0.5F}, beta{0.25F, 0.0F, -1.0F}, mean{0.5F, -0.25F, 2.0F},
      variance{0.25F, 4.0F, 1.0F};
  Values expected(x.shape);
  for (size_t i = 0; i < x.exact.size(); ++i) {
    const size_t c = i / 20;
    const double scale = gamma[c] / std::sqrt(double{variance[c]} + double{1e-3F});
    expected.exact[i] = (x.exact[i] - mean[c]) * scale + beta[c];
    // scale and shift are rounded, then a product and a sum: four roundings of what is added.
    expected.bound[i] =
        4 * FLT_EPSILON * (std::abs(x.exact[i] * scale) + std::abs(beta[c] - mean[c] * scale));
  }
  OnnxBuilder builder;
  builder.input("x", x.shape).output("y");
  builder.floats("g", {3}, gamma).floats("b", {3}, beta).floats("m", {3}, mean).floats("v", {3}, variance);
  builder.node("BatchNormalization", {"x", "g", "b", "m", "v"}, {"y"}, {{"epsilon", 1e-3F}});
  expectOutput(builder, x, expected);
}

TEST(Mean, OverAllPlaces) {
  const Values x = Values::noise({1, 6, 7, 5}, 1);
  const auto model = [&](OnnxBuilder::Attribute keep, Ints axes) {
    return OnnxBuilder()
        .input("x", x.shape)
        .output("y")
        .node("ReduceMean", {"x"}, {"y"}, {{"axes", axes}, keep});
  };
  expectOutput(OnnxBuilder().input("x", x.shape).output("y").node("GlobalAveragePool", {"x"}, {"y"}), x,
               naiveMean(x, {1, 6, 1, 1}));
  expectOutput(model({"keepdims", int64_t{1}}, {2, 3}), x, naiveMean(x, {1, 6, 1, 1}));
  expectOutput(model({"keepdims", int64_t{0}}, {-1, -2}), x, naiveMean(x, {1, 6}));
  expectOutput(OnnxBuilder(18)
                   .input("x", x.shape)
                   .ints("axes", {3, 2})
                   .output("y")
                   .node("ReduceMean", {"x", "axes"}, {"y"}),
               x, naiveMean(x, {1, 6, 1, 1}));
  EXPECT_EQ(refusalOf(model({"keepdims", int64_t{1}}, {2, 2}), x.shape), ErrorCode::corruptModel);
}

/// y = alpha * x W + beta * b for x [1, K], W [K, N].
Values naiveProduct(const Values& x, const Values& w, double alpha, const std::vector<double>& bias) {
  Values y({1, w.shape[1]});
  for (size_t n = 0; n < y.exact.size(); ++n) {
    double sum = bias[n], magnitude = std::abs(bias[n]);
    for (size_t k = 0; k < x.exact.size(); ++k) {
      const double product = alpha * x.exact[k] * w.exact[k * y.exact.size() + n];
      sum += product;
      magnitude += std::abs(product);
    }
    y.exact[n] = sum;
    y.bound[n] = static_cast<double>(x.exact.size() + 2) * FLT_EPSILON * magnitude;
  }
  return y;
}

TEST(MatrixProduct, FlattensInTheOrderOfTheFile) {
  const Values x = Values::noise({1, 3, 4, 5}, 1), w = Values::noise({60, 7}, 2), b = Values::noise({7}, 3);
  Values transposed({7, 60});
  for (size_t k = 0; k < 60; ++k) {
    for (size_t n = 0; n < 7; ++n) transposed.exact[n * 60 + k] = w.exact[k * 7 + n];
  }
  std::vector<double> half = b.exact;
  for (double& value : half) value *= 0.5;
  const auto base = [&] {
    return OnnxBuilder()
        .input("x", x.shape)
        .floats("w", w.shape, w.floats())
        .floats("t", {7, 60}, transposed.floats())
        .floats("b", {7}, b.floats())
        .ints("shape", {0, -1})
        .output("y");
  };
  expectOutput(base().node("Flatten", {"x"}, {"f"}).node("Gemm", {"f", "w", "b"}, {"y"}), x,
               naiveProduct(x, w, 1, b.exact));
  expectOutput(
      base()
          .node("Reshape", {"x", "shape"}, {"f"})
          .node("Gemm", {"f", "t", "b"}, {"y"}, {{"transB", int64_t{1}}, {"alpha", 0.25F}, {"beta", 0.5F}}),
      x, naiveProduct(x, w, 0.25, half));
  expectOutput(base().node("Flatten", {"x"}, {"f"}).node("MatMul", {"f", "w"}, {"y"}), x,
               naiveProduct(x, w, 1, std::vector<double>(7, 0.0)));
  expectOutput(
      base().node("Flatten", {"x"}, {"f"}).node("MatMul", {"f", "w"}, {"m"}).node("Add", {"m", "b"}, {"y"}),
      x, naiveProduct(x, w, 1, b.exact));
  EXPECT_EQ(refusalOf(base().node("Flatten", {"x"}, {"f"}).node("Gemm", {"f", "t"}, {"y"}), x.shape),
            ErrorCode::unsupportedShape);
  EXPECT_EQ(refusalOf(base().node("Flatten", {"x"}, {"f"}).node("Gemm", {"f", "f"}, {"y"}), x.shape),
            ErrorCode::unsupportedShape);
}

TEST(Softmax, OverChannels) {
  const Values x = Values::noise({1, 6, 1, 1}, 1);
  double total = 0;
  for (double value : x.exact) total += std::exp(value);
  Values expected(x.shape);
  for (size_t i = 0; i < 6; ++i) {
    expected.exact[i] = std::exp(x.exact[i]) / total;
    // exp of |x| < 2 within 2 units each, their sum, and a division: well below 16 roundings.
    expected.bound[i] = 16 * FLT_EPSILON * expected.exact[i];
  }
  expectOutput(OnnxBuilder(7).input("x", x.shape).output("y").node("Softmax", {"x"}, {"y"}), x, expected);
  expectOutput(
      OnnxBuilder(13).input("x", x.shape).output("y").node("Softmax", {"x"}, {"y"}, {{"axis", int64_t{1}}}),
      x, expected);
  // Before operator set 13, the axis stood for everything behind it too.
  const auto over = [](const Values& map, size_t stride, size_t count) {
    Values result(map.shape);
    for (size_t i = 0; i < map.exact.size(); ++i) {
      const size_t first = i / (stride * count) * stride * count + i % stride;
      double sum = 0;
      for (size_t k = 0; k < count; ++k) sum += std::exp(map.exact[first + k * stride]);
      result.exact[i] = std::exp(map.exact[i]) / sum;
      result.bound[i] = 32 * FLT_EPSILON * result.exact[i];
    }
    return result;
  };
  const Values map = Values::noise({1, 6, 2, 3}, 2);
  const auto model = [&](int64_t opset, int64_t at) {
    return OnnxBuilder(opset).input("x", map.shape).output("y").node("Softmax", {"x"}, {"y"}, {{"axis", at}});
  };
  expectOutput(model(7, 1), map, over(map, 1, 36));
  expectOutput(model(13, 1), map, over(map, 6, 6));
  expectOutput(model(13, 2), map, over(map, 3, 2));
  expectOutput(model(13, -1), map, over(map, 1, 3));
}

}  // namespace
}  // namespace pith::test

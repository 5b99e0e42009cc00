// SPDX-License-Identifier: Apache-2.0
// TensorFlow Lite's arithmetic in floats, against its definitions in doubles.
#include "unit/infer/run_tflite.h"

namespace pith {
namespace {

using test::at;
using test::countOf;
using test::Doubles;
using test::expectNear;
using test::floatsOf;
using test::forEach;
using test::Ints;
using test::noise;
using test::OneOperator;
namespace tfl = test::tfl;

const Ints picture{1, 3, 5, 4};

double gelu(double x) { return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0))); }
double geluByTanh(double x) {
  return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x)));
}

Doubles mapped(const Doubles& x, double (*function)(double)) {
  Doubles y;
  for (double number : x) y.push_back(function(number));
  return y;
}

TEST(TfliteMath, FunctionsOfOneNumber) {
  struct Case {
    int32_t code;
    double (*function)(double);
    double shift = 0;  // of what goes in, for functions of positive numbers
  };
  const Case cases[] = {{8, [](double x) { return std::floor(x); }},
                        {14, [](double x) { return 1 / (1 + std::exp(-x)); }},
                        {28, [](double x) { return std::tanh(x); }},
                        {47, [](double x) { return std::exp(x); }},
                        {59, [](double x) { return -x; }},
                        {66, [](double x) { return std::sin(x); }},
                        {73, [](double x) { return std::log(x); }, 2.5},
                        {75, [](double x) { return std::sqrt(x); }, 2.5},
                        {76, [](double x) { return 1 / std::sqrt(x); }, 2.5},
                        {92, [](double x) { return x * x; }},
                        {101, [](double x) { return std::abs(x); }},
                        {104, [](double x) { return std::ceil(x); }},
                        {108, [](double x) { return std::cos(x); }},
                        {111, [](double x) { return x > 0 ? x : std::expm1(x); }},
                        {116, [](double x) { return std::nearbyint(x); }},
                        {117, [](double x) { return x * std::clamp(x + 3, 0.0, 6.0) / 6; }},
                        {150, gelu}};
  for (const Case& one : cases) {
    SCOPED_TRACE(one.code);
    OneOperator net(picture);
    net.node(one.code, {net.x}, picture);
    Doubles x = noise(countOf(picture));
    for (double& number : x) number = static_cast<float>(number * (one.shift > 0 ? 1 : 4) + one.shift);
    expectNear(net.run(x), mapped(x, one.function));
  }
}

TEST(TfliteMath, FunctionsWithOptions) {
  const Doubles x = noise(countOf(picture));
  OneOperator leaky(picture);
  leaky.node(98, {leaky.x}, picture, tfl::CreateLeakyReluOptions(leaky.file.raw(), 0.25F));
  expectNear(leaky.run(x), mapped(x, [](double v) { return v < 0 ? v / 4 : v; }));
  OneOperator relu(picture);  // the format's default slope
  relu.node(98, {relu.x}, picture);
  expectNear(relu.run(x), mapped(x, [](double v) { return std::max(v, 0.0); }));
  OneOperator bent(picture);
  bent.node(150, {bent.x}, picture, tfl::CreateGeluOptions(bent.file.raw(), true));
  expectNear(bent.run(x), mapped(x, geluByTanh));
}

struct Binary {
  int32_t code;
  double (*function)(double, double);
};
const Binary binaries[] = {{0, [](double a, double b) { return a + b; }},
                           {18, [](double a, double b) { return a * b; }},
                           {41, [](double a, double b) { return a - b; }},
                           {42, [](double a, double b) { return a / b; }},
                           {55, [](double a, double b) { return std::max(a, b); }},
                           {57, [](double a, double b) { return std::min(a, b); }},
                           {78, [](double a, double b) { return std::pow(a, b); }},
                           {99, [](double a, double b) { return (a - b) * (a - b); }}};

/// A constant of fewer axes counts them from the end; it may stand on either side.
TEST(TfliteMath, TwoOperandsBroadcast) {
  for (const Ints& shape : {Ints{}, Ints{4}, Ints{3, 1, 4}, Ints{1, 1, 5, 1}, Ints{1, 3, 5, 4}}) {
    for (const Binary& one : binaries) {
      for (const bool isFirst : {false, true}) {
        SCOPED_TRACE(std::to_string(one.code) + (isFirst ? " c, x " : " x, c ") + std::to_string(shape.size()));
        OneOperator net(picture);
        Doubles x = noise(countOf(picture)), c = noise(countOf(shape), 7);
        for (Doubles* numbers : {&x, &c}) {
          for (double& number : *numbers) number = static_cast<float>(number + 2.25);  // POW wants them positive
        }
        const int32_t constant = net.file.floats(shape, floatsOf(c));
        net.node(one.code, isFirst ? Ints{constant, net.x} : Ints{net.x, constant}, picture);
        Doubles expected;
        forEach(picture, [&](const Ints& place) {
          Ints own(place.end() - static_cast<std::ptrdiff_t>(shape.size()), place.end());
          for (size_t i = 0; i < own.size(); ++i) own[i] = shape[i] == 1 ? 0 : own[i];
          const double a = x[at(picture, place)], b = c[at(shape, own)];
          expected.push_back(isFirst ? one.function(b, a) : one.function(a, b));
        });
        expectNear(net.run(x), expected, 4e-6);
      }
    }
  }
}

/// An activation that is made of the picture, and has fewer axes than the other.
TEST(TfliteMath, TwoComputedOperands) {
  OneOperator net(picture);
  const int32_t row = net.file.tensor({5, 4});
  net.file.node(40, {net.x, net.file.ints({0, 1})}, {row});
  net.node(41, {row, net.x}, picture);
  const Doubles x = noise(countOf(picture));
  Doubles expected;
  forEach(picture, [&](const Ints& p) {
    double mean = 0;
    for (int32_t r = 0; r < 3; ++r) mean += x[at(picture, {0, r, p[2], p[3]})] / 3;
    expected.push_back(mean - x[at(picture, p)]);
  });
  expectNear(net.run(x), expected);
}

TEST(TfliteMath, FusedActivations) {
  const Doubles x = noise(countOf(picture));
  OneOperator sub(picture);
  sub.node(41, {sub.x, sub.file.floats({1}, {0.5F})}, picture,
           tfl::CreateSubOptions(sub.file.raw(), tfl::Activation::reluMinus1To1));
  expectNear(sub.run(x), mapped(x, [](double v) { return std::clamp(v - 0.5, -1.0, 1.0); }));
  OneOperator div(picture);
  div.node(42, {div.x, div.file.floats({1}, {0.125F})}, picture,
           tfl::CreateDivOptions(div.file.raw(), tfl::Activation::relu6));
  expectNear(div.run(x), mapped(x, [](double v) { return std::clamp(v / 0.125, 0.0, 6.0); }));
  OneOperator tanh(picture);
  tanh.node(41, {tanh.x, tanh.file.floats({1}, {0.5F})}, picture,
            tfl::CreateSubOptions(tanh.file.raw(), tfl::Activation::tanh));
  EXPECT_EQ(tanh.refusal(), ErrorCode::unsupportedOperator);
}

TEST(TfliteMath, SlopesOfChannelsAndOfPlaces) {
  const Doubles x = noise(countOf(picture));
  for (const Ints& shape : {Ints{1, 1, 4}, Ints{3, 5, 4}, Ints{4}}) {
    OneOperator net(picture);
    const Doubles slopes = noise(countOf(shape), 3);
    net.node(54, {net.x, net.file.floats(shape, floatsOf(slopes))}, picture);
    Doubles expected;
    for (size_t i = 0; i < x.size(); ++i) expected.push_back(x[i] < 0 ? x[i] * slopes[i % slopes.size()] : x[i]);
    expectNear(net.run(x), expected);
  }
}

/// Of each place, over its channels.
TEST(TfliteMath, NormalisesChannels) {
  const Doubles x = noise(countOf(picture));
  struct Case {
    int32_t code;
    float beta;  // of SOFTMAX
    std::function<double(const double* row, size_t c)> function;
  };
  const auto sumOf = [](const double* row, const std::function<double(double)>& term) {
    double sum = 0;
    for (size_t i = 0; i < 4; ++i) sum += term(row[i]);
    return sum;
  };
  const auto softmax = [&](double beta) {
    return [=](const double* row, size_t c) {
      return std::exp(beta * row[c]) / sumOf(row, [&](double v) { return std::exp(beta * v); });
    };
  };
  const Case cases[] = {
      {25, 1.0F, softmax(1.0)},
      {25, 2.5F, softmax(2.5)},
      {50, 0, [&](const double* row, size_t c) { return std::log(softmax(1.0)(row, c)); }},
      {11, 0, [&](const double* row, size_t c) {
         return row[c] / std::sqrt(sumOf(row, [](double v) { return v * v; }));
       }}};
  for (const Case& one : cases) {
    SCOPED_TRACE(one.code);
    OneOperator net(picture);
    if (one.code == 25) {
      net.node(25, {net.x}, picture, tfl::CreateSoftmaxOptions(net.file.raw(), one.beta));
    } else {
      net.node(one.code, {net.x}, picture);
    }
    Doubles expected;
    for (size_t i = 0; i < x.size(); ++i) expected.push_back(one.function(&x[i / 4 * 4], i % 4));
    expectNear(net.run(x), expected);
  }
  OneOperator zero(picture);
  zero.node(11, {zero.x}, picture);
  expectNear(zero.run(Doubles(x.size(), 0)), Doubles(x.size(), 0));
}

TEST(TfliteMath, NormalisesByNeighbours) {
  const Ints shape{1, 2, 2, 7};
  OneOperator net(shape);
  net.node(13, {net.x}, shape, tfl::CreateLocalResponseOptions(net.file.raw(), 2, 1.5F, 0.25F, 0.75F));
  const Doubles x = noise(countOf(shape));
  Doubles expected;
  for (size_t i = 0; i < x.size(); ++i) {
    double sum = 0;
    for (int k = -2; k <= 2; ++k) {
      const int c = static_cast<int>(i % 7) + k;
      if (c >= 0 && c < 7) sum += std::pow(x[i - i % 7 + static_cast<size_t>(c)], 2);
    }
    expected.push_back(x[i] / std::pow(1.5 + 0.25 * sum, 0.75));
  }
  expectNear(net.run(x), expected);
}

TEST(TfliteMath, ReducesAnyAxes) {
  const Doubles x = noise(countOf(picture));
  struct Kind {
    int32_t code;
    double start;
    double (*add)(double, double);
  };
  const Kind kinds[] = {{40, 0, [](double a, double b) { return a + b; }},
                        {74, 0, [](double a, double b) { return a + b; }},
                        {81, 1, [](double a, double b) { return a * b; }},
                        {82, -9, [](double a, double b) { return std::max(a, b); }},
                        {89, 9, [](double a, double b) { return std::min(a, b); }}};
  for (const Kind& kind : kinds) {
    for (const Ints& axes : {Ints{3}, Ints{1}, Ints{2, 1}, Ints{-1, 1}, Ints{1, 2, 3}}) {
      for (const bool keeps : {false, true}) {
        SCOPED_TRACE(std::to_string(kind.code) + (keeps ? " keeps " : " drops ") + std::to_string(axes[0]));
        Ints kept = picture, dropped;
        double count = 1;
        for (int32_t axis : axes) {
          const auto reduced = static_cast<size_t>((axis + 4) % 4);
          count *= kept[reduced];
          kept[reduced] = -1;
        }
        for (int32_t extent : kept) {
          if (extent != -1) dropped.push_back(extent);
        }
        for (int32_t& extent : kept) extent = extent == -1 ? 1 : extent;
        OneOperator net(picture);
        net.node(kind.code, {net.x, net.file.ints(axes)}, keeps ? kept : dropped,
                 tfl::CreateReducerOptions(net.file.raw(), keeps));
        Doubles expected(countOf(kept), kind.start);
        forEach(picture, [&](const Ints& place) {
          Ints to = place;
          for (size_t i = 0; i < 4; ++i) to[i] = kept[i] == 1 ? 0 : to[i];
          double& sum = expected[at(kept, to)];
          sum = kind.add(sum, x[at(picture, place)]);
        });
        for (double& sum : expected) sum /= kind.code == 40 ? count : 1;
        expectNear(net.run(x), expected, 4e-6);
      }
    }
  }
}

/// Padding takes no part in the mean.
TEST(TfliteMath, RootsOfMeanSquares) {
  Doubles x = noise(countOf(picture));
  for (double& number : x) number *= 8;
  struct Case {
    tfl::Padding padding;
    int32_t height, width, down, across;
    Ints output;
    int32_t top, left;  // the padding before, by hand
    tfl::Activation activation = tfl::Activation::none;
    double most = HUGE_VAL;
  };
  const Case cases[] = {{tfl::Padding::valid, 2, 3, 1, 1, {2, 3}, 0, 0},
                        {tfl::Padding::valid, 3, 5, 1, 1, {1, 1}, 0, 0},
                        {tfl::Padding::same, 3, 3, 1, 1, {3, 5}, 1, 1},
                        {tfl::Padding::same, 2, 4, 2, 2, {2, 3}, 0, 1},
                        {tfl::Padding::same, 1, 1, 1, 2, {3, 3}, 0, 0},
                        {tfl::Padding::same, 2, 2, 1, 1, {3, 5}, 0, 0, tfl::Activation::relu},
                        {tfl::Padding::same, 2, 2, 1, 1, {3, 5}, 0, 0, tfl::Activation::relu6, 6},
                        {tfl::Padding::valid, 1, 1, 1, 1, {3, 5}, 0, 0, tfl::Activation::reluMinus1To1, 1}};
  for (const Case& one : cases) {
    SCOPED_TRACE(std::to_string(one.height) + " x " + std::to_string(one.width));
    OneOperator net(picture);
    const Ints output{1, one.output[0], one.output[1], 4};
    net.node(12, {net.x}, output,
             tfl::CreatePoolOptions(net.file.raw(), one.padding, one.across, one.down, one.width, one.height, one.activation));
    Doubles expected;
    forEach(output, [&](const Ints& p) {
      double sum = 0, count = 0;
      forEach({one.height, one.width}, [&](const Ints& k) {
        const int32_t row = p[1] * one.down - one.top + k[0], column = p[2] * one.across - one.left + k[1];
        if (row < 0 || column < 0 || row >= picture[1] || column >= picture[2]) return;
        sum += std::pow(x[at(picture, {0, row, column, p[3]})], 2);
        count += 1;
      });
      expected.push_back(std::min(std::sqrt(sum / count), one.most));
    });
    expectNear(net.run(x), expected);
  }
  const auto refusal = [](int32_t side, int32_t stride, tfl::Activation activation, tfl::ElementType type) {
    OneOperator net(picture);
    net.y = net.file.tensor({}, type);
    net.file.node(12, {net.x}, {net.y}, tfl::Options::PoolOptions,
                  tfl::CreatePoolOptions(net.file.raw(), tfl::Padding::valid, stride, stride, side, side, activation).Union());
    return net.refusal();
  };
  const auto none = tfl::Activation::none;
  EXPECT_EQ(refusal(2, 1, none, tfl::ElementType::float32), ErrorCode::internalError);  // this one runs
  EXPECT_EQ(refusal(4, 1, none, tfl::ElementType::float32), ErrorCode::corruptModel);
  EXPECT_EQ(refusal(0, 1, none, tfl::ElementType::float32), ErrorCode::corruptModel);
  EXPECT_EQ(refusal(2, -1, none, tfl::ElementType::float32), ErrorCode::corruptModel);
  EXPECT_EQ(refusal(2, 1, tfl::Activation::tanh, tfl::ElementType::float32), ErrorCode::unsupportedOperator);
  EXPECT_EQ(refusal(2, 1, none, tfl::ElementType::int32), ErrorCode::unsupportedDataType);
}

/// Rows of the picture against a constant, and each side with its last axes exchanged.
TEST(TfliteMath, MultipliesMatrices) {
  const Doubles x = noise(countOf(picture));
  for (const size_t rank : {3U, 4U}) {
    for (const bool adjointX : {false, true}) {
      for (const bool adjointY : {false, true}) {
        for (const int32_t batch : {1, 3}) {
          SCOPED_TRACE(std::to_string(rank) + " axes");
          OneOperator net(picture);
          int32_t a = net.x;
          const Ints left = adjointX ? Ints{3, 4, 5} : Ints{3, 5, 4};
          if (rank == 3 || adjointX) {
            Ints shape = left;
            if (rank == 4) shape.insert(shape.begin(), 1);
            a = net.file.tensor(shape);
            net.file.node(22, {net.x, net.file.ints(shape)}, {a});
          }
          Ints right{batch, 4, 6};
          if (adjointY) right = {batch, 6, 4};
          const Doubles b = noise(countOf(right), 5);
          Ints written = right, output{3, 5, 6};
          if (rank == 4) {
            written.insert(written.begin(), 1);
            output.insert(output.begin(), 1);
          }
          const int32_t constant = net.file.floats(written, floatsOf(b));
          net.node(126, {a, constant}, output, tfl::CreateBatchMatMulOptions(net.file.raw(), adjointX, adjointY));
          Doubles expected;
          forEach({3, 5, 6}, [&](const Ints& p) {
            double sum = 0;
            for (int32_t k = 0; k < 4; ++k) {
              const double u = x[at(left, adjointX ? Ints{p[0], k, p[1]} : Ints{p[0], p[1], k})];
              const int32_t image = batch == 1 ? 0 : p[0];
              sum += u * b[at(right, adjointY ? Ints{image, p[2], k} : Ints{image, k, p[2]})];
            }
            expected.push_back(sum);
          });
          expectNear(net.run(x), expected, 4e-6);
        }
      }
    }
  }
}

/// Attention: both operands are computed, of four axes, and the first axes are heads.
TEST(TfliteMath, MultipliesComputedMatrices) {
  OneOperator net(picture);
  net.node(126, {net.x, net.x}, {1, 3, 5, 5}, tfl::CreateBatchMatMulOptions(net.file.raw(), false, true));
  const Doubles x = noise(countOf(picture));
  Doubles expected;
  forEach({3, 5, 5}, [&](const Ints& p) {
    double sum = 0;
    for (int32_t k = 0; k < 4; ++k) sum += x[at(picture, {0, p[0], p[1], k})] * x[at(picture, {0, p[0], p[2], k})];
    expected.push_back(sum);
  });
  expectNear(net.run(x), expected, 4e-6);
}

TEST(TfliteMath, AFullyConnectedLayerMayKeepItsAxes) {
  OneOperator net(picture);
  const Doubles x = noise(countOf(picture)), w = noise(24, 9);
  net.node(9, {net.x, net.file.floats({6, 4}, floatsOf(w))}, {1, 3, 5, 6},
           tfl::CreateFullyConnectedOptions(net.file.raw(), tfl::Activation::relu, 0, true));
  Doubles expected;
  forEach({1, 3, 5, 6}, [&](const Ints& p) {
    double sum = 0;
    for (int32_t k = 0; k < 4; ++k) sum += x[at(picture, {0, p[1], p[2], k})] * w[static_cast<size_t>(p[3] * 4 + k)];
    expected.push_back(std::max(sum, 0.0));
  });
  expectNear(net.run(x), expected, 4e-6);
}

}  // namespace
}  // namespace pith

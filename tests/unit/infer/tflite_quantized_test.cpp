// SPDX-License-Identifier: Apache-2.0
// TensorFlow Lite's operators on 8-bit numbers: what the integers stand for, computed in doubles and rounded to
// the output's steps. Kernels may be one step away, where a number lies close to the middle of two.
#include "unit/infer/tflite_batches.h"

namespace pith {
namespace {

using test::at;
using test::countOf;
using test::Doubles;
using test::forEach;
using test::Ints;
using test::TfliteBuilder;
namespace tfl = test::tfl;
using Steps = TfliteBuilder::Steps;

const Ints picture{1, 8, 8, 4};  // all 256 integers

class TfliteQuantized : public testing::TestWithParam<bool> {
 protected:
  [[nodiscard]] tfl::ElementType type() const { return GetParam() ? tfl::ElementType::int8 : tfl::ElementType::uint8; }
  [[nodiscard]] int lowest() const { return GetParam() ? -128 : 0; }
  /// @param zeroPoint  counted from the middle of the range
  [[nodiscard]] Steps steps(float scale, int zeroPoint) const { return {{scale}, {zeroPoint + lowest() + 128}}; }
  [[nodiscard]] double rounded(double number, const Steps& s) const {
    const double scale = s.scales[0], zero = static_cast<double>(s.zeroPoints[0]);
    return (std::clamp(std::round(number / scale) + zero, lowest() + 0.0, lowest() + 255.0) - zero) * scale;
  }
  /// Every integer once, in an order that mixes them.
  [[nodiscard]] Doubles everyNumber(const Steps& s) const {
    Doubles numbers;
    for (int i = 0; i < 256; ++i)
      numbers.push_back((lowest() + i * 97 % 256 - static_cast<double>(s.zeroPoints[0])) * s.scales[0]);
    return numbers;
  }
  /// A constant of integers that are spread over the range, and the numbers that they stand for.
  int32_t constant(TfliteBuilder& file, const Ints& shape, const Steps& s, Doubles& numbers) const {
    std::vector<uint8_t> bytes;
    for (size_t i = 0; i < countOf(shape); ++i) {
      const int integer = lowest() + static_cast<int>(i * 57 + 11) % 256;
      bytes.push_back(static_cast<uint8_t>(integer));
      numbers.push_back((integer - static_cast<double>(s.zeroPoints[0])) * s.scales[0]);
    }
    return file.tensor(shape, type(), s, bytes);
  }
  /// @param within  steps of the output
  void expectSteps(TfliteBuilder& file, int32_t y, const Steps& in, const Steps& out, const Doubles& expected,
                   double within = 1, const Ints& input = picture) {
    const auto seen = test::runTflite(file.build({y}), input, everyNumber(in));
    ASSERT_EQ(seen.size(), 1U);
    ASSERT_EQ(seen[0].size(), expected.size());
    size_t different = 0;
    double low = HUGE_VAL, high = -HUGE_VAL;
    for (size_t i = 0; i < expected.size(); ++i) {
      const double number = rounded(expected[i], out), step = out.scales[0];
      ASSERT_NEAR(seen[0][i], number, step * (within + 1e-3)) << "element " << i;
      different += std::abs(seen[0][i] - number) > step / 2 ? 1 : 0;
      low = std::min(low, number);
      high = std::max(high, number);
    }
    EXPECT_LT(low, high) << "the test shows nothing where every value is the same";
    EXPECT_LE(different, expected.size() / 50) << "of " << expected.size() << " are a step away";
  }
};
INSTANTIATE_TEST_SUITE_P(Types, TfliteQuantized, testing::Bool(), [](const auto& type) { return type.param ? "int8" : "uint8"; });

TEST_P(TfliteQuantized, FunctionsOfEveryInteger) {
  struct Case {
    int32_t code;
    double (*function)(double);
    float scale;
    int zeroPoint;
    float ownScale = 0.05F;
    int ownZeroPoint = 13;
  };
  const Case cases[] = {{14, [](double x) { return 1 / (1 + std::exp(-x)); }, 1.0F / 256, -128},
                        {28, [](double x) { return std::tanh(x); }, 1.0F / 128, 0},
                        {47, [](double x) { return std::exp(x); }, 0.5F, -128},
                        {59, [](double x) { return -x; }, 0.06F, -13},
                        {75, [](double x) { return std::sqrt(x); }, 0.02F, -128, 0.1F, -128},
                        {76, [](double x) { return 1 / std::sqrt(x); }, 0.01F, -128, 0.1F, -129 + 1},
                        {92, [](double x) { return x * x; }, 0.2F, -128},
                        {98, [](double x) { return x < 0 ? x * double{0.1F} : x; }, 0.03F, -60},
                        {101, [](double x) { return std::abs(x); }, 0.03F, -128},
                        {111, [](double x) { return x > 0 ? x : std::expm1(x); }, 0.03F, -90},
                        {117, [](double x) { return x * std::clamp(x + 3, 0.0, 6.0) / 6; }, 0.025F, -110},
                        {150, [](double x) { return 0.5 * x * std::erfc(-x / std::sqrt(2.0)); }, 0.025F, -110}};
  for (const Case& one : cases) {
    SCOPED_TRACE(one.code);
    const Steps in = steps(one.ownScale, one.ownZeroPoint), out = steps(one.scale, one.zeroPoint);
    TfliteBuilder file;
    const int32_t x = file.tensor(picture, type(), in), y = file.tensor(picture, type(), out);
    if (one.code == 98) {
      file.node(98, {x}, {y}, tfl::Options::LeakyReluOptions, tfl::CreateLeakyReluOptions(file.raw(), 0.1F).Union());
    } else {
      file.node(one.code, {x}, {y});
    }
    Doubles expected;
    for (double number : everyNumber(in)) expected.push_back(std::min(one.function(number), 1e9));
    expectSteps(file, y, in, out, expected);
  }
}

/// A constant for each channel and one of other steps, on either side, and with a fused activation.
TEST_P(TfliteQuantized, TwoOperands) {
  struct Case {
    int32_t code;
    double (*function)(double, double);
    float scale;
  };
  const Case cases[] = {{0, [](double a, double b) { return a + b; }, 0.0611F},
                        {18, [](double a, double b) { return a * b; }, 0.0611F},
                        {41, [](double a, double b) { return a - b; }, 0.0611F},
                        {42, [](double a, double b) { return a / b; }, 0.5F},
                        {55, [](double a, double b) { return std::max(a, b); }, 0.0503F},
                        {57, [](double a, double b) { return std::min(a, b); }, 0.0503F},
                        {99, [](double a, double b) { return (a - b) * (a - b); }, 0.3F}};
  for (const Case& one : cases) {
    for (const bool isFirst : {false, true}) {
      SCOPED_TRACE(std::to_string(one.code) + (isFirst ? " c, x" : " x, c"));
      if (one.code == 42 && isFirst) continue;  // x may be 0
      // Scales without a common measure: no number lies in the middle of two integers.
      const Steps in = steps(0.0413F, 20), own = steps(0.0157F, -31), out = steps(one.scale, -7);
      TfliteBuilder file;
      Doubles c;
      const int32_t x = file.tensor(picture, type(), in), b = constant(file, {4}, own, c), y = file.tensor(picture, type(), out);
      file.node(one.code, isFirst ? Ints{b, x} : Ints{x, b}, {y});
      const Doubles numbers = everyNumber(in);
      Doubles expected;
      for (size_t i = 0; i < numbers.size(); ++i)
        expected.push_back(isFirst ? one.function(c[i % 4], numbers[i]) : one.function(numbers[i], c[i % 4]));
      expectSteps(file, y, in, out, expected);
    }
  }
}

TEST_P(TfliteQuantized, ADifferenceOfActivationsIsClamped) {
  const Steps in = steps(0.04F, 20), own = steps(0.1F, 3), out = steps(0.05F, -90);
  TfliteBuilder file;
  const int32_t x = file.tensor(picture, type(), in), z = file.tensor(picture, type(), own), y = file.tensor(picture, type(), out);
  file.node(101, {x}, {z});
  file.node(41, {x, z}, {y}, tfl::Options::SubOptions, tfl::CreateSubOptions(file.raw(), tfl::Activation::reluMinus1To1).Union());
  Doubles expected;
  for (double number : everyNumber(in)) expected.push_back(std::clamp(number - rounded(std::abs(number), own), -1.0, 1.0));
  expectSteps(file, y, in, out, expected);
}

TEST_P(TfliteQuantized, SlopesOfChannels) {
  const Steps in = steps(0.04F, 20), own = steps(0.01F, 5), out = steps(0.05F, 0);
  TfliteBuilder file;
  Doubles c;
  const int32_t x = file.tensor(picture, type(), in), slopes = constant(file, {1, 1, 4}, own, c), y = file.tensor(picture, type(), out);
  file.node(54, {x, slopes}, {y});
  const Doubles numbers = everyNumber(in);
  Doubles expected;
  for (size_t i = 0; i < numbers.size(); ++i) expected.push_back(numbers[i] < 0 ? numbers[i] * c[i % 4] : numbers[i]);
  expectSteps(file, y, in, out, expected);
}

/// What only moves keeps every integer.
TEST_P(TfliteQuantized, MovesIntegers) {
  const Steps in = steps(0.04F, 20);
  const Doubles numbers = everyNumber(in);
  struct Case {
    Ints output;
    std::function<void(TfliteBuilder& file, int32_t x, int32_t y)> node;
    std::function<Ints(const Ints&)> source;
  };
  const Case cases[] = {
      {{1, 4, 8, 2},
       [](TfliteBuilder& f, int32_t x, int32_t y) { f.node(65, {x, f.ints({0, 2, 0, 1}), f.ints({1, 4, 8, 2})}, {y}); },
       [](const Ints& p) { return Ints{0, p[1] + 2, p[2], p[3] + 1}; }},
      {{1, 16, 16, 1},
       [](TfliteBuilder& f, int32_t x, int32_t y) {
         f.node(5, {x}, {y}, tfl::Options::DepthToSpaceOptions, tfl::CreateDepthToSpaceOptions(f.raw(), 2).Union());
       },
       [](const Ints& p) { return Ints{0, p[1] / 2, p[2] / 2, p[1] % 2 * 2 + p[2] % 2}; }},
      {{1, 16, 16, 4},
       [](TfliteBuilder& f, int32_t x, int32_t y) {
         f.node(97, {x, f.ints({16, 16})}, {y}, tfl::Options::ResizeNearestOptions, tfl::CreateResizeNearestOptions(f.raw(), false, true).Union());
       },
       [](const Ints& p) { return Ints{0, p[1] / 2, p[2] / 2, p[3]}; }},
      {{1, 8, 8, 3},
       [](TfliteBuilder& f, int32_t x, int32_t y) {
         f.node(36, {x, f.ints({2, 0, 3})}, {y}, tfl::Options::GatherOptions, tfl::CreateGatherOptions(f.raw(), 3, 0).Union());
       },
       [](const Ints& p) { return Ints{0, p[1], p[2], Ints{2, 0, 3}[static_cast<size_t>(p[3])]}; }},
      {{1, 16, 8, 12},
       [](TfliteBuilder& f, int32_t x, int32_t y) { f.node(69, {x, f.ints({1, 2, 1, 3})}, {y}); },
       [](const Ints& p) { return Ints{0, p[1] % 8, p[2], p[3] % 4}; }}};
  for (const Case& one : cases) {
    TfliteBuilder file;
    const int32_t x = file.tensor(picture, type(), in), y = file.tensor(one.output, type(), in);
    one.node(file, x, y);
    Doubles expected;
    forEach(one.output, [&](const Ints& p) { expected.push_back(numbers[at(picture, one.source(p))]); });
    expectSteps(file, y, in, in, expected, 0);
  }
}

TEST_P(TfliteQuantized, ResizesBilinearly) {
  const Steps in = steps(0.04F, 20);
  TfliteBuilder file;
  const int32_t x = file.tensor(picture, type(), in), y = file.tensor({1, 16, 16, 4}, type(), in);
  file.node(23, {x, file.ints({16, 16})}, {y}, tfl::Options::ResizeBilinearOptions,
            tfl::CreateResizeBilinearOptions(file.raw(), false, true).Union());
  const Doubles numbers = everyNumber(in);
  Doubles expected;
  forEach({1, 16, 16, 4}, [&](const Ints& p) {
    double sum = 0;
    for (const int32_t down : {0, 1}) {
      for (const int32_t across : {0, 1}) {
        // Three quarters of the nearer place, one of the other.
        const auto other = [](int32_t i, int32_t far) { return std::clamp(far == 0 ? i / 2 : i / 2 + (i % 2 == 0 ? -1 : 1), 0, 7); };
        sum += (down ? 0.25 : 0.75) * (across ? 0.25 : 0.75) * numbers[at(picture, {0, other(p[1], down), other(p[2], across), p[3]})];
      }
    }
    expected.push_back(sum);
  });
  // Sums of sixteenths lie in the middle of two integers now and then, where the rounding is free.
  const auto seen = test::runTflite(file.build({y}), picture, numbers);
  ASSERT_EQ(seen[0].size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) ASSERT_NEAR(seen[0][i], expected[i], 0.04 * 0.5001) << i;
}

TEST_P(TfliteQuantized, SumsAndMaximaOfAxes) {
  const Steps in = steps(0.04F, 20);
  const Doubles numbers = everyNumber(in);
  for (const int32_t code : {40, 74, 82}) {
    const Steps out = code == 82 ? in : steps(code == 74 ? 0.1F : 0.03F, -5);
    TfliteBuilder file;
    const int32_t x = file.tensor(picture, type(), in), y = file.tensor({1, 8, 8}, type(), out);
    file.node(code, {x, file.ints({3})}, {y}, tfl::Options::ReducerOptions, tfl::CreateReducerOptions(file.raw(), false).Union());
    Doubles expected;
    for (size_t i = 0; i < numbers.size(); i += 4) {
      const double sum = numbers[i] + numbers[i + 1] + numbers[i + 2] + numbers[i + 3];
      const double most = *std::max_element(&numbers[i], &numbers[i] + 4);
      expected.push_back(code == 40 ? sum / 4 : code == 74 ? sum : most);
    }
    expectSteps(file, y, in, out, expected);
  }
}

TEST_P(TfliteQuantized, MultipliesMatricesAndNormalisesChannels) {
  const Steps in = steps(0.01F, 20), own = steps(0.02F, -9), out = steps(0.05F, 10);
  const Doubles numbers = everyNumber(in);
  TfliteBuilder product;
  Doubles b;
  int32_t x = product.tensor(picture, type(), in);
  const int32_t constantOf = constant(product, {4, 5}, own, b);
  int32_t y = product.tensor({1, 8, 8, 5}, type(), out);
  product.node(126, {x, constantOf}, {y});
  Doubles expected;
  forEach({1, 8, 8, 5}, [&](const Ints& p) {
    double sum = 0;
    for (int32_t k = 0; k < 4; ++k) sum += numbers[at(picture, {0, p[1], p[2], k})] * b[at({4, 5}, {k, p[3]})];
    expected.push_back(sum);
  });
  expectSteps(product, y, in, out, expected);

  const Steps unit = steps(1.0F / 128, 0);
  TfliteBuilder length;
  x = length.tensor(picture, type(), in);
  y = length.tensor(picture, type(), unit);
  length.node(11, {x}, {y});
  expected.clear();
  for (size_t i = 0; i < numbers.size(); ++i) {
    double sum = 0;
    for (size_t k = 0; k < 4; ++k) sum += std::pow(numbers[i / 4 * 4 + k], 2);
    expected.push_back(numbers[i] / std::sqrt(sum));
  }
  expectSteps(length, y, in, unit, expected);
}

/// The border is the zero point. Steps that are finer behind the convolution do not make its own finer.
TEST_P(TfliteQuantized, ConvolvesBatches) {
  const Steps in = steps(0.04F, 20), own = GetParam() ? Steps{{0.01F}, {0}} : steps(0.01F, -9), out = steps(0.07F, -30);
  for (const auto& [isDepthwise, last] : {std::pair{false, out}, {true, out}, {true, steps(0.041F, -30)}}) {
    SCOPED_TRACE(std::string(isDepthwise ? "depthwise" : "plain") + ", steps of " + std::to_string(last.scales[0]));
    TfliteBuilder file;
    test::Kernel kernel{isDepthwise ? Ints{1, 3, 3, 4} : Ints{2, 3, 3, 4}, {}, {}, isDepthwise, !isDepthwise};
    const int32_t x = file.tensor(picture, type(), in), weights = constant(file, kernel.shape, own, kernel.weights);
    Ints bias;
    for (int32_t o = 0; o < kernel.outputs(); ++o) {
      bias.push_back(300 - 500 * o);
      kernel.bias.push_back(bias.back() * double{in.scales[0]} * own.scales[0]);
    }
    const auto parts = test::spaceToBatch({picture, everyNumber(in)}, {3, 2}, {2, 2, 2, 2});
    auto made = kernel.of(parts);
    for (double& number : made.numbers) number = rounded(number, out);
    const auto whole = test::batchToSpace(made, {3, 2}, {0, 1, 0, 2});
    const int32_t cut = file.tensor(parts.shape, type(), in), sums = file.tensor(made.shape, type(), out),
                  y = file.tensor(whole.shape, type(), last);
    file.node(38, {x, file.ints({3, 2}), test::border(file, {2, 2, 2, 2})}, {cut});
    kernel.write(file, {cut, weights, file.ints(bias)}, sums);
    file.node(37, {sums, file.ints({3, 2}), test::border(file, {0, 1, 0, 2})}, {y});
    expectSteps(file, y, in, last, whole.numbers, last.scales == out.scales ? 1 : 2);
  }
}

/// Scales of each output where weights are int8; the bias counts in steps of the input times the weights'.
TEST_P(TfliteQuantized, TransposedConvolution) {
  const Steps in = steps(0.02F, 20), out = steps(0.3F, 4);
  const bool isInt8 = GetParam();
  const Steps own = isInt8 ? Steps{{0.01F, 0.03F}, {0, 0}, 0} : Steps{{0.01F}, {117}};
  const Ints weights{2, 2, 2, 4}, output{1, 16, 16, 2}, bias{900, -700};
  std::vector<uint8_t> bytes;
  Doubles w;
  for (size_t i = 0; i < 32; ++i) {
    const int integer = lowest() + static_cast<int>(i * 57 + 11) % 256;
    bytes.push_back(static_cast<uint8_t>(integer));
    w.push_back(isInt8 ? (integer + 0.0) * own.scales[i / 16] : (integer - 117.0) * own.scales[0]);
  }
  TfliteBuilder file;
  const int32_t x = file.tensor(picture, type(), in), kernels = file.tensor(weights, type(), own, bytes), y = file.tensor(output, type(), out);
  file.node(67, {file.ints(output), kernels, x, file.ints(bias)}, {y}, tfl::Options::TransposeConvOptions,
            tfl::CreateTransposeConvOptions(file.raw(), tfl::Padding::valid, 2, 2).Union());
  const Doubles numbers = everyNumber(in);
  Doubles expected;
  forEach(output, [&](const Ints& p) {
    const auto o = static_cast<size_t>(p[3]);
    double sum = bias[o] * double{in.scales[0]} * own.scales[isInt8 ? o : 0];
    for (int32_t i = 0; i < 4; ++i)
      sum += numbers[at(picture, {0, p[1] / 2, p[2] / 2, i})] * w[at(weights, {p[3], p[1] % 2, p[2] % 2, i})];
    expected.push_back(sum);
  });
  expectSteps(file, y, in, out, expected);
}

}  // namespace
}  // namespace pith

// SPDX-License-Identifier: Apache-2.0
/// @file Writes the small networks that the fuzz target starts from: `make_tflite_seeds FOLDER`.
#include <fstream>

#include "unit/model/tflite_builder.h"

namespace {

using pith::test::TfliteBuilder;
namespace tfl = pith::test::tfl;
using Steps = TfliteBuilder::Steps;

std::vector<uint8_t> noise(size_t count, uint32_t seed) {
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i < count; ++i)
    bytes.push_back(static_cast<uint8_t>((seed = seed * 1664525U + 1013904223U) >> 24));
  return bytes;
}

/// A convolution, a depthwise one, a sum, pooling, a mean, a matrix product and a softmax of integers.
std::vector<uint8_t> integers(tfl::ElementType type) {
  TfliteBuilder file;
  const bool isSigned = type == tfl::ElementType::int8;
  const Steps steps{{0.05F}, {isSigned ? 3 : 131}}, weights{{0.01F}, {isSigned ? 0 : 120}};
  Steps channels = weights;
  if (isSigned) channels = {{0.01F, 0.02F, 0.03F, 0.04F}, {0, 0, 0, 0}, 3};
  const auto map = [&](int32_t side, int32_t depth) {
    return file.tensor({1, side, side, depth}, type, steps);
  };
  const int32_t x = map(16, 3), a = map(8, 4), b = map(8, 4), c = map(8, 4), d = map(4, 4), e = map(1, 4);
  const int32_t flat = file.tensor({1, 4}, type, steps), scores = file.tensor({1, 5}, type, steps);
  const int32_t result = file.tensor({1, 5}, type, Steps{{1.0F / 256}, {isSigned ? -128 : 0}});
  auto& raw = file.raw();
  file.conv({x, file.tensor({4, 3, 3, 3}, type, weights, noise(108, 1)), file.ints({1, 2, 3, 4})}, a,
            tfl::Padding::same, 2, tfl::Activation::relu6);
  file.node(4, {a, file.tensor({1, 3, 3, 4}, type, channels, noise(36, 2)), file.ints({4, 3, 2, 1})}, {b},
            tfl::Options::DepthwiseConvOptions,
            tfl::CreateDepthwiseConvOptions(raw, tfl::Padding::same, 1, 1, 1).Union());
  file.node(0, {a, b}, {c}, tfl::Options::AddOptions,
            tfl::CreateAddOptions(raw, tfl::Activation::relu).Union());
  file.node(17, {c}, {d}, tfl::Options::PoolOptions,
            tfl::CreatePoolOptions(raw, tfl::Padding::valid, 2, 2, 2, 2).Union());
  file.node(40, {d, file.ints({1, 2})}, {e}, tfl::Options::ReducerOptions,
            tfl::CreateReducerOptions(raw, true).Union());
  file.node(22, {e, file.ints({1, 4})}, {flat});
  file.node(9, {flat, file.tensor({5, 4}, type, weights, noise(20, 3)), file.ints({1, 2, 3, 4, 5})}, {scores},
            tfl::Options::FullyConnectedOptions, tfl::CreateFullyConnectedOptions(raw).Union());
  file.node(25, {scores}, {result}, tfl::Options::SoftmaxOptions,
            tfl::CreateSoftmaxOptions(raw, 1.0F).Union());
  return file.build({result});
}

/// Floats with half-precision weights, padding, concatenation, a transpose, a product and an average.
std::vector<uint8_t> floats() {
  TfliteBuilder file;
  auto& raw = file.raw();
  const auto map = [&](int32_t side, int32_t depth) { return file.tensor({1, side, side, depth}); };
  const int32_t x = map(16, 3), padded = map(18, 3), a = map(8, 2), joined = map(8, 4), y = map(8, 4),
                z = map(4, 4);
  const int32_t turned = file.tensor({1, 4, 4, 4}), vector = file.tensor({1, 4});
  const int32_t half = file.tensor({2, 3, 3, 3}, tfl::ElementType::float16, std::nullopt, noise(108, 4));
  const int32_t wide = file.tensor({2, 3, 3, 3});
  const int32_t pads = file.tensor({4, 2}, tfl::ElementType::int32, std::nullopt,
                                   TfliteBuilder::bytesOf(std::vector<int32_t>{0, 0, 1, 1, 1, 1, 0, 0}));
  file.node(34, {x, pads}, {padded});
  file.node(6, {half}, {wide});
  file.conv({padded, wide}, a, tfl::Padding::valid, 2, tfl::Activation::relu);
  file.node(2, {a, a}, {joined}, tfl::Options::ConcatOptions, tfl::CreateConcatOptions(raw, 3).Union());
  file.node(18, {joined, file.floats({4}, {1, 2, 3, 4})}, {y}, tfl::Options::MulOptions,
            tfl::CreateMulOptions(raw).Union());
  file.node(1, {y}, {z}, tfl::Options::PoolOptions,
            tfl::CreatePoolOptions(raw, tfl::Padding::same, 2, 2, 3, 3).Union());
  file.node(39, {z, file.ints({0, 3, 1, 2})}, {turned});
  file.node(40, {turned, file.ints({2, 3})}, {vector}, tfl::Options::ReducerOptions,
            tfl::CreateReducerOptions(raw, false).Union());
  return file.build({vector});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto write = [&](const char* name, const std::vector<uint8_t>& bytes) {
    std::ofstream(std::string(argv[1]) + "/" + name, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  };
  write("int8.tflite", integers(tfl::ElementType::int8));
  write("uint8.tflite", integers(tfl::ElementType::uint8));
  write("float16-weights.tflite", floats());
}

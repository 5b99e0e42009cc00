// SPDX-License-Identifier: Apache-2.0
/// @file Writes the small networks that the fuzz target starts from: `make_tflite_seeds FOLDER`.
#include "fuzz/write_seed.h"
#include "unit/tflite/builder.h"

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

/// What moves numbers: transposed convolution, resizing, slices, parts and rows, blocks, gathering, mirrors.
std::vector<uint8_t> moves() {
  TfliteBuilder file;
  auto& raw = file.raw();
  const auto map = [&](int32_t side, int32_t depth) { return file.tensor({1, side, side, depth}); };
  const int32_t x = map(16, 3), deep = map(8, 12), flat = map(16, 3), half = map(8, 3), wide = map(12, 3), near = map(6, 3);
  const int32_t cut = file.tensor({1, 3, 6, 3}), left = file.tensor({1, 3, 3, 3}), right = file.tensor({1, 3, 3, 3});
  const int32_t packed = file.tensor({2, 1, 3, 3, 3}), one = map(3, 3), two = map(3, 3), up = map(6, 2), mirrored = map(8, 2),
                some = map(8, 3), result = file.tensor({1, 3});
  file.node(26, {x}, {deep}, tfl::Options::SpaceToDepthOptions, tfl::CreateSpaceToDepthOptions(raw, 2).Union());
  file.node(5, {deep}, {flat}, tfl::Options::DepthToSpaceOptions, tfl::CreateDepthToSpaceOptions(raw, 2).Union());
  file.node(45, {flat, file.ints({0, 0, 0, 0}), file.ints({1, 16, 16, 3}), file.ints({1, 2, 2, 1})}, {half},
            tfl::Options::StridedSliceOptions, tfl::CreateStridedSliceOptions(raw, 1, 1, 0, 0, 0).Union());
  file.node(23, {half, file.ints({12, 12})}, {wide}, tfl::Options::ResizeBilinearOptions,
            tfl::CreateResizeBilinearOptions(raw, false, true).Union());
  file.node(97, {wide, file.ints({6, 6})}, {near});
  file.node(65, {near, file.ints({0, 1, 0, 0}), file.ints({1, 3, 6, 3})}, {cut});
  file.node(49, {file.ints({2}), cut}, {left, right}, tfl::Options::SplitOptions, tfl::CreateSplitOptions(raw, 2).Union());
  file.node(83, {left, right}, {packed}, tfl::Options::PackOptions, tfl::CreatePackOptions(raw, 2, 0).Union());
  file.node(88, {packed}, {one, two}, tfl::Options::UnpackOptions, tfl::CreateUnpackOptions(raw, 2, 0).Union());
  file.node(67, {file.ints({1, 6, 6, 2}), file.floats({2, 2, 2, 3}, std::vector<float>(24, 0.25F)), one}, {up},
            tfl::Options::TransposeConvOptions, tfl::CreateTransposeConvOptions(raw, tfl::Padding::valid, 2, 2).Union());
  file.node(100, {up, file.tensor({4, 2}, tfl::ElementType::int32, std::nullopt,
                                  TfliteBuilder::bytesOf(std::vector<int32_t>{0, 0, 1, 1, 1, 1, 0, 0}))}, {mirrored},
            tfl::Options::MirrorPadOptions, tfl::CreateMirrorPadOptions(raw, 0).Union());
  file.node(36, {mirrored, file.ints({1, 0, 1})}, {some}, tfl::Options::GatherOptions, tfl::CreateGatherOptions(raw, 3, 0).Union());
  file.node(82, {some, file.ints({1, 2})}, {result}, tfl::Options::ReducerOptions, tfl::CreateReducerOptions(raw, false).Union());
  return file.build({result});
}

/// Dilated convolutions by batches, a pooling of squares, repetition.
std::vector<uint8_t> batches() {
  TfliteBuilder file;
  auto& raw = file.raw();
  const int32_t x = file.tensor({1, 16, 16, 3}), cut = file.tensor({6, 10, 7, 3}), own = file.tensor({6, 10, 7, 3}), sums = file.tensor({6, 8, 5, 4});
  const int32_t whole = file.tensor({1, 15, 15, 4}), roots = file.tensor({1, 7, 7, 4}), result = file.tensor({1, 7, 14, 12});
  file.node(38, {x, file.ints({2, 3}), file.ints({2, 2, 3, 2})}, {cut});
  file.node(4, {cut, file.floats({1, 3, 3, 3}, std::vector<float>(27, 0.25F))}, {own}, tfl::Options::DepthwiseConvOptions,
            tfl::CreateDepthwiseConvOptions(raw, tfl::Padding::same, 1, 1, 1, tfl::Activation::relu).Union());
  file.conv({own, file.floats({4, 3, 3, 3}, std::vector<float>(108, 0.125F))}, sums, tfl::Padding::valid);
  file.node(37, {sums, file.ints({2, 3}), file.ints({1, 0, 0, 0})}, {whole});
  file.node(12, {whole}, {roots}, tfl::Options::PoolOptions, tfl::CreatePoolOptions(raw, tfl::Padding::valid, 2, 2, 2, 2).Union());
  file.node(69, {roots, file.ints({1, 1, 2, 3})}, {result});
  return file.build({result});
}

/// Arithmetic in floats: functions, two operands that broadcast, products of matrices, normalisation.
std::vector<uint8_t> arithmetic() {
  TfliteBuilder file;
  auto& raw = file.raw();
  const auto map = [&](int32_t side, int32_t depth) { return file.tensor({1, side, side, depth}); };
  const int32_t x = map(16, 3);
  int32_t last = x;
  for (int32_t code : {101, 92, 14, 117, 28, 111, 59, 47}) {  // |x|, x^2, logistic, hard swish, tanh, elu, -x, exp
    const int32_t next = map(16, 3);
    file.node(code, {last}, {next});
    last = next;
  }
  const int32_t a = map(16, 3), b = map(16, 3), c = map(16, 3), d = map(16, 3), e = map(16, 3), f = map(16, 16);
  const int32_t row = file.tensor({1, 16}), scores = file.tensor({1, 16});
  file.node(41, {last, x}, {a}, tfl::Options::SubOptions, tfl::CreateSubOptions(raw, tfl::Activation::relu).Union());
  file.node(42, {a, file.floats({1}, {2.0F})}, {b}, tfl::Options::DivOptions, tfl::CreateDivOptions(raw).Union());
  file.node(54, {b, file.floats({1, 1, 3}, {0.1F, 0.2F, 0.3F})}, {c});
  file.node(55, {c, file.floats({3}, {0.0F, 1.0F, 2.0F})}, {d});
  file.node(98, {d}, {e}, tfl::Options::LeakyReluOptions, tfl::CreateLeakyReluOptions(raw, 0.1F).Union());
  file.node(126, {e, file.floats({1, 1, 3, 16}, std::vector<float>(48, 0.125F))}, {f}, tfl::Options::BatchMatMulOptions,
            tfl::CreateBatchMatMulOptions(raw, false, false).Union());
  file.node(74, {f, file.ints({1, 2})}, {row}, tfl::Options::ReducerOptions, tfl::CreateReducerOptions(raw, false).Union());
  file.node(50, {row}, {scores});
  return file.build({scores});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto write = [&](const char* name, const std::vector<uint8_t>& bytes) {
    pith::test::writeSeed(std::string(argv[1]) + "/" + name, bytes);
  };
  write("int8.tflite", integers(tfl::ElementType::int8));
  write("uint8.tflite", integers(tfl::ElementType::uint8));
  write("float16-weights.tflite", floats());
  write("moves.tflite", moves());
  write("arithmetic.tflite", arithmetic());
  write("batches.tflite", batches());
}

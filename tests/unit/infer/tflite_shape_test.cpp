// SPDX-License-Identifier: Apache-2.0
// What TensorFlow Lite moves, cuts, repeats and resizes, against its definitions.
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

const Ints picture{1, 4, 6, 4};

/// The output has at each place what the input has at another.
void expectMoved(OneOperator& net, const Ints& output, const std::function<Ints(const Ints&)>& source, const Ints& input = picture) {
  const Doubles x = noise(countOf(input));
  Doubles expected;
  forEach(output, [&](const Ints& place) { expected.push_back(x[at(input, source(place))]); });
  expectNear(net.run(x), expected, 0);
}

void slice(OneOperator& net, const Ints& begins, const Ints& ends, const Ints& steps, const Ints& output,
           const std::vector<int32_t>& masks = {0, 0, 0, 0, 0}, bool isOffset = false) {
  net.node(45, {net.x, net.file.ints(begins), net.file.ints(ends), net.file.ints(steps)}, output,
           tfl::CreateStridedSliceOptions(net.file.raw(), masks[0], masks[1], masks[2], masks[3], masks[4], isOffset));
}

TEST(TfliteShape, StridedSlices) {
  OneOperator steps(picture);
  slice(steps, {0, 1, -1, 0}, {1, 4, -6, 4}, {1, 2, -2, 1}, {1, 2, 3, 4});
  expectMoved(steps, {1, 2, 3, 4}, [](const Ints& p) { return Ints{0, 1 + 2 * p[1], 5 - 2 * p[2], p[3]}; });
  OneOperator masks(picture);  // open at the beginning of axes 1 and 2, at the end of axes 2 and 3
  slice(masks, {0, 3, 2, 1}, {1, 2, 0, 2}, {1, 1, -1, 1}, {1, 2, 6, 3}, {6, 12, 0, 0, 0});
  expectMoved(masks, {1, 2, 6, 3}, [](const Ints& p) { return Ints{0, p[1], 5 - p[2], 1 + p[3]}; });
  OneOperator beyond(picture);  // what lies outside ends at the border, and axes that are not named are whole
  slice(beyond, {0, -99}, {1, 99}, {1, 3}, {1, 2, 6, 4});
  expectMoved(beyond, {1, 2, 6, 4}, [](const Ints& p) { return Ints{0, 3 * p[1], p[2], p[3]}; });
  OneOperator shrunk(picture);  // one place of axes 0, 1 and 3, whatever the end is
  slice(shrunk, {0, -1, 0, 2}, {1, 0, 6, 0}, {1, 1, 1, 1}, {6}, {0, 0, 0, 0, 11});
  expectMoved(shrunk, {6}, [](const Ints& p) { return Ints{0, 3, p[0], 2}; });
  OneOperator offset(picture);  // ends count from the beginnings
  slice(offset, {0, 1, -2, 0}, {1, 2, 2, 4}, {1, 1, 1, 1}, {1, 2, 2, 4}, {0, 0, 0, 0, 0}, true);
  expectMoved(offset, {1, 2, 2, 4}, [](const Ints& p) { return Ints{0, 1 + p[1], 4 + p[2], p[3]}; });
}

TEST(TfliteShape, RefusesSlicesThatAreNone) {
  const auto codeOf = [](const Ints& begins, const Ints& ends, const Ints& steps, const std::vector<int32_t>& masks) {
    OneOperator net(picture);
    slice(net, begins, ends, steps, {}, masks);
    return net.refusal();
  };
  EXPECT_EQ(codeOf({0, 0, 0, 0}, {1, 2, 2, 2}, {1, 1, 1, 1}, {0, 0, 0, 0, 0}), ErrorCode::internalError);  // this one runs
  EXPECT_EQ(codeOf({0, 0, 0, 0}, {1, 2, 2, 2}, {1, 1, 1, 1}, {0, 0, 1, 0, 0}), ErrorCode::unsupportedOperator);
  EXPECT_EQ(codeOf({0, 0, 0, 0}, {1, 2, 2, 2}, {1, 1, 1, 1}, {0, 0, 0, 2, 0}), ErrorCode::unsupportedOperator);
  EXPECT_EQ(codeOf({0, 2, 0, 0}, {1, 2, 2, 2}, {1, 1, 1, 1}, {0, 0, 0, 0, 0}), ErrorCode::unsupportedShape);
  EXPECT_EQ(codeOf({0, 0, 0, 0}, {1, 2, 2, 2}, {1, 0, 1, 1}, {0, 0, 0, 0, 0}), ErrorCode::corruptModel);
  EXPECT_EQ(codeOf({0, 4, 0, 0}, {1, 5, 2, 2}, {1, 1, 1, 1}, {0, 0, 0, 0, 2}), ErrorCode::corruptModel);
  EXPECT_EQ(codeOf({0, 0, 0}, {1, 2, 2, 2}, {1, 1, 1, 1}, {0, 0, 0, 0, 0}), ErrorCode::corruptModel);
}

TEST(TfliteShape, SlicesSplitsAndUnpacks) {
  OneOperator sliced(picture);
  sliced.node(65, {sliced.x, sliced.file.ints({0, 1, 2, 3}), sliced.file.ints({1, 2, -1, 1})}, {1, 2, 4, 1});
  expectMoved(sliced, {1, 2, 4, 1}, [](const Ints& p) { return Ints{0, 1 + p[1], 2 + p[2], 3}; });

  struct Parts {
    int32_t code, axis;
    Ints sizes;
  };
  const Doubles x = noise(countOf(picture));
  for (const Parts& parts : {Parts{49, 2, {2, 2, 2}}, Parts{49, 3, {2, 2}}, Parts{102, -1, {1, 3}},
                             Parts{102, 1, {1, -1, 1}}, Parts{88, 3, {1, 1, 1, 1}}, Parts{88, -3, {1, 1, 1, 1}}}) {
    SCOPED_TRACE(std::to_string(parts.code) + " along " + std::to_string(parts.axis));
    OneOperator net(picture);
    const auto axis = static_cast<size_t>((parts.axis + 4) % 4);
    const bool drops = parts.code == 88;
    Ints outputs;
    for (int32_t size : parts.sizes) {
      Ints shape = picture;
      shape[axis] = size == -1 ? 2 : size;
      if (drops) shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
      outputs.push_back(net.file.tensor(shape));
    }
    const int32_t named = net.file.ints({parts.axis});
    if (parts.code == 49) net.file.node(49, {named, net.x}, outputs);
    if (parts.code == 102) net.file.node(102, {net.x, net.file.ints(parts.sizes), named}, outputs);
    if (drops)
      net.file.node(88, {net.x}, outputs, tfl::Options::UnpackOptions,
                    tfl::CreateUnpackOptions(net.file.raw(), 4, parts.axis).Union());
    const auto seen = test::runTflite(net.file.build(outputs), picture, x, outputs.size());
    int32_t start = 0;
    for (size_t i = 0; i < seen.size(); ++i) {
      Ints shape = picture;
      shape[axis] = parts.sizes[i] == -1 ? 2 : parts.sizes[i];
      Doubles expected;
      forEach(shape, [&](const Ints& place) {
        Ints from = place;
        from[axis] += start;
        expected.push_back(x[at(picture, from)]);
      });
      expectNear(seen[i], expected, 0);
      start += shape[axis];
    }
  }
}

TEST(TfliteShape, PacksAndGathers) {
  OneOperator packed(picture);
  const int32_t row = packed.file.tensor({4, 6, 4});
  packed.file.node(22, {packed.x, packed.file.ints({4, 6, 4})}, {row});
  packed.node(83, {row, row}, {4, 6, 2, 4}, tfl::CreatePackOptions(packed.file.raw(), 2, 2));
  expectMoved(packed, {4, 6, 2, 4}, [](const Ints& p) { return Ints{0, p[0], p[1], p[3]}; });

  OneOperator channels(picture);
  channels.node(36, {channels.x, channels.file.ints({3, 0, 3})}, {1, 4, 6, 3},
                tfl::CreateGatherOptions(channels.file.raw(), 3, 0));
  expectMoved(channels, {1, 4, 6, 3}, [](const Ints& p) { return Ints{0, p[1], p[2], Ints{3, 0, 3}[static_cast<size_t>(p[3])]}; });
  OneOperator table(picture);  // a table of indices brings two axes
  const int32_t indices = table.file.tensor({2, 2}, tfl::ElementType::int32, std::nullopt,
                                            test::TfliteBuilder::bytesOf(Ints{5, 1, 0, 2}));
  table.node(36, {table.x, indices}, {1, 4, 2, 2, 4}, tfl::CreateGatherOptions(table.file.raw(), 2, 0));
  expectMoved(table, {1, 4, 2, 2, 4}, [](const Ints& p) { return Ints{0, p[1], Ints{5, 1, 0, 2}[static_cast<size_t>(2 * p[2] + p[3])], p[4]}; });
  OneOperator one(picture);  // a single index without axes drops its axis
  const int32_t index = one.file.tensor({}, tfl::ElementType::int32, std::nullopt, test::TfliteBuilder::bytesOf(Ints{2}));
  one.node(36, {one.x, index}, {1, 6, 4}, tfl::CreateGatherOptions(one.file.raw(), -3, 0));
  expectMoved(one, {1, 6, 4}, [](const Ints& p) { return Ints{0, 2, p[1], p[2]}; });
  OneOperator outside(picture);
  outside.node(36, {outside.x, outside.file.ints({0, -1})}, {1, 4, 6, 2}, tfl::CreateGatherOptions(outside.file.raw(), 3, 0));
  EXPECT_EQ(outside.refusal(), ErrorCode::corruptModel);
  OneOperator batched(picture);
  batched.node(36, {batched.x, batched.file.ints({0})}, {1, 4, 6, 1}, tfl::CreateGatherOptions(batched.file.raw(), 1, 1));
  EXPECT_EQ(batched.refusal(), ErrorCode::unsupportedOperator);
}

/// [N, H, W, C] becomes [N, H * W, C] by arithmetic on its shape, as converters write it.
TEST(TfliteShape, ComputesShapesWhenAFileIsRead) {
  OneOperator net(picture);
  auto& file = net.file;
  const auto whole = tfl::ElementType::int32;
  const int32_t shape = file.tensor({4}, whole), n = file.tensor({}, whole), places = file.tensor({2}, whole),
                area = file.tensor({1}, whole), halved = file.tensor({}, whole), twice = file.tensor({}, whole),
                target = file.tensor({3}, whole);
  const auto part = [&](const Ints& begins, const Ints& ends, int32_t shrink, int32_t to) {
    file.node(45, {shape, file.ints(begins), file.ints(ends), file.ints({1})}, {to}, tfl::Options::StridedSliceOptions,
              tfl::CreateStridedSliceOptions(file.raw(), 0, 0, 0, 0, shrink).Union());
  };
  file.node(77, {net.x}, {shape});
  part({0}, {1}, 1, n);
  part({1}, {3}, 0, places);
  file.node(81, {places, file.ints({0})}, {area}, tfl::Options::ReducerOptions, tfl::CreateReducerOptions(file.raw(), true).Union());
  const int32_t scalar = file.tensor({}, whole);
  file.node(43, {area}, {scalar});
  const auto constant = [&](int32_t number) {
    return file.tensor({}, whole, std::nullopt, test::TfliteBuilder::bytesOf(Ints{number}));
  };
  file.node(42, {scalar, constant(2)}, {halved});
  file.node(18, {halved, constant(2)}, {twice});
  file.node(83, {n, twice, constant(-1)}, {target}, tfl::Options::PackOptions, tfl::CreatePackOptions(file.raw(), 3, 0).Union());
  net.node(22, {net.x, target}, {1, 24, 4});
  expectMoved(net, {1, 24, 4}, [](const Ints& p) { return Ints{0, p[1] / 6, p[1] % 6, p[2]}; });
}

/// Constants are cut in the file's order, also where they are maps.
TEST(TfliteShape, ReshapesAndComputesConstants) {
  OneOperator net(picture);
  auto& file = net.file;
  const Doubles c = noise(24, 3);
  const int32_t map = file.floats({1, 2, 3, 4}, floatsOf(c)), cut = file.tensor({1, 6, 4}), doubled = file.tensor({1, 6, 4});
  file.node(22, {map, file.ints({1, 6, 4})}, {cut});
  file.node(0, {cut, cut}, {doubled});
  net.node(41, {net.x, doubled}, picture);
  const Doubles x = noise(countOf(picture));
  Doubles expected;
  forEach(picture, [&](const Ints& p) { expected.push_back(x[at(picture, p)] - 2 * c[at({6, 4}, {p[2], p[3]})]); });
  expectNear(net.run(x), expected);
}

TEST(TfliteShape, CastsConstantsAndFloats) {
  OneOperator net(picture);
  auto& file = net.file;
  const int32_t cast = file.tensor({4}), same = file.tensor(picture);
  file.node(53, {file.ints({1, -2, 3, 40})}, {cast});
  file.node(53, {net.x}, {same});
  net.node(0, {same, cast}, picture);
  const Doubles x = noise(countOf(picture));
  Doubles expected;
  for (size_t i = 0; i < x.size(); ++i) expected.push_back(x[i] + Doubles{1, -2, 3, 40}[i % 4]);
  expectNear(net.run(x), expected);
  OneOperator whole(picture);
  whole.y = whole.file.tensor(picture, tfl::ElementType::int32);
  whole.file.node(53, {whole.x}, {whole.y});
  EXPECT_EQ(whole.refusal(), ErrorCode::unsupportedDataType);
  OneOperator mixed(picture);
  mixed.node(0, {mixed.x, mixed.file.ints({1, 2, 3, 4})}, picture);
  EXPECT_EQ(mixed.refusal(), ErrorCode::unsupportedDataType);
  OneOperator kernels(picture);  // whole numbers for weights
  const int32_t whole4 = kernels.file.tensor({3, 1, 1, 4}, tfl::ElementType::int32, std::nullopt, std::vector<uint8_t>(48));
  kernels.node(67, {kernels.file.ints({1, 4, 6, 3}), whole4, kernels.x}, {1, 4, 6, 3},
               tfl::CreateTransposeConvOptions(kernels.file.raw(), tfl::Padding::same, 1, 1));
  EXPECT_EQ(kernels.refusal(), ErrorCode::unsupportedDataType);
}

TEST(TfliteShape, MovesBlocks) {
  OneOperator depth(picture);
  depth.node(5, {depth.x}, {1, 8, 12, 1}, tfl::CreateDepthToSpaceOptions(depth.file.raw(), 2));
  expectMoved(depth, {1, 8, 12, 1}, [](const Ints& p) { return Ints{0, p[1] / 2, p[2] / 2, p[1] % 2 * 2 + p[2] % 2}; });
  const Ints wide{1, 2, 3, 8};
  OneOperator deeper(wide);
  deeper.node(5, {deeper.x}, {1, 4, 6, 2}, tfl::CreateDepthToSpaceOptions(deeper.file.raw(), 2));
  expectMoved(deeper, {1, 4, 6, 2}, [](const Ints& p) { return Ints{0, p[1] / 2, p[2] / 2, (p[1] % 2 * 2 + p[2] % 2) * 2 + p[3]}; }, wide);
  OneOperator space(picture);
  space.node(26, {space.x}, {1, 2, 3, 16}, tfl::CreateSpaceToDepthOptions(space.file.raw(), 2));
  expectMoved(space, {1, 2, 3, 16}, [](const Ints& p) { return Ints{0, p[1] * 2 + p[3] / 8, p[2] * 2 + p[3] / 4 % 2, p[3] % 4}; });
  OneOperator odd(picture);
  odd.node(26, {odd.x}, {1, 1, 2, 36}, tfl::CreateSpaceToDepthOptions(odd.file.raw(), 3));
  EXPECT_EQ(odd.refusal(), ErrorCode::corruptModel);
}

TEST(TfliteShape, Broadcasts) {
  const Ints column{1, 4, 1, 4};
  OneOperator net(column);
  net.node(130, {net.x, net.file.ints({1, 4, 3, 4})}, {1, 4, 3, 4});
  expectMoved(net, {1, 4, 3, 4}, [](const Ints& p) { return Ints{0, p[1], 0, p[3]}; }, column);
}

TEST(TfliteShape, Repeats) {
  for (const Ints& times : {Ints{1, 1, 1, 1}, Ints{1, 1, 1, 3}, Ints{1, 2, 1, 1}, Ints{1, 3, 2, 2}, Ints{2, 1, 2, 1}}) {
    SCOPED_TRACE(shapeText(Shape(times.begin(), times.end())));
    OneOperator net(picture);
    Ints output = picture;
    for (size_t axis = 0; axis < 4; ++axis) output[axis] *= times[axis];
    net.node(69, {net.x, net.file.ints(times)}, output);
    expectMoved(net, output, [](const Ints& p) { return Ints{0, p[1] % 4, p[2] % 6, p[3] % 4}; });
  }
  OneOperator constant(picture);  // a constant column, and a shape's arithmetic
  const Doubles c = noise(4, 3);
  const int32_t rows = constant.file.tensor({1, 6, 4}), target = constant.file.tensor({4}, tfl::ElementType::int32);
  constant.file.node(69, {constant.file.floats({1, 1, 4}, floatsOf(c)), constant.file.ints({1, 6, 1})}, {rows});
  constant.file.node(69, {constant.file.ints({4, 6}), constant.file.ints({2})}, {target});
  const int32_t sum = constant.file.tensor(picture);
  constant.file.node(0, {constant.x, rows}, {sum});
  const int32_t twice = constant.file.tensor({1, 4, 6, 24});
  constant.file.node(69, {sum, constant.file.ints({1, 1, 1, 6})}, {twice});
  constant.node(22, {twice, target}, {4, 6, 4, 6});
  const Doubles x = noise(countOf(picture));
  Doubles expected;
  forEach({1, 4, 6, 24}, [&](const Ints& p) { expected.push_back(x[at(picture, {0, p[1], p[2], p[3] % 4})] + c[static_cast<size_t>(p[3] % 4)]); });
  expectNear(constant.run(x), expected);
}

TEST(TfliteShape, RefusesToRepeatTooOftenOrNever) {
  const auto codeOf = [](const Ints& times) {
    OneOperator net(picture);
    net.node(69, {net.x, net.file.ints(times)}, {});
    return net.refusal();
  };
  constexpr int32_t most = std::numeric_limits<int32_t>::max();
  EXPECT_EQ(codeOf({1, 1, 2, 1}), ErrorCode::internalError);  // this one runs
  EXPECT_EQ(codeOf({1, 0, 2, 1}), ErrorCode::corruptModel);
  EXPECT_EQ(codeOf({1, -2, 2, 1}), ErrorCode::corruptModel);
  EXPECT_EQ(codeOf({1, 1, most, 1}), ErrorCode::corruptModel);
  EXPECT_EQ(codeOf({1, 1, 1 << 18, 1}), ErrorCode::corruptModel);
  EXPECT_EQ(codeOf({1 << 14, 1 << 14, 1 << 14, 1 << 14}), ErrorCode::modelTooLarge);
  EXPECT_EQ(codeOf({2, 1, 1}), ErrorCode::corruptModel);
  EXPECT_EQ(codeOf({1, 1, 2, 1, 1}), ErrorCode::corruptModel);
  OneOperator computed(picture);
  computed.node(69, {computed.x, computed.x}, {});
  EXPECT_EQ(computed.refusal(), ErrorCode::unsupportedShape);
  OneOperator wide(picture);  // 2^62 of them
  const int32_t times = wide.file.tensor({4}, tfl::ElementType::int64, std::nullopt,
                                         test::TfliteBuilder::bytesOf(std::vector<int64_t>{1, 1, 1, int64_t{1} << 62}));
  wide.node(69, {wide.x, times}, {});
  EXPECT_EQ(wide.refusal(), ErrorCode::corruptModel);
}

/// The two examples of TensorFlow's documentation of tf.pad.
TEST(TfliteShape, MirrorsBorders) {
  const Ints shape{1, 2, 3, 1};
  const Doubles x{1, 2, 3, 4, 5, 6};
  const auto padded = [&](int8_t mode) {
    OneOperator net(shape);
    const int32_t pads = net.file.tensor({4, 2}, tfl::ElementType::int32, std::nullopt,
                                         test::TfliteBuilder::bytesOf(Ints{0, 0, 1, 1, 2, 2, 0, 0}));
    net.node(100, {net.x, pads}, {1, 4, 7, 1}, tfl::CreateMirrorPadOptions(net.file.raw(), mode));
    return net.run(x);
  };
  expectNear(padded(0), {6, 5, 4, 5, 6, 5, 4, 3, 2, 1, 2, 3, 2, 1, 6, 5, 4, 5, 6, 5, 4, 3, 2, 1, 2, 3, 2, 1}, 0);
  expectNear(padded(1), {2, 1, 1, 2, 3, 3, 2, 2, 1, 1, 2, 3, 3, 2, 5, 4, 4, 5, 6, 6, 5, 5, 4, 4, 5, 6, 6, 5}, 0);
  OneOperator wide(shape);
  const int32_t pads = wide.file.tensor({4, 2}, tfl::ElementType::int32, std::nullopt,
                                        test::TfliteBuilder::bytesOf(Ints{0, 0, 2, 0, 0, 0, 0, 0}));
  wide.node(100, {wide.x, pads}, {1, 4, 3, 1}, tfl::CreateMirrorPadOptions(wide.file.raw(), 0));
  EXPECT_EQ(wide.refusal(), ErrorCode::corruptModel);
}

enum class Grid : uint8_t { plain, corners, centres };
constexpr Grid grids[] = {Grid::plain, Grid::corners, Grid::centres};

/// The place in the input, as a fraction of whole numbers: by how many it is divided, and the number itself.
struct Fraction {
  int64_t top, bottom;
  [[nodiscard]] int64_t floor() const { return top >= 0 ? top / bottom : -((-top + bottom - 1) / bottom); }
};
Fraction placeOf(Grid grid, int64_t i, int64_t from, int64_t to) {
  if (grid == Grid::corners && to > 1) return {i * (from - 1), to - 1};
  if (grid == Grid::centres) return {(2 * i + 1) * from - to, 2 * to};
  return {i * from, to};
}

int64_t nearestOf(Grid grid, int64_t i, int64_t from, int64_t to) {
  if (grid == Grid::plain) return i * from / to;
  if (grid == Grid::centres) return std::min((2 * i + 1) * from / (2 * to), from - 1);
  const Fraction place = placeOf(grid, i, from, to);
  return std::min((2 * place.top + place.bottom) / (2 * place.bottom), from - 1);  // halves go up
}

template <typename Options>
OneOperator resized(int32_t code, const Ints& size, flatbuffers::Offset<Options> (*create)(flatbuffers::FlatBufferBuilder&, bool, bool), Grid grid) {
  OneOperator net(picture);
  net.node(code, {net.x, net.file.ints(size)}, {1, size[0], size[1], 4},
           create(net.file.raw(), grid == Grid::corners, grid == Grid::centres));
  return net;
}

TEST(TfliteShape, ResizesToTheNearest) {
  for (const Grid grid : grids) {
    for (const Ints& size : {Ints{8, 12}, Ints{7, 4}, Ints{2, 9}, Ints{4, 1}, Ints{1, 1}, Ints{4, 6}}) {
      SCOPED_TRACE(std::to_string(static_cast<int>(grid)) + " " + std::to_string(size[0]) + " x " + std::to_string(size[1]));
      OneOperator net = resized<tfl::ResizeNearestOptions>(97, size, &tfl::CreateResizeNearestOptions, grid);
      expectMoved(net, {1, size[0], size[1], 4}, [&](const Ints& p) {
        return Ints{0, static_cast<int32_t>(nearestOf(grid, p[1], 4, size[0])), static_cast<int32_t>(nearestOf(grid, p[2], 6, size[1])), p[3]};
      });
    }
  }
}

TEST(TfliteShape, ResizesBilinearly) {
  const Doubles x = noise(countOf(picture));
  for (const Grid grid : grids) {
    for (const Ints& size : {Ints{8, 12}, Ints{7, 4}, Ints{2, 9}, Ints{4, 1}, Ints{1, 1}, Ints{4, 6}, Ints{4, 13}}) {
      SCOPED_TRACE(std::to_string(static_cast<int>(grid)) + " " + std::to_string(size[0]) + " x " + std::to_string(size[1]));
      OneOperator net = resized<tfl::ResizeBilinearOptions>(23, size, &tfl::CreateResizeBilinearOptions, grid);
      Doubles expected;
      forEach({1, size[0], size[1], 4}, [&](const Ints& p) {
        double sum = 0;
        const Fraction y = placeOf(grid, p[1], 4, size[0]), z = placeOf(grid, p[2], 6, size[1]);
        for (int32_t down = 0; down < 2; ++down) {
          for (int32_t across = 0; across < 2; ++across) {
            const auto weight = [](const Fraction& f, int32_t second) {
              const double rest = static_cast<double>(f.top) / static_cast<double>(f.bottom) - static_cast<double>(f.floor());
              return second ? rest : 1 - rest;
            };
            const auto row = static_cast<int32_t>(std::clamp<int64_t>(y.floor() + down, 0, 3));
            const auto column = static_cast<int32_t>(std::clamp<int64_t>(z.floor() + across, 0, 5));
            sum += weight(y, down) * weight(z, across) * x[at(picture, {0, row, column, p[3]})];
          }
        }
        expected.push_back(sum);
      });
      expectNear(net.run(x), expected);
    }
  }
}

TEST(TfliteShape, RefusesTwoGridsAtOnce) {
  OneOperator net(picture);
  net.node(23, {net.x, net.file.ints({8, 8})}, {1, 8, 8, 4}, tfl::CreateResizeBilinearOptions(net.file.raw(), true, true));
  EXPECT_EQ(net.refusal(), ErrorCode::corruptModel);
}

/// Every element of the input is spread by the weights; what falls outside is lost.
TEST(TfliteShape, TransposedConvolution) {
  struct Case {
    tfl::Padding padding;
    int32_t kernel, stride;
    Ints output;
    int32_t top, left;  // the padding before, by hand
  };
  const Case cases[] = {{tfl::Padding::same, 3, 2, {8, 12}, 0, 0},   {tfl::Padding::same, 3, 2, {7, 11}, 1, 1},
                        {tfl::Padding::same, 4, 2, {8, 12}, 1, 1},   {tfl::Padding::valid, 3, 2, {9, 13}, 0, 0},
                        {tfl::Padding::valid, 2, 2, {8, 12}, 0, 0},  {tfl::Padding::same, 3, 1, {4, 6}, 1, 1},
                        {tfl::Padding::valid, 3, 2, {10, 14}, 0, 0}, {tfl::Padding::same, 2, 3, {12, 18}, 0, 0}};
  const Doubles x = noise(countOf(picture));
  for (const Case& one : cases) {
    SCOPED_TRACE(std::to_string(one.kernel) + " by " + std::to_string(one.stride) + " to " + std::to_string(one.output[0]));
    const Ints weights{3, one.kernel, one.kernel, 4}, output{1, one.output[0], one.output[1], 3};
    const Doubles w = noise(countOf(weights), 4), bias{0.5, -1, 0.25};
    OneOperator net(picture);
    net.node(67, {net.file.ints(output), net.file.floats(weights, floatsOf(w)), net.x, net.file.floats({3}, floatsOf(bias))},
             output, tfl::CreateTransposeConvOptions(net.file.raw(), one.padding, one.stride, one.stride, tfl::Activation::relu));
    Doubles expected(countOf(output));
    forEach(output, [&](const Ints& p) { expected[at(output, p)] = bias[static_cast<size_t>(p[3])]; });
    forEach(picture, [&](const Ints& p) {
      forEach(weights, [&](const Ints& k) {
        if (k[3] != p[3]) return;
        const int32_t row = p[1] * one.stride - one.top + k[1], column = p[2] * one.stride - one.left + k[2];
        if (row < 0 || column < 0 || row >= output[1] || column >= output[2]) return;
        expected[at(output, {0, row, column, k[0]})] += x[at(picture, p)] * w[at(weights, k)];
      });
    });
    for (double& number : expected) number = std::max(number, 0.0);
    expectNear(net.run(x), expected, 1e-5);
  }
  OneOperator net(picture);
  net.node(67, {net.file.ints({1, 20, 12, 3}), net.file.floats({3, 3, 3, 4}, std::vector<float>(108)), net.x}, {1, 20, 12, 3},
           tfl::CreateTransposeConvOptions(net.file.raw(), tfl::Padding::same, 2, 2));
  EXPECT_EQ(net.refusal(), ErrorCode::corruptModel);
}

}  // namespace
}  // namespace pith

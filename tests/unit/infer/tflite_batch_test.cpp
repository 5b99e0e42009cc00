// SPDX-License-Identifier: Apache-2.0
// Dilated convolutions as TensorFlow's converters write them, by batches of blocks: one convolution of a whole map has the numbers
// of many of its batches.
#include "unit/infer/tflite_batches.h"

namespace pith {
namespace {

using test::batchToSpace;
using test::border;
using test::countOf;
using test::Doubles;
using test::expectNear;
using test::floatsOf;
using test::Ints;
using test::Kernel;
using test::Maps;
using test::noise;
using test::OneOperator;
using test::spaceToBatch;
namespace tfl = test::tfl;

const Ints picture{1, 7, 10, 3};

Kernel kernelOf(const Ints& shape, bool isSame = false, int32_t dilation = 1) {
  Kernel kernel{shape, noise(countOf(shape), 5), {}, shape[0] == 1, isSame, dilation};
  kernel.bias = noise(static_cast<size_t>(kernel.outputs()), 6);
  return kernel;
}

/// The three operators, one behind the other, and what may stand between them.
class Batched : public OneOperator {
 public:
  Batched(Ints ofBlock, Ints ofPads) : OneOperator(picture), maps{picture, noise(countOf(picture))}, input(maps.numbers), block(std::move(ofBlock)) {
    maps = spaceToBatch(maps, block, ofPads);
    node(38, {x, file.ints(block), border(file, ofPads)}, maps.shape);
  }
  void conv(const Kernel& kernel, tfl::Activation activation = tfl::Activation::none, int32_t stride = 1) {
    maps = kernel.of(maps);
    const int32_t from = y;
    y = file.tensor(maps.shape);
    const int32_t weights = file.floats(kernel.shape, floatsOf(kernel.weights)), bias = file.floats({kernel.outputs()}, floatsOf(kernel.bias));
    kernel.write(file, {from, weights, bias}, y, activation, stride);
  }
  void map(int32_t code, const Ints& inputs, const std::function<double(double number, size_t channel)>& function) {
    node(code, inputs, maps.shape);
    for (size_t i = 0; i < maps.numbers.size(); ++i) maps.numbers[i] = function(maps.numbers[i], i % static_cast<size_t>(maps.shape[3]));
  }
  void together(const Ints& crops) {
    maps = batchToSpace(maps, block, crops);
    node(37, {y, file.ints(block), border(file, crops)}, maps.shape);
  }
  void expectSame() { expectNear(run(input), maps.numbers, 1e-5); }
  /// What is left of the network when it was simplified.
  Graph simplified() {
    auto graph = importTflite(file.build({y}), {7, 10, 3}, Limits{});
    EXPECT_TRUE(graph.ok() && firstRefusal(*graph).ok() && simplify(*graph, Limits{}).ok());
    return std::move(*graph);
  }

  Maps maps;
  Doubles input;
  Ints block;
};

struct Case {
  Kernel kernel;
  Ints block, pads, crops;
};

/// As TensorFlow writes SAME and VALID; with SAME between; a dilation between; what is cut off beyond the padding.
TEST(TfliteBatch, ConvolvesBatches) {
  const Case cases[] = {{kernelOf({4, 3, 3, 3}), {2, 2}, {2, 3, 2, 2}, {0, 1, 0, 0}},
                        {kernelOf({1, 3, 3, 3}), {2, 2}, {2, 3, 2, 2}, {0, 1, 0, 0}},
                        {kernelOf({4, 3, 3, 3}), {2, 2}, {0, 1, 0, 0}, {0, 1, 0, 0}},
                        {kernelOf({2, 2, 3, 3}), {3, 2}, {1, 1, 0, 2}, {0, 0, 0, 1}},
                        {kernelOf({2, 3, 1, 3}), {3, 1}, {3, 5, 0, 0}, {0, 2, 0, 0}},
                        {kernelOf({4, 3, 3, 3}, true), {2, 2}, {0, 1, 0, 0}, {0, 1, 0, 0}},
                        {kernelOf({1, 2, 4, 3}, true), {2, 3}, {1, 0, 2, 0}, {0, 1, 1, 1}},
                        {kernelOf({4, 2, 2, 3}, true), {2, 2}, {1, 2, 2, 0}, {2, 1, 2, 1}},
                        {kernelOf({2, 3, 2, 3}, false, 2), {2, 3}, {2, 3, 1, 1}, {0, 1, 0, 2}},
                        {kernelOf({2, 2, 2, 3}, true, 3), {2, 3}, {2, 3, 1, 1}, {3, 1, 1, 2}},
                        {kernelOf({4, 3, 3, 3}), {1, 1}, {1, 2, 0, 1}, {1, 0, 0, 2}}};
  for (const Case& one : cases) {
    SCOPED_TRACE(shapeText(Shape(one.kernel.shape.begin(), one.kernel.shape.end())) + (one.kernel.isSame ? " same" : " valid"));
    Batched net(one.block, one.pads);
    net.conv(one.kernel, tfl::Activation::relu6);
    for (double& number : net.maps.numbers) number = std::clamp(number, 0.0, 6.0);
    net.together(one.crops);
    net.expectSame();
  }
}

TEST(TfliteBatch, BecomesOneConvolution) {
  Batched net({2, 3}, {2, 3, 3, 5});
  net.conv(kernelOf({4, 3, 3, 3}));
  net.together({0, 1, 0, 2});
  const Graph graph = net.simplified();
  ASSERT_EQ(graph.nodes.size(), 1U);
  const Window& window = std::get<ConvAttributes>(graph.nodes[0].attributes).window;
  EXPECT_EQ(window.dilation, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(window.pads, (std::vector<int64_t>{2, 3, 2, 3}));
  EXPECT_EQ(graph.tensor(graph.outputs[0]).shape, (Shape{1, 4, 7, 10}));
  net.expectSame();
  Batched cut({2, 2}, {0, 1, 0, 0});  // more than it pads
  cut.conv(kernelOf({4, 1, 1, 3}));
  cut.together({1, 1, 0, 0});
  EXPECT_EQ(cut.simplified().nodes.size(), 2U);
  cut.expectSame();
}

/// The border is zeros before anything is done to it.
TEST(TfliteBatch, FunctionsStandBetween) {
  Batched net({2, 2}, {2, 3, 2, 2});
  const Doubles c = noise(3, 8), d = noise(4, 9), slopes = noise(4, 10);
  net.map(14, {net.y}, [](double v, size_t) { return 1 / (1 + std::exp(-v)); });
  const int32_t curve = net.y;
  const Doubles curved = net.maps.numbers;
  net.map(18, {net.y, net.file.floats({3}, floatsOf(c))}, [&](double v, size_t k) { return v * c[k]; });
  net.node(0, {net.y, curve}, net.maps.shape);
  for (size_t i = 0; i < curved.size(); ++i) net.maps.numbers[i] += curved[i];
  net.conv(kernelOf({4, 3, 3, 3}));
  net.map(0, {net.file.floats({1, 1, 1, 4}, floatsOf(d)), net.y}, [&](double v, size_t k) { return v + d[k]; });
  net.map(54, {net.y, net.file.floats({1, 1, 4}, floatsOf(slopes))}, [&](double v, size_t k) { return v < 0 ? v * slopes[k] : v; });
  net.conv(kernelOf({1, 3, 3, 4}, true));
  net.map(19, {net.y}, [](double v, size_t) { return std::max(v, 0.0); });
  net.together({0, 1, 0, 0});
  net.expectSame();
}

/// Each of them as the one thing that is wrong.
TEST(TfliteBatch, RefusesBatchesThatAreNone) {
  const auto codeOf = [](const Ints& block, const Ints& pads, const Ints& crops, const Ints& backBlock) {
    OneOperator net(picture);
    net.node(38, {net.x, net.file.ints(block), net.file.ints(pads)}, {});
    net.node(37, {net.y, net.file.ints(backBlock), net.file.ints(crops)}, {});
    return net.refusal();
  };
  constexpr int32_t most = std::numeric_limits<int32_t>::max(), least = std::numeric_limits<int32_t>::min();
  EXPECT_EQ(codeOf({2, 2}, {0, 1, 0, 0}, {0, 1, 0, 0}, {2, 2}), ErrorCode::internalError);  // this one runs
  for (const Ints& block : {Ints{0, 2}, Ints{2, 0}, Ints{-2, 2}, Ints{3, 2}, Ints{2, most}, Ints{least, 2}})
    EXPECT_EQ(codeOf(block, {0, 1, 0, 0}, {0, 1, 0, 0}, block), ErrorCode::unsupportedShape) << block[0] << ", " << block[1];
  for (const Ints& pads : {Ints{-1, 0, 0, 0}, Ints{0, 1, 2, -2}, Ints{1, 1, 0, 0}, Ints{0, most, 0, 0}, Ints{least, 1, 0, 0}})
    EXPECT_EQ(codeOf({2, 2}, pads, {0, 0, 0, 0}, {2, 2}), ErrorCode::unsupportedShape) << pads[0] << ", " << pads[1];
  for (const Ints& crops : {Ints{-1, 0, 0, 0}, Ints{0, 1, 0, -1}, Ints{4, 4, 0, 0}, Ints{0, 0, 0, 11}, Ints{0, most, 0, 0}})
    EXPECT_EQ(codeOf({2, 2}, {0, 1, 0, 0}, crops, {2, 2}), ErrorCode::unsupportedShape) << crops[0] << ", " << crops[3];
  for (const Ints& block : {Ints{2}, Ints{2, 2, 1}})
    EXPECT_EQ(codeOf(block, {0, 1, 0, 0}, {0, 1, 0, 0}, block), ErrorCode::unsupportedShape);
  for (const Ints& pads : {Ints{0, 1}, Ints{0, 1, 0, 0, 0}})
    EXPECT_EQ(codeOf({2, 2}, pads, {0, 1, 0, 0}, {2, 2}), ErrorCode::unsupportedShape) << pads.size();
  EXPECT_EQ(codeOf({2, 2}, {0, 1, 0, 0}, {0, 1, 0, 0}, {2, 1}), ErrorCode::unsupportedShape);
  EXPECT_EQ(codeOf({1, 1}, {0, 1, 0, 0}, {0, 1, 0, 0}, {2, 2}), ErrorCode::unsupportedShape);  // no batches at all
  EXPECT_EQ(codeOf({1, 1}, {0, 1, 0, 0}, {0, 1, 0, 0}, {1, 1}), ErrorCode::internalError);        // a border, and nothing else
}

TEST(TfliteBatch, RefusesTensorsThatAreNoMaps) {
  OneOperator floats(picture);
  floats.node(38, {floats.x, floats.file.floats({2}, {2, 2}), floats.file.ints({0, 1, 0, 0})}, {});
  EXPECT_EQ(floats.refusal(), ErrorCode::unsupportedShape);
  OneOperator constant(picture);  // which would be the weights of all batches
  const int32_t block = constant.file.ints({2, 1}), none = constant.file.ints({0, 0, 0, 0});
  constant.node(38, {constant.file.floats({1, 2, 2, 3}, std::vector<float>(12, 1)), block, none}, {2, 1, 2, 3});
  constant.node(3, {constant.x, constant.y}, {}, tfl::CreateConvOptions(constant.file.raw(), tfl::Padding::valid, 1, 1));
  constant.node(37, {constant.y, block, none}, {});
  EXPECT_EQ(constant.refusal(), ErrorCode::unsupportedShape);
  OneOperator rows(picture);
  const int32_t row = rows.file.tensor({7, 10, 3});
  rows.file.node(22, {rows.x, rows.file.ints({7, 10, 3})}, {row});
  rows.node(38, {row, rows.file.ints({5, 1}), rows.file.ints({0, 0, 0, 0})}, {});
  rows.node(37, {rows.y, rows.file.ints({5, 1}), rows.file.ints({0, 0, 0, 0})}, {});
  EXPECT_EQ(rows.refusal(), ErrorCode::unsupportedShape);
  Batched contradiction({2, 2}, {0, 1, 0, 0});  // the file says that another map comes back
  contradiction.node(37, {contradiction.y, contradiction.file.ints({2, 2}), contradiction.file.ints({0, 1, 0, 0})}, {1, 8, 10, 3});
  EXPECT_EQ(contradiction.refusal(), ErrorCode::corruptModel);
}

/// Whatever would see that there are batches, or that a place has another neighbour.
TEST(TfliteBatch, RefusesWhatIsNotTheSameOnAWholeMap) {
  const auto refused = [](const std::function<void(Batched& net)>& add) {
    Batched net({2, 2}, {0, 1, 0, 0});
    add(net);
    net.together({0, 0, 0, 0});
    return net.refusal();
  };
  EXPECT_EQ(refused([](Batched&) {}), ErrorCode::internalError);  // this one runs
  const auto other = ErrorCode::unsupportedOperator;
  EXPECT_EQ(refused([](Batched& n) { n.conv(kernelOf({4, 1, 1, 3}), tfl::Activation::none, 2); }), other);
  EXPECT_EQ(refused([](Batched& n) { n.node(40, {n.y, n.file.ints({0})}, {4, 5, 3}); }), other);
  EXPECT_EQ(refused([](Batched& n) { n.node(22, {n.y, n.file.ints({1, 8, 10, 3})}, {1, 8, 10, 3}); }), other);
  EXPECT_EQ(refused([](Batched& n) { n.node(34, {n.y, border(n.file, {0, 0, 1, 1})}, {4, 6, 5, 3}); }), other);
  EXPECT_EQ(refused([](Batched& n) { n.node(38, {n.y, n.file.ints({2, 1}), n.file.ints({0, 0, 0, 0})}, {8, 2, 5, 3}); }), other);
  EXPECT_EQ(refused([](Batched& n) { n.node(0, {n.y, n.x}, n.maps.shape); }), other);
  for (const Ints& shape : {Ints{4, 1, 1, 1}, Ints{1, 4, 5, 3}, Ints{5, 3}, Ints{1, 1, 1, 1, 3}}) {
    EXPECT_EQ(refused([&](Batched& n) { n.node(18, {n.y, n.file.floats(shape, std::vector<float>(countOf(shape)))}, {}); }), other);
  }
  EXPECT_EQ(refused([](Batched& n) {  // batches of other blocks
              const int32_t left = n.y;
              n.node(38, {n.x, n.file.ints({2, 1}), border(n.file, {0, 1, 0, 0})}, {2, 4, 10, 3});
              n.node(0, {left, n.y}, {});
            }),
            other);
  EXPECT_EQ(refused([](Batched& n) {  // batches as weights
              const int32_t weights = n.y;
              n.node(3, {n.x, weights}, {}, tfl::CreateConvOptions(n.file.raw(), tfl::Padding::same, 1, 1));
            }),
            ErrorCode::unsupportedShape);
  Batched left({2, 2}, {0, 1, 0, 0});
  EXPECT_EQ(left.refusal(), ErrorCode::unsupportedShape);
  left.conv(kernelOf({4, 1, 1, 3}), tfl::Activation::none, 2);  // what is not computed is left nowhere
  EXPECT_EQ(left.refusal(), other);
}

}  // namespace
}  // namespace pith

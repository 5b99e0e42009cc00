// SPDX-License-Identifier: Apache-2.0
// Networks drawn at random as random_graphs_test.cpp does it, for TensorFlow Lite, whose nodes have limits of their own.
#include <algorithm>
#include <random>

#include "pith/model/constant_folding.h"
#include "pith/tflite/tflite.h"
#include "unit/infer/run_model.h"
#include "unit/tflite/builder.h"

namespace pith::test {
namespace {

/// Draws nodes one behind the other. The picture is 1 x 9 x 8 x 3.
class RandomTflite {
 public:
  explicit RandomTflite(uint32_t seed) : random_(seed) {
    maps_.push_back({file_.tensor({1, 9, 8, 3}), 9, 8, 3});
    const int64_t count = 3 + below(6);
    for (int64_t i = 0; i < count; ++i) addNode();
    addHead();
  }
  [[nodiscard]] std::vector<uint8_t> build() { return file_.build({result_}); }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  struct TfliteMap {
    int32_t id, height, width, channels;
  };
  int32_t below(int32_t limit) { return static_cast<int32_t>(random_() % static_cast<uint32_t>(limit)); }
  bool coin() { return below(2) == 0; }
  tfl::Activation activation() {
    constexpr tfl::Activation all[] = {tfl::Activation::none, tfl::Activation::none, tfl::Activation::relu, tfl::Activation::relu6,
                                       tfl::Activation::reluMinus1To1};
    return all[below(5)];
  }
  int32_t constant(const TfliteBuilder::Ints& shape) {
    int32_t count = 1;
    for (int32_t extent : shape) count *= extent;
    std::vector<float> values;
    for (int32_t i = 0; i < count; ++i) values.push_back(static_cast<float>(static_cast<double>(random_()) / 0x1p32 - 0.5));
    return file_.floats(shape, values);
  }
  template <typename Options>
  void node(int32_t code, const TfliteBuilder::Ints& inputs, TfliteMap made, flatbuffers::Offset<Options> options) {
    made.id = file_.tensor({1, made.height, made.width, made.channels});
    file_.node(code, inputs, {made.id}, tfl::OptionsTraits<Options>::enum_value, options.Union());
    remember(code, made);
  }
  void node(int32_t code, const TfliteBuilder::Ints& inputs, TfliteMap made) {
    made.id = file_.tensor({1, made.height, made.width, made.channels});
    file_.node(code, inputs, {made.id});
    remember(code, made);
  }
  void remember(int32_t code, const TfliteMap& made) {
    text_ += std::to_string(code) + " " + shapeText(Shape{made.height, made.width, made.channels}) + "; ";
    maps_.push_back(made);
  }

  void addNode() {
    const TfliteMap from = coin() ? maps_.back() : maps_[static_cast<size_t>(below(static_cast<int32_t>(maps_.size())))];
    switch (below(10)) {
      case 0:
        return addConv(from);
      case 1:
        return addDepthwise(from);
      case 2:
        return addPad(from);
      case 3:
      case 4:
        return addBinary(from);
      case 5:
        return addPool(from);
      case 6:
        return addConcat(from);
      case 7:
        return addBatches(from);
      case 8:
        return addTile(from);
      default:
        constexpr int32_t functions[] = {19, 21, 14, 28, 117, 111, 101, 59};  // ReLUs, logistic, tanh, hard swish, ELU, |x|, -x
        return node(functions[below(8)], {from.id}, from);
    }
  }
  struct Placement {
    tfl::Padding padding;
    int32_t stride, height, width;
  };
  Placement place(const TfliteMap& from, int32_t side) {
    const bool isSame = coin() || from.height < side + 2 || from.width < side + 2;
    const int32_t stride = 1 + below(2);
    const auto extent = [&](int32_t in) { return isSame ? (in + stride - 1) / stride : (in - side) / stride + 1; };
    return {isSame ? tfl::Padding::same : tfl::Padding::valid, stride, extent(from.height), extent(from.width)};
  }
  void addConv(const TfliteMap& from) {
    const int32_t side = 1 + below(3), outputs = 1 + below(5);
    const Placement p = place(from, side);
    node(3, {from.id, constant({outputs, side, side, from.channels}), constant({outputs})}, {0, p.height, p.width, outputs},
         tfl::CreateConvOptions(file_.raw(), p.padding, p.stride, p.stride, activation()));
  }
  void addDepthwise(const TfliteMap& from) {
    const int32_t side = 1 + below(3);
    const Placement p = place(from, side);
    node(4, {from.id, constant({1, side, side, from.channels}), constant({from.channels})}, {0, p.height, p.width, from.channels},
         tfl::CreateDepthwiseConvOptions(file_.raw(), p.padding, p.stride, p.stride, 1, activation()));
  }
  void addPad(const TfliteMap& from) {
    const std::vector<int32_t> pads{0, 0, below(3), below(3), below(3), below(3), 0, 0};
    const int32_t table = file_.tensor({4, 2}, tfl::ElementType::int32, std::nullopt, TfliteBuilder::bytesOf(pads));
    const TfliteMap made{0, from.height + pads[2] + pads[3], from.width + pads[4] + pads[5], from.channels};
    if (coin() || from.height < 4 || from.width < 4) return node(34, {from.id, table}, made);
    node(100, {from.id, table}, made, tfl::CreateMirrorPadOptions(file_.raw(), static_cast<int8_t>(below(2))));
  }
  void addBinary(const TfliteMap& from) {
    int32_t other = coin() ? constant({from.channels}) : constant({1});
    for (const TfliteMap& map : maps_) {
      const bool isAlike = map.height == from.height && map.width == from.width && map.channels == from.channels;
      if (isAlike && coin()) other = map.id;
    }
    const TfliteBuilder::Ints inputs = coin() ? TfliteBuilder::Ints{from.id, other} : TfliteBuilder::Ints{other, from.id};
    const int32_t kind = below(3);
    if (kind == 0) return node(0, inputs, from, tfl::CreateAddOptions(file_.raw(), activation()));
    if (kind == 1) return node(18, inputs, from, tfl::CreateMulOptions(file_.raw(), activation()));
    node(41, inputs, from, tfl::CreateSubOptions(file_.raw(), activation()));
  }
  void addPool(const TfliteMap& from) {
    const int32_t side = 2 + below(2);
    const Placement p = place(from, side);
    constexpr int32_t kinds[] = {1, 12, 17};
    node(kinds[below(3)], {from.id}, {0, p.height, p.width, from.channels},
         tfl::CreatePoolOptions(file_.raw(), p.padding, p.stride, p.stride, side, side, activation()));
  }
  /// A dilated convolution by batches, perhaps with a function before it, whose border and crop need not belong together.
  void addBatches(const TfliteMap& from) {
    const int32_t down = 1 + below(3), across = 1 + below(3), side = 1 + below(3), outputs = 1 + below(5);
    const int32_t top = below(3), left = below(3);
    const int32_t height = (from.height + top + down * side) / down, width = (from.width + left + across * side) / across;
    const int32_t bottom = height * down - from.height - top, right = width * across - from.width - left;
    const int32_t block = file_.ints({down, across}), batches = down * across;
    int32_t cut = file_.tensor({batches, height, width, from.channels});
    file_.node(38, {from.id, block, file_.ints({top, bottom, left, right})}, {cut});
    if (coin()) {
      const int32_t made = file_.tensor({batches, height, width, from.channels});
      file_.node(0, {constant({from.channels}), cut}, {made});
      cut = made;
    }
    const bool isSame = coin() || height < side || width < side;
    const int32_t less = isSame ? 0 : side - 1, sums = file_.tensor({batches, height - less, width - less, outputs});
    file_.conv({cut, constant({outputs, side, side, from.channels}), constant({outputs})}, sums,
               isSame ? tfl::Padding::same : tfl::Padding::valid, 1, activation());
    const int32_t rows = below(std::min(3, (height - less) * down)), columns = below(std::min(3, (width - less) * across));
    const std::vector<int32_t> crop{rows / 2, rows - rows / 2, columns / 2, columns - columns / 2};
    node(37, {sums, block, file_.ints(crop)}, {0, (height - less) * down - rows, (width - less) * across - columns, outputs});
  }
  void addTile(const TfliteMap& from) {
    const std::vector<int32_t> times{1, 1 + below(2), 1 + below(2), 1 + below(2)};
    const TfliteMap made{0, from.height * times[1], from.width * times[2], from.channels * times[3]};
    if (made.height <= 20 && made.width <= 20 && made.channels <= 24) node(69, {from.id, file_.ints(times)}, made);
  }
  void addConcat(const TfliteMap& from) {
    const TfliteMap other = maps_[static_cast<size_t>(below(static_cast<int32_t>(maps_.size())))];
    if (other.height != from.height || other.width != from.width || from.channels + other.channels > 24) return;
    node(2, {from.id, other.id}, {0, from.height, from.width, from.channels + other.channels}, tfl::CreateConcatOptions(file_.raw(), 3));
  }
  /// The mean of each channel, a matrix product with or without a limit of its own, a sum with another.
  void addHead() {
    const TfliteMap last = maps_.back();
    const int32_t means = file_.tensor({1, last.channels}), product = file_.tensor({1, 4});
    file_.node(40, {last.id, file_.ints({1, 2})}, {means}, tfl::Options::ReducerOptions,
               tfl::CreateReducerOptions(file_.raw(), false).Union());
    file_.node(9, {means, constant({4, last.channels})}, {product}, tfl::Options::FullyConnectedOptions,
               tfl::CreateFullyConnectedOptions(file_.raw(), activation()).Union());
    result_ = file_.tensor({1, 4});
    file_.node(0, {constant({4}), product}, {result_}, tfl::Options::AddOptions, tfl::CreateAddOptions(file_.raw(), activation()).Union());
  }

  std::mt19937 random_;
  TfliteBuilder file_;
  std::vector<TfliteMap> maps_;
  std::string text_;
  int32_t result_ = 0;
};

/// The output of a graph to which nothing was done yet; its maps are NCHW, whatever the file's are.
Result<std::vector<float>> nodeByNode(Graph graph, const std::vector<float>& x) {
  PITH_RETURN_IF_ERROR(firstRefusal(graph));
  if (graph.inputIsNhwc) return Error{ErrorCode::internalError, "the picture is expected as NCHW"};
  graph.tensor(graph.input()).floats = x;
  for (const Node& node : graph.nodes) {
    auto made = computeConstant(graph, node, graph.tensor(node.outputs[0]).shape, NumberType::float32);
    if (!made) return Error{ErrorCode::internalError, nodeText(node) + " was not computed"};
    graph.tensor(node.outputs[0]).floats = std::move(made->floats);
  }
  return graph.tensor(graph.outputs[0]).floats;
}

TEST(RandomTflite, KernelsComputeWhatTheFileSays) {
  for (uint32_t seed = 0; seed < 1000; ++seed) {
    RandomTflite network(seed);
    SCOPED_TRACE("seed " + std::to_string(seed) + ": " + network.text());
    const auto file = network.build();
    const Values x = Values::noise({1, 3, 9, 8}, seed + 1);
    auto graph = importTflite(file, {9, 8, 3}, Limits{});
    ASSERT_TRUE(graph.ok()) << graph.error().detail;
    const auto plain = nodeByNode(*graph, x.floats());
    ASSERT_TRUE(plain.ok()) << plain.error().detail;
    Status status = simplify(*graph, Limits{});
    if (!status.ok() && status.error().code == ErrorCode::unsupportedOperator) continue;  // limits that do not overlap
    auto session = Session::create(std::move(*graph), Limits{});
    ASSERT_TRUE(session.ok()) << session.error().detail;
    ASSERT_TRUE(session->run(toNhwc(x)).ok());
    for (size_t i = 0; i < 4; ++i) ASSERT_NEAR(session->output(0)[i], (*plain)[i], toleranceOf(*plain)) << "output " << i;
  }
}

}  // namespace
}  // namespace pith::test

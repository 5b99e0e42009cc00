// SPDX-License-Identifier: Apache-2.0
// Networks drawn at random, computed twice: by the kernels, after all passes; and node by node as they stand in the file, in plain C++,
// which is what importing does where the picture itself is a constant. A pass that changes what a network means shows here.
#include <algorithm>
#include <random>

#include "unit/infer/run_model.h"

namespace pith::test {
namespace {


struct Map {
  std::string name;
  int64_t channels, height, width;
};

/// Draws nodes one behind the other; every map that was made may be used again.
class RandomNetwork {
 public:
  explicit RandomNetwork(uint32_t seed) : random_(seed), file_(17) {
    maps_.push_back({"x", 1 + below(5), 5 + below(6), 5 + below(6)});
    file_.input("x", shapeOf(maps_[0]));
    const int64_t count = 3 + below(7);
    while (static_cast<int64_t>(maps_.size()) <= count) addNode();
    addHead();
  }
  [[nodiscard]] Shape inputShape() const { return shapeOf(maps_[0]); }
  [[nodiscard]] const OnnxBuilder& file() const { return file_; }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  using Attributes = std::vector<OnnxBuilder::Attribute>;
  using Ints = OnnxBuilder::Ints;

  int64_t below(int64_t limit) { return static_cast<int64_t>(random_() % static_cast<uint32_t>(limit)); }
  bool coin() { return below(2) == 0; }
  std::string fresh(const char* kind) { return kind + std::to_string(names_++); }
  static Shape shapeOf(const Map& map) { return {1, map.channels, map.height, map.width}; }
  /// The last map more often than others, so that chains arise.
  const Map& any() { return coin() ? maps_.back() : maps_[static_cast<size_t>(below(static_cast<int64_t>(maps_.size())))]; }

  std::string constant(const Shape& shape, double low, double high) {
    std::string name = fresh("c");
    int64_t count = 1;
    for (int64_t extent : shape) count *= extent;
    std::vector<float> values;
    for (int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(low + (high - low) * static_cast<double>(random_()) / 0x1p32));
    file_.floats(name, shape, values);
    return name;
  }
  std::string ints(const Ints& values) {
    std::string name = fresh("i");
    file_.ints(name, values);
    return name;
  }
  void node(const char* op, const std::vector<std::string>& inputs, Map made, const Attributes& attributes = {}) {
    made.name = fresh("t");
    file_.node(op, inputs, {made.name}, attributes);
    text_ += std::string(op) + " " + shapeText(shapeOf(made)) + "; ";
    maps_.push_back(std::move(made));
  }

  void addNode() {
    const Map from = any();
    switch (below(14)) {
      case 0:
      case 1:
        return addConv(from);
      case 2:
        return addConvTranspose(from);
      case 3:
        return addNormalization(from);
      case 4:
        return addActivation(from);
      case 5:
        return addBinary(from);
      case 6:
        return addPad(from);
      case 7:
        return addPool(from);
      case 8:
        return addConcat(from);
      case 9:
        return addSlice(from);
      case 10:
        return addResize(from);
      case 11:
        return addChannelsLast(from);
      case 12:
        return addGate(from);
      default:
        return node(coin() ? "Identity" : "Dropout", {from.name}, from);
    }
  }

  struct RandomWindow {
    Attributes attributes;
    Map map;
  };
  RandomWindow window(const Map& from, bool dilates) {
    const Ints kernel{1 + below(3), 1 + below(3)}, stride{1 + below(2), 1 + below(2)};
    const Ints dilation{dilates ? 1 + below(2) : 1, dilates ? 1 + below(2) : 1};
    Ints pads(4);
    for (size_t i = 0; i < 4; ++i) pads[i] = below(kernel[i % 2]);
    const auto extent = [&](int64_t in, size_t axis) {
      return (in + pads[axis] + pads[axis + 2] - (kernel[axis] - 1) * dilation[axis] - 1) / stride[axis] + 1;
    };
    Map map{"", from.channels, extent(from.height, 0), extent(from.width, 1)};
    Attributes attributes{{"kernel_shape", kernel}, {"strides", stride}, {"pads", pads}};
    if (dilates) attributes.push_back({"dilations", dilation});
    return {attributes, map};
  }
  static bool isTooSmall(const Map& map) { return map.height < 3 || map.width < 3; }

  void addConv(const Map& from) {
    RandomWindow made = window(from, coin());
    if (isTooSmall(made.map)) return;
    const bool isDepthwise = coin();
    const Ints kernel = std::get<Ints>(made.attributes[0].value);
    const int64_t outputs = below(4) == 0 ? 16 : 1 + below(6);  // 16 to 16: by tiles, where the window is one for them
    made.map.channels = isDepthwise ? from.channels * (1 + below(2)) : outputs;
    made.attributes.push_back({"group", isDepthwise ? from.channels : int64_t{1}});
    std::vector<std::string> inputs{from.name, constant({made.map.channels, isDepthwise ? 1 : from.channels, kernel[0], kernel[1]}, -0.5, 0.5)};
    if (coin()) inputs.push_back(constant({made.map.channels}, -0.5, 0.5));
    node("Conv", inputs, made.map, made.attributes);
  }
  void addConvTranspose(const Map& from) {
    if (from.height > 12) return;
    const int64_t outputs = 1 + below(4), side = 2 + below(2);
    node("ConvTranspose", {from.name, constant({from.channels, outputs, side, side}, -0.5, 0.5)},
         {"", outputs, (from.height - 1) * 2 + side, (from.width - 1) * 2 + side}, {{"strides", Ints{2, 2}}});
  }
  void addNormalization(const Map& from) {
    const Shape c{from.channels};
    if (coin()) {
      node("BatchNormalization", {from.name, constant(c, 0.5, 1.5), constant(c, -1, 1), constant(c, -1, 1), constant(c, 0.5, 2)}, from);
    } else {
      node("InstanceNormalization", {from.name, constant(c, 0.5, 1.5), constant(c, -1, 1)}, from, {{"epsilon", 0.1F}});
    }
  }
  void addActivation(const Map& from) {
    switch (below(6)) {
      case 0:
        return node("Clip", {from.name, constant({}, -1, 0), constant({}, 0.2, 6)}, from);
      case 1:
        return node("PRelu", {from.name, constant({from.channels, 1, 1}, -0.5, 0.5)}, from);
      case 2:
        return node("LeakyRelu", {from.name}, from, {{"alpha", 0.1F}});
      default:
        constexpr const char* plain[] = {"Relu", "Sigmoid", "HardSwish", "Tanh", "Elu", "Softplus", "Erf", "Abs", "Neg", "HardSigmoid"};
        return node(plain[below(10)], {from.name}, from);
    }
  }
  void addBinary(const Map& from) {
    constexpr const char* operators[] = {"Add", "Mul", "Sub", "Max", "Min"};
    std::string other = constant(coin() ? Shape{from.channels, 1, 1} : Shape{}, -1, 1);
    for (const Map& map : maps_) {
      if (shapeOf(map) == shapeOf(from) && coin()) other = map.name;
    }
    std::vector<std::string> inputs{from.name, other};
    if (coin()) std::swap(inputs[0], inputs[1]);
    node(operators[below(5)], inputs, from);
  }
  void addPad(const Map& from) {
    constexpr const char* modes[] = {"constant", "reflect", "edge"};
    const std::string mode = modes[below(3)];
    const int64_t top = below(3), left = below(3), bottom = below(3), right = below(3);
    std::vector<std::string> inputs{from.name, ints({0, 0, top, left, 0, 0, bottom, right})};
    if (mode == "constant" && coin()) inputs.push_back(constant({}, -1, 1));
    node("Pad", inputs, {"", from.channels, from.height + top + bottom, from.width + left + right}, {{"mode", mode}});
  }
  void addPool(const Map& from) {
    RandomWindow made = window(from, false);
    if (isTooSmall(made.map)) return;
    if (coin()) return node("MaxPool", {from.name}, made.map, made.attributes);
    made.attributes.push_back({"count_include_pad", below(2)});
    node("AveragePool", {from.name}, made.map, made.attributes);
  }
  void addConcat(const Map& from) {
    const Map other = any();
    if (other.height != from.height || other.width != from.width || from.channels + other.channels > 24) return;
    node("Concat", {from.name, other.name}, {"", from.channels + other.channels, from.height, from.width}, {{"axis", int64_t{1}}});
  }
  void addSlice(const Map& from) {
    const int64_t first = below(from.channels), top = below(2);
    if (from.height - top < 3) return;
    node("Slice", {from.name, ints({first, top}), ints({from.channels, from.height}), ints({1, 2})},
         {"", from.channels - first, from.height - top, from.width});
  }
  void addResize(const Map& from) {
    if (from.height > 12) return;
    const Map made{"", from.channels, from.height * 2, from.width * 2};
    file_.floats(fresh("none"), {0}, {});
    node("Resize", {from.name, "", "", ints(shapeOf(made))}, made,
         {{"mode", std::string(coin() ? "nearest" : "linear")},
          {"coordinate_transformation_mode", std::string(coin() ? "half_pixel" : "asymmetric")}});
  }
  /// To NHWC and back, with something between that goes along the last axis.
  void addChannelsLast(const Map& from) {
    const std::string last = fresh("l"), between = fresh("l"), back = fresh("t");
    file_.node("Transpose", {from.name}, {last}, {{"perm", Ints{0, 2, 3, 1}}});
    if (coin()) {
      file_.node("LayerNormalization", {last, constant({from.channels}, 0.5, 1.5), constant({from.channels}, -1, 1)}, {between},
                 {{"axis", int64_t{-1}}, {"epsilon", 0.1F}});
    } else {
      file_.node("MatMul", {last, constant({from.channels, from.channels}, -0.5, 0.5)}, {between});
    }
    file_.node("Transpose", {between}, {back}, {{"perm", Ints{0, 3, 1, 2}}});
    text_ += "NHWC; ";
    maps_.push_back({back, from.channels, from.height, from.width});
  }
  /// Squeeze and excitation.
  void addGate(const Map& from) {
    const std::string pooled = fresh("p"), squeezed = fresh("p"), gate = fresh("p");
    file_.node("GlobalAveragePool", {from.name}, {pooled});
    file_.node("Conv", {pooled, constant({from.channels, from.channels, 1, 1}, -1, 1)}, {squeezed});
    file_.node("HardSigmoid", {squeezed}, {gate});
    node("Mul", {from.name, gate}, from);
  }
  void addHead() {
    const Map last = maps_.back();
    const int64_t kind = below(3);
    if (kind == 0) {
      file_.output(last.name);
      return;
    }
    file_.node("GlobalAveragePool", {last.name}, {"pooled"}).node("Flatten", {"pooled"}, {"flat"});
    if (kind == 1) {
      file_.node("Gemm", {"flat", constant({4, last.channels}, -1, 1), constant({4}, -1, 1)}, {"y"}, {{"transB", int64_t{1}}});
    } else {
      file_.node("MatMul", {"flat", constant({last.channels, 4}, -1, 1)}, {"product"});
      file_.node("Add", {constant({4}, -1, 1), "product"}, {"sum"}).node("Relu", {"sum"}, {"y"});
    }
    file_.output("y");
  }

  std::mt19937 random_;
  OnnxBuilder file_;
  std::vector<Map> maps_;
  std::string text_;
  int names_ = 0;
};

/// The network's output for `x`, in the file's own order, computed while it is read.
Result<Tensor> nodeByNode(const OnnxBuilder& file, const Values& x) {
  Tensor picture;
  picture.shape = x.shape;
  picture.isConstant = true;
  picture.floats = x.floats();
  PITH_ASSIGN_OR_RETURN(Graph graph, importOnnx(file.build(), {{"x", std::move(picture)}}, Limits{}));
  PITH_RETURN_IF_ERROR(firstRefusal(graph));
  Tensor output = graph.tensor(graph.outputs[0]);
  if (!output.isConstant) return Error{ErrorCode::internalError, "the output was not computed"};
  return output;
}

TEST(RandomGraphs, KernelsComputeWhatTheFileSays) {
  int compared = 0;
  for (uint32_t seed = 0; seed < 1000; ++seed) {
    const RandomNetwork network(seed);
    SCOPED_TRACE("seed " + std::to_string(seed) + ": " + network.text());
    const Values x = Values::noise(network.inputShape(), seed + 1);
    const auto plain = nodeByNode(network.file(), x);
    auto session = load(network.file(), x.shape);
    if (!session.ok() && session.error().code == ErrorCode::unsupportedOperator) continue;
    ASSERT_TRUE(session.ok()) << session.error().detail;
    ASSERT_TRUE(plain.ok()) << plain.error().detail;
    ASSERT_TRUE(session->run(toNhwc(x)).ok());
    const auto seen = session->output(0);
    ASSERT_EQ(seen.size(), plain->floats.size());
    const float tolerance = toleranceOf(plain->floats);
    const Shape& shape = plain->shape;
    const bool isMap = shape.size() == 4;
    const int64_t places = isMap ? shape[2] * shape[3] : 1, channels = isMap ? shape[1] : static_cast<int64_t>(seen.size());
    for (int64_t place = 0; place < places; ++place) {
      for (int64_t c = 0; c < channels; ++c) {
        ASSERT_NEAR(seen[static_cast<size_t>(place * channels + c)], plain->floats[static_cast<size_t>(c * places + place)], tolerance)
            << "channel " << c << ", place " << place;
      }
    }
    ++compared;
  }
  EXPECT_GE(compared, 950);  // a few are refused by name
}

}  // namespace
}  // namespace pith::test

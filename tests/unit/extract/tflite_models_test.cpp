// SPDX-License-Identifier: Apache-2.0
// Real TensorFlow Lite models of the shared data: what their publishers' own tests expect of them, and every
// quantised layer against plain integers.
#include <gtest/gtest.h>

#include <cmath>
#include <tuple>

#include "pith/base/json.h"
#include "pith/extract/extractor.h"
#include "pith/image/decode.h"
#include "pith/image/prepare.h"
#include "pith/import/import.h"
#include "pith/infer/session.h"
#include "pith/model/passes.h"
#include "unit/extract/test_files.h"
#include "unit/infer/integer_reference.h"

namespace pith {
namespace {

using test::Numbers;
using test::readFile;

std::string folder() { return PITH_SHARED_DATA "/models/"; }

Json jsonOf(const std::string& path) {
  const auto bytes = readFile(path);
  if (!bytes) return {};
  auto json = Json::parse(asText(*bytes));
  return json.ok() ? std::move(json).value() : Json{};
}

struct Model {
  const char* path;
  int size, channels;
  int features = 0;
};

void PrintTo(const Model& model, std::ostream* stream) { *stream << model.path; }

constexpr Model quantizedModels[]{
    {"coral/mobilenet_v1_0.25_128_quant.tflite", 128, 3, 256},
    {"coral/mobilenet_v1_1.0_224_quant_embedding_extractor.tflite", 224, 3, 1024},
    {"coral/mobilenet_v2_1.0_224_quant.tflite", 224, 3, 1280},
    {"coral/tf2_mobilenet_v2_1.0_224_ptq.tflite", 224, 3, 1280},
    {"tflite-support/mobilenet_v1_0.25_224_quant.tflite", 224, 3, 256},
    {"mlperf-tiny/pretrainedResnet_quant.tflite", 32, 3, 64},
    {"mlperf-tiny/vww_96_int8.tflite", 96, 3, 256},
    {"tflite-micro/person_detect.tflite", 96, 1, 256},
    {"tflite-micro/mobilenet_v2_quantized_1x3x224x224.tflite", 224, 3, 1280},
    {"tinyengine/mcunetv2_large.tflite", 224, 3, 384},
    {"tinyengine/vww.tflite", 80, 3, 160},
};

/// The whole network, head included.
Result<Graph> wholeGraph(const Model& model, const std::string& in = folder()) {
  const auto file = readFile(in + model.path);
  if (!file) return Error{ErrorCode::readFailed, "the file is not there"};
  PITH_ASSIGN_OR_RETURN(Graph graph, importModel(*file, {model.size, model.size, model.channels}, Limits{}));
  const auto outputs = graph.outputs;
  graph = cutGraph(std::move(graph), outputs);
  PITH_RETURN_IF_ERROR(firstRefusal(graph));
  PITH_RETURN_IF_ERROR(simplify(graph, Limits{}));
  return graph;
}

#define SKIP_WITHOUT_SHARED_DATA() \
  if (!readFile(folder() + "models-info.json")) GTEST_SKIP() << "the shared data are not beside the clone"

class TfliteModel : public testing::TestWithParam<Model> {};
std::string testName(const testing::TestParamInfo<Model>& info) {
  std::string name = info.param.path;
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
}
INSTANTIATE_TEST_SUITE_P(Quantized, TfliteModel, testing::ValuesIn(quantizedModels), testName);

/// Everything between the ends is integers: no weights of floats, no convolution of floats.
TEST_P(TfliteModel, RunsInIntegers) {
  SKIP_WITHOUT_SHARED_DATA();
  const auto graph = wholeGraph(GetParam());
  ASSERT_TRUE(graph.ok()) << graph.error().detail;
  size_t products = 0;
  for (const Node& node : graph->nodes) {
    if (node.op == Op::convert) {
      EXPECT_EQ(node.outputs, graph->outputs) << node.name;
      continue;
    }
    for (TensorId id : node.inputs) {
      const DataType type = graph->tensor(id).type;
      EXPECT_TRUE(type == DataType::int8 || type == DataType::uint8 || type == DataType::int32) << node.name;
    }
    products += node.op == Op::conv || node.op == Op::fullyConnected ? 1 : 0;
  }
  EXPECT_GT(products, 5U);
}

/// The recipe under which a pixel's value is the integer of a quantised input.
Recipe pixelsAsTheyAre(const Graph& graph, const Model& model) {
  const Tensor& input = graph.tensor(graph.input());
  Recipe recipe;
  recipe.height = recipe.width = model.size;
  recipe.channels = model.channels == 1 ? Channels::grey : Channels::rgb;
  recipe.scale = input.quantization->scales[0];
  const int offset = input.type == DataType::int8 ? 128 : 0;
  recipe.mean.assign(static_cast<size_t>(model.channels),
                     recipe.scale * (input.quantization->zeroPoint + offset));
  recipe.std.assign(static_cast<size_t>(model.channels), 1.0);
  return recipe;
}

Image pictureOf(const std::string& path) {
  const auto file = readFile(folder() + path);
  auto picture = file ? decodeImage(*file) : Result<Image>(Error{ErrorCode::readFailed, path});
  EXPECT_TRUE(picture.ok()) << path;
  return picture.ok() ? std::move(picture).value() : Image{};
}

/// Where in memory, which is NHWC, element `i` of the graph's order is.
size_t memoryIndex(const Numbers& x, size_t i) {
  if (x.shape.size() != 4) return i;
  const auto area = static_cast<size_t>(x.shape[2] * x.shape[3]);
  return i % area * static_cast<size_t>(x.shape[1]) + i / area;
}

/// What a session computes for every tensor, in the graph's order of elements.
std::vector<Numbers> runAll(const Graph& graph, const FloatBuffer& floats) {
  Graph open = graph;
  open.outputs.clear();
  for (const Node& node : graph.nodes) open.outputs.push_back(node.outputs[0]);
  std::vector<Numbers> all;
  for (const Tensor& tensor : graph.tensors) all.emplace_back(tensor);
  auto session = Session::create(open, Limits{});
  if (!session.ok()) {
    ADD_FAILURE() << session.error().detail;
    return {};
  }
  Numbers& input = all[static_cast<size_t>(graph.input())];
  for (size_t i = 0; i < input.values.size(); ++i) {
    input.setNumber(i, floats.data()[memoryIndex(input, i)], {});
  }
  EXPECT_TRUE(session->run(floats).ok());
  for (size_t i = 0; i < open.outputs.size(); ++i) {
    Numbers& result = all[static_cast<size_t>(open.outputs[i])];
    const auto seen = session->output(i);
    for (size_t k = 0; k < result.values.size(); ++k) {
      const double number = seen[memoryIndex(result, k)];
      result.values[k] = result.isQuantized() ? std::round(number / result.quantization.scales[0]) +
                                                    result.quantization.zeroPoint
                                              : number;
    }
  }
  return all;
}

struct Layers {
  size_t elements = 0, different = 0, varied = 0;
};

/// Each layer for itself: it is given what the kernels before it computed.
Layers compareLayers(const Graph& graph, const FloatBuffer& input) {
  const auto all = runAll(graph, input);
  Layers layers;
  for (const Node& node : graph.nodes) {
    if (all.empty()) break;
    std::vector<Numbers> in;
    for (TensorId id : node.inputs) in.push_back(all[static_cast<size_t>(id)]);
    const Numbers expected = test::reference(graph, node, in, test::Scaling::fixedPoint);
    const Numbers& seen = all[static_cast<size_t>(node.outputs[0])];
    double most = 0, lowest = HUGE_VAL, highest = -HUGE_VAL;
    for (size_t i = 0; i < seen.values.size(); ++i) {
      const double step = seen.isQuantized() ? 1 : 1e-6;
      const double distance = std::abs(seen.values[i] - expected.values[i]) / step;
      most = std::max(most, distance);
      layers.different += distance > 0.5 ? 1 : 0;
      lowest = std::min(lowest, expected.values[i]);
      highest = std::max(highest, expected.values[i]);
    }
    layers.elements += seen.values.size();
    layers.varied += lowest < highest ? 1 : 0;
    EXPECT_LE(most, 1.0) << nodeText(node);
  }
  return layers;
}

TEST_P(TfliteModel, EveryLayerIsWithinOneStepOfPlainIntegers) {
  SKIP_WITHOUT_SHARED_DATA();
  const auto graph = wholeGraph(GetParam());
  ASSERT_TRUE(graph.ok()) << graph.error().detail;
  const auto picture =
      prepareImage(pictureOf("coral/images/parrot.jpg"), pixelsAsTheyAre(*graph, GetParam()));
  ASSERT_TRUE(picture.ok());
  const Layers layers = compareLayers(*graph, *picture);
  EXPECT_GE(layers.varied, graph->nodes.size() * 3 / 4) << "a layer that is the same everywhere shows little";
  RecordProperty("elements", std::to_string(layers.elements));
  RecordProperty("differentByOneStep", std::to_string(layers.different));
}

/// The plain integers of one layer are given to the next, from the picture to the features, with XNNPACK's
/// roundings: those of TensorFlow Lite's own kernels differ by a step in some places of each layer, which
/// deep networks make several steps of.
TEST_P(TfliteModel, FeaturesAreThoseOfPlainIntegers) {
  SKIP_WITHOUT_SHARED_DATA();
  const Model& model = GetParam();
  const auto file = readFile(folder() + model.path);
  const auto whole = wholeGraph(model);
  ASSERT_TRUE(whole.ok());
  ExtractorOptions options;
  options.recipe = pixelsAsTheyAre(*whole, model);
  auto extractor = Extractor::load(*file, options);
  ASSERT_TRUE(extractor.ok()) << extractor.error().detail;
  EXPECT_EQ(extractor->info().pooling, Pooling::average);
  ASSERT_EQ(extractor->info().featureCount, model.features);
  const auto picture = prepareImage(pictureOf("coral/images/parrot.jpg"), options.recipe);
  ASSERT_TRUE(picture.ok());
  const auto features = extractor->extractPrepared(*picture);
  ASSERT_TRUE(features.ok());

  std::vector<Numbers> all;
  for (const Tensor& tensor : whole->tensors) all.emplace_back(tensor);
  Numbers& input = all[static_cast<size_t>(whole->input())];
  for (size_t i = 0; i < input.values.size(); ++i)
    input.setNumber(i, picture->data()[memoryIndex(input, i)], {});
  for (const Node& node : whole->nodes) {
    std::vector<Numbers> in;
    for (TensorId id : node.inputs) in.push_back(all[static_cast<size_t>(id)]);
    Numbers& map = all[static_cast<size_t>(node.outputs[0])];
    map = test::reference(*whole, node, in, test::Scaling::narrow);
    if (whole->tensor(node.outputs[0]).name != extractor->info().tap) continue;
    const auto places = map.values.size() / features->size();
    double most = 0;
    for (size_t c = 0; c < features->size(); ++c) {
      double sum = 0;
      for (size_t p = 0; p < places; ++p) sum += map.number(c * places + p);
      const double step = map.quantization.scales[0];
      most = std::max(most, std::abs((*features)[c] - sum / static_cast<double>(places)) / step);
    }
    EXPECT_LE(most, 1e-3) << "steps; the integers are the same, and floats average them";
    RecordProperty("mostSteps", std::to_string(most));
    return;
  }
  FAIL() << "the tap " << extractor->info().tap << " is not in the graph";
}

/// The small networks that fuzzing starts from, for clones without the shared data.
TEST(CommittedTflite, EveryLayerIsWithinOneStepOfPlainIntegers) {
  for (const char* name : {"int8.tflite", "uint8.tflite"}) {
    const auto graph = wholeGraph({name, 16, 3}, PITH_TEST_DATA "/tflite/");
    ASSERT_TRUE(graph.ok()) << graph.error().detail;
    FloatBuffer input(16 * 16 * 3);
    for (size_t i = 0; i < input.size(); ++i)
      input.data()[i] = static_cast<float>(i * i % 251) / 25.0F - 5.0F;
    const Layers layers = compareLayers(*graph, input);
    EXPECT_EQ(layers.varied, graph->nodes.size()) << name;
  }
  EXPECT_TRUE(wholeGraph({"float16-weights.tflite", 16, 3}, PITH_TEST_DATA "/tflite/").ok());
}

/// Float models: the whole network in double, and the kernels within what float32 loses on the way.
TEST(FloatTflite, IsWhatDoublesSay) {
  SKIP_WITHOUT_SHARED_DATA();
  for (const Model& model : {Model{"mlperf-tiny/pretrainedResnet.tflite", 32, 3},
                             Model{"mlperf-tiny/vww_96_float.tflite", 96, 3}}) {
    const auto graph = wholeGraph(model);
    ASSERT_TRUE(graph.ok()) << graph.error().detail;
    Recipe recipe;
    recipe.height = recipe.width = model.size;
    recipe.scale = model.size == 32 ? 1.0 : 1.0 / 255;
    recipe.mean = {0, 0, 0};
    recipe.std = {1, 1, 1};
    const auto picture = prepareImage(pictureOf("coral/images/parrot.jpg"), recipe);
    ASSERT_TRUE(picture.ok());
    const auto all = runAll(*graph, *picture);
    for (const Node& node : graph->nodes) {
      std::vector<Numbers> in;
      for (TensorId id : node.inputs) in.push_back(all[static_cast<size_t>(id)]);
      const Numbers expected = test::reference(*graph, node, in, test::Scaling::exact);
      const Numbers& seen = all[static_cast<size_t>(node.outputs[0])];
      double difference = 0, size = 0;
      for (size_t i = 0; i < seen.values.size(); ++i) {
        difference += std::pow(seen.values[i] - expected.values[i], 2);
        size += std::pow(expected.values[i], 2);
      }
      // One layer of up to 2,304 products: far below 2304 * 2^-24 relative, since roundings cancel.
      EXPECT_LE(std::sqrt(difference), 2e-6 * std::sqrt(size)) << model.path << " " << nodeText(node);
    }
  }
}

struct Answer {
  size_t label = 0;
  double score = 0;
};

/// Two taps, the centres of pixels aligned, nothing smoothed, and the rest of a number cut off: so do the
/// tests that Coral's answers come from. Recipes smooth, as Pillow does.
Image resizedAsInCoralsTests(const Image& image, int side) {
  Image result{side, side, image.channels, SampleType::u8, {}, {}};
  const auto place = [&](int at, int extent) {
    const double centre = std::max(0.0, (at + 0.5) * extent / side - 0.5);
    const int first = static_cast<int>(centre);
    return std::tuple{first, std::min(first + 1, extent - 1), centre - first};
  };
  const auto sample = [&](int y, int x, int c) {
    return static_cast<double>(image.u8[static_cast<size_t>((y * image.width + x) * image.channels + c)]);
  };
  for (int y = 0; y < side; ++y) {
    const auto [top, bottom, down] = place(y, image.height);
    for (int x = 0; x < side; ++x) {
      const auto [left, right, across] = place(x, image.width);
      for (int c = 0; c < image.channels; ++c) {
        const double upper = sample(top, left, c) * (1 - across) + sample(top, right, c) * across;
        const double lower = sample(bottom, left, c) * (1 - across) + sample(bottom, right, c) * across;
        result.u8.push_back(static_cast<uint8_t>(upper * (1 - down) + lower * down));
      }
    }
  }
  return result;
}

Answer classify(Graph graph, const Recipe& recipe, const Image& picture) {
  auto session = Session::create(std::move(graph), Limits{});
  const auto input = prepareImage(picture, recipe);
  if (!session.ok() || !input.ok() || !session->run(*input).ok()) return {};
  const auto scores = session->output(0);
  const auto most = std::max_element(scores.begin(), scores.end());
  return {static_cast<size_t>(most - scores.begin()), *most};
}

/// The classes and scores that the publishers' own tests state.
TEST(ExpectedAnswers, OfTfliteClassifiers) {
  SKIP_WITHOUT_SHARED_DATA();
  const Json expected = jsonOf(folder() + "expected.json");
  size_t answered = 0;
  for (const std::string source : {"coral", "tflite-support"}) {
    const Json& cases = *expected.find(source)->find("cases");
    for (const Json& one : *cases.asArray()) {
      const std::string path(*one.find("model")->asString());
      const auto known =
          std::ranges::find_if(quantizedModels, [&](const Model& m) { return m.path == path; });
      ASSERT_NE(known, std::end(quantizedModels)) << path;
      const auto graph = wholeGraph(*known);
      ASSERT_TRUE(graph.ok()) << graph.error().detail;
      Image picture = pictureOf(*one.find("image")->asString());
      if (source == "coral") picture = resizedAsInCoralsTests(picture, known->size);
      const Answer answer = classify(*graph, pixelsAsTheyAre(*graph, *known), picture);
      EXPECT_EQ(answer.label, static_cast<size_t>(*one.find("top1")->asInteger())) << path;
      if (const Json* least = one.find("score_at_least")) EXPECT_GE(answer.score, least->number()) << path;
      if (const Json* score = one.find("score"))
        EXPECT_NEAR(answer.score, score->number(), one.find("tolerance")->number()) << path;
      ++answered;
    }
  }
  EXPECT_EQ(answered, 4U);
}

/// An ONNX file, whose answers are in the same document: "PIL bicubic 224x224, BGR, minus (...)".
TEST(ExpectedAnswers, OfSqueezeNetInHalfPrecision) {
  SKIP_WITHOUT_SHARED_DATA();
  const Json expected = jsonOf(folder() + "expected.json");
  const auto graph = wholeGraph({"onnx/SqueezeNet_fp16.onnx", 224, 3});
  ASSERT_TRUE(graph.ok()) << graph.error().detail;
  Recipe recipe;
  recipe.height = recipe.width = 224;
  recipe.resample = Resample::bicubic;
  recipe.channels = Channels::bgr;
  recipe.mean = {103.94, 116.78, 123.68};
  recipe.std = {1, 1, 1};
  const Json& checked = (*expected.find("checked_here_with_a_numpy_forward_pass")->asArray())[0];
  for (const auto& [image, answer] : *checked.find("results")->asObject()) {
    const Answer seen = classify(*graph, recipe, pictureOf(image));
    const Json::Array& stated = *answer.asArray();
    EXPECT_EQ(seen.label, static_cast<size_t>(*stated[0].asInteger())) << image;
    // Three decimals are stated, of float arithmetic in another order and another JPEG decoder's pixels.
    EXPECT_NEAR(seen.score, stated[1].number(), 0.01) << image;
  }
}

}  // namespace
}  // namespace pith

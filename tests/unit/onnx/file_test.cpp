// SPDX-License-Identifier: Apache-2.0
// Files that are read piece by piece: what is read, that it comes to the same, and sources that fail.
#include <gtest/gtest.h>

#include <algorithm>

#include "pith/import/import.h"
#include "pith/model/passes.h"
#include "pith/onnx/onnx.h"
#include "unit/onnx/builder.h"

namespace pith::test {
namespace {

using Bytes = std::vector<uint8_t>;

/// Counts, and fails from one read on or where too much is asked for at once.
class Source : public ModelSource {
 public:
  explicit Source(Bytes bytes) : bytes_(std::move(bytes)) {}
  size_t reads = 0, bytesRead = 0;
  size_t readsAllowed = SIZE_MAX, bytesAtOnce = SIZE_MAX;

  uint64_t sizeBytes() const override { return bytes_.size(); }
  Status read(uint64_t offset, std::span<uint8_t> to) override {
    EXPECT_LE(offset, bytes_.size());
    EXPECT_LE(to.size(), bytes_.size() - offset);
    if (reads++ >= readsAllowed || to.size() > bytesAtOnce) return Error{ErrorCode::readFailed, "The source failed."};
    bytesRead += to.size();
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), to.size(), to.begin());
    return {};
  }

 private:
  Bytes bytes_;
};

std::vector<float> numbers(size_t count, float first = 0.5F) {
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = first + static_cast<float>(i % 13) / 8;
  return values;
}

constexpr InputSize size{4, 4, 8};

OnnxBuilder begun() { return OnnxBuilder().input("x", {1, 8, 4, 4}).output("y"); }

OnnxBuilder withConv(OnnxBuilder builder, const std::string& weights) {
  return builder.node("Conv", {"x", weights}, {"map"}).node("GlobalAveragePool", {"map"}, {"y"});
}

/// Weights as exporters and compact files have them.
std::vector<OnnxBuilder> networks() {
  const OnnxBuilder::Ints shape{8, 8, 1, 1};
  const std::vector<uint16_t> halves(64, 0x3c01);
  const std::vector<int8_t> steps(64, 3);
  std::vector<OnnxBuilder> all;
  all.push_back(withConv(begun().floats("w", shape, numbers(64)), "w"));
  all.push_back(withConv(begun().constant("w", shape, numbers(64)), "w"));
  all.push_back(withConv(begun().typed("w", shape, 1, numbers(64), {}), "w"));
  all.push_back(withConv(begun().halves("h", shape, halves).node("Cast", {"h"}, {"w"}, {{"to", int64_t{1}}}), "w"));
  all.push_back(withConv(begun().raw("i", shape, 3, steps.data(), steps.size()).floats("s", {8, 1, 1, 1}, numbers(8))
                             .node("Cast", {"i"}, {"c"}, {{"to", int64_t{1}}}).node("Mul", {"c", "s"}, {"w"}), "w"));
  all.push_back(withConv(begun().raw("i", shape, 3, steps.data(), steps.size()).floats("s", {}, {0.5F})
                             .node("DequantizeLinear", {"i", "s"}, {"w"}), "w"));
  all.push_back(withConv(begun().floats("a", {4, 8, 1, 1}, numbers(32)).floats("b", {4, 8, 1, 1}, numbers(32, 2))
                             .node("Concat", {"a", "b"}, {"w"}, {{"axis", int64_t{0}}}), "w"));
  // Operators that look at numbers: of the file, and computed from it.
  all.push_back(withConv(begun().floats("a", shape, numbers(64, -1)).node("Abs", {"a"}, {"w"}), "w"));
  all.push_back(withConv(begun().floats("a", shape, numbers(64, -1)).node("Transpose", {"a"}, {"t"}, {{"perm", OnnxBuilder::Ints{1, 0, 2, 3}}})
                             .node("Abs", {"t"}, {"w"}), "w"));
  all.push_back(begun().floats("w", shape, numbers(64)).floats("b", {8}, numbers(8)).node("Conv", {"x", "w", "b"}, {"map"})
                    .node("Identity", {"map"}, {"y"}));
  all.push_back(begun().floats("s", {8}, numbers(8)).floats("v", {8}, numbers(8, 1)).node("BatchNormalization", {"x", "s", "s", "s", "v"}, {"y"}));
  // One weight under two names, and in two places.
  all.push_back(begun().floats("w", shape, numbers(64)).node("Identity", {"w"}, {"same"}).node("Conv", {"x", "w"}, {"map"})
                    .node("Conv", {"map", "same"}, {"y"}));
  all.push_back(begun().floats("w", {4, 4}, numbers(16)).node("MatMul", {"x", "w"}, {"y"}));
  all.push_back(begun().ints("shape", {1, 128}).floats("w", {128, 8}, numbers(1024)).floats("b", {8}, numbers(8))
                    .node("Reshape", {"x", "shape"}, {"flat"}).node("Gemm", {"flat", "w", "b"}, {"y"}, {{"alpha", 0.5F}}));
  return all;
}

void expectSame(const Graph& seen, const Graph& expected) {
  ASSERT_EQ(seen.tensors.size(), expected.tensors.size());
  for (size_t i = 0; i < seen.tensors.size(); ++i) {
    const Tensor &a = seen.tensors[i], &b = expected.tensors[i];
    EXPECT_EQ(a.name, b.name);
    EXPECT_EQ(a.shape, b.shape) << a.name;
    EXPECT_EQ(a.type, b.type) << a.name;
    EXPECT_EQ(a.element, b.element) << a.name;
    EXPECT_EQ(a.isConstant, b.isConstant) << a.name;
    EXPECT_EQ(a.floats, b.floats) << a.name;
    EXPECT_EQ(a.integers, b.integers) << a.name;
    EXPECT_TRUE(a.missing.empty()) << a.name;
  }
  ASSERT_EQ(seen.nodes.size(), expected.nodes.size());
  for (size_t i = 0; i < seen.nodes.size(); ++i) {
    EXPECT_EQ(seen.nodes[i].op, expected.nodes[i].op);
    EXPECT_EQ(seen.nodes[i].inputs, expected.nodes[i].inputs);
    EXPECT_EQ(seen.nodes[i].outputs, expected.nodes[i].outputs);
  }
}

/// As an encoder reads a model.
Result<Graph> readInSteps(ModelSource& source, uint64_t largeBytes) {
  PITH_ASSIGN_OR_RETURN(const OnnxFile file, OnnxFile::open(source, Limits{}, nullptr, largeBytes));
  PITH_ASSIGN_OR_RETURN(Graph graph, file.outline(size));
  const std::vector<TensorId> outputs = graph.outputs;
  PITH_ASSIGN_OR_RETURN(graph, file.withWeights(std::move(graph), size, outputs));
  graph = cutGraph(std::move(graph), outputs);
  PITH_RETURN_IF_ERROR(firstRefusal(graph));
  return graph;
}

Result<Graph> readWhole(const Bytes& bytes) {
  PITH_ASSIGN_OR_RETURN(Graph graph, importOnnx(bytes, size, Limits{}));
  const std::vector<TensorId> outputs = graph.outputs;
  graph = cutGraph(std::move(graph), outputs);
  PITH_RETURN_IF_ERROR(firstRefusal(graph));
  return graph;
}

TEST(OnnxFile, GivesTheSameGraphHoweverItIsRead) {
  size_t number = 0;
  for (const OnnxBuilder& network : networks()) {
    SCOPED_TRACE(number++);
    const auto whole = readWhole(network.build());
    ASSERT_TRUE(whole.ok()) << whole.error().detail;
    for (const uint64_t largeBytes : {uint64_t{0}, uint64_t{40}, uint64_t{200}, largeWeightBytes}) {
      Source source(network.build());
      const auto graph = readInSteps(source, largeBytes);
      ASSERT_TRUE(graph.ok()) << graph.error().detail;
      expectSame(*graph, *whole);
    }
  }
}

/// 8 channels become 512, behind which a head of 16 MB comes.
Bytes withLargeHead() {
  OnnxBuilder builder = begun();
  builder.floats("w", {512, 8, 3, 3}, numbers(512 * 8 * 9)).floats("fc", {8192, 512}, numbers(8192 * 512)).constant("fc2", {100, 8192}, numbers(819200));
  builder.floats("scale", {8192}, numbers(8192));
  return builder.node("Conv", {"x", "w"}, {"map"}, {{"pads", OnnxBuilder::Ints{1, 1, 1, 1}}})
      .node("GlobalAveragePool", {"map"}, {"pooled"})
      .node("Flatten", {"pooled"}, {"flat"})
      .node("Gemm", {"flat", "fc"}, {"hidden"}, {{"transB", int64_t{1}}})
      .node("Mul", {"hidden", "scale"}, {"scaled"})
      .node("Transpose", {"fc2"}, {"turned"})
      .node("MatMul", {"scaled", "turned"}, {"y"})
      .build();
}

TEST(OnnxFile, ReadsNoWeightsThatNobodyNeeds) {
  const Bytes bytes = withLargeHead();
  ASSERT_GT(bytes.size(), size_t{20'000'000});
  Source source(bytes);
  const auto file = OnnxFile::open(source, Limits{});
  ASSERT_TRUE(file.ok()) << file.error().detail;
  auto outline = file->outline(size);
  ASSERT_TRUE(outline.ok()) << outline.error().detail;
  // A window around each of the four tensors that are passed over.
  EXPECT_LT(source.bytesRead, 5 * BufferedSource::windowBytes);
  const auto map = std::ranges::find(outline->tensors, "map", &Tensor::name);
  ASSERT_NE(map, outline->tensors.end());
  const std::vector<TensorId> taps{static_cast<TensorId>(map - outline->tensors.begin())};
  const size_t before = source.bytesRead, weights = 512 * 8 * 9 * sizeof(float);
  const auto graph = file->withWeights(std::move(*outline), size, taps);
  ASSERT_TRUE(graph.ok()) << graph.error().detail;
  EXPECT_LT(source.bytesRead - before, weights + BufferedSource::windowBytes);
  const auto whole = importOnnx(bytes, size, Limits{});
  ASSERT_TRUE(whole.ok()) << whole.error().detail;
  expectSame(cutGraph(*graph, taps), cutGraph(*whole, taps));
  EXPECT_EQ(firstRefusal(*graph).error().code, ErrorCode::internalError) << "the head has no weights";
}

TEST(OnnxFile, SaysThatASourceFailed) {
  for (const OnnxBuilder& network : networks()) {
    size_t allowed = 0;
    for (bool isRead = false; !isRead; ++allowed) {
      Source source(network.build());
      source.readsAllowed = allowed;
      const auto graph = readInSteps(source, 0);
      isRead = graph.ok();
      if (!isRead) EXPECT_EQ(graph.error().code, ErrorCode::readFailed) << graph.error().detail;
      ASSERT_LT(allowed, size_t{100});
    }
    EXPECT_GT(allowed, size_t{1});
  }
  Source stingy(withLargeHead());
  stingy.bytesAtOnce = BufferedSource::windowBytes;
  const auto graph = readInSteps(stingy, largeWeightBytes);
  ASSERT_FALSE(graph.ok());
  EXPECT_EQ(graph.error().code, ErrorCode::readFailed);
}

/// In pieces and in memory, the same is refused for the same reason.
TEST(OnnxFile, RefusesDamageAsAFileInMemory) {
  const Bytes bytes = networks().back().build();
  for (size_t length = 0; length < bytes.size(); ++length) {
    const Bytes part(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
    Source source(part);
    const auto graph = readInSteps(source, 0);
    const auto whole = importOnnx(part, size, Limits{});
    ASSERT_FALSE(graph.ok()) << length;
    ASSERT_FALSE(whole.ok()) << length;
    EXPECT_EQ(graph.error().detail, whole.error().detail) << length;
  }
  for (size_t at = 0; at < bytes.size(); ++at) {
    Bytes damaged = bytes;
    damaged[at] ^= 0x55U;
    Source source(damaged);
    const auto graph = readInSteps(source, 0);
    const auto whole = readWhole(damaged);
    ASSERT_EQ(graph.ok(), whole.ok()) << at;
    if (graph.ok()) expectSame(*graph, *whole);
  }
}

Bytes joined(std::initializer_list<std::string> parts) {
  std::string all;
  for (const std::string& part : parts) all += part;
  return {all.begin(), all.end()};
}

std::string field(uint32_t number, const std::string& content) {
  std::string bytes;
  protozero::pbf_writer(bytes).add_string(number, content);
  return bytes;
}

std::string text(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

/// Protobuf lets a message come in parts, fields in any order, and fields that nobody knows.
TEST(OnnxFile, TakesFieldsInAnyOrder) {
  const std::string opset = field(8, std::string("\x10\x0d"));
  const std::string weights = field(5, std::string("\x08\x08\x08\x08\x08\x01\x08\x01\x10\x01\x42\x01w", 13) +
                                           field(9, std::string(64 * sizeof(float), '\0')));
  const std::string nodes = field(1, field(1, "x") + field(1, "w") + field(2, "y") + field(4, "Conv"));
  const std::string ends = text(begun().build());  // a whole model: the graph has its input and output alone
  const std::string unknown = field(77, "nobody knows this") + std::string("\xd0\x08\x07\xdd\x08zzzz\xd9\x08zzzzzzzz", 19);
  const Bytes orders[] = {
      joined({ends, field(7, nodes), field(7, weights)}),
      joined({field(7, weights + unknown + nodes), unknown, ends}),
      joined({unknown, field(7, nodes), opset, ends, field(7, unknown + weights)}),
  };
  for (const Bytes& bytes : orders) {
    Source source(bytes);
    const auto graph = readInSteps(source, 0);
    ASSERT_TRUE(graph.ok()) << graph.error().detail;
    ASSERT_EQ(graph->nodes.size(), 1U);
    EXPECT_EQ(graph->tensor(graph->nodes[0].inputs[1]).floats, std::vector<float>(64, 0.0F));
  }
  const Bytes twice = joined({ends, field(7, nodes), field(7, weights), field(7, weights)});
  Source source(twice);
  EXPECT_EQ(readInSteps(source, 0).error().code, ErrorCode::corruptModel);
}

TEST(OnnxFile, RefusesWhatProtobufDoesNotHave) {
  const std::string whole = text(networks().front().build());
  const std::pair<const char*, std::string> cases[] = {
      {"a group", std::string("\x0b\x0c", 2)},
      {"field 0", std::string("\x02\x01z", 3)},
      {"a length beyond the file", std::string("\x3a\xff\xff\xff\xff\x0f", 6)},
      {"a length of 64 bits", std::string("\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11)},
      {"a number without end", std::string("\x08", 1) + std::string(11, '\xff')},
      {"a number that is cut off", std::string("\x08\xff", 2)},
  };
  for (const auto& [what, bytes] : cases) {
    Source source(joined({whole, bytes}));
    const auto graph = readInSteps(source, 0);
    ASSERT_FALSE(graph.ok()) << what;
    EXPECT_EQ(graph.error().code, ErrorCode::corruptModel) << what;
  }
}

}  // namespace
}  // namespace pith::test

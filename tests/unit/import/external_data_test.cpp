// SPDX-License-Identifier: Apache-2.0
// Weights in other files: what is read, and what is refused before a file is asked for.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "pith/import/model_digest.h"
#include "pith/onnx/onnx.h"
#include "unit/onnx/builder.h"

namespace pith::test {
namespace {

/// Files in memory; remembers what was asked for.
class Files : public ExternalData {
 public:
  std::map<std::string, std::vector<uint8_t>, std::less<>> files;
  std::vector<std::string> asked;

  Result<ByteView> open(std::string_view location) override {
    asked.emplace_back(location);
    const auto found = files.find(location);
    if (found == files.end()) return Error{ErrorCode::readFailed, "There is no such file."};
    return ByteView(found->second);
  }
};

Files filesWith(const std::vector<float>& numbers) {
  Files files;
  auto& bytes = files.files["weights/a.bin"];
  bytes.resize(numbers.size() * sizeof(float));
  std::memcpy(bytes.data(), numbers.data(), bytes.size());
  return files;
}

OnnxBuilder model(const std::string& location, const std::string& offset, const std::string& length) {
  return OnnxBuilder().input("x", {1, 2, 1, 1}).external("w", {2, 1, 1}, location, offset, length).output("y").node("Add", {"x", "w"}, {"y"});
}

Result<Graph> import(const OnnxBuilder& builder, ExternalData* files) {
  return importOnnx(builder.build(), {1, 1, 2}, Limits{}, files);
}

TEST(ExternalData, IsReadWhereItLies) {
  Files files = filesWith({1, 2, 3, 4});
  const auto graph = import(model("weights/a.bin", "4", "8"), &files);
  ASSERT_TRUE(graph.ok()) << graph.error().detail;
  const auto weights = std::ranges::find(graph->tensors, "w", &Tensor::name);
  ASSERT_NE(weights, graph->tensors.end());
  EXPECT_EQ(weights->floats, (std::vector<float>{2, 3}));
}

TEST(ExternalData, IsRefusedWhereNobodyHasFiles) {
  const auto graph = import(model("weights/a.bin", "4", "8"), nullptr);
  ASSERT_TRUE(graph.ok());
  EXPECT_EQ(firstRefusal(*graph).error().code, ErrorCode::unsupportedDataType);
}

TEST(ExternalData, StaysInItsFolder) {
  for (const char* location : {"", "/etc/hosts", "../a.bin", "weights/../../a.bin", "..", "C:a.bin", "weights\\a.bin", "weights/.."}) {
    Files files = filesWith({1, 2, 3, 4});
    const auto graph = import(model(location, "0", "8"), &files);
    ASSERT_FALSE(graph.ok()) << location;
    EXPECT_EQ(graph.error().code, ErrorCode::corruptModel) << location;
    EXPECT_TRUE(files.asked.empty()) << location;
  }
}

TEST(ExternalData, MustFitItsTensor) {
  const std::pair<const char*, const char*> places[] = {{"12", "8"},  {"16", "8"}, {"9223372036854775807", "8"}, {"0", "4"},
                                                        {"0", "16"}, {"-4", "8"}, {"four", "8"},                {"0", "99999999999999999999"}};
  for (const auto& [offset, length] : places) {
    Files files = filesWith({1, 2, 3, 4});
    const auto graph = import(model("weights/a.bin", offset, length), &files);
    ASSERT_FALSE(graph.ok()) << offset << " " << length;
    EXPECT_EQ(graph.error().code, ErrorCode::corruptModel) << offset << " " << length;
  }
  Files files;
  EXPECT_EQ(import(model("weights/a.bin", "0", "8"), &files).error().code, ErrorCode::readFailed);
}

std::vector<uint8_t> joined(std::initializer_list<Sha256Digest> digests) {
  std::vector<uint8_t> bytes;
  for (const Sha256Digest& digest : digests) bytes.insert(bytes.end(), digest.begin(), digest.end());
  return bytes;
}

TEST(ModelDigest, CoversEveryFileInTheOrderOfItsName) {
  Files files = filesWith({1, 2, 3, 4});
  files.files["b.bin"] = {1, 2, 3, 4, 5, 6, 7, 8};
  const auto file = model("weights/a.bin", "0", "8").external("v", {2, 1, 1}, "b.bin", "0", "8").external("u", {2, 1, 1}, "b.bin", "8", "0").build();
  EXPECT_EQ(externalFiles(file), (std::vector<std::string>{"b.bin", "weights/a.bin"}));
  const auto expected = [&] {
    return sha256(joined({sha256(file), sha256(files.files["b.bin"]), sha256(files.files["weights/a.bin"])}));
  };
  const auto digest = modelDigest(file, &files);
  ASSERT_TRUE(digest.ok());
  EXPECT_EQ(*digest, expected());
  files.files["weights/a.bin"][15] ^= 1;  // a byte that no tensor takes
  EXPECT_NE(*modelDigest(file, &files), *digest);
  EXPECT_EQ(*modelDigest(file, &files), expected());
  files.files.erase("b.bin");
  EXPECT_EQ(modelDigest(file, &files).error().code, ErrorCode::readFailed);
}

TEST(ModelDigest, CoversTheFilesOfBranches) {
  const auto branch = [](const char* location) {
    return OnnxBuilder().external("w", {2, 1, 1}, location, "0", "8").output("r").node("Add", {"x", "w"}, {"r"}).body();
  };
  const uint8_t yes = 1;
  const auto file = OnnxBuilder()
                        .input("x", {1, 2, 1, 1})
                        .raw("if", {}, 9, &yes, 1)
                        .output("y")
                        .node("If", {"if"}, {"y"}, {{"then_branch", branch("weights/a.bin")}, {"else_branch", branch("b.bin")}})
                        .build();
  EXPECT_EQ(externalFiles(file), (std::vector<std::string>{"b.bin", "weights/a.bin"}));
  Files files = filesWith({1, 2});
  files.files["b.bin"] = std::vector<uint8_t>(8);
  const auto graph = importOnnx(file, {1, 1, 2}, Limits{}, &files);
  ASSERT_TRUE(graph.ok()) << graph.error().detail;
  EXPECT_TRUE(firstRefusal(*graph).ok());  // they are read, so they must be covered
  const Sha256Digest digest = *modelDigest(file, &files);
  files.files["weights/a.bin"][3] ^= 1;
  EXPECT_NE(*modelDigest(file, &files), digest);
}

TEST(ModelDigest, IsThatOfTheFileWhereNothingLiesElsewhere) {
  Files files;
  const auto whole = OnnxBuilder().input("x", {1, 2, 1, 1}).output("y").node("Relu", {"x"}, {"y"}).build();
  const auto outside = model("../a.bin", "0", "8").build();
  for (const auto& file : {whole, outside, std::vector<uint8_t>{1, 2, 3}, std::vector<uint8_t>{}}) {
    EXPECT_EQ(*modelDigest(file, &files), sha256(file));
    EXPECT_EQ(*modelDigest(file, nullptr), sha256(file));
  }
  EXPECT_EQ(*modelDigest(model("a.bin", "0", "8").build(), nullptr), sha256(model("a.bin", "0", "8").build()));
  EXPECT_TRUE(files.asked.empty());
}

TEST(ExternalData, DoesNotOverlap) {
  const auto two = [](const char* offset) {
    return model("weights/a.bin", "0", "8").external("v", {2, 1, 1}, "weights/a.bin", offset, "8").node("Add", {"y", "v"}, {"z"});
  };
  Files files = filesWith({1, 2, 3, 4});
  EXPECT_TRUE(import(two("8"), &files).ok());
  for (const char* offset : {"0", "4"}) {
    const auto graph = import(two(offset), &files);
    ASSERT_FALSE(graph.ok());
    EXPECT_EQ(graph.error().code, ErrorCode::corruptModel);
    EXPECT_NE(graph.error().detail.find("overlap"), std::string::npos);
  }
}

}  // namespace
}  // namespace pith::test

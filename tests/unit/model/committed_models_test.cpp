// SPDX-License-Identifier: Apache-2.0
// What models/ and samples/ hold must fit together: a model retrained without its manifest or its golden
// features is a mistake that no other test would name.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "pith/model/manifest.h"

namespace pith {
namespace {

const std::filesystem::path repository = PITH_REPOSITORY;

std::string readFile(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// Folders of models/ that hold a manifest.
std::vector<std::filesystem::path> modelFolders() {
  std::vector<std::filesystem::path> folders;
  for (const auto& entry : std::filesystem::directory_iterator(repository / "models")) {
    if (std::filesystem::exists(entry.path() / "manifest.json")) folders.push_back(entry.path());
  }
  return folders;
}

TEST(CommittedModels, EveryManifestDescribesTheFileBesideIt) {
  ASSERT_FALSE(modelFolders().empty());
  for (const std::filesystem::path& folder : modelFolders()) {
    const Result<Manifest> manifest = parseManifest(readFile(folder / "manifest.json"));
    ASSERT_TRUE(manifest.ok()) << folder << ": " << manifest.error().detail;
    EXPECT_EQ(manifest->name, folder.filename().string());
    const Status verified = verifyModelFile(*manifest, asBytes(readFile(folder / manifest->file)));
    EXPECT_TRUE(verified.ok()) << folder << ": " << verified.error().detail;
  }
}

TEST(CommittedModels, GoldenFeaturesBelongToTheModelAndTheSamples) {
  for (const std::filesystem::path& folder : modelFolders()) {
    const Result<Manifest> manifest = parseManifest(readFile(folder / "manifest.json"));
    ASSERT_TRUE(manifest.ok()) << manifest.error().detail;
    const Result<Json> golden = Json::parse(readFile(folder / "golden.json"));
    ASSERT_TRUE(golden.ok()) << folder << ": " << golden.error().detail;
    EXPECT_EQ(*golden->find("modelSha256")->asString(), manifest->sha256);
    const Json::Array& samples = *golden->find("samples")->asArray();
    EXPECT_GE(samples.size(), 3U);
    for (const Json& sample : samples) {
      const std::string content = readFile(repository / "samples" / *sample.find("file")->asString());
      EXPECT_EQ(*sample.find("sha256")->asString(), toHex(sha256(asBytes(content))))
          << *sample.find("file")->asString();
      const Json::Array& features = *sample.find("features")->asArray();
      EXPECT_EQ(features.size(), static_cast<size_t>(manifest->featureCount));
      std::set<double> different;
      for (const Json& feature : features) different.insert(feature.number());
      // Features of a network that learnt nothing or died are all alike.
      EXPECT_GT(different.size(), features.size() / 2) << folder;
    }
  }
}

}  // namespace
}  // namespace pith

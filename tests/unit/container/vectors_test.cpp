// SPDX-License-Identifier: Apache-2.0
#include "unit/container/vectors.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

namespace pith {
namespace {

const std::string folder = PITH_REPOSITORY "/spec/vectors/";

std::string readFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Vectors, EveryFileGivesItsContentOrItsError) {
  size_t count = 0;
  for (const char* kind : {"valid", "invalid"}) {
    for (const auto& entry : std::filesystem::directory_iterator(folder + kind)) {
      if (entry.path().extension() != ".pith") continue;
      const std::string file = readFile(entry.path().string());
      const std::string json = readFile(entry.path().parent_path() / (entry.path().stem().string() + ".json"));
      EXPECT_EQ(test::answerTo(asBytes(file)).dump(true) + "\n", json) << entry.path().filename();
      EXPECT_EQ(json.find("\"error\"") != std::string::npos, std::string_view(kind) == "invalid") << entry.path().filename();
      ++count;
    }
  }
  EXPECT_EQ(count, test::makeVectors().size());
}

// The same content must give the same file: today's writer against the files that were written when the format was fixed.
TEST(Vectors, MadeAnewTheyAreTheSameBytes) {
  for (const test::Vector& vector : test::makeVectors()) {
    const std::string file = readFile(folder + vector.name + ".pith");
    EXPECT_TRUE(std::ranges::equal(asBytes(file), vector.bytes)) << vector.name;
  }
}

// A vector must fail for its own reason; these are the reasons, kept apart from the generator.
TEST(Vectors, EveryInvalidFileHasTheErrorOfItsRule) {
  const std::map<std::string, std::string> exceptions = {
      {"001", "truncatedContainer"}, {"002", "notAContainer"},      {"003", "notAContainer"},
      {"004", "unsupportedVersion"}, {"005", "truncatedContainer"}, {"007", "hashMismatch"},
      {"008", "hashMismatch"},       {"009", "hashMismatch"},       {"017", "unsupportedVersion"},
      {"026", "unsupportedSection"}, {"041", "nonFiniteFeature"}};
  for (const test::Vector& vector : test::makeVectors()) {
    if (!vector.name.starts_with("invalid/")) continue;
    const auto found = exceptions.find(vector.name.substr(8, 3));
    const std::string expected = found == exceptions.end() ? "corruptContainer" : found->second;
    EXPECT_NE(vector.json.find("\"error\": \"" + expected + "\""), std::string::npos) << vector.name << vector.json;
  }
}

}  // namespace
}  // namespace pith

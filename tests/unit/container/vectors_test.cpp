// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "unit/container/vectors/vectors.h"

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
      EXPECT_EQ(test::answerTo(asBytes(file)), json) << entry.path().filename();
      EXPECT_EQ(json.starts_with("{\n  \"error\""), std::string_view(kind) == "invalid") << entry.path().filename();
      ++count;
    }
  }
  EXPECT_EQ(count, test::makeVectors().size());
}

// The same content must give the same file: today's writer against the files that were written when the format was fixed.
TEST(Vectors, MadeAnewTheyAreTheSameBytes) {
  std::set<std::string> names;
  for (const test::Vector& vector : test::makeVectors()) {
    EXPECT_TRUE(names.insert(vector.name).second) << vector.name;
    const std::string file = readFile(folder + vector.name + ".pith");
    EXPECT_TRUE(std::ranges::equal(asBytes(file), vector.bytes)) << vector.name;
  }
}

// A vector must fail with the error of its rule, not with any.
TEST(Vectors, EveryInvalidFileHasTheErrorOfItsRule) {
  for (const test::Vector& vector : test::makeVectors()) {
    const std::string expected = vector.error.empty() ? "" : "\"error\": \"" + vector.error + "\"";
    const std::string answer = test::answerTo(vector.bytes);
    EXPECT_NE(answer.find(expected), std::string::npos) << vector.name << answer;
    EXPECT_EQ(answer.starts_with("{\n  \"error\""), !vector.error.empty()) << vector.name << answer.substr(0, 200);
  }
}

}  // namespace
}  // namespace pith

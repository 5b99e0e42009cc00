// SPDX-License-Identifier: Apache-2.0
#include "pith/model/manifest.h"

#include <gtest/gtest.h>

namespace pith {
namespace {

/// SHA-256 of the three bytes "abc" (FIPS 180-4, example B.1).
constexpr std::string_view abcSha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

Json::Object validFields() {
  return {{"name", "tiny-0"},        {"title", "A tiny network"},
          {"file", "model.onnx"},    {"sha256", abcSha256},
          {"sizeBytes", 3},          {"recipe", *Json::parse(R"({"size":[32,48],"channels":"grey"})")},
          {"tap", "pool"},           {"featureCount", 16},
          {"licence", "Apache-2.0"}, {"attribution", "Trained on numbers."},
          {"provisional", true}};
}

std::string textWith(std::string_view field, Json value) {
  Json::Object fields = validFields();
  for (auto& [name, old] : fields) {
    if (name == field) old = std::move(value);
  }
  return Json(std::move(fields)).dump();
}

std::string textWithout(std::string_view field) {
  Json::Object fields = validFields();
  std::erase_if(fields, [&](const Json::Member& member) { return member.first == field; });
  return Json(std::move(fields)).dump();
}

void expectRefused(const std::string& text, std::string_view named,
                   ErrorCode code = ErrorCode::invalidManifest) {
  const Result<Manifest> manifest = parseManifest(text);
  ASSERT_FALSE(manifest.ok()) << text;
  EXPECT_EQ(manifest.error().code, code) << text;
  EXPECT_NE(manifest.error().detail.find(named), std::string::npos) << manifest.error().detail;
}

TEST(Manifest, EveryFieldIsRead) {
  const Result<Manifest> manifest = parseManifest(Json(validFields()).dump());
  ASSERT_TRUE(manifest.ok()) << manifest.error().detail;
  EXPECT_EQ(manifest->name, "tiny-0");
  EXPECT_EQ(manifest->title, "A tiny network");
  EXPECT_EQ(manifest->file, "model.onnx");
  EXPECT_EQ(manifest->sha256, abcSha256);
  EXPECT_EQ(manifest->sizeBytes, 3);
  EXPECT_EQ(manifest->recipe.height, 32);
  EXPECT_EQ(manifest->recipe.channels, Channels::grey);
  EXPECT_EQ(manifest->tap, "pool");
  EXPECT_EQ(manifest->featureCount, 16);
  EXPECT_EQ(manifest->licence, "Apache-2.0");
  EXPECT_EQ(manifest->attribution, "Trained on numbers.");
  EXPECT_TRUE(manifest->provisional);
}

TEST(Manifest, TapAndProvisionalMayBeLeftOutAndNothingElse) {
  for (const auto& [field, value] : validFields()) {
    if (field == "tap" || field == "provisional") {
      const Result<Manifest> manifest = parseManifest(textWithout(field));
      ASSERT_TRUE(manifest.ok()) << manifest.error().detail;
      EXPECT_TRUE(field == "tap" ? manifest->tap.empty() : !manifest->provisional);
    } else {
      expectRefused(textWithout(field), field + " is missing");
    }
  }
}

TEST(Manifest, EveryFieldOfAnotherTypeIsNamed) {
  for (const auto& [field, value] : validFields()) {
    const ErrorCode code = field == "recipe" ? ErrorCode::invalidRecipe : ErrorCode::invalidManifest;
    expectRefused(textWith(field, Json::Array{1, 2}), field, code);
    expectRefused(textWith(field, Json()), field, code);
  }
}

TEST(Manifest, UnknownAndRepeatedFieldsAreNamed) {
  Json::Object fields = validFields();
  fields.emplace_back("license", "MIT");
  expectRefused(Json(fields).dump(), "\"license\"");
  fields.back() = {"title", "again"};
  expectRefused(Json(fields).dump(), "title is given twice");
  expectRefused("{", "not JSON");
  expectRefused("[]", "an object");
}

TEST(Manifest, NamesThatLeaveTheFolderAreRefused) {
  for (const char* name :
       {"", ".", "..", ".hidden", "a/b", "../a", "a\\b", "C:model", "a b", "a\n", "-a", "ä"}) {
    expectRefused(textWith("file", name), "file is ");
    expectRefused(textWith("name", name), "name is ");
  }
  expectRefused(textWith("file", std::string(65, 'a')), "1 to 64");
  expectRefused(textWith("file", std::string("a\0b", 3)), "file is ");
  EXPECT_TRUE(parseManifest(textWith("file", std::string(64, 'a'))).ok());
}

TEST(Manifest, ValuesOutOfBoundsAreNamed) {
  expectRefused(textWith("sizeBytes", 0), "sizeBytes is 0");
  expectRefused(textWith("sizeBytes", (int64_t{2} << 30) + 1), "2147483648");
  expectRefused(textWith("sizeBytes", 3.5), "sizeBytes is 3.5");
  expectRefused(textWith("featureCount", -1), "featureCount is -1");
  expectRefused(textWith("featureCount", 1'000'001), "featureCount");
  expectRefused(textWith("sha256", std::string(63, 'a')), "sha256");
  expectRefused(textWith("sha256", std::string(64, 'g')), "sha256");
  expectRefused(textWith("title", ""), "title");
  expectRefused(textWith("title", "two\nlines"), "title");
  expectRefused(textWith("attribution", std::string(4001, 'a')), "attribution");
  expectRefused(textWith("recipe", Json::Object{{"size", Json::Array{0, 1}}}), "size[0]",
                ErrorCode::invalidRecipe);
}

TEST(Manifest, AModelFileIsVerifiedBySizeAndSha256) {
  const Result<Manifest> manifest = parseManifest(Json(validFields()).dump());
  ASSERT_TRUE(manifest.ok()) << manifest.error().detail;
  EXPECT_TRUE(verifyModelFile(*manifest, asBytes("abc")).ok());

  const Status longer = verifyModelFile(*manifest, asBytes("abcd"));
  ASSERT_FALSE(longer.ok());
  EXPECT_EQ(longer.error().code, ErrorCode::weightsMismatch);
  EXPECT_NE(longer.error().detail.find("4 bytes"), std::string::npos) << longer.error().detail;

  const Status other = verifyModelFile(*manifest, asBytes("abd"));
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().code, ErrorCode::weightsMismatch);
  EXPECT_NE(other.error().detail.find(abcSha256), std::string::npos) << other.error().detail;
}

TEST(Manifest, Sha256MayBeWrittenInCapitals) {
  std::string capitals(abcSha256);
  for (char& c : capitals) c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  const Result<Manifest> manifest = parseManifest(textWith("sha256", capitals));
  ASSERT_TRUE(manifest.ok()) << manifest.error().detail;
  EXPECT_TRUE(verifyModelFile(*manifest, asBytes("abc")).ok());
}

}  // namespace
}  // namespace pith

// SPDX-License-Identifier: Apache-2.0
#include "pith/image/resize.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "pictures.h"
#include "pith/image/prepare.h"

namespace pith {
namespace {

/// Cases that tests/reference/make_resize.py wrote: the committed ones, and a folder of more where one is
/// named.
struct References {
  Json cases;
  std::vector<uint8_t> pixels;

  static References load(const std::string& folder) {
    const std::vector<uint8_t> text = readFile(folder + "/cases.json");
    const Result<Json> json = Json::parse(asText(text));
    return {json ? *json : Json(), readFile(folder + "/pixels.bin")};
  }

  Image picture(const Json& place) const {
    return imageFrom(pixels, static_cast<size_t>(integerOf(place, "offset")), integerOf(place, "width"),
                     integerOf(place, "height"), integerOf(place, "channels"),
                     *place.find("dtype")->asString() == "u16" ? 16 : 8);
  }
};

Resample resampleNamed(const std::string& name) {
  return name == "box"        ? Resample::box
         : name == "bilinear" ? Resample::bilinear
         : name == "bicubic"  ? Resample::bicubic
                              : Resample::lanczos;
}

void expectResizesEqual(const References& references) {
  const Json* cases = references.cases.find("resize");
  ASSERT_NE(cases, nullptr);
  ASSERT_FALSE(cases->asArray()->empty());
  for (const Json& each : *cases->asArray()) {
    const Image expected = references.picture(*each.find("output"));
    const Result<Image> resized =
        resizeImage(references.picture(*each.find("input")), expected.width, expected.height,
                    resampleNamed(*each.find("resample")->asString()));
    ASSERT_TRUE(resized.ok()) << resized.error().detail;
    EXPECT_EQ(resized->width, expected.width);
    EXPECT_EQ(resized->height, expected.height);
    EXPECT_TRUE(resized->u8 == expected.u8 && resized->u16 == expected.u16) << *each.find("name")->asString();
  }
}

/// The references' recipes do not scale, so the values are whole numbers.
void expectPreparationsEqual(const References& references) {
  const Json* cases = references.cases.find("prepare");
  ASSERT_NE(cases, nullptr);
  ASSERT_FALSE(cases->asArray()->empty());
  for (const Json& each : *cases->asArray()) {
    const Image expected = references.picture(*each.find("output"));
    const Result<Recipe> recipe = recipeFromJson(*each.find("recipe"));
    ASSERT_TRUE(recipe.ok()) << recipe.error().detail;
    const Result<FloatBuffer> input = prepareImage(references.picture(*each.find("input")), *recipe);
    ASSERT_TRUE(input.ok()) << input.error().detail;
    ASSERT_EQ(input->size(), expected.u8.size());
    EXPECT_TRUE(std::equal(expected.u8.begin(), expected.u8.end(), input->data()))
        << *each.find("name")->asString();
  }
}

TEST(Resize, EqualsPillowByteForByte) { expectResizesEqual(References::load(PITH_TEST_DATA "/resize")); }

TEST(Prepare, EqualsPillowAndTorchvisionByteForByte) {
  expectPreparationsEqual(References::load(PITH_TEST_DATA "/resize"));
}

TEST(Resize, EqualsPillowOnFilms) {
  const char* folder = std::getenv("PITH_REFERENCE_DIR");
  if (!folder)
    GTEST_SKIP()
        << "PITH_REFERENCE_DIR is not set; tests/reference/README.md says how to make the references";
  const References references = References::load(std::string(folder) + "/resize");
  if (references.pixels.empty()) GTEST_SKIP() << "the references of make_resize.py are not there";
  expectResizesEqual(references);
  expectPreparationsEqual(references);
}

TEST(Resize, SixteenBitsKeepTheirSteps) {
  // Between 1000 and 1001 there is nothing; an average of four is rounded half up.
  const Image image{.width = 2,
                    .height = 2,
                    .channels = 1,
                    .sampleType = SampleType::u16,
                    .u8 = {},
                    .u16 = {1000, 1001, 1001, 1000}};
  const Result<Image> small = resizeImage(image, 1, 1, Resample::box);
  ASSERT_TRUE(small.ok());
  // Rows first: (1000 + 1001) / 2 = 1000.5 gives 1001 in both.
  EXPECT_EQ(small->u16, std::vector<uint16_t>({1001}));
}

TEST(Resize, ExtentsOutsideTheRangeAreRefused) {
  const Image image{
      .width = 1, .height = 1, .channels = 1, .sampleType = SampleType::u8, .u8 = {7}, .u16 = {}};
  for (const auto& [width, height] : {std::pair{0, 1}, {1, 0}, {-1, 5}, {65536, 1}, {1, 65536}}) {
    const Result<Image> resized = resizeImage(image, width, height, Resample::bilinear);
    ASSERT_FALSE(resized.ok());
    EXPECT_EQ(resized.error().code, ErrorCode::invalidArgument);
  }
  const Result<Image> huge = resizeImage(image, 65535, 65535, Resample::bilinear);
  ASSERT_FALSE(huge.ok());
  EXPECT_EQ(huge.error().code, ErrorCode::imageTooLarge);
}

}  // namespace
}  // namespace pith

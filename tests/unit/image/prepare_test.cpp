// SPDX-License-Identifier: Apache-2.0
#include "pith/image/prepare.h"

#include <gtest/gtest.h>

namespace pith {
namespace {

Image greyRamp(int width, int height) {
  Image image{
      .width = width, .height = height, .channels = 1, .sampleType = SampleType::u8, .u8 = {}, .u16 = {}};
  for (int i = 0; i < width * height; ++i) image.u8.push_back(static_cast<uint8_t>(i));
  return image;
}

Recipe recipeOf(const std::string& json) {
  const Result<Recipe> recipe = parseRecipe(json);
  EXPECT_TRUE(recipe.ok()) << recipe.error().detail;
  return recipe ? *recipe : Recipe{};
}

std::vector<float> prepared(const Image& image, const std::string& json) {
  const Result<FloatBuffer> input = prepareImage(image, recipeOf(json));
  EXPECT_TRUE(input.ok()) << input.error().detail;
  return input ? std::vector<float>(input->span().begin(), input->span().end()) : std::vector<float>{};
}

TEST(Prepare, NormalisesInDoubleInTheOrderOfTheChannels) {
  const Image image{
      .width = 1, .height = 1, .channels = 3, .sampleType = SampleType::u8, .u8 = {10, 20, 200}, .u16 = {}};
  const double scale = 1.0 / 255.0;
  const auto value = [&](int x, double mean, double std) {
    return static_cast<float>((x * scale - mean) / std);
  };
  EXPECT_EQ(prepared(image, R"({"size":[1,1],"mean":[0.485,0.456,0.406],"std":[0.229,0.224,0.225]})"),
            std::vector<float>({value(10, 0.485, 0.229), value(20, 0.456, 0.224), value(200, 0.406, 0.225)}));
  EXPECT_EQ(
      prepared(image,
               R"({"size":[1,1],"channels":"bgr","mean":[0.485,0.456,0.406],"std":[0.229,0.224,0.225]})"),
      std::vector<float>({value(200, 0.485, 0.229), value(20, 0.456, 0.224), value(10, 0.406, 0.225)}));
}

TEST(Prepare, GreyIsRepeatedAndColourBecomesLuma) {
  const Image grey{
      .width = 1, .height = 1, .channels = 1, .sampleType = SampleType::u8, .u8 = {77}, .u16 = {}};
  EXPECT_EQ(prepared(grey, R"({"size":[1,1],"scale":1})"), std::vector<float>({77, 77, 77}));
  // 0.299 * 255 = 76.2, 0.587 * 255 = 149.7, 0.114 * 255 = 29.1
  const Image colours{.width = 3,
                      .height = 1,
                      .channels = 3,
                      .sampleType = SampleType::u8,
                      .u8 = {255, 0, 0, 0, 255, 0, 0, 0, 255},
                      .u16 = {}};
  EXPECT_EQ(prepared(colours, R"({"size":[1,3],"channels":"grey","scale":1})"),
            std::vector<float>({76, 150, 29}));
}

TEST(Prepare, SixteenBitsReachTheFloatsUnrounded) {
  const Image image{
      .width = 2, .height = 1, .channels = 1, .sampleType = SampleType::u16, .u8 = {}, .u16 = {65535, 300}};
  EXPECT_EQ(prepared(image, R"({"size":[1,2],"channels":"grey","scale":1})"),
            std::vector<float>({255.0f, static_cast<float>(300 / 257.0)}));
  const Image white{.width = 1,
                    .height = 1,
                    .channels = 3,
                    .sampleType = SampleType::u16,
                    .u8 = {},
                    .u16 = {65535, 65535, 65535}};
  EXPECT_EQ(prepared(white, R"({"size":[1,1],"channels":"grey","scale":1})"), std::vector<float>({255.0f}));
}

TEST(Prepare, LetterboxCentresOnTheFill) {
  // 4 x 2 into 4 x 5: no resampling, three free rows, of which one (3 / 2, cut off) lies above.
  EXPECT_EQ(
      prepared(greyRamp(4, 2), R"({"size":[5,4],"fit":"letterbox","fill":9,"channels":"grey","scale":1})"),
      std::vector<float>({9, 9, 9, 9, 0, 1, 2, 3, 4, 5, 6, 7, 9, 9, 9, 9, 9, 9, 9, 9}));
  // 4 x 3 into 6 x 2: the height decides; 4 * 2 / 3 = 2.67, so 3 columns; one free column on the left, two on
  // the right.
  const std::vector<float> wide = prepared(Image{.width = 4,
                                                 .height = 3,
                                                 .channels = 1,
                                                 .sampleType = SampleType::u8,
                                                 .u8 = std::vector<uint8_t>(12, 50),
                                                 .u16 = {}},
                                           R"({"size":[2,6],"fit":"letterbox","channels":"grey","scale":1})");
  EXPECT_EQ(wide, std::vector<float>({0, 50, 50, 50, 0, 0, 0, 50, 50, 50, 0, 0}));
}

TEST(Prepare, CropCutsTheCentreWithHalvesToEven) {
  // 5 x 2 to the middle 2 x 2: round(1.5) = 2, so columns 2 and 3.
  EXPECT_EQ(prepared(greyRamp(5, 2), R"({"size":[2,2],"fit":"crop","channels":"grey","scale":1})"),
            std::vector<float>({2, 3, 7, 8}));
  // 3 x 2 to 2 x 2: round(0.5) = 0.
  EXPECT_EQ(prepared(greyRamp(3, 2), R"({"size":[2,2],"fit":"crop","channels":"grey","scale":1})"),
            std::vector<float>({0, 1, 3, 4}));
}

TEST(Prepare, WhatCannotBeFittedIsRefused) {
  const Recipe crop = recipeOf(R"({"size":[224,224],"fit":"crop"})");
  const Result<FloatBuffer> tooLong = prepareImage(greyRamp(1, 400), crop);
  ASSERT_FALSE(tooLong.ok());
  EXPECT_EQ(tooLong.error().code, ErrorCode::imageTooLarge);
  const Result<FloatBuffer> empty = prepareImage(Image{}, crop);
  ASSERT_FALSE(empty.ok());
  EXPECT_EQ(empty.error().code, ErrorCode::emptyImage);
  const Result<FloatBuffer> unfinished = prepareImage(greyRamp(2, 2), Recipe{});
  ASSERT_FALSE(unfinished.ok());
  EXPECT_EQ(unfinished.error().code, ErrorCode::invalidRecipe);
  const Result<FloatBuffer> overLimit = prepareImage(greyRamp(2, 2), crop, Limits{.maxPixels = 100});
  ASSERT_FALSE(overLimit.ok());
  EXPECT_EQ(overLimit.error().code, ErrorCode::imageTooLarge);
}

TEST(Thumbnail, FitsAndIsOpaque) {
  const Image wide{.width = 400,
                   .height = 100,
                   .channels = 1,
                   .sampleType = SampleType::u16,
                   .u8 = {},
                   .u16 = std::vector<uint16_t>(40000, 0x8080)};
  const Result<Thumbnail> thumbnail = makeThumbnail(wide, 64);
  ASSERT_TRUE(thumbnail.ok()) << thumbnail.error().detail;
  EXPECT_EQ(thumbnail->width, 64);
  EXPECT_EQ(thumbnail->height, 16);
  ASSERT_EQ(thumbnail->rgba.size(), 64u * 16 * 4);
  for (size_t i = 0; i < thumbnail->rgba.size(); i += 4) {
    EXPECT_EQ(std::vector<uint8_t>(&thumbnail->rgba[i], &thumbnail->rgba[i] + 4),
              std::vector<uint8_t>({0x80, 0x80, 0x80, 255}));
  }
  const Result<Thumbnail> same = makeThumbnail(greyRamp(3, 2), 64);
  ASSERT_TRUE(same.ok());
  EXPECT_EQ(same->width, 3);
  EXPECT_EQ(makeThumbnail(greyRamp(3, 2), 0).error().code, ErrorCode::invalidArgument);
}

}  // namespace
}  // namespace pith

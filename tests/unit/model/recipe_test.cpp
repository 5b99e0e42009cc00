// SPDX-License-Identifier: Apache-2.0
#include "pith/model/recipe.h"

#include <gtest/gtest.h>

namespace pith {
namespace {

TEST(Recipe, OnlySizeIsRequiredAndTheDefaultsAreThoseDocumented) {
  const Result<Recipe> recipe = parseRecipe(R"({"size":[200,300]})");
  ASSERT_TRUE(recipe.ok()) << recipe.error().detail;
  EXPECT_EQ(recipe->height, 200);
  EXPECT_EQ(recipe->width, 300);
  EXPECT_EQ(recipe->fit, Fit::stretch);
  EXPECT_EQ(recipe->resample, Resample::bilinear);
  EXPECT_EQ(recipe->channels, Channels::rgb);
  EXPECT_EQ(recipe->scale, 1.0 / 255.0);
  EXPECT_EQ(recipe->mean, std::vector<double>({0, 0, 0}));
  EXPECT_EQ(recipe->std, std::vector<double>({1, 1, 1}));
}

TEST(Recipe, EveryFieldIsRead) {
  const Result<Recipe> crop = parseRecipe(
      R"({"size":[224,192],"fit":"crop","resizeShortest":256,"resample":"bicubic","channels":"bgr",
          "scale":0.5,"mean":[1,2,3],"std":[0.25,4,5]})");
  ASSERT_TRUE(crop.ok()) << crop.error().detail;
  EXPECT_EQ(crop->fit, Fit::crop);
  EXPECT_EQ(crop->resizeShortest, 256);
  EXPECT_EQ(crop->resample, Resample::bicubic);
  EXPECT_EQ(crop->channels, Channels::bgr);
  EXPECT_EQ(crop->scale, 0.5);
  EXPECT_EQ(crop->mean, std::vector<double>({1, 2, 3}));
  EXPECT_EQ(crop->std, std::vector<double>({0.25, 4, 5}));

  const Result<Recipe> letterbox = parseRecipe(
      R"({"size":[8,8],"fit":"letterbox","fill":114,"resample":"lanczos","channels":"grey","mean":[7]})");
  ASSERT_TRUE(letterbox.ok()) << letterbox.error().detail;
  EXPECT_EQ(letterbox->fit, Fit::letterbox);
  EXPECT_EQ(letterbox->fill, 114);
  EXPECT_EQ(letterbox->resample, Resample::lanczos);
  EXPECT_EQ(letterbox->channelCount(), 1);
  EXPECT_EQ(letterbox->mean, std::vector<double>({7}));
  EXPECT_EQ(letterbox->std, std::vector<double>({1}));
}

TEST(Recipe, CropWithoutResizeShortestCutsFromTheLargerSide) {
  const Result<Recipe> recipe = parseRecipe(R"({"size":[192,224],"fit":"crop"})");
  ASSERT_TRUE(recipe.ok()) << recipe.error().detail;
  EXPECT_EQ(recipe->resizeShortest, 224);
}

TEST(Recipe, WrittenOutItIsCompleteAndReadsBackToTheSameText) {
  const Result<Recipe> recipe =
      parseRecipe(R"({"std":[2],"channels":"grey","fit":"letterbox","size":[4,5]})");
  ASSERT_TRUE(recipe.ok()) << recipe.error().detail;
  const std::string text = recipeToJson(*recipe).dump();
  EXPECT_EQ(text, R"({"size":[4,5],"fit":"letterbox","fill":0,"resample":"bilinear","channels":"grey",)"
                  R"("scale":0.00392156862745098,"mean":[0.0],"std":[2.0]})");
  for (const char* source :
       {R"({"size":[4,5],"fit":"letterbox","std":[2],"channels":"grey"})",
        R"({"size":[9,8],"fit":"crop","resizeShortest":17,"resample":"box","channels":"bgr"})",
        R"({"size":[9,8],"mean":[0.485,0.456,0.406],"std":[0.229,0.224,0.225]})"}) {
    const Result<Recipe> first = parseRecipe(source);
    ASSERT_TRUE(first.ok()) << first.error().detail;
    const std::string written = recipeToJson(*first).dump();
    const Result<Recipe> second = parseRecipe(written);
    ASSERT_TRUE(second.ok()) << second.error().detail;
    EXPECT_EQ(recipeToJson(*second).dump(), written);
    EXPECT_EQ(second->scale, first->scale);
    EXPECT_EQ(second->mean, first->mean);
  }
}

struct Refusal {
  const char* json;
  const char* named;  // what the sentence must name
};

class RecipeRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(RecipeRefusal, NamesTheField) {
  const Result<Recipe> recipe = parseRecipe(GetParam().json);
  ASSERT_FALSE(recipe.ok()) << GetParam().json;
  EXPECT_EQ(recipe.error().code, ErrorCode::invalidRecipe);
  EXPECT_NE(recipe.error().detail.find(GetParam().named), std::string::npos) << recipe.error().detail;
}

INSTANTIATE_TEST_SUITE_P(
    Recipe, RecipeRefusal,
    testing::Values(Refusal{"{", "not JSON"}, Refusal{"[]", "an object"}, Refusal{"{}", "size"},
                    Refusal{R"({"size":224})", "size"}, Refusal{R"({"size":[224]})", "size"},
                    Refusal{R"({"size":[224,0]})", "size[1]"}, Refusal{R"({"size":[70000,1]})", "size[0]"},
                    Refusal{R"({"size":[1.5,1]})", "size[0]"}, Refusal{R"({"size":["8",1]})", "size[0]"},
                    Refusal{R"({"size":[8,8],"sise":1})", "\"sise\""},
                    Refusal{R"({"size":[8,8],"size":[9,9]})", "size is given twice"},
                    Refusal{R"({"size":[8,8],"fit":"pad"})", "fit is \"pad\""},
                    Refusal{R"({"size":[8,8],"fit":1})", "fit is 1"},
                    Refusal{R"({"size":[8,8],"resizeShortest":9})", "resizeShortest"},
                    Refusal{R"({"size":[8,9],"fit":"crop","resizeShortest":8})", "from 9"},
                    Refusal{R"({"size":[8,8],"fit":"crop","fill":8})", "fill"},
                    Refusal{R"({"size":[8,8],"fit":"letterbox","fill":256})", "fill is 256"},
                    Refusal{R"({"size":[8,8],"resample":"nearest"})", "resample"},
                    Refusal{R"({"size":[8,8],"channels":"RGB"})", "channels"},
                    Refusal{R"({"size":[8,8],"scale":0})", "scale"},
                    Refusal{R"({"size":[8,8],"scale":null})", "scale is null"},
                    Refusal{R"({"size":[8,8],"mean":[0]})", "mean"},
                    Refusal{R"({"size":[8,8],"mean":[0,0,true]})", "mean[2]"},
                    Refusal{R"({"size":[8,8],"std":[1,0,1]})", "std[1]"},
                    Refusal{R"({"size":[8,8],"std":[1,1,-1]})", "std[2]"},
                    Refusal{R"({"size":[8,8],"scale":1e300})", "float32"},
                    Refusal{R"({"size":[8,8],"std":[1e-300,1,1]})", "float32"}));

}  // namespace
}  // namespace pith

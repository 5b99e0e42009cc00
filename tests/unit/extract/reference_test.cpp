// SPDX-License-Identifier: Apache-2.0
// Features of real networks against what PyTorch computes. PITH_REFERENCE_DIR names the folder that
// tests/reference fills: make_torchvision.py writes DIR/torchvision, squeezenet_reference.py writes
// DIR/squeezenet.
#include <gtest/gtest.h>

#include <algorithm>

#include "pith/extract/extractor.h"
#include "unit/extract/reference_files.h"

namespace pith {
namespace {

using test::numbersIn;
using test::readFile;
using test::readJson;
using test::referenceFolder;
using test::relativeDistance;
using test::toNhwc;

ExtractorOptions optionsFor(int side) {
  ExtractorOptions options;
  options.recipe.height = side;
  options.recipe.width = side;
  return options;
}

class Torchvision : public testing::TestWithParam<const char*> {};

TEST_P(Torchvision, FeaturesAreThoseOfPyTorchWithoutHelp) {
  if (referenceFolder().empty())
    GTEST_SKIP() << "PITH_REFERENCE_DIR is not set (see tests/reference/README.md)";
  const std::string stem = referenceFolder() + "/torchvision/" + GetParam();
  const Json description = readJson(stem + ".json");
  const auto model = readFile(stem + ".onnx");
  const auto features = readFile(stem + ".features.bin");
  if (std::string_view(GetParam()).starts_with("extra/") && !model)
    GTEST_SKIP() << "made only on demand (make_torchvision.py --only)";
  ASSERT_TRUE(model && features && description.find("taps")) << "the reference folder is incomplete";
  const auto side = static_cast<int>(*(*description.find("inputShape")->asArray())[3].asInteger());
  const auto input = readFile(referenceFolder() + "/torchvision/input-" + std::to_string(side) + ".bin");
  ASSERT_TRUE(input) << "the reference folder is incomplete";

  auto extractor = Extractor::load(*model, optionsFor(side));
  ASSERT_TRUE(extractor.ok()) << extractor.error().detail;
  EXPECT_EQ(extractor->info().featureCount, *description.find("featureCount")->asInteger());
  if (const Json::Array* taps = description.find("taps")->asArray()) {
    EXPECT_TRUE(std::ranges::any_of(*taps, [&](const Json& tap) {
      return *tap.asString() == extractor->info().tap;
    })) << extractor->info().tap;
  }
  for (const TapCandidate& candidate : extractor->tapCandidates()) {
    if (candidate.chosen) EXPECT_EQ(tapKindName(candidate.kind), *description.find("kind")->asString());
  }
  const auto seen = extractor->extractPrepared(toNhwc(numbersIn<float>(*input), 3));
  ASSERT_TRUE(seen.ok()) << seen.error().detail;
  const auto expected = numbersIn<float>(*features);
  ASSERT_EQ(seen->size(), expected.size());
  // The bound is the promise that is made to users. It leaves room for other orders of summation: the
  // reference itself is within "float32Error" (below 4e-6) of float64.
  EXPECT_LT(relativeDistance(*seen, expected), 1e-4);
  RecordProperty("relativeDistance", std::to_string(relativeDistance(*seen, expected)));
}

INSTANTIATE_TEST_SUITE_P(All, Torchvision,
                         testing::Values("alexnet", "convnext_tiny", "densenet121", "efficientnet_b0",
                                         "googlenet", "inception_v3", "mnasnet0_5", "mobilenet_v2",
                                         "mobilenet_v2-unfolded", "mobilenet_v3_large", "regnet_x_400mf",
                                         "regnet_y_400mf", "resnet18", "resnet18-unfolded", "resnet50",
                                         "resnext50_32x4d", "shufflenet_v2_x1_0", "squeezenet1_1", "vgg16",
                                         "vit_ti_16"));

INSTANTIATE_TEST_SUITE_P(OnDemand, Torchvision,
                         testing::Values("extra/densenet201", "extra/efficientnet_v2_s", "extra/maxvit_t",
                                         "extra/vgg16_bn", "extra/vit_b_16", "extra/vit_b_32",
                                         "extra/wide_resnet50_2"));

/// One picture of the shared data through the network with ImageNet's weights in half precision.
void checkSqueezeNet(const Json& description, const Json& picture) {
  const std::string folder = referenceFolder() + "/squeezenet/";
  const std::string stem = *picture.find("stem")->asString();
  SCOPED_TRACE(stem);
  const auto model =
      readFile(std::string(PITH_SHARED_DATA "/models/") + *description.find("model")->asString());
  const auto input = readFile(folder + stem + ".input.bin");
  const auto features = readFile(folder + stem + ".features.bin");
  ASSERT_TRUE(model && input && features) << "the reference folder or the shared data is incomplete";
  const FloatBuffer prepared = toNhwc(numbersIn<float>(*input), 3);

  auto headless = Extractor::load(*model, optionsFor(224));
  ASSERT_TRUE(headless.ok()) << headless.error().detail;
  EXPECT_EQ(headless->info().tap, *description.find("tap")->asString());
  const auto seen = headless->extractPrepared(prepared);
  ASSERT_TRUE(seen.ok()) << seen.error().detail;
  const auto expected = numbersIn<float>(*features);
  ASSERT_EQ(expected.size(), 512U);
  ASSERT_EQ(seen->size(), expected.size());
  EXPECT_LT(relativeDistance(*seen, expected), 2e-3);  // the promise for weights in half precision

  ExtractorOptions whole = optionsFor(224);
  whole.tap = "softmaxout_1";
  auto classifier = Extractor::load(*model, whole);
  ASSERT_TRUE(classifier.ok()) << classifier.error().detail;
  const auto probabilities = classifier->extractPrepared(prepared);
  ASSERT_TRUE(probabilities.ok()) << probabilities.error().detail;
  const auto best = std::max_element(probabilities->begin(), probabilities->end());
  EXPECT_EQ(best - probabilities->begin(), *picture.find("top1")->asInteger());
  // The score is written with three decimals.
  EXPECT_NEAR(*best, picture.find("score")->number(), 0.0005 + 2e-3);
}

TEST(SqueezeNet, FeaturesAndClassesOfRealPictures) {
  if (referenceFolder().empty())
    GTEST_SKIP() << "PITH_REFERENCE_DIR is not set (see tests/reference/README.md)";
  if (!readFile(referenceFolder() + "/squeezenet/squeezenet.json"))
    GTEST_SKIP() << "the shared test data is not beside this clone: there is no squeezenet/squeezenet.json";
  const Json description = readJson(referenceFolder() + "/squeezenet/squeezenet.json");
  ASSERT_TRUE(description.find("cases") && description.find("cases")->asArray())
      << "the reference folder is incomplete";
  ASSERT_EQ(description.find("cases")->asArray()->size(), 5U);
  for (const Json& picture : *description.find("cases")->asArray()) checkSqueezeNet(description, picture);
}

}  // namespace
}  // namespace pith

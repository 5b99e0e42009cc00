// SPDX-License-Identifier: Apache-2.0
// Small networks with the ends of published transformers, or with the blocks of published architectures, and the features
// PyTorch computes there (tests/reference/make_transformers.py and make_blocks.py).
#include <gtest/gtest.h>

#include "pith/extract/extractor.h"
#include "unit/extract/reference_files.h"

namespace pith {
namespace {

using test::numbersIn;
using test::readFile;

void expectReferenceFeatures(const std::string &folder, const std::string &name) {
  const Json description = test::readJson(folder + name + ".json");
  const auto model = readFile(folder + name + ".onnx");
  const auto input = readFile(folder + "input.bin");
  const auto features = readFile(folder + name + ".features.bin");
  ASSERT_TRUE(model && input && features && description.find("kind")) << "the reference folder is incomplete";
  ExtractorOptions options;
  options.recipe.height = options.recipe.width = 64;
  auto extractor = Extractor::load(*model, options);
  ASSERT_TRUE(extractor.ok()) << extractor.error().detail;
  EXPECT_EQ(poolingName(extractor->info().pooling), *description.find("pooling")->asString());
  for (const TapCandidate &candidate : extractor->tapCandidates()) {
    if (candidate.chosen) EXPECT_EQ(tapKindName(candidate.kind), *description.find("kind")->asString());
  }
  const auto seen = extractor->extractPrepared(test::toNhwc(numbersIn<float>(*input), 3));
  ASSERT_TRUE(seen.ok()) << seen.error().detail;
  const auto expected = numbersIn<float>(*features);
  ASSERT_EQ(seen->size(), expected.size());
  EXPECT_LT(test::relativeDistance(*seen, expected),
            1e-4);  // the promise that is made to users
}

class Transformers : public testing::TestWithParam<const char *> {};

TEST_P(Transformers, FeaturesAreThoseOfPyTorchWithoutHelp) {
  if (test::referenceFolder().empty())
    GTEST_SKIP() << "PITH_REFERENCE_DIR is not set (see tests/reference/README.md)";
  expectReferenceFeatures(test::referenceFolder() + "/transformers/", GetParam());
}

class Blocks : public testing::TestWithParam<const char *> {};

TEST_P(Blocks, FeaturesAreThoseOfPyTorchWithoutHelp) {
  if (test::referenceFolder().empty())
    GTEST_SKIP() << "PITH_REFERENCE_DIR is not set (see tests/reference/README.md)";
  expectReferenceFeatures(test::referenceFolder() + "/blocks/", GetParam());
}

INSTANTIATE_TEST_SUITE_P(All, Transformers,
                         testing::Values("token", "token-17", "headless", "sliced_token", "two_outputs",
                                         "all_tokens", "distilled", "registers", "late_norm", "late_norm-17",
                                         "late_norm_outputs", "patch_average", "token_average",
                                         "pooled_across", "channels_last", "channels_last-17"));

INSTANTIATE_TEST_SUITE_P(All, Blocks,
                         testing::Values("eca", "cbam", "blur_pool", "standardised", "res2", "selective_kernels", "mobile_vit", "swin_v2", "efficient_vit", "xcit",
                                         "mlp_mixer", "pvt", "convnext_v2", "focal", "involution", "pool_former", "coordinates",
                                         "two_resolutions", "large_kernels", "borders", "shuffles", "transposed", "curves",
                                         "dropped_axes", "both_pools", "conditions", "generalised_mean", "attention_pool", "log_sum_exp"));

}  // namespace
}  // namespace pith

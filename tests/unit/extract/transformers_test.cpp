// SPDX-License-Identifier: Apache-2.0
// The ends of published transformers, and the features PyTorch computes there
// (tests/reference/make_transformers.py).
#include <gtest/gtest.h>

#include "pith/extract/extractor.h"
#include "unit/extract/reference_files.h"

namespace pith {
namespace {

using test::numbersIn;
using test::readFile;

class Transformers : public testing::TestWithParam<const char *> {};

TEST_P(Transformers, FeaturesAreThoseOfPyTorchWithoutHelp) {
  if (test::referenceFolder().empty())
    GTEST_SKIP() << "PITH_REFERENCE_DIR is not set (see tests/reference/README.md)";
  const std::string folder = test::referenceFolder() + "/transformers/";
  const Json description = test::readJson(folder + GetParam() + ".json");
  const auto model = readFile(folder + GetParam() + ".onnx");
  const auto input = readFile(folder + "input.bin");
  const auto features = readFile(folder + GetParam() + ".features.bin");
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

INSTANTIATE_TEST_SUITE_P(All, Transformers,
                         testing::Values("token", "token-17", "headless", "sliced_token", "two_outputs",
                                         "all_tokens", "distilled", "registers", "late_norm", "late_norm-17",
                                         "late_norm_outputs", "patch_average", "token_average",
                                         "pooled_across", "channels_last", "channels_last-17"));

}  // namespace
}  // namespace pith

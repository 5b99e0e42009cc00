// SPDX-License-Identifier: Apache-2.0
// The whole path, from a sample's file to its features, against what Pillow and PyTorch made of the same file
// with the encoder of the repository (models/train/export.py).
#include <gtest/gtest.h>

#include <cmath>

#include "pith/base/json.h"
#include "pith/extract/extractor.h"
#include "pith/model/manifest.h"
#include "unit/extract/test_files.h"

namespace pith {
namespace {

const std::string modelFolder = PITH_REPOSITORY "/models/pith-cxr-1/";

/// Decoding and resampling are exact (the golden samples are of lossless formats), so only the rounding of
/// float32 sums is left, on either side. A sum of n products is off by about sqrt(n) * 2^-24 of its terms'
/// size; the longest has 9 * 208 products; the errors of the 14 convolutions in a row add up at worst; and
/// both sides make them.
const double tolerance = 2 * 14 * std::sqrt(9.0 * 208.0) * std::pow(2.0, -24);  // 7.2e-5, relative L2

std::string textOf(const std::string& path) {
  const auto bytes = test::readFile(path);
  return bytes ? std::string(asText(*bytes)) : std::string();
}

double relativeDistance(const std::vector<float>& seen, const Json::Array& expected) {
  double difference = 0, norm = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    difference += std::pow(double{seen[i]} - expected[i].number(), 2);
    norm += std::pow(expected[i].number(), 2);
  }
  return std::sqrt(difference / norm);
}

TEST(Golden, SamplesGiveTheFeaturesOfPillowAndPyTorch) {
  const auto manifest = parseManifest(textOf(modelFolder + "manifest.json"));
  ASSERT_TRUE(manifest.ok()) << manifest.error().detail;
  const auto modelFile = test::readFile(modelFolder + manifest->file);
  ASSERT_TRUE(modelFile);
  ExtractorOptions options;
  options.recipe = manifest->recipe;
  options.tap = manifest->tap;
  auto extractor = Extractor::load(*modelFile, options);
  ASSERT_TRUE(extractor.ok()) << extractor.error().detail;
  EXPECT_EQ(extractor->info().featureCount, manifest->featureCount);

  const auto golden = Json::parse(textOf(modelFolder + "golden.json"));
  ASSERT_TRUE(golden.ok()) << golden.error().detail;
  const Json::Array& samples = *golden->find("samples")->asArray();
  ASSERT_GE(samples.size(), 3U);
  std::vector<float> previous;
  for (const Json& sample : samples) {
    SCOPED_TRACE(*sample.find("file")->asString());
    const auto file = test::readFile(PITH_REPOSITORY "/samples/" + *sample.find("file")->asString());
    ASSERT_TRUE(file);
    const auto features = extractor->extract(*file);
    ASSERT_TRUE(features.ok()) << features.error().detail;
    const Json::Array& expected = *sample.find("features")->asArray();
    ASSERT_EQ(features->size(), expected.size());
    EXPECT_LT(relativeDistance(*features, expected), tolerance);
    // The tolerance tells one film from another by far, or passing would mean nothing.
    if (!previous.empty()) EXPECT_GT(relativeDistance(previous, expected), 1000 * tolerance);
    previous = *features;
  }
}

}  // namespace
}  // namespace pith

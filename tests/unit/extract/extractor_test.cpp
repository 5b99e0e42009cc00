// SPDX-License-Identifier: Apache-2.0
// Whole model files of several exporters: each loads, or is refused by name.
#include "pith/extract/extractor.h"

#include <gtest/gtest.h>

#include "unit/extract/test_files.h"

namespace pith {
namespace {

using test::readFile;

struct RealModel {
  const char* path;  // in the shared data
  int height, width, channels;
  const char* tap;    // that is found without help; empty: the model is refused
  int featureCount;   // of that tap
  ErrorCode refusal;  // where it is refused
};

// What is refused: the detectors, which have no global pooling.
const RealModel realModels[] = {
    {"models/onnx/SqueezeNet_fp16.onnx", 224, 224, 3, "fire9/concat_1", 512, {}},
    {"models/onnx/mnist.onnx", 28, 28, 1, "Pooling160_Output_0", 16, {}},
    {"models/onnx/cifar10_ImageClassifier.onnx", 32, 32, 3, "43", 24, {}},
    {"models/onnx/version-RFB-320.onnx", 240, 320, 3, "", 0, ErrorCode::tapNotFound},
    {"models/onnx/version-RFB-320_without_postprocessing.onnx", 240, 320, 3, "", 0, ErrorCode::tapNotFound},
    {"models/onnx/version-slim-320_simplified.onnx", 240, 320, 3, "", 0, ErrorCode::tapNotFound},
    {"onnx/light/light_bvlc_alexnet.onnx", 224, 224, 3, "r14", 256, {}},
    {"onnx/light/light_densenet121.onnx", 224, 224, 3, "r907", 1024, {}},
    {"onnx/light/light_inception_v1.onnx", 224, 224, 3, "r138", 1024, {}},
    {"onnx/light/light_inception_v2.onnx", 224, 224, 3, "r504", 1024, {}},
    {"onnx/light/light_resnet50.onnx", 224, 224, 3, "r171", 2048, {}},
    {"onnx/light/light_shufflenet.onnx", 224, 224, 3, "r198", 544, {}},
    {"onnx/light/light_squeezenet.onnx", 224, 224, 3, "r60", 512, {}},
    {"onnx/light/light_vgg19.onnx", 224, 224, 3, "r36", 512, {}},
    {"onnx/light/light_zfnet512.onnx", 224, 224, 3, "r14", 512, {}},
};

TEST(RealModels, LoadOrAreRefusedByName) {
  for (const RealModel& real : realModels) {
    SCOPED_TRACE(real.path);
    const auto file = readFile(std::string(PITH_SHARED_DATA "/") + real.path);
    if (!file) GTEST_SKIP() << "the shared data is not there";
    ExtractorOptions options;
    options.recipe.height = real.height;
    options.recipe.width = real.width;
    options.recipe.channels = real.channels == 1 ? Channels::grey : Channels::rgb;
    auto extractor = Extractor::load(*file, options);
    if (real.featureCount == 0) {
      ASSERT_FALSE(extractor.ok());
      EXPECT_EQ(errorName(extractor.error().code), errorName(real.refusal)) << extractor.error().detail;
      continue;
    }
    ASSERT_TRUE(extractor.ok()) << extractor.error().detail;
    EXPECT_EQ(extractor->info().tap, real.tap);
    EXPECT_EQ(extractor->info().featureCount, real.featureCount);
    EXPECT_EQ(extractor->info().pooling, Pooling::average);
    EXPECT_EQ(extractor->info().modelSha256, sha256(*file));
    const FloatBuffer black(static_cast<size_t>(real.height * real.width * real.channels));
    const auto features = extractor->extractPrepared(black);
    ASSERT_TRUE(features.ok()) << features.error().detail;
    EXPECT_EQ(features->size(), static_cast<size_t>(real.featureCount));
  }
}

}  // namespace
}  // namespace pith

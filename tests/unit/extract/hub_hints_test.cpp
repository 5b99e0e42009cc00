// SPDX-License-Identifier: Apache-2.0
// The public model zoo names a feature tensor for 67 of its files. Where the graph is at hand (onnx/light has
// the same topologies with other names), the cut that is found is compared with what the zoo names.
#include <gtest/gtest.h>

#include <map>

#include "pith/base/json.h"
#include "pith/extract/encoder.h"
#include "unit/extract/test_files.h"

namespace pith {
namespace {

struct Family {
  const char* prefix;  // of the zoo's name for the model
  int hinted;          // width of the tensor that the zoo names
  int found;           // width of the cut that is found
  const char* light;   // the same topology in the shared data, where there is one
};

// Where the two differ: the zoo names the second fully connected layer of networks that flatten their last
// map (fc7 of AlexNet and its kin), which belongs to a head here; and for SqueezeNet the pooled class scores,
// which are no features. Both can be named.
const Family families[] = {
    {"AlexNet", 4096, 256, "light_bvlc_alexnet.onnx"},
    {"CaffeNet", 4096, 256, nullptr},
    {"DenseNet-121", 1024, 1024, "light_densenet121.onnx"},
    {"EfficientNet-Lite4", 1280, 1280, nullptr},
    {"GoogleNet", 1024, 1024, nullptr},
    {"Inception-1", 1024, 1024, "light_inception_v1.onnx"},
    {"Inception-2", 1024, 1024, "light_inception_v2.onnx"},
    {"MobileNet v2", 1280, 1280, nullptr},
    {"R-CNN", 4096, 256, nullptr},
    {"ResNet18", 512, 512, nullptr},
    {"ResNet34", 512, 512, nullptr},
    {"ResNet50", 2048, 2048, "light_resnet50.onnx"},
    {"ResNet1", 2048, 2048, nullptr},  // 101 and 152
    {"ShuffleNet-v1", 544, 544, "light_shufflenet.onnx"},
    {"ShuffleNet-v2", 1024, 1024, nullptr},
    {"SqueezeNet", 1000, 512, "light_squeezenet.onnx"},
    {"VGG", 4096, 512, "light_vgg19.onnx"},
    {"ZFNet", 1024, 512, "light_zfnet512.onnx"},
};

const Family* familyOf(const std::string& model) {
  const Family* best = nullptr;
  for (const Family& family : families) {
    const bool isLonger =
        !best || std::string_view(family.prefix).size() > std::string_view(best->prefix).size();
    if (model.starts_with(family.prefix) && isLonger) best = &family;
  }
  return best;
}

TEST(HubHints, AgreeWithWhatIsFoundOrAreNoFeaturesOfABody) {
  const auto file = test::readFile(PITH_SHARED_DATA "/pins/ONNX_HUB_MANIFEST.json");
  if (!file) GTEST_SKIP() << "the shared data is not there";
  const auto manifest = Json::parse(asText(*file));
  ASSERT_TRUE(manifest.ok()) << manifest.error().detail;
  int hints = 0;
  for (const Json& entry : *manifest->asArray()) {
    const Json* ports = entry.find("metadata") ? entry.find("metadata")->find("extra_ports") : nullptr;
    const Json* features = ports ? ports->find("features") : nullptr;
    if (!features) continue;
    ++hints;
    const std::string& model = *entry.find("model")->asString();
    SCOPED_TRACE(model);
    const Family* family = familyOf(model);
    ASSERT_TRUE(family);
    EXPECT_EQ(*(*(*features->asArray())[0].find("shape")->asArray())[1].asInteger(), family->hinted);
  }
  EXPECT_EQ(hints, 67);
}

TEST(HubHints, TheSameTopologiesAreCutThere) {
  for (const Family& family : families) {
    if (!family.light) continue;
    SCOPED_TRACE(family.light);
    const auto file = test::readFile(std::string(PITH_SHARED_DATA "/onnx/light/") + family.light);
    if (!file) GTEST_SKIP() << "the shared data is not there";
    Recipe recipe;
    recipe.height = recipe.width = 224;
    const auto inspection = inspectModel(*file, recipe);
    ASSERT_TRUE(inspection.ok()) << inspection.error().detail;
    int found = 0;
    for (const TapCandidate& tap : inspection->taps) {
      if (tap.chosen) found = static_cast<int>(tap.shape.back());
    }
    EXPECT_EQ(found, family.found);
  }
}

}  // namespace
}  // namespace pith

// SPDX-License-Identifier: Apache-2.0
// What a loaded network holds: its packed weights, not the file and the graph as well.
#include <gtest/gtest.h>

#include "pith/extract/extractor.h"
#include "unit/extract/reference_files.h"

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
#if !defined(__has_feature)
#define PITH_COUNTS_MEMORY 1
#elif !__has_feature(address_sanitizer)
#define PITH_COUNTS_MEMORY 1
#endif
#endif

#ifdef PITH_COUNTS_MEMORY
#include <malloc.h>

namespace pith {
namespace {

size_t heldBytes() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

class Memory : public testing::TestWithParam<const char*> {};

TEST_P(Memory, OfALoadedNetworkIsThatOfItsWeightsAndWhatTheyWorkOn) {
  if (test::referenceFolder().empty()) GTEST_SKIP() << "PITH_REFERENCE_DIR is not set (see tests/reference/README.md)";
  auto model = test::readFile(test::referenceFolder() + "/torchvision/" + GetParam() + ".onnx");
  ASSERT_TRUE(model) << "the reference folder is incomplete";
  const size_t weights = model->size(), before = heldBytes() - weights;
  ExtractorOptions options;
  options.recipe.height = options.recipe.width = 224;
  size_t imported = 0;
  options.onImported = [&] {
    std::remove_reference_t<decltype(*model)>().swap(*model);
    imported = heldBytes() - before;
  };
  const auto extractor = Extractor::load(*model, options);
  ASSERT_TRUE(extractor.ok()) << extractor.error().detail;
  EXPECT_LT(imported, weights * 11 / 10 + (size_t{1} << 20)) << "the graph holds more than the weights";
  EXPECT_LT(heldBytes() - before, weights * 12 / 10 + 40'000'000) << "of " << weights;
}

INSTANTIATE_TEST_SUITE_P(All, Memory, testing::Values("resnet50", "densenet121", "mobilenet_v2", "mobilenet_v2-unfolded"));

}  // namespace
}  // namespace pith
#endif

// SPDX-License-Identifier: Apache-2.0
// Any bytes: they are refused with a sentence, or become kernels that are ready to run on a 16x16 picture.
#include <cstdlib>

#include "pith/extract/extractor.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const pith::ExtractorOptions options = [] {
    pith::ExtractorOptions small;
    small.recipe.height = 16;
    small.recipe.width = 16;
    small.limits.maxTensorElements = 1 << 20;
    small.limits.maxNodes = 1000;
    return small;
  }();
  const pith::Result<pith::Extractor> extractor = pith::Extractor::load({data, size}, options);
  if (!extractor) {
    if (extractor.error().detail.empty()) std::abort();
    return 0;
  }
  if (extractor->info().featureCount < 1 || extractor->info().tap.empty()) std::abort();
  return 0;
}

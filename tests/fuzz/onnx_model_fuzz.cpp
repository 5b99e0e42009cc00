// SPDX-License-Identifier: Apache-2.0
// Any bytes: they are made compact, or refused with a sentence; and refused, or become kernels that run on an 8x8 picture, twice with the same result.
#include <cmath>
#include <cstdlib>

#include "pith/extract/extractor.h"
#include "pith/model/onnx_compact.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const pith::ExtractorOptions options = [] {
    pith::ExtractorOptions small;
    small.recipe.height = 8;
    small.recipe.width = 8;
    // So few elements that the slowest kernel is done in time.
    small.limits.maxTensorElements = 1 << 13;
    small.limits.maxNodes = 200;
    return small;
  }();
  for (const pith::CompactWeights weights : {pith::CompactWeights::f16, pith::CompactWeights::i8}) {
    const auto compact = pith::compactOnnx({data, size}, {}, weights, options.limits);
    if (!compact.ok() && compact.error().detail.empty()) std::abort();
  }
  pith::Result<pith::Extractor> extractor = pith::Extractor::load({data, size}, options);
  if (!extractor) {
    if (extractor.error().detail.empty()) std::abort();
    return 0;
  }
  if (extractor->info().featureCount < 1 || extractor->info().tap.empty()) std::abort();
  pith::FloatBuffer picture(static_cast<size_t>(8 * 8 * options.recipe.channelCount()));
  for (size_t i = 0; i < picture.size(); ++i) picture.data()[i] = static_cast<float>(i % 17) / 8 - 1;
  const auto first = extractor->extractPrepared(picture);
  const auto second = extractor->extractPrepared(picture);
  if (first.ok() != second.ok()) std::abort();
  if (!first) return 0;
  if (first->size() != static_cast<size_t>(extractor->info().featureCount) || *first != *second) std::abort();
  return 0;
}

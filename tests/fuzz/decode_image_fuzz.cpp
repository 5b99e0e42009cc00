// SPDX-License-Identifier: Apache-2.0
// Any bytes: they are refused, or make a picture that is complete and can be prepared.
#include <cstdlib>

#include "pith/image/decode.h"
#include "pith/image/prepare.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const pith::Limits limits{.maxPixels = 1 << 20};
  const pith::Result<pith::Image> image = pith::decodeImage({data, size}, limits);
  if (!image) {
    if (image.error().detail.empty()) std::abort();
    return 0;
  }
  const bool isWide = image->sampleType == pith::SampleType::u16;
  const size_t count = static_cast<size_t>(image->sampleCount());
  if (count == 0 || image->u8.size() != (isWide ? 0 : count) || image->u16.size() != (isWide ? count : 0))
    std::abort();

  static const pith::Recipe recipe =
      *pith::parseRecipe(R"({"size":[16,24],"fit":"letterbox","resample":"bicubic"})");
  const pith::Result<pith::FloatBuffer> input = pith::prepareImage(*image, recipe, limits);
  if (input && input->size() != 16 * 24 * 3) std::abort();
  return 0;
}

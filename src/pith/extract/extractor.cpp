// SPDX-License-Identifier: Apache-2.0
#include "pith/extract/extractor.h"

#include "pith/image/decode.h"
#include "pith/image/prepare.h"

namespace pith {

Result<Extractor> Extractor::load(ByteView modelFile, const ExtractorOptions& options) {
  MemorySource source(modelFile);
  return load(source, options);
}

Result<Extractor> Extractor::load(ModelSource& modelFile, const ExtractorOptions& options) {
  const TapOptions tap{options.tap, options.pooling, options.poolingPower};
  PITH_ASSIGN_OR_RETURN(Encoder encoder,
                        Encoder::load(modelFile, {options.name, options.recipe, {tap}, options.limits, options.onImported, options.modelSha256}));
  return Extractor(std::move(encoder), options.limits);
}

Result<std::vector<float>> Extractor::extract(ByteView imageFile) {
  PITH_ASSIGN_OR_RETURN(const Image image, decodeImage(imageFile, limits_));
  return extract(image);
}

Result<std::vector<float>> Extractor::extract(const Image& image) {
  PITH_ASSIGN_OR_RETURN(const FloatBuffer input, prepareImage(image, encoder_.recipe(), limits_));
  return extractPrepared(input);
}

Result<std::vector<float>> Extractor::extractPrepared(const FloatBuffer& input) {
  PITH_ASSIGN_OR_RETURN(auto features, encoder_.encode(input));
  return std::move(features.front());
}

}  // namespace pith

// SPDX-License-Identifier: Apache-2.0
#include "pith/extract/encoder_set.h"

#include <algorithm>

#include "pith/image/decode.h"
#include "pith/image/prepare.h"

namespace pith {

EncoderSet::EncoderSet(std::vector<Encoder> encoders, const Limits& limits)
    : encoders_(std::move(encoders)), limits_(limits) {
  for (size_t i = 0; i < encoders_.size(); ++i) {
    const Encoder& encoder = encoders_[i];
    firstBlock_.push_back(infos_.size());
    infos_.insert(infos_.end(), encoder.infos().begin(), encoder.infos().end());
    roundingBounds_.resize(infos_.size(), encoder.roundingBound());
    const auto group = std::ranges::find_if(byRecipe_, [&](const auto& members) {
      return encoders_[members.front()].recipe() == encoder.recipe();
    });
    if (group == byRecipe_.end()) {
      byRecipe_.push_back({i});
    } else {
      group->push_back(i);
    }
  }
}

Result<std::vector<std::vector<float>>> EncoderSet::extract(ByteView imageFile) {
  PITH_ASSIGN_OR_RETURN(const Image image, decodeImage(imageFile, limits_));
  return extract(image);
}

Result<std::vector<std::vector<float>>> EncoderSet::extract(const Image& image) {
  std::vector<std::vector<float>> blocks(infos_.size());
  for (const std::vector<size_t>& members : byRecipe_) {
    PITH_ASSIGN_OR_RETURN(const FloatBuffer input,
                          prepareImage(image, encoders_[members.front()].recipe(), limits_));
    for (const size_t i : members) {
      PITH_ASSIGN_OR_RETURN(auto features, encoders_[i].encode(input));
      std::ranges::move(features, blocks.begin() + static_cast<std::ptrdiff_t>(firstBlock_[i]));
    }
  }
  return blocks;
}

}  // namespace pith

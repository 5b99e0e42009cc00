// SPDX-License-Identifier: Apache-2.0
/// @file Several independent networks, several taps each: one decode of each image for all of them.
#pragma once

#include <vector>

#include "pith/extract/encoder.h"
#include "pith/image/image.h"

namespace pith {

/// Feature blocks are numbered network by network and, in each, tap by tap. Single-threaded; threads each own
/// one.
class EncoderSet {
 public:
  /// @param encoders  at least one
  explicit EncoderSet(std::vector<Encoder> encoders, const Limits& limits = {});

  /// Decodes once, prepares once for each distinct recipe, and runs every network once.
  /// @return  for each block float32 [infos()[i].featureCount], not normalised
  /// @errors  those of decodeImage, prepareImage and Encoder::encode
  [[nodiscard]] Result<std::vector<std::vector<float>>> extract(ByteView imageFile);
  /// The same, for an image that is decoded already.
  [[nodiscard]] Result<std::vector<std::vector<float>>> extract(const Image& image);

  [[nodiscard]] const std::vector<EncoderInfo>& infos() const { return infos_; }  // one for each block
  /// `Encoder::roundingBound` for each block.
  [[nodiscard]] const std::vector<double>& roundingBounds() const { return roundingBounds_; }

 private:
  std::vector<Encoder> encoders_;
  std::vector<size_t> firstBlock_;  // of each encoder
  std::vector<std::vector<size_t>> byRecipe_;
  std::vector<EncoderInfo> infos_;
  std::vector<double> roundingBounds_;
  Limits limits_;
};

}  // namespace pith

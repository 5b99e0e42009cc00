// SPDX-License-Identifier: Apache-2.0
/// @file The main path's second step: an Image becomes a network's input, by the model's recipe.
#pragma once

#include "pith/base/bytes.h"
#include "pith/base/limits.h"
#include "pith/base/result.h"
#include "pith/image/image.h"
#include "pith/model/recipe.h"

namespace pith {

/// Converts channels (grey is replicated to RGB; RGB becomes grey by ITU-R 601-2 luma with Pillow's rounding,
/// before resizing), fits, resamples, and normalises.
/// @param image   any decoded image
/// @return        NHWC float32, shape [1, recipe.height, recipe.width, recipe.channelCount()]
/// @errors        imageTooLarge, invalidRecipe
[[nodiscard]] Result<FloatBuffer> prepareImage(const Image& image, const Recipe& recipe,
                                               const Limits& limits = {});

/// A small picture for the screen, box-resampled so that neither side exceeds `maxSidePx`; 8-bit RGBA,
/// row-major.
struct Thumbnail {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> rgba;
};
[[nodiscard]] Result<Thumbnail> makeThumbnail(const Image& image, int maxSidePx);

}  // namespace pith

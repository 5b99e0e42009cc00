// SPDX-License-Identifier: Apache-2.0
/// @file Antialiased resampling, byte for byte as Pillow does it.
#pragma once

#include "pith/base/result.h"
#include "pith/image/image.h"

namespace pith {

enum class Resample : uint8_t { box, bilinear, bicubic, lanczos };

/// Resamples to `width` x `height`; horizontal pass first, then vertical, each only where the extent changes.
/// 8-bit images use 22-bit fixed-point coefficients and are rounded and clamped to 8 bits after each pass, as
/// Pillow does; 16-bit images are accumulated in double and rounded and clamped to 16 bits after each pass.
/// @errors invalidArgument where an extent is not in 1..65535; imageTooLarge where an intermediate would be
/// @source Pillow's `Image.resize(size, resample)` without `reducing_gap` (src/libImaging/Resample.c,
/// versions 3.4 to 11)
[[nodiscard]] Result<Image> resizeImage(const Image& image, int width, int height, Resample resample);

}  // namespace pith

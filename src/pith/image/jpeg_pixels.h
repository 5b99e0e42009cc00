// SPDX-License-Identifier: Apache-2.0
/// @file From a JPEG's coefficients to pixels, with the integer arithmetic of libjpeg, so that they equal
/// Pillow's.
#pragma once

#include <array>
#include <span>

#include "pith/image/image.h"

namespace pith::formats {

/// The inverse DCT of one block of 8 x 8 coefficients, in place order (row-major), to samples 0..255.
/// @source Loeffler, Ligtenberg, Moschytz, "Practical fast 1-D DCT algorithms with 11 multiplications",
/// ICASSP 1989, in
///         fixed point with 13 fractional bits, 2 of them kept between the passes, as libjpeg's default
///         method has it
void inverseDct(uint8_t* samples, int stride, const int16_t* coefficients);

/// One component as it was coded, perhaps at a lower resolution than the picture.
struct JpegPlane {
  const uint8_t* samples = nullptr;
  int stride = 0;
  int width = 0;  // samples that belong to the picture
  int height = 0;
  int horizontalStep = 1;  // pixels of the picture for each sample
  int verticalStep = 1;

  const uint8_t* row(int y) const { return samples + int64_t{y} * stride; }
};

/// Brings one or three planes to full resolution (halved ones are interpolated) and YCbCr to RGB.
/// @source ITU-T T.871, section 7, in 16 fractional bits; libjpeg's "fancy" upsampling
Image assembleJpeg(std::span<const JpegPlane> planes, int width, int height, bool isRgb);

}  // namespace pith::formats

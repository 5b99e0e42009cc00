// SPDX-License-Identifier: Apache-2.0
/// @file The main path's first step: a file's bytes become an Image.
#pragma once

#include <string_view>

#include "pith/base/bytes.h"
#include "pith/base/limits.h"
#include "pith/base/result.h"
#include "pith/image/image.h"

namespace pith {

enum class ImageFormat : uint8_t { unknown, jpeg, png, bmp, gif, pnm, tga };

/// The format by the first bytes of the file; its name plays no part. TGA has no signature: its header is
/// checked for plausibility, after every other format was ruled out.
[[nodiscard]] ImageFormat sniffImageFormat(ByteView bytes);

/// "JPEG", "PNG", ... or "unknown".
[[nodiscard]] std::string_view imageFormatName(ImageFormat format);

/// Decodes JPEG (baseline, progressive; grey, YCbCr, RGB), PNG (1 to 16 bit, palette, alpha, interlaced),
/// BMP, GIF (first frame), PNM (P1 to P6) and TGA. EXIF orientation is applied. Alpha is dropped, not
/// blended, as Pillow's convert('RGB') does; a palette is looked up.
/// @param bytes   the whole file; borrowed for the call
/// @return        grey or RGB; 16 bits a sample where the file has more than 8
/// @errors        unsupportedImage, unsupportedImageFeature, cmykImage, truncatedImage, corruptImage,
///                imageTooLarge (before anything of that size is allocated), emptyImage, outOfMemory
[[nodiscard]] Result<Image> decodeImage(ByteView bytes, const Limits& limits = {});

}  // namespace pith

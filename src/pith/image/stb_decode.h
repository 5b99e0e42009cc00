// SPDX-License-Identifier: Apache-2.0
/// @file The only door to stb_image, which stb_image.cpp compiles.
#pragma once

#include "pith/base/bytes.h"
#include "pith/base/result.h"
#include "pith/image/image.h"

namespace pith::formats {

/// Decodes a PNG, or a JPEG of one or three components, whose structure was already checked.
/// @param maxBytes  what stb_image may hold in memory at once; more ends in imageTooLarge
/// @return          as many channels as the stream has, without alpha: one or three
/// @errors          corruptImage, truncatedImage, imageTooLarge, outOfMemory
Result<Image> stbDecodePng(ByteView bytes, SampleType sampleType, uint64_t maxBytes);
Result<Image> stbDecodeJpeg(ByteView bytes, uint64_t maxBytes);

/// The most bytes that stb_image held at once since the thread started.
uint64_t stbPeakBytes();

}  // namespace pith::formats

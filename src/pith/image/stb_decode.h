// SPDX-License-Identifier: Apache-2.0
/// @file The only door to stb_image, which stb_image.cpp compiles.
#pragma once

#include "pith/base/bytes.h"
#include "pith/base/result.h"
#include "pith/image/image.h"

namespace pith::formats {

/// Decodes a JPEG or PNG whose structure was already checked.
/// @param maxBytes  what stb_image may hold in memory at once; more ends in imageTooLarge
/// @return          as many channels as the stream has, one or three
/// @errors          corruptImage, truncatedImage, imageTooLarge, outOfMemory
Result<Image> stbDecode(ByteView bytes, SampleType sampleType, uint64_t maxBytes);

/// The most bytes that stb_image held at once since the thread started.
uint64_t stbPeakBytes();

}  // namespace pith::formats

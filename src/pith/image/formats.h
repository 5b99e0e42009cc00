// SPDX-License-Identifier: Apache-2.0
/// @file Between decode.cpp and the reader of each format; not part of the public interface.
#pragma once

#include "pith/base/bytes.h"
#include "pith/base/limits.h"
#include "pith/base/result.h"
#include "pith/image/image.h"

namespace pith::formats {

/// What a file holds, before its orientation is applied.
struct Decoded {
  Image image;
  int orientation = 1;  // EXIF, 1..8
};

Result<Decoded> decodeJpeg(ByteView bytes, const Limits& limits);
Result<Decoded> decodePng(ByteView bytes, const Limits& limits);
Result<Image> decodeBmp(ByteView bytes, const Limits& limits);
Result<Image> decodeGif(ByteView bytes, const Limits& limits);
Result<Image> decodePnm(ByteView bytes, const Limits& limits);
Result<Image> decodeTga(ByteView bytes, const Limits& limits);

/// TGA has no signature; this says whether the first 18 bytes make sense as its header.
bool isPlausibleTga(ByteView bytes);

/// The gate before any memory is taken for pixels.
/// @errors emptyImage, imageTooLarge
Status checkExtents(int64_t width, int64_t height, const Limits& limits);

/// Zeroed pixels. The extents have passed checkExtents. Throws std::bad_alloc, which the public functions
/// catch.
Image makeImage(int width, int height, int channels, SampleType sampleType = SampleType::u8);

Error truncated(std::string detail);
Error corrupt(std::string detail);
Error unsupported(std::string detail);

/// The orientation in a TIFF block (Exif APP1 after "Exif\0\0", PNG eXIf); 1 where it has none or is
/// malformed.
/// @source CIPA DC-008 (Exif 2.32), section 4.6.4, tag 274
int exifOrientation(ByteView tiff);

/// Reads whole numbers; past the end it gives 0 and remembers that it failed.
class ByteReader {
 public:
  explicit ByteReader(ByteView bytes, size_t position = 0) : bytes_(bytes), position_(position) {}

  uint8_t u8() {
    if (position_ >= bytes_.size()) {
      failed_ = true;
      return 0;
    }
    return bytes_[position_++];
  }
  uint16_t u16le() {
    const int low = u8();
    return static_cast<uint16_t>(low | (u8() << 8));
  }
  uint16_t u16be() {
    const int high = u8();
    return static_cast<uint16_t>((high << 8) | u8());
  }
  uint32_t u32le() {
    const uint32_t low = u16le();
    return low | (uint32_t{u16le()} << 16);
  }
  uint32_t u32be() {
    const uint32_t high = u16be();
    return (high << 16) | u16be();
  }
  /// The next `count` bytes; fewer, and failed, where the end comes first.
  ByteView take(uint64_t count) {
    const size_t available = remaining();
    if (count > available) failed_ = true;
    const ByteView view =
        bytes_.subspan(position_, count > available ? available : static_cast<size_t>(count));
    position_ += view.size();
    return view;
  }
  size_t remaining() const { return bytes_.size() - position_; }
  size_t position() const { return position_; }
  bool failed() const { return failed_; }

 private:
  ByteView bytes_;
  size_t position_ = 0;
  bool failed_ = false;
};

}  // namespace pith::formats

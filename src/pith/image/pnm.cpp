// SPDX-License-Identifier: Apache-2.0
/// @source netpbm's pages pbm(5), pgm(5), ppm(5)
#include <algorithm>
#include <cmath>
#include <limits>

#include "pith/image/formats.h"

namespace pith::formats {
namespace {

bool isSpace(uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool isDigit(uint8_t c) { return c >= '0' && c <= '9'; }

class PnmReader {
 public:
  PnmReader(ByteView bytes, const Limits& limits) : bytes_(bytes), limits_(limits), position_(2) {}

  Result<Image> decode() {
    const int kind = bytes_[1] - '0';
    isBitmap_ = kind == 1 || kind == 4;
    const bool isBinary = kind >= 4;
    const int channels = kind == 3 || kind == 6 ? 3 : 1;
    PITH_ASSIGN_OR_RETURN(const int64_t width, readNumber("width"));
    PITH_ASSIGN_OR_RETURN(const int64_t height, readNumber("height"));
    if (!isBitmap_) {
      PITH_ASSIGN_OR_RETURN(maxValue_, readNumber("maximum"));
      if (maxValue_ < 1 || maxValue_ > 65535) {
        return corrupt("PNM with a maximum of " + std::to_string(maxValue_) + "; allowed are 1 to 65535");
      }
    }
    PITH_RETURN_IF_ERROR(checkExtents(width, height, limits_));
    if (isBinary) {
      skipComment();
      if (position_ < bytes_.size() && !isSpace(bytes_[position_]))
        return corrupt("the PNM has no space before its pixels");
      ++position_;  // exactly one
    }
    if (position_ > bytes_.size()) return endsEarly();
    const int64_t samples = width * height * channels;
    const int64_t neededBytes = !isBinary   ? samples  // a digit at least
                                : isBitmap_ ? (width + 7) / 8 * height
                                            : samples * (maxValue_ > 255 ? 2 : 1);
    if (static_cast<uint64_t>(neededBytes) > bytes_.size() - position_) return endsEarly();
    image_ = makeImage(static_cast<int>(width), static_cast<int>(height), channels,
                       maxValue_ > 255 ? SampleType::u16 : SampleType::u8);
    if (!isBinary) {
      PITH_RETURN_IF_ERROR(readText());
    } else if (isBitmap_) {
      readBits();
    } else {
      readBinary();
    }
    return std::move(image_);
  }

 private:
  static Error endsEarly() { return truncated("the PNM ends before its last pixel"); }

  /// Up to the end of its line.
  void skipComment() {
    if (position_ >= bytes_.size() || bytes_[position_] != '#') return;
    while (position_ < bytes_.size() && bytes_[position_] != '\n' && bytes_[position_] != '\r') ++position_;
  }

  void skipSpaceAndComments() {
    while (position_ < bytes_.size()) {
      if (bytes_[position_] == '#') {
        skipComment();
      } else if (isSpace(bytes_[position_])) {
        ++position_;
      } else {
        return;
      }
    }
  }

  /// A whole number; more than nine digits are cut off at a value that no check lets pass.
  Result<int64_t> readNumber(std::string_view what) {
    skipSpaceAndComments();
    if (position_ >= bytes_.size()) return endsEarly();
    if (!isDigit(bytes_[position_]))
      return corrupt("the PNM's " + std::string(what) + " is not a whole number");
    int64_t value = 0;
    for (; position_ < bytes_.size() && isDigit(bytes_[position_]); ++position_) {
      value = std::min<int64_t>(value * 10 + (bytes_[position_] - '0'), std::numeric_limits<int32_t>::max());
    }
    return value;
  }

  /// To the full scale of 8 or 16 bits, in double and with ties to even, as Pillow's PpmImagePlugin does.
  int64_t scaled(int64_t value) const {
    const int64_t fullScale = maxValue_ > 255 ? 65535 : 255;
    if (maxValue_ == fullScale) return value;
    const double exact =
        static_cast<double>(value) / static_cast<double>(maxValue_) * static_cast<double>(fullScale);
    return std::min(fullScale, static_cast<int64_t>(std::nearbyint(exact)));
  }

  void store(size_t at, int64_t value) {
    if (maxValue_ > 255) {
      image_.u16[at] = static_cast<uint16_t>(scaled(value));
    } else {
      image_.u8[at] = static_cast<uint8_t>(scaled(value));
    }
  }

  void readBinary() {
    const size_t count = static_cast<size_t>(image_.sampleCount());
    ByteReader reader(bytes_, position_);
    for (size_t i = 0; i < count; ++i) store(i, maxValue_ > 255 ? reader.u16be() : reader.u8());
  }

  void readBits() {
    const size_t rowBytes = (static_cast<size_t>(image_.width) + 7) / 8;
    uint8_t* target = image_.u8.data();
    for (size_t y = 0; y < static_cast<size_t>(image_.height); ++y) {
      const uint8_t* row = bytes_.data() + position_ + y * rowBytes;
      for (size_t x = 0; x < static_cast<size_t>(image_.width); ++x) {
        *target++ = (row[x / 8] >> (7 - x % 8)) & 1 ? 0 : 255;  // 1 is black
      }
    }
  }

  Status readText() {
    const size_t count = static_cast<size_t>(image_.sampleCount());
    for (size_t i = 0; i < count; ++i) {
      if (isBitmap_) {
        PITH_ASSIGN_OR_RETURN(image_.u8[i], readBit());
        continue;
      }
      PITH_ASSIGN_OR_RETURN(const int64_t value, readNumber("sample"));
      if (value > maxValue_) {
        return corrupt("a PNM sample of " + std::to_string(value) + "; the maximum is " +
                       std::to_string(maxValue_));
      }
      store(i, value);
    }
    return {};
  }

  /// Bits of a text bitmap need no space between them.
  Result<uint8_t> readBit() {
    skipSpaceAndComments();
    if (position_ >= bytes_.size()) return endsEarly();
    const uint8_t digit = bytes_[position_++];
    if (digit != '0' && digit != '1') return corrupt("a sample of a text bitmap is neither 0 nor 1");
    return static_cast<uint8_t>(digit == '1' ? 0 : 255);
  }

  ByteView bytes_;
  const Limits& limits_;
  size_t position_;
  bool isBitmap_ = false;
  int64_t maxValue_ = 1;  // of a bitmap
  Image image_;
};

}  // namespace

Result<Image> decodePnm(ByteView bytes, const Limits& limits) { return PnmReader(bytes, limits).decode(); }

}  // namespace pith::formats

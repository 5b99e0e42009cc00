// SPDX-License-Identifier: Apache-2.0
/// @source Truevision's "TGA File Format Specification, version 2.0"
#include <algorithm>
#include <array>

#include "pith/image/formats.h"

namespace pith::formats {
namespace {

struct Header {
  int idBytes = 0;
  int paletteType = 0;
  int imageType = 0;
  int paletteStart = 0;
  int paletteLength = 0;
  int paletteBits = 0;
  int width = 0;
  int height = 0;
  int pixelBits = 0;
  int descriptor = 0;

  bool isRunLength() const { return imageType > 8; }
  bool isPalette() const { return (imageType & 7) == 1; }
  bool isGrey() const { return (imageType & 7) == 3; }
  int pixelBytes() const { return (pixelBits + 7) / 8; }
};

constexpr size_t headerBytes = 18;

Header readHeader(ByteReader& reader) {
  Header header;
  header.idBytes = reader.u8();
  header.paletteType = reader.u8();
  header.imageType = reader.u8();
  header.paletteStart = reader.u16le();
  header.paletteLength = reader.u16le();
  header.paletteBits = reader.u8();
  reader.take(4);  // origin on the screen
  header.width = reader.u16le();
  header.height = reader.u16le();
  header.pixelBits = reader.u8();
  header.descriptor = reader.u8();
  return header;
}

using Colour = std::array<uint8_t, 3>;

/// 1, 2, 3 or 4 bytes of a grey level, of 5 bits a colour, or of blue, green, red and alpha.
Colour toColour(const uint8_t* bytes, int byteCount, bool isGrey) {
  if (isGrey) return {bytes[0], bytes[0], bytes[0]};
  if (byteCount == 2) {
    const int value = bytes[0] | (bytes[1] << 8);
    const auto scaled = [&](int shift) { return static_cast<uint8_t>(((value >> shift) & 31) * 255 / 31); };
    return {scaled(10), scaled(5), scaled(0)};
  }
  return {bytes[2], bytes[1], bytes[0]};
}

class TgaReader {
 public:
  TgaReader(ByteView bytes, const Limits& limits) : reader_(bytes), limits_(limits) {}

  Result<Image> decode() {
    header_ = readHeader(reader_);
    if (header_.descriptor & 0x10)
      return unsupported("TGA with its columns from right to left; allowed is left to right");
    PITH_RETURN_IF_ERROR(checkExtents(header_.width, header_.height, limits_));
    reader_.take(static_cast<uint64_t>(header_.idBytes));
    PITH_RETURN_IF_ERROR(readPalette());
    const int64_t pixelCount = int64_t{header_.width} * header_.height;
    const int64_t pixelBytes = header_.pixelBytes();
    // A packet of 1 + pixelBytes bytes holds at most 128 pixels.
    const int64_t neededBytes =
        header_.isRunLength() ? pixelCount / 128 * (1 + pixelBytes) : pixelCount * pixelBytes;
    if (static_cast<uint64_t>(neededBytes) > reader_.remaining()) return endsEarly();
    channels_ = header_.isGrey() ? 1 : 3;
    image_ = makeImage(header_.width, header_.height, channels_);
    PITH_RETURN_IF_ERROR(header_.isRunLength() ? readPackets(pixelCount) : readPixels(0, pixelCount));
    return std::move(image_);
  }

 private:
  static Error endsEarly() { return truncated("the TGA ends before its last pixel"); }

  Status readPalette() {
    if (header_.paletteType == 0) return {};
    const int entryBytes = (header_.paletteBits + 7) / 8;
    const ByteView entries =
        reader_.take(static_cast<uint64_t>(header_.paletteLength) * static_cast<uint64_t>(entryBytes));
    if (reader_.failed()) return endsEarly();
    palette_.resize(static_cast<size_t>(header_.paletteStart));
    for (int i = 0; i < header_.paletteLength; ++i) {
      palette_.push_back(toColour(entries.data() + i * entryBytes, entryBytes, false));
    }
    return {};
  }

  Status readPixels(int64_t first, int64_t count) {
    for (int64_t i = first; i < first + count; ++i) {
      PITH_ASSIGN_OR_RETURN(const Colour colour, readPixel());
      store(i, colour);
    }
    return {};
  }

  Status readPackets(int64_t pixelCount) {
    for (int64_t at = 0; at < pixelCount;) {
      const int packet = reader_.u8();
      const int64_t count = std::min<int64_t>((packet & 127) + 1, pixelCount - at);
      if (packet & 128) {
        PITH_ASSIGN_OR_RETURN(const Colour colour, readPixel());
        for (int64_t i = at; i < at + count; ++i) store(i, colour);
      } else {
        PITH_RETURN_IF_ERROR(readPixels(at, count));
      }
      at += count;
    }
    return {};
  }

  Result<Colour> readPixel() {
    const ByteView bytes = reader_.take(static_cast<uint64_t>(header_.pixelBytes()));
    if (reader_.failed()) return endsEarly();
    if (!header_.isPalette()) return toColour(bytes.data(), header_.pixelBytes(), header_.isGrey());
    if (bytes[0] >= palette_.size()) {
      return corrupt("palette index " + std::to_string(bytes[0]) + "; the palette has " +
                     std::to_string(palette_.size()) + " colours");
    }
    return palette_[bytes[0]];
  }

  void store(int64_t at, const Colour& colour) {
    const int64_t row = at / header_.width, column = at % header_.width;
    const bool isTopDown = header_.descriptor & 0x20;
    const int64_t y = isTopDown ? row : header_.height - 1 - row;
    std::copy_n(colour.begin(), channels_, image_.u8.data() + (y * header_.width + column) * channels_);
  }

  ByteReader reader_;
  const Limits& limits_;
  Header header_;
  int channels_ = 0;
  std::vector<Colour> palette_;
  Image image_;
};

}  // namespace

bool isPlausibleTga(ByteView bytes) {
  if (bytes.size() < headerBytes) return false;
  ByteReader reader(bytes);
  const Header header = readHeader(reader);
  const int bits = header.pixelBits;
  if (header.width == 0 || header.height == 0 || (header.descriptor & 0xC0) != 0) return false;
  switch (header.imageType) {
    case 1:
    case 9: {
      const int paletteBits = header.paletteBits;
      return header.paletteType == 1 && bits == 8 && header.paletteLength > 0 &&
             (paletteBits == 15 || paletteBits == 16 || paletteBits == 24 || paletteBits == 32);
    }
    case 2:
    case 10:
      return header.paletteType == 0 && (bits == 15 || bits == 16 || bits == 24 || bits == 32);
    case 3:
    case 11:
      return header.paletteType == 0 && (bits == 8 || bits == 16);
    default:
      return false;
  }
}

Result<Image> decodeTga(ByteView bytes, const Limits& limits) { return TgaReader(bytes, limits).decode(); }

}  // namespace pith::formats

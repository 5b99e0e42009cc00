// SPDX-License-Identifier: Apache-2.0
/// @source Microsoft's BITMAPCOREHEADER, BITMAPINFOHEADER, BITMAPV4HEADER, BITMAPV5HEADER
#include <algorithm>
#include <array>
#include <bit>

#include "pith/image/formats.h"

namespace pith::formats {
namespace {

constexpr uint32_t fileHeaderBytes = 14, coreHeaderBytes = 12, infoHeaderBytes = 40;
constexpr uint32_t uncompressed = 0, bitfields = 3, alphaBitfields = 6;

/// One colour of a 16- or 32-bit pixel.
struct Field {
  uint32_t mask = 0;

  /// To 0..255, the fraction cut off as in Pillow; without a mask the colour is 0.
  uint8_t value(uint32_t pixel) const {
    if (mask == 0) return 0;
    const int shift = std::countr_zero(mask);
    return static_cast<uint8_t>(uint64_t{(pixel & mask) >> shift} * 255 / (mask >> shift));
  }
};

struct Header {
  int64_t width = 0;
  int64_t height = 0;
  bool isTopDown = false;
  int bitsPerPixel = 0;
  uint32_t pixelOffset = 0;
  std::vector<std::array<uint8_t, 3>> palette;
  Field red, green, blue;
};

Status readMasks(ByteReader reader, uint32_t headerBytes, uint32_t compression, Header& header) {
  if (compression == uncompressed) {
    const bool is16 = header.bitsPerPixel == 16;
    header.red.mask = is16 ? 0x7C00 : 0xFF0000;
    header.green.mask = is16 ? 0x03E0 : 0x00FF00;
    header.blue.mask = is16 ? 0x001F : 0x0000FF;
    return {};
  }
  // Behind a header of 40 bytes the masks follow it; in the longer ones they are its next fields: the same
  // place.
  if (headerBytes < infoHeaderBytes) return corrupt("BMP bit masks with a header that has no place for them");
  reader.take(fileHeaderBytes + infoHeaderBytes);
  header.red.mask = reader.u32le();
  header.green.mask = reader.u32le();
  header.blue.mask = reader.u32le();
  if (reader.failed()) return truncated("the BMP ends inside its header");
  const auto isContiguous = [](uint32_t mask) {
    return mask != 0 && std::has_single_bit((uint64_t{mask} >> std::countr_zero(mask)) + 1);
  };
  for (const Field& field : {header.red, header.green, header.blue}) {
    if (!isContiguous(field.mask)) return corrupt("a BMP bit mask is empty or has gaps");
  }
  return {};
}

Status readPalette(ByteView bytes, uint32_t headerBytes, uint32_t coloursUsed, Header& header) {
  const uint32_t most = 1u << header.bitsPerPixel;
  if (coloursUsed > 256) {
    return corrupt("BMP palette of " + std::to_string(coloursUsed) + " colours; allowed are " +
                   std::to_string(most));
  }
  const bool isCore = headerBytes == coreHeaderBytes;
  const uint32_t entryBytes = isCore ? 3 : 4;
  const uint32_t start = fileHeaderBytes + headerBytes;
  uint32_t count = coloursUsed == 0 ? most : std::min(coloursUsed, most);
  // A palette that would reach into the pixels is shorter than it says.
  if (header.pixelOffset > start) count = std::min(count, (header.pixelOffset - start) / entryBytes);
  ByteReader reader(bytes);
  reader.take(start);
  for (uint32_t i = 0; i < count; ++i) {
    const uint8_t blue = reader.u8(), green = reader.u8(), red = reader.u8();
    if (!isCore) reader.u8();
    header.palette.push_back({red, green, blue});
  }
  if (reader.failed()) return truncated("the BMP ends inside its palette");
  return {};
}

Result<Header> readHeader(ByteView bytes, const Limits& limits) {
  ByteReader reader(bytes, 10);
  Header header;
  header.pixelOffset = reader.u32le();
  const uint32_t headerBytes = reader.u32le();
  const bool isCore = headerBytes == coreHeaderBytes;
  if (!isCore && headerBytes != infoHeaderBytes && headerBytes != 52 && headerBytes != 56 &&
      headerBytes != 64 && headerBytes != 108 && headerBytes != 124) {
    return unsupported("BMP header of " + std::to_string(headerBytes) +
                       " bytes; allowed are 12, 40, 52, 56, 64, 108, 124");
  }
  header.width = isCore ? reader.u16le() : static_cast<int32_t>(reader.u32le());
  header.height = isCore ? reader.u16le() : static_cast<int32_t>(reader.u32le());
  reader.u16le();  // planes, which nobody uses
  header.bitsPerPixel = reader.u16le();
  uint32_t compression = uncompressed, coloursUsed = 0;
  if (!isCore) {
    compression = reader.u32le();
    reader.take(12);  // size of the pixels, resolution
    coloursUsed = reader.u32le();
  }
  if (reader.failed()) return truncated("the BMP ends inside its header");
  if (header.pixelOffset < fileHeaderBytes + headerBytes)
    return corrupt("BMP pixels that begin inside the header");
  if (header.width < 0) return corrupt("BMP of a width of " + std::to_string(header.width) + " pixels");
  header.isTopDown = header.height < 0;
  header.height = std::abs(header.height);
  PITH_RETURN_IF_ERROR(checkExtents(header.width, header.height, limits));
  const int bits = header.bitsPerPixel;
  const bool isMasked = bits == 16 || bits == 32;
  if (bits != 1 && bits != 2 && bits != 4 && bits != 8 && bits != 24 && !isMasked) {
    return corrupt("BMP of " + std::to_string(bits) + " bits a pixel; allowed are 1, 2, 4, 8, 16, 24, 32");
  }
  const bool hasMasks = (compression == bitfields || compression == alphaBitfields) && isMasked;
  if (compression != uncompressed && !hasMasks) {
    return unsupported("BMP of compression " + std::to_string(compression) +
                       " (run lengths, or JPEG or PNG inside); allowed are 0, and 3 with 16 or 32 bits");
  }
  if (isMasked) PITH_RETURN_IF_ERROR(readMasks(ByteReader(bytes), headerBytes, compression, header));
  if (bits <= 8) PITH_RETURN_IF_ERROR(readPalette(bytes, headerBytes, coloursUsed, header));
  return header;
}

Status readRow(const Header& header, const uint8_t* row, uint8_t* target) {
  const auto width = static_cast<size_t>(header.width);
  const auto bits = static_cast<size_t>(header.bitsPerPixel);
  for (size_t x = 0; x < width; ++x, target += 3) {
    if (bits <= 8) {
      const size_t shift = 8 - bits - (x * bits) % 8;
      const size_t index = (row[x * bits / 8] >> shift) & ((1u << bits) - 1);
      if (index >= header.palette.size()) {
        return corrupt("palette index " + std::to_string(index) + "; the palette has " +
                       std::to_string(header.palette.size()) + " colours");
      }
      std::copy_n(header.palette[index].begin(), 3, target);
    } else if (bits == 24) {
      for (size_t c = 0; c < 3; ++c) target[c] = row[x * 3 + 2 - c];
    } else {
      uint32_t pixel = 0;
      for (size_t i = 0; i < bits / 8; ++i) pixel |= uint32_t{row[x * (bits / 8) + i]} << (8 * i);
      target[0] = header.red.value(pixel);
      target[1] = header.green.value(pixel);
      target[2] = header.blue.value(pixel);
    }
  }
  return {};
}

}  // namespace

Result<Image> decodeBmp(ByteView bytes, const Limits& limits) {
  PITH_ASSIGN_OR_RETURN(const Header header, readHeader(bytes, limits));
  const int64_t rowBits = header.width * header.bitsPerPixel;
  const int64_t strideBytes = (rowBits + 31) / 32 * 4;
  // The last row's padding may be missing.
  const int64_t neededBytes = (header.height - 1) * strideBytes + (rowBits + 7) / 8;
  if (header.pixelOffset > bytes.size() ||
      static_cast<uint64_t>(neededBytes) > bytes.size() - header.pixelOffset) {
    return truncated("the BMP's pixels need " + std::to_string(neededBytes) + " bytes from byte " +
                     std::to_string(header.pixelOffset) + " on; the file has " +
                     std::to_string(bytes.size()));
  }
  Image image = makeImage(static_cast<int>(header.width), static_cast<int>(header.height), 3);
  for (int64_t y = 0; y < header.height; ++y) {
    const int64_t storedRow = header.isTopDown ? y : header.height - 1 - y;
    PITH_RETURN_IF_ERROR(readRow(header, bytes.data() + header.pixelOffset + storedRow * strideBytes,
                                 image.u8.data() + y * header.width * 3));
  }
  return image;
}

}  // namespace pith::formats

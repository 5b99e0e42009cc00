// SPDX-License-Identifier: Apache-2.0
// Chunks, checksums and palettes are ours; stb_image inflates and unfilters. It gets a stream of nothing but
// IHDR, IDAT and IEND, with palette indices declared as grey: so transparency never touches a colour, and
// every index can be compared with the palette's length.
#include <array>
#include <vector>

#include "pith/image/formats.h"
#include "pith/image/stb_decode.h"

namespace pith::formats {
namespace {

constexpr std::array<uint8_t, 8> signature = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
constexpr int greyType = 0, rgbType = 2, paletteType = 3, greyAlphaType = 4, rgbAlphaType = 6;

constexpr uint32_t chunkType(const char (&name)[5]) {
  uint32_t type = 0;
  for (int i = 0; i < 4; ++i) type = (type << 8) | static_cast<uint8_t>(name[i]);
  return type;
}

struct Header {
  uint32_t width = 0;
  uint32_t height = 0;
  int bitDepth = 0;
  int colourType = 0;
  bool isInterlaced = false;

  int samplesPerPixel() const {
    switch (colourType) {
      case rgbType:
        return 3;
      case greyAlphaType:
        return 2;
      case rgbAlphaType:
        return 4;
      default:
        return 1;
    }
  }
};

struct Chunks {
  Header header;
  ByteView palette;
  ByteView exif;
  std::vector<ByteView> data;
  uint64_t dataBytes = 0;
};

/// CRC-32 of ISO 3309, as PNG's annex D defines it.
uint32_t crc32(ByteView bytes) {
  static const std::array<uint32_t, 256> table = [] {
    std::array<uint32_t, 256> entries{};
    for (uint32_t i = 0; i < 256; ++i) {
      uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = (value & 1) ? 0xEDB88320u ^ (value >> 1) : value >> 1;
      entries[i] = value;
    }
    return entries;
  }();
  uint32_t crc = 0xFFFFFFFFu;
  for (uint8_t byte : bytes) crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8);
  return ~crc;
}

bool isAllowedDepth(int colourType, int depth) {
  switch (colourType) {
    case greyType:
      return depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
    case paletteType:
      return depth == 1 || depth == 2 || depth == 4 || depth == 8;
    case rgbType:
    case greyAlphaType:
    case rgbAlphaType:
      return depth == 8 || depth == 16;
    default:
      return false;
  }
}

Result<Header> readHeader(ByteView body, const Limits& limits) {
  if (body.size() != 13) return corrupt("IHDR has " + std::to_string(body.size()) + " bytes; allowed are 13");
  ByteReader reader(body);
  Header header;
  header.width = reader.u32be();
  header.height = reader.u32be();
  header.bitDepth = reader.u8();
  header.colourType = reader.u8();
  const int compression = reader.u8(), filter = reader.u8(), interlace = reader.u8();
  PITH_RETURN_IF_ERROR(checkExtents(header.width, header.height, limits));
  if (!isAllowedDepth(header.colourType, header.bitDepth)) {
    return corrupt("PNG colour type " + std::to_string(header.colourType) + " with " +
                   std::to_string(header.bitDepth) + " bits; the standard has no such combination");
  }
  if (compression != 0 || filter != 0 || interlace > 1) {
    return unsupported("PNG compression, filter, interlace " + std::to_string(compression) + ", " +
                       std::to_string(filter) + ", " + std::to_string(interlace) +
                       "; allowed are 0, 0, and 0 or 1");
  }
  header.isInterlaced = interlace == 1;
  return header;
}

struct Chunk {
  uint32_t type = 0;
  ByteView body;
};

/// The next chunk; the checksum is compared where the chunk matters for the pixels.
Result<Chunk> readChunk(ByteReader& reader) {
  Chunk chunk;
  const uint32_t length = reader.u32be();
  const ByteView typeAndBody = reader.take(uint64_t{length} + 4);
  const uint32_t expected = reader.u32be();
  if (reader.failed()) return truncated("the PNG ends inside a chunk");
  chunk.type = ByteReader(typeAndBody).u32be();
  chunk.body = typeAndBody.subspan(4);
  const bool isCritical = (chunk.type & 0x20000000u) == 0;
  if (isCritical && crc32(typeAndBody) != expected)
    return corrupt("the checksum of a PNG chunk does not fit its content");
  return chunk;
}

Status addChunk(const Chunk& chunk, Chunks& chunks, const Limits& limits) {
  const bool isFirst = chunks.header.width == 0;
  const bool isHeader = chunk.type == chunkType("IHDR");
  if (chunk.type == chunkType("CgBI"))
    return unsupported("PNG in Apple's own variant (CgBI); allowed is standard PNG");
  if (isFirst != isHeader) return corrupt("the PNG's header is not its first chunk, or is there twice");
  if (isHeader) {
    PITH_ASSIGN_OR_RETURN(chunks.header, readHeader(chunk.body, limits));
  } else if (chunk.type == chunkType("PLTE")) {
    if (chunk.body.size() % 3 != 0 || chunk.body.size() > 768) {
      return corrupt("PNG palette of " + std::to_string(chunk.body.size()) +
                     " bytes; allowed are 3 to 768, a multiple of 3");
    }
    if (chunks.palette.empty()) chunks.palette = chunk.body;
  } else if (chunk.type == chunkType("IDAT")) {
    chunks.data.push_back(chunk.body);
    chunks.dataBytes += chunk.body.size();
  } else if (chunk.type == chunkType("eXIf")) {
    if (chunks.exif.empty()) chunks.exif = chunk.body;
  } else if ((chunk.type & 0x20000000u) == 0 && chunk.type != chunkType("IEND")) {
    return unsupported("a critical PNG chunk that the standard does not have");
  }
  return {};
}

/// Bytes of the filtered rows, all passes of an interlaced picture included.
uint64_t filteredBytes(const Header& header) {
  const uint64_t bitsPerPixel =
      static_cast<uint64_t>(header.bitDepth) * static_cast<uint64_t>(header.samplesPerPixel());
  const auto passBytes = [&](uint64_t width, uint64_t height) {
    return width == 0 ? 0 : height * (1 + (width * bitsPerPixel + 7) / 8);
  };
  if (!header.isInterlaced) return passBytes(header.width, header.height);
  // Adam7: the first column and row, and the steps, of each pass.
  constexpr std::array<std::array<uint32_t, 4>, 7> passes = {
      {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}}};
  uint64_t bytes = 0;
  for (const auto& [x, y, stepX, stepY] : passes) {
    const uint64_t width = header.width > x ? (header.width - x + stepX - 1) / stepX : 0;
    const uint64_t height = header.height > y ? (header.height - y + stepY - 1) / stepY : 0;
    bytes += passBytes(width, height);
  }
  return bytes;
}

void appendU32(std::vector<uint8_t>& stream, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) stream.push_back(static_cast<uint8_t>(value >> shift));
}

/// stb_image does not look at checksums, so they stay 0.
std::vector<uint8_t> plainStream(const Chunks& chunks) {
  const Header& header = chunks.header;
  std::vector<uint8_t> stream;
  stream.reserve(static_cast<size_t>(chunks.dataBytes) + 64);
  stream.insert(stream.end(), signature.begin(), signature.end());
  appendU32(stream, 13);
  appendU32(stream, chunkType("IHDR"));
  appendU32(stream, header.width);
  appendU32(stream, header.height);
  const int colourType = header.colourType == paletteType ? greyType : header.colourType;
  for (int value : {header.bitDepth, colourType, 0, 0, int{header.isInterlaced}}) {
    stream.push_back(static_cast<uint8_t>(value));
  }
  appendU32(stream, 0);
  appendU32(stream, static_cast<uint32_t>(chunks.dataBytes));
  appendU32(stream, chunkType("IDAT"));
  for (ByteView part : chunks.data) stream.insert(stream.end(), part.begin(), part.end());
  appendU32(stream, 0);
  appendU32(stream, 0);
  appendU32(stream, chunkType("IEND"));
  appendU32(stream, 0);
  return stream;
}

/// Looks up indices that stb_image has scaled to 0..255 as if they were grey.
Result<Image> applyPalette(const Image& indices, int bitDepth, ByteView palette) {
  const int scale = 255 / ((1 << bitDepth) - 1);
  const size_t entryCount = palette.size() / 3;
  Image image = makeImage(indices.width, indices.height, 3);
  uint8_t* target = image.u8.data();
  for (uint8_t scaled : indices.u8) {
    const size_t index = static_cast<size_t>(scaled / scale);
    if (index >= entryCount) {
      return corrupt("palette index " + std::to_string(index) + "; the palette has " +
                     std::to_string(entryCount) + " colours");
    }
    for (size_t c = 0; c < 3; ++c) *target++ = palette[index * 3 + c];
  }
  return image;
}

Result<Chunks> readChunks(ByteView bytes, const Limits& limits) {
  Chunks chunks;
  ByteReader reader(bytes, signature.size());
  for (;;) {
    if (reader.remaining() == 0) return truncated("the PNG ends without its end chunk");
    PITH_ASSIGN_OR_RETURN(const Chunk chunk, readChunk(reader));
    PITH_RETURN_IF_ERROR(addChunk(chunk, chunks, limits));
    if (chunk.type == chunkType("IEND")) return chunks;
  }
}

}  // namespace

Result<Decoded> decodePng(ByteView bytes, const Limits& limits) {
  PITH_ASSIGN_OR_RETURN(const Chunks chunks, readChunks(bytes, limits));
  const Header& header = chunks.header;
  const bool hasPalette = header.colourType == paletteType;
  if (chunks.data.empty()) return corrupt("the PNG has no pixels (IDAT)");
  if (hasPalette && chunks.palette.empty()) return corrupt("the PNG has palette indices, but no palette");
  // Deflate packs at most 258 bytes into 2 bits, about 1032:1.
  const uint64_t needed = filteredBytes(header);
  if (needed > (chunks.dataBytes + 1) * 1032) {
    return truncated("the PNG has " + std::to_string(chunks.dataBytes) +
                     " compressed bytes, which cannot hold its " + std::to_string(header.width) + " x " +
                     std::to_string(header.height) + " pixels");
  }
  if (chunks.dataBytes > (uint64_t{1} << 30)) {
    return Error{ErrorCode::imageTooLarge,
                 "the PNG has " + std::to_string(chunks.dataBytes) + " compressed bytes; allowed is 1 GiB"};
  }
  const SampleType sampleType = header.bitDepth == 16 ? SampleType::u16 : SampleType::u8;
  // Compressed copy (its buffer grows by doubling), filtered rows, and twice the samples: each pass of an
  // interlaced picture is unfiltered on its own before it is spread over the whole.
  const uint64_t samples =
      uint64_t{header.width} * header.height * static_cast<uint64_t>(header.samplesPerPixel());
  const uint64_t sampleBytes = samples * (sampleType == SampleType::u16 ? 2 : 1);
  const uint64_t maxBytes = 2 * chunks.dataBytes + 4 * needed + 2 * sampleBytes + (uint64_t{1} << 20);
  PITH_ASSIGN_OR_RETURN(Image image, stbDecodePng(plainStream(chunks), sampleType, maxBytes));
  if (hasPalette) {
    PITH_ASSIGN_OR_RETURN(image, applyPalette(image, header.bitDepth, chunks.palette));
  }
  return Decoded{std::move(image), exifOrientation(chunks.exif)};
}

}  // namespace pith::formats

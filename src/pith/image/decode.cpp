// SPDX-License-Identifier: Apache-2.0
#include "pith/image/decode.h"

#include <algorithm>
#include <new>

#include "pith/image/formats.h"

namespace pith {
namespace formats {

Error truncated(std::string detail) { return {ErrorCode::truncatedImage, std::move(detail)}; }
Error corrupt(std::string detail) { return {ErrorCode::corruptImage, std::move(detail)}; }
Error unsupported(std::string detail) { return {ErrorCode::unsupportedImageFeature, std::move(detail)}; }

Status checkExtents(int64_t width, int64_t height, const Limits& limits) {
  const std::string seen = std::to_string(width) + " x " + std::to_string(height);
  if (width <= 0 || height <= 0) return Error{ErrorCode::emptyImage, "the picture has " + seen + " pixels"};
  // The product of both stays below 2^63, and each fits an int.
  constexpr int64_t maxSidePx = (int64_t{1} << 24) - 1;
  if (width > maxSidePx || height > maxSidePx || width * height > limits.maxPixels) {
    return Error{ErrorCode::imageTooLarge, "the picture has " + seen + " pixels; allowed are " +
                                               std::to_string(limits.maxPixels) + " in all and " +
                                               std::to_string(maxSidePx) + " on a side"};
  }
  return {};
}

Image makeImage(int width, int height, int channels, SampleType sampleType) {
  Image image{
      .width = width, .height = height, .channels = channels, .sampleType = sampleType, .u8 = {}, .u16 = {}};
  // With raised limits the count may be more than 32 bits can say, and more than a vector holds.
  if (static_cast<uint64_t>(image.sampleCount()) > image.u16.max_size()) throw std::bad_alloc();
  const size_t sampleCount = static_cast<size_t>(image.sampleCount());
  if (sampleType == SampleType::u16) {
    image.u16.resize(sampleCount);
  } else {
    image.u8.resize(sampleCount);
  }
  return image;
}

}  // namespace formats

namespace {

bool startsWith(ByteView bytes, std::string_view prefix) {
  return bytes.size() >= prefix.size() && asText(bytes.first(prefix.size())) == prefix;
}

/// Where the pixel of the upright picture lies in the stored one: column and row may swap, and each may run
/// backwards.
/// @source CIPA DC-008 (Exif 2.32), tag 274
struct Turn {
  bool swapsSides;
  bool mirrorsColumns;  // of the stored picture
  bool mirrorsRows;
};

Turn turnOf(int orientation) {
  switch (orientation) {
    case 2:
      return {false, true, false};
    case 3:
      return {false, true, true};
    case 4:
      return {false, false, true};
    case 5:
      return {true, false, false};
    case 6:
      return {true, false, true};
    case 7:
      return {true, true, true};
    case 8:
      return {true, true, false};
    default:
      return {false, false, false};
  }
}

template <typename T>
void turnPixels(const Image& stored, Turn turn, const T* source, const Image& upright, T* target) {
  const int64_t channels = stored.channels;
  for (int64_t y = 0; y < upright.height; ++y) {
    for (int64_t x = 0; x < upright.width; ++x) {
      int64_t column = turn.swapsSides ? y : x;
      int64_t row = turn.swapsSides ? x : y;
      if (turn.mirrorsColumns) column = stored.width - 1 - column;
      if (turn.mirrorsRows) row = stored.height - 1 - row;
      const T* pixel = source + (row * stored.width + column) * channels;
      for (int64_t c = 0; c < channels; ++c) *target++ = pixel[c];
    }
  }
}

Image turnUpright(Image stored, int orientation) {
  if (orientation <= 1) return stored;
  const Turn turn = turnOf(orientation);
  Image upright =
      formats::makeImage(turn.swapsSides ? stored.height : stored.width,
                         turn.swapsSides ? stored.width : stored.height, stored.channels, stored.sampleType);
  if (stored.sampleType == SampleType::u16) {
    turnPixels(stored, turn, stored.u16.data(), upright, upright.u16.data());
  } else {
    turnPixels(stored, turn, stored.u8.data(), upright, upright.u8.data());
  }
  return upright;
}

Result<Image> decodeTurned(Result<formats::Decoded> decoded) {
  if (!decoded) return decoded.error();
  return turnUpright(std::move(decoded->image), decoded->orientation);
}

Result<Image> decodeAs(ImageFormat format, ByteView bytes, const Limits& limits) {
  switch (format) {
    case ImageFormat::jpeg:
      return decodeTurned(formats::decodeJpeg(bytes, limits));
    case ImageFormat::png:
      return decodeTurned(formats::decodePng(bytes, limits));
    case ImageFormat::bmp:
      return formats::decodeBmp(bytes, limits);
    case ImageFormat::gif:
      return formats::decodeGif(bytes, limits);
    case ImageFormat::pnm:
      return formats::decodePnm(bytes, limits);
    case ImageFormat::tga:
      return formats::decodeTga(bytes, limits);
    case ImageFormat::unknown:
      break;
  }
  return Error{ErrorCode::unsupportedImage,
               "the file's first bytes are those of no format that is read: JPEG, PNG, BMP, "
               "GIF, PNM, TGA"};
}

}  // namespace

ImageFormat sniffImageFormat(ByteView bytes) {
  using namespace std::string_view_literals;
  if (startsWith(bytes, "\xFF\xD8\xFF"sv)) return ImageFormat::jpeg;
  if (startsWith(bytes, "\x89PNG\r\n\x1A\n"sv)) return ImageFormat::png;
  if (startsWith(bytes, "GIF87a"sv) || startsWith(bytes, "GIF89a"sv)) return ImageFormat::gif;
  if (startsWith(bytes, "BM"sv) && bytes.size() >= 18) return ImageFormat::bmp;
  constexpr std::string_view pnmSpaces = "\t\n\v\f\r #";
  if (bytes.size() >= 3 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '6' &&
      pnmSpaces.find(static_cast<char>(bytes[2])) != std::string_view::npos) {
    return ImageFormat::pnm;
  }
  return formats::isPlausibleTga(bytes) ? ImageFormat::tga : ImageFormat::unknown;
}

std::string_view imageFormatName(ImageFormat format) {
  switch (format) {
    case ImageFormat::jpeg:
      return "JPEG";
    case ImageFormat::png:
      return "PNG";
    case ImageFormat::bmp:
      return "BMP";
    case ImageFormat::gif:
      return "GIF";
    case ImageFormat::pnm:
      return "PNM";
    case ImageFormat::tga:
      return "TGA";
    case ImageFormat::unknown:
      break;
  }
  return "unknown";
}

Result<Image> decodeImage(ByteView bytes, const Limits& limits) {
  if (bytes.empty()) return Error{ErrorCode::emptyImage, "the file has no bytes"};
  try {
    return decodeAs(sniffImageFormat(bytes), bytes, limits);
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::outOfMemory, "no memory for the decoded picture"};
  }
}

}  // namespace pith

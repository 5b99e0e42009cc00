// SPDX-License-Identifier: Apache-2.0
#include "pith/image/decode.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <new>

#include "picture_files.h"
#include "pith/image/stb_decode.h"

namespace {
size_t largestAllocationBytes = 0;
}

// Counts what the library asks for; stb_image's own memory is counted by stbPeakBytes.
void* operator new(size_t size, const std::nothrow_t&) noexcept {
  largestAllocationBytes = std::max(largestAllocationBytes, size);
  return std::malloc(size);
}
void* operator new(size_t size) {
  if (void* block = operator new(size, std::nothrow)) return block;
  throw std::bad_alloc();
}
void* operator new[](size_t size, const std::nothrow_t&) noexcept { return operator new(size, std::nothrow); }
void* operator new[](size_t size) { return operator new(size); }
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, size_t) noexcept { std::free(block); }
void operator delete[](void* block) noexcept { std::free(block); }
void operator delete[](void* block, size_t) noexcept { std::free(block); }

namespace pith {
namespace {

std::vector<int> samples(const Result<Image>& image) {
  EXPECT_TRUE(image.ok()) << image.error().detail;
  if (!image) return {};
  if (image->sampleType == SampleType::u16) return {image->u16.begin(), image->u16.end()};
  return {image->u8.begin(), image->u8.end()};
}

std::string codeOf(const Bytes& bytes, const Limits& limits = {}) {
  const Result<Image> image = decodeImage(bytes, limits);
  return image ? "ok" : std::string(errorName(image.error().code));
}

Bytes textBytes(std::string_view text) { return {text.begin(), text.end()}; }

Bytes bmpOf(int32_t width, int32_t height, int bits, uint32_t colours, const Bytes& paletteAndPixels) {
  Bytes bytes = {'B', 'M'};
  appendLittle(bytes, 0, 8);
  appendLittle(bytes, 54 + 4 * colours, 4);
  appendLittle(bytes, 40, 4);
  appendLittle(bytes, static_cast<uint32_t>(width), 4);
  appendLittle(bytes, static_cast<uint32_t>(height), 4);
  appendLittle(bytes, 1, 2);
  appendLittle(bytes, static_cast<uint32_t>(bits), 2);
  appendLittle(bytes, 0, 16);
  appendLittle(bytes, colours, 4);
  appendLittle(bytes, 0, 4);
  append(bytes, paletteAndPixels);
  return bytes;
}

/// A screen of 3 x 2 with a red, a green, a blue and a white colour, and then blocks.
Bytes gifOf(const Bytes& blocks) {
  Bytes bytes = textBytes("GIF89a");
  append(bytes, {3, 0, 2, 0, 0x81, 3, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255});
  append(bytes, blocks);
  return bytes;
}

Bytes tgaOf(int type, int width, int height, int bits, int descriptor, const Bytes& pixels) {
  Bytes bytes = {0, 0, static_cast<uint8_t>(type), 0, 0, 0, 0, 0, 0, 0, 0, 0};
  appendLittle(bytes, static_cast<uint32_t>(width), 2);
  appendLittle(bytes, static_cast<uint32_t>(height), 2);
  append(bytes, {static_cast<uint8_t>(bits), static_cast<uint8_t>(descriptor)});
  append(bytes, pixels);
  return bytes;
}

// Codes of 3 bits: clear 4, 1, 2, 0, then with 4 bits 3, 3, 3, end 5.
const Bytes gifFrame = {0x2C, 0, 0, 0, 0, 3, 0, 2, 0, 0, 2, 4, 0x8C, 0x30, 0x33, 0x05, 0, 0x3B};

std::map<std::string, Bytes> smallFiles() {
  return {{"png", PngBuilder(2, 2, 8, 2).pixels({0, 1, 2, 3, 4, 5, 6, 0, 7, 8, 9, 10, 11, 12}).finish()},
          {"palette png",
           PngBuilder(3, 1, 2, 3).chunk("PLTE", {9, 8, 7, 6, 5, 4}).pixels({0, 0b00010000}).finish()},
          {"jpeg", Bytes(std::begin(baselineJpeg), std::end(baselineJpeg))},
          {"progressive jpeg", Bytes(std::begin(progressiveJpeg), std::end(progressiveJpeg))},
          {"bmp", bmpOf(2, 1, 24, 0, {3, 2, 1, 6, 5, 4, 0, 0})},
          {"gif", gifOf(gifFrame)},
          {"pnm", textBytes("P6 1 2 255\nabcdef")},
          {"text pnm", textBytes("P2 2 2 9\n0 1 2 3")},
          {"tga", tgaOf(2, 1, 2, 24, 0x20, {3, 2, 1, 6, 5, 4})},
          {"run-length tga", tgaOf(11, 3, 1, 8, 0x20, {0x81, 5, 0x00, 6})}};
}

TEST(Sniff, GoesByTheBytes) {
  for (const auto& [name, bytes] : smallFiles()) {
    EXPECT_NE(sniffImageFormat(bytes), ImageFormat::unknown) << name;
    EXPECT_EQ(codeOf(bytes), "ok") << name;
  }
  EXPECT_EQ(sniffImageFormat(textBytes("RIFF....WEBPVP8 ")), ImageFormat::unknown);
  EXPECT_EQ(codeOf(textBytes("%PDF-1.7 and some more bytes")), "unsupportedImage");
  EXPECT_EQ(codeOf({}), "emptyImage");
  EXPECT_EQ(imageFormatName(ImageFormat::pnm), "PNM");
}

TEST(Decode, HugeClaimsAreRefusedBeforeMemoryIsTaken) {
  Bytes jpeg(std::begin(baselineJpeg), std::end(baselineJpeg));
  size_t frame = 0;
  while (!(jpeg[frame] == 0xFF && jpeg[frame + 1] == 0xC0)) ++frame;
  Bytes gif = gifOf(gifFrame);
  Bytes progressive(std::begin(progressiveJpeg), std::end(progressiveJpeg));
  size_t progressiveFrame = 0;
  while (!(progressive[progressiveFrame] == 0xFF && progressive[progressiveFrame + 1] == 0xC2))
    ++progressiveFrame;
  struct Claim {
    int side;
    const char* code;
  };
  for (const auto& [side, code] : {Claim{60000, "imageTooLarge"}, Claim{9000, "truncatedImage"}}) {
    const auto high = static_cast<uint8_t>(side >> 8), low = static_cast<uint8_t>(side & 255);
    for (size_t i : {frame + 5, frame + 7}) {
      jpeg[i] = high;
      jpeg[i + 1] = low;
    }
    for (size_t i : {progressiveFrame + 5, progressiveFrame + 7}) {
      progressive[i] = high;
      progressive[i + 1] = low;
    }
    for (size_t i : {6, 8}) {
      gif[i] = low;
      gif[i + 1] = high;
    }
    const auto extent = static_cast<uint32_t>(side);
    const std::string number = std::to_string(side);
    std::map<std::string, Bytes> claims = {
        {"jpeg", jpeg},
        {"progressive jpeg", progressive},
        {"png", PngBuilder(extent, extent, 8, 2).pixels(Bytes(200)).finish()},
        {"bmp", bmpOf(side, side, 24, 0, Bytes(200))},
        {"pnm", textBytes("P5 " + number + " " + number + " 255\nabc")},
        {"text pnm", textBytes("P2 " + number + " " + number + " 255\n1 2 3")},
        {"tga", tgaOf(2, side, side, 24, 0x20, Bytes(200))},
        {"run-length tga", tgaOf(10, side, side, 24, 0x20, Bytes(200))}};
    for (auto& [name, bytes] : claims) {
      if (side == 60000) bytes.resize(20000);
      largestAllocationBytes = 0;
      const uint64_t before = formats::stbPeakBytes();
      EXPECT_EQ(codeOf(bytes), code) << name;
      EXPECT_LT(largestAllocationBytes, size_t{1} << 20) << name;
      EXPECT_EQ(formats::stbPeakBytes(), before) << name;
    }
    if (side == 60000) {
      EXPECT_EQ(codeOf(gif), code);
    }
  }
}

TEST(Decode, TheLimitOnPixelsIsTheCallers) {
  const Bytes png = smallFiles()["png"];
  EXPECT_EQ(codeOf(png, Limits{.maxPixels = 4}), "ok");
  EXPECT_EQ(codeOf(png, Limits{.maxPixels = 3}), "imageTooLarge");
}

/// Data that inflates to far more than its header needs must not fill the memory.
TEST(Decode, PngThatInflatesWithoutEndIsStopped) {
  Bytes rows(65535, 0);
  Bytes stream = {0x78, 0x01};
  for (int i = 0; i < 100; ++i) {
    append(stream, {static_cast<uint8_t>(i == 99), 0xFF, 0xFF, 0x00, 0x00});
    append(stream, rows);
  }
  const uint64_t before = formats::stbPeakBytes();
  const Bytes png = PngBuilder(1, 1, 8, 0).chunk("IDAT", stream).finish();
  codeOf(png);
  EXPECT_LE(formats::stbPeakBytes(), std::max<uint64_t>(before, 2 * stream.size() + (1 << 20) + 64));
}

/// Whatever is cut off, the rest is refused; only what follows the last pixel may be missing.
TEST(Decode, EveryShorterFileIsRefused) {
  const std::map<std::string, size_t> dispensableBytes = {{"jpeg", 2}, {"gif", 3}, {"text pnm", 0}};
  for (const auto& [name, bytes] : smallFiles()) {
    const auto found = dispensableBytes.find(name);
    const size_t dispensable = found == dispensableBytes.end() ? 0 : found->second;
    const size_t end = name == "bmp" ? bytes.size() - 2 : bytes.size() - dispensable;  // a BMP's padding
    for (size_t size = 0; size < end; ++size) {
      EXPECT_NE(codeOf(Bytes(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size))), "ok")
          << name << " cut at " << size;
    }
  }
}

/// With every byte changed in turn there is an answer; the sanitizers watch how it comes about.
TEST(Decode, EveryChangedByteHasAnAnswer) {
  int refused = 0;
  for (const auto& [name, bytes] : smallFiles()) {
    for (size_t i = 0; i < bytes.size(); ++i) {
      for (int flip : {0x01, 0x80, 0xFF}) {
        Bytes changed = bytes;
        changed[i] = static_cast<uint8_t>(changed[i] ^ flip);
        const Result<Image> image = decodeImage(changed, Limits{.maxPixels = 1 << 20});
        if (!image) ++refused;
        if (image)
          EXPECT_EQ(static_cast<int64_t>(image->u8.size() + image->u16.size()), image->sampleCount())
              << name << i;
      }
    }
  }
  EXPECT_GT(refused, 100);
}

TEST(Png, AlphaIsDroppedNotBlended) {
  EXPECT_EQ(samples(decodeImage(PngBuilder(1, 1, 8, 6).pixels({0, 10, 20, 30, 0}).finish())),
            std::vector<int>({10, 20, 30}));
  EXPECT_EQ(samples(decodeImage(PngBuilder(1, 1, 8, 4).pixels({0, 10, 0}).finish())), std::vector<int>({10}));
  EXPECT_EQ(samples(decodeImage(
                PngBuilder(1, 1, 8, 2).chunk("tRNS", {0, 1, 0, 2, 0, 3}).pixels({0, 1, 2, 3}).finish())),
            std::vector<int>({1, 2, 3}));
  EXPECT_EQ(samples(decodeImage(PngBuilder(2, 1, 1, 3)
                                    .chunk("PLTE", {1, 2, 3, 4, 5, 6})
                                    .chunk("tRNS", {0, 9})
                                    .pixels({0, 0x40})
                                    .finish())),
            std::vector<int>({1, 2, 3, 4, 5, 6}));
}

TEST(Png, FewBitsAreScaledAndSixteenAreKept) {
  EXPECT_EQ(samples(decodeImage(PngBuilder(4, 1, 2, 0).pixels({0, 0b00011011}).finish())),
            std::vector<int>({0, 85, 170, 255}));
  const Result<Image> wide =
      decodeImage(PngBuilder(2, 1, 16, 0).pixels({0, 0x12, 0x34, 0xFF, 0xFE}).finish());
  ASSERT_TRUE(wide.ok());
  EXPECT_EQ(wide->sampleType, SampleType::u16);
  EXPECT_EQ(samples(wide), std::vector<int>({0x1234, 0xFFFE}));
}

TEST(Png, DamageIsNamed) {
  Bytes wrongChecksum = smallFiles()["png"];
  wrongChecksum[wrongChecksum.size() - 17] ^= 1;  // the last byte of the pixels
  EXPECT_EQ(codeOf(wrongChecksum), "corruptImage");
  EXPECT_EQ(codeOf(PngBuilder(2, 1, 8, 3).chunk("PLTE", {1, 2, 3}).pixels({0, 0, 1}).finish()),
            "corruptImage");
  EXPECT_EQ(codeOf(PngBuilder(2, 2, 8, 0).pixels({0, 1, 2}).finish()), "truncatedImage");
  EXPECT_EQ(codeOf(PngBuilder(2, 1, 8, 0).chunk("CgBI", {0, 0, 0, 0}).pixels({0, 1, 2}).finish()),
            "unsupportedImageFeature");
  EXPECT_EQ(codeOf(PngBuilder(0, 2, 8, 0).pixels({0}).finish()), "emptyImage");
}

TEST(Orientation, AllEightAreTurnedUpright) {
  const std::vector<std::vector<int>> expected = {{1, 2, 3, 4, 5, 6}, {2, 1, 4, 3, 6, 5}, {6, 5, 4, 3, 2, 1},
                                                  {5, 6, 3, 4, 1, 2}, {1, 3, 5, 2, 4, 6}, {5, 3, 1, 6, 4, 2},
                                                  {6, 4, 2, 5, 3, 1}, {2, 4, 6, 1, 3, 5}};
  for (int orientation = 0; orientation <= 9; ++orientation) {
    const auto value = static_cast<uint8_t>(orientation);
    const Bytes little = {'I', 'I', 42, 0, 8, 0,     0, 0, 1, 0, 0x12, 0x01, 3,
                          0,   1,   0,  0, 0, value, 0, 0, 0, 0, 0,    0,    0};
    const Bytes big = {'M', 'M', 0, 42, 0, 0, 0,     8, 0, 1, 0x01, 0x12, 0,
                       3,   0,   0, 0,  1, 0, value, 0, 0, 0, 0,    0,    0};
    for (const Bytes& exif : {little, big}) {
      const Result<Image> image = decodeImage(
          PngBuilder(2, 3, 8, 0).chunk("eXIf", exif).pixels({0, 1, 2, 0, 3, 4, 0, 5, 6}).finish());
      ASSERT_TRUE(image.ok());
      const bool isKnown = orientation >= 1 && orientation <= 8;
      EXPECT_EQ(image->width, orientation >= 5 && isKnown ? 3 : 2) << orientation;
      EXPECT_EQ(samples(image), expected[isKnown ? static_cast<size_t>(orientation - 1) : 0]) << orientation;
    }
  }
  // An offset behind the end, and a block that stops inside its entry.
  for (const Bytes& exif : {Bytes{'I', 'I', 42, 0, 255, 255, 255, 255},
                            Bytes{'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0}}) {
    EXPECT_EQ(samples(decodeImage(PngBuilder(1, 1, 8, 0).chunk("eXIf", exif).pixels({0, 7}).finish())),
              std::vector<int>({7}));
  }
}

TEST(Jpeg, MissingAndDamagedPartsAreTold) {
  const Bytes whole(std::begin(baselineJpeg), std::end(baselineJpeg));
  const std::vector<int> pixels = samples(decodeImage(whole));
  Bytes withoutEnd(whole.begin(), whole.end() - 2);
  EXPECT_EQ(samples(decodeImage(withoutEnd)), pixels);
  Bytes withTail = whole;
  append(withTail, {1, 2, 3, 0xFF, 0xD8});
  EXPECT_EQ(samples(decodeImage(withTail)), pixels);
  // Pixels that end early, although the end marker is there.
  Bytes shortened(whole.begin(), whole.end() - 8);
  append(shortened, {0xFF, 0xD9});
  EXPECT_EQ(codeOf(shortened), "truncatedImage");
  const auto withFrameByte = [&](size_t at, uint8_t value) {
    Bytes changed = whole;
    size_t frame = 0;
    while (!(changed[frame] == 0xFF && changed[frame + 1] == 0xC0)) ++frame;
    changed[frame + at] = value;
    return codeOf(changed);
  };
  EXPECT_EQ(withFrameByte(1, 0xC9), "unsupportedImageFeature");  // arithmetic coding
  EXPECT_EQ(withFrameByte(1, 0xC3), "unsupportedImageFeature");  // lossless
  EXPECT_EQ(withFrameByte(4, 12), "unsupportedImageFeature");    // bits a sample
  EXPECT_EQ(withFrameByte(6, 0), "unsupportedImageFeature");     // a height of 0
  EXPECT_EQ(withFrameByte(8, 0), "emptyImage");                  // a width of 0
}

/// The same file, its components named R, G and B instead of 1, 2 and 3.
Bytes withNamedComponents(Bytes jpeg) {
  for (size_t i = 2; i + 4 < jpeg.size(); ++i) {
    const bool isFrame = jpeg[i] == 0xFF && jpeg[i + 1] == 0xC2;
    const bool isScan = jpeg[i] == 0xFF && jpeg[i + 1] == 0xDA;
    if (!isFrame && !isScan) continue;
    const size_t count = i + (isFrame ? 9 : 4), step = isFrame ? 3 : 2;
    for (size_t c = 0; c < jpeg[count]; ++c) {
      uint8_t& name = jpeg[count + 1 + c * step];
      name = static_cast<uint8_t>("RGB"[name - 1]);
    }
  }
  return jpeg;
}

/// With another segment, or none, in place of the JFIF marker.
Bytes withFirstSegment(const Bytes& jpeg, const Bytes& segment) {
  constexpr ptrdiff_t startBytes = 2, jfifBytes = 18;
  Bytes changed(jpeg.begin(), jpeg.begin() + startBytes);
  append(changed, segment);
  changed.insert(changed.end(), jpeg.begin() + startBytes + jfifBytes, jpeg.end());
  return changed;
}

/// As in libjpeg: JFIF goes before Adobe's marker, and that before the components' names.
TEST(Jpeg, MarkersGoBeforeNamesOfComponents) {
  const Bytes numbered(std::begin(progressiveJpeg), std::end(progressiveJpeg));
  const Bytes named = withNamedComponents(numbered);
  const Bytes adobeRgb = {0xFF, 0xEE, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0};
  Bytes adobeYcc = adobeRgb;
  adobeYcc.back() = 1;
  const std::vector<int> ycc = samples(decodeImage(numbered));
  const std::vector<int> rgb = samples(decodeImage(withFirstSegment(numbered, adobeRgb)));
  EXPECT_NE(ycc, rgb);
  EXPECT_EQ(samples(decodeImage(named)), ycc);
  EXPECT_EQ(samples(decodeImage(withFirstSegment(named, adobeYcc))), ycc);
  EXPECT_EQ(samples(decodeImage(withFirstSegment(numbered, {}))), ycc);
  EXPECT_EQ(samples(decodeImage(withFirstSegment(named, {}))), rgb);
  EXPECT_EQ(samples(decodeImage(withFirstSegment(named, adobeRgb))), rgb);
}

/// Two grey blocks, a restart marker between them; each is one byte, and `padding` bytes follow the first.
Bytes paddedIntervals(size_t padding) {
  Bytes bytes = {0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0};
  append(bytes, Bytes(64, 1));
  append(bytes, {0xFF, 0xC0, 0, 11, 8, 0, 8, 0, 16, 1, 1, 0x11, 0});
  append(bytes, {0xFF, 0xC4, 0, 20, 0x00, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});  // 1 bit
  append(bytes, {0xFF, 0xC4, 0, 20, 0x10, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});  // 7 bits
  append(bytes, {0xFF, 0xDD, 0, 4, 0, 1, 0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0, 0});
  append(bytes, Bytes(padding));
  append(bytes, {0xFF, 0xD0, 0, 0xFF, 0xD9});
  return bytes;
}

TEST(Jpeg, PaddingBeforeARestartLosesNoPixels) {
  for (const size_t padding : {size_t{0}, size_t{1}, size_t{2}})
    EXPECT_EQ(samples(decodeImage(paddedIntervals(padding))), std::vector<int>(128, 128)) << padding;
  EXPECT_EQ(codeOf(paddedIntervals(3)), "corruptImage");
  EXPECT_EQ(codeOf(paddedIntervals(4)), "corruptImage");
}

TEST(Bmp, EveryDepthIsRead) {
  EXPECT_EQ(samples(decodeImage(bmpOf(2, 1, 1, 2, {1, 2, 3, 0, 4, 5, 6, 0, 0x40, 0, 0, 0}))),
            std::vector<int>({3, 2, 1, 6, 5, 4}));
  EXPECT_EQ(samples(decodeImage(bmpOf(1, 2, 24, 0, {3, 2, 1, 0, 6, 5, 4, 0}))),
            std::vector<int>({4, 5, 6, 1, 2, 3}));  // from below
  EXPECT_EQ(samples(decodeImage(bmpOf(1, -2, 24, 0, {3, 2, 1, 0, 6, 5, 4, 0}))),
            std::vector<int>({1, 2, 3, 4, 5, 6}));  // from above
  EXPECT_EQ(samples(decodeImage(bmpOf(1, 1, 16, 0, {0xE0, 0x7F, 0, 0}))), std::vector<int>({255, 255, 0}));
  EXPECT_EQ(samples(decodeImage(bmpOf(1, 1, 32, 0, {3, 2, 1, 0}))), std::vector<int>({1, 2, 3}));
  EXPECT_EQ(codeOf(bmpOf(1, 1, 8, 1, {1, 2, 3, 0, 1, 0, 0, 0})), "corruptImage");  // index 1 of one colour
  EXPECT_EQ(codeOf(bmpOf(0, 1, 24, 0, {})), "emptyImage");
  Bytes withoutOffset = bmpOf(1, 1, 24, 0, {3, 2, 1, 0});
  EXPECT_EQ(codeOf(withoutOffset), "ok");
  withoutOffset[10] = 0;  // as if the pixels began with the file's first byte
  EXPECT_EQ(codeOf(withoutOffset), "corruptImage");
}

TEST(Gif, TheFirstPictureIsPaintedOnItsScreen) {
  const std::vector<int> red = {255, 0, 0}, green = {0, 255, 0}, blue = {0, 0, 255}, white = {255, 255, 255};
  const auto rows = [](const std::vector<std::vector<int>>& colours) {
    std::vector<int> all;
    for (const std::vector<int>& colour : colours) all.insert(all.end(), colour.begin(), colour.end());
    return all;
  };
  EXPECT_EQ(samples(decodeImage(gifOf(gifFrame))), rows({green, blue, red, white, white, white}));
  // One pixel in the middle of the lower row; the rest has the transparent colour, which is 2.
  const Bytes control = {0x21, 0xF9, 4, 1, 0, 0, 2, 0};
  const Bytes onePixel = {0x2C, 1, 0, 1, 0, 1, 0, 1, 0, 0, 2, 2, 0x5C, 0x00, 0, 0x3B};
  Bytes blocks = control;
  append(blocks, onePixel);
  EXPECT_EQ(samples(decodeImage(gifOf(blocks))), rows({blue, blue, blue, blue, white, blue}));
  EXPECT_EQ(samples(decodeImage(gifOf(onePixel))), rows({red, red, red, red, white, red}));
  EXPECT_EQ(codeOf(gifOf({0x3B})), "emptyImage");
  // A clear code, one pixel, an end code: five pixels are missing.
  EXPECT_EQ(codeOf(gifOf({0x2C, 0, 0, 0, 0, 3, 0, 2, 0, 0, 2, 2, 0x4C, 0x01, 0, 0x3B})), "truncatedImage");
}

TEST(Pnm, AllSixKindsAreRead) {
  EXPECT_EQ(samples(decodeImage(textBytes("P1\n# a comment\n3 1\n101"))), std::vector<int>({0, 255, 0}));
  EXPECT_EQ(samples(decodeImage(textBytes("P2 3 1 10 0 5 10"))),
            std::vector<int>({0, 128, 255}));  // 127.5 to even
  EXPECT_EQ(samples(decodeImage(textBytes("P3 1 1 255 1 2 3"))), std::vector<int>({1, 2, 3}));
  EXPECT_EQ(samples(decodeImage(textBytes("P4 3 1\n\xA0"))), std::vector<int>({0, 255, 0}));
  EXPECT_EQ(samples(decodeImage(textBytes("P5 2 1 255\nAB"))), std::vector<int>({'A', 'B'}));
  EXPECT_EQ(samples(decodeImage(textBytes("P5 1 1 65535\nAB"))), std::vector<int>({'A' * 256 + 'B'}));
  EXPECT_EQ(samples(decodeImage(textBytes("P5 1 1 4095\n\x0F\xFF"))), std::vector<int>({65535}));
  EXPECT_EQ(samples(decodeImage(textBytes("P5 2 1 255# a comment\nAB"))), std::vector<int>({'A', 'B'}));
  EXPECT_EQ(samples(decodeImage(textBytes("P4 3 1# a comment\n\xA0"))), std::vector<int>({0, 255, 0}));
  EXPECT_EQ(codeOf(textBytes("P5 2 1 2x5\nAB")), "corruptImage");
  EXPECT_EQ(codeOf(textBytes("P5 2 1 255# a comment")), "truncatedImage");
  EXPECT_EQ(codeOf(textBytes("P5 2 1 255\nA")), "truncatedImage");
  EXPECT_EQ(codeOf(textBytes("P2 1 1 9 10")), "corruptImage");
  EXPECT_EQ(codeOf(textBytes("P5 1 x 9 1")), "corruptImage");
  EXPECT_EQ(codeOf(textBytes("P5 0 1 9 1")), "emptyImage");
  EXPECT_EQ(codeOf(textBytes("P5 99999999999999999999 1 9 1")), "imageTooLarge");
}

TEST(Tga, PalettesRunsAndDirectionsAreRead) {
  EXPECT_EQ(samples(decodeImage(tgaOf(3, 2, 2, 8, 0x20, {1, 2, 3, 4}))), std::vector<int>({1, 2, 3, 4}));
  EXPECT_EQ(samples(decodeImage(tgaOf(3, 2, 2, 8, 0, {1, 2, 3, 4}))), std::vector<int>({3, 4, 1, 2}));
  EXPECT_EQ(samples(decodeImage(tgaOf(10, 3, 1, 32, 0x20, {0x81, 3, 2, 1, 9, 0x00, 6, 5, 4, 9}))),
            std::vector<int>({1, 2, 3, 1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(samples(decodeImage(tgaOf(2, 1, 1, 16, 0x20, {0x00, 0x7C}))), std::vector<int>({255, 0, 0}));
  const Bytes palette = {0, 1, 1, 0, 0, 2, 0, 24, 0, 0, 0, 0, 2, 0, 1, 0, 8, 0x20, 3, 2, 1, 6, 5, 4, 1, 0};
  EXPECT_EQ(samples(decodeImage(palette)), std::vector<int>({4, 5, 6, 1, 2, 3}));
  Bytes outside = palette;
  outside.back() = 2;
  EXPECT_EQ(codeOf(outside), "corruptImage");
  EXPECT_EQ(codeOf(tgaOf(2, 1, 1, 24, 0x30, {1, 2, 3})), "unsupportedImageFeature");
}

}  // namespace
}  // namespace pith

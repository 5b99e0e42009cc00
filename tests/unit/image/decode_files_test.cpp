// SPDX-License-Identifier: Apache-2.0
// Every file below shared/data/decode decodes to its reference pixels or is refused by the code that stands
// here.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>

#include "pictures.h"
#include "pith/image/decode.h"

namespace pith {
namespace {

namespace filesystem = std::filesystem;
const std::string dataFolder = std::string(PITH_SHARED_DATA) + "/decode";

struct Refusal {
  const char* part;  // of the path; the first that fits counts
  ErrorCode code;
};

constexpr Refusal refusals[] = {
    {".webp", ErrorCode::unsupportedImage},
    {".tif", ErrorCode::unsupportedImage},
    {".ico", ErrorCode::unsupportedImage},
    {".qoi", ErrorCode::unsupportedImage},
    // Damaged signatures.
    {"corrupt/xs", ErrorCode::unsupportedImage},
    {"corrupt/xcrn", ErrorCode::unsupportedImage},
    {"corrupt/xlfn", ErrorCode::unsupportedImage},
    // Impossible headers, checksums that do not fit, no pixels.
    {"corrupt/", ErrorCode::corruptImage},
    {"iphone/", ErrorCode::unsupportedImageFeature},
    // Run lengths.
    {"pal4rle", ErrorCode::unsupportedImageFeature},
    {"pal8rle", ErrorCode::unsupportedImageFeature},
    {"rle24", ErrorCode::unsupportedImageFeature},
    {"badrle", ErrorCode::unsupportedImageFeature},
    {"rle_overflow", ErrorCode::unsupportedImageFeature},
    {"rletopdown", ErrorCode::unsupportedImageFeature},
    {"imagemagick_invalid_run_length", ErrorCode::unsupportedImageFeature},
    {"Bad_unusual_extend", ErrorCode::unsupportedImageFeature},
    {"Bad_badbitcount", ErrorCode::corruptImage},
    {"Bad_clrsUsed", ErrorCode::corruptImage},
    {"badpalettesize", ErrorCode::corruptImage},
    {"pal8oversizepal", ErrorCode::corruptImage},
    {"pal8badindex", ErrorCode::corruptImage},
    {"rgb16-880", ErrorCode::corruptImage},
    {"Bad_height", ErrorCode::imageTooLarge},
    {"Bad_width", ErrorCode::imageTooLarge},
    {"Bad_reallybig", ErrorCode::imageTooLarge},
    {"Bad_shortfile", ErrorCode::truncatedImage},
    {"cmyk-1.jpg", ErrorCode::cmykImage},
    {"cmyk-2.jpg", ErrorCode::cmykImage},
    {"ycck.jpg", ErrorCode::cmykImage},
    {"lossless/2/MR4.jpg", ErrorCode::unsupportedImageFeature},
    {"lossless/2/XA1.jpg", ErrorCode::unsupportedImageFeature},
    {"partial_progressive.jpg", ErrorCode::truncatedImage},  // a scan's marker is overwritten
};

std::optional<ErrorCode> refusalOf(const std::string& file) {
  if (file.find("/reference/") != std::string::npos) return std::nullopt;
  for (const Refusal& refusal : refusals) {
    if (file.find(refusal.part) != std::string::npos) return refusal.code;
  }
  return std::nullopt;
}

std::vector<std::string> pictureFiles() {
  std::vector<std::string> files;
  std::error_code error;
  for (const auto& entry : filesystem::recursive_directory_iterator(dataFolder, error)) {
    const std::string extension = entry.path().extension().string();
    const bool isPicture = !extension.empty() && extension != ".csv" && extension != ".md" &&
                           extension != ".txt" && extension != ".list" && extension != ".LICENSE";
    if (entry.is_regular_file() && isPicture) {
      files.push_back(filesystem::relative(entry.path(), dataFolder).generic_string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// The largest difference of two pictures; grey counts as three equal channels, 16 bits against 8 by their
/// upper byte.
int largestDifference(const Image& a, const Image& b) {
  if (a.width != b.width || a.height != b.height) return 1 << 16;
  const bool isWide = a.sampleType == SampleType::u16 && b.sampleType == SampleType::u16;
  const auto sample = [&](const Image& image, size_t pixel, size_t c) -> int {
    const size_t at = image.channels == 1 ? pixel : 3 * pixel + c;
    if (image.sampleType == SampleType::u8) return image.u8[at];
    return isWide ? image.u16[at] : image.u16[at] >> 8;
  };
  int largest = 0;
  const size_t pixelCount = static_cast<size_t>(a.width) * static_cast<size_t>(a.height);
  for (size_t i = 0; i < pixelCount; ++i) {
    for (size_t c = 0; c < 3; ++c) largest = std::max(largest, std::abs(sample(a, i, c) - sample(b, i, c)));
  }
  return largest;
}

/// The picture beside a file that its own test suite compares it with; empty where there is none.
std::string referenceOf(const std::string& file) {
  std::string reference = file;
  if (const size_t at = file.find("image-rs/images/"); at != std::string::npos) {
    reference.replace(at, 16, "image-rs/reference/").append(".png");
  } else if (const size_t primary = file.find("pngsuite-stb/primary/"); primary != std::string::npos) {
    reference.replace(primary, 21, "pngsuite-stb/primary_check/");
  } else if (file.find("reftest/") != std::string::npos && file.ends_with(".jpg")) {
    reference.replace(file.size() - 3, 3, "png");
  } else {
    return {};
  }
  return filesystem::exists(dataFolder + "/" + reference) ? reference : std::string();
}

/// What two right decoders may differ by.
int toleranceOf(const std::string& file) {
  // A field of n bits becomes v * 255 / (2^n - 1), which image-rs rounds and Pillow cuts off: 1.
  if (file.ends_with(".bmp")) return 1;
  // These references come from other decoders than libjpeg. Each inverse DCT is within 1 of the exact value
  // (T.83), so two differ by at most 2 in luma; in colour by 2, and 1 by the rounding of the interpolation;
  // blue is luma + 1.772 times that, rounded: 2 + 5.3 + 0.5.
  if (file.ends_with(".jpg")) return 7;
  return 0;
}

TEST(DecodeFiles, DecodeOrAreRefusedByTheirCode) {
  const std::vector<std::string> files = pictureFiles();
  if (files.empty()) GTEST_SKIP() << "the shared data is not there (PITH_SHARED_DATA names its folder)";
  std::map<std::string, int> counts;
  for (const std::string& file : files) {
    const std::vector<uint8_t> bytes = readFile(dataFolder + "/" + file);
    const Result<Image> image = decodeImage(bytes);
    const std::optional<ErrorCode> refusal = refusalOf(file);
    ASSERT_EQ(image.ok(), !refusal.has_value()) << file << ": " << (image ? "decoded" : image.error().detail);
    if (refusal) {
      EXPECT_EQ(errorName(image.error().code), errorName(*refusal)) << file << ": " << image.error().detail;
      EXPECT_FALSE(image.error().detail.empty());
      ++counts[std::string(errorName(*refusal))];
      continue;
    }
    ++counts["decoded as " + std::string(imageFormatName(sniffImageFormat(bytes)))];
    const std::string reference = referenceOf(file);
    if (reference.empty()) continue;
    const Result<Image> expected = decodeImage(readFile(dataFolder + "/" + reference));
    ASSERT_TRUE(expected.ok()) << reference << ": " << expected.error().detail;
    EXPECT_LE(largestDifference(*image, *expected), toleranceOf(file)) << file;
    ++counts["compared with the suite's own reference"];
  }
  for (const auto& [what, count] : counts) RecordProperty(what, count);
}

TEST(DecodeFiles, EqualPillow) {
  const char* folder = std::getenv("PITH_REFERENCE_DIR");
  if (!folder)
    GTEST_SKIP()
        << "PITH_REFERENCE_DIR is not set; tests/reference/README.md says how to make the references";
  const std::string references = std::string(folder) + "/decode/";
  const std::vector<uint8_t> text = readFile(references + "decode.json");
  if (text.empty()) GTEST_SKIP() << "the references of make_decode.py are not there";
  const Result<Json> list = Json::parse(asText(text));
  ASSERT_TRUE(list.ok() && list->asArray() && !list->asArray()->empty());
  for (const Json& entry : *list->asArray()) {
    const std::string& file = *entry.find("file")->asString();
    if (refusalOf(file)) continue;
    const Result<Image> image = decodeImage(readFile(dataFolder + "/" + file));
    ASSERT_TRUE(image.ok()) << file << ": " << image.error().detail;
    const Image expected =
        imageFrom(readFile(references + *entry.find("raw")->asString()), 0, integerOf(entry, "width"),
                  integerOf(entry, "height"), integerOf(entry, "channels"), integerOf(entry, "bits"));
    EXPECT_EQ(largestDifference(*image, expected), 0) << file;
    EXPECT_EQ(image->sampleType, expected.sampleType) << file;
  }
}

/// The sum of differences to a picture of the same size that is read from its other end where so said.
int64_t differenceTo(const Image& image, const Image& other, bool mirrorsColumns, bool mirrorsRows) {
  int64_t sum = 0;
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const int otherX = mirrorsColumns ? image.width - 1 - x : x,
                otherY = mirrorsRows ? image.height - 1 - y : y;
      const size_t at =
          3 * (static_cast<size_t>(y) * static_cast<size_t>(image.width) + static_cast<size_t>(x));
      const size_t otherAt =
          3 * (static_cast<size_t>(otherY) * static_cast<size_t>(image.width) + static_cast<size_t>(otherX));
      for (size_t c = 0; c < 3; ++c) sum += std::abs(image.u8[at + c] - other.u8[otherAt + c]);
    }
  }
  return sum;
}

TEST(DecodeFiles, AllOrientationsOfAPictureAreAlike) {
  const Result<Image> upright = decodeImage(readFile(dataFolder + "/exif-orientation/Landscape_1.jpg"));
  if (!upright) GTEST_SKIP() << "the shared data is not there (PITH_SHARED_DATA names its folder)";
  for (int orientation = 2; orientation <= 8; ++orientation) {
    const Result<Image> turned = decodeImage(
        readFile(dataFolder + "/exif-orientation/Landscape_" + std::to_string(orientation) + ".jpg"));
    ASSERT_TRUE(turned.ok());
    ASSERT_EQ(turned->width, upright->width);
    ASSERT_EQ(turned->height, upright->height);
    // Each was compressed on its own and has its number drawn in; a picture turned wrongly is much farther
    // away.
    const int64_t difference = differenceTo(*turned, *upright, false, false);
    for (const auto& [columns, rows] : {std::pair{true, false}, {false, true}, {true, true}}) {
      EXPECT_LT(4 * difference, differenceTo(*turned, *upright, columns, rows))
          << "orientation " << orientation;
    }
  }
}

}  // namespace
}  // namespace pith

// SPDX-License-Identifier: Apache-2.0
/// @file What the tests of this folder share: files, and pictures of references.
#pragma once

#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "pith/base/json.h"
#include "pith/image/image.h"

namespace pith {

/// Empty where the file cannot be read.
inline std::vector<uint8_t> readFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline int integerOf(const Json& object, const char* key) {
  return static_cast<int>(*object.find(key)->asInteger());
}

/// A picture of raw little-endian samples.
inline Image imageFrom(const std::vector<uint8_t>& bytes, size_t offset, int width, int height, int channels,
                       int bits) {
  Image image{.width = width,
              .height = height,
              .channels = channels,
              .sampleType = bits == 16 ? SampleType::u16 : SampleType::u8,
              .u8 = {},
              .u16 = {}};
  const auto count = static_cast<size_t>(image.sampleCount());
  for (size_t i = 0; i < count; ++i) {
    if (bits == 16) {
      image.u16.push_back(
          static_cast<uint16_t>(bytes.at(offset + 2 * i) | (bytes.at(offset + 2 * i + 1) << 8)));
    } else {
      image.u8.push_back(bytes.at(offset + i));
    }
  }
  return image;
}

}  // namespace pith

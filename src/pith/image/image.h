// SPDX-License-Identifier: Apache-2.0
/// @file A decoded picture, before any preparation for a network.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace pith {

/// Samples are whole numbers, 0 = black. 16-bit samples stay 16-bit until the recipe's normalisation.
enum class SampleType : uint8_t { u8, u16 };

/// Row-major, channels interleaved (HWC), no padding between rows. One channel is grey, three are red, green,
/// blue.
struct Image {
  int width = 0;
  int height = 0;
  int channels = 0;  // 1 or 3
  SampleType sampleType = SampleType::u8;
  std::vector<uint8_t> u8;    // height * width * channels, where sampleType is u8
  std::vector<uint16_t> u16;  // the same, where sampleType is u16; full scale is 65535

  int64_t sampleCount() const { return int64_t{width} * height * channels; }
};

/// Whether all of an image's 16-bit samples stay below a quarter of full scale, as films of 10 to 14 bits do that were stored in
/// 16 bits without being scaled. To a network they are nearly black.
inline bool isFaint(const Image& image) {
  constexpr uint16_t quarter = 1 << 14;
  return image.sampleType == SampleType::u16 && std::ranges::all_of(image.u16, [](uint16_t sample) { return sample < quarter; });
}

}  // namespace pith

// SPDX-License-Identifier: Apache-2.0
#include "pith/image/jpeg_pixels.h"

#include <algorithm>
#include <vector>

#include "pith/image/formats.h"

namespace pith::formats {
namespace {

constexpr int constantBits = 13, keptBits = 2;

/// Unsigned, because sums of damaged coefficients may wrap.
using Lanes = std::array<std::array<uint32_t, 8>, 8>;

constexpr uint32_t fixed(double value) {
  return static_cast<uint32_t>(static_cast<int32_t>(value * (1 << constantBits) + 0.5));
}

int32_t rounded(uint32_t value, int bits) { return static_cast<int32_t>(value + (1u << (bits - 1))) >> bits; }

/// One dimension, for eight rows or columns side by side: in[frequency][lane] to out[position][lane].
void transform(const Lanes& in, int droppedBits, Lanes& out) {
  for (size_t lane = 0; lane < 8; ++lane) {
    const auto at = [&](size_t frequency) { return in[frequency][lane]; };
    // Even frequencies: sums and differences of 0 and 4, and 2 and 6 turned by 3/8 of a right angle.
    const uint32_t turn = (at(2) + at(6)) * fixed(0.541196100);
    const uint32_t low = turn - at(6) * fixed(1.847759065), high = turn + at(2) * fixed(0.765366865);
    const uint32_t sum = (at(0) + at(4)) << constantBits, difference = (at(0) - at(4)) << constantBits;
    const std::array<uint32_t, 4> even = {sum + high, difference + low, difference - low, sum - high};

    // Odd frequencies.
    const uint32_t shared = (at(7) + at(3) + at(5) + at(1)) * fixed(1.175875602);
    const uint32_t outer = 0u - (at(7) + at(1)) * fixed(0.899976223);
    const uint32_t inner = 0u - (at(5) + at(3)) * fixed(2.562915447);
    const uint32_t first = shared - (at(7) + at(3)) * fixed(1.961570560);
    const uint32_t second = shared - (at(5) + at(1)) * fixed(0.390180644);
    const std::array<uint32_t, 4> odd = {
        at(1) * fixed(1.501321110) + outer + second, at(3) * fixed(3.072711026) + inner + first,
        at(5) * fixed(2.053119869) + inner + second, at(7) * fixed(0.298631336) + outer + first};
    for (size_t i = 0; i < 4; ++i) {
      out[i][lane] = static_cast<uint32_t>(rounded(even[i] + odd[i], droppedBits));
      out[7 - i][lane] = static_cast<uint32_t>(rounded(even[i] - odd[i], droppedBits));
    }
  }
}

/// Rows of one component at the picture's resolution.
class Upsampler {
 public:
  Upsampler(const JpegPlane& plane, int width) : plane_(plane), sums_(static_cast<size_t>(plane.width)) {
    // Each sample writes all its pixels, also where the picture ends between them.
    row_.resize(static_cast<size_t>(std::max(width, plane.width * plane.horizontalStep)));
  }

  const uint8_t* row(int y) {
    const bool isWide = plane_.width > 2;  // libjpeg repeats where there is nothing to interpolate
    const int step = plane_.horizontalStep, verticalStep = plane_.verticalStep;
    if (step == 1 && verticalStep == 1) return plane_.row(y);
    if (step == 2 && verticalStep == 1 && isWide) {
      interpolateRow(plane_.row(y));
    } else if (step == 1 && verticalStep == 2) {
      interpolateColumn(y);
    } else if (step == 2 && verticalStep == 2 && isWide) {
      interpolateBoth(y);
    } else {
      const uint8_t* source = plane_.row(y / verticalStep);
      for (int x = 0; x < plane_.width; ++x)
        std::fill_n(&row_[static_cast<size_t>(x * step)], step, source[x]);
    }
    return row_.data();
  }

 private:
  const uint8_t* nearRow(int y) const { return plane_.row(y / 2); }
  /// The row on the other side of the pixel: above for even rows, below for odd ones.
  const uint8_t* farRow(int y) const {
    return plane_.row(std::clamp(y / 2 + (y % 2 == 0 ? -1 : 1), 0, plane_.height - 1));
  }

  /// Three quarters of the nearer sample, one of the farther; halves go up and down in turn.
  void interpolateRow(const uint8_t* in) {
    const size_t last = static_cast<size_t>(plane_.width) - 1;
    row_[0] = in[0];
    row_[1] = static_cast<uint8_t>((3 * in[0] + in[1] + 2) >> 2);
    for (size_t x = 1; x < last; ++x) {
      row_[2 * x] = static_cast<uint8_t>((3 * in[x] + in[x - 1] + 1) >> 2);
      row_[2 * x + 1] = static_cast<uint8_t>((3 * in[x] + in[x + 1] + 2) >> 2);
    }
    row_[2 * last] = static_cast<uint8_t>((3 * in[last] + in[last - 1] + 1) >> 2);
    row_[2 * last + 1] = in[last];
  }

  void interpolateColumn(int y) {
    const uint8_t *nearer = nearRow(y), *farther = farRow(y);
    const int bias = y % 2 == 0 ? 1 : 2;
    for (size_t x = 0; x < static_cast<size_t>(plane_.width); ++x) {
      row_[x] = static_cast<uint8_t>((3 * nearer[x] + farther[x] + bias) >> 2);
    }
  }

  void interpolateBoth(int y) {
    const uint8_t *nearer = nearRow(y), *farther = farRow(y);
    const size_t last = sums_.size() - 1;
    for (size_t x = 0; x <= last; ++x) sums_[x] = 3 * nearer[x] + farther[x];
    row_[0] = static_cast<uint8_t>((4 * sums_[0] + 8) >> 4);
    row_[1] = static_cast<uint8_t>((3 * sums_[0] + sums_[1] + 7) >> 4);
    for (size_t x = 1; x < last; ++x) {
      row_[2 * x] = static_cast<uint8_t>((3 * sums_[x] + sums_[x - 1] + 8) >> 4);
      row_[2 * x + 1] = static_cast<uint8_t>((3 * sums_[x] + sums_[x + 1] + 7) >> 4);
    }
    row_[2 * last] = static_cast<uint8_t>((3 * sums_[last] + sums_[last - 1] + 8) >> 4);
    row_[2 * last + 1] = static_cast<uint8_t>((4 * sums_[last] + 7) >> 4);
  }

  const JpegPlane& plane_;
  std::vector<uint8_t> row_;
  std::vector<int> sums_;
};

uint8_t clamped(int value) { return static_cast<uint8_t>(std::clamp(value, 0, 255)); }

void toRgb(const uint8_t* luma, const uint8_t* blueness, const uint8_t* redness, int width, uint8_t* target) {
  constexpr auto scaled = [](double factor) { return static_cast<int>(factor * 65536 + 0.5); };
  constexpr int half = 1 << 15;
  for (int x = 0; x < width; ++x, target += 3) {
    const int y = luma[x], cb = blueness[x] - 128, cr = redness[x] - 128;
    target[0] = clamped(y + ((scaled(1.40200) * cr + half) >> 16));
    target[1] = clamped(y + ((-scaled(0.34414) * cb - scaled(0.71414) * cr + half) >> 16));
    target[2] = clamped(y + ((scaled(1.77200) * cb + half) >> 16));
  }
}

}  // namespace

void inverseDct(uint8_t* samples, int stride, const int16_t* coefficients) {
  Lanes frequencies, columns, turned, rows;
  for (size_t i = 0; i < 64; ++i) frequencies[i / 8][i % 8] = static_cast<uint32_t>(int32_t{coefficients[i]});
  transform(frequencies, constantBits - keptBits, columns);
  for (size_t i = 0; i < 64; ++i) turned[i % 8][i / 8] = columns[i / 8][i % 8];
  transform(turned, constantBits + keptBits + 3, rows);
  for (size_t y = 0; y < 8; ++y) {
    for (size_t x = 0; x < 8; ++x) {
      // Clamped before the shift of 128 is added, so that it cannot overflow.
      samples[x] = static_cast<uint8_t>(std::clamp(static_cast<int32_t>(rows[x][y]), -128, 127) + 128);
    }
    samples += stride;
  }
}

Image assembleJpeg(std::span<const JpegPlane> planes, int width, int height, bool isRgb) {
  Image image = makeImage(width, height, planes.size() == 1 ? 1 : 3);
  std::vector<Upsampler> upsamplers;
  for (const JpegPlane& plane : planes) upsamplers.emplace_back(plane, width);
  uint8_t* target = image.u8.data();
  for (int y = 0; y < height; ++y, target += int64_t{width} * image.channels) {
    const uint8_t* first = upsamplers[0].row(y);
    if (planes.size() == 1) {
      std::copy_n(first, width, target);
      continue;
    }
    const uint8_t *second = upsamplers[1].row(y), *third = upsamplers[2].row(y);
    if (!isRgb) {
      toRgb(first, second, third, width, target);
      continue;
    }
    for (int x = 0; x < width; ++x) {
      target[3 * x] = first[x];
      target[3 * x + 1] = second[x];
      target[3 * x + 2] = third[x];
    }
  }
  return image;
}

}  // namespace pith::formats

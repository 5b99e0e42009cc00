// SPDX-License-Identifier: Apache-2.0
/// @file Batches of blocks and convolutions of them, literally as TensorFlow Lite defines them.
#pragma once

#include "unit/infer/run_tflite.h"

namespace pith::test {

struct Maps {
  Ints shape;  // [N, H, W, C]
  Doubles numbers;
};

/// Batch [row, column] of a block has every place that lies there in a block of the padded map.
inline Maps spaceToBatch(const Maps& x, const Ints& block, const Ints& pads) {
  const Ints& s = x.shape;
  Maps y{{block[0] * block[1] * s[0], (s[1] + pads[0] + pads[1]) / block[0], (s[2] + pads[2] + pads[3]) / block[1], s[3]}, {}};
  forEach(y.shape, [&](const Ints& p) {
    const int32_t cell = p[0] / s[0], row = p[1] * block[0] + cell / block[1] - pads[0],
                  column = p[2] * block[1] + cell % block[1] - pads[2];
    const bool isInside = row >= 0 && column >= 0 && row < s[1] && column < s[2];
    y.numbers.push_back(isInside ? x.numbers[at(s, {p[0] % s[0], row, column, p[3]})] : 0);
  });
  return y;
}

inline Maps batchToSpace(const Maps& x, const Ints& block, const Ints& crops) {
  const Ints& s = x.shape;
  const int32_t pictures = s[0] / (block[0] * block[1]);
  Maps y{{pictures, s[1] * block[0] - crops[0] - crops[1], s[2] * block[1] - crops[2] - crops[3], s[3]}, {}};
  forEach(y.shape, [&](const Ints& p) {
    const int32_t row = p[1] + crops[0], column = p[2] + crops[2];
    const int32_t cell = row % block[0] * block[1] + column % block[1];
    y.numbers.push_back(x.numbers[at(s, {cell * pictures + p[0], row / block[0], column / block[1], p[3]})]);
  });
  return y;
}

/// One step at a time, with weights [O, H, W, C], or [1, H, W, C] for each channel by itself.
struct Kernel {
  Ints shape;
  Doubles weights, bias;
  bool isDepthwise = false, isSame = false;
  int32_t dilation = 1;

  [[nodiscard]] int32_t outputs() const { return shape[isDepthwise ? 3 : 0]; }
  [[nodiscard]] Maps of(const Maps& x) const {
    Ints place = x.shape, before{0, 0};
    for (const size_t axis : {1U, 2U}) {
      const int32_t beyond = (shape[axis] - 1) * dilation;
      if (isSame) before[axis - 1] = beyond / 2;
      if (!isSame) place[axis] -= beyond;
    }
    place[3] = outputs();
    Maps y{place, {}};
    forEach(y.shape, [&](const Ints& p) {
      double sum = bias[static_cast<size_t>(p[3])];
      forEach(shape, [&](const Ints& k) {
        if (isDepthwise ? k[3] != p[3] : k[0] != p[3]) return;
        const int32_t row = p[1] + k[1] * dilation - before[0], column = p[2] + k[2] * dilation - before[1];
        if (row < 0 || column < 0 || row >= x.shape[1] || column >= x.shape[2]) return;
        sum += weights[at(shape, k)] * x.numbers[at(x.shape, {p[0], row, column, k[3]})];
      });
      y.numbers.push_back(sum);
    });
    return y;
  }
  /// Its options, beside a code of 3 or 4.
  void write(TfliteBuilder& file, const Ints& inputs, int32_t output, tfl::Activation activation = tfl::Activation::none, int32_t stride = 1) const {
    const auto padding = isSame ? tfl::Padding::same : tfl::Padding::valid;
    if (isDepthwise) {
      file.node(4, inputs, {output}, tfl::Options::DepthwiseConvOptions,
                tfl::CreateDepthwiseConvOptions(file.raw(), padding, stride, stride, 1, activation, dilation, dilation).Union());
    } else {
      file.node(3, inputs, {output}, tfl::Options::ConvOptions,
                tfl::CreateConvOptions(file.raw(), padding, stride, stride, activation, dilation, dilation).Union());
    }
  }
};

/// Rows before and after, then columns.
inline int32_t border(TfliteBuilder& file, const Ints& numbers) {
  return file.tensor({2, 2}, tfl::ElementType::int32, std::nullopt, TfliteBuilder::bytesOf(numbers));
}

}  // namespace pith::test

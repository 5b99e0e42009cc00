// SPDX-License-Identifier: Apache-2.0
#include "pith/infer/quantize.h"

#include <algorithm>
#include <cmath>

namespace pith {

void quantize(std::span<const float> from, DataType type, const Quantization& quantization, uint8_t* to) {
  const float scale = quantization.scales[0];
  const auto zeroPoint = static_cast<float>(quantization.zeroPoint);
  const float lowest = type == DataType::int8 ? -128.0F : 0.0F;
  const float highest = type == DataType::int8 ? 127.0F : 255.0F;
  for (size_t i = 0; i < from.size(); ++i) {
    const float steps = std::isnan(from[i]) ? 0.0F : from[i] / scale;
    // Adding a half first would round 0.49999997 up.
    const float whole = std::trunc(steps);
    const float rounded = std::abs(steps - whole) >= 0.5F ? whole + std::copysign(1.0F, steps) : whole;
    to[i] = static_cast<uint8_t>(static_cast<int>(std::clamp(rounded + zeroPoint, lowest, highest)));
  }
}

void dequantize(const uint8_t* from, DataType type, const Quantization& quantization, std::span<float> to) {
  const float scale = quantization.scales[0];
  for (size_t i = 0; i < to.size(); ++i) {
    const int32_t integer = type == DataType::int8 ? static_cast<int8_t>(from[i]) : int32_t{from[i]};
    to[i] = static_cast<float>(integer - quantization.zeroPoint) * scale;
  }
}

}  // namespace pith

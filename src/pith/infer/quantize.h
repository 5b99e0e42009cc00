// SPDX-License-Identifier: Apache-2.0
/// @file Floats become quantised integers where a network begins, and floats again where it ends.
#pragma once

#include <span>

#include "pith/model/graph.h"

namespace pith {

/// integer = clamp(round(number / scale) + zero point), halves rounded away from zero, as TensorFlow Lite
/// does it; a NaN becomes the zero point.
/// @param to  as many bytes as there are numbers; int8 in two's complement
/// @param quantization  of one scale
void quantize(std::span<const float> from, DataType type, const Quantization& quantization, uint8_t* to);

/// number = (integer - zero point) * scale, rounded once.
void dequantize(const uint8_t* from, DataType type, const Quantization& quantization, std::span<float> to);

}  // namespace pith

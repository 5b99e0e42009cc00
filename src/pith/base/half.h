// SPDX-License-Identifier: Apache-2.0
/// @file IEEE 754 binary16: the only place that includes fp16.h.
#pragma once

#include <cstdint>
#include <fp16.h>

namespace pith {

/// Rounded to nearest, ties to even; beyond 65,504 infinite.
inline uint16_t halfFromFloat(float value) { return fp16_ieee_from_fp32_value(value); }
inline float floatFromHalf(uint16_t bits) { return fp16_ieee_to_fp32_value(bits); }

}  // namespace pith

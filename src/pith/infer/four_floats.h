// SPDX-License-Identifier: Apache-2.0
/// @file A vector of four floats, as every processor and WebAssembly have it. Private to infer/.
#pragma once

#include <cstring>

namespace pith {

using FourFloats = float __attribute__((vector_size(4 * sizeof(float))));

inline FourFloats load(const float* from) {
  FourFloats value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

inline void store(FourFloats value, float* to) { std::memcpy(to, &value, sizeof value); }

inline FourFloats between(FourFloats value, float min, float max) {
  const FourFloats lowest = FourFloats{} + min, highest = FourFloats{} + max;
  value = value < lowest ? lowest : value;
  return value > highest ? highest : value;
}

}  // namespace pith

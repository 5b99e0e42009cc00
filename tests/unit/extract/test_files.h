// SPDX-License-Identifier: Apache-2.0
/// @file Files that tests read.
#pragma once

#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "pith/base/bytes.h"

namespace pith::test {

inline std::optional<std::vector<uint8_t>> readFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::vector<uint8_t>(std::istreambuf_iterator<char>(file), {});
}

template <typename T>
std::vector<T> numbersIn(const std::vector<uint8_t>& bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
  return values;
}

/// [1, C, H, W] as [1, H, W, C].
inline FloatBuffer toNhwc(const std::vector<float>& nchw, size_t channels) {
  FloatBuffer result(nchw.size());
  const size_t places = nchw.size() / channels;
  for (size_t c = 0; c < channels; ++c) {
    for (size_t p = 0; p < places; ++p) result.data()[p * channels + c] = nchw[c * places + p];
  }
  return result;
}

}  // namespace pith::test

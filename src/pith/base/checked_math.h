// SPDX-License-Identifier: Apache-2.0
/// @file Arithmetic on sizes that come from files: overflow is an answer, not an accident.
#pragma once

#include <concepts>
#include <optional>
#include <span>

namespace pith {

template <std::integral T>
[[nodiscard]] constexpr std::optional<T> checkedMultiply(T a, T b) {
  T product{};
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

/// The product of all extents; nothing where it overflows or an extent is negative. 1 for an empty shape.
template <std::integral T>
[[nodiscard]] constexpr std::optional<T> checkedProduct(std::span<const T> extents) {
  T product = 1;
  for (T extent : extents) {
    if (extent < 0) return std::nullopt;
    if (__builtin_mul_overflow(product, extent, &product)) return std::nullopt;
  }
  return product;
}

}  // namespace pith

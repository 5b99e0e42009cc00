// SPDX-License-Identifier: Apache-2.0
/// @file What is known of narrowing errors after records were left out or put together. What a file states is
/// "at most", so each of these is an upper bound, as near as the stated figures allow.
#pragma once

#include <span>

#include "pith/container/container.h"

namespace pith {

/// Of some records out of a block.
/// @param allCount, keptCount   values in the whole block and in what is kept of it
/// @param keptNorm              L2 norm of the stored values that are kept
[[nodiscard]] NarrowingError boundOfSelection(const NarrowingError& whole, double allCount, double keptCount,
                                              double keptNorm);

struct NarrowedPart {
  NarrowingError error;
  double count = 0;  // values
};
/// Of several blocks one below the other.
[[nodiscard]] NarrowingError boundOfJoined(std::span<const NarrowedPart> parts);

}  // namespace pith

// SPDX-License-Identifier: Apache-2.0
#include "pith/transform/error_bounds.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace pith {

NarrowingError boundOfSelection(const NarrowingError& whole, double allCount, double keptCount,
                                double keptNorm) {
  if (keptCount >= allCount || whole.maxAbsolute == 0) return whole;
  // At worst all of the error lies in what is kept, yet no value's error is above the largest.
  const double errorNorm =
      std::min(whole.rootMeanSquare * std::sqrt(allCount), whole.maxAbsolute * std::sqrt(keptCount));
  // |exact| >= |stored| - |error|.
  const double exactNorm = keptNorm - errorNorm;
  return {whole.maxAbsolute, errorNorm / std::sqrt(keptCount),
          exactNorm > 0 ? errorNorm / exactNorm : std::numeric_limits<double>::infinity()};
}

NarrowingError boundOfJoined(std::span<const NarrowedPart> parts) {
  NarrowingError joined;
  double squares = 0, count = 0;
  for (const NarrowedPart& part : parts) {
    joined.maxAbsolute = std::max(joined.maxAbsolute, part.error.maxAbsolute);
    // (e1² + e2²) / (x1² + x2²) lies between the two quotients.
    joined.relativeL2 = std::max(joined.relativeL2, part.error.relativeL2);
    squares += part.error.rootMeanSquare * part.error.rootMeanSquare * part.count;
    count += part.count;
  }
  if (count > 0) joined.rootMeanSquare = std::sqrt(squares / count);
  return joined;
}

}  // namespace pith

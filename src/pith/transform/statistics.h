// SPDX-License-Identifier: Apache-2.0
/// @file What can be said of a container's numbers: features dimension by dimension, and what was saved.
#pragma once

#include <optional>
#include <vector>

#include "pith/container/reader.h"

namespace pith {

/// Of one figure over all dimensions of a block.
struct Spread {
  double smallest = 0, median = 0, largest = 0;
};

struct BlockStatistics {
  Spread mean, standardDeviation;   // of the dimensions
  double minimum = 0, maximum = 0;  // of all values
  uint64_t constantDimensions = 0;  // with the same value in every record
  uint64_t duplicates = 0;          // records whose stored row another record before them has
};

/// The moments that the file states, or those of its values where it states none.
/// @errors corruptContainer where a compressed chunk does not inflate
[[nodiscard]] Result<BlockStatistics> blockStatistics(const Container& container, size_t block);

/// Mean of a number column; nothing where no record has a value.
[[nodiscard]] std::optional<double> meanOf(const Container& container, size_t column);

/// The formulas of spec/container.md, "Savings"; each is there where all that it needs was measured.
struct SavingsFigures {
  std::optional<double> bytesOfOriginal;  // IS
  double bytesWithoutFeatures = 0;        // DIS
  std::optional<double> bytesOfFeatures;  // HOS, for each image
  std::optional<double> savedBytes;       // IS * IC - HOS * IC - DIS
  std::optional<double> timesSmaller;     // originals / this file
  std::optional<double> savedSeconds;     // (HNCT - HOLT) * EC - HNCT
  std::optional<double> benefitRatio;     // (TNCT + HOLT) / (HNCT + TNCT)
  std::optional<double>
      totalBenefitRatio;  // ((TNCT + HOLT) * (EC - 1) + (HNCT + TNCT)) / ((HNCT + TNCT) * EC)
};
/// @param fileBytes  of the whole file, signatures included
[[nodiscard]] SavingsFigures savingsFigures(const Container& container, uint64_t fileBytes);

}  // namespace pith

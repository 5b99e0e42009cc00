// SPDX-License-Identifier: Apache-2.0
/// @file What a column of a table holds: numbers, classes or text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "csv.h"
#include "pith/container/container.h"

namespace pith::cli {

/// Empty, NA, N/A or NaN, in any case.
bool isMissing(std::string_view cell);

/// A finite decimal number with a point; white space around it is allowed.
std::optional<double> parseNumber(std::string_view cell);

struct CellSummary {
  LabelType type = LabelType::text;
  size_t distinctValues = 0;
  size_t missing = 0;
};

/// number, where every cell that is not missing is one; else categorical, where there are at most 20 distinct
/// values, or at most one for every 20 rows; else text. A column without any value is categorical.
CellSummary summariseColumn(const CsvTable& table, size_t column);

}  // namespace pith::cli

// SPDX-License-Identifier: Apache-2.0
/// @file A table whose cells are single values: a column of states becomes one column of integers for each
/// category.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "export/table.h"

namespace pith::cli {

struct FlatColumn {
  std::string title{};  // "COLUMN", or "COLUMN/CATEGORY" for the states of one category: 1, 0 or -1
  CellKind kind = CellKind::text;  // not states
  std::vector<std::string> categories{};
  std::string unit{}, description{};
  ColumnOrigin origin = ColumnOrigin::label;
  std::function<Cell(size_t row)> cell{};
};

/// @param table  must outlive the columns
std::vector<FlatColumn> flatColumns(const ExportTable& table);

}  // namespace pith::cli

// SPDX-License-Identifier: Apache-2.0
#include "export/flat.h"

#include <set>

namespace pith::cli {
namespace {

/// One category of a column of states.
FlatColumn stateColumn(const ExportColumn& column, size_t category) {
  FlatColumn flat{.title = column.title + "/" + column.categories[category],
                  .kind = CellKind::integer,
                  .categories = {},
                  .unit = {},
                  .description = column.description,
                  .origin = column.origin,
                  .cell = {}};
  flat.cell = [&column, category](size_t row) -> Cell {
    const Cell cell = column.cell(row);
    const auto* const states = std::get_if<std::vector<int8_t>>(&cell);
    if (!states || (*states)[category] == missingState) return {};
    return int64_t{(*states)[category]};
  };
  return flat;
}

}  // namespace

std::vector<FlatColumn> flatColumns(const ExportTable& table) {
  std::vector<FlatColumn> flat;
  for (const ExportColumn& column : table.columns) {
    if (column.kind != CellKind::states) {
      flat.push_back({column.title, column.kind, column.categories, column.unit, column.description,
                      column.origin, column.cell});
      continue;
    }
    for (size_t category = 0; category < column.categories.size(); ++category)
      flat.push_back(stateColumn(column, category));
  }
  // A column may be called like a category of another.
  std::set<std::string> taken;
  for (FlatColumn& column : flat) {
    while (!taken.insert(column.title).second) column.title += "_";
  }
  return flat;
}

}  // namespace pith::cli

// SPDX-License-Identifier: Apache-2.0
#include <charconv>

#include "csv.h"
#include "export/flat.h"
#include "export/formats.h"

namespace pith::cli {
namespace {

std::string cellText(const FlatColumn& column, size_t row) {
  const Cell cell = column.cell(row);
  if (std::holds_alternative<std::monostate>(cell)) return column.origin == ColumnOrigin::split ? "none" : "";
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* integer = std::get_if<int64_t>(&cell)) {
    return column.kind == CellKind::category ? column.categories[static_cast<size_t>(*integer)]
                                             : std::to_string(*integer);
  }
  char digits[32];
  return std::string(digits, std::to_chars(digits, digits + sizeof digits, std::get<double>(cell)).ptr);
}

}  // namespace

Status writeCsv(const ExportTable& table, BufferedSink& sink) {
  const std::vector<FlatColumn> columns = flatColumns(table);
  const auto writeLine = [&](const auto& textOf) {
    std::string line;
    for (const FlatColumn& column : columns) line += (line.empty() ? "" : ",") + csvCell(textOf(column));
    return sink.write(asBytes(line + "\r\n"));
  };
  PITH_RETURN_IF_ERROR(writeLine([](const FlatColumn& column) { return column.title; }));
  for (size_t row = 0; row < table.rows; ++row) {
    PITH_RETURN_IF_ERROR(writeLine([&](const FlatColumn& column) { return cellText(column, row); }));
  }
  return {};
}

}  // namespace pith::cli

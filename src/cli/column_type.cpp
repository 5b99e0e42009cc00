// SPDX-License-Identifier: Apache-2.0
#include "column_type.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "text.h"

namespace pith::cli {

bool isMissing(std::string_view cell) {
  const std::string word = normalised(cell);
  return word.empty() || word == "na" || word == "n/a" || word == "nan";
}

std::optional<double> parseNumber(std::string_view cell) {
  const std::string text = normalised(cell);
  const char* first = text.data();
  const char* const last = first + text.size();
  if (first != last && *first == '+' && last - first > 1 && first[1] != '-') ++first;
  double value = 0;
  const auto [end, error] = std::from_chars(first, last, value);
  if (error != std::errc() || end != last || !std::isfinite(value)) return std::nullopt;
  return value;
}

CellSummary summariseColumn(const CsvTable& table, size_t column) {
  CellSummary summary;
  std::set<std::string_view> distinct;
  bool allNumbers = true;
  for (const std::vector<std::string>& row : table.rows) {
    if (isMissing(row[column])) {
      ++summary.missing;
      continue;
    }
    distinct.insert(row[column]);
    allNumbers = allNumbers && parseNumber(row[column]).has_value();
  }
  summary.distinctValues = distinct.size();
  const bool few = distinct.size() <= std::max<size_t>(20, table.rows.size() / 20);
  if (allNumbers && !distinct.empty()) {
    summary.type = LabelType::number;
  } else {
    summary.type = few ? LabelType::categorical : LabelType::text;
  }
  return summary;
}

}  // namespace pith::cli

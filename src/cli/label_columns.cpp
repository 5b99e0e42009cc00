// SPDX-License-Identifier: Apache-2.0
#include "label_columns.h"

#include <algorithm>
#include <map>
#include <set>

#include "column_type.h"
#include "text.h"

namespace pith::cli {
namespace {

constexpr std::string_view ordinalPrefix = "ordinal:";
constexpr int32_t lastYear = 9999;

std::vector<std::string> sortedValues(const std::vector<std::string>& values) {
  std::set<std::string> distinct(values.begin(), values.end());
  distinct.erase("");
  return {distinct.begin(), distinct.end()};
}

LabelValue valueOf(LabelType type, const std::map<std::string, uint32_t>& places, const std::string& value) {
  if (value.empty()) return std::monostate{};
  switch (type) {
    case LabelType::categorical:
    case LabelType::ordinal: return places.at(value);
    case LabelType::number: return parseNumber(value).value();
    case LabelType::year: return Year{parseYear(value).value()};
    case LabelType::text:
    case LabelType::multiLabel: break;
  }
  return value;
}

}  // namespace

std::optional<ColumnForm> parseColumnForm(std::string_view text) {
  const std::string word = normalised(text);
  if (word.starts_with(ordinalPrefix)) {
    ColumnForm form{LabelType::ordinal, {}};
    std::string_view rest = text.substr(text.find(':') + 1);
    for (size_t start = 0; start <= rest.size();) {
      const size_t comma = std::min(rest.find(',', start), rest.size());
      const std::string category = trimmed(rest.substr(start, comma - start));
      if (category.empty() || std::ranges::find(form.order, category) != form.order.end()) return std::nullopt;
      form.order.push_back(category);
      start = comma + 1;
    }
    return form;
  }
  const std::optional<LabelType> type = labelTypeFromName(word);
  if (!type || *type == LabelType::ordinal || *type == LabelType::multiLabel) return std::nullopt;
  return ColumnForm{*type, {}};
}

std::string refusalOf(const ColumnForm& form, std::string_view cell) {
  if (isMissing(cell)) return {};
  const std::string value = trimmed(cell);
  if (form.type == LabelType::number && !parseNumber(value)) return "a number with a decimal point is allowed";
  if (form.type == LabelType::year && !parseYear(value)) return "a year or a date as 2013-07-09 is allowed";
  if (form.type == LabelType::ordinal && std::ranges::find(form.order, value) == form.order.end()) {
    return "one of " + joined(form.order) + " is allowed";
  }
  return {};
}

std::optional<int32_t> parseYear(std::string_view cell) {
  const std::string text = trimmed(cell);
  const auto isDigit = [&](size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  const bool dashed = text.size() == 10 && text[4] == '-' && text[7] == '-';
  if (text.size() != 4 && text.size() != 8 && !dashed) return std::nullopt;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!isDigit(i) && !(dashed && (i == 4 || i == 7))) return std::nullopt;
  }
  const int32_t year = (text[0] - '0') * 1000 + (text[1] - '0') * 100 + (text[2] - '0') * 10 + (text[3] - '0');
  return year >= 1 && year <= lastYear ? std::optional(year) : std::nullopt;
}

std::optional<State> parseState(std::string_view cell) {
  if (isMissing(cell)) return State::missing;
  const std::optional<double> number = parseNumber(cell);
  if (!number) return std::nullopt;
  if (*number == 1) return State::present;
  if (*number == 0) return State::absent;
  return *number == -1 ? std::optional(State::uncertain) : std::nullopt;
}

void addColumn(std::vector<LabelColumn>& columns, std::vector<Record>& records, const std::string& name, const ColumnForm& form,
               const std::vector<std::string>& values) {
  LabelColumn column;
  column.name = name;
  column.type = form.type;
  if (form.type == LabelType::categorical) column.categories = sortedValues(values);
  if (form.type == LabelType::ordinal) column.categories = form.order;
  std::map<std::string, uint32_t> places;
  for (uint32_t i = 0; i < column.categories.size(); ++i) places.emplace(column.categories[i], i);
  for (size_t i = 0; i < values.size(); ++i) records[i].labels.push_back(valueOf(form.type, places, values[i]));
  columns.push_back(std::move(column));
}

void addMultiLabel(std::vector<LabelColumn>& columns, std::vector<Record>& records, const std::string& name,
                   std::vector<std::string> categories, std::span<const std::vector<std::string>> values) {
  LabelColumn column;
  column.name = name;
  column.type = LabelType::multiLabel;
  column.categories = std::move(categories);
  for (size_t i = 0; i < records.size(); ++i) {
    States states;
    for (const std::vector<std::string>& category : values) {
      states.push_back(parseState(category[i]).value_or(State::missing));
    }
    records[i].labels.push_back(std::move(states));
  }
  columns.push_back(std::move(column));
}

}  // namespace pith::cli

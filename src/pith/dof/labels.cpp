// SPDX-License-Identifier: Apache-2.0
#include "pith/dof/labels.h"

#include <algorithm>
#include <map>
#include <set>

namespace pith::dof {
namespace {

constexpr const char* yName = "y";
constexpr size_t fewCategories = 20;
constexpr size_t longestName = 1024;  // of a category

Error unsupported(std::string detail) { return {ErrorCode::unsupportedDof, std::move(detail)}; }

bool areFew(size_t different, size_t elements) {
  return different <= std::max(fewCategories, elements / fewCategories);
}

enum class Shape { missing, integer, real, text, truth };

Result<Shape> shapeOf(const Json& value) {
  if (value.isNull()) return Shape::missing;
  if (value.asInteger()) return Shape::integer;
  if (value.isNumber()) return Shape::real;
  if (value.asString()) return Shape::text;
  if (value.asBool()) return Shape::truth;
  return unsupported("y is a list of lists or an object; a value or a list of numbers is read");
}

/// y of all elements as rows of equal length; a value that is no list is a row of one.
struct Rows {
  std::vector<std::vector<Json>> rows;
  size_t width = 0;  // 0: nothing but missing values
  std::set<Shape> shapes;
};

Status addRow(const Json& y, Rows& rows) {
  std::vector<Json> row;
  if (const Json::Array* const list = y.asArray()) {
    if (list->empty()) return unsupported("y is an empty list");
    row = *list;
  } else if (!y.isNull()) {
    row = {y};
  }
  for (const Json& value : row) {
    PITH_ASSIGN_OR_RETURN(const Shape shape, shapeOf(value));
    if (shape != Shape::missing) rows.shapes.insert(shape);
  }
  if (!row.empty() && rows.width == 0) rows.width = row.size();
  if (!row.empty() && row.size() != rows.width) {
    return unsupported("y has " + std::to_string(row.size()) + " values, those before it have " +
                       std::to_string(rows.width));
  }
  rows.rows.push_back(std::move(row));
  return {};
}

Result<Rows> readRows(const std::vector<Element>& elements) {
  Rows rows;
  for (size_t i = 0; i < elements.size(); ++i) {
    const Status status = addRow(elements[i].y, rows);
    if (!status) return atElement(i, status.error());
  }
  const bool isNumeric = !rows.shapes.contains(Shape::text) && !rows.shapes.contains(Shape::truth);
  if (!isNumeric && rows.shapes.size() > 1)
    return unsupported("y is of one kind in some elements and of another kind in others");
  return rows;
}

/// A value as the name of a category.
std::string nameOfValue(const Json& value) {
  const std::string* const text = value.asString();
  return text ? *text : value.dump();
}

LabelColumn columnOf(std::string name, LabelType type) {
  LabelColumn column;
  column.name = std::move(name);
  column.type = type;
  return column;
}

/// Texts as a column; empty ones are missing. Numbers are sorted as numbers. Of CR LF only LF is kept.
Column categoricalOrText(std::string name, std::vector<std::string> texts, bool mustBeCategorical,
                         bool areIntegers) {
  for (std::string& text : texts) std::erase(text, '\r');
  std::set<std::string> different(texts.begin(), texts.end());
  different.erase("");
  const bool fits =
      std::ranges::all_of(different, [](const std::string& text) { return text.size() <= longestName; });
  const bool isCategorical =
      mustBeCategorical || (fits && !different.empty() && areFew(different.size(), texts.size()));
  Column made{columnOf(std::move(name), isCategorical ? LabelType::categorical : LabelType::text), {}};
  if (isCategorical) {
    made.column.categories.assign(different.begin(), different.end());
    if (areIntegers)
      std::ranges::sort(made.column.categories, {}, [](const std::string& text) { return std::stoll(text); });
  }
  std::map<std::string, uint32_t> indices;
  for (uint32_t i = 0; i < made.column.categories.size(); ++i) indices.emplace(made.column.categories[i], i);
  for (const std::string& text : texts) {
    if (text.empty()) {
      made.values.emplace_back();
    } else if (isCategorical) {
      made.values.emplace_back(indices.at(text));
    } else {
      made.values.emplace_back(text);
    }
  }
  return made;
}

std::vector<Column> numberColumns(const Rows& rows) {
  std::vector<Column> columns;
  for (size_t k = 0; k < rows.width; ++k) {
    Column made{columnOf(rows.width == 1 ? yName : yName + ("_" + std::to_string(k)), LabelType::number), {}};
    for (const std::vector<Json>& row : rows.rows) {
      made.values.push_back(row.empty() || row[k].isNull() ? LabelValue() : LabelValue(row[k].number()));
    }
    columns.push_back(std::move(made));
  }
  return columns;
}

bool isZeroOrOne(const Json& value) {
  return value.isNumber() && (value.number() == 0 || value.number() == 1);
}

/// What lists of 0 and 1 are.
struct Indicators {
  bool all = true;     // every value is 0, 1 or missing
  bool oneHot = true;  // every list is whole and has one 1
};

Indicators findIndicators(const Rows& rows) {
  Indicators found;
  for (const std::vector<Json>& row : rows.rows) {
    found.all = found.all && std::ranges::all_of(
                                 row, [](const Json& value) { return value.isNull() || isZeroOrOne(value); });
    const bool isWhole = std::ranges::all_of(row, isZeroOrOne);
    const auto ones =
        std::ranges::count_if(row, [](const Json& value) { return value.isNumber() && value.number() == 1; });
    found.oneHot = found.oneHot && (row.empty() || (isWhole && ones == 1));
  }
  return found;
}

std::vector<std::string> placeNames(size_t width) {
  std::vector<std::string> names;
  for (size_t k = 0; k < width; ++k) names.push_back(std::to_string(k));
  return names;
}

Column oneHotColumn(const Rows& rows) {
  Column made{columnOf(yName, LabelType::categorical), {}};
  made.column.categories = placeNames(rows.width);
  for (const std::vector<Json>& row : rows.rows) {
    const auto place = std::ranges::find_if(row, [](const Json& value) { return value.number() == 1; });
    made.values.push_back(row.empty() ? LabelValue()
                                      : LabelValue(static_cast<uint32_t>(place - row.begin())));
  }
  return made;
}

/// -1 is uncertain, as in the files of CheXpert.
Result<Column> multiLabelColumn(const Rows& rows) {
  Column made{columnOf(yName, LabelType::multiLabel), {}};
  made.column.categories = placeNames(rows.width);
  for (size_t i = 0; i < rows.rows.size(); ++i) {
    States states(rows.width, State::missing);
    for (size_t k = 0; k < rows.rows[i].size(); ++k) {
      const Json& value = rows.rows[i][k];
      if (value.isNull()) continue;
      if (!isZeroOrOne(value) && value.number() != -1) {
        return atElement(i, {ErrorCode::invalidArgument,
                             "y has a value that is neither 0, 1 nor -1, so that it is not multi-label"});
      }
      states[k] = value.number() == 1   ? State::present
                  : value.number() == 0 ? State::absent
                                        : State::uncertain;
    }
    made.values.emplace_back(std::move(states));
  }
  return made;
}

std::vector<Column> scalarColumns(const Rows& rows, std::optional<LabelType> wanted) {
  const bool areIntegers = rows.shapes == std::set<Shape>{Shape::integer};
  const bool areNumbers =
      areIntegers || rows.shapes.contains(Shape::real) || rows.shapes.contains(Shape::integer);
  std::vector<std::string> texts;
  for (const std::vector<Json>& row : rows.rows)
    texts.push_back(row.empty() || row[0].isNull() ? "" : nameOfValue(row[0]));
  Column found = categoricalOrText(yName, std::move(texts), wanted == LabelType::categorical, areIntegers);
  const bool asNumber = areNumbers && wanted != LabelType::categorical &&
                        (!areIntegers || wanted || found.column.type == LabelType::text);
  if (asNumber) return numberColumns(rows);
  return {std::move(found)};
}

}  // namespace

Result<std::vector<Column>> columnsOfY(const std::vector<Element>& elements,
                                       std::optional<LabelType> wanted) {
  PITH_ASSIGN_OR_RETURN(const Rows rows, readRows(elements));
  if (rows.width == 0) return std::vector<Column>();  // every y is missing
  const bool areNumbers = !rows.shapes.contains(Shape::text) && !rows.shapes.contains(Shape::truth);
  if (!areNumbers && (rows.width > 1 || (wanted && wanted != LabelType::categorical))) {
    return rows.width > 1
               ? unsupported("y is a list of texts or truths; a list of numbers is read")
               : Error{ErrorCode::invalidArgument, "y is a text, so that it is categorical or text"};
  }
  if (wanted == LabelType::multiLabel) {
    PITH_ASSIGN_OR_RETURN(Column column, multiLabelColumn(rows));
    return std::vector<Column>{std::move(column)};
  }
  if (rows.width == 1) return scalarColumns(rows, wanted);
  if (wanted == LabelType::number) return numberColumns(rows);
  const Indicators indicators = findIndicators(rows);
  if (indicators.all && indicators.oneHot) return std::vector<Column>{oneHotColumn(rows)};
  if (wanted == LabelType::categorical) {
    return Error{ErrorCode::invalidArgument,
                 "y is a list in which not exactly one value is 1, so that it is not categorical"};
  }
  if (!indicators.all) return numberColumns(rows);
  PITH_ASSIGN_OR_RETURN(Column column, multiLabelColumn(rows));
  return std::vector<Column>{std::move(column)};
}

std::vector<Column> columnsOfFacts(const std::vector<Element>& elements, std::vector<std::string> taken) {
  std::set<std::string> keys;
  for (const Element& element : elements) {
    for (const auto& [key, text] : element.facts.known) keys.insert(key);
    keys.insert(element.facts.notKnown.begin(), element.facts.notKnown.end());
  }
  std::vector<Column> columns;
  for (const std::string& key : keys) {
    std::vector<std::string> texts;
    for (const Element& element : elements) {
      const auto found = element.facts.known.find(key);
      texts.push_back(found == element.facts.known.end() ? "" : found->second);
    }
    std::string name = key;
    while (std::ranges::find(taken, name) != taken.end()) name = "info_" + name;
    taken.push_back(name);
    columns.push_back(categoricalOrText(name, std::move(texts), false, false));
    columns.back().column.role = ColumnRole::information;
  }
  return columns;
}

}  // namespace pith::dof

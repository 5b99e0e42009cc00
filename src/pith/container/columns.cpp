// SPDX-License-Identifier: Apache-2.0
#include "pith/container/columns.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "pith/container/layout.h"
#include "pith/container/text.h"

namespace pith::format {
namespace {

Error corrupt(const std::string& section, const char* what) {
  return {ErrorCode::corruptContainer, "the section " + section + " " + what};
}

// ---- writing

template <typename T>
Column makeColumn(std::string name, ElementType type, std::vector<uint64_t> shape, const std::vector<T>& values) {
  Column column;
  column.section.name = std::move(name);
  column.section.type = type;
  column.section.shape = std::move(shape);
  column.bytes.resize(values.size() * sizeof(T));
  if (!values.empty()) std::memcpy(column.bytes.data(), values.data(), column.bytes.size());
  column.section.lengthBytes = column.bytes.size();
  return column;
}

/// Two sections: where each text begins (and the last one ends), and all texts joined.
/// @param textOf  the text of a row, or null
template <typename TextOf>
void addTexts(std::vector<Column>& columns, const std::string& name, const std::vector<size_t>& rows, TextOf textOf) {
  std::vector<uint64_t> offsets = {0};
  std::vector<uint8_t> joined;
  for (size_t row : rows) {
    if (const std::string* text = textOf(row)) joined.insert(joined.end(), text->begin(), text->end());
    offsets.push_back(joined.size());
  }
  columns.push_back(makeColumn(name + "/offset", ElementType::u64, {offsets.size()}, offsets));
  columns.push_back(makeColumn(name + "/text", ElementType::u8, {joined.size()}, joined));
}

void addLabels(std::vector<Column>& columns, size_t k, LabelType type, std::span<const Record> records,
               const std::vector<size_t>& rows) {
  switch (type) {
    case LabelType::categorical: {
      std::vector<uint32_t> indices;
      for (size_t row : rows) {
        const auto* index = std::get_if<uint32_t>(&records[row].labels[k]);
        indices.push_back(index ? *index : missingIndex);
      }
      columns.push_back(makeColumn(labelSection(k, "index"), ElementType::u32, {rows.size()}, indices));
      return;
    }
    case LabelType::number: {
      std::vector<double> numbers;
      for (size_t row : rows) {
        const auto* number = std::get_if<double>(&records[row].labels[k]);
        numbers.push_back(number ? *number : std::numeric_limits<double>::quiet_NaN());
      }
      columns.push_back(makeColumn(labelSection(k, "number"), ElementType::f64, {rows.size()}, numbers));
      return;
    }
    case LabelType::text:
      addTexts(columns, "labels/" + std::to_string(k), rows,
               [&](size_t row) { return std::get_if<std::string>(&records[row].labels[k]); });
      return;
  }
}

// ---- reading

template <typename T>
T valueAt(ByteView bytes, size_t index) {
  T value;
  std::memcpy(&value, bytes.data() + index * sizeof(T), sizeof(T));
  return value;
}

Result<ByteView> require(Result<std::optional<ByteView>> found, const std::string& name) {
  if (!found.ok()) return found.error();
  if (!*found) return corrupt(name, "is missing");
  return **found;
}

/// Finds every section that must be there, before memory is taken for its content.
Status requireSections(std::span<const LabelColumn> labelColumns, size_t recordCount, const SectionLookup& lookup) {
  PITH_RETURN_IF_ERROR(require(lookup(idSection, ElementType::u8, {recordCount, recordIdBytes}), idSection));
  for (size_t k = 0; k < labelColumns.size(); ++k) {
    const LabelType type = labelColumns[k].type;
    const std::string name = labelSection(
        k, type == LabelType::categorical ? "index" : type == LabelType::number ? "number" : "offset");
    const ElementType elementType = type == LabelType::categorical ? ElementType::u32
                              : type == LabelType::number    ? ElementType::f64
                                                             : ElementType::u64;
    const uint64_t extent = uint64_t{recordCount} + (type == LabelType::text ? 1 : 0);
    PITH_RETURN_IF_ERROR(require(lookup(name, elementType, {extent}), name));
  }
  return {};
}

Status readIds(std::vector<Record>& records, const SectionLookup& lookup) {
  PITH_ASSIGN_OR_RETURN(const ByteView bytes,
                        require(lookup(idSection, ElementType::u8, {records.size(), recordIdBytes}), idSection));
  for (size_t row = 0; row < records.size(); ++row) {
    records[row].id = valueAt<RecordId>(bytes, row);
    if (row > 0 && !(records[row - 1].id < records[row].id)) return corrupt(idSection, "is not strictly ascending");
  }
  return {};
}

Status readSplits(std::vector<Record>& records, const SectionLookup& lookup) {
  PITH_ASSIGN_OR_RETURN(const std::optional<ByteView> bytes, lookup(splitSection, ElementType::u8, {records.size()}));
  if (!bytes) return {};
  for (size_t row = 0; row < records.size(); ++row) {
    const uint8_t split = (*bytes)[row];
    if (split > static_cast<uint8_t>(Split::test)) return corrupt(splitSection, "holds a number above 3");
    records[row].split = static_cast<Split>(split);
  }
  return {};
}

Status readGroups(std::vector<Record>& records, const SectionLookup& lookup) {
  PITH_ASSIGN_OR_RETURN(const std::optional<ByteView> bytes, lookup(groupSection, ElementType::u32, {records.size()}));
  if (!bytes) return {};
  uint32_t next = 0;
  for (size_t row = 0; row < records.size(); ++row) {
    const uint32_t group = valueAt<uint32_t>(*bytes, row);
    if (group == missingIndex) continue;
    if (group > next) return corrupt(groupSection, "does not number groups by their first appearance");
    if (group == next) ++next;
    records[row].group = group;
  }
  return {};
}

/// Hands each row's text to `take(row, text)`, where it is not empty.
template <typename Take>
Status readTexts(const std::string& name, size_t maxBytes, size_t recordCount, const SectionLookup& lookup, Take take) {
  PITH_ASSIGN_OR_RETURN(const std::optional<ByteView> offsets,
                        lookup(name + "/offset", ElementType::u64, {uint64_t{recordCount} + 1}));
  PITH_ASSIGN_OR_RETURN(const std::optional<ByteView> texts, lookup(name + "/text", ElementType::u8, {0}));
  if (offsets.has_value() != texts.has_value()) return corrupt(name, "has only one of its parts /offset and /text");
  if (!offsets) return {};
  uint64_t begin = valueAt<uint64_t>(*offsets, 0);
  if (begin != 0 || valueAt<uint64_t>(*offsets, recordCount) != texts->size()) {
    return corrupt(name + "/offset", "does not begin at 0 or end at the length of the texts");
  }
  for (size_t row = 0; row < recordCount; ++row) {
    const uint64_t end = valueAt<uint64_t>(*offsets, row + 1);
    if (end < begin || end > texts->size()) return corrupt(name + "/offset", "is not ascending");
    const std::string_view text = asText(texts->subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin)));
    PITH_RETURN_IF_ERROR(checkText(text, maxBytes, "a text of the section " + name, ErrorCode::corruptContainer));
    if (!text.empty()) take(row, text);
    begin = end;
  }
  return {};
}

Status readCategories(std::vector<Record>& records, size_t k, size_t categoryCount, const SectionLookup& lookup) {
  const std::string name = labelSection(k, "index");
  PITH_ASSIGN_OR_RETURN(const ByteView bytes, require(lookup(name, ElementType::u32, {records.size()}), name));
  for (size_t row = 0; row < records.size(); ++row) {
    const uint32_t index = valueAt<uint32_t>(bytes, row);
    if (index == missingIndex) continue;
    if (index >= categoryCount) return corrupt(name, "holds a number outside the column's vocabulary");
    records[row].labels[k] = index;
  }
  return {};
}

Status readNumbers(std::vector<Record>& records, size_t k, const SectionLookup& lookup) {
  const std::string name = labelSection(k, "number");
  PITH_ASSIGN_OR_RETURN(const ByteView bytes, require(lookup(name, ElementType::f64, {records.size()}), name));
  for (size_t row = 0; row < records.size(); ++row) {
    const double number = valueAt<double>(bytes, row);
    if (std::isinf(number)) return corrupt(name, "holds an infinite number");
    if (!std::isnan(number)) records[row].labels[k] = number;
  }
  return {};
}

Status readLabels(std::vector<Record>& records, size_t k, const LabelColumn& column, const SectionLookup& lookup) {
  switch (column.type) {
    case LabelType::categorical: return readCategories(records, k, column.categories.size(), lookup);
    case LabelType::number: return readNumbers(records, k, lookup);
    case LabelType::text: break;
  }
  return readTexts("labels/" + std::to_string(k), maxTextBytes, records.size(), lookup,
                   [&](size_t row, std::string_view text) { records[row].labels[k] = std::string(text); });
}

}  // namespace

std::vector<Column> encodeColumns(std::span<const LabelColumn> labelColumns, std::span<const Record> records,
                                  const RecordOrder& order) {
  const uint64_t count = order.rows.size();
  std::vector<Column> columns;
  columns.push_back(makeColumn(idSection, ElementType::u8, {count, recordIdBytes}, order.ids));
  if (std::ranges::any_of(records, [](const Record& record) { return record.split != Split::none; })) {
    std::vector<uint8_t> splits;
    for (size_t row : order.rows) splits.push_back(static_cast<uint8_t>(records[row].split));
    columns.push_back(makeColumn(splitSection, ElementType::u8, {count}, splits));
  }
  if (std::ranges::any_of(order.groups, [](uint32_t group) { return group != missingIndex; })) {
    columns.push_back(makeColumn(groupSection, ElementType::u32, {count}, order.groups));
  }
  if (std::ranges::any_of(records, [](const Record& record) { return record.name.has_value(); })) {
    addTexts(columns, nameSection, order.rows,
             [&](size_t row) { return records[row].name ? &*records[row].name : nullptr; });
  }
  for (size_t k = 0; k < labelColumns.size(); ++k) addLabels(columns, k, labelColumns[k].type, records, order.rows);
  return columns;
}

Result<std::vector<Record>> decodeColumns(std::span<const LabelColumn> labelColumns, size_t recordCount,
                                          const SectionLookup& lookup) {
  PITH_RETURN_IF_ERROR(requireSections(labelColumns, recordCount, lookup));
  std::vector<Record> records(recordCount);
  for (Record& record : records) record.labels.resize(labelColumns.size());
  PITH_RETURN_IF_ERROR(readIds(records, lookup));
  PITH_RETURN_IF_ERROR(readSplits(records, lookup));
  PITH_RETURN_IF_ERROR(readGroups(records, lookup));
  PITH_RETURN_IF_ERROR(readTexts(nameSection, maxNameBytes, recordCount, lookup,
                                 [&](size_t row, std::string_view text) { records[row].name = std::string(text); }));
  for (size_t k = 0; k < labelColumns.size(); ++k) {
    PITH_RETURN_IF_ERROR(readLabels(records, k, labelColumns[k], lookup));
  }
  return records;
}

}  // namespace pith::format

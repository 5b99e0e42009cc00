// SPDX-License-Identifier: Apache-2.0
#include "export/table.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>

#include "failure.h"
#include "pith/container/describe.h"
#include "text.h"

namespace pith::cli {
namespace {

using Rows = std::shared_ptr<const std::vector<size_t>>;  // which records are exported; null: all

size_t sourceRow(const Rows& rows, size_t row) { return rows ? (*rows)[row] : row; }

CellKind kindOf(LabelType type) {
  switch (type) {
    case LabelType::categorical:
    case LabelType::ordinal:
      return CellKind::category;
    case LabelType::number:
      return CellKind::number;
    case LabelType::year:
      return CellKind::integer;
    case LabelType::multiLabel:
      return CellKind::states;
    case LabelType::text:
      break;
  }
  return CellKind::text;
}

Cell cellOf(const LabelValue& value) {
  if (const auto* category = std::get_if<uint32_t>(&value)) return int64_t{*category};
  if (const auto* number = std::get_if<double>(&value)) return *number;
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* year = std::get_if<Year>(&value)) return int64_t{year->value};
  const auto* const states = std::get_if<States>(&value);
  if (!states) return {};
  std::vector<int8_t> numbers;
  for (const State state : *states) numbers.push_back(static_cast<int8_t>(state));
  return numbers;
}

struct PartOfSplit {
  size_t split;
  uint8_t part;
};

/// "PART" where one split has it, or "SPLIT=PART".
PartOfSplit findPart(const std::vector<Split>& splits, const std::string& words) {
  std::vector<PartOfSplit> found;
  std::vector<std::string> known;
  for (size_t k = 0; k < splits.size(); ++k) {
    for (size_t part = 0; part < splits[k].parts.size(); ++part) {
      const std::string qualified = splits[k].name + "=" + splits[k].parts[part];
      known.push_back(printable(qualified));
      if (words == qualified || words == splits[k].parts[part])
        found.push_back({k, static_cast<uint8_t>(part)});
    }
  }
  if (found.size() == 1) return found[0];
  if (known.empty()) failUsage("There is no part " + inQuotes(words), "the container has no split");
  failUsage(found.empty() ? "There is no part " + inQuotes(words)
                          : inQuotes(words) + " is a part of several splits",
            "the container has " + joined(known));
}

Rows chooseRows(const Container& container, const std::string& words) {
  if (words.empty()) return nullptr;
  const PartOfSplit wanted = findPart(container.header().splits, words);
  std::vector<size_t> rows;
  for (size_t row = 0; row < container.recordCount(); ++row) {
    if (container.part(wanted.split, row) == wanted.part) rows.push_back(row);
  }
  return std::make_shared<const std::vector<size_t>>(std::move(rows));
}

ExportColumn labelColumn(const LabelColumn& label) {
  const ColumnOrigin origin =
      label.role == ColumnRole::information ? ColumnOrigin::information : ColumnOrigin::label;
  return {.origin = origin,
          .kind = kindOf(label.type),
          .name = label.name,
          .categories = label.categories,
          .unit = label.unit,
          .description = label.description};
}

void addColumns(const Container& container, const Rows& rows, ExportTable& table) {
  const auto add = [&](ExportColumn column, auto cellAt) {
    column.cell = [rows, cellAt](size_t row) -> Cell { return cellAt(sourceRow(rows, row)); };
    table.columns.push_back(std::move(column));
  };
  const ContainerHeader& header = container.header();
  add({.origin = ColumnOrigin::id, .name = "id"},
      [&container](size_t row) { return toHex(container.id(row)); });
  if (container.hasNames()) {
    add({.origin = ColumnOrigin::name, .name = "name"}, [&container](size_t row) -> Cell {
      std::optional<std::string> name = container.record(row).name;
      return name ? Cell(std::move(*name)) : Cell();
    });
  }
  for (size_t k = 0; k < header.splits.size(); ++k) {
    add({.origin = ColumnOrigin::split,
         .kind = CellKind::category,
         .name = header.splits[k].name,
         .categories = header.splits[k].parts},
        [&container, k](size_t row) {
          const std::optional<uint8_t> part = container.part(k, row);
          return part ? Cell(int64_t{*part}) : Cell();
        });
  }
  for (size_t k = 0; k < header.groupings.size(); ++k) {
    const Grouping& grouping = header.groupings[k];
    add({.origin = ColumnOrigin::group,
         .kind = CellKind::integer,
         .name = grouping.name,
         .description = grouping.description},
        [&container, k](size_t row) {
          const std::optional<uint32_t> group = container.group(k, row);
          return group ? Cell(int64_t{*group}) : Cell();
        });
  }
  for (size_t k = 0; k < header.labelColumns.size(); ++k) {
    add(labelColumn(header.labelColumns[k]),
        [&container, k](size_t row) { return cellOf(container.label(k, row)); });
  }
}

void addFeatures(const Container& container, size_t block, const Rows& rows, ExportTable& table) {
  const FeatureBlock& info = container.header().features[block];
  ExportFeatures features{.name = info.name, .count = container.featureCount(block)};
  if (info.type == FeatureType::f16) features.type = ArrayType::f16;
  if (info.type == FeatureType::bf16) features.type = ArrayType::bf16;
  features.readFloats = [&container, block, rows](size_t row, std::span<float> out) {
    return container.readFeatures(block, sourceRow(rows, row), out);
  };
  features.readRow = [&container, block, rows](size_t row, std::span<uint8_t> out) -> Status {
    PITH_ASSIGN_OR_RETURN(const ByteView stored, container.storedRow(block, sourceRow(rows, row)));
    std::ranges::copy(stored, out.begin());
    return {};
  };
  table.features.push_back(std::move(features));
}

void chooseFeatures(const Container& container, const std::string& name, const Rows& rows,
                    ExportTable& table) {
  const std::vector<FeatureBlock>& blocks = container.header().features;
  std::vector<std::string> known;
  for (size_t block = 0; block < blocks.size(); ++block) {
    known.push_back(printable(blocks[block].name));
    if (name.empty() || name == blocks[block].name) addFeatures(container, block, rows, table);
  }
  if (table.features.empty())
    failUsage("There are no features " + inQuotes(name), "the container has " + joined(known));
}

/// A title that is taken gets a word in front, as often as it takes.
void nameColumns(ExportTable& table) {
  std::set<std::string> taken;
  for (ExportColumn& column : table.columns) {
    const char* const prefix = column.origin == ColumnOrigin::split   ? "split_"
                               : column.origin == ColumnOrigin::group ? "group_"
                                                                      : "label_";
    column.title = column.name;
    while (!taken.insert(column.title).second) column.title = prefix + column.title;
  }
  for (ExportFeatures& features : table.features) {
    features.title = table.features.size() == 1 ? "features" : "features_" + features.name;
    while (!taken.insert(features.title).second) features.title += "_";
  }
}

}  // namespace

ExportTable makeExportTable(const Container& container, const ExportSelection& selection) {
  const Rows rows = chooseRows(container, selection.split);
  ExportTable table;
  table.rows = rows ? rows->size() : container.recordCount();
  addColumns(container, rows, table);
  chooseFeatures(container, selection.features, rows, table);
  table.description = describeContainer(container);
  nameColumns(table);
  return table;
}

}  // namespace pith::cli

// SPDX-License-Identifier: Apache-2.0
/// @file A container as other formats see it: columns of plain cells and blocks of features, in the order of
/// the records. What is written asks for one row after another, so that nothing is held in memory as a whole.
#pragma once

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "pith/base/json.h"
#include "pith/container/reader.h"

namespace pith::cli {

/// What one column says about one record: nothing, an integer or the index of a category, a number, a text,
/// or one state for each category (1 present, 0 absent, -1 uncertain, -128 missing).
using Cell = std::variant<std::monostate, int64_t, double, std::string, std::vector<int8_t>>;

inline constexpr int8_t missingState = -128;

/// Elements of an array.
enum class ArrayType : uint8_t { f64, i64, f32, f16, bf16, i8, u8, text };

enum class CellKind : uint8_t { text, category, integer, number, states };
enum class ColumnOrigin : uint8_t { id, name, split, group, label, information };

struct ExportColumn {
  ColumnOrigin origin = ColumnOrigin::label;
  CellKind kind = CellKind::text;
  std::string name{};   // in the container; of ids and names "id" and "name"
  std::string title{};  // in a flat table, where every column's differs from the others'
  std::vector<std::string> categories{};
  std::string unit{}, description{};
  std::function<Cell(size_t row)> cell{};
};

struct ExportFeatures {
  std::string name{};               // in the container
  std::string title{};              // in a flat table
  ArrayType type = ArrayType::f32;  // of the bytes that readRow gives: as stored, or f32 where the stored
                                    // values are scaled
  size_t count = 0;                 // D
  std::function<Status(size_t row, std::span<float> out)> readFloats{};
  std::function<Status(size_t row, std::span<uint8_t> out)> readRow{};
};

struct ExportSelection {
  std::string split;     // "PART" or "SPLIT=PART"; empty: every record
  std::string features;  // name of a block; empty: all
};

struct ExportTable {
  size_t rows = 0;
  std::vector<ExportColumn> columns;
  std::vector<ExportFeatures> features;
  Json description;  // what the container says about itself, but not about its records
};

/// @param container  must outlive the table
/// @throws Failure (usage) where the selection names something that the container has not
ExportTable makeExportTable(const Container& container, const ExportSelection& selection);

}  // namespace pith::cli

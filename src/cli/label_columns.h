// SPDX-License-Identifier: Apache-2.0
/// @file Columns of a table as label columns of a container.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pith/container/container.h"

namespace pith::cli {

/// How a column of the table is stored.
struct ColumnForm {
  LabelType type = LabelType::text;
  std::vector<std::string> order{};  // of an ordinal column, from low to high
};

/// Reads "categorical", "number", "text", "year" or "ordinal:mild,moderate,severe". Nothing where it is none of them.
std::optional<ColumnForm> parseColumnForm(std::string_view text);

/// Why a cell cannot be stored in that form; empty where it can. Missing cells always can.
std::string refusalOf(const ColumnForm& form, std::string_view cell);

/// The year of "2013", "2013-07-09" or "20130709".
std::optional<int32_t> parseYear(std::string_view cell);

/// As CheXpert writes it: 1, 0, -1 (uncertain), and nothing (missing).
std::optional<State> parseState(std::string_view cell);

/// Appends a column, and its value to each record. The vocabulary of a categorical column holds the values that occur, sorted.
/// @param values  one for each record; empty where missing; refusalOf() has nothing against them
void addColumn(std::vector<LabelColumn>& columns, std::vector<Record>& records, const std::string& name, const ColumnForm& form,
               const std::vector<std::string>& values);

/// Appends a multi-label column. @param values  for each category, one for each record
void addMultiLabel(std::vector<LabelColumn>& columns, std::vector<Record>& records, const std::string& name,
                   std::vector<std::string> categories, std::span<const std::vector<std::string>> values);

}  // namespace pith::cli

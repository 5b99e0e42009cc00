// SPDX-License-Identifier: Apache-2.0
/// @file Which row of a table belongs to which file.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "csv.h"
#include "files.h"

namespace pith::cli {

struct RowMatch {
  std::vector<std::optional<size_t>> rowOfFile;
  std::vector<std::string> rowsWithoutFile;  // their ids
  size_t repeatedRows = 0;                   // rows that say the same about the same file as an earlier one
};

/// A row belongs to the file whose name its id is, with or without the extension; an id with slashes is the
/// end of the path
/// ("siteA/film1.png"). Of several rows the longest such id counts.
/// @param usedColumns  the columns that will be read; rows with the same id must agree in them
/// @throws Failure (usage) where two rows disagree about a file, where one row fits several images, or where
/// no row fits any
RowMatch matchRows(const CsvTable& table, size_t idColumn, const std::vector<size_t>& usedColumns,
                   const std::vector<FoundFile>& files);

/// The column in which most cells are names of files, for advice; nothing where none fits.
std::optional<size_t> likelyIdColumn(const CsvTable& table, const std::vector<FoundFile>& files);

}  // namespace pith::cli

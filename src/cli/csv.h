// SPDX-License-Identifier: Apache-2.0
/// @file Comma-separated tables (RFC 4180) as they really come: BOM, CRLF, quotes, line ends in cells,
/// semicolons.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pith/base/result.h"

namespace pith::cli {

struct CsvTable {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;  // each as long as the header

  /// The position of the one column of that name.
  std::optional<size_t> column(std::string_view name) const;
};

/// Reads UTF-8 text. The separator is the one of comma, semicolon and tab that is most frequent in the first
/// line; empty lines are left out. A line end in a cell becomes LF.
/// @errors invalidArgument with the number of the line: not UTF-8, an open quote, text after a closing quote,
/// a row that is longer or
///         shorter than the header
Result<CsvTable> parseCsv(std::string_view text);

/// One cell for a CSV file: quoted where it has to be.
std::string csvCell(std::string_view text);

}  // namespace pith::cli

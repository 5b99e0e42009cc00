// SPDX-License-Identifier: Apache-2.0
#include "csv.h"

#include <algorithm>

#include "text.h"

namespace pith::cli {
namespace {

char findSeparator(std::string_view text) {
  constexpr std::string_view candidates = ",;\t";
  size_t counts[candidates.size()] = {};
  bool quoted = false;
  for (const char letter : text) {
    if (letter == '"') quoted = !quoted;
    if (quoted) continue;
    if (letter == '\n' || letter == '\r') break;
    const size_t index = candidates.find(letter);
    if (index != std::string_view::npos) ++counts[index];
  }
  return candidates[static_cast<size_t>(std::max_element(counts, counts + candidates.size()) - counts)];
}

/// A line end in a cell is LF, as containers have it, also where lines of the table end in CRLF.
std::string withPlainLineEnds(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r' || !text.substr(i + 1).starts_with('\n')) result += text[i];
  }
  return result;
}

/// Walks over the text once; one call of `readRow` for each line of the table.
class CsvParser {
 public:
  explicit CsvParser(std::string_view text) : text_(text), separator_(findSeparator(text)) {}

  bool atEnd() const { return position_ == text_.size(); }
  size_t line() const { return line_; }

  Result<std::vector<std::string>> readRow() {
    std::vector<std::string> cells;
    while (true) {
      PITH_ASSIGN_OR_RETURN(std::string cell, readCell());
      cells.push_back(std::move(cell));
      if (atEnd() || endOfLine()) return cells;
      ++position_;  // the separator
    }
  }

 private:
  Result<std::string> readCell() {
    if (position_ < text_.size() && text_[position_] == '"') return readQuotedCell();
    const size_t start = position_;
    while (!atEnd() && text_[position_] != separator_ && !isLineEnd(text_[position_])) ++position_;
    return std::string(text_.substr(start, position_ - start));
  }

  Result<std::string> readQuotedCell() {
    const size_t firstLine = line_;
    std::string cell;
    ++position_;
    while (true) {
      const size_t quote = text_.find('"', position_);
      if (quote == std::string_view::npos) {
        return Error{ErrorCode::invalidArgument,
                     "line " + std::to_string(firstLine) + " opens a quote that is never closed"};
      }
      const std::string_view piece = text_.substr(position_, quote - position_);
      line_ += static_cast<size_t>(std::count(piece.begin(), piece.end(), '\n'));
      cell += withPlainLineEnds(piece);
      position_ = quote + 1;
      if (atEnd() || text_[position_] != '"') break;
      cell += '"';
      ++position_;
    }
    if (!atEnd() && text_[position_] != separator_ && !isLineEnd(text_[position_])) {
      return Error{ErrorCode::invalidArgument,
                   "line " + std::to_string(line_) + " has text after a closing quote"};
    }
    return cell;
  }

  static bool isLineEnd(char letter) { return letter == '\n' || letter == '\r'; }

  /// Steps over one line end, where there is one.
  bool endOfLine() {
    if (!isLineEnd(text_[position_])) return false;
    if (text_[position_] == '\r' && text_.substr(position_).starts_with("\r\n")) ++position_;
    ++position_;
    ++line_;
    return true;
  }

  std::string_view text_;
  char separator_;
  size_t position_ = 0;
  size_t line_ = 1;
};

}  // namespace

std::optional<size_t> CsvTable::column(std::string_view name) const {
  const auto found = std::find(header.begin(), header.end(), name);
  if (found == header.end()) return std::nullopt;
  return static_cast<size_t>(found - header.begin());
}

Result<CsvTable> parseCsv(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (text.find('\0') != std::string_view::npos || validUtf8(text) != text) {
    return Error{ErrorCode::invalidArgument, "the table is not UTF-8 text; save it as CSV UTF-8"};
  }
  CsvTable table;
  CsvParser parser(text);
  while (!parser.atEnd()) {
    const size_t line = parser.line();
    PITH_ASSIGN_OR_RETURN(std::vector<std::string> cells, parser.readRow());
    if (cells.size() == 1 && trimmed(cells[0]).empty()) continue;
    if (table.header.empty()) {
      table.header = std::move(cells);
    } else if (cells.size() != table.header.size()) {
      return Error{ErrorCode::invalidArgument,
                   "line " + std::to_string(line) + " has " + std::to_string(cells.size()) +
                       " cells, the first line has " + std::to_string(table.header.size())};
    } else {
      table.rows.push_back(std::move(cells));
    }
  }
  if (table.header.empty())
    return Error{ErrorCode::invalidArgument, "the table is empty; its first line names the columns"};
  return table;
}

std::string csvCell(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos && !text.starts_with(' ') &&
      !text.ends_with(' ')) {
    return std::string(text);
  }
  std::string cell = "\"";
  for (const char letter : text) {
    if (letter == '"') cell += '"';
    cell += letter;
  }
  return cell + '"';
}

}  // namespace pith::cli

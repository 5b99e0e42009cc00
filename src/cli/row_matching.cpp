// SPDX-License-Identifier: Apache-2.0
#include "row_matching.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <unordered_map>

#include "failure.h"
#include "pith/image/decode.h"
#include "text.h"

namespace pith::cli {
namespace {

using RowsOfId = std::unordered_map<std::string, std::vector<size_t>>;

/// An id as it is compared: no white space around it, forward slashes, no leading "./".
std::string comparableId(std::string_view cell) {
  std::string id = trimmed(cell);
  std::replace(id.begin(), id.end(), '\\', '/');
  while (id.starts_with("./")) id.erase(0, 2);
  return id;
}

RowsOfId indexRows(const CsvTable& table, size_t idColumn) {
  RowsOfId rows;
  for (size_t row = 0; row < table.rows.size(); ++row) {
    const std::string id = comparableId(table.rows[row][idColumn]);
    if (!id.empty()) rows[id].push_back(row);
  }
  return rows;
}

/// The rows of the longest id that is an end of the file's path.
RowsOfId::const_iterator findRows(const RowsOfId& rows, const FoundFile& file) {
  const std::string path = file.path.generic_string();
  const size_t extensionBytes = file.path.extension().native().size();
  size_t start = 0;
  while (true) {
    const std::string end = path.substr(start);
    if (const auto found = rows.find(end); found != rows.end()) return found;
    if (const auto found = rows.find(end.substr(0, end.size() - extensionBytes)); found != rows.end())
      return found;
    const size_t slash = path.find('/', start);
    if (slash == std::string::npos) return rows.end();
    start = slash + 1;
  }
}

bool looksLikeAnImage(const FoundFile& file) {
  std::ifstream stream(file.path, std::ios::binary);
  std::vector<uint8_t> bytes(4096);
  stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<size_t>(std::max<std::streamsize>(stream.gcount(), 0)));
  return sniffImageFormat(bytes) != ImageFormat::unknown;
}

bool rowsAgree(const CsvTable& table, const std::vector<size_t>& rows, const std::vector<size_t>& columns) {
  return std::all_of(columns.begin(), columns.end(), [&](size_t column) {
    return std::all_of(rows.begin(), rows.end(),
                       [&](size_t row) { return table.rows[row][column] == table.rows[rows[0]][column]; });
  });
}

/// A row that fits several files (other than notes beside an image) would label pictures it was not made for.
void refuseSharedRows(const std::map<std::string, std::vector<size_t>>& filesOfId,
                      const std::vector<FoundFile>& files) {
  for (const auto& [id, indices] : filesOfId) {
    if (indices.size() < 2) continue;
    std::vector<std::string> images;
    for (const size_t index : indices) {
      if (looksLikeAnImage(files[index])) images.push_back(inQuotes(files[index].path.string()));
    }
    if (images.size() < 2) continue;
    images.resize(std::min<size_t>(images.size(), 3));
    failUsage("One row of the table fits several images",
              "the id " + inQuotes(id) + " fits " + joined(images) + "; each row may belong to one image",
              "Write the ids as the ends of the paths, for example folder/name.png.");
  }
}

void refuseNoMatch(const CsvTable& table, size_t idColumn, const std::vector<FoundFile>& files) {
  const std::optional<size_t> better = likelyIdColumn(table, files);
  std::string detail = "no id in the column " + inQuotes(table.header[idColumn]) + " is the name of a file";
  if (!table.rows.empty() && !files.empty()) {
    detail +=
        ": ids look like " + inQuotes(table.rows[0][idColumn]) + ", files like " + inQuotes(files[0].name());
  }
  failUsage("The table fits no file", detail,
            better
                ? "Use --id-column " + inQuotes(table.header[*better]) + ", whose cells are names of files."
                : "Ids are names of files, with or without the extension, or the ends of their paths.");
}

}  // namespace

RowMatch matchRows(const CsvTable& table, size_t idColumn, const std::vector<size_t>& usedColumns,
                   const std::vector<FoundFile>& files) {
  const RowsOfId rows = indexRows(table, idColumn);
  RowMatch match;
  std::map<std::string, std::vector<size_t>> filesOfId;
  for (size_t i = 0; i < files.size(); ++i) {
    const auto found = findRows(rows, files[i]);
    match.rowOfFile.push_back(found == rows.end() ? std::nullopt : std::optional(found->second[0]));
    if (found == rows.end()) continue;
    if (!rowsAgree(table, found->second, usedColumns)) {
      failUsage(
          "The table contradicts itself",
          counted(found->second.size(), "row") + " have the id " + inQuotes(found->first) + " and differ",
          "Leave one row for each image.");
    }
    filesOfId[found->first].push_back(i);
  }
  if (filesOfId.empty()) refuseNoMatch(table, idColumn, files);
  refuseSharedRows(filesOfId, files);
  for (const auto& [id, indices] : rows) {
    if (filesOfId.contains(id)) {
      match.repeatedRows += indices.size() - 1;
    } else {
      match.rowsWithoutFile.push_back(id);
    }
  }
  std::sort(match.rowsWithoutFile.begin(), match.rowsWithoutFile.end());
  return match;
}

std::optional<size_t> likelyIdColumn(const CsvTable& table, const std::vector<FoundFile>& files) {
  std::optional<size_t> best;
  size_t bestCount = 0;
  for (size_t column = 0; column < table.header.size(); ++column) {
    const RowsOfId rows = indexRows(table, column);
    std::set<std::string> matched;
    for (const FoundFile& file : files) {
      if (const auto found = findRows(rows, file); found != rows.end()) matched.insert(found->first);
    }
    if (matched.size() > bestCount) {
      bestCount = matched.size();
      best = column;
    }
  }
  return best;
}

}  // namespace pith::cli

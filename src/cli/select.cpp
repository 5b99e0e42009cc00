// SPDX-License-Identifier: Apache-2.0
/// @file `pith select`: some records, labels or features of a container.
#include "pith/transform/select.h"

#include <algorithm>

#include "container_verbs.h"
#include "csv.h"

namespace pith::cli {
namespace {

constexpr uint64_t maxIdsBytes = uint64_t{1} << 30;

std::optional<RecordId> idFromHex(std::string_view hex) {
  // A digest of twice the length reads the digits.
  const auto digest = digestFromHex(std::string(hex) + std::string(hex));
  if (hex.size() != 32 || !digest) return std::nullopt;
  RecordId id;
  std::copy_n(digest->begin(), id.size(), id.begin());
  return id;
}

/// One id a line, or a table with a column "id", as `pith export --to csv` writes it.
std::vector<RecordId> readIds(const std::string& path) {
  const std::string what = "Cannot read the ids in " + inQuotes(path);
  const std::vector<uint8_t> bytes = require(readFile(path, maxIdsBytes), what, ExitCode::usage);
  const std::string text(asText(bytes));
  std::vector<std::string> words;
  const std::string first = trimmed(text.substr(0, text.find('\n')));
  if (!idFromHex(first) && !first.empty()) {
    const CsvTable table = require(parseCsv(text), what, ExitCode::usage);
    const auto column = table.column("id");
    if (!column) {
      failUsage(what, "the first line is no id (32 hexadecimal digits) and names no column \"id\"",
                "`pith export FILE --to csv` shows the ids.");
    }
    for (const auto& row : table.rows) words.push_back(row[*column]);
  } else {
    for (size_t start = 0; start < text.size();) {
      const size_t end = std::min(text.find('\n', start), text.size());
      if (const std::string word = trimmed(text.substr(start, end - start)); !word.empty())
        words.push_back(word);
      start = end + 1;
    }
  }
  std::vector<RecordId> ids;
  for (const std::string& word : words) {
    const auto id = idFromHex(normalised(word));
    if (!id) failUsage(what, inQuotes(word.substr(0, 40)) + " is no id; an id has 32 hexadecimal digits");
    ids.push_back(*id);
  }
  if (ids.empty()) failUsage(what, "the file names no id");
  return ids;
}

/// What may have been meant by a condition that was not understood.
std::string adviceFor(const std::string& condition, const ContainerHeader& header) {
  const size_t end = condition.find_first_of("=<>!");
  const std::string name = condition.substr(0, end);
  const size_t column = findName(header.labelColumns, name);
  if (column == header.labelColumns.size()) return didYouMean(name, namesOf(header.labelColumns));
  if (end == std::string::npos) return "Add a value: " + name + "=VALUE.";
  const size_t value = condition.find_first_not_of("=<>!", end);
  return value == std::string::npos
             ? std::string()
             : didYouMean(condition.substr(value), header.labelColumns[column].categories);
}

std::vector<std::string> partNames(const ContainerHeader& header) {
  std::vector<std::string> names;
  for (const Split& split : header.splits) {
    for (const std::string& part : split.parts) names.push_back(split.name + ":" + part);
  }
  return names;
}

RecordFilter readFilter(const SelectArguments& arguments, const ContainerHeader& header) {
  RecordFilter filter;
  for (const std::string& word : arguments.labels) {
    Result<LabelCondition> condition = parseLabelCondition(word, header);
    if (!condition) failUsage("--label is not understood", condition.error().detail, adviceFor(word, header));
    filter.labels.push_back(std::move(*condition));
  }
  for (const std::string& word : arguments.splits) {
    const Result<PartCondition> condition = parsePartCondition(word, header);
    if (!condition)
      failUsage("--split is not understood", condition.error().detail, didYouMean(word, partNames(header)));
    filter.parts.push_back(*condition);
  }
  if (!arguments.idsPath.empty()) filter.ids = readIds(arguments.idsPath);
  filter.sample = arguments.sample;
  filter.sampleSeed = arguments.seed;
  return filter;
}

/// The numbers of named entries; nothing where none is named, which means all.
template <typename Entry>
std::optional<std::vector<uint32_t>> chosen(const std::vector<std::string>& words,
                                            const std::vector<Entry>& entries, const std::string& kind) {
  if (words.empty()) return std::nullopt;
  std::vector<uint32_t> indices;
  for (const std::string& name : separated(words, namesOf(entries))) {
    const uint32_t index = requireName(entries, name, kind);
    if (std::ranges::find(indices, index) != indices.end())
      failUsage(inQuotes(name) + " is named twice", "once is enough");
    indices.push_back(index);
  }
  return indices;
}

}  // namespace

ExitCode runSelect(const SelectArguments& arguments) {
  checkOutput(arguments);
  const OpenContainer source = openWhole(arguments.file);
  const ContainerHeader& header = source.container.header();
  SelectOptions options;
  options.blocks = chosen(arguments.features, header.features, "features");
  const bool noColumns = arguments.columns.size() == 1 && arguments.columns[0] == "none" &&
                         findName(header.labelColumns, "none") == header.labelColumns.size();
  options.columns =
      noColumns ? std::vector<uint32_t>() : chosen(arguments.columns, header.labelColumns, "label");
  const RecordFilter filter = readFilter(arguments, header);
  const std::vector<uint32_t> rows =
      require(findRecords(source.container, filter), "Cannot select from " + inQuotes(arguments.file),
              ExitCode::usage);
  if (rows.empty()) {
    throw Failure(ExitCode::failure, "Nothing is selected",
                  {ErrorCode::emptyContainer, "no record fulfils all conditions; nothing was written"},
                  "`pith stats " + printable(arguments.file) + "` shows what the labels hold.");
  }
  const Draft draft = require(selectRecords(source.container, rows, options), "Cannot select these records");
  Saying saying;
  saying.lines.emplace_back(
      "Selected", std::to_string(rows.size()) + " of " + counted(source.container.recordCount(), "record"));
  saying.members.emplace_back("recordsBefore", source.container.recordCount());
  writeAndReport(draft, arguments, std::nullopt, saying);
  return ExitCode::success;
}

}  // namespace pith::cli

// SPDX-License-Identifier: Apache-2.0
#include "labels.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "column_type.h"
#include "failure.h"
#include "text.h"

namespace pith::cli {
namespace {

constexpr uint64_t maxTableBytes = uint64_t{256} << 20;
constexpr std::string_view folderColumn = "folder";

constexpr std::array<std::string_view, 3> parts{"train", "valid", "test"};
constexpr size_t noPart = parts.size();

/// Also the words that other tools write. @return a place in `parts`, noPart, or nothing where the cell is not understood
std::optional<size_t> partFromCell(std::string_view cell) {
  const std::string word = normalised(cell);
  if (isMissing(word) || word == "none") return noPart;
  if (word == "train" || word == "training") return 0;
  if (word == "valid" || word == "validation" || word == "validate" || word == "val" || word == "dev") return 1;
  if (word == "test" || word == "testing") return 2;
  return std::nullopt;
}

/// Sorted classes and, for each value, its place among them; missing values have none.
struct Vocabulary {
  explicit Vocabulary(const std::vector<std::string>& values) {
    const std::set<std::string> distinct(values.begin(), values.end());
    for (const std::string& value : distinct) {
      if (value.empty()) continue;
      indices.emplace(value, static_cast<uint32_t>(categories.size()));
      categories.push_back(value);
    }
  }
  LabelValue operator()(const std::string& value) const {
    if (value.empty()) return std::monostate{};
    return indices.at(value);
  }
  std::vector<std::string> categories;
  std::map<std::string, uint32_t> indices;
};

/// Appends one column to the set.
void addColumn(LabelSet& set, const std::string& name, LabelType type,
               const std::vector<std::string>& values) {
  LabelColumn column{name, type, {}};
  const Vocabulary vocabulary(type == LabelType::categorical ? values : std::vector<std::string>{});
  column.categories = vocabulary.categories;
  set.columns.push_back(std::move(column));
  for (size_t i = 0; i < values.size(); ++i) {
    LabelValue value = std::monostate{};
    if (type == LabelType::categorical) {
      value = vocabulary(values[i]);
    } else if (!values[i].empty() && type == LabelType::number) {
      value = parseNumber(values[i]).value();
    } else if (!values[i].empty()) {
      value = values[i];
    }
    set.records[i].labels.push_back(std::move(value));
  }
}

}  // namespace

Labels::Labels(LabelOptions options, const std::vector<FoundFile>& files) : options_(std::move(options)) {
  match_.rowOfFile.resize(files.size());
  if (options_.fromFolder &&
      std::none_of(files.begin(), files.end(), [](const FoundFile& file) { return file.fromFolder; })) {
    failUsage("There is no folder to take labels from",
              "--label-from-folder labels the files that are found in folders",
              "Name the folders instead of the files.");
  }
  if (hasTable()) {
    readTable(files);
  } else if (!options_.idColumn.empty() || !options_.columns.empty() || !options_.columnTypes.empty() ||
             !options_.groupColumn.empty() || !options_.splitColumn.empty()) {
    failUsage("Columns are named, but no table",
              "--id-column, --label-columns, --column-type, --group-column and "
              "--split-column speak of the table of --labels",
              "Add --labels FILE.csv.");
  }
}

void Labels::readTable(const std::vector<FoundFile>& files) {
  const std::string what = "Cannot read the table " + inQuotes(options_.tablePath);
  const std::vector<uint8_t> bytes =
      require(readFile(options_.tablePath, maxTableBytes), what, ExitCode::usage);
  table_ = require(parseCsv(asText(bytes)), what, ExitCode::usage);
  for (std::string& name : table_.header) name = trimmed(name);
  if (options_.idColumn.empty()) {
    const std::optional<size_t> likely = likelyIdColumn(table_, files);
    failUsage(
        "The table has no id column yet",
        "--id-column names the column that holds the names of the files\n" + describeColumns(),
        likely ? "Add --id-column " + inQuotes(table_.header[*likely]) + ", whose cells are names of files."
               : "Add --id-column NAME.");
  }
  const size_t idColumn = findColumn(options_.idColumn, "--id-column");
  resolveColumns();
  std::vector<size_t> used;
  for (const Column& column : columns_) used.push_back(column.index);
  if (!options_.groupColumn.empty()) used.push_back(findColumn(options_.groupColumn, "--group-column"));
  if (!options_.splitColumn.empty()) used.push_back(findColumn(options_.splitColumn, "--split-column"));
  if (used.empty()) {
    failUsage("Nothing of the table was chosen",
              "a table often holds names and dates, so only columns that are named go into the container\n" +
                  describeColumns(),
              "Choose, for example: --label-columns " +
                  table_.header[idColumn == 0 && table_.header.size() > 1 ? 1 : 0] +
                  " (and --group-column for the patient).");
  }
  applyColumnTypes();
  checkSplits();
  match_ = matchRows(table_, idColumn, used, files);
}

void Labels::resolveColumns() {
  std::vector<std::string> names;
  for (const std::string& word : options_.columns) {
    if (table_.column(word)) {  // a name may itself hold a comma
      names.push_back(word);
      continue;
    }
    for (size_t start = 0; start <= word.size();) {
      const size_t comma = std::min(word.find(',', start), word.size());
      names.push_back(trimmed(word.substr(start, comma - start)));
      start = comma + 1;
    }
  }
  std::set<std::string> seen;
  if (options_.fromFolder) seen.insert(std::string(folderColumn));
  for (const std::string& name : names) {
    const size_t index = findColumn(name, "--label-columns");
    if (!seen.insert(name).second)
      failUsage("A column is chosen twice", inQuotes(name) + " may be stored once");
    columns_.push_back({index, summariseColumn(table_, index).type});
  }
}

void Labels::applyColumnTypes() {
  for (const std::string& word : options_.columnTypes) {
    const size_t equals = word.rfind('=');
    const std::optional<LabelType> type =
        equals == std::string::npos ? std::nullopt : labelTypeFromName(normalised(word.substr(equals + 1)));
    if (!type || *type > LabelType::text) {
      failUsage("--column-type is not understood",
                inQuotes(word) + " was given; NAME=categorical, NAME=number or NAME=text is allowed");
    }
    const size_t index = findColumn(word.substr(0, equals), "--column-type");
    const auto chosen = std::find_if(columns_.begin(), columns_.end(),
                                     [&](const Column& column) { return column.index == index; });
    if (chosen == columns_.end()) {
      failUsage("--column-type names a column that is not stored",
                inQuotes(table_.header[index]) + " is not among --label-columns");
    }
    chosen->type = *type;
    if (*type != LabelType::number) continue;
    for (size_t row = 0; row < table_.rows.size(); ++row) {
      const std::string& value = table_.rows[row][index];
      if (isMissing(value) || parseNumber(value)) continue;
      failUsage("A column is not numeric",
                inQuotes(table_.header[index]) + " holds " + inQuotes(value.substr(0, 40)) + " in row " +
                    std::to_string(row + 1) + "; a number with a decimal point is allowed");
    }
  }
}

void Labels::checkSplits() const {
  if (options_.splitColumn.empty()) return;
  const size_t column = findColumn(options_.splitColumn, "--split-column");
  for (size_t row = 0; row < table_.rows.size(); ++row) {
    if (partFromCell(table_.rows[row][column])) continue;
    failUsage("A split is not understood", "row " + std::to_string(row + 1) + " says " +
                                               inQuotes(table_.rows[row][column].substr(0, 40)) +
                                               "; train, valid, test and none (or nothing) are allowed");
  }
}

size_t Labels::findColumn(const std::string& name, const std::string& option) const {
  const std::string wanted = trimmed(name);
  const std::optional<size_t> column = table_.column(wanted);
  if (!column) {
    const std::string nearest = nearestWord(wanted, table_.header);
    failUsage("The table has no column " + inQuotes(wanted) + ", which " + option + " names",
              describeColumns(),
              nearest.empty() ? "Choose one of these columns." : "Did you mean " + inQuotes(nearest) + "?");
  }
  if (std::count(table_.header.begin(), table_.header.end(), wanted) > 1) {
    failUsage("Several columns have one name",
              inQuotes(wanted) + " stands more than once in the first line of the table");
  }
  return *column;
}

std::string Labels::describeColumns() const {
  std::string text = "the columns are:";
  for (size_t i = 0; i < table_.header.size(); ++i) {
    const CellSummary summary = summariseColumn(table_, i);
    text += "\n  " + printable(table_.header[i]) + " (" + std::string(nameOf(summary.type)) + ", " +
            counted(summary.distinctValues, "distinct value");
    if (summary.missing > 0) text += ", " + std::to_string(summary.missing) + " missing";
    text += ")";
  }
  return text;
}

std::string_view Labels::cell(size_t file, size_t column) const {
  const std::optional<size_t> row = match_.rowOfFile[file];
  if (!row) return {};
  const std::string_view value = table_.rows[*row][column];
  return isMissing(value) ? std::string_view() : value;
}

void Labels::addGroups(LabelSet& set, size_t column, const std::vector<std::string>& keys) const {
  const Vocabulary groups(keys);
  set.groupings.push_back({.name = table_.header[column]});
  for (size_t i = 0; i < keys.size(); ++i) {
    set.records[i].groups.push_back(keys[i].empty() ? std::nullopt : std::optional(groups.indices.at(keys[i])));
  }
}

void Labels::addSplit(LabelSet& set, size_t column, const std::vector<std::string>& words) const {
  std::vector<size_t> partOf;
  for (const std::string& word : words) partOf.push_back(partFromCell(word).value_or(noPart));
  Split split{.name = table_.header[column], .parts = {}};
  std::array<std::optional<uint8_t>, noPart + 1> numbers;
  for (size_t part = 0; part < parts.size(); ++part) {
    if (std::find(partOf.begin(), partOf.end(), part) == partOf.end()) continue;
    numbers[part] = static_cast<uint8_t>(split.parts.size());
    split.parts.emplace_back(parts[part]);
  }
  if (split.parts.empty()) return;
  if (!set.groupings.empty()) split.grouping = 0;
  set.splits.push_back(std::move(split));
  for (size_t i = 0; i < partOf.size(); ++i) set.records[i].splits.push_back(numbers[partOf[i]]);
}

LabelSet Labels::of(const std::vector<FoundFile>& files, const std::vector<size_t>& indices) const {
  LabelSet set;
  set.records.resize(indices.size());
  const auto valuesOf = [&](size_t column) {
    std::vector<std::string> values;
    for (const size_t index : indices) values.push_back(trimmed(cell(index, column)));
    return values;
  };
  if (options_.fromFolder) {
    std::vector<std::string> folders;
    for (const size_t index : indices)
      folders.push_back(files[index].fromFolder ? validUtf8(files[index].folder()) : "");
    addColumn(set, std::string(folderColumn), LabelType::categorical, folders);
  }
  for (const Column& column : columns_)
    addColumn(set, table_.header[column.index], column.type, valuesOf(column.index));
  if (!options_.groupColumn.empty()) {
    const size_t column = findColumn(options_.groupColumn, "--group-column");
    addGroups(set, column, valuesOf(column));
  }
  if (!options_.splitColumn.empty()) {
    const size_t column = findColumn(options_.splitColumn, "--split-column");
    addSplit(set, column, valuesOf(column));
  }
  return set;
}

}  // namespace pith::cli

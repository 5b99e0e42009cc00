// SPDX-License-Identifier: Apache-2.0
#include "labels.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "column_type.h"
#include "failure.h"
#include "label_columns.h"
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

/// Sorted values and the place of each among them; missing values have none.
struct Vocabulary {
  explicit Vocabulary(const std::vector<std::string>& values) {
    const std::set<std::string> distinct(values.begin(), values.end());
    for (const std::string& value : distinct) {
      if (value.empty()) continue;
      indices.emplace(value, static_cast<uint32_t>(indices.size()));
    }
  }
  std::map<std::string, uint32_t> indices;
};

/// "a, b": "a" and "b".
std::vector<std::string> splitList(const std::string& text) {
  std::vector<std::string> words;
  for (size_t start = 0; start <= text.size();) {
    const size_t comma = std::min(text.find(',', start), text.size());
    words.push_back(trimmed(text.substr(start, comma - start)));
    start = comma + 1;
  }
  return words;
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
             !options_.groupColumns.empty() || !options_.multiLabels.empty() || !options_.splitColumn.empty()) {
    failUsage("Columns are named, but no table",
              "--id-column, --label-columns, --column-type, --multi-label, --group-column and "
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
  resolveMultiLabels();
  std::vector<size_t> used;
  for (const Column& column : columns_) used.push_back(column.index);
  for (const MultiLabel& multi : multiLabels_) used.insert(used.end(), multi.columns.begin(), multi.columns.end());
  std::set<size_t> groups;
  for (const std::string& name : options_.groupColumns) {
    used.push_back(findColumn(name, "--group-column"));
    if (!groups.insert(used.back()).second) failUsage("A column is chosen twice", inQuotes(name) + " may group once");
  }
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
    for (std::string& name : splitList(word)) names.push_back(std::move(name));
  }
  std::set<std::string> seen;
  if (options_.fromFolder) seen.insert(std::string(folderColumn));
  for (const std::string& name : names) {
    const size_t index = findColumn(name, "--label-columns");
    if (!seen.insert(name).second)
      failUsage("A column is chosen twice", inQuotes(name) + " may be stored once");
    columns_.push_back({index, {summariseColumn(table_, index).type, {}}});
  }
}

void Labels::applyColumnTypes() {
  for (const std::string& word : options_.columnTypes) {
    // Categories of an ordinal column may hold "=", and so may names: the longest name that is a column's is meant.
    size_t equals = word.rfind('=');
    while (equals != std::string::npos && equals > 0 && !table_.column(trimmed(word.substr(0, equals)))) {
      equals = word.rfind('=', equals - 1);
    }
    const std::optional<ColumnForm> form =
        equals == std::string::npos || equals == 0 ? parseColumnForm(word.substr(word.rfind('=') + 1))
                                                   : parseColumnForm(std::string_view(word).substr(equals + 1));
    if (!form || word.find('=') == std::string::npos) {
      failUsage("--column-type is not understood",
                inQuotes(word) + " was given; NAME=categorical, NAME=number, NAME=text, NAME=year or "
                                 "NAME=ordinal:LOW,...,HIGH is allowed");
    }
    const size_t index = findColumn(word.substr(0, std::min(equals, word.rfind('='))), "--column-type");
    const auto chosen = std::find_if(columns_.begin(), columns_.end(),
                                     [&](const Column& column) { return column.index == index; });
    if (chosen == columns_.end()) {
      failUsage("--column-type names a column that is not stored",
                inQuotes(table_.header[index]) + " is not among --label-columns");
    }
    chosen->form = *form;
    for (size_t row = 0; row < table_.rows.size(); ++row) {
      const std::string& value = table_.rows[row][index];
      const std::string refusal = refusalOf(*form, value);
      if (refusal.empty()) continue;
      failUsage(form->type == LabelType::number ? "A column is not numeric" : "A column does not hold what was said",
                inQuotes(table_.header[index]) + " holds " + inQuotes(value.substr(0, 40)) + " in row " +
                    std::to_string(row + 1) + "; " + refusal);
    }
  }
}

void Labels::resolveMultiLabels() {
  for (const std::string& word : options_.multiLabels) {
    const size_t equals = word.find('=');
    MultiLabel multi{trimmed(word.substr(0, equals)), {}};
    if (equals == std::string::npos || multi.name.empty()) {
      failUsage("--multi-label is not understood", inQuotes(word) + " was given; NAME=COLUMN,COLUMN,... is needed");
    }
    if (isStored(multi.name)) {
      failUsage("Two labels have one name", inQuotes(multi.name) + " is stored already; each name may be used once",
                "Give --multi-label another NAME.");
    }
    for (const std::string& name : splitList(word.substr(equals + 1))) {
      const size_t index = findColumn(name, "--multi-label");
      if (std::find(multi.columns.begin(), multi.columns.end(), index) != multi.columns.end()) {
        failUsage("A column is chosen twice", inQuotes(name) + " may be a category once");
      }
      for (size_t row = 0; row < table_.rows.size(); ++row) {
        const std::string& value = table_.rows[row][index];
        if (parseState(value)) continue;
        failUsage("A column does not hold what was said",
                  inQuotes(table_.header[index]) + " holds " + inQuotes(value.substr(0, 40)) + " in row " +
                      std::to_string(row + 1) + "; 1, 0, -1 (uncertain) and nothing are allowed");
      }
      multi.columns.push_back(index);
    }
    multiLabels_.push_back(std::move(multi));
  }
}

bool Labels::isStored(const std::string& name) const {
  return (options_.fromFolder && name == folderColumn) ||
         std::ranges::any_of(columns_, [&](const Column& column) { return table_.header[column.index] == name; }) ||
         std::ranges::any_of(multiLabels_, [&](const MultiLabel& multi) { return multi.name == name; });
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
    addColumn(set.columns, set.records, std::string(folderColumn), {LabelType::categorical, {}}, folders);
  }
  for (const Column& column : columns_)
    addColumn(set.columns, set.records, table_.header[column.index], column.form, valuesOf(column.index));
  for (const MultiLabel& multi : multiLabels_) {
    std::vector<std::string> categories;
    std::vector<std::vector<std::string>> values;
    for (const size_t index : multi.columns) {
      categories.push_back(table_.header[index]);
      values.push_back(valuesOf(index));
    }
    addMultiLabel(set.columns, set.records, multi.name, std::move(categories), values);
  }
  for (const std::string& name : options_.groupColumns) {
    const size_t column = findColumn(name, "--group-column");
    addGroups(set, column, valuesOf(column));
  }
  if (!options_.splitColumn.empty()) {
    const size_t column = findColumn(options_.splitColumn, "--split-column");
    addSplit(set, column, valuesOf(column));
  }
  return set;
}

}  // namespace pith::cli

// SPDX-License-Identifier: Apache-2.0
/// @file Labels, groups and splits of the files, from a table and from folder names. Nothing is taken that
/// was not named.
#pragma once

#include <string>
#include <vector>

#include "csv.h"
#include "files.h"
#include "label_columns.h"
#include "pith/container/container.h"
#include "row_matching.h"

namespace pith::cli {

struct LabelOptions {
  std::string tablePath;                 // a CSV file; empty: none
  std::string idColumn;                  // which column names the files
  std::vector<std::string> columns;      // to be stored; several in one word are separated by commas
  std::vector<std::string> columnTypes;  // NAME=categorical|number|text|year|ordinal:LOW,...,HIGH
  std::vector<std::string> multiLabels;  // NAME=COLUMN,COLUMN,... with cells 1, 0, -1 and nothing
  std::vector<std::string> groupColumns;  // equal cells mean the same patient, study, ...; the cells are not stored
  std::string splitColumn;  // cells: train, valid, test, none
  bool fromFolder = false;  // a column "folder": the name of the folder that a file lies in
};

struct LabelSet {
  std::vector<LabelColumn> columns;
  std::vector<Grouping> groupings;  // called like their columns
  std::vector<Split> splits;        // none or one, called like its column
  std::vector<Record> records;      // with splits, groups and labels
};

class Labels {
 public:
  /// Reads the table and finds the row of each file, before anything is encoded.
  /// @throws Failure (usage) with the columns that there are, where one is missing, unnamed or does not hold
  /// what is said
  Labels(LabelOptions options, const std::vector<FoundFile>& files);

  /// What the container is given for these files (indices into `files`): the vocabularies hold only classes
  /// that occur among them.
  LabelSet of(const std::vector<FoundFile>& files, const std::vector<size_t>& indices) const;

  bool hasTable() const { return !options_.tablePath.empty(); }
  const RowMatch& match() const { return match_; }
  size_t columnCount() const { return columns_.size() + multiLabels_.size() + (options_.fromFolder ? 1 : 0); }

 private:
  struct Column {
    size_t index;  // in the table
    ColumnForm form;
  };
  struct MultiLabel {
    std::string name;
    std::vector<size_t> columns;  // in the table, one for each category
  };
  void readTable(const std::vector<FoundFile>& files);
  void resolveColumns();
  void applyColumnTypes();
  void resolveMultiLabels();
  /// Whether a label of that name was chosen already.
  bool isStored(const std::string& name) const;
  void checkSplits() const;
  size_t findColumn(const std::string& name, const std::string& option) const;
  std::string describeColumns() const;
  std::string_view cell(size_t file, size_t column) const;
  void addGroups(LabelSet& set, size_t column, const std::vector<std::string>& keys) const;
  void addSplit(LabelSet& set, size_t column, const std::vector<std::string>& words) const;

  LabelOptions options_;
  CsvTable table_;
  RowMatch match_;
  std::vector<Column> columns_;
  std::vector<MultiLabel> multiLabels_;
};

}  // namespace pith::cli

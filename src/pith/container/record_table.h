// SPDX-License-Identifier: Apache-2.0
/// @file Records on their way into a file: one array for each column, in the order of adding, so that a record costs what it
/// holds.
#pragma once

#include <span>
#include <variant>
#include <vector>

#include "pith/base/result.h"
#include "pith/container/container.h"
#include "pith/container/record_bytes.h"

namespace pith::format {

/// Where each record lies in the file, and what was drawn for it. All vectors are in the file's order.
struct RecordOrder {
  std::vector<size_t> rows;       // number of adding
  std::vector<RecordId> ids;      // strictly ascending
  std::vector<uint32_t> parents;  // places; missingIndex where there is none. Empty where there are no views
};

struct Column {
  SectionInfo section;  // without its place and hash
  std::vector<uint8_t> bytes;
};

/// All record sections in their order, and the same bytes as views.
struct EncodedRecords {
  std::vector<Column> columns;
  RecordBytes bytes;  // into `columns`
};

class RecordTable {
 public:
  /// @param header  how many groupings, splits and label columns of which type there are
  explicit RecordTable(const ContainerHeader& header);

  /// @pre the numbers and types of groups, splits and labels are the header's; category indices are in range
  void add(const Record& record);
  [[nodiscard]] size_t size() const { return ids_.size(); }

  [[nodiscard]] const std::vector<RecordId>& ids() const { return ids_; }
  [[nodiscard]] size_t groupingCount() const { return groups_.size(); }
  /// Numbers as they were added; missingIndex where there is none.
  [[nodiscard]] const std::vector<uint32_t>& groups(size_t grouping) const { return groups_[grouping]; }
  /// Number of adding of the parent, missingIndex where there is none; empty where there are no views.
  [[nodiscard]] const std::vector<uint32_t>& parents() const { return parents_; }
  [[nodiscard]] const std::vector<uint32_t>& transforms() const { return transforms_; }

  /// Groups are renumbered by first appearance.
  [[nodiscard]] EncodedRecords encode(const ContainerHeader& header, const RecordOrder& order) const;

 private:
  struct Texts {
    std::vector<uint64_t> ends;
    std::vector<uint8_t> joined;
    void add(std::string_view text);
    [[nodiscard]] std::string_view at(size_t row) const;
  };
  using Values = std::variant<std::vector<uint32_t>, std::vector<double>, Texts, std::vector<int8_t>, std::vector<int32_t>>;
  class Encoder;
  void addLabel(size_t column, const LabelValue& label);

  std::vector<RecordId> ids_;
  std::vector<uint32_t> parents_, transforms_;
  Texts names_;
  bool hasNames_ = false;
  std::vector<std::vector<uint32_t>> groups_;
  std::vector<std::vector<uint8_t>> splits_;
  std::vector<size_t> stateCounts_;  // categories of a multi-label column
  std::vector<Values> labels_;
};

/// Encodes the records, checks what binds between them, and puts counts, summaries and certificates into the header.
/// @errors invalidArgument (views, labels of groups), naming what is wrong
[[nodiscard]] Result<EncodedRecords> encodeRecords(const RecordTable& table, const RecordOrder& order, ContainerHeader& header);

}  // namespace pith::format

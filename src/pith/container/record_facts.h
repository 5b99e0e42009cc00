// SPDX-License-Identifier: Apache-2.0
/// @file What follows from the records: counts, summaries, certificates. The writer puts it into the header, the reader
/// compares. spec/container.md, "Records", "Labels", "Groupings and splits".
#pragma once

#include <vector>

#include "pith/base/result.h"
#include "pith/container/record_bytes.h"

namespace pith::format {

struct SplitFacts {
  std::vector<uint64_t> counts;  // records of each part
  uint64_t groupsInSeveralParts = 0;
};

struct RecordFacts {
  std::vector<ColumnSummary> labels;
  std::vector<uint64_t> groupCounts;
  std::vector<SplitFacts> splits;
};

/// Checks every value of every column, and that groups are numbered by first appearance.
/// @param bytes  every section has the length that its shape states
/// @errors corruptContainer, naming the section and what is wrong with it
[[nodiscard]] Result<RecordFacts> checkRecords(const ContainerHeader& header, const RecordBytes& bytes);

/// @errors corruptContainer where the header states anything else
[[nodiscard]] Status compareFacts(const ContainerHeader& header, const RecordFacts& facts);
/// The same facts, put into the header.
void storeFacts(RecordFacts facts, ContainerHeader& header);

}  // namespace pith::format

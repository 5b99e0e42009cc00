// SPDX-License-Identifier: Apache-2.0
/// @file Some records, feature blocks and labels of a container as a container of its own.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "pith/transform/condition.h"
#include "pith/transform/draft.h"

namespace pith {

/// Which records: all that fulfil every condition. Parts of one split are alternatives.
struct RecordFilter {
  std::vector<LabelCondition> labels;
  std::vector<PartCondition> parts;
  std::optional<std::vector<RecordId>> ids{};  // these only
  std::optional<size_t> sample{};              // so many of them, chosen by `sampleSeed`
  uint64_t sampleSeed = 0;
};

/// Rows of the file that the filter means, ascending. The sample takes the records whose SHA-256 of "pith
/// sample 1", the seed (u64, little-endian) and the id is smallest, so that it depends on nothing else.
/// @errors invalidArgument where an id is not in the file
[[nodiscard]] Result<std::vector<uint32_t>> findRecords(const Container& container,
                                                        const RecordFilter& filter);

struct SelectOptions {
  std::optional<std::vector<uint32_t>>
      blocks{};  // feature blocks to keep, in this order; all where not given
  std::optional<std::vector<uint32_t>> columns{};  // label columns, likewise
};

/// Ids, stored features and splits stay as they are. What was said about all the records and is no longer
/// true goes, with a note: scores of heads, savings, unknown sections, the privacy report. A view whose
/// origin is not selected becomes a record like any other.
/// @param rows  ascending, each once, below recordCount
/// @errors emptyContainer where nothing is selected; those of draftOf()
[[nodiscard]] Result<Draft> selectRecords(const Container& container, const std::vector<uint32_t>& rows,
                                          const SelectOptions& options = {});

}  // namespace pith

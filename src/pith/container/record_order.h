// SPDX-License-Identifier: Apache-2.0
/// @file The order of records in a file, and their ids: a function of the content and the seed only, never of the order
/// in which records were added. spec/container.md, "Record ids".
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "pith/base/result.h"
#include "pith/container/container.h"

namespace pith::format {

/// All vectors are in the file's order.
struct RecordOrder {
  std::vector<size_t> rows;      // index into the records that were added
  std::vector<RecordId> ids;     // strictly ascending
  std::vector<uint32_t> groups;  // numbered by first appearance; missingIndex where there is none
};

/// A record's place follows from what it holds and from what the other records of its group hold. Records that agree in
/// both are interchangeable, so that whichever comes first makes no difference.
/// @param features  float32, row-major [N, featureCount]
[[nodiscard]] Result<RecordOrder> orderRecords(std::span<const Record> records, std::span<const float> features,
                                               size_t featureCount, const std::array<uint8_t, 32>& seed);

}  // namespace pith::format

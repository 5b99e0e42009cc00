// SPDX-License-Identifier: Apache-2.0
/// @file Records as columns: one section of raw values for ids, splits, groups, names and each label column, so that a
/// million records cost what they hold and no more. spec/container.md, "Records" and "Labels".
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "pith/base/bytes.h"
#include "pith/base/result.h"
#include "pith/container/container.h"
#include "pith/container/record_order.h"

namespace pith::format {

struct Column {
  SectionInfo section;  // without its place
  std::vector<uint8_t> bytes;
};

/// Every section of the records, in the order in which they lie in the file.
[[nodiscard]] std::vector<Column> encodeColumns(std::span<const LabelColumn> labelColumns, std::span<const Record> records,
                                                const RecordOrder& order);

/// Looks a section up: its bytes, or nothing where the file has no such section.
/// @errors corruptContainer where it has another type or shape; 0 in `shape` stands for any extent
using SectionLookup =
    std::function<Result<std::optional<ByteView>>(const std::string& name, ElementType type, std::vector<uint64_t> shape)>;

/// @errors corruptContainer, naming the section and what is wrong with it; those of `lookup`
[[nodiscard]] Result<std::vector<Record>> decodeColumns(std::span<const LabelColumn> labelColumns, size_t recordCount,
                                                        const SectionLookup& lookup);

}  // namespace pith::format

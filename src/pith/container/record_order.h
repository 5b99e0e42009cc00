// SPDX-License-Identifier: Apache-2.0
/// @file The order of records in a file, and their ids: a function of the content and the seed only, never of the order
/// in which records were added. spec/container.md, "Canonical bytes".
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "pith/base/result.h"
#include "pith/base/sha256.h"
#include "pith/container/record_table.h"

namespace pith::format {

/// What a record holds by itself, its groups and its parent left out.
/// @param features  float32, one for each block
[[nodiscard]] Sha256Digest contentOf(const Record& record, std::span<const std::span<const float>> features);

/// Draws ids. A record's place follows from what it holds and from what the other records of its groups hold. Records that
/// agree in both are interchangeable, so that whichever comes first makes no difference.
/// @param contents    contentOf() of each record
/// @param transforms  the header's
/// @errors invalidArgument (a view's parent is not there or a view itself), internalError
[[nodiscard]] Result<RecordOrder> drawOrder(const RecordTable& table, std::span<const Sha256Digest> contents,
                                            std::span<const std::string> transforms, const std::array<uint8_t, 32>& seed);

/// Keeps the ids that the records have. @errors invalidArgument (two records with one id, a view's parent as above)
[[nodiscard]] Result<RecordOrder> keepOrder(const RecordTable& table);

}  // namespace pith::format

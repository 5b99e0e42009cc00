// SPDX-License-Identifier: Apache-2.0
/// @file Splits that keep groups whole. docs/splitting.md says how they are drawn.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pith/transform/draft.h"

namespace pith {

struct PartShare {
  std::string name;
  double share = 0;  // above 0; all together 1
};

struct SplitRequest {
  std::string name;
  SplitKind kind = SplitKind::holdout;
  std::vector<PartShare> parts;  // 2 to 254; the part "none" leaves its records without a part
  std::optional<uint32_t>
      grouping{};  // its groups stay whole; views stay with the records that they are of anyway
  std::optional<uint32_t> stratifyBy{};  // the label column whose balance is kept, as far as groups allow
  uint64_t seed = 0;
};

/// Reads "train=0.7,valid=0.15,test=0.15". Shares add up to 1, or to 100.
/// @errors invalidArgument
[[nodiscard]] Result<std::vector<PartShare>> parseParts(std::string_view text);

/// "fold-1" to "fold-K", equally large. @errors invalidArgument unless 2 <= count <= 254
[[nodiscard]] Result<std::vector<PartShare>> makeFolds(uint32_t count);

/// The part of each record, drawn from the seed and the records' ids alone.
/// @errors invalidArgument: a part would be empty; the label cannot be stratified by
[[nodiscard]] Result<std::vector<std::optional<uint8_t>>> drawSplit(const std::vector<Record>& records,
                                                                    const ContainerHeader& header,
                                                                    const SplitRequest& request);

/// Draws a split and appends it to the draft. @errors those of drawSplit(); invalidArgument where the name is
/// taken
[[nodiscard]] Status addSplit(Draft& draft, const SplitRequest& request);

}  // namespace pith

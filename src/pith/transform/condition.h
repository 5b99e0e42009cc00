// SPDX-License-Identifier: Apache-2.0
/// @file Which records are meant: conditions on labels, as the command line writes them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pith/base/result.h"
#include "pith/container/reader.h"

namespace pith {

enum class Comparison : uint8_t { equal, notEqual, less, lessOrEqual, greater, greaterOrEqual };

/// A condition on one label column. A missing label fulfils none but "= missing".
struct LabelCondition {
  size_t column = 0;
  Comparison comparison = Comparison::equal;
  bool missing = false;  // "= missing" and "!= missing"
  LabelValue value{};    // what is compared with: an index, a number, a text, a year
  size_t category = 0;   // of a multi-label column
  State state = State::present;
};

/// Reads "NAME=VALUE", "NAME!=VALUE", "NAME<VALUE", "<=", ">", ">=" against the file's columns. VALUE is a
/// category, a number, a text, a year or `missing`; of a multi-label column CATEGORY or CATEGORY:absent,
/// :uncertain, :missing. Less and greater are for numbers, years and ordinal columns.
/// @errors invalidArgument, saying which columns or categories there are
[[nodiscard]] Result<LabelCondition> parseLabelCondition(std::string_view text,
                                                         const ContainerHeader& header);

[[nodiscard]] bool holds(const LabelCondition& condition, const LabelValue& label);

/// A part of a split; none: the records without a part.
struct PartCondition {
  size_t split = 0;
  std::optional<uint8_t> part{};
};

/// Reads "SPLIT:PART", or "PART" where the file has one split. The part `none` means the records without a
/// part.
/// @errors invalidArgument, saying which splits and parts there are
[[nodiscard]] Result<PartCondition> parsePartCondition(std::string_view text, const ContainerHeader& header);

}  // namespace pith

// SPDX-License-Identifier: Apache-2.0
/// @file What binds in a header whatever the records hold; one set of rules for what is read and what is to be written.
/// spec/container.md, "Header", "Labels", "Groupings and splits", "Heads".
#pragma once

#include "pith/base/result.h"
#include "pith/container/container.h"

namespace pith::format {

/// The codes of broken rules.
struct RuleCodes {
  ErrorCode argument, label, recipe, tooMany;
};
constexpr RuleCodes readingCodes{ErrorCode::corruptContainer, ErrorCode::corruptContainer, ErrorCode::corruptContainer,
                                 ErrorCode::corruptContainer};
constexpr RuleCodes writingCodes{ErrorCode::invalidArgument, ErrorCode::invalidLabel, ErrorCode::invalidRecipe,
                                 ErrorCode::containerTooLarge};

/// Everything but the sections and what counts records (summaries, certificates).
[[nodiscard]] Status checkHeader(const ContainerHeader& header, const RuleCodes& codes);
/// The part of it about heads.
[[nodiscard]] Status checkHead(const Head& head, const ContainerHeader& header, const RuleCodes& codes);

}  // namespace pith::format

// SPDX-License-Identifier: Apache-2.0
/// @file Parts of a header out of JSON, in the form in which container/describe.h writes them.
#pragma once

#include <vector>

#include "pith/base/json.h"
#include "pith/base/result.h"
#include "pith/container/container.h"

namespace pith {

/// A suggested head. The label, the features and the split may be named instead of numbered, the part of the score too; what
/// is left out is 0 or empty.
/// @errors invalidArgument, naming the field
[[nodiscard]] Result<Head> headFromJson(const Json& json, const ContainerHeader& header);

/// @errors invalidArgument, naming the field
[[nodiscard]] Result<std::vector<Contact>> contactsFromJson(const Json& json);
[[nodiscard]] Result<Savings> savingsFromJson(const Json& json);
[[nodiscard]] Result<Entries> entriesFromJson(const Json& json);

}  // namespace pith

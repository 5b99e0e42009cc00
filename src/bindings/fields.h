// SPDX-License-Identifier: Apache-2.0
/// @file The members of a JSON object that JavaScript sends.
/// @errors invalidArgument, naming the field
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pith/base/json.h"
#include "pith/base/result.h"
#include "pith/model/pooling_kind.h"

namespace pith::bindings {

[[nodiscard]] Error wrongField(std::string_view field, std::string_view allowed);

[[nodiscard]] Result<std::string> stringField(const Json& object, std::string_view field);
/// From 0 to 2147483647.
[[nodiscard]] Result<int> countField(const Json& object, std::string_view field);
[[nodiscard]] Result<std::vector<std::string>> stringsField(const Json& object, std::string_view field);
/// "recipe", an object whose members recipeFromJson reads.
[[nodiscard]] Result<const Json*> recipeField(const Json& object);
/// "pooling"
[[nodiscard]] Result<Pooling> poolingField(const Json& object);

}  // namespace pith::bindings

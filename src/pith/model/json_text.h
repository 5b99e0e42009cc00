// SPDX-License-Identifier: Apache-2.0
/// @file How values of a foreign JSON document are named in the sentences of errors.
#pragma once

#include <string>
#include <string_view>

#include "pith/base/json.h"

namespace pith {

/// The text in quotation marks where it is a short plain word, else only its length.
[[nodiscard]] std::string quoted(std::string_view text);

/// Up to 17 digits: enough to tell any two doubles apart.
[[nodiscard]] std::string numberText(double value);

/// A value as it may be shown: `null`, `true`, `1.5`, `"word"`, `a list of 3`, `an object`.
[[nodiscard]] std::string seen(const Json& json);

}  // namespace pith

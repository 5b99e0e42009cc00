// SPDX-License-Identifier: Apache-2.0
/// @file Text fields of a header by their paths ("dataset.licence", "encoders.0.weightsSource"), as editing
/// and `notKnown` name them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pith/container/container.h"

namespace pith {

/// A path's parts: the list's or struct's name, the entry, the field.
/// The text field that `path` names; entries of lists by number. Names and what decides how features are
/// computed (tap, pooling, recipe, engine) are no such fields.
/// @return  null where there is none
[[nodiscard]] std::string* textField(ContainerHeader& header, std::string_view path);
[[nodiscard]] inline const std::string* textField(const ContainerHeader& header, std::string_view path) {
  return textField(const_cast<ContainerHeader&>(header), path);
}

/// Every path that textField() knows in this header, for suggestions.
[[nodiscard]] std::vector<std::string> textFieldPaths(const ContainerHeader& header);

/// Where the entries of a list went: the new number of each old one, or nothing where it is gone.
using IndexMap = std::vector<std::optional<uint32_t>>;

/// Renumbers the entries of `list` ("encoders", "labels", "documents", ...) in `paths`; those of entries that
/// are gone go.
void renumberPaths(std::vector<std::string>& paths, std::string_view list, const IndexMap& map);

/// Sorts, takes each once, and leaves out the paths of fields that hold a text.
void tidyNotKnown(ContainerHeader& header);

}  // namespace pith

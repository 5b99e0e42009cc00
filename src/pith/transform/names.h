// SPDX-License-Identifier: Apache-2.0
/// @file Names in messages: what was asked for and what there is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pith {

/// "\"age\"". Names of a container hold no control characters.
[[nodiscard]] inline std::string inMarks(std::string_view name) { return "\"" + std::string(name) + "\""; }

/// "\"a\", \"b\" and 7 more"; "none" where there is none.
[[nodiscard]] std::string listOfNames(const std::vector<std::string>& names);

/// The names of a list of entries.
template <typename Entry>
[[nodiscard]] std::vector<std::string> namesOf(const std::vector<Entry>& entries) {
  std::vector<std::string> names;
  for (const Entry& entry : entries) names.push_back(entry.name);
  return names;
}

/// The place of the entry of that name, or its length where there is none.
template <typename Entry>
[[nodiscard]] size_t findName(const std::vector<Entry>& entries, std::string_view name) {
  size_t i = 0;
  while (i < entries.size() && entries[i].name != name) ++i;
  return i;
}

}  // namespace pith

// SPDX-License-Identifier: Apache-2.0
#include "pith/transform/names.h"

#include <algorithm>

namespace pith {

std::string listOfNames(const std::vector<std::string>& names) {
  constexpr size_t shown = 12;
  if (names.empty()) return "none";
  std::string text;
  for (size_t i = 0; i < std::min(shown, names.size()); ++i) text += (i == 0 ? "" : ", ") + inMarks(names[i]);
  if (names.size() > shown) text += " and " + std::to_string(names.size() - shown) + " more";
  return text;
}

}  // namespace pith

// SPDX-License-Identifier: Apache-2.0
#include "pith/model/pooling_kind.h"

#include <array>

namespace pith {
namespace {

constexpr std::array<std::string_view, 6> names{
    "average", "none", "maximum", "averageAndMaximum", "generalizedMean", "classToken"};

}  // namespace

std::string_view poolingName(Pooling pooling) { return names[static_cast<size_t>(pooling)]; }

std::optional<Pooling> poolingFromName(std::string_view name) {
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<Pooling>(i);
  }
  return std::nullopt;
}

std::string poolingNames() {
  std::string text;
  for (std::string_view name : names) text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

}  // namespace pith

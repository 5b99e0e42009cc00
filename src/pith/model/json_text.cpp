// SPDX-License-Identifier: Apache-2.0
#include "pith/model/json_text.h"

#include <algorithm>
#include <cmath>

namespace pith {

std::string quoted(std::string_view name) {
  const bool isPlain = name.size() <= 40 && std::all_of(name.begin(), name.end(), [](char c) {
                         return c > ' ' && c <= '~' && c != '"' && c != '\\';
                       });
  return isPlain ? "\"" + std::string(name) + "\"" : "a text of " + std::to_string(name.size()) + " bytes";
}

std::string numberText(double value) {
  if (!std::isfinite(value)) return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
  const bool isWhole = std::abs(value) < 0x1p53 && value == std::trunc(value);
  return isWhole ? std::to_string(static_cast<int64_t>(value)) : Json(value).dump();  // printf would be 10 KB of the engine
}

std::string seen(const Json& json) {
  if (json.isNull()) return "null";
  if (const bool* flag = json.asBool()) return *flag ? "true" : "false";
  if (json.isNumber()) return numberText(json.number());
  if (const std::string* text = json.asString()) return quoted(*text);
  if (const Json::Array* array = json.asArray()) return "a list of " + std::to_string(array->size());
  return "an object";
}

}  // namespace pith

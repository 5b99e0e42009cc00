// SPDX-License-Identifier: Apache-2.0
#include "bindings/fields.h"

#include <cstdint>
#include <optional>

namespace pith::bindings {

Error wrongField(std::string_view field, std::string_view allowed) {
  return {ErrorCode::invalidArgument, "The field '" + std::string(field) + "' must be " + std::string(allowed) + "."};
}

Result<std::string> stringField(const Json& object, std::string_view field) {
  const Json* member = object.find(field);
  const std::string* text = member ? member->asString() : nullptr;
  if (!text) return wrongField(field, "a text");
  return *text;
}

Result<int> countField(const Json& object, std::string_view field) {
  const Json* member = object.find(field);
  const int64_t* number = member ? member->asInteger() : nullptr;
  if (!number || *number < 0 || *number > INT32_MAX) return wrongField(field, "a whole number from 0 to 2147483647");
  return static_cast<int>(*number);
}

Result<std::vector<std::string>> stringsField(const Json& object, std::string_view field) {
  const Json* member = object.find(field);
  const Json::Array* array = member ? member->asArray() : nullptr;
  if (!array) return wrongField(field, "a list of texts");
  std::vector<std::string> texts;
  for (const Json& element : *array) {
    if (!element.asString()) return wrongField(field, "a list of texts");
    texts.push_back(*element.asString());
  }
  return texts;
}

Result<const Json*> recipeField(const Json& object) {
  const Json* recipe = object.find("recipe");
  if (!recipe) return wrongField("recipe", "an object");
  return recipe;
}

Result<Pooling> poolingField(const Json& json) {
  PITH_ASSIGN_OR_RETURN(const std::string name, stringField(json, "pooling"));
  const std::optional<Pooling> known = poolingFromName(name);
  if (!known) return wrongField("pooling", "one of " + poolingNames());
  return *known;
}

}  // namespace pith::bindings

// SPDX-License-Identifier: Apache-2.0
#include "registry.h"

#include <algorithm>

#include "files.h"

namespace pith::cli {
namespace {

constexpr uint64_t maxRegistryBytes = uint64_t{4} << 20;

Error invalid(std::string detail) { return {ErrorCode::invalidManifest, std::move(detail)}; }

Result<std::string> textField(const Json& json, const std::string& field) {
  const Json* value = json.find(field);
  const std::string* text = value ? value->asString() : nullptr;
  if (!text || text->empty()) return invalid(field + " is missing or no text; a text is required");
  return *text;
}

Result<RegistryEntry> readEntry(const Json& json) {
  const Json* manifest = json.find("manifest");
  if (!manifest) return invalid("manifest is missing; it is required");
  RegistryEntry entry;
  PITH_ASSIGN_OR_RETURN(entry.manifest, parseManifest(manifest->dump()));
  PITH_ASSIGN_OR_RETURN(entry.url, textField(json, "url"));
  PITH_ASSIGN_OR_RETURN(entry.citation, textField(json, "citation"));
  PITH_ASSIGN_OR_RETURN(entry.recipeSource, textField(json, "recipeSource"));
  if (!entry.url.starts_with("https://"))
    return invalid("url does not begin with https://; only that is allowed");
  return entry;
}

}  // namespace

const RegistryEntry* Registry::find(std::string_view name) const {
  const auto found =
      std::ranges::find_if(entries, [&](const RegistryEntry& entry) { return entry.manifest.name == name; });
  return found == entries.end() ? nullptr : &*found;
}

Result<Registry> readRegistry(const std::filesystem::path& path) {
  PITH_ASSIGN_OR_RETURN(const std::vector<uint8_t> bytes, readFile(path, maxRegistryBytes));
  PITH_ASSIGN_OR_RETURN(const Json json, Json::parse(asText(bytes)));
  const Json* models = json.find("models");
  if (!models || !models->asArray()) return invalid("models is missing or no list; a list is required");
  Registry registry;
  for (const Json& one : *models->asArray()) {
    Result<RegistryEntry> entry = readEntry(one);
    if (!entry)
      return invalid("entry " + std::to_string(registry.entries.size()) + ": " + entry.error().detail);
    if (registry.find(entry->manifest.name))
      return invalid("the name " + entry->manifest.name + " is given twice");
    registry.entries.push_back(std::move(*entry));
  }
  return registry;
}

}  // namespace pith::cli

// SPDX-License-Identifier: Apache-2.0
/// @file models/registry.json: public backbones that can be fetched, pinned by SHA-256.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "pith/model/manifest.h"

namespace pith::cli {

struct RegistryEntry {
  Manifest manifest;  // of the package that it becomes
  std::string url;
  std::string citation;
  std::string recipeSource;  // where the recipe was checked
};

struct Registry {
  std::vector<RegistryEntry> entries;
  const RegistryEntry* find(std::string_view name) const;
};

/// @errors readFailed, invalidManifest naming the entry and its field
Result<Registry> readRegistry(const std::filesystem::path& path);

}  // namespace pith::cli

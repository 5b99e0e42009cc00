// SPDX-License-Identifier: Apache-2.0
/// @file `pith models list`: the encoders that were found, and those that can be fetched.
#include <algorithm>

#include "model_store.h"
#include "output.h"
#include "text.h"
#include "verbs.h"

namespace pith::cli {
namespace {

Json packageToJson(const ModelPackage& package, bool isDefault) {
  const Manifest& manifest = package.manifest;
  return Json::Object{{"name", validUtf8(manifest.name)},
                      {"title", validUtf8(manifest.title)},
                      {"default", isDefault},
                      {"provisional", manifest.provisional},
                      {"features", manifest.featureCount},
                      {"sizeBytes", manifest.sizeBytes},
                      {"sha256", validUtf8(manifest.sha256)},
                      {"licence", validUtf8(manifest.licence)},
                      {"attribution", validUtf8(manifest.attribution)},
                      {"recipe", recipeToJson(manifest.recipe)},
                      {"folder", validUtf8(package.folder.string())}};
}

/// What the registry has and this computer has not.
std::vector<const RegistryEntry*> availableFrom(const Registry& registry, const ModelStore& store) {
  std::vector<const RegistryEntry*> available;
  for (const RegistryEntry& entry : registry.entries) {
    if (!store.find(entry.manifest.name)) available.push_back(&entry);
  }
  return available;
}

Json availableToJson(const std::vector<const RegistryEntry*>& available) {
  Json::Array array;
  for (const RegistryEntry* entry : available) {
    array.push_back(Json::Object{{"name", entry->manifest.name},
                                 {"title", entry->manifest.title},
                                 {"features", entry->manifest.featureCount},
                                 {"sizeBytes", entry->manifest.sizeBytes},
                                 {"licence", entry->manifest.licence},
                                 {"citation", entry->citation},
                                 {"url", entry->url}});
  }
  return array;
}

Json storeToJson(const ModelStore& store, const std::vector<const RegistryEntry*>& available) {
  Json::Array models;
  for (const ModelPackage& package : store.packages) {
    models.push_back(packageToJson(package, &package == store.defaultPackage()));
  }
  Json::Array searched;
  for (const std::filesystem::path& folder : store.searched)
    searched.emplace_back(validUtf8(folder.string()));
  return Json::Object{{"models", std::move(models)},
                      {"available", availableToJson(available)},
                      {"broken", brokenToJson(store.broken)},
                      {"searched", std::move(searched)}};
}

std::string describe(const std::vector<const RegistryEntry*>& available) {
  if (available.empty()) return {};
  std::string text = "To be fetched with `pith models add NAME`:\n";
  for (const RegistryEntry* entry : available) {
    const Manifest& manifest = entry->manifest;
    std::string name = manifest.name;
    name.resize(std::max<size_t>(name.size() + 2, 26), ' ');
    text += "  " + name + std::to_string(manifest.featureCount) + " features, " +
            humanBytes(static_cast<uint64_t>(manifest.sizeBytes)) + ", " + printable(manifest.licence) + "\n";
  }
  return text;
}

std::string describe(const ModelStore& store) {
  std::string text;
  for (const ModelPackage& package : store.packages) {
    const Manifest& manifest = package.manifest;
    Facts facts;
    const bool isDefault = &package == store.defaultPackage();
    facts.add("Name", printable(manifest.name) + (isDefault ? " (default)" : "") +
                          (manifest.provisional ? " (provisional)" : ""));
    facts.addText("Title", manifest.title);
    facts.add("Features", std::to_string(manifest.featureCount));
    facts.add("Input", describeRecipe(manifest.recipe));
    facts.add("Size", humanBytes(static_cast<uint64_t>(manifest.sizeBytes)));
    facts.addText("Licence", manifest.licence);
    facts.addText("Data", manifest.attribution);
    facts.addText("Folder", package.folder.string());
    text += facts.text() + "\n";
  }
  for (const BrokenPackage& package : store.broken) {
    text += "Unusable: " + printable(package.folder.string()) + " [" +
            std::string(errorName(package.error.code)) + "] " + printable(package.error.detail) + "\n";
  }
  if (!store.packages.empty()) return text;
  text += "No model was found. Looked into:\n";
  for (const std::filesystem::path& folder : store.searched) text += "  " + printable(folder.string()) + "\n";
  return text + "Name the folder of models in PITH_MODELS.\n";
}

}  // namespace

ExitCode runModels(const ModelsArguments& arguments) {
  const ModelStore store = findModels();
  const Registry registry = findRegistry();
  const std::vector<const RegistryEntry*> available = availableFrom(registry, store);
  if (arguments.json) {
    printJson(storeToJson(store, available));
  } else {
    printText(describe(store) + describe(available));
  }
  return store.packages.empty() ? ExitCode::failure : ExitCode::success;
}

}  // namespace pith::cli

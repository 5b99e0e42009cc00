// SPDX-License-Identifier: Apache-2.0
#include "model_store.h"

#include <algorithm>
#include <optional>

#include "failure.h"
#include "model_packages.h"
#include "output.h"
#include "text.h"

namespace pith::cli {
namespace fs = std::filesystem;
namespace {

constexpr uint64_t maxJsonBytes = 1 << 20;

fs::path executableFolder() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path();
}

Result<Manifest> readManifest(const fs::path& folder) {
  PITH_ASSIGN_OR_RETURN(const std::vector<uint8_t> bytes, readFile(folder / "manifest.json", maxJsonBytes));
  return parseManifest(asText(bytes));
}

std::vector<fs::path> packageFolders(const fs::path& models) {
  std::vector<fs::path> folders;
  std::error_code error;
  for (fs::directory_iterator entry(models, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    const bool isUnfinished = entry->path().filename().string().starts_with(".");
    if (!isUnfinished && fs::exists(entry->path() / "manifest.json", ignored))
      folders.push_back(entry->path());
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

std::vector<fs::path> searchFolders() {
  std::vector<fs::path> folders;
  if (const fs::path own = packageFolder(); !own.empty()) folders.push_back(own);
  const fs::path executable = executableFolder();
  if (executable.empty()) return folders;
  folders.push_back(executable.parent_path() / "share" / "pith" / "models");
  for (fs::path folder = executable; folder != folder.root_path(); folder = folder.parent_path()) {
    if (packageFolders(folder / "models").empty()) continue;
    folders.push_back(folder / "models");
    break;
  }
  return folders;
}

Recipe readRecipe(const std::string& path) {
  const std::string what = "Cannot use the recipe " + inQuotes(path);
  const std::vector<uint8_t> bytes = require(readFile(path, maxJsonBytes), what, ExitCode::usage);
  return require(parseRecipe(asText(bytes)), what, ExitCode::usage);
}

ChosenModel openPackage(const ModelPackage& package) {
  const Manifest& manifest = package.manifest;
  const fs::path path = package.folder / manifest.file;
  const std::string what = "Cannot use the model " + inQuotes(manifest.name);
  MappedFile file = require(MappedFile::open(path), what + " (" + printable(path.string()) + ")");
  require(verifyModelFile(manifest, file.bytes()), what);
  return {std::move(file), {}, manifest.name, manifest.recipe, manifest.tap, manifest.provisional, manifest};
}

[[noreturn]] void failWithoutRecipe(const std::string& model) {
  failUsage(
      "The model " + inQuotes(model) + " has no recipe",
      "how its input is prepared is in the recipe; a file like this one, for a network trained on ImageNet "
      "in PyTorch:\n"
      "  {\"size\": [224, 224], \"fit\": \"crop\", \"resizeShortest\": 256, \"resample\": \"bilinear\", "
      "\"channels\": \"rgb\",\n"
      "   \"scale\": 0.00392156862745098, \"mean\": [0.485, 0.456, 0.406], \"std\": [0.229, 0.224, 0.225]}",
      "Add --recipe FILE.json, or put a manifest.json beside the model.");
}

/// A model file, with the manifest beside it where that one speaks of this file.
ChosenModel openFile(const fs::path& path, bool hasRecipe) {
  std::error_code error;
  if (fs::exists(path.parent_path() / "manifest.json", error)) {
    const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
    Manifest manifest = require(readManifest(folder), "Cannot use the manifest beside the model");
    if (manifest.file == path.filename()) return openPackage({folder, std::move(manifest)});
  }
  const std::string what = "Cannot read the model " + inQuotes(path.string());
  MappedFile file = require(MappedFile::open(path), what, ExitCode::usage);
  if (!hasRecipe) failWithoutRecipe(path.string());
  return {std::move(file), path, validUtf8(path.stem().string()), {}, {}, false, std::nullopt};
}

std::vector<std::string> namesOf(const ModelStore& store) {
  std::vector<std::string> names;
  for (const ModelPackage& package : store.packages) names.push_back(package.manifest.name);
  return names;
}

[[noreturn]] void failUnknown(const std::string& model, const ModelStore& store) {
  const std::vector<std::string> names = namesOf(store);
  const std::string nearest = nearestWord(model, names);
  const std::string found = names.empty() ? "no model was found" : "found: " + printable(joined(names));
  failUsage("There is no model " + inQuotes(model), found + "; a file ends in .onnx or .tflite",
            nearest.empty() ? "`pith models` lists what there is." : "Did you mean \"" + nearest + "\"?");
}

/// The user named a public backbone that is not here yet.
[[noreturn]] void failNotFetched(const std::string& model) {
  failUsage("The model " + inQuotes(model) + " is not on this computer",
            "it is in the registry of public backbones",
            "Fetch it with `pith models add " + printable(model) + "`.");
}

[[noreturn]] void failUndecided(const ModelStore& store) {
  if (!store.packages.empty()) {
    failUsage("Several models were found", "found: " + printable(joined(namesOf(store))),
              "Choose one with --model NAME.");
  }
  std::vector<std::string> folders;
  for (const fs::path& folder : store.searched) folders.push_back(printable(folder.string()));
  throw Failure(
      ExitCode::failure, "No model was found",
      {ErrorCode::readFailed,
       folders.empty() ? "no folder was looked into" : "looked into " + joined(folders)},
      "Name the folder of models in PITH_MODELS, or a file with --model FILE.onnx --recipe FILE.json.");
}

}  // namespace

const ModelPackage* ModelStore::find(std::string_view name) const {
  const auto found = std::find_if(packages.begin(), packages.end(),
                                  [&](const ModelPackage& package) { return package.manifest.name == name; });
  return found == packages.end() ? nullptr : &*found;
}

const ModelPackage* ModelStore::defaultPackage() const {
  if (const ModelPackage* package = find(defaultModelName)) return package;
  return packages.size() == 1 ? &packages[0] : nullptr;
}

ModelStore findModels() {
  ModelStore store;
  store.searched = searchFolders();
  for (const fs::path& models : store.searched) {
    for (const fs::path& folder : packageFolders(models)) {
      Result<Manifest> manifest = readManifest(folder);
      if (!manifest) {
        store.broken.push_back({folder, manifest.error()});
      } else if (!store.find(manifest->name)) {
        store.packages.push_back({folder, std::move(*manifest)});
      }
    }
  }
  return store;
}

Json::Array brokenToJson(const std::vector<BrokenPackage>& broken) {
  Json::Array array;
  for (const BrokenPackage& package : broken) {
    array.push_back(
        Json::Object{{"folder", validUtf8(package.folder.string())}, {"error", errorToJson(package.error)}});
  }
  return array;
}

Registry findRegistry() {
  for (const fs::path& folder : searchFolders()) {
    const fs::path path = folder / "registry.json";
    std::error_code error;
    if (fs::exists(path, error)) {
      return require(readRegistry(path), "Cannot use the registry " + inQuotes(path.string()));
    }
  }
  return {};
}

ChosenModel chooseModel(const std::string& model, const std::string& recipe) {
  const std::optional<Recipe> ownRecipe = recipe.empty() ? std::nullopt : std::optional(readRecipe(recipe));
  const auto withRecipe = [&](ChosenModel chosen) {
    if (ownRecipe) chosen.recipe = *ownRecipe;
    return chosen;
  };
  const fs::path path(model);
  if (path.extension() == ".onnx" || path.extension() == ".tflite")
    return withRecipe(openFile(path, ownRecipe.has_value()));
  const ModelStore store = findModels();
  const ModelPackage* const package = model.empty() ? store.defaultPackage() : store.find(model);
  if (package) return withRecipe(openPackage(*package));
  if (model.empty()) failUndecided(store);
  std::error_code error;
  if (fs::exists(path / "manifest.json", error)) {
    return withRecipe(
        openPackage({path, require(readManifest(path), "Cannot use the model " + inQuotes(model))}));
  }
  if (fs::is_regular_file(path, error)) return withRecipe(openFile(path, ownRecipe.has_value()));
  if (findRegistry().find(model)) failNotFetched(model);
  failUnknown(model, store);
}

}  // namespace pith::cli

// SPDX-License-Identifier: Apache-2.0
/// @file Which encoder a run uses: a model package that was found, or a model file of the user's.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "files.h"
#include "pith/base/json.h"
#include "pith/model/manifest.h"
#include "registry.h"

namespace pith::cli {

/// The encoder that is used when none is named.
inline constexpr std::string_view defaultModelName = "pith-cxr-1";

struct ModelPackage {
  std::filesystem::path folder;
  Manifest manifest;
};

struct BrokenPackage {
  std::filesystem::path folder;
  Error error;
};

struct ModelStore {
  std::vector<ModelPackage>
      packages;  // in the order of the search, then by name; a name that came before hides later ones
  std::vector<BrokenPackage> broken;
  std::vector<std::filesystem::path> searched;

  const ModelPackage* find(std::string_view name) const;
  /// `defaultModelName`, or the only package that there is; null where that does not decide.
  const ModelPackage* defaultPackage() const;
};

/// Looks for folders with a manifest.json in: the user's own folder of packages (model_packages.h);
/// ../share/pith/models from the executable's folder; and the nearest folder `models` on the way up from
/// there that holds one.
ModelStore findModels();

/// For --json.
Json::Array brokenToJson(const std::vector<BrokenPackage>& broken);

/// registry.json of the first of those folders that has one; no entries where none has.
/// @throws Failure where it cannot be read
Registry findRegistry();

struct ChosenModel {
  MappedFile file;
  std::filesystem::path path;  // of a file of the user's, beside which weights may lie; empty for a package
  std::string name;
  Recipe recipe;
  std::string tap;
  bool provisional = false;
  std::optional<Manifest> manifest;  // of a package
};

/// @param model   a package's name, an .onnx or .tflite file, a package's folder, or empty for the default
/// @param recipe  a JSON file; replaces the package's recipe
/// @throws Failure that says what was found and how to name another
ChosenModel chooseModel(const std::string& model, const std::string& recipe);

}  // namespace pith::cli

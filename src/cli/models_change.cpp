// SPDX-License-Identifier: Apache-2.0
/// @file `pith models add`, `verify` and `remove`.
#include <algorithm>
#include <functional>
#include <optional>

#include "atomic_file.h"
#include "download.h"
#include "interrupt.h"
#include "model_folder.h"
#include "model_packages.h"
#include "model_store.h"
#include "output.h"
#include "pith/extract/encoder.h"
#include "text.h"
#include "verbs.h"

namespace pith::cli {
namespace fs = std::filesystem;
namespace {

constexpr uint64_t maxJsonBytes = 1 << 20;

bool isAddress(const std::string& text) {
  return text.starts_with("https://") || text.starts_with("http://");
}

/// A package name out of a file's or an address's last part.
std::string nameFrom(const std::string& text) {
  std::string name = fs::path(text.substr(0, text.find('?'))).stem().string();
  for (char& c : name) {
    const bool isPlain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
    if (!isPlain) c = '_';
  }
  while (!name.empty() && (name.front() == '.' || name.front() == '-' || name.front() == '_'))
    name.erase(0, 1);
  return name.empty() ? "model" : name.substr(0, 64);
}

Status copyTo(ByteView bytes, const fs::path& path) {
  PITH_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::create(path));
  PITH_RETURN_IF_ERROR(file.write(bytes));
  return file.commit(true);
}

Recipe recipeFor(const ModelsAddArguments& arguments) {
  if (arguments.recipe.empty()) {
    failUsage("The model " + inQuotes(arguments.what) + " has no recipe",
              "how images are prepared for it is not in the file",
              "Name a JSON file with --recipe; `pith extract --help` and models/README.md show one.");
  }
  const std::string what = "Cannot use the recipe " + inQuotes(arguments.recipe);
  const std::vector<uint8_t> bytes = require(readFile(arguments.recipe, maxJsonBytes), what, ExitCode::usage);
  return require(parseRecipe(asText(bytes)), what, ExitCode::usage);
}

/// @param seen  in small letters, as arguments.sha256
/// @throws Failure where another SHA-256 was asked for
void requireDigest(const ModelsAddArguments& arguments, const std::string& seen, const std::string& what) {
  if (arguments.sha256.empty() || arguments.sha256 == seen) return;
  throw Failure(ExitCode::failure, what,
                {ErrorCode::weightsMismatch,
                 "the model file has the SHA-256 " + seen + "; " + arguments.sha256 + " was asked for"});
}

/// What a package says itself cannot be said of it. @throws Failure (usage)
void refuseForPackage(const ModelsAddArguments& arguments) {
  const std::pair<const char*, const std::string*> options[] = {{"--name", &arguments.name},
                                                                {"--recipe", &arguments.recipe},
                                                                {"--tap", &arguments.tap},
                                                                {"--licence", &arguments.licence}};
  for (const auto& [option, word] : options) {
    if (word->empty()) continue;
    failUsage(std::string(option) + " is for a model file or an address",
              inQuotes(arguments.what) + " is a package, whose manifest says that",
              std::string("Leave ") + option + " out.");
  }
}

/// The manifest of a file that came without one; loading it finds how many features it gives.
Manifest describeFile(const ModelsAddArguments& arguments, const fs::path& path) {
  const std::string what = "Cannot use the model " + inQuotes(arguments.what);
  const MappedFile file = require(MappedFile::open(path), what);
  MemorySource source(file.bytes());
  requireSingleFile(file.bytes(), what);
  Manifest manifest;
  manifest.name = arguments.name.empty() ? nameFrom(arguments.what) : arguments.name;
  manifest.title = manifest.name;
  manifest.file = require(isTfliteFile(source), what) ? "model.tflite" : "model.onnx";
  manifest.sha256 = toHex(sha256(file.bytes()));
  requireDigest(arguments, manifest.sha256, what);
  manifest.sizeBytes = static_cast<int64_t>(file.bytes().size());
  manifest.recipe = recipeFor(arguments);
  manifest.tap = arguments.tap;
  manifest.licence = arguments.licence.empty() ? "not known" : arguments.licence;
  manifest.attribution = "Added by the user; what it was trained on was not stated.";
  const EncoderOptions options{manifest.name, manifest.recipe, {TapOptions{arguments.tap, {}, {}}}, {}};
  manifest.featureCount = require(Encoder::load(file.bytes(), options), what).infos()[0].featureCount;
  return require(parseManifest(manifestToJson(manifest).dump()), what,
                 ExitCode::usage);  // its names are checked there
}

struct Added {
  Manifest manifest;
  std::string tap;
};

/// Adds a package once its model was loaded: one that this version cannot run is of no use to anybody, and must not take
/// the place of one that it can.
Added addRunning(const ModelsAddArguments& arguments, const fs::path& folder, const Manifest& manifest,
                 const std::function<Status(const fs::path&)>& fill, const std::string& what) {
  std::string tap;
  const auto load = [&](const fs::path& path) -> Status {
    PITH_ASSIGN_OR_RETURN(const MappedFile file, MappedFile::open(path));
    const EncoderOptions options{manifest.name, manifest.recipe, {TapOptions{manifest.tap, {}, {}}}, {}};
    PITH_ASSIGN_OR_RETURN(const Encoder encoder, Encoder::load(file.bytes(), options));
    const EncoderInfo& info = encoder.infos()[0];
    tap = info.tap;
    if (info.featureCount == manifest.featureCount) return {};
    return Error{ErrorCode::invalidManifest, "it gives " + std::to_string(info.featureCount) +
                                                 " features; its manifest states " +
                                                 std::to_string(manifest.featureCount)};
  };
  require(addPackage(folder, manifest, arguments.force, fill, load), what);
  return {manifest, tap};
}

Added addFromRegistry(const ModelsAddArguments& arguments, const fs::path& folder,
                      const RegistryEntry& entry) {
  const std::string what = "Cannot add " + inQuotes(entry.manifest.name);
  refuseForPackage(arguments);
  requireDigest(arguments, entry.manifest.sha256, what);
  printNote("Fetching " + printable(entry.url));
  const auto fetch = [&](const fs::path& path) {
    return download(entry.url, path, static_cast<uint64_t>(entry.manifest.sizeBytes), arguments.json);
  };
  return addRunning(arguments, folder, entry.manifest, fetch, what);
}

Added addFromAddress(const ModelsAddArguments& arguments, const fs::path& folder) {
  const std::string what = "Cannot add " + inQuotes(arguments.what);
  if (arguments.sha256.empty()) {
    failUsage("The address has no SHA-256", "a file from the network is used only when its hash is known",
              "Give the publisher's with --sha256.");
  }
  std::error_code error;
  const fs::path part = folder / (".download-" + arguments.sha256.substr(0, 16) + ".part");
  fs::create_directories(folder, error);
  require(download(arguments.what, part, static_cast<uint64_t>(Limits{}.maxModelBytes), arguments.json),
          what);
  const std::string seen = toHex(sha256(require(MappedFile::open(part), what).bytes()));
  if (seen != arguments.sha256) fs::remove(part, error);
  requireDigest(arguments, seen, what);
  const Manifest manifest = describeFile(arguments, part);
  const auto move = [&](const fs::path& path) -> Status {
    fs::rename(part, path, error);
    return error ? Status(Error{ErrorCode::writeFailed, "the system says: " + error.message()}) : Status();
  };
  return addRunning(arguments, folder, manifest, move, what);
}

Added addFromFile(const ModelsAddArguments& arguments, const fs::path& folder) {
  const std::string what = "Cannot add " + inQuotes(arguments.what);
  const fs::path source(arguments.what);
  std::error_code error;
  Manifest manifest;
  fs::path file = source;
  if (fs::is_directory(source, error)) {
    refuseForPackage(arguments);
    const std::vector<uint8_t> bytes =
        require(readFile(source / "manifest.json", maxJsonBytes), what, ExitCode::usage);
    manifest = require(parseManifest(asText(bytes)), what, ExitCode::usage);
    requireDigest(arguments, manifest.sha256, what);
    file = source / manifest.file;
  } else {
    manifest = describeFile(arguments, source);
  }
  const MappedFile model = require(MappedFile::open(file), what);
  requireSingleFile(model.bytes(), what);
  const auto copy = [&](const fs::path& path) { return copyTo(model.bytes(), path); };
  return addRunning(arguments, folder, manifest, copy, what);
}

Added addModel(const ModelsAddArguments& arguments, const fs::path& folder) {
  if (isAddress(arguments.what)) return addFromAddress(arguments, folder);
  std::error_code error;
  if (fs::exists(arguments.what, error)) return addFromFile(arguments, folder);
  const Registry registry = findRegistry();
  if (const RegistryEntry* entry = registry.find(arguments.what))
    return addFromRegistry(arguments, folder, *entry);
  std::vector<std::string> names;
  for (const RegistryEntry& one : registry.entries) names.push_back(one.manifest.name);
  const std::string nearest = nearestWord(arguments.what, names);
  failUsage(
      "There is no model " + inQuotes(arguments.what),
      "it is no file, no folder, no address and not in the registry",
      nearest.empty() ? "`pith models` lists what can be fetched." : "Did you mean \"" + nearest + "\"?");
}

/// The packages that are meant: all, where none is named. @throws Failure for a name that is not there
std::vector<const ModelPackage*> chosenFrom(const ModelStore& store, const std::vector<std::string>& names) {
  std::vector<const ModelPackage*> chosen;
  for (const ModelPackage& package : store.packages) {
    if (names.empty()) chosen.push_back(&package);
  }
  for (const std::string& name : names) {
    const ModelPackage* package = store.find(name);
    if (!package)
      failUsage("There is no model " + inQuotes(name), "it is not on this computer",
                "`pith models` lists what there is.");
    chosen.push_back(package);
  }
  return chosen;
}

}  // namespace

ExitCode runModelsAdd(const ModelsAddArguments& words) {
  catchInterrupts();
  ModelsAddArguments arguments = words;
  if (!words.sha256.empty()) {
    const std::optional<Sha256Digest> digest = digestFromHex(words.sha256);
    if (!digest) {
      failUsage("--sha256 is not understood",
                inQuotes(words.sha256) + " was given; 64 hexadecimal digits are allowed");
    }
    arguments.sha256 = toHex(*digest);  // capitals mean the same
  }
  const fs::path folder = arguments.folder.empty() ? packageFolder() : fs::path(arguments.folder);
  const Added added = addModel(arguments, folder);
  const fs::path package = folder / added.manifest.name;
  if (arguments.json) {
    printJson(Json::Object{{"name", added.manifest.name},
                           {"folder", validUtf8(package.string())},
                           {"features", added.manifest.featureCount},
                           {"tap", validUtf8(added.tap)},
                           {"sha256", added.manifest.sha256}});
  } else {
    Facts facts;
    facts.add("Added", printable(added.manifest.name) + ", " + std::to_string(added.manifest.featureCount) +
                           " features");
    facts.addText("Tap", added.tap);
    facts.addText("Licence", added.manifest.licence);
    facts.addText("Folder", package.string());
    printText(facts.text() + "Use it with --model " + printable(added.manifest.name) + "\n");
  }
  return ExitCode::success;
}

ExitCode runModelsVerify(const ModelsNamesArguments& arguments) {
  const ModelStore store = findModels();
  Json::Array answers;
  std::string text;
  const std::vector<BrokenPackage> broken = arguments.names.empty() ? store.broken : std::vector<BrokenPackage>();
  bool allWhole = broken.empty();
  for (const ModelPackage* package : chosenFrom(store, arguments.names)) {
    const Result<MappedFile> file = MappedFile::open(package->folder / package->manifest.file);
    const Status checked =
        file.ok() ? verifyModelFile(package->manifest, file->bytes()) : Status(file.error());
    allWhole = allWhole && checked.ok();
    answers.push_back(Json::Object{{"name", package->manifest.name},
                                   {"whole", checked.ok()},
                                   {"error", checked.ok() ? Json() : errorToJson(checked.error())}});
    text += printable(package->manifest.name) + (checked.ok()
                                                     ? "  whole\n"
                                                     : "  [" + std::string(errorName(checked.error().code)) +
                                                           "] " + printable(checked.error().detail) + "\n");
  }
  for (const BrokenPackage& package : broken) {
    text += printable(package.folder.string()) + "  [" + std::string(errorName(package.error.code)) + "] " +
            printable(package.error.detail) + "\n";
  }
  if (arguments.json)
    printJson(Json::Object{{"models", std::move(answers)}, {"broken", brokenToJson(broken)}});
  else
    printText(text);
  return allWhole ? ExitCode::success : ExitCode::failure;
}

ExitCode runModelsRemove(const ModelsNamesArguments& arguments) {
  const fs::path folder = packageFolder();
  Json::Array removed;
  for (const std::string& name : arguments.names) {
    require(removePackage(folder, name), "Cannot remove " + inQuotes(name), ExitCode::usage);
    removed.emplace_back(validUtf8(name));
  }
  if (arguments.json)
    printJson(Json::Object{{"removed", std::move(removed)}});
  else
    printText("Removed " + printable(joined(arguments.names)) + "\n");
  return ExitCode::success;
}

}  // namespace pith::cli

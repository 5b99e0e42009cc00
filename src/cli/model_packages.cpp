// SPDX-License-Identifier: Apache-2.0
#include "model_packages.h"

#include <unistd.h>

#include <cstdlib>

#include "atomic_file.h"
#include "files.h"

namespace pith::cli {
namespace fs = std::filesystem;
namespace {

Error cannotWrite(const std::error_code& error) {
  return {ErrorCode::writeFailed, "the system says: " + error.message()};
}

Status writeManifest(const fs::path& path, const Manifest& manifest) {
  PITH_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::create(path));
  PITH_RETURN_IF_ERROR(file.write(asBytes(manifestToJson(manifest).dump(true) + "\n")));
  return file.commit(true);
}

Status checkFile(const fs::path& path, const Manifest& manifest) {
  PITH_ASSIGN_OR_RETURN(const MappedFile file, MappedFile::open(path));
  return verifyModelFile(manifest, file.bytes());
}

/// Takes the old package away only when the new one stands ready.
Status giveName(const fs::path& unfinished, const fs::path& target, bool replace) {
  std::error_code error;
  const fs::path old = target.parent_path() / ("." + target.filename().string() + ".old");
  if (replace && fs::exists(target, error)) {
    fs::remove_all(old, error);
    fs::rename(target, old, error);
    if (error) return cannotWrite(error);
  }
  fs::rename(unfinished, target, error);
  if (error) return cannotWrite(error);
  fs::remove_all(old, error);
  return {};
}

}  // namespace

fs::path packageFolder() {
  if (const char* named = std::getenv("PITH_MODELS"); named && *named) return named;
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache && *cache)
    return fs::path(cache) / "pith/models";
  const char* home = std::getenv("HOME");
  if (!home || !*home) return {};
#ifdef __APPLE__
  return fs::path(home) / "Library/Caches/pith/models";
#else
  return fs::path(home) / ".cache/pith/models";
#endif
}

Status addPackage(const fs::path& folder, const Manifest& manifest, bool replace,
                  const std::function<Status(const fs::path&)>& fill,
                  const std::function<Status(const fs::path&)>& accept) {
  if (folder.empty())
    return Error{ErrorCode::writeFailed, "this user has no home folder; name a folder with --to"};
  const fs::path target = folder / manifest.name;
  std::error_code error;
  if (!replace && fs::exists(target, error)) {
    return Error{ErrorCode::writeFailed, "a package of this name is there already; --force replaces it"};
  }
  // A name of its content's, not of this process's: an interrupted download is found again and goes on.
  const fs::path unfinished = folder / ("." + manifest.name + "-" + manifest.sha256.substr(0, 16) + ".part");
  fs::create_directories(unfinished, error);
  if (error) return cannotWrite(error);
  const fs::path file = unfinished / manifest.file;
  PITH_RETURN_IF_ERROR(fill(file));
  Status checked = checkFile(file, manifest);
  if (checked.ok() && accept) checked = accept(file);
  if (!checked.ok()) {
    fs::remove_all(unfinished, error);
    return checked.error();
  }
  PITH_RETURN_IF_ERROR(writeManifest(unfinished / "manifest.json", manifest));
  return giveName(unfinished, target, replace);
}

Status removePackage(const fs::path& folder, const std::string& name) {
  std::error_code error;
  const fs::path package = folder / name;
  if (folder.empty() || name.empty() || fs::path(name).filename() != name ||
      !fs::exists(package / "manifest.json", error)) {
    return Error{ErrorCode::readFailed, "there is no package of this name in the user's folder"};
  }
  fs::remove_all(package, error);
  return error ? Status(cannotWrite(error)) : Status();
}

}  // namespace pith::cli

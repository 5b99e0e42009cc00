// SPDX-License-Identifier: Apache-2.0
/// @file Model packages come into the user's own folder and leave it again: whole, or not at all.
#pragma once

#include <filesystem>
#include <functional>

#include "pith/model/manifest.h"

namespace pith::cli {

/// Where packages of this user are kept: PITH_MODELS, else models/ in the system's cache folder for pith
/// ($XDG_CACHE_HOME,
/// ~/.cache, ~/Library/Caches). Empty where there is no home.
std::filesystem::path packageFolder();

/// Makes the package `folder`/NAME: `fill` writes the model file to the path that it is given; the file is
/// checked against the manifest; `accept`, where given, may refuse it; manifest.json is written; and only then the package
/// gets its name, and one that it replaces goes.
/// @errors writeFailed (it is there already, unless `replace`); those of `fill`, verifyModelFile and `accept`
Status addPackage(const std::filesystem::path& folder, const Manifest& manifest, bool replace,
                  const std::function<Status(const std::filesystem::path&)>& fill,
                  const std::function<Status(const std::filesystem::path&)>& accept = {});

/// @errors readFailed where there is no such package in `folder`; writeFailed
Status removePackage(const std::filesystem::path& folder, const std::string& name);

}  // namespace pith::cli

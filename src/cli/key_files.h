// SPDX-License-Identifier: Apache-2.0
/// @file Key files on disk.
#pragma once

#include <string>

#include "failure.h"
#include "pith/container/signature.h"

namespace pith::cli {

/// @throws Failure (usage) where the file is no key of that kind; a secret key where a public one belongs is
/// said
PublicKey readPublicKey(const std::string& path);
KeyPair readSecretKey(const std::string& path);

}  // namespace pith::cli

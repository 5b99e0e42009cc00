// SPDX-License-Identifier: Apache-2.0
/// @file The only way to the network, and it is not in this program: the system's `curl` is started when the
/// user asks for a model by name or address.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "pith/base/result.h"

namespace pith::cli {

/// Fetches `url` into `path`, and goes on where an earlier try stopped. What arrives is not checked here.
/// @param url       http:// or https://; redirections go to https:// only
/// @param maxBytes  of the whole file; a server that announces or sends more is refused
/// @param quiet     without curl's progress on standard error
/// @errors readFailed with what curl said of the cause, or where another process is fetching into `path`; cancelled after
///         Ctrl-C or a polite kill, which curl is told of; invalidArgument for another scheme
Status download(const std::string& url, const std::filesystem::path& path, uint64_t maxBytes, bool quiet);

}  // namespace pith::cli

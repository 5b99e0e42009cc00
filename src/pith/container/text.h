// SPDX-License-Identifier: Apache-2.0
/// @file Which texts a container may hold. spec/container.md, "Text".
#pragma once

#include <cstddef>
#include <string_view>

#include "pith/base/result.h"

namespace pith::format {

constexpr size_t maxNameBytes = 1024;   // names: of an encoder, a column, a category, a record, a program
constexpr size_t maxTextBytes = 65536;  // everything else

/// Whether `text` is well-formed UTF-8 (RFC 3629) without control characters other than TAB and LF, so that printing it
/// cannot steer a terminal.
[[nodiscard]] bool isCleanText(std::string_view text);

/// @param what  names the text in the error's detail, for example "the title"
/// @param code  of the error, where the text is too long or not clean
[[nodiscard]] Status checkText(std::string_view text, size_t maxBytes, std::string_view what, ErrorCode code);

}  // namespace pith::format

// SPDX-License-Identifier: Apache-2.0
/// @file The two ways in which old pickles write bytes as text.
#pragma once

#include <string_view>
#include <vector>

#include "pith/base/bytes.h"
#include "pith/base/result.h"

namespace pith::dof {

/// Python's "raw-unicode-escape": Latin-1 with \u and four, or \U and eight hexadecimal digits. @return UTF-8
/// @errors corruptDof
[[nodiscard]] Result<std::vector<uint8_t>> utf8FromRawUnicodeEscape(std::string_view line);

/// One byte for each character. @errors corruptDof where a character lies above U+00FF or `text` is not UTF-8
[[nodiscard]] Result<std::vector<uint8_t>> latin1FromUtf8(std::string_view text);

}  // namespace pith::dof

// SPDX-License-Identifier: Apache-2.0
/// @file Text for people: safe to print, with units, and the nearest word to a misspelt one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pith::cli {

/// Valid UTF-8: every byte that is part of no character becomes U+FFFD.
std::string validUtf8(std::string_view text);

/// Valid UTF-8 without control characters, so that text from a foreign file cannot steer the terminal.
std::string printable(std::string_view text);

/// The printable text between quotation marks.
std::string inQuotes(std::string_view text);

/// "640 bytes", "1.4 KB", "23.0 MB" (1 KB = 1000 bytes).
std::string humanBytes(uint64_t bytes);

/// "0.8 s", "42 s", "3:07", "2:05:00" (hours:minutes:seconds), "-50 s".
std::string humanDuration(double seconds);

/// "1 file", "2 files", "10,000 files".
std::string counted(uint64_t count, std::string_view singular, std::string_view plural = {});

/// The word with the fewest edits (insert, delete, replace, swap) from `word`; empty where none is near
/// enough to be meant.
std::string nearestWord(std::string_view word, const std::vector<std::string>& words);

/// "a, b and c".
std::string joined(const std::vector<std::string>& words);

/// Without white space at both ends.
std::string trimmed(std::string_view text);

/// Trimmed, in lower-case ASCII.
std::string normalised(std::string_view text);

}  // namespace pith::cli

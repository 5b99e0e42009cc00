// SPDX-License-Identifier: Apache-2.0
#include "text.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace pith::cli {
namespace {

/// Bytes of the UTF-8 character at the front of `text`, 0 where there is none (RFC 3629: no overlong forms,
/// no surrogates).
size_t characterBytes(std::string_view text) {
  const auto byteAt = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byteAt(0);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xF0 && first <= 0xF4  ? 4
                        : first >= 0xE0 && first < 0xF0 ? 3
                        : first >= 0xC2 && first < 0xE0 ? 2
                                                        : 0;
  if (length == 0 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byteAt(i) & 0xC0) != 0x80) return 0;
  }
  const uint8_t second = byteAt(1);
  if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F)) return 0;
  if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) return 0;
  return length;
}

/// C0, DEL and C1 controls, and the marks that reorder text on a terminal (U+202A..E, U+2066..9).
bool isControl(std::string_view character) {
  const auto byteAt = [&](size_t i) { return static_cast<uint8_t>(character[i]); };
  if (character.size() == 1) return byteAt(0) < 0x20 || byteAt(0) == 0x7F;
  if (character.size() == 2) return byteAt(0) == 0xC2 && byteAt(1) < 0xA0;
  if (character.size() != 3 || byteAt(0) != 0xE2) return false;
  return (byteAt(1) == 0x80 && byteAt(2) >= 0xAA && byteAt(2) <= 0xAE) ||
         (byteAt(1) == 0x81 && byteAt(2) >= 0xA6 && byteAt(2) <= 0xA9);
}

std::string cleaned(std::string_view text, bool withoutControls) {
  std::string result;
  while (!text.empty()) {
    const size_t length = characterBytes(text);
    const std::string_view character = text.substr(0, std::max<size_t>(length, 1));
    result +=
        length == 0 || (withoutControls && isControl(character)) ? std::string_view("\uFFFD") : character;
    text.remove_prefix(character.size());
  }
  return result;
}

/// Optimal string alignment distance: edits, where two neighbours that are swapped count once.
size_t editDistance(std::string_view a, std::string_view b) {
  std::vector<std::vector<size_t>> cost(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
}

}  // namespace

std::string validUtf8(std::string_view text) { return cleaned(text, false); }
std::string printable(std::string_view text) { return cleaned(text, true); }
std::string inQuotes(std::string_view text) { return "\"" + printable(text) + "\""; }

std::string humanBytes(uint64_t bytes) {
  if (bytes < 1000) return std::to_string(bytes) + " bytes";
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  constexpr const char* units[] = {"bytes", "KB", "MB", "GB", "TB"};
  while (value >= 999.95 && unit < 4) {
    value /= 1000;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %s", value, units[unit]);
  return text;
}

std::string humanDuration(double seconds) {
  constexpr double countable = 1e15;  // below it a double holds whole seconds
  const double length = std::abs(seconds);
  const long long whole = length < countable ? std::llround(length) : 0;
  char text[72];
  if (length < 9.95) {
    std::snprintf(text, sizeof text, "%.1f s", length);
  } else if (!(length < countable)) {
    std::snprintf(text, sizeof text, "%g s", length);
  } else if (whole < 60) {
    std::snprintf(text, sizeof text, "%lld s", whole);
  } else if (whole < 3600) {
    std::snprintf(text, sizeof text, "%lld:%02lld", whole / 60, whole % 60);
  } else {
    std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60, whole % 60);
  }
  const bool isNegative = seconds < 0 && length >= 0.05;  // no "-0.0 s"
  return (isNegative ? "-" : "") + std::string(text);
}

std::string counted(uint64_t count, std::string_view singular, std::string_view plural) {
  std::string digits = std::to_string(count);
  for (size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  const std::string several = plural.empty() ? std::string(singular) + "s" : std::string(plural);
  return digits + " " + (count == 1 ? std::string(singular) : several);
}

std::string nearestWord(std::string_view word, const std::vector<std::string>& words) {
  // A third of the letters may be wrong; more than that is another word.
  size_t best = std::max<size_t>(word.size() / 3, 1) + 1;
  std::string nearest;
  for (const std::string& candidate : words) {
    const size_t distance = editDistance(word.substr(0, 64), candidate);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " and " : ", ";
    text += words[i];
  }
  return text;
}

std::string trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  const size_t first = text.find_first_not_of(space);
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(space) - first + 1));
}

std::string normalised(std::string_view text) {
  std::string result = trimmed(text);
  for (char& letter : result) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return result;
}

}  // namespace pith::cli

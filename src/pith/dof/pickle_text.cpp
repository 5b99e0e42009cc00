// SPDX-License-Identifier: Apache-2.0
#include "pith/dof/pickle_text.h"

#include <charconv>

namespace pith::dof {
namespace {

void appendUtf8(std::vector<uint8_t>& out, uint32_t character) {
  const auto tail = [&](int shift) {
    out.push_back(static_cast<uint8_t>(0x80 | ((character >> shift) & 0x3F)));
  };
  if (character < 0x80) {
    out.push_back(static_cast<uint8_t>(character));
  } else if (character < 0x800) {
    out.push_back(static_cast<uint8_t>(0xC0 | (character >> 6)));
    tail(0);
  } else if (character < 0x10000) {
    out.push_back(static_cast<uint8_t>(0xE0 | (character >> 12)));
    tail(6);
    tail(0);
  } else {
    out.push_back(static_cast<uint8_t>(0xF0 | (character >> 18)));
    tail(12);
    tail(6);
    tail(0);
  }
}

}  // namespace

Result<std::vector<uint8_t>> utf8FromRawUnicodeEscape(std::string_view line) {
  std::vector<uint8_t> out;
  out.reserve(line.size());
  for (size_t i = 0; i < line.size();) {
    const bool isShort = line.substr(i).starts_with("\\u");
    if (!isShort && !line.substr(i).starts_with("\\U")) {
      appendUtf8(out, static_cast<uint8_t>(line[i++]));
      continue;
    }
    const std::string_view digits = line.substr(i + 2, isShort ? 4 : 8);
    uint32_t character = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), character, 16);
    if (error != std::errc() || end != digits.data() + digits.size() || digits.size() != (isShort ? 4 : 8) ||
        character > 0x10FFFF) {
      return Error{ErrorCode::corruptDof, "a text in the pickle has a broken \\u sequence"};
    }
    appendUtf8(out, character);
    i += 2 + digits.size();
  }
  return out;
}

Result<std::vector<uint8_t>> latin1FromUtf8(std::string_view text) {
  std::vector<uint8_t> out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const uint8_t byte = static_cast<uint8_t>(text[i++]);
    if (byte < 0x80) {
      out.push_back(byte);
      continue;
    }
    // U+0080 to U+00FF: C2 or C3, then one continuation byte.
    if ((byte != 0xC2 && byte != 0xC3) || i == text.size() ||
        (static_cast<uint8_t>(text[i]) & 0xC0) != 0x80) {
      return Error{ErrorCode::corruptDof,
                   "a text in the pickle that should stand for bytes has other characters"};
    }
    out.push_back(static_cast<uint8_t>((byte & 1) << 6 | 0x80 | (static_cast<uint8_t>(text[i++]) & 0x3F)));
  }
  return out;
}

}  // namespace pith::dof

// SPDX-License-Identifier: Apache-2.0
#include "pith/container/text.h"

#include <cstdint>
#include <string>

namespace pith::format {
namespace {

struct Lead {
  size_t length;     // of the whole sequence, in bytes; 0: not a first byte
  uint32_t bits;     // of the code point that the first byte gives
  uint32_t minimum;  // smallest code point that needs this length
};

Lead readLead(uint8_t byte) {
  if (byte < 0x80) return {1, byte, 0};
  if (byte >= 0xC2 && byte <= 0xDF) return {2, byte & 0x1Fu, 0x80};
  if (byte >= 0xE0 && byte <= 0xEF) return {3, byte & 0x0Fu, 0x800};
  if (byte >= 0xF0 && byte <= 0xF4) return {4, byte & 0x07u, 0x10000};
  return {0, 0, 0};
}

bool isAllowed(uint32_t codePoint) {
  if (codePoint == '\t' || codePoint == '\n') return true;
  if (codePoint < 0x20 || (codePoint >= 0x7F && codePoint < 0xA0)) return false;
  return codePoint <= 0x10FFFF && !(codePoint >= 0xD800 && codePoint <= 0xDFFF);
}

}  // namespace

bool isCleanText(std::string_view text) {
  for (size_t position = 0; position < text.size();) {
    const Lead lead = readLead(static_cast<uint8_t>(text[position]));
    if (lead.length == 0 || lead.length > text.size() - position) return false;
    uint32_t codePoint = lead.bits;
    for (size_t i = 1; i < lead.length; ++i) {
      const uint8_t byte = static_cast<uint8_t>(text[position + i]);
      if ((byte & 0xC0u) != 0x80u) return false;
      codePoint = (codePoint << 6) | (byte & 0x3Fu);
    }
    if (codePoint < lead.minimum || !isAllowed(codePoint)) return false;
    position += lead.length;
  }
  return true;
}

Status checkText(std::string_view text, size_t maxBytes, std::string_view what, ErrorCode code) {
  if (text.size() > maxBytes) {
    return Error{code, std::string(what) + " has " + std::to_string(text.size()) + " bytes; at most " +
                           std::to_string(maxBytes) + " are allowed"};
  }
  if (!isCleanText(text)) {
    return Error{code, std::string(what) + " holds bytes that are not UTF-8, or control characters; TAB and LF are allowed"};
  }
  return {};
}

}  // namespace pith::format

// SPDX-License-Identifier: Apache-2.0
/// @file A Cap'n Proto message as words, for what no writer would make.
/// @source https://capnproto.org/encoding.html
#pragma once

#include <optional>
#include <vector>

#include "unit/container/vectors/vectors.h"

namespace pith::test {

/// Appends a text as a last pointer of the root struct, as a later version would.
inline void addRootText(Bytes& message, const std::string& text) {
  std::vector<uint64_t> words(message.size() / 8);
  std::memcpy(words.data(), message.data(), message.size());
  const size_t dataWords = (words[0] >> 32) & 0xFFFF, pointers = words[0] >> 48;
  ASSERT_EQ(pointers, 13u) << "a null pointer of this version would lie before the new one";
  words[0] += uint64_t{1} << 48;
  const size_t first = 1 + dataWords;
  for (size_t i = 0; i < pointers; ++i) {
    if (words[first + i] != 0) words[first + i] += uint64_t{1} << 2;  // the new pointer lies between it and its target
  }
  const size_t length = text.size() + 1;
  const uint64_t offset = words.size() - (first + pointers);  // from behind the new pointer to behind the last word
  words.insert(words.begin() + static_cast<ptrdiff_t>(first + pointers), (uint64_t{length} << 35) | (uint64_t{2} << 32) | (offset << 2) | 1);
  words.resize(words.size() + (length + 7) / 8);
  message.resize(words.size() * 8);
  std::memcpy(message.data(), words.data(), message.size());
  std::memcpy(message.data() + message.size() - (length + 7) / 8 * 8, text.data(), text.size());
}

/// Where the bytes of a list or text lie, or nothing where they are not in the message.
inline std::optional<size_t> findBytes(const Bytes& message, ByteView bytes) {
  const auto found = std::search(message.begin(), message.end(), bytes.begin(), bytes.end());
  if (found == message.end()) return std::nullopt;
  return static_cast<size_t>(found - message.begin());
}

/// Makes the byte list that begins at `target` one byte shorter, and what is left over zero.
inline void shortenList(Bytes& message, size_t target, size_t count) {
  for (size_t at = 0; at + 8 <= target; at += 8) {
    const auto word = get<uint64_t>(message, at / 8);
    const bool isByteList = (word & 3) == 1 && ((word >> 32) & 7) == 2 && word >> 35 == count;
    const size_t pointsAt = at + 8 + 8 * static_cast<size_t>((word & 0xFFFFFFFF) >> 2);
    if (!isByteList || pointsAt != target) continue;
    put(message, at / 8, word - (uint64_t{1} << 35));
    message[target + count - 1] = 0;
    return;
  }
  ADD_FAILURE() << "no such list";
}

}  // namespace pith::test

// SPDX-License-Identifier: Apache-2.0
/// @file A mutated container with its length and the preamble's and the header's SHA-256 put right, so that a search gets
/// past them.
#pragma once

#include <cstring>
#include <vector>

#include "pith/base/bytes.h"
#include "pith/base/sha256.h"

namespace pith::fuzz {

constexpr size_t preambleBytes = 128, headerLengthAt = 32, headerSha256At = 64, rootSha256At = 96, fileLengthAt = 16;

inline void store(std::vector<uint8_t>& file, size_t offset, const Sha256Digest& digest) {
  std::memcpy(file.data() + offset, digest.data(), digest.size());
}

inline std::vector<uint8_t> repaired(const uint8_t* data, size_t size) {
  std::vector<uint8_t> file(data, data + size);
  if (size < preambleBytes) return file;
  const uint64_t length = size;
  std::memcpy(file.data() + fileLengthAt, &length, sizeof(length));
  uint64_t headerBytes = 0;
  std::memcpy(&headerBytes, file.data() + headerLengthAt, sizeof(headerBytes));
  if (headerBytes <= size - preambleBytes) {
    store(file, headerSha256At, sha256(ByteView(file).subspan(preambleBytes, headerBytes)));
  }
  store(file, rootSha256At, sha256(ByteView(file).first(rootSha256At)));
  return file;
}

}  // namespace pith::fuzz

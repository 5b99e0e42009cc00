// SPDX-License-Identifier: Apache-2.0
/// @file A mutated container with its length and the preamble's and the header's SHA-256 put right, so that a search gets
/// past them.
#pragma once

#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

#include "pith/base/bytes.h"
#include "pith/base/sha256.h"
#include "pith/container/header_message.h"
#include "pith/container/preamble.h"

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

/// The header of a file whose preamble and header can be read, or nothing.
inline std::optional<std::vector<SectionInfo>> sectionsOf(ByteView file) {
  try {
    const Result<format::Preamble> preamble = format::decodePreamble(file, {});
    if (!preamble || preamble->headerBytes > file.size() - preambleBytes) return std::nullopt;
    Result<format::HeaderMessage> message =
        format::decodeHeader(file.subspan(preambleBytes, static_cast<size_t>(preamble->headerBytes)));
    if (message) return std::move(message->sections);
  } catch (...) {  // a malformed message
  }
  return std::nullopt;
}

/// The same with the hashes of the sections put right too, where the header can be read.
inline std::vector<uint8_t> repairedDeeply(const std::vector<uint8_t>& data) {
  std::vector<uint8_t> file = repaired(data.data(), data.size());
  const std::optional<std::vector<SectionInfo>> sections = sectionsOf(file);
  if (!sections) return file;
  for (const SectionInfo& section : *sections) {
    if (section.offsetBytes > file.size() || section.lengthBytes > file.size() - section.offsetBytes) continue;
    const Sha256Digest digest = sha256(ByteView(file).subspan(static_cast<size_t>(section.offsetBytes), static_cast<size_t>(section.lengthBytes)));
    const auto stored = std::search(file.begin(), file.end(), section.sha256.begin(), section.sha256.end());
    if (stored != file.end()) std::copy(digest.begin(), digest.end(), stored);
  }
  return repaired(file.data(), file.size());
}

/// How many bytes of a file are compressed.
inline size_t compressedBytes(ByteView file) {
  size_t bytes = 0;
  for (const SectionInfo& section : sectionsOf(file).value_or(std::vector<SectionInfo>())) {
    if (section.encoding != Encoding::raw && section.lengthBytes <= file.size()) bytes += static_cast<size_t>(section.lengthBytes);
  }
  return bytes;
}

}  // namespace pith::fuzz

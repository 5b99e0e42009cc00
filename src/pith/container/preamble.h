// SPDX-License-Identifier: Apache-2.0
/// @file The first 128 bytes of a container. spec/container.md, "Preamble".
#pragma once

#include <array>
#include <cstdint>

#include "pith/base/bytes.h"
#include "pith/base/limits.h"
#include "pith/base/result.h"
#include "pith/container/container.h"

namespace pith::format {

constexpr size_t preambleBytes = 128;
constexpr uint16_t versionMajor = 1;
constexpr uint16_t versionMinor = 0;

struct Preamble {
  uint16_t minor = versionMinor;
  ElementType featureType = ElementType::unspecified;  // of features/0
  Encoding featureEncoding = Encoding::raw;
  uint64_t fileBytes = 0;  // without signatures
  uint64_t headerOffset = preambleBytes;
  uint64_t headerBytes = 0;
  uint64_t featuresOffset = 0;
  uint64_t recordCount = 0;   // N
  uint64_t featureCount = 0;  // D
  Sha256Digest headerSha256{};
  Sha256Digest rootSha256{};  // of the 96 bytes before it; filled by decodePreamble
};

[[nodiscard]] std::array<uint8_t, preambleBytes> encodePreamble(const Preamble& preamble);

/// Reads and checks the preamble, and that the file is not shorter than it states.
/// @errors notAContainer, unsupportedVersion, truncatedContainer, corruptContainer, hashMismatch, containerTooLarge
[[nodiscard]] Result<Preamble> decodePreamble(ByteView file, const Limits& limits);

}  // namespace pith::format

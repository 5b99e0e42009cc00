// SPDX-License-Identifier: Apache-2.0
/// @file What preamble and header say, without a look at any section: enough to search many files quickly.
#pragma once

#include <vector>

#include "pith/base/bytes.h"
#include "pith/base/limits.h"
#include "pith/base/result.h"
#include "pith/container/container.h"
#include "pith/container/header_message.h"
#include "pith/container/preamble.h"

namespace pith {

struct HeaderOnly {
  ContainerHeader header;
  uint64_t recordCount = 0;
  std::vector<SectionInfo> sections;
  Sha256Digest rootSha256{};
};

/// Checks the preamble and the header. Sections, and what the header counts from them, are not checked: Container::open does.
/// @param file  the whole file, of which only the beginning is read
/// @errors notAContainer, unsupportedVersion, truncatedContainer, corruptContainer, hashMismatch, containerTooLarge, outOfMemory
[[nodiscard]] Result<HeaderOnly> readHeaderOnly(ByteView file, const Limits& limits = {});

}  // namespace pith

namespace pith::format {

/// The header of a file without its signatures.
/// @errors hashMismatch, corruptContainer, unsupportedVersion, unsupportedSection
/// @throws kj::Exception where the message is malformed
[[nodiscard]] Result<HeaderMessage> readHeaderMessage(ByteView file, const Preamble& preamble);

}  // namespace pith::format

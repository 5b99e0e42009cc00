// SPDX-License-Identifier: Apache-2.0
/// @file The Cap'n Proto header between values and bytes; header_write.cpp and header_read*.cpp are the only files that
/// know the schema.
#pragma once

#include <vector>

#include "pith/base/bytes.h"
#include "pith/base/result.h"
#include "pith/container/container.h"

namespace pith::format {

struct HeaderMessage {
  ContainerHeader header;  // the types of its feature blocks stand in `sections` alone
  uint64_t recordCount = 0;
  std::vector<SectionInfo> sections;
};

/// One segment in Cap'n Proto's canonical form, without a segment table: equal content gives equal bytes. What is empty is
/// left out.
[[nodiscard]] std::vector<uint8_t> encodeHeader(const HeaderMessage& message);

/// Checks the form and the numbers of things; checkHeader() and checkSections() check what they say.
/// @param bytes  a positive multiple of 8; any address
/// @errors corruptContainer, unsupportedVersion (a number that stands for nothing this version knows)
/// @throws kj::Exception where the message is malformed; Container::open turns it into corruptContainer
[[nodiscard]] Result<HeaderMessage> decodeHeader(ByteView bytes);

}  // namespace pith::format

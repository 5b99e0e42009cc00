// SPDX-License-Identifier: Apache-2.0
/// @file The Cap'n Proto header between values and bytes; header_message.cpp is the only file that knows the schema.
#pragma once

#include <vector>

#include "pith/base/bytes.h"
#include "pith/base/result.h"
#include "pith/container/container.h"

namespace pith::format {

struct HeaderMessage {
  ContainerHeader header;  // without its records
  uint64_t recordCount = 0;
  std::vector<SectionInfo> sections;
};

/// One segment in Cap'n Proto's canonical form, without a segment table: equal content gives equal bytes.
[[nodiscard]] std::vector<uint8_t> encodeHeader(const HeaderMessage& message);

/// Checks the form, every text and every count. Sections are checked by checkSections().
/// @param bytes  a positive multiple of 8; any address
/// @errors corruptContainer, unsupportedVersion (a pooling or a label type that this version does not know)
/// @throws kj::Exception where the message is malformed; Container::open turns it into corruptContainer
[[nodiscard]] Result<HeaderMessage> decodeHeader(ByteView bytes);

}  // namespace pith::format

// SPDX-License-Identifier: Apache-2.0
/// @file Where signatures lie behind a container's last section. spec/container.md, "Integrity and signatures".
#pragma once

#include "pith/container/layout.h"
#include "pith/container/signature.h"

namespace pith::format {

constexpr std::array<uint8_t, 8> signatureMagic = {0x8D, 'P', 'I', 'T', 'H', 'S', 'I', 'G'};
constexpr size_t signatureBytes = 128;
constexpr size_t publicKeyAt = 32;
constexpr size_t signatureAt = 64;
constexpr size_t maxSignatures = 16;

/// @param tail       what follows the length that the preamble states
/// @param fileBytes  that length
/// @errors corruptContainer where it is anything but padding and signatures
[[nodiscard]] Result<std::vector<Signature>> decodeSignatures(ByteView tail, uint64_t fileBytes);

}  // namespace pith::format

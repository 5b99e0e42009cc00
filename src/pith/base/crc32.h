// SPDX-License-Identifier: Apache-2.0
/// @file The two 32-bit checksums that foreign formats ask for. They find accidents, not attacks: our own
/// format uses SHA-256.
#pragma once

#include "pith/base/bytes.h"

namespace pith {

enum class CrcPolynomial : uint8_t {
  ieee,        // CRC-32 of ZIP: 0x04C11DB7, reflected
  castagnoli,  // CRC-32C of TFRecord: 0x1EDC6F41, reflected
};

/// Continues a checksum over the next bytes. @param before  what this returned for the bytes before; 0 at the
/// start
/// @source ISO/IEC 8802-3, RFC 3720 appendix B.4
[[nodiscard]] uint32_t crc32(CrcPolynomial polynomial, ByteView bytes, uint32_t before = 0);

}  // namespace pith

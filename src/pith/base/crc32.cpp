// SPDX-License-Identifier: Apache-2.0
#include "pith/base/crc32.h"

#include <array>
#include <bit>

namespace pith {
namespace {

static_assert(std::endian::native == std::endian::little,
              "eight bytes are taken at once, the first as the lowest");

/// tables[k][b]: the checksum's change by byte b that k zero bytes follow, so that eight bytes go in at once.
using Tables = std::array<std::array<uint32_t, 256>, 8>;

constexpr Tables makeTables(uint32_t reflectedPolynomial) {
  Tables tables{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ (value & 1 ? reflectedPolynomial : 0);
    tables[0][byte] = value;
  }
  for (size_t k = 1; k < tables.size(); ++k) {
    for (size_t byte = 0; byte < 256; ++byte) {
      const uint32_t value = tables[k - 1][byte];
      tables[k][byte] = (value >> 8) ^ tables[0][value & 0xFF];
    }
  }
  return tables;
}

constexpr Tables ieeeTables = makeTables(0xEDB88320);
constexpr Tables castagnoliTables = makeTables(0x82F63B78);

}  // namespace

uint32_t crc32(CrcPolynomial polynomial, ByteView bytes, uint32_t before) {
  const Tables& tables = polynomial == CrcPolynomial::ieee ? ieeeTables : castagnoliTables;
  uint32_t value = ~before;
  for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
    uint64_t next;
    std::memcpy(&next, bytes.data(), sizeof next);
    next ^= value;
    value = 0;
    for (size_t i = 0; i < 8; ++i) value ^= tables[7 - i][(next >> (8 * i)) & 0xFF];
  }
  for (const uint8_t byte : bytes) value = (value >> 8) ^ tables[0][(value ^ byte) & 0xFF];
  return ~value;
}

}  // namespace pith

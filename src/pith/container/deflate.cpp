// SPDX-License-Identifier: Apache-2.0
// What writing compressed sections needs besides the compressor itself.
#include "pith/container/compress.h"

namespace pith::format {

Encoding encodingFor(ElementType type) { return elementBits(type) > 8 ? Encoding::zstdShuffled : Encoding::zstd; }

void shuffle(ByteView raw, size_t elementBytes, std::span<uint8_t> shuffled) {
  const size_t count = raw.size() / elementBytes;
  for (size_t place = 0; place < elementBytes; ++place) {
    uint8_t* to = shuffled.data() + place * count;
    for (size_t i = 0; i < count; ++i) to[i] = raw[i * elementBytes + place];
  }
}

Result<std::vector<uint8_t>> deflateChunk(const Compressor& compress, Encoding encoding, ElementType type, ByteView raw) {
  if (encoding != Encoding::zstdShuffled) return compress(raw);
  std::vector<uint8_t> sorted(raw.size());
  shuffle(raw, static_cast<size_t>(elementBits(type) / 8), sorted);
  return compress(sorted);
}

}  // namespace pith::format

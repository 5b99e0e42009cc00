// SPDX-License-Identifier: Apache-2.0
#include <zstd.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <string>

#include "pith/container/compress.h"

namespace pith::format {
namespace {

Error corrupt(std::string detail) { return {ErrorCode::corruptContainer, std::move(detail)}; }

}  // namespace

void unshuffle(ByteView shuffled, size_t elementBytes, std::span<uint8_t> raw) {
  const size_t count = raw.size() / elementBytes;
  for (size_t place = 0; place < elementBytes; ++place) {
    const uint8_t* from = shuffled.data() + place * count;
    for (size_t i = 0; i < count; ++i) raw[i * elementBytes + place] = from[i];
  }
}

Result<ChunkedSection> ChunkedSection::open(ByteView bytes, Encoding encoding, ElementType type, uint64_t rawBytes) {
  if (rawBytes == 0 || rawBytes > maxInflation * bytes.size()) {
    return corrupt("a compressed section of " + std::to_string(bytes.size()) + " bytes states " +
                   std::to_string(rawBytes) + "; 1 byte to 64 times its length is allowed");
  }
  ChunkedSection section;
  section.bytes_ = bytes;
  section.encoding_ = encoding;
  section.rawBytes_ = rawBytes;
  section.elementBytes_ = static_cast<size_t>(std::max(1, elementBits(type) / 8));
  if (encoding == Encoding::zstdShuffled && section.elementBytes_ == 1) {
    return corrupt("a section of single bytes is shuffled; elements of two bytes and more are allowed");
  }
  const uint64_t count = chunkCount(rawBytes);
  const uint64_t tableBytes = count * sizeof(uint32_t);
  if (tableBytes > bytes.size()) return corrupt("the lengths of a compressed section's chunks do not fit into it");
  uint64_t end = tableBytes;
  section.ends_.reserve(static_cast<size_t>(count));
  for (size_t i = 0; i < count; ++i) {
    uint32_t length;
    std::memcpy(&length, bytes.data() + i * sizeof(length), sizeof(length));
    end += length;
    if (end > bytes.size()) return corrupt("the chunks of a compressed section are longer than the section");
    section.ends_.push_back(static_cast<size_t>(end));
  }
  if (end != bytes.size()) return corrupt("the chunks of a compressed section do not fill it");
  return section;
}

size_t ChunkedSection::rawChunkBytes(size_t chunk) const {
  const uint64_t begin = chunk * chunkBytes;
  return static_cast<size_t>(std::min(chunkBytes, rawBytes_ - begin));
}

Status ChunkedSection::inflate(size_t chunk, std::span<uint8_t> raw) const {
  const size_t begin = chunk == 0 ? ends_.size() * sizeof(uint32_t) : ends_[chunk - 1];
  const ByteView frame = bytes_.subspan(begin, ends_[chunk] - begin);
  const bool isOneFrame = ZSTD_getFrameContentSize(frame.data(), frame.size()) == raw.size() &&
                          ZSTD_findFrameCompressedSize(frame.data(), frame.size()) == frame.size();
  if (!isOneFrame) return corrupt("a compressed chunk is not one zstd frame of the length that it must have");
  const bool isShuffled = encoding_ == Encoding::zstdShuffled;
  std::vector<uint8_t> sorted(isShuffled ? raw.size() : 0);
  uint8_t* const target = isShuffled ? sorted.data() : raw.data();
  if (ZSTD_decompress(target, raw.size(), frame.data(), frame.size()) != raw.size()) {
    return corrupt("a compressed chunk is damaged");
  }
  if (isShuffled) unshuffle(sorted, elementBytes_, raw);
  return {};
}

Result<std::vector<uint8_t>> ChunkedSection::inflateAll() const {
  if (rawBytes_ > static_cast<uint64_t>(std::numeric_limits<ptrdiff_t>::max())) {  // of 32 bits
    return Error{ErrorCode::outOfMemory, "a section is too long, inflated, for this program's memory"};
  }
  std::vector<uint8_t> raw(static_cast<size_t>(rawBytes_));
  for (size_t i = 0; i < count(); ++i) {
    PITH_RETURN_IF_ERROR(inflate(i, std::span(raw).subspan(i * static_cast<size_t>(chunkBytes), rawChunkBytes(i))));
  }
  return raw;
}

}  // namespace pith::format

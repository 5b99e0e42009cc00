// SPDX-License-Identifier: Apache-2.0
/// @file Compressed sections: chunks of zstd frames, each chunk's bytes optionally sorted by their place in the element.
/// spec/container.md, "Sections". Reading (inflate.cpp) and writing (compress.cpp) are separate, so that a program which
/// never compresses does not link the compressor.
#pragma once

#include <vector>

#include "pith/base/bytes.h"
#include "pith/base/result.h"
#include "pith/container/container.h"
#include "pith/container/writer.h"

namespace pith {

/// zstd frames that state their content's size. @param level 1 to 19
[[nodiscard]] Compressor zstdCompressor(int level = 9);

}  // namespace pith

namespace pith::format {

constexpr uint64_t chunkBytes = uint64_t{1} << 20;
/// How many times longer than stored a compressed section may be.
constexpr uint64_t maxInflation = 64;

/// The number of chunks of a section of that raw length.
[[nodiscard]] constexpr uint64_t chunkCount(uint64_t rawBytes) { return (rawBytes + chunkBytes - 1) / chunkBytes; }

/// zstdShuffled for elements of two bytes and more, zstd for others.
[[nodiscard]] Encoding encodingFor(ElementType type);

/// Sorts a chunk's bytes by their place in the element, or back. @param elementBytes  divides the chunk's length
void shuffle(ByteView raw, size_t elementBytes, std::span<uint8_t> shuffled);
void unshuffle(ByteView shuffled, size_t elementBytes, std::span<uint8_t> raw);

/// One chunk as it is stored. @param raw  at most chunkBytes
[[nodiscard]] Result<std::vector<uint8_t>> deflateChunk(const Compressor& compress, Encoding encoding, ElementType type,
                                                        ByteView raw);

/// A compressed section whose chunks can be read one at a time.
class ChunkedSection {
 public:
  ChunkedSection() = default;
  /// Checks the table of lengths against the section, and the section's raw length against its length.
  /// @param bytes  the section as stored; outlives this
  /// @errors corruptContainer
  [[nodiscard]] static Result<ChunkedSection> open(ByteView bytes, Encoding encoding, ElementType type, uint64_t rawBytes);

  [[nodiscard]] uint64_t rawBytes() const { return rawBytes_; }
  [[nodiscard]] size_t count() const { return ends_.size(); }
  /// Raw length of a chunk: chunkBytes, of the last one less.
  [[nodiscard]] size_t rawChunkBytes(size_t chunk) const;
  /// @param raw  rawChunkBytes(chunk) bytes, every one is written
  /// @errors corruptContainer where the frame is damaged or is not as long as it must be
  [[nodiscard]] Status inflate(size_t chunk, std::span<uint8_t> raw) const;
  /// All chunks. @errors corruptContainer
  [[nodiscard]] Result<std::vector<uint8_t>> inflateAll() const;

 private:
  ByteView bytes_;
  Encoding encoding_ = Encoding::zstd;
  size_t elementBytes_ = 1;
  uint64_t rawBytes_ = 0;
  std::vector<size_t> ends_;  // of each chunk in bytes_
};

}  // namespace pith::format

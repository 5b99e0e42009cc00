// SPDX-License-Identifier: Apache-2.0
#include "pith/container/compress.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

namespace pith {
namespace {

using format::ChunkedSection;

/// A section as the format defines it: the chunks' lengths, then the chunks.
std::vector<uint8_t> sectionOf(ByteView raw, ElementType type) {
  const Compressor compress = zstdCompressor();
  const Encoding encoding = format::encodingFor(type);
  std::vector<uint8_t> table, chunks;
  for (size_t at = 0; at < raw.size(); at += format::chunkBytes) {
    const std::vector<uint8_t> chunk =
        *format::deflateChunk(compress, encoding, type, raw.subspan(at, std::min<size_t>(format::chunkBytes, raw.size() - at)));
    for (int shift = 0; shift < 32; shift += 8) table.push_back(static_cast<uint8_t>(chunk.size() >> shift));
    chunks.insert(chunks.end(), chunk.begin(), chunk.end());
  }
  table.insert(table.end(), chunks.begin(), chunks.end());
  return table;
}

std::vector<uint8_t> smoothHalves(size_t count) {
  std::vector<uint8_t> raw;
  std::mt19937 random(7);
  for (size_t i = 0; i < count; ++i) {
    const uint32_t half = 0x3C00 + random() % 256;
    raw.push_back(static_cast<uint8_t>(half));
    raw.push_back(static_cast<uint8_t>(half >> 8));
  }
  return raw;
}

TEST(Compress, WhatWasDeflatedInflatesToItself) {
  const std::vector<uint8_t> raw = smoothHalves(1'300'000);  // three chunks, the last one short
  for (const ElementType type : {ElementType::f16, ElementType::u8, ElementType::f32}) {
    const std::vector<uint8_t> stored = sectionOf(raw, type);
    const auto section = ChunkedSection::open(stored, format::encodingFor(type), type, raw.size());
    ASSERT_TRUE(section.ok());
    EXPECT_EQ(section->count(), 3u);
    EXPECT_EQ(*section->inflateAll(), raw);
  }
}

TEST(Compress, ShufflingPaysForHalves) {
  const std::vector<uint8_t> raw = smoothHalves(200'000);
  EXPECT_LT(sectionOf(raw, ElementType::f16).size(), sectionOf(raw, ElementType::u8).size());
}

TEST(Compress, ShuffledBytesAreSortedByTheirPlace) {
  const std::vector<uint8_t> raw = {1, 2, 3, 4, 5, 6};
  std::vector<uint8_t> sorted(6), back(6);
  format::shuffle(raw, 2, sorted);
  EXPECT_EQ(sorted, (std::vector<uint8_t>{1, 3, 5, 2, 4, 6}));
  format::unshuffle(sorted, 2, back);
  EXPECT_EQ(back, raw);
}

TEST(Compress, DamageIsFoundAndNothingIsWrittenOutside) {
  const std::vector<uint8_t> raw = smoothHalves(5000);
  const std::vector<uint8_t> stored = sectionOf(raw, ElementType::f16);
  const auto openAs = [&](ByteView bytes, uint64_t rawBytes) {
    auto section = ChunkedSection::open(bytes, Encoding::zstdShuffled, ElementType::f16, rawBytes);
    return section.ok() ? section->inflateAll() : Result<std::vector<uint8_t>>(section.error());
  };
  ASSERT_TRUE(openAs(stored, raw.size()).ok());
  for (const uint64_t rawBytes : {uint64_t{raw.size() - 2}, uint64_t{raw.size() + 2}, uint64_t{0}, uint64_t{65 * stored.size()}, uint64_t{1} << 62}) {
    const auto result = openAs(stored, rawBytes);
    ASSERT_FALSE(result.ok()) << rawBytes;
    EXPECT_EQ(result.error().code, ErrorCode::corruptContainer);
  }
  for (size_t cut = 0; cut < stored.size(); cut += 97) EXPECT_FALSE(openAs(ByteView(stored).first(cut), raw.size()).ok()) << cut;
  std::mt19937 random(3);
  for (int i = 0; i < 500; ++i) {
    std::vector<uint8_t> damaged = stored;
    damaged[random() % damaged.size()] ^= static_cast<uint8_t>(1 + random() % 255);
    const auto result = openAs(damaged, raw.size());  // may be undetected here: hashes find that
    if (result.ok()) EXPECT_EQ(result->size(), raw.size());
  }
}

TEST(Compress, WhatASmallProgramCannotAddressIsRefused) {
  if (sizeof(size_t) > sizeof(uint32_t)) GTEST_SKIP() << "64 bits address every section";
  for (const uint64_t rawBytes : {(uint64_t{1} << 31) + 100, (uint64_t{1} << 32) + 100}) {
    std::vector<uint8_t> stored(static_cast<size_t>(rawBytes / format::maxInflation + 1));
    const auto first = static_cast<uint32_t>(stored.size() - format::chunkCount(rawBytes) * sizeof(uint32_t));
    std::memcpy(stored.data(), &first, sizeof(first));  // one chunk takes all bytes, the others none
    const auto section = ChunkedSection::open(stored, Encoding::zstd, ElementType::u8, rawBytes);
    ASSERT_TRUE(section.ok());
    const auto raw = section->inflateAll();
    ASSERT_FALSE(raw.ok());
    EXPECT_EQ(raw.error().code, ErrorCode::outOfMemory);
  }
}

TEST(Compress, SingleBytesAreNotShuffled) {
  const std::vector<uint8_t> raw(1000, 7);
  const std::vector<uint8_t> stored = sectionOf(raw, ElementType::u8);
  EXPECT_FALSE(ChunkedSection::open(stored, Encoding::zstdShuffled, ElementType::u8, raw.size()).ok());
}

}  // namespace
}  // namespace pith

// SPDX-License-Identifier: Apache-2.0
/// @file Where things lie in the file: bounds, alignment, lengths and places of sections. spec/container.md, "Sections".
#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pith/base/result.h"
#include "pith/container/container.h"

namespace pith::format {

static_assert(std::endian::native == std::endian::little, "sections are read and written in place, little-endian");

constexpr uint64_t alignmentBytes = 64;
constexpr uint64_t maxFeatureCount = uint64_t{1} << 20;
constexpr uint64_t maxRecordCount = std::numeric_limits<uint32_t>::max() - 1;
constexpr uint64_t maxFileBytes = uint64_t{1} << 62;
constexpr size_t maxSections = 8192;
constexpr size_t maxEncoders = 256;
constexpr size_t maxFeatureBlocks = 256;
constexpr size_t maxLabelColumns = 1024;
constexpr size_t maxCategories = 1'000'000;
constexpr size_t maxMultiLabelCategories = 4096;
constexpr size_t maxGroupings = 64;
constexpr size_t maxSplits = 64;
constexpr size_t maxParts = 254;
constexpr size_t maxHeads = 64;
constexpr size_t maxLayers = 64;
constexpr size_t maxDocuments = 1024;
constexpr size_t maxContacts = 1024;
constexpr size_t maxEntries = 1024;
constexpr size_t maxTransforms = 65536;
constexpr size_t maxNotKnown = 1024;
constexpr size_t maxRank = 8;
constexpr size_t recordIdBytes = sizeof(RecordId);

constexpr uint32_t missingIndex = std::numeric_limits<uint32_t>::max();  // no group, category, parent or transform
constexpr uint8_t missingPart = std::numeric_limits<uint8_t>::max();
constexpr int32_t missingYear = std::numeric_limits<int32_t>::min();

/// `offset` rounded up to the next multiple of 64. @param offset at most maxFileBytes
[[nodiscard]] constexpr uint64_t alignUp(uint64_t offset) {
  return (offset + alignmentBytes - 1) / alignmentBytes * alignmentBytes;
}

/// Bytes of a section before compression; nothing where that overflows or the type is unknown.
[[nodiscard]] std::optional<uint64_t> rawBytes(ElementType type, std::span<const uint64_t> shape);

/// Gives each section its place, in order, from `end` of what lies before the first. @return the end of the last
uint64_t placeSections(uint64_t end, std::vector<SectionInfo>& sections);

/// Checks names, types, shapes, lengths and places of all sections, known or not; the file's bytes are not needed.
/// @param end        of what lies before the first section
/// @param fileBytes  that the preamble states
/// @errors corruptContainer, unsupportedSection (a required section of an unknown type), unsupportedVersion
[[nodiscard]] Status checkSections(uint64_t end, uint64_t fileBytes, const std::vector<SectionInfo>& sections);

}  // namespace pith::format

// SPDX-License-Identifier: Apache-2.0
/// @file Where things lie in the file: alignment, names and bounds of sections. spec/container.md, "Sections".
#pragma once

#include <bit>
#include <cstdint>
#include <limits>
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
constexpr size_t maxLabelColumns = 1024;
constexpr size_t maxCategories = 1'000'000;
constexpr size_t maxEncoders = 256;
constexpr size_t maxRank = 8;
constexpr size_t maxSectionNameBytes = 64;
constexpr uint32_t missingIndex = std::numeric_limits<uint32_t>::max();  // no group, no category
constexpr size_t recordIdBytes = sizeof(RecordId);

constexpr const char* featuresSection = "features/0";
constexpr const char* scaleSection = "features/0/scale";
constexpr const char* zeroPointSection = "features/0/zero-point";
constexpr const char* idSection = "records/id";
constexpr const char* splitSection = "records/split";
constexpr const char* groupSection = "records/group";
constexpr const char* nameSection = "records/name";  // its parts are nameSection + "/offset" and "/text"

/// "labels/2/index" and its kin. @param part "index", "number", "offset" or "text"
[[nodiscard]] std::string labelSection(size_t column, const char* part);

/// `offset` rounded up to the next multiple of 64. @param offset at most maxFileBytes
[[nodiscard]] constexpr uint64_t alignUp(uint64_t offset) {
  return (offset + alignmentBytes - 1) / alignmentBytes * alignmentBytes;
}

/// Gives each section its place, in order, from `end` of what lies before the first. @return the file's length
uint64_t placeSections(uint64_t end, std::vector<SectionInfo>& sections);

/// Checks names, types, shapes and places of all sections, known or not; the file's bytes are not needed.
/// @param end  of what lies before the first section
/// @errors corruptContainer, unsupportedSection (a required section of an unknown type)
[[nodiscard]] Status checkSections(uint64_t end, uint64_t fileBytes, const std::vector<SectionInfo>& sections);

}  // namespace pith::format

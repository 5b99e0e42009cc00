// SPDX-License-Identifier: Apache-2.0
#include "pith/container/layout.h"

#include <string_view>
#include <unordered_set>

#include "pith/base/checked_math.h"
#include "pith/container/section_name.h"

namespace pith::format {
namespace {

Error corrupt(std::string detail) { return {ErrorCode::corruptContainer, std::move(detail)}; }

/// What an unknown number of a section's type or encoding means: nothing to a section that is skipped.
Status checkUnknown(const SectionInfo& section, const char* what, int number) {
  const bool isKnownName = parseSectionName(section.name).kind != SectionKind::unknown;
  if (!isKnownName && !section.required) return {};
  return Error{isKnownName ? ErrorCode::unsupportedVersion : ErrorCode::unsupportedSection,
               "the section " + section.name + " has the " + what + " " + std::to_string(number) +
                   ", which this version does not know"};
}

Status checkShape(const SectionInfo& section) {
  if (section.shape.size() > maxRank) {
    return corrupt("a section has " + std::to_string(section.shape.size()) + " axes; at most " + std::to_string(maxRank) +
                   " are allowed");
  }
  if (section.type == ElementType::unspecified) return corrupt("the section " + section.name + " has no element type");
  if (elementBits(section.type) == 0) return checkUnknown(section, "element type", static_cast<int>(section.type));
  if (section.encoding > Encoding::zstdShuffled) return checkUnknown(section, "encoding", static_cast<int>(section.encoding));
  const std::optional<uint64_t> raw = rawBytes(section.type, section.shape);
  if (!raw || (section.encoding == Encoding::raw && *raw != section.lengthBytes)) {
    return corrupt("the section " + section.name + " has " + std::to_string(section.lengthBytes) +
                   " bytes, which its type and shape do not give");
  }
  return {};
}

}  // namespace

std::optional<uint64_t> rawBytes(ElementType type, std::span<const uint64_t> shape) {
  const uint64_t bits = static_cast<uint64_t>(elementBits(type));
  if (bits == 0) return std::nullopt;
  if (bits >= 8 || shape.empty()) {
    const std::optional<uint64_t> count = checkedProduct<uint64_t>(shape);
    return count ? checkedMultiply(*count, (bits + 7) / 8) : std::nullopt;
  }
  const std::optional<uint64_t> rows = checkedProduct<uint64_t>(shape.first(shape.size() - 1));
  const uint64_t last = shape.back();
  return rows ? checkedMultiply(*rows, last / 2 + last % 2) : std::nullopt;
}

uint64_t placeSections(uint64_t end, std::vector<SectionInfo>& sections) {
  for (SectionInfo& section : sections) {
    section.offsetBytes = alignUp(end);
    end = section.offsetBytes + section.lengthBytes;
  }
  return end;
}

Status checkSections(uint64_t end, uint64_t fileBytes, const std::vector<SectionInfo>& sections) {
  std::unordered_set<std::string_view> names;
  for (const SectionInfo& section : sections) {
    if (!isSectionName(section.name)) return corrupt("a section's name is not 1 to 64 characters of [a-z0-9/-]");
    if (!names.insert(section.name).second) return corrupt("the section " + section.name + " stands in the header twice");
    PITH_RETURN_IF_ERROR(checkShape(section));
    if (section.offsetBytes != alignUp(end)) {
      return corrupt("the section " + section.name + " begins at " + std::to_string(section.offsetBytes) +
                     "; the next multiple of 64 after what precedes it is " + std::to_string(alignUp(end)));
    }
    if (section.offsetBytes > fileBytes || section.lengthBytes > fileBytes - section.offsetBytes) {
      return corrupt("the section " + section.name + " does not lie inside the file");
    }
    end = section.offsetBytes + section.lengthBytes;
  }
  if (end != fileBytes) {
    return corrupt("the last section ends at " + std::to_string(end) + ", the file at " + std::to_string(fileBytes));
  }
  return {};
}

}  // namespace pith::format

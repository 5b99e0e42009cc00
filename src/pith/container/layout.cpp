// SPDX-License-Identifier: Apache-2.0
#include "pith/container/layout.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>

#include "pith/base/checked_math.h"

namespace pith::format {
namespace {

Error corrupt(std::string detail) { return {ErrorCode::corruptContainer, std::move(detail)}; }

bool isSectionName(std::string_view name) {
  return !name.empty() && name.size() <= maxSectionNameBytes && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '/' || c == '-';
  });
}

Status checkShape(const SectionInfo& section) {
  if (section.shape.size() > maxRank) {
    return corrupt("a section has " + std::to_string(section.shape.size()) + " axes; at most " + std::to_string(maxRank) +
                   " are allowed");
  }
  const uint64_t elementBytes = static_cast<uint64_t>(elementTypeBytes(section.type));
  if (elementBytes == 0) {
    if (!section.required && section.type != ElementType::unspecified) return {};
    return Error{section.required ? ErrorCode::unsupportedSection : ErrorCode::corruptContainer,
                 "the section " + section.name + " has the element type " +
                     std::to_string(static_cast<int>(section.type)) + "; 1 to 7 are known"};
  }
  const std::optional<uint64_t> count = checkedProduct<uint64_t>(section.shape);
  const std::optional<uint64_t> length = count ? checkedMultiply(*count, elementBytes) : std::nullopt;
  if (length != section.lengthBytes) {
    return corrupt("the section " + section.name + " has " + std::to_string(section.lengthBytes) +
                   " bytes, which its type and shape do not give");
  }
  return {};
}

}  // namespace

std::string labelSection(size_t column, const char* part) {
  return "labels/" + std::to_string(column) + "/" + part;
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

// SPDX-License-Identifier: Apache-2.0
#include "pith/container/section_table.h"

#include <algorithm>

#include "pith/container/compress.h"
#include "pith/container/layout.h"

namespace pith::format {
namespace {

Error corrupt(std::string detail) { return {ErrorCode::corruptContainer, std::move(detail)}; }

Result<ChunkedSection> openChunks(ByteView file, const SectionInfo& section) {
  return ChunkedSection::open(bytesOf(file, section), section.encoding, section.type, *rawBytes(section.type, section.shape));
}

}  // namespace

Result<SectionTable> SectionTable::make(ByteView file, const ContainerHeader& header, uint64_t recordCount,
                                        const std::vector<SectionInfo>& sections) {
  SectionTable table;
  for (const SectionInfo& section : sections) {
    const SectionName name = parseSectionName(section.name);
    if (name.kind != SectionKind::unknown) {
      PITH_RETURN_IF_ERROR(table.checkKnown(file, header, recordCount, name, section));
    } else if (section.required) {
      return Error{ErrorCode::unsupportedSection,
                   "the section " + section.name + " must be understood, and this version does not know it"};
    }
  }
  PITH_RETURN_IF_ERROR(table.requireAll(header));
  return table;
}

Status SectionTable::checkKnown(ByteView file, const ContainerHeader& header, uint64_t recordCount, const SectionName& name,
                                const SectionInfo& section) {
  if (!isCalledFor(header, name)) return corrupt("the header does not call for the section " + section.name);
  const SectionInfo expected = expectedSection(header, recordCount, name);
  const auto extentFits = [](uint64_t wanted, uint64_t seen) { return wanted == 0 || wanted == seen; };
  if (section.type != expected.type || !std::ranges::equal(expected.shape, section.shape, extentFits)) {
    return corrupt("the section " + section.name + " does not have the type and shape that its name calls for");
  }
  if (section.encoding != Encoding::raw) {
    if (name.kind == SectionKind::id) return corrupt("the section " + section.name + " is compressed; only raw is allowed");
    PITH_RETURN_IF_ERROR(openChunks(file, section));
  }
  known_.emplace(std::pair(name.kind, name.index), &section);
  return {};
}

const SectionInfo* SectionTable::find(SectionKind kind, size_t index) const {
  const auto found = known_.find({kind, index});
  return found == known_.end() ? nullptr : found->second;
}

Status SectionTable::require(SectionKind kind, size_t index) const {
  if (find(kind, index)) return {};
  return corrupt("the section " + sectionName(kind, index) + " is missing");
}

Status SectionTable::requireAll(const ContainerHeader& header) const {
  PITH_RETURN_IF_ERROR(require(SectionKind::id, 0));
  for (size_t i = 0; i < header.features.size(); ++i) {
    PITH_RETURN_IF_ERROR(require(SectionKind::features, i));
    if (!isScaled(header.features[i].type)) continue;
    PITH_RETURN_IF_ERROR(require(SectionKind::scale, i));
    PITH_RETURN_IF_ERROR(require(SectionKind::zeroPoint, i));
  }
  for (const auto& [one, other] : {std::pair(SectionKind::parent, SectionKind::transform),
                                   std::pair(SectionKind::nameOffset, SectionKind::nameText)}) {
    if (find(one)) PITH_RETURN_IF_ERROR(require(other, 0));
    if (find(other)) PITH_RETURN_IF_ERROR(require(one, 0));
  }
  for (size_t k = 0; k < header.groupings.size(); ++k) PITH_RETURN_IF_ERROR(require(SectionKind::group, k));
  for (size_t k = 0; k < header.splits.size(); ++k) PITH_RETURN_IF_ERROR(require(SectionKind::split, k));
  for (size_t k = 0; k < header.documents.size(); ++k) PITH_RETURN_IF_ERROR(require(SectionKind::document, k));
  for (size_t k = 0; k < header.labelColumns.size(); ++k) {
    const LabelType type = header.labelColumns[k].type;
    PITH_RETURN_IF_ERROR(require(labelKind(type), k));
    if (type == LabelType::text) PITH_RETURN_IF_ERROR(require(SectionKind::labelText, k));
  }
  return {};
}

Result<ByteView> readSection(ByteView file, const SectionInfo& section, std::vector<std::vector<uint8_t>>& buffers) {
  if (section.encoding == Encoding::raw) return bytesOf(file, section);
  PITH_ASSIGN_OR_RETURN(const ChunkedSection chunks, openChunks(file, section));
  PITH_ASSIGN_OR_RETURN(std::vector<uint8_t> raw, chunks.inflateAll());
  buffers.push_back(std::move(raw));
  return ByteView(buffers.back());
}

}  // namespace pith::format

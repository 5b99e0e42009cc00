// SPDX-License-Identifier: Apache-2.0
#include "pith/transform/draft.h"

#include <algorithm>
#include <new>

#include "pith/container/section_name.h"

namespace pith {

using namespace format;

std::vector<DraftSection> unknownSections(const Container& container) {
  std::vector<DraftSection> sections;
  for (const SectionInfo& section : container.sections()) {
    const SectionKind kind = parseSectionName(section.name).kind;
    if (kind != SectionKind::unknown && kind != SectionKind::privacyReport) continue;
    sections.push_back({section, container.sectionBytes(section)});
  }
  return sections;
}

bool isCompressed(const Container& container) {
  return std::ranges::any_of(container.sections(),
                             [](const SectionInfo& section) { return section.encoding != Encoding::raw; });
}

Result<Draft> draftOf(const Container& source) try {
  Draft draft;
  draft.header = source.header();
  draft.sources = {&source};
  draft.records.reserve(source.recordCount());
  draft.rows.reserve(source.recordCount());
  for (uint32_t row = 0; row < source.recordCount(); ++row) {
    draft.records.push_back(source.record(row));
    draft.rows.push_back({0, row});
  }
  for (uint32_t block = 0; block < draft.header.features.size(); ++block) {
    draft.blocks.push_back({block});
    const std::span<const float> probe = source.probe(block);
    draft.probes.emplace_back(probe.begin(), probe.end());
  }
  for (size_t k = 0; k < draft.header.documents.size(); ++k) {
    PITH_ASSIGN_OR_RETURN(std::vector<uint8_t> bytes, source.document(k));
    draft.documents.push_back(std::move(bytes));
  }
  draft.sections = unknownSections(source);
  if (!source.signatures().empty()) {
    draft.notes.push_back(
        "the signatures stay behind: what they sign is the file as it was. `pith sign` signs the new one");
  }
  return draft;
} catch (const std::bad_alloc&) {
  return Error{ErrorCode::outOfMemory, "no memory for the records"};
}

}  // namespace pith

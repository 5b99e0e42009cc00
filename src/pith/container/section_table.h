// SPDX-License-Identifier: Apache-2.0
/// @file The sections of an open file by what they are. spec/container.md, "Sections".
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "pith/base/bytes.h"
#include "pith/base/result.h"
#include "pith/container/section_name.h"

namespace pith::format {

class SectionTable {
 public:
  /// Checks that every known section is called for and looks as it must, that what must be there is, and that nothing
  /// unknown is required; and the form of what is compressed.
  /// @param header  with the types of its feature blocks
  /// @errors corruptContainer, unsupportedSection
  [[nodiscard]] static Result<SectionTable> make(ByteView file, const ContainerHeader& header, uint64_t recordCount,
                                                 const std::vector<SectionInfo>& sections);

  [[nodiscard]] const SectionInfo* find(SectionKind kind, size_t index = 0) const;

 private:
  Status checkKnown(ByteView file, const ContainerHeader& header, uint64_t recordCount, const SectionName& name,
                    const SectionInfo& section);
  Status requireAll(const ContainerHeader& header) const;
  Status require(SectionKind kind, size_t index) const;

  std::map<std::pair<SectionKind, size_t>, const SectionInfo*> known_;
};

[[nodiscard]] inline ByteView bytesOf(ByteView file, const SectionInfo& section) {
  return file.subspan(static_cast<size_t>(section.offsetBytes), static_cast<size_t>(section.lengthBytes));
}

/// The raw bytes of a section: a view of the file, or inflated into a buffer that is added to `buffers`.
/// @errors corruptContainer
[[nodiscard]] Result<ByteView> readSection(ByteView file, const SectionInfo& section,
                                           std::vector<std::vector<uint8_t>>& buffers);

}  // namespace pith::format

// SPDX-License-Identifier: Apache-2.0
/// @file The sections that this version knows, by name, and what each must look like. spec/container.md, "Sections".
#pragma once

#include <string>
#include <string_view>

#include "pith/container/container.h"

namespace pith::format {

enum class SectionKind : uint8_t {
  unknown,
  features,
  scale,
  zeroPoint,
  moments,
  probe,
  id,
  parent,
  transform,
  nameOffset,
  nameText,
  group,
  split,
  labelIndex,
  labelNumber,
  labelOffset,
  labelText,
  labelStates,
  labelYear,
  document,
  privacyReport,
};

struct SectionName {
  SectionKind kind = SectionKind::unknown;
  size_t index = 0;  // of the block, grouping, split, column or document
  bool operator==(const SectionName&) const = default;
};

[[nodiscard]] bool isSectionName(std::string_view name);
[[nodiscard]] SectionName parseSectionName(std::string_view name);
[[nodiscard]] std::string sectionName(SectionKind kind, size_t index = 0);

/// The part of a text column or a name, or the only part of another column.
[[nodiscard]] SectionKind labelKind(LabelType type);

/// Whether the header calls for such a section, or allows it.
[[nodiscard]] bool isCalledFor(const ContainerHeader& header, const SectionName& name);

/// Type, shape and `required` of a known section. An extent of 0 stands for any.
/// @pre isCalledFor(header, name); of a features section the type is the block's
[[nodiscard]] SectionInfo expectedSection(const ContainerHeader& header, uint64_t recordCount, const SectionName& name);

}  // namespace pith::format

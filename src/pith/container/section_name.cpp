// SPDX-License-Identifier: Apache-2.0
#include "pith/container/section_name.h"

#include <algorithm>
#include <charconv>

#include "pith/container/layout.h"

namespace pith::format {
namespace {

constexpr size_t maxSectionNameBytes = 64;

/// '#' stands for a number.
constexpr std::pair<SectionKind, std::string_view> patterns[] = {
    {SectionKind::features, "features/#"},
    {SectionKind::scale, "features/#/scale"},
    {SectionKind::zeroPoint, "features/#/zero-point"},
    {SectionKind::moments, "features/#/moments"},
    {SectionKind::probe, "features/#/probe"},
    {SectionKind::id, "records/id"},
    {SectionKind::parent, "records/parent"},
    {SectionKind::transform, "records/transform"},
    {SectionKind::nameOffset, "records/name/offset"},
    {SectionKind::nameText, "records/name/text"},
    {SectionKind::group, "groups/#"},
    {SectionKind::split, "splits/#"},
    {SectionKind::labelIndex, "labels/#/index"},
    {SectionKind::labelNumber, "labels/#/number"},
    {SectionKind::labelOffset, "labels/#/offset"},
    {SectionKind::labelText, "labels/#/text"},
    {SectionKind::labelStates, "labels/#/states"},
    {SectionKind::labelYear, "labels/#/year"},
    {SectionKind::document, "documents/#"},
    {SectionKind::privacyReport, "privacy/report"},
};

std::optional<size_t> parseIndex(std::string_view digits) {
  uint32_t index = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  const bool isCanonical = digits == "0" || (!digits.empty() && digits[0] != '0');
  if (error != std::errc() || end != digits.data() + digits.size() || !isCanonical) return std::nullopt;
  return index;
}

std::optional<size_t> match(std::string_view name, std::string_view pattern) {
  const size_t hole = pattern.find('#');
  if (hole == std::string_view::npos) return name == pattern ? std::optional<size_t>(0) : std::nullopt;
  const std::string_view before = pattern.substr(0, hole), after = pattern.substr(hole + 1);
  if (name.size() <= before.size() + after.size() || !name.starts_with(before) || !name.ends_with(after)) return std::nullopt;
  return parseIndex(name.substr(before.size(), name.size() - before.size() - after.size()));
}

bool isLabelPart(const std::vector<LabelColumn>& columns, const SectionName& name) {
  if (name.index >= columns.size()) return false;
  const LabelType type = columns[name.index].type;
  return name.kind == labelKind(type) || (type == LabelType::text && name.kind == SectionKind::labelText);
}

}  // namespace

bool isSectionName(std::string_view name) {
  return !name.empty() && name.size() <= maxSectionNameBytes && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '/' || c == '-';
  });
}

SectionName parseSectionName(std::string_view name) {
  for (const auto& [kind, pattern] : patterns) {
    if (const std::optional<size_t> index = match(name, pattern)) return {kind, *index};
  }
  return {};
}

std::string sectionName(SectionKind kind, size_t index) {
  const auto* found = std::ranges::find(patterns, kind, &std::pair<SectionKind, std::string_view>::first);
  std::string name(found->second);
  const size_t hole = name.find('#');
  return hole == std::string::npos ? name : name.replace(hole, 1, std::to_string(index));
}

SectionKind labelKind(LabelType type) {
  switch (type) {
    case LabelType::categorical:
    case LabelType::ordinal: return SectionKind::labelIndex;
    case LabelType::number: return SectionKind::labelNumber;
    case LabelType::text: return SectionKind::labelOffset;
    case LabelType::multiLabel: return SectionKind::labelStates;
    case LabelType::year: return SectionKind::labelYear;
  }
  return SectionKind::unknown;
}

bool isCalledFor(const ContainerHeader& header, const SectionName& name) {
  switch (name.kind) {
    case SectionKind::features:
    case SectionKind::moments:
    case SectionKind::probe: return name.index < header.features.size();
    case SectionKind::scale:
    case SectionKind::zeroPoint: return name.index < header.features.size() && isScaled(header.features[name.index].type);
    case SectionKind::group: return name.index < header.groupings.size();
    case SectionKind::split: return name.index < header.splits.size();
    case SectionKind::document: return name.index < header.documents.size();
    case SectionKind::labelIndex:
    case SectionKind::labelNumber:
    case SectionKind::labelOffset:
    case SectionKind::labelText:
    case SectionKind::labelStates:
    case SectionKind::labelYear: return isLabelPart(header.labelColumns, name);
    case SectionKind::unknown: return false;
    case SectionKind::id:
    case SectionKind::parent:
    case SectionKind::transform:
    case SectionKind::nameOffset:
    case SectionKind::nameText:
    case SectionKind::privacyReport: break;
  }
  return true;
}

SectionInfo expectedSection(const ContainerHeader& header, uint64_t recordCount, const SectionName& name) {
  SectionInfo section;
  section.name = sectionName(name.kind, name.index);
  const auto is = [&](ElementType type, std::vector<uint64_t> shape) {
    section.type = type;
    section.shape = std::move(shape);
  };
  const auto featureCount = [&]() -> uint64_t {
    return static_cast<uint64_t>(header.encoders[header.features[name.index].encoder].info.featureCount);
  };
  switch (name.kind) {
    case SectionKind::features: is(elementTypeOf(header.features[name.index].type), {recordCount, featureCount()}); break;
    case SectionKind::scale:
    case SectionKind::zeroPoint: is(ElementType::f32, {featureCount()}); break;
    case SectionKind::moments: is(ElementType::f32, {4, featureCount()}); break;
    case SectionKind::probe: is(ElementType::f32, {0, featureCount()}); break;
    case SectionKind::id: is(ElementType::u8, {recordCount, recordIdBytes}); break;
    case SectionKind::parent:
    case SectionKind::transform:
    case SectionKind::group:
    case SectionKind::labelIndex: is(ElementType::u32, {recordCount}); break;
    case SectionKind::split: is(ElementType::u8, {recordCount}); break;
    case SectionKind::labelNumber: is(ElementType::f64, {recordCount}); break;
    case SectionKind::labelYear: is(ElementType::i32, {recordCount}); break;
    case SectionKind::labelStates: is(ElementType::i8, {recordCount, header.labelColumns[name.index].categories.size()}); break;
    case SectionKind::nameOffset:
    case SectionKind::labelOffset: is(ElementType::u64, {recordCount + 1}); break;
    case SectionKind::nameText:
    case SectionKind::labelText:
    case SectionKind::document:
    case SectionKind::privacyReport:
    case SectionKind::unknown: is(ElementType::u8, {0}); break;
  }
  section.required = name.kind != SectionKind::moments && name.kind != SectionKind::probe &&
                     name.kind != SectionKind::document && name.kind != SectionKind::privacyReport;
  return section;
}

}  // namespace pith::format

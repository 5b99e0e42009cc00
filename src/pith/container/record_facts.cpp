// SPDX-License-Identifier: Apache-2.0
#include "pith/container/record_facts.h"

#include <algorithm>
#include <limits>

#include "pith/container/section_name.h"
#include "pith/container/text.h"

namespace pith::format {
namespace {

Error corrupt(const std::string& section, const char* what) {
  return {ErrorCode::corruptContainer, "the section " + section + " " + what};
}

Status checkIds(const RecordBytes& bytes) {
  for (size_t row = 1; row < bytes.count; ++row) {
    if (std::memcmp(bytes.ids.data() + (row - 1) * recordIdBytes, bytes.ids.data() + row * recordIdBytes, recordIdBytes) >= 0) {
      return corrupt(sectionName(SectionKind::id), "is not strictly ascending");
    }
  }
  return {};
}

/// @return how many texts are empty
Result<uint64_t> checkTexts(const std::string& name, size_t maxBytes, ByteView offsets, ByteView texts, size_t count) {
  uint64_t begin = valueAt<uint64_t>(offsets, 0), empty = 0;
  if (begin != 0 || valueAt<uint64_t>(offsets, count) != texts.size()) {
    return corrupt(name, "does not begin at 0 or end at the length of the texts");
  }
  for (size_t row = 0; row < count; ++row) {
    const auto end = valueAt<uint64_t>(offsets, row + 1);
    if (end < begin || end > texts.size()) return corrupt(name, "is not ascending");
    const std::string_view text = asText(texts.subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin)));
    PITH_RETURN_IF_ERROR(checkText(text, maxBytes, "a text of the section " + name, ErrorCode::corruptContainer));
    empty += text.empty() ? 1 : 0;
    begin = end;
  }
  return empty;
}

Result<uint64_t> countGroups(const std::string& name, ByteView groups, size_t count) {
  uint32_t next = 0;
  for (size_t row = 0; row < count; ++row) {
    const auto group = valueAt<uint32_t>(groups, row);
    if (group == missingIndex) continue;
    if (group > next) return corrupt(name, "does not number groups by their first appearance");
    if (group == next) ++next;
  }
  return next;
}

Result<std::vector<uint64_t>> countParts(const std::string& name, ByteView parts, size_t partCount) {
  std::array<uint64_t, 256> counts{};
  for (const uint8_t part : parts) ++counts[part];
  for (size_t part = partCount; part < missingPart; ++part) {
    if (counts[part] > 0) return corrupt(name, "holds the number of a part that the split does not have");
  }
  return std::vector<uint64_t>(counts.begin(), counts.begin() + static_cast<ptrdiff_t>(partCount));
}

uint64_t countGroupsInSeveralParts(ByteView groups, uint64_t groupCount, ByteView parts) {
  constexpr uint8_t several = missingPart - 1;  // at most 254 parts: 0 to 253
  std::vector<uint8_t> partOf(static_cast<size_t>(groupCount), missingPart);
  for (size_t row = 0; row < parts.size(); ++row) {
    const auto group = valueAt<uint32_t>(groups, row);
    if (group == missingIndex || parts[row] == missingPart) continue;
    uint8_t& seen = partOf[group];
    if (seen == missingPart) seen = parts[row];
    if (seen != parts[row]) seen = several;
  }
  return static_cast<uint64_t>(std::ranges::count(partOf, several));
}

Result<ColumnSummary> summariseIndices(const std::string& name, ByteView indices, size_t categories) {
  ColumnSummary summary;
  summary.counts.resize(categories);
  for (size_t row = 0; row < indices.size() / sizeof(uint32_t); ++row) {
    const auto index = valueAt<uint32_t>(indices, row);
    if (index == missingIndex) {
      ++summary.missingCount;
    } else if (index < categories) {
      ++summary.counts[index];
    } else {
      return corrupt(name, "holds a number outside the column's vocabulary");
    }
  }
  return summary;
}

void widenRange(ColumnSummary& summary, bool isFirst, double value) {
  summary.minimum = isFirst ? value : std::min(summary.minimum, value);
  summary.maximum = isFirst ? value : std::max(summary.maximum, value);
}

Result<ColumnSummary> summariseNumbers(const std::string& name, ByteView numbers) {
  ColumnSummary summary;
  const size_t count = numbers.size() / sizeof(double);
  for (size_t row = 0; row < count; ++row) {
    const auto number = valueAt<double>(numbers, row);
    if (std::isinf(number)) return corrupt(name, "holds an infinite number");
    if (std::isnan(number)) {
      ++summary.missingCount;
    } else {
      widenRange(summary, summary.missingCount == row, number);
    }
  }
  return summary;
}

Result<ColumnSummary> summariseYears(const std::string& name, ByteView years) {
  ColumnSummary summary;
  for (size_t row = 0; row < years.size() / sizeof(int32_t); ++row) {
    const auto year = valueAt<int32_t>(years, row);
    if (year == missingYear) {
      ++summary.missingCount;
    } else if (year >= 1 && year <= 9999) {
      widenRange(summary, summary.missingCount == row, year);
    } else {
      return corrupt(name, "holds a year outside of 1 to 9999");
    }
  }
  return summary;
}

Result<ColumnSummary> summariseStates(const std::string& name, ByteView states, size_t categories) {
  ColumnSummary summary;
  summary.counts.resize(categories);
  for (size_t at = 0; at < states.size(); ++at) {
    switch (static_cast<State>(states[at])) {
      case State::present: ++summary.counts[at % categories]; break;
      case State::absent: break;
      case State::uncertain: ++summary.uncertainCount; break;
      case State::missing: ++summary.missingCount; break;
      default: return corrupt(name, "holds a state that is none of 1, 0, -1 and -128");
    }
  }
  return summary;
}

Result<ColumnSummary> summarise(const LabelColumn& column, size_t k, const LabelBytes& bytes, size_t count) {
  const std::string name = sectionName(labelKind(column.type), k);
  switch (column.type) {
    case LabelType::categorical:
    case LabelType::ordinal: return summariseIndices(name, bytes.values, column.categories.size());
    case LabelType::number: return summariseNumbers(name, bytes.values);
    case LabelType::year: return summariseYears(name, bytes.values);
    case LabelType::multiLabel: return summariseStates(name, bytes.values, column.categories.size());
    case LabelType::text: break;
  }
  ColumnSummary summary;
  PITH_ASSIGN_OR_RETURN(summary.missingCount, checkTexts(name, maxTextBytes, bytes.values, bytes.texts, count));
  return summary;
}

bool sameLabel(const LabelColumn& column, const LabelBytes& bytes, size_t a, size_t b) {
  if (column.type == LabelType::text) {
    return textAt(bytes.values, bytes.texts, a) == textAt(bytes.values, bytes.texts, b);
  }
  if (column.type == LabelType::number) {
    const auto first = valueAt<double>(bytes.values, a), second = valueAt<double>(bytes.values, b);
    return first == second || (std::isnan(first) && std::isnan(second));
  }
  const size_t width = column.type == LabelType::multiLabel ? column.categories.size() : sizeof(uint32_t);
  return std::memcmp(bytes.values.data() + a * width, bytes.values.data() + b * width, width) == 0;
}

/// A column of a grouping: all records of one group have the same value.
Status checkGroupLabels(const LabelColumn& column, const LabelBytes& bytes, ByteView groups, uint64_t groupCount,
                        size_t count) {
  std::vector<uint32_t> firstRows(static_cast<size_t>(groupCount), missingIndex);
  for (size_t row = 0; row < count; ++row) {
    const auto group = valueAt<uint32_t>(groups, row);
    if (group == missingIndex) continue;
    if (firstRows[group] == missingIndex) firstRows[group] = static_cast<uint32_t>(row);
    if (!sameLabel(column, bytes, firstRows[group], row)) {
      return Error{ErrorCode::corruptContainer,
                   "a label column that belongs to a grouping has different values for records of one group"};
    }
  }
  return {};
}

Status checkViews(const ContainerHeader& header, const RecordBytes& bytes) {
  if (bytes.parents.empty()) return {};
  const std::string name = sectionName(SectionKind::parent);
  for (size_t row = 0; row < bytes.count; ++row) {
    const auto parent = valueAt<uint32_t>(bytes.parents, row), transform = valueAt<uint32_t>(bytes.transforms, row);
    if (parent == missingIndex) {
      if (transform != missingIndex) return corrupt(name, "has no parent for a record that has a transform");
      continue;
    }
    if (parent >= bytes.count) return corrupt(name, "names a record that is not in the file");
    if (valueAt<uint32_t>(bytes.parents, parent) != missingIndex) return corrupt(name, "names a parent that is a view itself");
    if (transform >= header.transforms.size()) {
      return corrupt(sectionName(SectionKind::transform), "names a transform that is not in the header");
    }
    for (const ByteView groups : bytes.groups) {
      if (valueAt<uint32_t>(groups, row) != valueAt<uint32_t>(groups, parent)) {
        return corrupt(name, "names a parent in another group");
      }
    }
  }
  return {};
}

}  // namespace

Result<RecordFacts> checkRecords(const ContainerHeader& header, const RecordBytes& bytes) {
  RecordFacts facts;
  PITH_RETURN_IF_ERROR(checkIds(bytes));
  if (!bytes.nameOffsets.empty()) {
    PITH_RETURN_IF_ERROR(
        checkTexts(sectionName(SectionKind::nameOffset), maxNameBytes, bytes.nameOffsets, bytes.nameTexts, bytes.count));
  }
  for (size_t k = 0; k < bytes.groups.size(); ++k) {
    PITH_ASSIGN_OR_RETURN(const uint64_t count, countGroups(sectionName(SectionKind::group, k), bytes.groups[k], bytes.count));
    facts.groupCounts.push_back(count);
  }
  for (size_t k = 0; k < bytes.splits.size(); ++k) {
    const Split& split = header.splits[k];
    SplitFacts found;
    PITH_ASSIGN_OR_RETURN(found.counts, countParts(sectionName(SectionKind::split, k), bytes.splits[k], split.parts.size()));
    if (split.grouping) {
      found.groupsInSeveralParts =
          countGroupsInSeveralParts(bytes.groups[*split.grouping], facts.groupCounts[*split.grouping], bytes.splits[k]);
    }
    facts.splits.push_back(std::move(found));
  }
  for (size_t k = 0; k < bytes.labels.size(); ++k) {
    const LabelColumn& column = header.labelColumns[k];
    PITH_ASSIGN_OR_RETURN(ColumnSummary summary, summarise(column, k, bytes.labels[k], bytes.count));
    facts.labels.push_back(std::move(summary));
    if (column.grouping) {
      PITH_RETURN_IF_ERROR(checkGroupLabels(column, bytes.labels[k], bytes.groups[*column.grouping],
                                            facts.groupCounts[*column.grouping], bytes.count));
    }
  }
  PITH_RETURN_IF_ERROR(checkViews(header, bytes));
  return facts;
}

Status compareFacts(const ContainerHeader& header, const RecordFacts& facts) {
  const auto differs = [](const char* what, size_t k) {
    return Error{ErrorCode::corruptContainer, "what the header counts in " + std::string(what) + " " + std::to_string(k) +
                                                  " is not what the records hold"};
  };
  for (size_t k = 0; k < facts.groupCounts.size(); ++k) {
    if (header.groupings[k].groupCount != facts.groupCounts[k]) return differs("grouping", k);
  }
  for (size_t k = 0; k < facts.splits.size(); ++k) {
    const Split& split = header.splits[k];
    if (split.counts != facts.splits[k].counts) return differs("split", k);
    if (split.groupsInSeveralParts != facts.splits[k].groupsInSeveralParts) {
      return Error{ErrorCode::corruptContainer, "the certificate of split " + std::to_string(k) + " states " +
                                                    std::to_string(split.groupsInSeveralParts) + " groups in several parts; " +
                                                    std::to_string(facts.splits[k].groupsInSeveralParts) + " are"};
    }
  }
  for (size_t k = 0; k < facts.labels.size(); ++k) {
    if (header.labelColumns[k].summary != facts.labels[k]) return differs("label column", k);
  }
  return {};
}

void storeFacts(RecordFacts facts, ContainerHeader& header) {
  for (size_t k = 0; k < facts.groupCounts.size(); ++k) header.groupings[k].groupCount = facts.groupCounts[k];
  for (size_t k = 0; k < facts.splits.size(); ++k) {
    header.splits[k].counts = std::move(facts.splits[k].counts);
    header.splits[k].groupsInSeveralParts = facts.splits[k].groupsInSeveralParts;
  }
  for (size_t k = 0; k < facts.labels.size(); ++k) header.labelColumns[k].summary = std::move(facts.labels[k]);
}

}  // namespace pith::format

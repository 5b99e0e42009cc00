// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <unordered_map>

#include "pith/transform/merge_parts.h"

namespace pith::merging {
namespace {

void joinGroupings(Merge& merge) {
  std::vector<Grouping>& groupings = merge.draft.header.groupings;
  std::vector<uint64_t> counts;
  for (size_t s = 0; s < merge.sources.size(); ++s) {
    for (const Grouping& grouping : merge.header(s).groupings) {
      const size_t place = findName(groupings, grouping.name);
      if (place == groupings.size()) {
        groupings.push_back({grouping.name, {}, 0});
        counts.push_back(0);
      }
      if (groupings[place].description.empty()) groupings[place].description = grouping.description;
      merge.places[s].groupings.push_back(static_cast<uint32_t>(place));
      merge.places[s].groupOffsets.push_back(counts[place]);
      counts[place] += grouping.groupCount;
    }
  }
}

Status checkSameMeaning(const LabelColumn& a, const LabelColumn& b, size_t source) {
  const std::string what = "the label " + inMarks(a.name) + " of file 1 and of " + fileName(source);
  if (a.type != b.type) {
    return refusal(what + " have different types: " + std::string(nameOf(a.type)) + " and " +
                   std::string(nameOf(b.type)));
  }
  const std::tuple<const char*, const std::string&, const std::string&> facts[] = {
      {"units", a.unit, b.unit},
      {"coding systems", a.codingSystem, b.codingSystem},
      {"codes", a.code, b.code}};
  for (const auto& [fact, first, second] : facts) {
    if (first == second) continue;
    return refusal(what + " have different " + fact + ": " + inMarks(first) + " and " + inMarks(second) +
                   ". If they mean the same, `pith edit` can say so");
  }
  return {};
}

/// Codes of categories as they are, or empty ones where the column has none.
std::string codeOf(const LabelColumn& column, size_t category) {
  return category < column.codes.size() ? column.codes[category] : std::string();
}

/// Appends a file's categories that are not there yet, and says where each of them is.
Status joinCategories(LabelColumn& joined, const LabelColumn& column, size_t source,
                      std::vector<uint32_t>& places) {
  std::unordered_map<std::string_view, uint32_t> known;
  const std::vector<std::string> before = joined.categories;
  for (uint32_t i = 0; i < before.size(); ++i) known.emplace(before[i], i);
  if (joined.type == LabelType::ordinal && column.categories != joined.categories) {
    return refusal("the ordinal label " + inMarks(joined.name) + " has the categories " +
                   listOfNames(joined.categories) + " in file 1 and " + listOfNames(column.categories) +
                   " in " + fileName(source) + "; their order cannot be joined");
  }
  const bool codes = !joined.codes.empty() || !column.codes.empty();
  if (codes) joined.codes.resize(joined.categories.size());
  for (size_t c = 0; c < column.categories.size(); ++c) {
    const auto found = known.find(column.categories[c]);
    if (found == known.end()) {
      places.push_back(static_cast<uint32_t>(joined.categories.size()));
      joined.categories.push_back(column.categories[c]);
      if (codes) joined.codes.push_back(codeOf(column, c));
      continue;
    }
    places.push_back(found->second);
    if (codes && joined.codes[found->second] != codeOf(column, c)) {
      return refusal("the category " + inMarks(column.categories[c]) + " of the label " + inMarks(joined.name) +
                     " has the code " + inMarks(joined.codes[found->second]) + " in one file and " +
                     inMarks(codeOf(column, c)) + " in " + fileName(source));
    }
  }
  return {};
}

/// The merged grouping that a file's column or split refers to.
std::optional<uint32_t> groupingOf(const Merge& merge, size_t source, std::optional<uint32_t> grouping) {
  return grouping ? std::optional(merge.places[source].groupings[*grouping]) : std::nullopt;
}

Status joinLabels(Merge& merge) {
  std::vector<LabelColumn>& joined = merge.draft.header.labelColumns;
  for (size_t s = 0; s < merge.sources.size(); ++s) {
    for (const LabelColumn& column : merge.header(s).labelColumns) {
      const size_t place = findName(joined, column.name);
      const std::optional<uint32_t> grouping = groupingOf(merge, s, column.grouping);
      if (place == joined.size()) {
        joined.push_back(column);
        joined.back().grouping = grouping;
      } else if (joined[place].grouping != grouping) {
        joined[place].grouping.reset();
        merge.draft.notes.push_back("the label " + inMarks(column.name) +
                                    " is of a group in some of the files only; in the "
                                    "merged file it is of each record");
      }
      PITH_RETURN_IF_ERROR(checkSameMeaning(joined[place], column, s));
      if (joined[place].description.empty()) joined[place].description = column.description;
      PITH_RETURN_IF_ERROR(
          joinCategories(joined[place], column, s, merge.places[s].categories.emplace_back()));
      merge.places[s].columns.push_back(static_cast<uint32_t>(place));
    }
  }
  return {};
}

Status joinSplits(Merge& merge) {
  std::vector<Split>& joined = merge.draft.header.splits;
  for (size_t s = 0; s < merge.sources.size(); ++s) {
    for (Split split : merge.header(s).splits) {
      split.grouping = groupingOf(merge, s, split.grouping);
      if (split.stratifiedBy) split.stratifiedBy = merge.places[s].columns[*split.stratifiedBy];
      const size_t place = findName(joined, split.name);
      merge.places[s].splits.push_back(static_cast<uint32_t>(place));
      if (place == joined.size()) {
        joined.push_back(std::move(split));
        continue;
      }
      Split& first = joined[place];
      if (first.parts != split.parts || first.kind != split.kind) {
        return refusal("the split " + inMarks(split.name) + " has the parts " + listOfNames(first.parts) +
                       " in file 1 and " + listOfNames(split.parts) + " in " + fileName(s) +
                       "; `pith edit --remove-split` removes one of them");
      }
      if (first.grouping != split.grouping) first.grouping.reset();
      if (first.stratifiedBy != split.stratifiedBy) first.stratifiedBy.reset();
      if (first.seed != split.seed) first.seed.reset();
      if (first.method != split.method) first.method = "joined from several files";
    }
  }
  return {};
}

}  // namespace

Status joinColumns(Merge& merge) {
  joinGroupings(merge);
  PITH_RETURN_IF_ERROR(joinLabels(merge));
  return joinSplits(merge);
}

}  // namespace pith::merging

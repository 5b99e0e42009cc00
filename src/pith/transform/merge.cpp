// SPDX-License-Identifier: Apache-2.0
#include "pith/transform/merge.h"

#include <algorithm>
#include <limits>

#include "pith/transform/merge_parts.h"

namespace pith {
namespace merging {
namespace {

LabelValue placedLabel(LabelValue label, const std::vector<uint32_t>& categories, size_t categoryCount) {
  if (const auto* const index = std::get_if<uint32_t>(&label)) return categories[*index];
  if (const auto* const states = std::get_if<States>(&label)) {
    States placed(categoryCount, State::missing);
    for (size_t c = 0; c < states->size(); ++c) placed[categories[c]] = (*states)[c];
    return placed;
  }
  return label;
}

/// The value of a record whose file does not have the column.
LabelValue missingLabel(const LabelColumn& column) {
  if (column.type == LabelType::multiLabel) return States(column.categories.size(), State::missing);
  return std::monostate{};
}

Record placedRecord(const Merge& merge, size_t source, size_t row, size_t firstOfSource) {
  const ContainerHeader& header = merge.draft.header;
  const Places& places = merge.places[source];
  const Record old = merge.sources[source]->record(row);
  Record record;
  record.id = old.id;
  record.name = old.name;
  record.groups.resize(header.groupings.size());
  for (size_t k = 0; k < old.groups.size(); ++k) {
    if (old.groups[k])
      record.groups[places.groupings[k]] = static_cast<uint32_t>(*old.groups[k] + places.groupOffsets[k]);
  }
  record.splits.resize(header.splits.size());
  for (size_t k = 0; k < old.splits.size(); ++k) record.splits[places.splits[k]] = old.splits[k];
  for (const LabelColumn& column : header.labelColumns) record.labels.push_back(missingLabel(column));
  for (size_t k = 0; k < old.labels.size(); ++k) {
    const uint32_t column = places.columns[k];
    if (std::holds_alternative<std::monostate>(old.labels[k])) continue;
    record.labels[column] =
        placedLabel(old.labels[k], places.categories[k], header.labelColumns[column].categories.size());
  }
  if (old.view)
    record.view = ViewOf{firstOfSource + old.view->parent, places.transforms[old.view->transform]};
  return record;
}

}  // namespace

Status joinRecords(Merge& merge) {
  Draft& draft = merge.draft;
  uint64_t count = 0;
  for (const Container* source : merge.sources) count += source->recordCount();
  if (count >= std::numeric_limits<uint32_t>::max()) {
    return Error{ErrorCode::containerTooLarge,
                 std::to_string(count) + " records; at most 4294967294 are allowed"};
  }
  std::vector<RecordId> ids;
  for (uint32_t s = 0; s < merge.sources.size(); ++s) {
    const size_t first = draft.records.size();
    for (uint32_t row = 0; row < merge.sources[s]->recordCount(); ++row) {
      draft.records.push_back(placedRecord(merge, s, row, first));
      draft.rows.push_back({s, row});
      ids.push_back(draft.records.back().id);
    }
  }
  std::ranges::sort(ids);
  size_t repeated = 0;
  for (size_t i = 1; i < ids.size(); ++i) repeated += ids[i] == ids[i - 1] ? 1 : 0;
  if (repeated > 0) {
    const auto twice = std::ranges::adjacent_find(ids);
    return refusal(std::to_string(repeated) + " record ids stand in more than one file, the first is " +
                   toHex(*twice) + ": they hold the same records");
  }
  return {};
}

}  // namespace merging

Result<Draft> mergeContainers(std::span<const Container* const> sources, const MergeOptions& options) try {
  using namespace merging;
  if (sources.size() < 2)
    return refusal(std::to_string(sources.size()) + " files; two or more can be merged");
  Merge merge{sources, options, {}, std::vector<Places>(sources.size())};
  merge.draft.sources.assign(sources.begin(), sources.end());
  PITH_RETURN_IF_ERROR(joinBlocks(merge));
  PITH_RETURN_IF_ERROR(joinColumns(merge));
  PITH_RETURN_IF_ERROR(joinInfo(merge));
  PITH_RETURN_IF_ERROR(joinRecords(merge));
  for (size_t s = 0; s < sources.size(); ++s) {
    for (const DraftSection& section : unknownSections(*sources[s])) {
      merge.draft.notes.push_back("the section " + section.section.name + " of " + fileName(s) +
                                  " is left out: it was about that file");
    }
    if (!sources[s]->signatures().empty()) {
      merge.draft.notes.push_back("the signatures of " + fileName(s) +
                                  " stay behind: they were of that file");
    }
  }
  return std::move(merge.draft);
} catch (const std::bad_alloc&) {
  return Error{ErrorCode::outOfMemory, "no memory for the records of all the files"};
}

}  // namespace pith

// SPDX-License-Identifier: Apache-2.0
#include "pith/transform/select.h"

#include <algorithm>
#include <cmath>

#include "pith/transform/error_bounds.h"
#include "pith/transform/leave_out.h"

namespace pith {
namespace {

bool fulfils(const Container& container, const RecordFilter& filter, size_t row) {
  for (const LabelCondition& condition : filter.labels) {
    if (!holds(condition, container.label(condition.column, row))) return false;
  }
  for (const PartCondition& wanted : filter.parts) {
    const std::optional<uint8_t> part = container.part(wanted.split, row);
    const auto fits = [&](const PartCondition& other) {
      return other.split == wanted.split && other.part == part;
    };
    if (std::ranges::none_of(filter.parts, fits)) return false;
  }
  return true;
}

/// The row of an id; the file is sorted by them.
std::optional<uint32_t> rowOf(const Container& container, const RecordId& id) {
  size_t low = 0, high = container.recordCount();
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (container.id(middle) < id) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == container.recordCount() || container.id(low) != id) return std::nullopt;
  return static_cast<uint32_t>(low);
}

Result<std::vector<uint32_t>> rowsOf(const Container& container, const std::vector<RecordId>& ids) {
  std::vector<uint32_t> rows;
  size_t unknown = 0;
  RecordId firstUnknown{};
  for (const RecordId& id : ids) {
    if (const auto row = rowOf(container, id)) {
      rows.push_back(*row);
    } else if (unknown++ == 0) {
      firstUnknown = id;
    }
  }
  if (unknown > 0) {
    return Error{ErrorCode::invalidArgument, std::to_string(unknown) + " of " + std::to_string(ids.size()) +
                                                 " ids are not in the file; the first is " +
                                                 toHex(firstUnknown)};
  }
  std::ranges::sort(rows);
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  return rows;
}

void keepSample(const Container& container, size_t count, uint64_t seed, std::vector<uint32_t>& rows) {
  if (count >= rows.size()) return;
  std::vector<std::pair<Sha256Digest, uint32_t>> keys;
  keys.reserve(rows.size());
  std::array<uint8_t, sizeof seed> seedBytes{};
  for (size_t i = 0; i < sizeof seed; ++i) seedBytes[i] = static_cast<uint8_t>(seed >> (8 * i));
  for (uint32_t row : rows) {
    Sha256 hash;
    hash.update(asBytes("pith sample 1"));
    hash.update(seedBytes);
    hash.update(container.id(row));
    keys.emplace_back(hash.finish(), row);
  }
  std::ranges::nth_element(keys, keys.begin() + static_cast<std::ptrdiff_t>(count));
  rows.clear();
  for (size_t i = 0; i < count; ++i) rows.push_back(keys[i].second);
  std::ranges::sort(rows);
}

/// Records, rows and views of the selected ones.
void keepRecords(Draft& draft, const std::vector<uint32_t>& rows) {
  constexpr uint32_t gone = ~uint32_t{0};
  std::vector<uint32_t> placeOf(draft.records.size(), gone);
  for (uint32_t i = 0; i < rows.size(); ++i) placeOf[rows[i]] = i;
  std::vector<Record> records;
  std::vector<DraftRow> sources;
  size_t orphans = 0;
  for (uint32_t row : rows) {
    Record record = std::move(draft.records[row]);
    if (record.view && placeOf[record.view->parent] == gone) {
      record.view.reset();
      ++orphans;
    } else if (record.view) {
      record.view->parent = placeOf[record.view->parent];
    }
    records.push_back(std::move(record));
    sources.push_back(draft.rows[row]);
  }
  draft.records = std::move(records);
  draft.rows = std::move(sources);
  if (orphans > 0) {
    draft.notes.push_back(
        std::to_string(orphans) +
        " augmented views are records like any other now: the records that they are views of are not "
        "selected");
  }
}

/// What was true of all the records only.
void dropStatementsAboutAll(Draft& draft) {
  ContainerHeader& header = draft.header;
  if (header.savings) {
    header.savings.reset();
    draft.notes.push_back("sizes and times of the originals are left out: they were of all the records");
  }
  const auto scored = [](const Head& head) { return head.score.has_value(); };
  if (std::ranges::any_of(header.heads, scored)) {
    for (Head& head : header.heads) head.score.reset();
    draft.notes.push_back("scores of suggested heads are left out: they were reached with all the records");
  }
}

Status boundErrors(Draft& draft, const Container& container) {
  const size_t all = container.recordCount();
  for (size_t b = 0; b < draft.header.features.size(); ++b) {
    FeatureBlock& block = draft.header.features[b];
    const uint32_t source = draft.blocks[b][0];
    const size_t count = container.featureCount(source);
    std::vector<float> row(count);
    double squares = 0;
    for (const DraftRow& place : draft.rows) {
      PITH_RETURN_IF_ERROR(container.readFeatures(source, place.row, row));
      for (float value : row) squares += static_cast<double>(value) * static_cast<double>(value);
    }
    const double width = static_cast<double>(count);
    block.narrowing = boundOfSelection(block.narrowing, static_cast<double>(all) * width,
                                       static_cast<double>(draft.rows.size()) * width, std::sqrt(squares));
  }
  return {};
}

}  // namespace

Result<std::vector<uint32_t>> findRecords(const Container& container, const RecordFilter& filter) {
  std::vector<uint32_t> candidates;
  if (filter.ids) {
    PITH_ASSIGN_OR_RETURN(candidates, rowsOf(container, *filter.ids));
  } else {
    for (uint32_t row = 0; row < container.recordCount(); ++row) candidates.push_back(row);
  }
  std::erase_if(candidates, [&](uint32_t row) { return !fulfils(container, filter, row); });
  if (filter.sample) keepSample(container, *filter.sample, filter.sampleSeed, candidates);
  return candidates;
}

Result<Draft> selectRecords(const Container& container, const std::vector<uint32_t>& rows,
                            const SelectOptions& options) {
  if (rows.empty()) return Error{ErrorCode::emptyContainer, "no record fulfils the conditions"};
  PITH_ASSIGN_OR_RETURN(Draft draft, draftOf(container));
  const bool all = rows.size() == container.recordCount();
  if (!all) {
    dropStatementsAboutAll(draft);
    keepRecords(draft, rows);
  }
  if (options.columns) keepColumns(draft, *options.columns);
  if (options.blocks) keepBlocks(draft, *options.blocks);
  dropUnusedTransforms(draft);
  if (!all) PITH_RETURN_IF_ERROR(boundErrors(draft, container));
  for (const DraftSection& section : draft.sections) {
    draft.notes.push_back("the section " + section.section.name +
                          " is left out: it was about the file as it was");
  }
  draft.sections.clear();
  return draft;
}

}  // namespace pith

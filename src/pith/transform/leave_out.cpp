// SPDX-License-Identifier: Apache-2.0
#include "pith/transform/leave_out.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace pith {
namespace {

/// Keeps the chosen entries of a list.
template <typename T>
void keepEntries(std::vector<T>& list, const std::vector<uint32_t>& kept) {
  std::vector<T> result;
  result.reserve(kept.size());
  for (uint32_t index : kept) result.push_back(std::move(list[index]));
  list = std::move(result);
}

IndexMap mapOf(const std::vector<uint32_t>& kept, size_t count) {
  IndexMap map(count);
  for (uint32_t i = 0; i < kept.size(); ++i) map[kept[i]] = i;
  return map;
}

std::vector<uint32_t> allBut(size_t removed, size_t count) {
  std::vector<uint32_t> kept;
  for (uint32_t i = 0; i < count; ++i) {
    if (i != removed) kept.push_back(i);
  }
  return kept;
}

/// Keeps the heads that `stays` says and changes them on the way; the others' paths and names go.
template <typename Stays>
void keepHeads(Draft& draft, const char* reason, Stays stays) {
  std::vector<uint32_t> kept;
  std::vector<Head>& heads = draft.header.heads;
  for (uint32_t i = 0; i < heads.size(); ++i) {
    if (stays(heads[i])) {
      kept.push_back(i);
    } else {
      draft.notes.push_back("the suggested head \"" + heads[i].name + "\" is left out: " + reason);
    }
  }
  renumberPaths(draft.header.notKnown, "heads", mapOf(kept, heads.size()));
  keepEntries(heads, kept);
}

/// "document:3" after one document is gone.
void renumberFigure(std::string& value, size_t removed) {
  constexpr std::string_view prefix = "document:";
  if (!value.starts_with(prefix)) return;
  size_t number = 0;
  const char* const end = value.data() + value.size();
  const auto [last, error] = std::from_chars(value.data() + prefix.size(), end, number);
  if (error != std::errc() || last != end || number < removed) return;
  value = number == removed ? std::string() : std::string(prefix) + std::to_string(number - 1);
}

}  // namespace

void keepColumns(Draft& draft, const std::vector<uint32_t>& columns) {
  ContainerHeader& header = draft.header;
  const IndexMap map = mapOf(columns, header.labelColumns.size());
  keepHeads(draft, "its label is not kept", [&](Head& head) {
    if (!map[head.label]) return false;
    head.label = *map[head.label];
    return true;
  });
  for (Split& split : header.splits) {
    if (split.stratifiedBy) split.stratifiedBy = map[*split.stratifiedBy];
  }
  keepEntries(header.labelColumns, columns);
  renumberPaths(header.notKnown, "labels", map);
  for (Record& record : draft.records) keepEntries(record.labels, columns);
}

void keepBlocks(Draft& draft, const std::vector<uint32_t>& blocks) {
  ContainerHeader& header = draft.header;
  const IndexMap map = mapOf(blocks, header.features.size());
  keepHeads(draft, "not all of its features are kept", [&](Head& head) {
    if (!std::ranges::all_of(head.features, [&](uint32_t block) { return map[block].has_value(); }))
      return false;
    for (uint32_t& block : head.features) block = *map[block];
    return true;
  });
  keepEntries(header.features, blocks);
  keepEntries(draft.blocks, blocks);
  keepEntries(draft.probes, blocks);
  renumberPaths(header.notKnown, "features", map);
  std::vector<uint32_t> encoders;
  for (uint32_t i = 0; i < header.encoders.size(); ++i) {
    const auto uses = [i](const FeatureBlock& block) { return block.encoder == i; };
    if (std::ranges::any_of(header.features, uses)) encoders.push_back(i);
  }
  const IndexMap encoderMap = mapOf(encoders, header.encoders.size());
  for (FeatureBlock& block : header.features) block.encoder = *encoderMap[block.encoder];
  keepEntries(header.encoders, encoders);
  renumberPaths(header.notKnown, "encoders", encoderMap);
}

void dropUnusedTransforms(Draft& draft) {
  std::vector<std::string>& transforms = draft.header.transforms;
  std::vector<bool> used(transforms.size());
  for (const Record& record : draft.records) {
    if (record.view) used[record.view->transform] = true;
  }
  std::vector<uint32_t> kept;
  for (uint32_t i = 0; i < used.size(); ++i) {
    if (used[i]) kept.push_back(i);
  }
  const IndexMap map = mapOf(kept, transforms.size());
  for (Record& record : draft.records) {
    if (record.view) record.view->transform = *map[record.view->transform];
  }
  keepEntries(transforms, kept);
}

void removeDocument(Draft& draft, size_t k) {
  ContainerHeader& header = draft.header;
  const std::vector<uint32_t> kept = allBut(k, header.documents.size());
  renumberPaths(header.notKnown, "documents", mapOf(kept, header.documents.size()));
  keepEntries(header.documents, kept);
  keepEntries(draft.documents, kept);
  for (EncoderDescription& encoder : header.encoders) {
    for (auto& [key, value] : encoder.performance) renumberFigure(value, k);
    std::erase_if(encoder.performance, [](const auto& entry) { return entry.second.empty(); });
  }
}

void removeSplit(Draft& draft, size_t k) {
  ContainerHeader& header = draft.header;
  const std::vector<uint32_t> kept = allBut(k, header.splits.size());
  const IndexMap map = mapOf(kept, header.splits.size());
  for (Head& head : header.heads) {
    if (!head.split) continue;
    if (*head.split == k) head.score.reset();  // it was of a part that is gone
    head.split = map[*head.split];
  }
  renumberPaths(header.notKnown, "splits", map);
  keepEntries(header.splits, kept);
  for (Record& record : draft.records)
    record.splits.erase(record.splits.begin() + static_cast<std::ptrdiff_t>(k));
}

}  // namespace pith

// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstring>
#include <deque>
#include <new>

#include "pith/container/assembler.h"
#include "pith/container/duplicates.h"
#include "pith/container/header_rules.h"
#include "pith/container/narrow.h"
#include "pith/container/record_order.h"
#include "pith/container/record_table.h"
#include "pith/container/section_list.h"
#include "pith/container/writer_check.h"
#include "pith/transform/draft.h"

namespace pith {

using namespace format;

namespace {

bool sameBytes(std::span<const float> a, std::span<const float> b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);  // memcmp takes no null
}

/// One block's rows in the file's order, read from the sources whenever they are wanted.
class DraftBlock {
 public:
  DraftBlock(const Draft& draft, size_t block, const std::vector<size_t>& order)
      : draft_(draft),
        blockOf_(draft.blocks[block]),
        order_(order),
        type_(draft.header.features[block].type) {
    featureCount_ = draft.sources[0]->featureCount(blockOf_[0]);
    copied_ = true;
    for (size_t s = 0; s < draft.sources.size(); ++s) {
      const Container& source = *draft.sources[s];
      const Container& first = *draft.sources[0];
      copied_ = copied_ && source.header().features[blockOf_[s]].type == type_ &&
                sameBytes(source.scale(blockOf_[s]), first.scale(blockOf_[0])) &&
                sameBytes(source.zeroPoint(blockOf_[s]), first.zeroPoint(blockOf_[0]));
    }
  }

  /// Finds the scale and zero point; a reading of all rows where they are new.
  Status fit() {
    if (!isScaled(type_)) return {};
    if (copied_) {
      const std::span<const float> scale = draft_.sources[0]->scale(blockOf_[0]);
      const std::span<const float> zeroPoint = draft_.sources[0]->zeroPoint(blockOf_[0]);
      scaling_ = {{scale.begin(), scale.end()}, {zeroPoint.begin(), zeroPoint.end()}};
      return {};
    }
    RangeMeter range;
    std::vector<float> exact(featureCount_);
    for (const size_t i : order_) {
      PITH_RETURN_IF_ERROR(read(i, exact));
      range.add(exact);
    }
    scaling_ = range.fit(type_);
    return {};
  }

  /// @param take  Status(row as the source has it, row as it will be stored)
  template <typename Take>
  Status forEach(Take take) const {
    std::vector<float> exact(featureCount_);
    std::vector<uint8_t> stored(static_cast<size_t>(rowBytes(type_, featureCount_)));
    for (const size_t i : order_) {
      PITH_RETURN_IF_ERROR(read(i, exact));
      if (copied_) {
        const DraftRow place = draft_.rows[i];
        PITH_ASSIGN_OR_RETURN(const ByteView row,
                              draft_.sources[place.source]->storedRow(blockOf_[place.source], place.row));
        PITH_RETURN_IF_ERROR(take(exact, row));
      } else {
        PITH_RETURN_IF_ERROR(narrowRow(type_, exact, scaling_, stored));
        PITH_RETURN_IF_ERROR(take(exact, ByteView(stored)));
      }
    }
    return {};
  }

  /// Puts what the rows say into the block and remembers the moments.
  Status measure(FeatureBlock& block) {
    Sha256 hash;
    NarrowingMeter narrowing;
    DuplicateMeter duplicates;
    MomentsMeter moments;
    std::vector<float> widened(featureCount_);
    PITH_RETURN_IF_ERROR(forEach([&](std::span<const float> exact, ByteView stored) -> Status {
      hash.update(stored);
      duplicates.add(stored);
      widenRow(type_, stored, scaling_, widened);
      moments.add(widened);
      if (!copied_) narrowing.add(exact, widened);
      return {};
    }));
    if (!copied_) block.narrowing = block.narrowing + narrowing.result();
    block.duplicateCount = duplicates.result();
    moments_ = moments.result();
    sha256_ = hash.finish();
    return {};
  }

  [[nodiscard]] const Scaling& scaling() const { return scaling_; }
  [[nodiscard]] const std::vector<float>& moments() const { return moments_; }
  [[nodiscard]] const Sha256Digest& digest() const { return sha256_; }

 private:
  /// @errors nonFiniteFeature, which a source that was opened and not verified may hold
  Status read(size_t i, std::span<float> exact) const {
    const DraftRow place = draft_.rows[i];
    PITH_RETURN_IF_ERROR(draft_.sources[place.source]->readFeatures(blockOf_[place.source], place.row, exact));
    if (std::ranges::all_of(exact, [](float value) { return std::isfinite(value); })) return {};
    return Error{ErrorCode::nonFiniteFeature, "a record has a feature that is infinite or not a number"};
  }

  const Draft& draft_;
  const std::vector<uint32_t>& blockOf_;  // block of each source
  const std::vector<size_t>& order_;
  FeatureType type_;
  size_t featureCount_ = 0;
  bool copied_ = false;
  Scaling scaling_;
  std::vector<float> moments_;
  Sha256Digest sha256_{};
};

}  // namespace

Status writeDraft(const Draft& draft, const DraftOptions& options, const ByteSink& sink) try {
  if (draft.records.empty()) return Error{ErrorCode::emptyContainer, "there is no record"};
  HeaderMessage message{.header = draft.header, .recordCount = draft.records.size(), .sections = {}};
  ContainerHeader& header = message.header;
  header.writer = "pith " PITH_VERSION;
  PITH_RETURN_IF_ERROR(checkHeader(header, writingCodes));
  RecordTable table(header);
  for (Record record : draft.records) {
    PITH_RETURN_IF_ERROR(checkRecord(record, header));
    table.add(record);
  }
  PITH_ASSIGN_OR_RETURN(const RecordOrder order, keepOrder(table));
  PITH_ASSIGN_OR_RETURN(const EncodedRecords records, encodeRecords(table, order, header));

  std::deque<DraftBlock> blocks;
  for (size_t i = 0; i < header.features.size(); ++i) {
    DraftBlock& block = blocks.emplace_back(draft, i, order.rows);
    PITH_RETURN_IF_ERROR(block.fit());
    PITH_RETURN_IF_ERROR(block.measure(header.features[i]));
  }
  SectionList sections(header, message.recordCount);
  for (size_t i = 0; i < blocks.size(); ++i) {
    sections.addFeatures(i, blocks[i].digest(), [&block = blocks[i]](const ByteSink& take) {
      return block.forEach([&](std::span<const float>, ByteView stored) { return take(stored); });
    });
    if (isScaled(header.features[i].type)) {
      sections.add(SectionKind::scale, i, bytesOfFloats(blocks[i].scaling().scale));
      sections.add(SectionKind::zeroPoint, i, bytesOfFloats(blocks[i].scaling().zeroPoint));
    }
    sections.add(SectionKind::moments, i, bytesOfFloats(blocks[i].moments()));
    if (!draft.probes[i].empty()) sections.add(SectionKind::probe, i, bytesOfFloats(draft.probes[i]));
  }
  for (const Column& column : records.columns) sections.add(memorySource(column.section, column.bytes));
  for (size_t k = 0; k < draft.documents.size(); ++k)
    sections.add(SectionKind::document, k, draft.documents[k]);
  for (const DraftSection& extra : draft.sections) sections.add(storedSource(extra.section, extra.bytes));
  return assemble(std::move(message), sections.take(),
                  {.compress = options.compress, .limits = options.limits}, sink);
} catch (const std::bad_alloc&) {
  return Error{ErrorCode::outOfMemory, "no memory to lay the file out"};
}

}  // namespace pith

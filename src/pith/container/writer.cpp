// SPDX-License-Identifier: Apache-2.0
#include "pith/container/writer.h"

#include <algorithm>
#include <cmath>
#include <new>

#include "pith/container/assembler.h"
#include "pith/container/duplicates.h"
#include "pith/container/header_rules.h"
#include "pith/container/layout.h"
#include "pith/container/narrow.h"
#include "pith/container/record_order.h"
#include "pith/container/record_table.h"
#include "pith/container/section_list.h"
#include "pith/container/writer_check.h"

namespace pith {

using namespace format;

struct ContainerWriter::Impl {
  struct Extra {
    SectionInfo section;
    std::vector<uint8_t> bytes;
  };
  ContainerHeader header;
  std::unique_ptr<RowStore> store;
  RecordTable table;
  std::vector<Sha256Digest> contents;  // of each record
  std::vector<RangeMeter> ranges;      // of each block
  std::vector<std::vector<uint8_t>> documents;
  std::vector<std::vector<float>> probes;
  std::vector<Extra> extras;

  Impl(ContainerHeader taken, std::unique_ptr<RowStore> rows)
      : header(std::move(taken)),
        store(std::move(rows)),
        table(header),
        ranges(header.features.size()),
        documents(header.documents.size()),
        probes(header.features.size()) {
    header.writer = "pith " PITH_VERSION;
  }

  /// At least 1, whatever a header says that was not validated.
  [[nodiscard]] size_t featureCount(size_t block) const {
    const uint32_t encoder = header.features[block].encoder;
    return encoder < header.encoders.size() ? static_cast<size_t>(std::max(1, header.encoders[encoder].info.featureCount)) : 1;
  }
  [[nodiscard]] size_t rowLength() const {
    size_t length = 0;
    for (size_t block = 0; block < header.features.size(); ++block) length += featureCount(block);
    return length;
  }
};

namespace {

/// One block's rows in the file's order, narrowed anew whenever they are read, so that no second copy of them is held.
struct BlockRows {
  const RowStore& store;
  const std::vector<size_t>& rows;
  size_t rowLength;  // of all blocks
  size_t begin;      // of this block in a row
  size_t featureCount;
  FeatureType type;
  Scaling scaling;

  /// @param take  Status(exact row, stored row)
  template <typename Take>
  Status forEach(Take take) const {
    std::vector<float> joined(rowLength);
    std::vector<uint8_t> stored(static_cast<size_t>(rowBytes(type, featureCount)));
    for (const size_t row : rows) {
      PITH_RETURN_IF_ERROR(store.read(row, joined));
      const std::span<const float> exact = std::span(joined).subspan(begin, featureCount);
      PITH_RETURN_IF_ERROR(narrowRow(type, exact, scaling, stored));
      PITH_RETURN_IF_ERROR(take(exact, ByteView(stored)));
    }
    return {};
  }
};

/// What one reading of a block's rows gives.
struct BlockFacts {
  Sha256Digest sha256;
  NarrowingError narrowing;
  uint64_t duplicateCount = 0;
  std::vector<float> moments;
};

Result<BlockFacts> measure(const BlockRows& rows, bool wantsMoments) {
  Sha256 hash;
  NarrowingMeter narrowing;
  DuplicateMeter duplicates;
  MomentsMeter moments;
  std::vector<float> widened(rows.featureCount);
  PITH_RETURN_IF_ERROR(rows.forEach([&](std::span<const float> exact, ByteView stored) -> Status {
    hash.update(stored);
    widenRow(rows.type, stored, rows.scaling, widened);
    narrowing.add(exact, widened);
    duplicates.add(stored);
    if (wantsMoments) moments.add(widened);
    return {};
  }));
  return BlockFacts{hash.finish(), narrowing.result(), duplicates.result(),
                    wantsMoments ? moments.result() : std::vector<float>()};
}

}  // namespace

std::array<uint8_t, 32> seedFromNumber(uint64_t number) {
  std::array<uint8_t, sizeof(number)> bytes;
  std::memcpy(bytes.data(), &number, sizeof(number));
  Sha256 hash;
  hash.update(asBytes("pith seed 1"));
  hash.update(bytes);
  return hash.finish();
}

ContainerWriter::ContainerWriter(ContainerHeader header, std::unique_ptr<RowStore> store)
    : impl_(std::make_unique<Impl>(std::move(header), std::move(store))) {}
ContainerWriter::ContainerWriter(ContainerWriter&&) noexcept = default;
ContainerWriter& ContainerWriter::operator=(ContainerWriter&&) noexcept = default;
ContainerWriter::~ContainerWriter() = default;

size_t ContainerWriter::recordCount() const { return impl_->table.size(); }

Status ContainerWriter::validate() const {
  PITH_RETURN_IF_ERROR(checkHeader(impl_->header, writingCodes));
  const size_t headerBytes = encodeHeader({.header = impl_->header, .recordCount = 0, .sections = {}}).size();
  if (headerBytes > static_cast<size_t>(Limits{}.maxHeaderBytes)) {
    return Error{ErrorCode::containerTooLarge, "the descriptions have " + std::to_string(headerBytes) +
                                                   " bytes; at most " + std::to_string(Limits{}.maxHeaderBytes) +
                                                   " are allowed"};
  }
  return {};
}

Status ContainerWriter::validateRecord(Record record) const { return checkRecord(record, impl_->header); }

Status ContainerWriter::add(Record record, std::span<const std::span<const float>> features) try {
  PITH_RETURN_IF_ERROR(checkFeatures(features, impl_->header));
  PITH_RETURN_IF_ERROR(checkRecord(record, impl_->header));
  if (recordCount() >= maxRecordCount) {
    return Error{ErrorCode::containerTooLarge, "at most " + std::to_string(maxRecordCount) + " records are allowed"};
  }
  if (features.size() == 1) {
    PITH_RETURN_IF_ERROR(impl_->store->append(features[0]));
  } else {
    std::vector<float> joined;
    joined.reserve(impl_->rowLength());
    for (const std::span<const float> block : features) joined.insert(joined.end(), block.begin(), block.end());
    PITH_RETURN_IF_ERROR(impl_->store->append(joined));
  }
  for (size_t i = 0; i < features.size(); ++i) {
    if (isScaled(impl_->header.features[i].type)) impl_->ranges[i].add(features[i]);
  }
  impl_->contents.push_back(contentOf(record, features));
  impl_->table.add(record);
  return {};
} catch (const std::bad_alloc&) {
  return Error{ErrorCode::outOfMemory, "no memory for another record"};
}

Status ContainerWriter::add(Record record, std::span<const float> features) {
  return add(std::move(record), std::span<const std::span<const float>>(&features, 1));
}

Status ContainerWriter::setDocument(size_t k, std::vector<uint8_t> bytes) {
  if (k >= impl_->documents.size()) {
    return Error{ErrorCode::invalidArgument, "document " + std::to_string(k) + " of " + std::to_string(impl_->documents.size())};
  }
  impl_->documents[k] = std::move(bytes);
  return {};
}

Status ContainerWriter::setProbe(size_t block, std::vector<float> features) {
  const bool isFinite = std::ranges::all_of(features, [](float value) { return std::isfinite(value); });
  if (block >= impl_->probes.size() || features.empty() || features.size() % impl_->featureCount(block) != 0 || !isFinite) {
    return Error{ErrorCode::invalidArgument, "a parity probe is not finite features of whole pictures for a block that there is"};
  }
  impl_->probes[block] = std::move(features);
  return {};
}

Status ContainerWriter::addSection(SectionInfo section, std::vector<uint8_t> bytes) {
  const SectionKind kind = parseSectionName(section.name).kind;
  const bool isFree = kind == SectionKind::unknown || kind == SectionKind::privacyReport;
  const bool isNew = std::ranges::none_of(impl_->extras, [&](const auto& extra) { return extra.section.name == section.name; });
  if (!isSectionName(section.name) || !isFree || !isNew || section.shape.size() > maxRank ||
      rawBytes(section.type, section.shape) != bytes.size()) {
    return Error{ErrorCode::invalidArgument,
                 "an additional section has a name that is taken or not [a-z0-9/-], or other bytes than its shape gives"};
  }
  section.required = false;
  section.encoding = Encoding::raw;
  impl_->extras.push_back({std::move(section), std::move(bytes)});
  std::ranges::sort(impl_->extras, {}, [](const auto& extra) {
    return std::pair(parseSectionName(extra.section.name).kind == SectionKind::unknown, extra.section.name);
  });
  return {};
}

Status ContainerWriter::write(const WriteOptions& options, const ByteSink& sink) const try {
  PITH_RETURN_IF_ERROR(validate());
  if (recordCount() == 0) return Error{ErrorCode::emptyContainer, "there is no record"};
  PITH_ASSIGN_OR_RETURN(const RecordOrder order,
                        options.keepIds ? keepOrder(impl_->table)
                                        : drawOrder(impl_->table, impl_->contents, impl_->header.transforms, options.seed));
  HeaderMessage message{.header = impl_->header, .recordCount = recordCount(), .sections = {}};
  ContainerHeader& header = message.header;
  PITH_ASSIGN_OR_RETURN(const EncodedRecords records, encodeRecords(impl_->table, order, header));

  std::vector<BlockRows> blocks;
  std::vector<BlockFacts> facts;
  size_t begin = 0;
  for (size_t i = 0; i < header.features.size(); ++i) {
    FeatureBlock& block = header.features[i];
    const size_t count = impl_->featureCount(i);
    blocks.push_back({*impl_->store, order.rows, impl_->rowLength(), begin, count, block.type,
                      isScaled(block.type) ? impl_->ranges[i].fit(block.type) : Scaling{}});
    begin += count;
    PITH_ASSIGN_OR_RETURN(BlockFacts measured, measure(blocks.back(), options.moments));
    block.narrowing = block.narrowing + measured.narrowing;
    block.duplicateCount = measured.duplicateCount;
    facts.push_back(std::move(measured));
  }

  SectionList sections(header, recordCount());
  for (size_t i = 0; i < blocks.size(); ++i) {
    sections.addFeatures(i, facts[i].sha256, [&rows = blocks[i]](const ByteSink& take) {
      return rows.forEach([&](std::span<const float>, ByteView stored) { return take(stored); });
    });
    if (isScaled(blocks[i].type)) {
      sections.add(SectionKind::scale, i, bytesOfFloats(blocks[i].scaling.scale));
      sections.add(SectionKind::zeroPoint, i, bytesOfFloats(blocks[i].scaling.zeroPoint));
    }
    if (options.moments) sections.add(SectionKind::moments, i, bytesOfFloats(facts[i].moments));
    if (!impl_->probes[i].empty()) sections.add(SectionKind::probe, i, bytesOfFloats(impl_->probes[i]));
  }
  for (const Column& column : records.columns) sections.add(memorySource(column.section, column.bytes));
  for (size_t k = 0; k < impl_->documents.size(); ++k) sections.add(SectionKind::document, k, impl_->documents[k]);
  for (const Impl::Extra& extra : impl_->extras) sections.add(memorySource(extra.section, extra.bytes));
  return assemble(std::move(message), sections.take(), {.compress = options.compress, .limits = options.limits}, sink);
} catch (const std::bad_alloc&) {
  return Error{ErrorCode::outOfMemory, "no memory to lay the file out"};
}

Result<std::vector<uint8_t>> ContainerWriter::toBytes(const WriteOptions& options) const try {
  std::vector<uint8_t> file;
  PITH_RETURN_IF_ERROR(write(options, [&](ByteView bytes) -> Status {
    file.insert(file.end(), bytes.begin(), bytes.end());
    return {};
  }));
  return file;
} catch (const std::bad_alloc&) {
  return Error{ErrorCode::outOfMemory, "no memory for the file"};
}

}  // namespace pith

// SPDX-License-Identifier: Apache-2.0
#include "pith/container/reader.h"

#include <kj/exception.h>

#include <algorithm>
#include <cmath>

#include "pith/container/duplicates.h"
#include "pith/container/header_only.h"
#include "pith/container/layout.h"
#include "pith/container/preamble.h"
#include "pith/container/record_bytes.h"
#include "pith/container/record_facts.h"
#include "pith/container/section_table.h"
#include "pith/container/signature_block.h"
#include "pith/container/stored_block.h"

namespace pith {

using namespace format;

struct Container::Impl {
  struct Block {
    mutable StoredBlock stored;  // keeps a chunk inflated
    Scaling scaling;
    std::vector<float> moments, probe;
  };
  ByteView file;  // without signatures
  Sha256Digest rootSha256{};
  std::vector<Signature> signatures;
  ContainerHeader header;
  std::vector<SectionInfo> sections;
  SectionTable table;
  std::vector<std::vector<uint8_t>> buffers;  // inflated sections, which `records` looks into
  RecordBytes records;
  std::vector<Block> blocks;

  Status readBlocks(size_t recordCount);
  Status readRecords(size_t recordCount);
  Result<ByteView> bytes(SectionKind kind, size_t index = 0);
  Result<std::vector<float>> floats(SectionKind kind, size_t index);
  Status verifyBlock(size_t index) const;
};

namespace {

Error corrupt(std::string detail) { return {ErrorCode::corruptContainer, std::move(detail)}; }

Status checkPadding(ByteView file, uint64_t end, const std::vector<SectionInfo>& sections) {
  for (const SectionInfo& section : sections) {
    const ByteView padding = file.subspan(static_cast<size_t>(end), static_cast<size_t>(section.offsetBytes - end));
    if (!std::ranges::all_of(padding, [](uint8_t byte) { return byte == 0; })) {
      return corrupt("the padding before the section " + section.name + " is not zero");
    }
    end = section.offsetBytes + section.lengthBytes;
  }
  return {};
}

bool areFinite(std::span<const float> values) {
  return std::ranges::all_of(values, [](float value) { return std::isfinite(value); });
}

}  // namespace

Result<ByteView> Container::Impl::bytes(SectionKind kind, size_t index) {
  const SectionInfo* section = table.find(kind, index);
  return section ? readSection(file, *section, buffers) : Result<ByteView>(ByteView());
}

Result<std::vector<float>> Container::Impl::floats(SectionKind kind, size_t index) {
  const SectionInfo* section = table.find(kind, index);
  if (!section) return std::vector<float>();
  std::vector<std::vector<uint8_t>> buffer;
  PITH_ASSIGN_OR_RETURN(const ByteView raw, readSection(file, *section, buffer));
  std::vector<float> values(raw.size() / sizeof(float));
  if (!values.empty()) std::memcpy(values.data(), raw.data(), raw.size());
  return values;
}

Status Container::Impl::readBlocks(size_t recordCount) {
  for (size_t i = 0; i < header.features.size(); ++i) {
    const FeatureType type = header.features[i].type;
    const auto featureCount = static_cast<size_t>(header.encoders[header.features[i].encoder].info.featureCount);
    const SectionInfo& section = *table.find(SectionKind::features, i);
    PITH_ASSIGN_OR_RETURN(StoredBlock stored,
                          StoredBlock::open(bytesOf(file, section), section.encoding, type, recordCount, featureCount));
    Block block{std::move(stored), {}, {}, {}};
    PITH_ASSIGN_OR_RETURN(block.scaling.scale, floats(SectionKind::scale, i));
    PITH_ASSIGN_OR_RETURN(block.scaling.zeroPoint, floats(SectionKind::zeroPoint, i));
    const auto isPositive = [](float value) { return std::isfinite(value) && value > 0; };
    if (!std::ranges::all_of(block.scaling.scale, isPositive) || !areFinite(block.scaling.zeroPoint)) {
      return corrupt("the scale or zero point of features " + std::to_string(i) + " holds a value that is not allowed");
    }
    PITH_ASSIGN_OR_RETURN(block.moments, floats(SectionKind::moments, i));
    PITH_ASSIGN_OR_RETURN(block.probe, floats(SectionKind::probe, i));
    blocks.push_back(std::move(block));
  }
  return {};
}

Status Container::Impl::readRecords(size_t recordCount) {
  records.count = recordCount;
  PITH_ASSIGN_OR_RETURN(records.ids, bytes(SectionKind::id));
  PITH_ASSIGN_OR_RETURN(records.parents, bytes(SectionKind::parent));
  PITH_ASSIGN_OR_RETURN(records.transforms, bytes(SectionKind::transform));
  PITH_ASSIGN_OR_RETURN(records.nameOffsets, bytes(SectionKind::nameOffset));
  PITH_ASSIGN_OR_RETURN(records.nameTexts, bytes(SectionKind::nameText));
  for (size_t k = 0; k < header.groupings.size(); ++k) {
    PITH_ASSIGN_OR_RETURN(const ByteView groups, bytes(SectionKind::group, k));
    records.groups.push_back(groups);
  }
  for (size_t k = 0; k < header.splits.size(); ++k) {
    PITH_ASSIGN_OR_RETURN(const ByteView parts, bytes(SectionKind::split, k));
    records.splits.push_back(parts);
  }
  for (size_t k = 0; k < header.labelColumns.size(); ++k) {
    LabelBytes label;
    PITH_ASSIGN_OR_RETURN(label.values, bytes(labelKind(header.labelColumns[k].type), k));
    PITH_ASSIGN_OR_RETURN(label.texts, bytes(SectionKind::labelText, k));
    records.labels.push_back(label);
  }
  PITH_ASSIGN_OR_RETURN(const RecordFacts facts, checkRecords(header, records));
  return compareFacts(header, facts);
}

Result<Container> Container::open(ByteView file, const Limits& limits) {
  try {
    auto impl = std::make_unique<Impl>();
    PITH_ASSIGN_OR_RETURN(const Preamble preamble, decodePreamble(file, limits));
    impl->file = file.first(static_cast<size_t>(preamble.fileBytes));
    impl->rootSha256 = preamble.rootSha256;
    PITH_ASSIGN_OR_RETURN(HeaderMessage message, readHeaderMessage(impl->file, preamble));
    PITH_RETURN_IF_ERROR(checkPadding(impl->file, preambleBytes + preamble.headerBytes, message.sections));
    PITH_ASSIGN_OR_RETURN(impl->signatures, decodeSignatures(file.subspan(impl->file.size()), preamble.fileBytes));
    impl->header = std::move(message.header);
    impl->sections = std::move(message.sections);
    PITH_ASSIGN_OR_RETURN(impl->table,
                          SectionTable::make(impl->file, impl->header, preamble.recordCount, impl->sections));
    // records/id has 16 bytes of the file for each record, so that their number fits size_t from here on.
    PITH_RETURN_IF_ERROR(impl->readBlocks(static_cast<size_t>(preamble.recordCount)));
    PITH_RETURN_IF_ERROR(impl->readRecords(static_cast<size_t>(preamble.recordCount)));
    return Container(std::move(impl));
  } catch (const kj::Exception&) {
    return corrupt("the header is not a well-formed Cap'n Proto message");
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::outOfMemory, "no memory for the header and what is compressed"};
  }
}

Status Container::Impl::verifyBlock(size_t index) const {
  const Block& block = blocks[index];
  const std::string name = sectionName(SectionKind::features, index);
  std::vector<float> values(block.stored.featureCount());
  DuplicateMeter duplicates;
  MomentsMeter moments;
  for (size_t row = 0; row < records.count; ++row) {
    PITH_ASSIGN_OR_RETURN(const ByteView stored, block.stored.row(row));
    if (!hasCleanEnd(block.stored.type(), values.size(), stored)) {
      return corrupt("a row of the section " + name + " does not end with zero bits");
    }
    duplicates.add(stored);
    widenRow(block.stored.type(), stored, block.scaling, values);
    if (!areFinite(values)) {
      return Error{ErrorCode::nonFiniteFeature, "record " + std::to_string(row) + " has a feature that is not finite"};
    }
    if (!block.moments.empty()) moments.add(values);
  }
  if (duplicates.result() != header.features[index].duplicateCount) {
    return corrupt("the section " + name + " holds another number of duplicates than the header states");
  }
  if (!block.moments.empty() && !momentsAgree(block.moments, moments.result())) {
    return corrupt("the moments of the section " + name + " are not those of its values");
  }
  return {};
}

Status Container::verify() const try {
  for (const SectionInfo& section : impl_->sections) {
    if (sha256(sectionBytes(section)) != section.sha256) {
      return Error{ErrorCode::hashMismatch, "the section " + section.name + " does not have the SHA-256 that the header states"};
    }
  }
  for (size_t i = 0; i < impl_->blocks.size(); ++i) PITH_RETURN_IF_ERROR(impl_->verifyBlock(i));
  for (size_t k = 0; k < impl_->header.documents.size(); ++k) PITH_RETURN_IF_ERROR(document(k));
  for (const Signature& signature : impl_->signatures) {
    if (!isValid(signature, impl_->rootSha256)) {
      return Error{ErrorCode::hashMismatch, "the signature of the key " + toHex(signature.publicKey) + " is not valid"};
    }
  }
  return {};
} catch (const std::bad_alloc&) {
  return Error{ErrorCode::outOfMemory, "no memory to verify the file"};
}

Container::Container(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Container::Container(Container&&) noexcept = default;
Container& Container::operator=(Container&&) noexcept = default;
Container::~Container() = default;

const ContainerHeader& Container::header() const { return impl_->header; }
const std::vector<SectionInfo>& Container::sections() const { return impl_->sections; }
const Sha256Digest& Container::rootSha256() const { return impl_->rootSha256; }
const std::vector<Signature>& Container::signatures() const { return impl_->signatures; }
size_t Container::recordCount() const { return impl_->records.count; }
size_t Container::featureCount(size_t block) const { return impl_->blocks[block].stored.featureCount(); }

Record Container::record(size_t row) const { return recordAt(impl_->header, impl_->records, row); }
RecordId Container::id(size_t row) const { return valueAt<RecordId>(impl_->records.ids, row); }
std::optional<uint32_t> Container::group(size_t grouping, size_t row) const {
  return indexAt(impl_->records.groups[grouping], row);
}
std::optional<uint8_t> Container::part(size_t split, size_t row) const { return partAt(impl_->records.splits[split], row); }
LabelValue Container::label(size_t column, size_t row) const {
  return labelAt(impl_->header.labelColumns[column], impl_->records.labels[column], row);
}
bool Container::hasNames() const { return !impl_->records.nameOffsets.empty(); }

Status Container::readFeatures(size_t block, size_t row, std::span<float> out) const {
  PITH_ASSIGN_OR_RETURN(const ByteView stored, storedRow(block, row));
  widenRow(impl_->blocks[block].stored.type(), stored, impl_->blocks[block].scaling, out);
  return {};
}

Result<std::vector<float>> Container::features(size_t row, size_t block) const {
  std::vector<float> values(featureCount(block));
  PITH_RETURN_IF_ERROR(readFeatures(block, row, values));
  return values;
}

Result<ByteView> Container::storedRow(size_t block, size_t row) const { return impl_->blocks[block].stored.row(row); }
ByteView Container::storedFeatures(size_t block) const { return impl_->blocks[block].stored.stored(); }
std::span<const float> Container::scale(size_t block) const { return impl_->blocks[block].scaling.scale; }
std::span<const float> Container::zeroPoint(size_t block) const { return impl_->blocks[block].scaling.zeroPoint; }
std::span<const float> Container::moments(size_t block) const { return impl_->blocks[block].moments; }
std::span<const float> Container::probe(size_t block) const { return impl_->blocks[block].probe; }

Result<std::vector<uint8_t>> Container::document(size_t k) const {
  std::vector<std::vector<uint8_t>> buffers;
  PITH_ASSIGN_OR_RETURN(const ByteView bytes, readSection(impl_->file, *impl_->table.find(SectionKind::document, k), buffers));
  if (!buffers.empty()) return std::move(buffers.front());
  return std::vector<uint8_t>(bytes.begin(), bytes.end());
}

ByteView Container::sectionBytes(const SectionInfo& section) const { return bytesOf(impl_->file, section); }

}  // namespace pith

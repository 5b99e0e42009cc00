// SPDX-License-Identifier: Apache-2.0
#include "pith/container/reader.h"

#include <kj/exception.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "pith/container/columns.h"
#include "pith/container/header_message.h"
#include "pith/container/layout.h"
#include "pith/container/preamble.h"

namespace pith {
namespace {

using namespace format;

Error corrupt(std::string detail) { return {ErrorCode::corruptContainer, std::move(detail)}; }

/// The sections by name, and which of them were asked for.
class SectionTable {
 public:
  SectionTable(ByteView file, const std::vector<SectionInfo>& sections)
      : file_(file), sections_(sections), known_(sections.size()) {
    for (size_t i = 0; i < sections.size(); ++i) indices_.emplace(sections[i].name, i);
  }

  Result<std::optional<ByteView>> find(const std::string& name, ElementType type, const std::vector<uint64_t>& shape) {
    const auto found = indices_.find(name);
    if (found == indices_.end()) return std::optional<ByteView>();
    known_[found->second] = true;
    const SectionInfo& section = sections_[found->second];
    const auto extentFits = [](uint64_t wanted, uint64_t seen) { return wanted == 0 || wanted == seen; };
    if (section.type != type || !std::ranges::equal(shape, section.shape, extentFits)) {
      return corrupt("the section " + name + " does not have the type and shape that its name calls for");
    }
    return std::optional(file_.subspan(static_cast<size_t>(section.offsetBytes), static_cast<size_t>(section.lengthBytes)));
  }

  Status refuseUnknown() const {
    for (size_t i = 0; i < sections_.size(); ++i) {
      if (sections_[i].required && !known_[i]) {
        return Error{ErrorCode::unsupportedSection, "the section " + sections_[i].name +
                                                        " must be understood, and this version does not know it"};
      }
    }
    return {};
  }

 private:
  ByteView file_;
  const std::vector<SectionInfo>& sections_;
  std::unordered_map<std::string_view, size_t> indices_;
  std::vector<bool> known_;
};

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

Result<std::vector<float>> readParameter(SectionTable& table, const char* name, size_t featureCount, bool positive) {
  PITH_ASSIGN_OR_RETURN(const std::optional<ByteView> bytes, table.find(name, ElementType::f32, {featureCount}));
  if (!bytes) return corrupt("the section " + std::string(name) + " is missing");
  std::vector<float> values(featureCount);
  std::memcpy(values.data(), bytes->data(), bytes->size());
  const bool fits = std::ranges::all_of(values, [&](float v) { return std::isfinite(v) && (v > 0 || !positive); });
  if (!fits) return corrupt("the section " + std::string(name) + " holds a value that is not allowed");
  return values;
}

FeatureType featureTypeOf(ElementType type) {
  if (type == ElementType::f32) return FeatureType::f32;
  return type == ElementType::f16 ? FeatureType::f16 : FeatureType::i8;
}

/// What preamble and header both state must agree.
Status checkAgreement(const Preamble& preamble, const HeaderMessage& message) {
  if (message.recordCount != preamble.recordCount) return corrupt("header and preamble state different numbers of records");
  if (static_cast<uint64_t>(message.header.encoder.featureCount) != preamble.featureCount) {
    return corrupt("header and preamble state different numbers of features");
  }
  const SectionInfo& first = message.sections.front();
  if (first.name != featuresSection || first.offsetBytes != preamble.featuresOffset || first.type != preamble.featureType) {
    return corrupt("the first section is not the feature block that the preamble describes");
  }
  return {};
}

}  // namespace

Result<Container> Container::open(ByteView file, const Limits& limits) {
  try {
    return read(file, limits);
  } catch (const kj::Exception&) {
    return corrupt("the header is not a well-formed Cap'n Proto message");
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::outOfMemory, "no memory for the header and the records"};
  }
}

Result<Container> Container::read(ByteView file, const Limits& limits) {
  PITH_ASSIGN_OR_RETURN(const Preamble preamble, decodePreamble(file, limits));
  const ByteView headerBytes = file.subspan(preambleBytes, static_cast<size_t>(preamble.headerBytes));
  if (sha256(headerBytes) != preamble.headerSha256) {
    return Error{ErrorCode::hashMismatch, "the header does not have the SHA-256 that the preamble states"};
  }
  PITH_ASSIGN_OR_RETURN(HeaderMessage message, decodeHeader(headerBytes));
  const uint64_t headerEnd = preambleBytes + preamble.headerBytes;
  PITH_RETURN_IF_ERROR(checkSections(headerEnd, file.size(), message.sections));
  PITH_RETURN_IF_ERROR(checkPadding(file, headerEnd, message.sections));
  PITH_RETURN_IF_ERROR(checkAgreement(preamble, message));

  Container container;
  container.file_ = file;
  container.rootSha256_ = preamble.rootSha256;
  container.sections_ = std::move(message.sections);
  container.header_ = std::move(message.header);
  container.header_.featureType = featureTypeOf(preamble.featureType);
  SectionTable table(file, container.sections_);
  PITH_ASSIGN_OR_RETURN(const std::optional<ByteView> features,
                        table.find(featuresSection, preamble.featureType, {preamble.recordCount, preamble.featureCount}));
  container.rawFeatures_ = *features;  // the block has N * D elements and lies in memory, so both fit size_t from here on
  if (container.header_.featureType == FeatureType::i8) {
    const size_t count = container.featureCount();
    PITH_ASSIGN_OR_RETURN(container.i8_.scale, readParameter(table, scaleSection, count, true));
    PITH_ASSIGN_OR_RETURN(container.i8_.zeroPoint, readParameter(table, zeroPointSection, count, false));
  }
  const auto lookup = [&](const std::string& name, ElementType type, std::vector<uint64_t> shape) {
    return table.find(name, type, shape);
  };
  PITH_ASSIGN_OR_RETURN(container.header_.records, decodeColumns(container.header_.labelColumns,
                                                                 static_cast<size_t>(preamble.recordCount), lookup));
  PITH_RETURN_IF_ERROR(table.refuseUnknown());
  return container;
}

Status Container::verify() const {
  for (const SectionInfo& section : sections_) {
    const ByteView bytes =
        file_.subspan(static_cast<size_t>(section.offsetBytes), static_cast<size_t>(section.lengthBytes));
    if (sha256(bytes) != section.sha256) {
      return Error{ErrorCode::hashMismatch, "the section " + section.name + " does not have the SHA-256 that the header states"};
    }
  }
  std::vector<float> row(featureCount());
  for (size_t i = 0; i < recordCount(); ++i) {
    widen(i, row);
    if (!std::ranges::all_of(row, [](float value) { return std::isfinite(value); })) {
      return Error{ErrorCode::nonFiniteFeature, "record " + std::to_string(i) + " has a feature that is not finite"};
    }
  }
  return {};
}

std::vector<float> Container::features(size_t row) const {
  std::vector<float> values(featureCount());
  widen(row, values);
  return values;
}

void Container::widen(size_t row, std::span<float> out) const {
  const size_t rowBytes = out.size() * static_cast<size_t>(featureTypeBytes(header_.featureType));
  format::widenRow(header_.featureType, rawFeatures_.subspan(row * rowBytes, rowBytes), i8_, out);
}

}  // namespace pith

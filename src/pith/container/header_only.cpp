// SPDX-License-Identifier: Apache-2.0
#include "pith/container/header_only.h"

#include <kj/exception.h>

#include <new>

#include "pith/container/header_rules.h"
#include "pith/container/layout.h"
#include "pith/container/section_name.h"

namespace pith {
namespace format {
namespace {

Error corrupt(std::string detail) { return {ErrorCode::corruptContainer, std::move(detail)}; }

/// The type of a block is that of its section.
Status findTypes(HeaderMessage& message) {
  for (const SectionInfo& section : message.sections) {
    const SectionName name = parseSectionName(section.name);
    if (name.kind != SectionKind::features || name.index >= message.header.features.size()) continue;
    const std::optional<FeatureType> type = featureTypeOf(section.type);
    if (!type) return corrupt("the section " + section.name + " has an element type that features cannot have");
    message.header.features[name.index].type = *type;
  }
  return {};
}

/// What preamble and header both state must agree.
Status checkAgreement(const Preamble& preamble, const HeaderMessage& message) {
  if (message.recordCount != preamble.recordCount) return corrupt("header and preamble state different numbers of records");
  const FeatureBlock& block = message.header.features.front();
  if (static_cast<uint64_t>(message.header.encoders[block.encoder].info.featureCount) != preamble.featureCount) {
    return corrupt("header and preamble state different numbers of features");
  }
  const SectionInfo& first = message.sections.front();
  if (first.name != sectionName(SectionKind::features, 0) || first.offsetBytes != preamble.featuresOffset ||
      first.type != preamble.featureType || first.encoding != preamble.featureEncoding) {
    return corrupt("the first section is not the feature block that the preamble describes");
  }
  return {};
}

}  // namespace

Result<HeaderMessage> readHeaderMessage(ByteView file, const Preamble& preamble) {
  const ByteView bytes = file.subspan(preambleBytes, static_cast<size_t>(preamble.headerBytes));
  if (sha256(bytes) != preamble.headerSha256) {
    return Error{ErrorCode::hashMismatch, "the header does not have the SHA-256 that the preamble states"};
  }
  PITH_ASSIGN_OR_RETURN(HeaderMessage message, decodeHeader(bytes));
  PITH_RETURN_IF_ERROR(checkHeader(message.header, readingCodes));
  PITH_RETURN_IF_ERROR(checkSections(preambleBytes + preamble.headerBytes, file.size(), message.sections));
  PITH_RETURN_IF_ERROR(checkAgreement(preamble, message));
  PITH_RETURN_IF_ERROR(findTypes(message));
  return message;
}

}  // namespace format

Result<HeaderOnly> readHeaderOnly(ByteView file, const Limits& limits) {
  using namespace format;
  try {
    PITH_ASSIGN_OR_RETURN(const Preamble preamble, decodePreamble(file, limits));
    const ByteView content = file.first(static_cast<size_t>(preamble.fileBytes));
    PITH_ASSIGN_OR_RETURN(HeaderMessage message, readHeaderMessage(content, preamble));
    return HeaderOnly{std::move(message.header), message.recordCount, std::move(message.sections), preamble.rootSha256};
  } catch (const kj::Exception&) {
    return corrupt("the header is not a well-formed Cap'n Proto message");
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::outOfMemory, "no memory for the header"};
  }
}

}  // namespace pith

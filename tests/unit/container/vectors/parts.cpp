// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "pith/container/layout.h"
#include "unit/container/vectors/vectors.h"

namespace pith::test {

using namespace format;

namespace {

size_t size(uint64_t bytes) { return static_cast<size_t>(bytes); }  // the vectors are small

void place(Parts& parts) {
  placeSections(preambleBytes, parts.message.sections);
  parts.preamble.headerBytes = encodeHeader(parts.message).size();
  parts.preamble.fileBytes = placeSections(preambleBytes + parts.preamble.headerBytes, parts.message.sections);
  parts.preamble.featuresOffset = parts.message.sections[0].offsetBytes;
}

/// Puts preamble and header in front of sections that lie where `layout` says, whatever the header says.
Bytes join(Parts parts, const std::vector<SectionInfo>& layout, const Bytes& header) {
  parts.preamble.headerSha256 = sha256(header);
  Bytes file(size(layout.back().offsetBytes + layout.back().lengthBytes));
  std::ranges::copy(encodePreamble(parts.preamble), file.begin());
  std::ranges::copy(header, file.begin() + preambleBytes);
  for (size_t i = 0; i < parts.sections.size(); ++i) {
    std::ranges::copy(parts.sections[i], file.begin() + static_cast<ptrdiff_t>(layout[i].offsetBytes));
  }
  return file;
}

}  // namespace

size_t Parts::index(const std::string& name) const {
  const auto found = std::ranges::find(message.sections, name, &SectionInfo::name);
  EXPECT_NE(found, message.sections.end()) << name;
  return static_cast<size_t>(found - message.sections.begin());
}

void Parts::append(SectionInfo info, Bytes content) {
  info.lengthBytes = content.size();
  message.sections.push_back(std::move(info));
  sections.push_back(std::move(content));
}

void Parts::remove(const std::string& name) {
  const auto at = static_cast<ptrdiff_t>(index(name));
  message.sections.erase(message.sections.begin() + at);
  sections.erase(sections.begin() + at);
}

Parts takeApart(const Bytes& file) {
  Parts parts;
  parts.preamble = *decodePreamble(file, {});
  parts.message = *decodeHeader(ByteView(file).subspan(preambleBytes, size(parts.preamble.headerBytes)));
  for (const SectionInfo& section : parts.message.sections) {
    const ByteView bytes = ByteView(file).subspan(size(section.offsetBytes), size(section.lengthBytes));
    parts.sections.emplace_back(bytes.begin(), bytes.end());
  }
  return parts;
}

Bytes remake(const Bytes& file, const Change& before, const Change& after) {
  Parts parts = takeApart(file);
  if (before) before(parts);
  for (size_t i = 0; i < parts.sections.size(); ++i) {
    parts.message.sections[i].sha256 = sha256(parts.sections[i]);
    parts.message.sections[i].lengthBytes = parts.sections[i].size();
  }
  place(parts);
  const std::vector<SectionInfo> layout = parts.message.sections;
  const uint64_t headerBytes = parts.preamble.headerBytes;
  if (after) after(parts);
  const Bytes header = encodeHeader(parts.message);
  EXPECT_EQ(header.size(), headerBytes) << "what moves the sections must change before they are placed";
  return join(parts, layout, header);
}

Bytes remakeHeader(const Bytes& file, const std::function<void(Bytes&)>& change) {
  Parts parts = takeApart(file);
  Bytes header = encodeHeader(parts.message);
  const size_t before = header.size();
  change(header);
  parts.preamble.headerBytes = header.size();
  // The header's own offsets are right only where its padding takes up the change.
  EXPECT_EQ(alignUp(preambleBytes + before), alignUp(preambleBytes + header.size()));
  return join(parts, parts.message.sections, header);
}

Bytes withRoom(const Bytes& file, size_t bytes) {
  Bytes longer = file;
  for (int words = 1; words <= 8; ++words) {
    const uint64_t end = preambleBytes + takeApart(longer).preamble.headerBytes;
    if (alignUp(end) - end >= bytes) return longer;
    longer = remake(file, [&](Parts& p) { p.header().dataset.notes += std::string(static_cast<size_t>(8 * words), '.'); });
  }
  ADD_FAILURE() << "no room";
  return longer;
}

Bytes changed(Bytes file, const std::function<void(Bytes&)>& change) {
  change(file);
  return file;
}

SectionInfo unknownSection(std::string name, bool required, ElementType type, std::vector<uint64_t> shape) {
  return {.name = std::move(name), .type = type, .required = required, .shape = std::move(shape)};
}

Bytes sign(Bytes file, const std::vector<std::string>& signers) {
  const uint64_t length = file.size();
  const Sha256Digest root = decodePreamble(file, {})->rootSha256;
  std::vector<Signature> signatures;
  for (const std::string& signer : signers) signatures.push_back(signRoot(makeKeyPair(sha256(asBytes(signer))), root));
  const Bytes block = encodeSignatures(length, signatures);
  file.insert(file.end(), block.begin(), block.end());
  return file;
}

std::string answerTo(ByteView file) {
  const auto error = [](const Error& e) { return Json(Json::Object{{"error", errorName(e.code)}}).dump(true) + "\n"; };
  const Result<Container> container = Container::open(file);
  if (!container.ok()) return error(container.error());
  const Status verified = container->verify();
  if (!verified.ok()) return error(verified.error());
  const Result<Json> content = describeContent(*container);
  if (!content.ok()) return error(content.error());
  constexpr size_t indentedBytes = 4096;
  std::string indented = content->dump(true) + "\n";
  return indented.size() <= indentedBytes ? indented : content->dump() + "\n";
}

std::vector<Vector> makeVectors() {
  std::vector<Vector> vectors;
  addValid(vectors);
  addInvalidFiles(vectors);
  addInvalidHeaders(vectors);
  addInvalidHeads(vectors);
  addInvalidSections(vectors);
  addInvalidRecords(vectors);
  addInvalidFeatures(vectors);
  return vectors;
}

}  // namespace pith::test

// SPDX-License-Identifier: Apache-2.0
#include "pith/container/header_message.h"

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <container.capnp.h>

#include <string>
#include <unordered_set>

#include "pith/container/layout.h"
#include "pith/container/text.h"

namespace pith::format {
namespace {

Error corrupt(std::string detail) { return {ErrorCode::corruptContainer, std::move(detail)}; }

// ---- writing

capnp::Data::Reader dataOf(const Sha256Digest& digest) { return {digest.data(), digest.size()}; }

capnp::Text::Reader textOf(const std::string& text) { return {text.c_str(), text.size()}; }

void put(schema::Dataset::Builder to, const DatasetInfo& dataset) {
  to.setTitle(textOf(dataset.title));
  to.setAuthor(textOf(dataset.author));
  to.setContact(textOf(dataset.contact));
  to.setSource(textOf(dataset.source));
  to.setLicence(textOf(dataset.licence));
  to.setNotes(textOf(dataset.notes));
}

void put(schema::Encoder::Builder to, const EncoderInfo& encoder) {
  to.setName(textOf(encoder.name));
  to.setModelSha256(dataOf(encoder.modelSha256));
  to.setRecipe(textOf(recipeToJson(encoder.recipe).dump()));
  to.setTap(textOf(encoder.tap));
  auto shape = to.initTapShape(static_cast<kj::uint>(encoder.tapShape.size()));
  for (kj::uint i = 0; i < shape.size(); ++i) shape.set(i, static_cast<uint32_t>(encoder.tapShape[i]));
  to.setPooling(encoder.pooling == Pooling::average ? schema::Pooling::AVERAGE : schema::Pooling::NONE);
  to.setEngine(textOf(encoder.engine));
  to.setFeatureCount(static_cast<uint32_t>(encoder.featureCount));
}

void put(schema::LabelColumn::Builder to, const LabelColumn& column) {
  to.setName(textOf(column.name));
  to.setType(static_cast<schema::LabelType>(column.type));
  auto categories = to.initCategories(static_cast<kj::uint>(column.categories.size()));
  for (kj::uint i = 0; i < categories.size(); ++i) categories.set(i, textOf(column.categories[i]));
}

void put(schema::Section::Builder to, const SectionInfo& section) {
  to.setName(textOf(section.name));
  to.setType(static_cast<schema::ElementType>(section.type));
  to.setRequired(section.required);
  to.setOffset(section.offsetBytes);
  to.setLength(section.lengthBytes);
  auto shape = to.initShape(static_cast<kj::uint>(section.shape.size()));
  for (kj::uint i = 0; i < shape.size(); ++i) shape.set(i, section.shape[i]);
  to.setSha256(dataOf(section.sha256));
}

// ---- reading

/// Copies texts and digests out of a message and remembers the first that is wrong, so that reading stays flat.
class FieldReader {
 public:
  std::string text(capnp::Text::Reader from, size_t maxBytes, const char* what) {
    const std::string_view view(from.begin(), from.size());
    if (Status checked = checkText(view, maxBytes, what, ErrorCode::corruptContainer); !checked.ok()) {
      fail(checked.error());
      return {};
    }
    return std::string(view);
  }

  Sha256Digest digest(capnp::Data::Reader from, const char* what) {
    Sha256Digest digest{};
    if (from.size() != digest.size()) {
      fail(corrupt(std::string(what) + " has " + std::to_string(from.size()) + " bytes; only 32 are allowed"));
    } else {
      std::copy(from.begin(), from.end(), digest.begin());
    }
    return digest;
  }

  void expectCount(size_t count, size_t minimum, size_t maximum, const char* what) {
    if (count >= minimum && count <= maximum) return;
    fail(corrupt("the header has " + std::to_string(count) + " " + what + "; " + std::to_string(minimum) + " to " +
                 std::to_string(maximum) + " are allowed"));
  }

  void fail(Error error) {
    if (status_.ok()) status_ = Status(std::move(error));
  }
  [[nodiscard]] bool ok() const { return status_.ok(); }
  [[nodiscard]] const Status& status() const { return status_; }

 private:
  Status status_;
};

DatasetInfo readDataset(schema::Dataset::Reader from, FieldReader& fields) {
  return {.title = fields.text(from.getTitle(), maxTextBytes, "the title"),
          .author = fields.text(from.getAuthor(), maxTextBytes, "the author"),
          .contact = fields.text(from.getContact(), maxTextBytes, "the contact"),
          .source = fields.text(from.getSource(), maxTextBytes, "the source"),
          .licence = fields.text(from.getLicence(), maxTextBytes, "the licence"),
          .notes = fields.text(from.getNotes(), maxTextBytes, "the notes text")};
}

EncoderInfo readEncoder(schema::Encoder::Reader from, FieldReader& fields) {
  EncoderInfo encoder;
  encoder.name = fields.text(from.getName(), maxNameBytes, "the encoder's name");
  encoder.modelSha256 = fields.digest(from.getModelSha256(), "the model's SHA-256");
  Result<Recipe> recipe = parseRecipe(fields.text(from.getRecipe(), maxTextBytes, "the recipe"));
  if (recipe.ok()) {
    encoder.recipe = std::move(*recipe);
  } else {
    fields.fail(corrupt("the recipe cannot be read: " + recipe.error().detail));
  }
  encoder.tap = fields.text(from.getTap(), maxNameBytes, "the tap");
  fields.expectCount(from.getTapShape().size(), 1, maxRank, "axes of the tap");
  if (fields.ok()) {
    for (const uint32_t extent : from.getTapShape()) encoder.tapShape.push_back(extent);
  }
  switch (from.getPooling()) {
    case schema::Pooling::AVERAGE: encoder.pooling = Pooling::average; break;
    case schema::Pooling::NONE: encoder.pooling = Pooling::none; break;
    default: fields.fail({ErrorCode::unsupportedVersion, "the pooling is not one that this version knows"});
  }
  encoder.engine = fields.text(from.getEngine(), maxNameBytes, "the engine");
  if (from.getFeatureCount() == 0 || from.getFeatureCount() > maxFeatureCount) {
    fields.fail(corrupt("the encoder states " + std::to_string(from.getFeatureCount()) + " features"));
  } else {
    encoder.featureCount = static_cast<int>(from.getFeatureCount());
  }
  return encoder;
}

LabelColumn readColumn(schema::LabelColumn::Reader from, FieldReader& fields) {
  LabelColumn column;
  column.name = fields.text(from.getName(), maxNameBytes, "a label column's name");
  if (from.getType() > schema::LabelType::TEXT) {
    fields.fail({ErrorCode::unsupportedVersion, "the type of a label column is not one that this version knows"});
    return column;
  }
  column.type = static_cast<LabelType>(from.getType());
  const auto categories = from.getCategories();
  fields.expectCount(categories.size(), 0, column.type == LabelType::categorical ? maxCategories : 0, "categories");
  std::unordered_set<std::string> seen;
  for (kj::uint i = 0; i < categories.size() && fields.ok(); ++i) {
    column.categories.push_back(fields.text(categories[i], maxNameBytes, "a category"));
    if (column.categories.back().empty() || !seen.insert(column.categories.back()).second) {
      fields.fail(corrupt("a category is empty or stands in its column twice"));
    }
  }
  return column;
}

SectionInfo readSection(schema::Section::Reader from, FieldReader& fields) {
  SectionInfo section;
  section.name = fields.text(from.getName(), maxSectionNameBytes, "a section's name");
  section.type = static_cast<ElementType>(from.getType());
  section.required = from.getRequired();
  section.offsetBytes = from.getOffset();
  section.lengthBytes = from.getLength();
  fields.expectCount(from.getShape().size(), 0, maxRank, "axes of a section");
  if (fields.ok()) {
    for (const uint64_t extent : from.getShape()) section.shape.push_back(extent);
  }
  section.sha256 = fields.digest(from.getSha256(), "a section's SHA-256");
  return section;
}

void readFeatures(schema::Header::Reader root, HeaderMessage& message, FieldReader& fields) {
  const auto encoders = root.getEncoders();
  const auto blocks = root.getFeatures();
  fields.expectCount(encoders.size(), 1, maxEncoders, "encoders");
  fields.expectCount(blocks.size(), 1, maxEncoders, "feature blocks");
  if (!fields.ok()) return;
  const auto block = blocks[0];
  if (block.getEncoder() >= encoders.size()) {
    fields.fail(corrupt("the features name an encoder that is not in the header"));
    return;
  }
  message.header.encoder = readEncoder(encoders[block.getEncoder()], fields);
  message.header.narrowing = {.maxAbsolute = block.getMaxAbsoluteError(),
                              .rootMeanSquare = block.getRootMeanSquareError(),
                              .relativeL2 = block.getRelativeL2Error()};
  for (const double error : {block.getMaxAbsoluteError(), block.getRootMeanSquareError(), block.getRelativeL2Error()}) {
    if (!(error >= 0)) fields.fail(corrupt("a narrowing error is negative or not a number"));
  }
}

void readColumns(schema::Header::Reader root, std::vector<LabelColumn>& columns, FieldReader& fields) {
  const auto labels = root.getLabels();
  fields.expectCount(labels.size(), 0, maxLabelColumns, "label columns");
  std::unordered_set<std::string> names;
  for (kj::uint i = 0; i < labels.size() && fields.ok(); ++i) {
    columns.push_back(readColumn(labels[i], fields));
    if (columns.back().name.empty() || !names.insert(columns.back().name).second) {
      fields.fail(corrupt("a label column's name is empty or stands in the header twice"));
    }
  }
}

Result<HeaderMessage> readRoot(schema::Header::Reader root) {
  FieldReader fields;
  HeaderMessage message;
  message.header.writer = fields.text(root.getWriter(), maxNameBytes, "the writer");
  message.recordCount = root.getRecordCount();
  message.header.dataset = readDataset(root.getDataset(), fields);
  readFeatures(root, message, fields);
  readColumns(root, message.header.labelColumns, fields);
  const auto sections = root.getSections();
  fields.expectCount(sections.size(), 1, maxSections, "sections");
  for (kj::uint i = 0; i < sections.size() && fields.ok(); ++i) {
    message.sections.push_back(readSection(sections[i], fields));
  }
  PITH_RETURN_IF_ERROR(fields.status());
  return message;
}

}  // namespace

std::vector<uint8_t> encodeHeader(const HeaderMessage& message) {
  capnp::MallocMessageBuilder builder;
  auto root = builder.initRoot<schema::Header>();
  root.setWriter(textOf(message.header.writer));
  root.setRecordCount(message.recordCount);
  put(root.initDataset(), message.header.dataset);
  put(root.initEncoders(1)[0], message.header.encoder);
  auto block = root.initFeatures(1)[0];
  block.setMaxAbsoluteError(message.header.narrowing.maxAbsolute);
  block.setRootMeanSquareError(message.header.narrowing.rootMeanSquare);
  block.setRelativeL2Error(message.header.narrowing.relativeL2);
  auto columns = root.initLabels(static_cast<kj::uint>(message.header.labelColumns.size()));
  for (kj::uint i = 0; i < columns.size(); ++i) put(columns[i], message.header.labelColumns[i]);
  auto sections = root.initSections(static_cast<kj::uint>(message.sections.size()));
  for (kj::uint i = 0; i < sections.size(); ++i) put(sections[i], message.sections[i]);

  const kj::Array<capnp::word> words = capnp::canonicalize(root.asReader());
  const auto bytes = words.asBytes();
  return {bytes.begin(), bytes.end()};
}

Result<HeaderMessage> decodeHeader(ByteView bytes) {
  // A copy, because a message must be aligned, and because a memory map could change between check and use.
  std::vector<uint64_t> words(bytes.size() / sizeof(uint64_t));
  std::memcpy(words.data(), bytes.data(), words.size() * sizeof(uint64_t));
  const kj::ArrayPtr<const capnp::word> segment(reinterpret_cast<const capnp::word*>(words.data()), words.size());
  const kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>> segments(&segment, 1);

  // In canonical form nothing is pointed at twice, so that a reading costs no more than the bytes that are there.
  capnp::ReaderOptions options;
  options.traversalLimitInWords = 2 * words.size() + 64;
  options.nestingLimit = 16;
  capnp::SegmentArrayMessageReader formReader(segments, options);
  if (!formReader.isCanonical()) return corrupt("the header is not in Cap'n Proto's canonical form");
  options.traversalLimitInWords = 16 * words.size() + 64;  // fields are visited more than once
  capnp::SegmentArrayMessageReader reader(segments, options);
  return readRoot(reader.getRoot<schema::Header>());
}

}  // namespace pith::format

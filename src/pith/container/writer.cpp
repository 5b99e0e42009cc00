// SPDX-License-Identifier: Apache-2.0
#include "pith/container/writer.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "pith/container/columns.h"
#include "pith/container/header_message.h"
#include "pith/container/layout.h"
#include "pith/container/narrow.h"
#include "pith/container/preamble.h"
#include "pith/container/record_order.h"
#include "pith/container/text.h"

namespace pith {
namespace {

using namespace format;

Status checkDataset(const DatasetInfo& dataset) {
  const std::pair<const char*, const std::string*> texts[] = {
      {"the title", &dataset.title},   {"the author", &dataset.author},   {"the contact", &dataset.contact},
      {"the source", &dataset.source}, {"the licence", &dataset.licence}, {"the notes text", &dataset.notes}};
  for (const auto& [what, text] : texts) {
    PITH_RETURN_IF_ERROR(checkText(*text, maxTextBytes, what, ErrorCode::invalidArgument));
  }
  return {};
}

Status checkEncoder(const EncoderInfo& encoder) {
  PITH_RETURN_IF_ERROR(checkText(encoder.name, maxNameBytes, "the encoder's name", ErrorCode::invalidArgument));
  PITH_RETURN_IF_ERROR(checkText(encoder.tap, maxNameBytes, "the tap", ErrorCode::invalidArgument));
  PITH_RETURN_IF_ERROR(checkText(encoder.engine, maxNameBytes, "the engine", ErrorCode::invalidArgument));
  if (encoder.featureCount < 1 || static_cast<uint64_t>(encoder.featureCount) > maxFeatureCount) {
    return Error{ErrorCode::invalidArgument, "the encoder has " + std::to_string(encoder.featureCount) +
                                                 " features; 1 to " + std::to_string(maxFeatureCount) + " are allowed"};
  }
  const bool shapeFits = !encoder.tapShape.empty() && encoder.tapShape.size() <= maxRank &&
                         std::ranges::all_of(encoder.tapShape, [](int64_t extent) {
                           return extent >= 0 && extent <= std::numeric_limits<uint32_t>::max();
                         });
  if (!shapeFits) {
    return Error{ErrorCode::invalidArgument, "the tap's shape has " + std::to_string(encoder.tapShape.size()) +
                                                 " axes; 1 to 8 of 0 to 4294967295 are allowed"};
  }
  const Result<Recipe> recipe = parseRecipe(recipeToJson(encoder.recipe).dump());
  return recipe.ok() ? Status() : Status(recipe.error());
}

Status checkColumn(const LabelColumn& column, std::unordered_set<std::string_view>& names, size_t& totalBytes) {
  PITH_RETURN_IF_ERROR(checkText(column.name, maxNameBytes, "a label column's name", ErrorCode::invalidLabel));
  if (column.name.empty() || !names.insert(column.name).second) {
    return Error{ErrorCode::invalidLabel, "a label column's name is empty or used twice"};
  }
  const size_t allowed = column.type == LabelType::categorical ? maxCategories : 0;
  if (column.categories.size() > allowed) {
    return Error{ErrorCode::invalidLabel, "a label column has " + std::to_string(column.categories.size()) +
                                              " categories; at most " + std::to_string(allowed) + " are allowed"};
  }
  std::unordered_set<std::string_view> seen;
  for (const std::string& category : column.categories) {
    PITH_RETURN_IF_ERROR(checkText(category, maxNameBytes, "a category", ErrorCode::invalidLabel));
    if (category.empty() || !seen.insert(category).second) {
      return Error{ErrorCode::invalidLabel, "a category is empty or stands in its column twice"};
    }
    totalBytes += category.size() + 16;  // what it costs in the header: pointer, terminator and padding
  }
  return {};
}

/// @return the label as it is stored: an empty text is a missing one
Result<LabelValue> checkLabel(LabelValue label, const LabelColumn& column) {
  if (std::holds_alternative<std::monostate>(label)) return label;
  if (label.index() != static_cast<size_t>(column.type) + 1) {
    return Error{ErrorCode::invalidLabel, "a label has another type than its column"};
  }
  if (const auto* index = std::get_if<uint32_t>(&label); index && *index >= column.categories.size()) {
    return Error{ErrorCode::invalidLabel, "a label is category " + std::to_string(*index) + "; the column has " +
                                              std::to_string(column.categories.size())};
  }
  if (const auto* number = std::get_if<double>(&label); number && !std::isfinite(*number)) {
    return Error{ErrorCode::invalidLabel, "a label is not a finite number"};
  }
  if (const auto* text = std::get_if<std::string>(&label)) {
    PITH_RETURN_IF_ERROR(checkText(*text, maxTextBytes, "a label", ErrorCode::invalidLabel));
    if (text->empty()) return LabelValue{};
  }
  return label;
}

SectionInfo describe(const char* name, ElementType type, std::vector<uint64_t> shape, uint64_t lengthBytes) {
  SectionInfo section;
  section.name = name;
  section.type = type;
  section.lengthBytes = lengthBytes;
  section.shape = std::move(shape);
  return section;
}

/// The feature block, narrowed anew whenever it is read, so that no second copy of it is held.
class FeatureRows {
 public:
  FeatureRows(FeatureType type, std::span<const float> features, size_t featureCount, const std::vector<size_t>& rows)
      : type_(type), features_(features), featureCount_(featureCount), rows_(rows) {
    if (type == FeatureType::i8) i8_ = fitI8(features, featureCount);
  }

  [[nodiscard]] const I8Parameters& i8() const { return i8_; }

  /// @param take  Status(exact row, stored row)
  template <typename Take>
  Status forEach(Take take) const {
    std::vector<uint8_t> stored(featureCount_ * static_cast<size_t>(featureTypeBytes(type_)));
    for (size_t row : rows_) {
      const std::span<const float> exact = features_.subspan(row * featureCount_, featureCount_);
      PITH_RETURN_IF_ERROR(narrowRow(type_, exact, i8_, stored));
      PITH_RETURN_IF_ERROR(take(exact, ByteView(stored)));
    }
    return {};
  }

  /// Hashes the block and measures what narrowing did to it.
  Status measure(Sha256Digest& digest, NarrowingError& error) const {
    Sha256 hash;
    NarrowingMeter meter;
    std::vector<float> widened(featureCount_);
    PITH_RETURN_IF_ERROR(forEach([&](std::span<const float> exact, ByteView stored) -> Status {
      hash.update(stored);
      widenRow(type_, stored, i8_, widened);
      meter.add(exact, widened);
      return {};
    }));
    digest = hash.finish();
    error = meter.result();
    return {};
  }

 private:
  FeatureType type_;
  std::span<const float> features_;
  size_t featureCount_;
  const std::vector<size_t>& rows_;
  I8Parameters i8_;
};

void addParameter(std::vector<Column>& columns, const char* name, const std::vector<float>& values) {
  const ByteView bytes(reinterpret_cast<const uint8_t*>(values.data()), values.size() * sizeof(float));
  columns.push_back({describe(name, ElementType::f32, {values.size()}, bytes.size()), {bytes.begin(), bytes.end()}});
}

Status padTo(uint64_t offset, uint64_t& position, const ByteSink& sink) {
  const std::array<uint8_t, alignmentBytes> zeros{};
  const ByteView padding = ByteView(zeros).first(static_cast<size_t>(offset - position));
  position = offset;
  return padding.empty() ? Status() : sink(padding);
}

/// Gives the sections their places, which depend on the header's length, which does not depend on them.
/// @return the header's bytes
Result<std::vector<uint8_t>> layOut(HeaderMessage& message, const Limits& limits, Preamble& preamble) {
  placeSections(preambleBytes, message.sections);
  const uint64_t headerBytes = encodeHeader(message).size();
  if (headerBytes > static_cast<uint64_t>(limits.maxHeaderBytes)) {
    return Error{ErrorCode::containerTooLarge, "the header would have " + std::to_string(headerBytes) +
                                                   " bytes; at most " + std::to_string(limits.maxHeaderBytes) +
                                                   " are allowed"};
  }
  preamble.fileBytes = placeSections(preambleBytes + headerBytes, message.sections);
  preamble.headerBytes = headerBytes;
  preamble.featuresOffset = message.sections.front().offsetBytes;
  std::vector<uint8_t> header = encodeHeader(message);
  if (header.size() != headerBytes) return Error{ErrorCode::internalError, "the header's length depends on its content"};
  preamble.headerSha256 = sha256(header);
  return header;
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

ContainerWriter::ContainerWriter(DatasetInfo dataset, EncoderInfo encoder, std::vector<LabelColumn> labelColumns)
    : dataset_(std::move(dataset)), encoder_(std::move(encoder)), labelColumns_(std::move(labelColumns)) {}

Status ContainerWriter::validate() const {
  PITH_RETURN_IF_ERROR(checkDataset(dataset_));
  PITH_RETURN_IF_ERROR(checkEncoder(encoder_));
  if (labelColumns_.size() > maxLabelColumns) {
    return Error{ErrorCode::containerTooLarge, std::to_string(labelColumns_.size()) + " label columns; at most " +
                                                   std::to_string(maxLabelColumns) + " are allowed"};
  }
  std::unordered_set<std::string_view> names;
  size_t totalBytes = 0;
  for (const LabelColumn& column : labelColumns_) {
    PITH_RETURN_IF_ERROR(checkColumn(column, names, totalBytes));
    if (totalBytes > static_cast<size_t>(Limits{}.maxHeaderBytes)) {
      return Error{ErrorCode::containerTooLarge, "the label columns have too many categories for one header"};
    }
  }
  return {};
}

Status ContainerWriter::add(Record record, std::span<const float> features) try {
  if (features.size() != static_cast<size_t>(encoder_.featureCount)) {
    return Error{ErrorCode::shapeMismatch, std::to_string(features.size()) + " features; the encoder gives " +
                                               std::to_string(encoder_.featureCount)};
  }
  if (!std::ranges::all_of(features, [](float value) { return std::isfinite(value); })) {
    return Error{ErrorCode::nonFiniteFeature, "a feature is infinite or not a number"};
  }
  if (record.labels.size() != labelColumns_.size()) {
    return Error{ErrorCode::invalidLabel, std::to_string(record.labels.size()) + " labels; there are " +
                                              std::to_string(labelColumns_.size()) + " columns"};
  }
  for (size_t k = 0; k < labelColumns_.size(); ++k) {
    PITH_ASSIGN_OR_RETURN(record.labels[k], checkLabel(std::move(record.labels[k]), labelColumns_[k]));
  }
  if (record.name) PITH_RETURN_IF_ERROR(checkText(*record.name, maxNameBytes, "a name", ErrorCode::invalidLabel));
  if (record.name && record.name->empty()) record.name.reset();
  if (records_.size() >= maxRecordCount) {
    return Error{ErrorCode::containerTooLarge, "at most " + std::to_string(maxRecordCount) + " records are allowed"};
  }
  features_.insert(features_.end(), features.begin(), features.end());
  records_.push_back(std::move(record));
  return {};
} catch (const std::bad_alloc&) {
  return Error{ErrorCode::outOfMemory, "no memory for another record"};
}

Status ContainerWriter::write(const WriteOptions& options, const ByteSink& sink) const try {
  PITH_RETURN_IF_ERROR(validate());
  if (records_.empty()) return Error{ErrorCode::emptyContainer, "there is no record"};
  const size_t featureCount = static_cast<size_t>(encoder_.featureCount);
  PITH_ASSIGN_OR_RETURN(const RecordOrder order, orderRecords(records_, features_, featureCount, options.seed));
  const FeatureRows rows(options.featureType, features_, featureCount, order.rows);

  std::vector<Column> columns;
  if (options.featureType == FeatureType::i8) {
    addParameter(columns, scaleSection, rows.i8().scale);
    addParameter(columns, zeroPointSection, rows.i8().zeroPoint);
  }
  std::ranges::move(encodeColumns(labelColumns_, records_, order), std::back_inserter(columns));

  HeaderMessage message;
  message.header.dataset = dataset_;
  message.header.encoder = encoder_;
  message.header.labelColumns = labelColumns_;
  message.header.writer = "pith " PITH_VERSION;
  message.recordCount = records_.size();
  const uint64_t rowBytes = uint64_t{featureCount} * static_cast<uint64_t>(featureTypeBytes(options.featureType));
  message.sections.push_back(describe(featuresSection, elementTypeOf(options.featureType),
                                      {records_.size(), featureCount}, records_.size() * rowBytes));
  PITH_RETURN_IF_ERROR(rows.measure(message.sections[0].sha256, message.header.narrowing));
  for (const Column& column : columns) {
    message.sections.push_back(column.section);
    message.sections.back().sha256 = sha256(column.bytes);
  }

  Preamble preamble;
  preamble.featureType = elementTypeOf(options.featureType);
  preamble.recordCount = records_.size();
  preamble.featureCount = featureCount;
  PITH_ASSIGN_OR_RETURN(const std::vector<uint8_t> header, layOut(message, options.limits, preamble));

  PITH_RETURN_IF_ERROR(sink(encodePreamble(preamble)));
  PITH_RETURN_IF_ERROR(sink(header));
  uint64_t position = preambleBytes + header.size();
  PITH_RETURN_IF_ERROR(padTo(preamble.featuresOffset, position, sink));
  PITH_RETURN_IF_ERROR(rows.forEach([&](std::span<const float>, ByteView stored) { return sink(stored); }));
  position += message.sections[0].lengthBytes;
  for (size_t i = 0; i < columns.size(); ++i) {
    const SectionInfo& section = message.sections[i + 1];
    PITH_RETURN_IF_ERROR(padTo(section.offsetBytes, position, sink));
    if (!columns[i].bytes.empty()) PITH_RETURN_IF_ERROR(sink(columns[i].bytes));
    position += section.lengthBytes;
  }
  return {};
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

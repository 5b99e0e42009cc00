// SPDX-License-Identifier: Apache-2.0
#include "unit/container/vectors.h"

#include <algorithm>
#include <functional>
#include <limits>

#include "pith/container/header_message.h"
#include "pith/container/layout.h"
#include "pith/container/preamble.h"
#include "unit/container/example.h"

namespace pith::test {
namespace {

using namespace format;
using Bytes = std::vector<uint8_t>;

size_t size(uint64_t bytes) { return static_cast<size_t>(bytes); }  // the vectors are small

/// A container taken apart, so that one thing can be made wrong and everything else right again.
struct Parts {
  Preamble preamble;
  HeaderMessage message;
  std::vector<Bytes> sections;

  SectionInfo& section(const std::string& name) { return message.sections.at(index(name)); }
  Bytes& bytes(const std::string& name) { return sections.at(index(name)); }
  size_t index(const std::string& name) const {
    const auto found = std::ranges::find(message.sections, name, &SectionInfo::name);
    return static_cast<size_t>(found - message.sections.begin());
  }
  void append(SectionInfo info, Bytes content) {
    info.lengthBytes = content.size();
    message.sections.push_back(std::move(info));
    sections.push_back(std::move(content));
  }
};

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

void hashSections(Parts& parts) {
  for (size_t i = 0; i < parts.sections.size(); ++i) parts.message.sections[i].sha256 = sha256(parts.sections[i]);
}

void place(Parts& parts) {
  placeSections(preambleBytes, parts.message.sections);
  parts.preamble.headerBytes = encodeHeader(parts.message).size();
  parts.preamble.fileBytes = placeSections(preambleBytes + parts.preamble.headerBytes, parts.message.sections);
  parts.preamble.featuresOffset = parts.message.sections[0].offsetBytes;
}

/// Puts preamble and header in front of sections that lie where `layout` says, whatever the header says.
Bytes join(Parts parts, const std::vector<SectionInfo>& layout, Bytes header) {
  parts.preamble.headerSha256 = sha256(header);
  parts.preamble.headerBytes = header.size();
  Bytes file(size(parts.preamble.fileBytes));
  std::ranges::copy(encodePreamble(parts.preamble), file.begin());
  std::ranges::copy(header, file.begin() + preambleBytes);
  for (size_t i = 0; i < parts.sections.size(); ++i) {
    std::ranges::copy(parts.sections[i], file.begin() + static_cast<ptrdiff_t>(layout[i].offsetBytes));
  }
  return file;
}

using Change = std::function<void(Parts&)>;

/// @param before  changes content; hashes, places and lengths are made right afterwards
/// @param after   changes what the header or the preamble says about it
Bytes remake(const Bytes& file, const Change& before, const Change& after = {}) {
  Parts parts = takeApart(file);
  if (before) before(parts);
  hashSections(parts);
  place(parts);
  const std::vector<SectionInfo> layout = parts.message.sections;
  if (after) after(parts);
  return join(parts, layout, encodeHeader(parts.message));
}

Bytes remakeHeader(const Bytes& file, const std::function<void(Bytes&)>& change) {
  Parts parts = takeApart(file);
  Bytes header = encodeHeader(parts.message);
  change(header);
  parts.preamble.headerBytes = header.size();
  parts.preamble.fileBytes = placeSections(preambleBytes + header.size(), parts.message.sections);
  return join(parts, parts.message.sections, header);
}

Bytes changed(Bytes file, const std::function<void(Bytes&)>& change) {
  change(file);
  return file;
}

std::vector<Row> plainRows(std::vector<std::vector<float>> features) {
  std::vector<Row> rows;
  for (std::vector<float>& values : features) {
    Row row;
    row.record.labels.resize(3);
    row.features = std::move(values);
    rows.push_back(std::move(row));
  }
  return rows;
}

Bytes oneRecord() {
  ContainerWriter writer({}, exampleEncoder(3), {});
  EXPECT_TRUE(writer.add({}, std::vector<float>{0.0f, -1.5f, 3.25f}).ok());
  return *writer.toBytes({.featureType = FeatureType::f32, .seed = seedFromNumber(1)});
}

SectionInfo futureSection(bool required) {
  SectionInfo section;
  section.name = "privacy/report";
  section.type = ElementType::u8;
  section.required = required;
  section.shape = {5};
  return section;
}

void addValid(std::vector<Vector>& vectors) {
  const auto add = [&](std::string name, Bytes bytes) { vectors.push_back({"valid/" + name, std::move(bytes), {}}); };
  const Bytes full = bytesOf(exampleRows(8, 4, 21), 4, FeatureType::f16, 2);
  const Bytes future = {1, 2, 3, 4, 5};
  add("001-one-record-f32", oneRecord());
  add("002-labels-groups-names-f16", full);
  add("003-labels-groups-names-i8", bytesOf(exampleRows(8, 4, 21), 4, FeatureType::i8, 2));
  add("004-everything-missing-f16", bytesOf(plainRows({{1, 2}, {3, 4}}), 2, FeatureType::f16, 3));
  add("005-extremes-f16", bytesOf(plainRows({{65504, -65504, 5.9604645e-8f}, {0.0f, -0.0f, 6.1035156e-5f}}), 3,
                                  FeatureType::f16, 4));
  add("006-constant-dimension-i8", bytesOf(plainRows({{7.5f, -1}, {7.5f, 2}}), 2, FeatureType::i8, 5));
  add("007-unknown-optional-section", remake(full, [&](Parts& p) { p.append(futureSection(false), future); }));
  add("008-newer-minor-version", remake(full, {}, [](Parts& p) { p.preamble.minor = 7; }));
}

void addInvalidFiles(std::vector<Vector>& vectors, const Bytes& good) {
  const auto add = [&](std::string name, Bytes bytes) { vectors.push_back({"invalid/" + name, std::move(bytes), {}}); };
  add("001-empty-file", {});
  add("002-another-format", changed(good, [](Bytes& f) { std::ranges::copy(Bytes{0x89, 'P', 'N', 'G'}, f.begin()); }));
  add("003-text-mode-copy", changed(good, [](Bytes& f) { f.erase(f.begin() + 5); }));
  add("004-major-version-2", changed(good, [](Bytes& f) { f[8] = 2; }));
  add("005-last-byte-missing", changed(good, [](Bytes& f) { f.pop_back(); }));
  add("006-trailing-byte", changed(good, [](Bytes& f) { f.push_back(0); }));
  add("007-preamble-changed", changed(good, [](Bytes& f) { f[10] ^= 1; }));
  add("008-header-changed", changed(good, [](Bytes& f) { f[200] ^= 1; }));
  add("009-feature-changed", changed(good, [](Bytes& f) { f[size(takeApart(f).preamble.featuresOffset)] ^= 1; }));
  add("010-padding-not-zero", changed(good, [](Bytes& f) { f[size(takeApart(f).section("records/group").offsetBytes) - 1] = 1; }));
  add("011-header-elsewhere", remake(good, {}, [](Parts& p) { p.preamble.headerOffset = 192; }));
  add("012-header-beyond-the-file", changed(good, [](Bytes& f) {
        Preamble preamble = *decodePreamble(f, {});
        preamble.headerBytes = uint64_t{1} << 62;
        std::ranges::copy(encodePreamble(preamble), f.begin());
      }));
  add("013-header-not-canonical", remakeHeader(good, [](Bytes& h) { h.insert(h.end(), 8, 0); }));
  add("014-header-pointer-outside", remakeHeader(good, [](Bytes& h) { h[3] = 0x7F; }));
  add("015-no-records", remake(good, {}, [](Parts& p) { p.preamble.recordCount = p.message.recordCount = 0; }));
  add("016-record-counts-differ", remake(good, {}, [](Parts& p) { ++p.message.recordCount; }));
  add("017-feature-type-unknown", remake(good, {}, [](Parts& p) { p.preamble.featureType = ElementType{99}; }));
}

void addInvalidSections(std::vector<Vector>& vectors, const Bytes& good) {
  const auto add = [&](std::string name, Bytes bytes) { vectors.push_back({"invalid/" + name, std::move(bytes), {}}); };
  add("020-section-not-aligned", remake(good, {}, [](Parts& p) { p.section("records/id").offsetBytes += 8; }));
  add("021-sections-overlap", remake(good, {}, [](Parts& p) {
        p.section("records/id").offsetBytes = p.section("features/0").offsetBytes;
      }));
  add("022-section-beyond-the-file", remake(good, {}, [](Parts& p) {
        SectionInfo& last = p.message.sections.back();
        last.lengthBytes += 64;
        last.shape = {last.lengthBytes};
      }));
  add("023-shape-overflows", remake(good, {}, [](Parts& p) {
        p.section("records/id").shape = {uint64_t{1} << 33, (uint64_t{1} << 33) + 1};
      }));
  add("024-section-twice", remake(good, {}, [](Parts& p) { p.section("records/split").name = "records/id"; }));
  add("025-section-name", remake(good, {}, [](Parts& p) { p.section("records/split").name = "records/../split"; }));
  add("026-unknown-required-section",
      remake(good, [](Parts& p) { p.append(futureSection(true), {1, 2, 3, 4, 5}); }));
  add("027-label-section-missing", remake(good, {}, [](Parts& p) { p.section("labels/1/number").name = "labels/9/number"; }));
  add("028-section-of-wrong-type", remake(good, {}, [](Parts& p) {
        SectionInfo& section = p.section("records/group");
        section.type = ElementType::u8;
        section.shape = {section.lengthBytes};
      }));
}

void addInvalidContent(std::vector<Vector>& vectors, const Bytes& good, const Bytes& goodI8) {
  const auto add = [&](std::string name, Bytes bytes) { vectors.push_back({"invalid/" + name, std::move(bytes), {}}); };
  add("030-ids-not-ascending", remake(good, [](Parts& p) {
        Bytes& ids = p.bytes("records/id");
        std::swap_ranges(ids.begin(), ids.begin() + 16, ids.begin() + 16);
      }));
  add("031-split-4", remake(good, [](Parts& p) { p.bytes("records/split")[0] = 4; }));
  add("032-groups-not-by-appearance", remake(good, [](Parts& p) {
        for (uint8_t& byte : p.bytes("records/group")) byte = byte == 0 ? 1 : byte == 1 ? 0 : byte;
      }));
  add("033-category-outside", remake(good, [](Parts& p) { std::ranges::copy(Bytes{3, 0, 0, 0}, p.bytes("labels/0/index").begin()); }));
  add("034-number-infinite", remake(good, [](Parts& p) {
        std::ranges::copy(Bytes{0, 0, 0, 0, 0, 0, 0xF0, 0x7F}, p.bytes("labels/1/number").begin());
      }));
  add("035-text-offsets-descend", remake(good, [](Parts& p) { p.bytes("labels/2/offset")[8] = 0xF0; }));
  add("036-text-not-utf8", remake(good, [](Parts& p) { p.bytes("labels/2/text")[0] = 0xFF; }));
  add("037-control-character-in-title", remake(good, [](Parts& p) { p.message.header.dataset.title = "\x1B[2J"; }));
  add("038-category-twice", remake(good, [](Parts& p) { p.message.header.labelColumns[0].categories = {"a", "b", "a"}; }));
  add("039-recipe-unreadable", remake(good, [](Parts& p) { p.message.header.encoder.recipe.height = 0; }));
  add("040-narrowing-error-negative", remake(good, [](Parts& p) { p.message.header.narrowing.maxAbsolute = -1; }));
  add("041-feature-infinite", remake(good, [](Parts& p) { std::ranges::copy(Bytes{0, 0x7C}, p.bytes("features/0").begin()); }));
  add("042-scale-zero", remake(goodI8, [](Parts& p) { std::ranges::fill(p.bytes("features/0/scale"), uint8_t{0}); }));
}

Json labelJson(const LabelValue& label) {
  if (const auto* index = std::get_if<uint32_t>(&label)) return Json::Object{{"category", *index}};
  if (const auto* number = std::get_if<double>(&label)) return *number;
  if (const auto* text = std::get_if<std::string>(&label)) return *text;
  return {};
}

template <typename Values>
Json arrayOf(const Values& values) {
  Json::Array array;
  for (const auto& value : values) array.emplace_back(value);
  return array;
}

Json recordJson(const Record& record, const std::vector<float>& features) {
  Json::Array labels;
  for (const LabelValue& label : record.labels) labels.push_back(labelJson(label));
  std::vector<double> values(features.begin(), features.end());
  return Json::Object{{"id", toHex(record.id)},
                      {"split", splitName(record.split)},
                      {"group", record.group ? Json(*record.group) : Json()},
                      {"name", record.name ? Json(*record.name) : Json()},
                      {"labels", std::move(labels)},
                      {"features", arrayOf(values)}};
}

Json encoderJson(const EncoderInfo& encoder) {
  return Json::Object{{"name", encoder.name},
                      {"modelSha256", toHex(encoder.modelSha256)},
                      {"recipe", recipeToJson(encoder.recipe)},
                      {"tap", encoder.tap},
                      {"tapShape", arrayOf(encoder.tapShape)},
                      {"pooling", encoder.pooling == Pooling::average ? "average" : "none"},
                      {"featureCount", encoder.featureCount},
                      {"engine", encoder.engine}};
}

}  // namespace

Json describe(const Container& container) {
  const ContainerHeader& header = container.header();
  Json::Array columns, records, sections;
  for (const LabelColumn& column : header.labelColumns) {
    const char* types[] = {"categorical", "number", "text"};
    columns.push_back(Json::Object{{"name", column.name},
                                   {"type", types[static_cast<size_t>(column.type)]},
                                   {"categories", arrayOf(column.categories)}});
  }
  for (size_t row = 0; row < container.recordCount(); ++row) {
    records.push_back(recordJson(header.records[row], container.features(row)));
  }
  for (const SectionInfo& section : container.sections()) {
    sections.push_back(Json::Object{{"name", section.name},
                                    {"type", elementTypeName(section.type)},
                                    {"required", section.required},
                                    {"offset", section.offsetBytes},
                                    {"length", section.lengthBytes},
                                    {"shape", arrayOf(section.shape)},
                                    {"sha256", toHex(section.sha256)}});
  }
  return Json::Object{{"rootSha256", toHex(container.rootSha256())},
                      {"writer", header.writer},
                      {"dataset", Json::Object{{"title", header.dataset.title},
                                               {"author", header.dataset.author},
                                               {"contact", header.dataset.contact},
                                               {"source", header.dataset.source},
                                               {"licence", header.dataset.licence},
                                               {"notes", header.dataset.notes}}},
                      {"encoder", encoderJson(header.encoder)},
                      {"featureType", featureTypeName(header.featureType)},
                      {"narrowing", Json::Object{{"maxAbsolute", header.narrowing.maxAbsolute},
                                                 {"rootMeanSquare", header.narrowing.rootMeanSquare},
                                                 {"relativeL2", header.narrowing.relativeL2}}},
                      {"labelColumns", std::move(columns)},
                      {"records", std::move(records)},
                      {"sections", std::move(sections)}};
}

Json answerTo(ByteView file) {
  const Result<Container> container = Container::open(file);
  if (!container.ok()) return Json::Object{{"error", errorName(container.error().code)}};
  const Status verified = container->verify();
  return verified.ok() ? describe(*container) : Json(Json::Object{{"error", errorName(verified.error().code)}});
}

std::vector<Vector> makeVectors() {
  std::vector<Vector> vectors;
  addValid(vectors);
  const Bytes good = bytesOf(exampleRows(8, 4, 21), 4, FeatureType::f16, 2);
  addInvalidFiles(vectors, good);
  addInvalidSections(vectors, good);
  addInvalidContent(vectors, good, bytesOf(exampleRows(8, 4, 21), 4, FeatureType::i8, 2));
  for (Vector& vector : vectors) vector.json = answerTo(vector.bytes).dump(true) + "\n";
  return vectors;
}

}  // namespace pith::test

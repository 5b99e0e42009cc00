// SPDX-License-Identifier: Apache-2.0
#include "pith/container/describe.h"

#include <cmath>
#include <limits>

namespace pith {
namespace {

/// A number of 64 bits; above those that JSON's integers hold here, the nearest double.
Json count(uint64_t value) {
  return value <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max()) ? Json(value) : Json(static_cast<double>(value));
}

Json counts(const std::vector<uint64_t>& values) {
  Json::Array array;
  for (const uint64_t value : values) array.push_back(count(value));
  return array;
}

Json texts(const std::vector<std::string>& values) { return Json::Array(values.begin(), values.end()); }

/// Whole numbers are written without a point; minus zero is none of them.
Json number(float value) {
  const bool isWhole = std::trunc(value) == value && std::abs(value) < 0x1p24f && !(value == 0 && std::signbit(value));
  return isWhole ? Json(static_cast<int64_t>(value)) : Json(static_cast<double>(value));
}

Json numbers(std::span<const float> values) {
  Json::Array array;
  array.reserve(values.size());
  for (const float value : values) array.push_back(number(value));
  return array;
}

template <typename T>
Json orNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

Json entries(const Entries& values) {
  Json::Object object;
  for (const auto& [key, value] : values) object.emplace_back(key, value);
  return object;
}

template <typename Entry, typename Describe>
Json listOf(const std::vector<Entry>& values, Describe describe) {
  Json::Array array;
  for (const Entry& value : values) array.push_back(describe(value));
  return array;
}

Json describeContact(const Contact& contact) {
  return Json::Object{
      {"name", contact.name}, {"kind", nameOf(contact.kind)}, {"email", contact.email}, {"role", contact.role}};
}

Json describeBlock(const FeatureBlock& block, size_t featureCount) {
  return Json::Object{{"name", block.name},
                      {"encoder", block.encoder},
                      {"type", nameOf(block.type)},
                      {"featureCount", featureCount},
                      {"maxAbsoluteError", block.narrowing.maxAbsolute},
                      {"rootMeanSquareError", block.narrowing.rootMeanSquare},
                      {"relativeL2Error", block.narrowing.relativeL2},
                      {"duplicateCount", count(block.duplicateCount)}};
}

Json describeGrouping(const Grouping& grouping) {
  return Json::Object{
      {"name", grouping.name}, {"groupCount", count(grouping.groupCount)}, {"description", grouping.description}};
}

Json describeLayer(const Layer& layer) {
  return Json::Object{{"kind", nameOf(layer.kind)},
                      {"outputs", layer.outputs},
                      {"rate", static_cast<double>(layer.rate)},
                      {"epsilon", static_cast<double>(layer.epsilon)}};
}

Json describeSavings(const std::optional<Savings>& savings) {
  if (!savings) return {};
  return Json::Object{{"originalCount", count(savings->originalCount)}, {"originalBytes", count(savings->originalBytes)},
                      {"encodingSeconds", savings->encodingSeconds},    {"loadingSeconds", savings->loadingSeconds},
                      {"headSeconds", savings->headSeconds},            {"epochs", savings->epochs}};
}

Json describeDocument(const DocumentInfo& d, const Container& container, size_t k) {
  Json length, digest;
  if (const Result<std::vector<uint8_t>> bytes = container.document(k); bytes.ok()) {
    length = Json(bytes->size());
    digest = Json(toHex(sha256(*bytes)));
  }
  return Json::Object{{"fileName", d.fileName},
                      {"mediaType", d.mediaType},
                      {"title", d.title},
                      {"shortDescription", d.shortDescription},
                      {"longDescription", d.longDescription},
                      {"author", d.author},
                      {"credits", d.credits},
                      {"licence", d.licence},
                      {"date", d.date},
                      {"originallyAvailableAt", d.originallyAvailableAt},
                      {"howToCite", d.howToCite},
                      {"publishedAt", d.publishedAt},
                      {"contact", d.contact},
                      {"version", d.version},
                      {"length", length},
                      {"sha256", digest}};
}

Json describeSection(const SectionInfo& section) {
  return Json::Object{{"name", section.name},
                      {"type", nameOf(section.type)},
                      {"required", section.required},
                      {"offset", count(section.offsetBytes)},
                      {"length", count(section.lengthBytes)},
                      {"shape", counts(section.shape)},
                      {"sha256", toHex(section.sha256)},
                      {"encoding", nameOf(section.encoding)}};
}

Json describeState(State state) {
  switch (state) {
    case State::present: return 1;
    case State::absent: return 0;
    case State::uncertain: return "uncertain";
    case State::missing: break;
  }
  return {};
}

}  // namespace

Json describeDataset(const DatasetInfo& dataset) {
  return Json::Object{{"title", dataset.title},
                      {"author", dataset.author},
                      {"contact", dataset.contact},
                      {"source", dataset.source},
                      {"licence", dataset.licence},
                      {"notes", dataset.notes},
                      {"version", dataset.version},
                      {"identifier", dataset.identifier},
                      {"citation", dataset.citation},
                      {"augmentation", dataset.augmentation},
                      {"original", Json::Object{{"author", dataset.original.author},
                                                {"source", dataset.original.source},
                                                {"licence", dataset.original.licence}}},
                      {"contacts", listOf(dataset.contacts, describeContact)}};
}

Json describeEncoder(const EncoderInfo& encoder) {
  return Json::Object{{"name", encoder.name},
                      {"modelSha256", toHex(encoder.modelSha256)},
                      {"recipe", recipeToJson(encoder.recipe)},
                      {"tap", encoder.tap},
                      {"tapShape", Json::Array(encoder.tapShape.begin(), encoder.tapShape.end())},
                      {"pooling", poolingName(encoder.pooling)},
                      {"poolingPower", static_cast<double>(encoder.poolingPower)},
                      {"featureCount", encoder.featureCount},
                      {"engine", encoder.engine}};
}

Json describeEncoder(const EncoderDescription& encoder) {
  const EncoderInfo& info = encoder.info;
  return Json::Object{{"name", info.name},
                      {"modelSha256", encoder.modelKnown ? Json(toHex(info.modelSha256)) : Json()},
                      {"recipe", encoder.recipeKnown ? recipeToJson(info.recipe) : Json()},
                      {"tap", info.tap},
                      {"tapShape", Json::Array(info.tapShape.begin(), info.tapShape.end())},
                      {"pooling", poolingName(info.pooling)},
                      {"engine", info.engine},
                      {"featureCount", info.featureCount},
                      {"poolingPower", static_cast<double>(info.poolingPower)},
                      {"family", encoder.family},
                      {"type", encoder.type},
                      {"architectureSource", encoder.architectureSource},
                      {"weightsSource", encoder.weightsSource},
                      {"licence", encoder.licence},
                      {"citation", encoder.citation},
                      {"model", entries(encoder.model)},
                      {"dataProcessing", entries(encoder.dataProcessing)},
                      {"performance", entries(encoder.performance)},
                      {"training", entries(encoder.training)}};
}

Json describeNarrowing(const NarrowingError& narrowing) {
  return Json::Object{{"maxAbsolute", narrowing.maxAbsolute},
                      {"rootMeanSquare", narrowing.rootMeanSquare},
                      {"relativeL2", narrowing.relativeL2}};
}

Json describeLabel(const LabelValue& label) {
  if (const auto* index = std::get_if<uint32_t>(&label)) return Json::Object{{"category", *index}};
  if (const auto* number = std::get_if<double>(&label)) return *number;
  if (const auto* text = std::get_if<std::string>(&label)) return *text;
  if (const auto* states = std::get_if<States>(&label)) return Json::Object{{"states", listOf(*states, describeState)}};
  if (const auto* year = std::get_if<Year>(&label)) return Json::Object{{"year", year->value}};
  return {};
}

Json describeColumn(const LabelColumn& column) {
  return Json::Object{{"name", column.name},
                      {"type", nameOf(column.type)},
                      {"categories", texts(column.categories)},
                      {"role", nameOf(column.role)},
                      {"unit", column.unit},
                      {"codingSystem", column.codingSystem},
                      {"code", column.code},
                      {"codes", texts(column.codes)},
                      {"description", column.description},
                      {"grouping", orNull(column.grouping)},
                      {"missingCount", count(column.summary.missingCount)},
                      {"uncertainCount", count(column.summary.uncertainCount)},
                      {"counts", counts(column.summary.counts)},
                      {"minimum", column.summary.minimum},
                      {"maximum", column.summary.maximum}};
}

Json describeSplit(const Split& split) {
  return Json::Object{{"name", split.name},
                      {"kind", nameOf(split.kind)},
                      {"parts", texts(split.parts)},
                      {"grouping", orNull(split.grouping)},
                      {"groupsInSeveralParts", count(split.groupsInSeveralParts)},
                      {"stratifiedBy", orNull(split.stratifiedBy)},
                      {"seed", split.seed ? Json(std::to_string(*split.seed)) : Json()},
                      {"method", split.method},
                      {"counts", counts(split.counts)}};
}

Json describeHead(const Head& head) {
  const HeadScore score = head.score.value_or(HeadScore{});
  return Json::Object{{"name", head.name},
                      {"task", nameOf(head.task)},
                      {"label", head.label},
                      {"features", Json::Array(head.features.begin(), head.features.end())},
                      {"split", orNull(head.split)},
                      {"layers", listOf(head.layers, describeLayer)},
                      {"loss", nameOf(head.loss)},
                      {"classWeights", numbers(head.classWeights)},
                      {"optimizer", nameOf(head.optimizer)},
                      {"learningRate", head.learningRate},
                      {"momentum", head.momentum},
                      {"weightDecay", head.weightDecay},
                      {"batchSize", head.batchSize},
                      {"epochs", head.epochs},
                      {"seed", std::to_string(head.seed)},
                      {"scoreMetric", score.metric},
                      {"score", score.value},
                      {"scoreLow", score.low},
                      {"scoreHigh", score.high},
                      {"scorePart", orNull(score.part)},
                      {"note", head.note}};
}

Json describeSections(const std::vector<SectionInfo>& sections) {
  return listOf(sections, [](const SectionInfo& section) {
    return Json(Json::Object{{"name", section.name},
                             {"offsetBytes", count(section.offsetBytes)},
                             {"lengthBytes", count(section.lengthBytes)},
                             {"sha256", toHex(section.sha256)}});
  });
}

Json describeContainer(const Container& container) {
  const ContainerHeader& header = container.header();
  Json::Array features, documents;
  for (size_t i = 0; i < header.features.size(); ++i) {
    features.push_back(describeBlock(header.features[i], container.featureCount(i)));
  }
  for (size_t k = 0; k < header.documents.size(); ++k) {
    documents.push_back(describeDocument(header.documents[k], container, k));
  }
  const auto describeSignature = [&](const Signature& signature) {
    return Json(Json::Object{{"publicKey", toHex(signature.publicKey)}, {"valid", isValid(signature, container.rootSha256())}});
  };
  return Json::Object{{"rootSha256", toHex(container.rootSha256())},
                      {"writer", header.writer},
                      {"recordCount", container.recordCount()},
                      {"dataset", describeDataset(header.dataset)},
                      {"notKnown", texts(header.notKnown)},
                      {"savings", describeSavings(header.savings)},
                      {"encoders", listOf(header.encoders, [](const EncoderDescription& e) { return describeEncoder(e); })},
                      {"features", std::move(features)},
                      {"groupings", listOf(header.groupings, describeGrouping)},
                      {"splits", listOf(header.splits, describeSplit)},
                      {"labels", listOf(header.labelColumns, describeColumn)},
                      {"heads", listOf(header.heads, describeHead)},
                      {"documents", std::move(documents)},
                      {"transforms", texts(header.transforms)},
                      {"sections", listOf(container.sections(), describeSection)},
                      {"signatures", listOf(container.signatures(), describeSignature)}};
}

Json describeRecordFacts(const Container& container, size_t row) {
  const Record record = container.record(row);
  Json::Array groups, splits, labels;
  for (const auto& group : record.groups) groups.push_back(orNull(group));
  for (const auto& part : record.splits) splits.push_back(orNull(part));
  for (const LabelValue& label : record.labels) labels.push_back(describeLabel(label));
  return Json(Json::Object{{"id", toHex(record.id)},
                           {"name", orNull(record.name)},
                           {"parent", record.view ? Json(record.view->parent) : Json()},
                           {"transform", record.view ? Json(record.view->transform) : Json()},
                           {"groups", std::move(groups)},
                           {"splits", std::move(splits)},
                           {"labels", std::move(labels)}});
}

Result<Json> describeRecord(const Container& container, size_t row) {
  Json::Array features;
  for (size_t block = 0; block < container.header().features.size(); ++block) {
    PITH_ASSIGN_OR_RETURN(const std::vector<float> values, container.features(row, block));
    features.push_back(numbers(values));
  }
  Json::Object record = *describeRecordFacts(container, row).asObject();
  record.emplace_back("features", std::move(features));
  return Json(std::move(record));
}

Result<Json> describeContent(const Container& container) {
  Json::Array records;
  for (size_t row = 0; row < container.recordCount(); ++row) {
    PITH_ASSIGN_OR_RETURN(Json record, describeRecord(container, row));
    records.push_back(std::move(record));
  }
  Json::Object content = *describeContainer(container).asObject();
  content.emplace_back("records", std::move(records));
  return Json(std::move(content));
}

}  // namespace pith

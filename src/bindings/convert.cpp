// SPDX-License-Identifier: Apache-2.0
#include "bindings/convert.h"

#include <optional>
#include <utility>

namespace pith::bindings {

using emscripten::typed_memory_view;
using emscripten::val;

namespace {

template <typename T>
std::vector<T> copyArray(const val& array) {
  std::vector<T> copy(array["length"].as<size_t>());
  val(typed_memory_view(copy.size(), copy.data())).call<void>("set", array);
  return copy;
}

Error wrongField(std::string_view field, std::string_view allowed) {
  return {ErrorCode::invalidArgument, "The field '" + std::string(field) + "' must be " + std::string(allowed) + "."};
}

Result<std::string> stringField(const Json& object, std::string_view field) {
  const Json* member = object.find(field);
  const std::string* text = member ? member->asString() : nullptr;
  if (!text) return wrongField(field, "a text");
  return *text;
}

Result<int> countField(const Json& object, std::string_view field) {
  const Json* member = object.find(field);
  const int64_t* number = member ? member->asInteger() : nullptr;
  if (!number || *number < 0 || *number > INT32_MAX) return wrongField(field, "a whole number from 0 to 2147483647");
  return static_cast<int>(*number);
}

Result<std::vector<std::string>> stringsField(const Json& object, std::string_view field) {
  const Json* member = object.find(field);
  const Json::Array* array = member ? member->asArray() : nullptr;
  if (!array) return wrongField(field, "a list of texts");
  std::vector<std::string> texts;
  for (const Json& element : *array) {
    if (!element.asString()) return wrongField(field, "a list of texts");
    texts.push_back(*element.asString());
  }
  return texts;
}

Result<Pooling> poolingField(const Json& json) {
  PITH_ASSIGN_OR_RETURN(const std::string name, stringField(json, "pooling"));
  const std::optional<Pooling> known = poolingFromName(name);
  if (!known) return wrongField("pooling", "one of " + poolingNames());
  return *known;
}

/// A label as JSON: null, a category's number as {"category": 3}, a number, or a text.
Result<LabelValue> labelFromJson(const Json& json) {
  if (json.isNull()) return LabelValue{};
  if (json.asString()) return LabelValue{*json.asString()};
  if (json.isNumber()) return LabelValue{json.number()};
  PITH_ASSIGN_OR_RETURN(const int category, countField(json, "category"));
  return LabelValue{static_cast<uint32_t>(category)};
}

Json labelColumnToJson(const LabelColumn& column) {
  Json::Array categories(column.categories.begin(), column.categories.end());
  return Json::Object{{"name", column.name}, {"type", nameOf(column.type)}, {"categories", std::move(categories)}};
}

/// Records of each part; of several splits with the split's name in front.
Json splitCounts(const Container& container) {
  const std::vector<Split>& splits = container.header().splits;
  Json::Object counts;
  for (const Split& split : splits) {
    uint64_t none = container.recordCount();
    const std::string prefix = splits.size() > 1 ? split.name + "/" : "";
    for (size_t i = 0; i < split.parts.size(); ++i) {
      counts.emplace_back(prefix + split.parts[i], split.counts[i]);
      none -= split.counts[i];
    }
    counts.emplace_back(prefix + "none", none);
  }
  if (splits.empty()) counts.emplace_back("none", container.recordCount());
  return counts;
}

}  // namespace

std::vector<uint8_t> copyIn(const Bytes& bytes) { return copyArray<uint8_t>(bytes); }
std::vector<float> copyIn(const Floats& floats) { return copyArray<float>(floats); }

val copyOut(std::span<const uint8_t> bytes) { return val(typed_memory_view(bytes.size(), bytes.data())).call<val>("slice"); }
val copyOut(std::span<const float> floats) { return val(typed_memory_view(floats.size(), floats.data())).call<val>("slice"); }

val copyOut(const Thumbnail& thumbnail) {
  val object = val::object();
  object.set("width", thumbnail.width);
  object.set("height", thumbnail.height);
  object.set("rgba", copyOut(std::span<const uint8_t>(thumbnail.rgba)));
  return object;
}

val copyOut(const Error& error) {
  val object = val::object();
  object.set("code", std::string(errorName(error.code)));
  object.set("detail", error.detail);
  object.set("advice", std::string(errorAdvice(error.code)));
  return object;
}

val copyOut(const ModelInspection& inspection) {
  val object = val::object();
  const InputSize& input = inspection.input;
  for (const auto& [name, extent] : {std::pair{"height", input.height}, std::pair{"width", input.width},
                                     std::pair{"channels", input.channels}})
    object.set(name, extent < 0 ? val::null() : val(static_cast<double>(extent)));
  val taps = val::array();
  for (const TapCandidate& candidate : inspection.taps) {
    val tap = val::object();
    tap.set("tensor", candidate.tensor);
    tap.set("node", candidate.node);
    tap.set("operator", candidate.op);
    tap.set("kind", std::string(tapKindName(candidate.kind)));
    val shape = val::array();
    for (const int64_t extent : candidate.shape) shape.call<void>("push", static_cast<double>(extent));
    tap.set("shape", shape);
    tap.set("pooling", std::string(poolingName(candidate.pooling)));
    tap.set("chosen", candidate.chosen);
    taps.call<void>("push", tap);
  }
  object.set("taps", taps);
  object.set("error", inspection.found.ok() ? val::null() : copyOut(inspection.found.error()));
  return object;
}

val success(val value) {
  val object = val::object();
  object.set("ok", true);
  object.set("value", std::move(value));
  return object;
}

val failure(const Error& error) {
  val object = val::object();
  object.set("ok", false);
  object.set("error", copyOut(error));
  return object;
}

Result<DatasetInfo> datasetFromJson(const std::string& text) {
  PITH_ASSIGN_OR_RETURN(const Json json, Json::parse(text));
  DatasetInfo dataset;
  for (auto [name, field] : {std::pair{"title", &DatasetInfo::title}, std::pair{"author", &DatasetInfo::author},
                             std::pair{"contact", &DatasetInfo::contact}, std::pair{"source", &DatasetInfo::source},
                             std::pair{"licence", &DatasetInfo::licence}, std::pair{"notes", &DatasetInfo::notes}}) {
    PITH_ASSIGN_OR_RETURN(dataset.*field, stringField(json, name));
  }
  return dataset;
}

Result<EncoderInfo> encoderFromJson(const std::string& text) {
  PITH_ASSIGN_OR_RETURN(const Json json, Json::parse(text));
  EncoderInfo encoder;
  PITH_ASSIGN_OR_RETURN(encoder.name, stringField(json, "name"));
  PITH_ASSIGN_OR_RETURN(const std::string hex, stringField(json, "modelSha256"));
  const auto digest = digestFromHex(hex);
  if (!digest) return wrongField("modelSha256", "64 hexadecimal digits");
  encoder.modelSha256 = *digest;
  const Json* recipe = json.find("recipe");
  if (!recipe) return wrongField("recipe", "an object");
  PITH_ASSIGN_OR_RETURN(encoder.recipe, recipeFromJson(*recipe));
  PITH_ASSIGN_OR_RETURN(encoder.tap, stringField(json, "tap"));
  const Json* shape = json.find("tapShape");
  if (!shape || !shape->asArray()) return wrongField("tapShape", "a list of whole numbers");
  for (const Json& extent : *shape->asArray()) {
    if (!extent.asInteger()) return wrongField("tapShape", "a list of whole numbers");
    encoder.tapShape.push_back(*extent.asInteger());
  }
  PITH_ASSIGN_OR_RETURN(encoder.pooling, poolingField(json));
  if (const Json* power = json.find("poolingPower")) encoder.poolingPower = static_cast<float>(power->number());
  PITH_ASSIGN_OR_RETURN(encoder.featureCount, countField(json, "featureCount"));
  PITH_ASSIGN_OR_RETURN(encoder.engine, stringField(json, "engine"));
  return encoder;
}

Result<ExtractorOptions> extractorOptionsFromJson(const std::string& text) {
  PITH_ASSIGN_OR_RETURN(const Json json, Json::parse(text));
  ExtractorOptions options;
  PITH_ASSIGN_OR_RETURN(options.name, stringField(json, "name"));
  const Json* recipe = json.find("recipe");
  if (!recipe) return wrongField("recipe", "an object");
  PITH_ASSIGN_OR_RETURN(options.recipe, recipeFromJson(*recipe));
  PITH_ASSIGN_OR_RETURN(options.tap, stringField(json, "tap"));
  PITH_ASSIGN_OR_RETURN(options.pooling, poolingField(json));
  if (options.pooling == Pooling::generalizedMean) {
    const Json* power = json.find("poolingPower");
    if (!power || !power->isNumber()) return wrongField("poolingPower", "a number");
    options.poolingPower = static_cast<float>(power->number());
  }
  return options;
}

Result<std::vector<LabelColumn>> labelColumnsFromJson(const std::string& text) {
  PITH_ASSIGN_OR_RETURN(const Json json, Json::parse(text));
  if (!json.asArray()) return wrongField("labelColumns", "a list");
  std::vector<LabelColumn> columns;
  for (const Json& element : *json.asArray()) {
    LabelColumn column;
    PITH_ASSIGN_OR_RETURN(column.name, stringField(element, "name"));
    PITH_ASSIGN_OR_RETURN(const std::string type, stringField(element, "type"));
    const std::optional<LabelType> labelType = labelTypeFromName(type);
    if (!labelType || *labelType > LabelType::text) return wrongField("type", "one of categorical, number, text");
    column.type = *labelType;
    PITH_ASSIGN_OR_RETURN(column.categories, stringsField(element, "categories"));
    columns.push_back(std::move(column));
  }
  return columns;
}

Result<Record> recordFromJson(const std::string& text) {
  PITH_ASSIGN_OR_RETURN(const Json json, Json::parse(text));
  Record record;
  const Json* labels = json.find("labels");
  if (!labels || !labels->asArray()) return wrongField("labels", "a list with one value for each label column");
  for (const Json& label : *labels->asArray()) {
    PITH_ASSIGN_OR_RETURN(LabelValue value, labelFromJson(label));
    record.labels.push_back(std::move(value));
  }
  return record;
}

Json containerToJson(const Container& container) {
  const ContainerHeader& header = container.header();
  const FeatureBlock& block = header.features.front();
  Json::Array columns;
  for (const LabelColumn& column : header.labelColumns) columns.push_back(labelColumnToJson(column));
  return Json::Object{{"dataset", describeDataset(header.dataset)},
                      {"encoder", describeEncoder(header.encoders[block.encoder].info)},
                      {"labelColumns", std::move(columns)},
                      {"recordCount", container.recordCount()},
                      {"splits", splitCounts(container)},
                      {"featureType", nameOf(block.type)},
                      {"narrowing", describeNarrowing(block.narrowing)},
                      {"sections", describeSections(container.sections())},
                      {"writer", header.writer}};
}

}  // namespace pith::bindings

// SPDX-License-Identifier: Apache-2.0
#include "bindings/container/convert.h"

#include <optional>
#include <utility>

#include "bindings/fields.h"
#include "pith/container/describe.h"

namespace pith::bindings {

namespace {

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
  PITH_ASSIGN_OR_RETURN(const Json* recipe, recipeField(json));
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

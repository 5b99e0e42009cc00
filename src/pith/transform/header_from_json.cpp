// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "pith/transform/header_from_json.h"
#include "pith/transform/json_fields.h"

namespace pith {
namespace {

/// An entry of a list, by its number or its name.
template <typename Entry>
std::optional<uint32_t> entryOf(const Json& json, const std::vector<Entry>& entries) {
  if (const int64_t* const index = json.asInteger()) {
    if (*index < 0 || static_cast<uint64_t>(*index) >= entries.size()) return std::nullopt;
    return static_cast<uint32_t>(*index);
  }
  if (!json.asString()) return std::nullopt;
  const size_t index = findName(entries, *json.asString());
  return index < entries.size() ? std::optional(static_cast<uint32_t>(index)) : std::nullopt;
}

Result<Layer> layerFromJson(const Json& json, size_t number) {
  Layer layer;
  JsonFields fields(json, "layer " + std::to_string(number));
  fields.enumerator("kind", layer.kind);
  fields.number("outputs", layer.outputs);
  fields.number("rate", layer.rate);
  fields.number("epsilon", layer.epsilon);
  PITH_RETURN_IF_ERROR(fields.finish());
  return layer;
}

Status readLayers(JsonFields& fields, Head& head) {
  const Json* const layers = fields.take("layers");
  if (!layers || !layers->asArray()) {
    fields.fail("needs \"layers\", a list");
    return {};
  }
  for (const Json& layer : *layers->asArray()) {
    PITH_ASSIGN_OR_RETURN(Layer read, layerFromJson(layer, head.layers.size()));
    head.layers.push_back(read);
  }
  return {};
}

void readReferences(JsonFields& fields, const ContainerHeader& header, Head& head) {
  if (const Json* const label = fields.take("label")) {
    const auto index = entryOf(*label, header.labelColumns);
    if (!index)
      fields.fail("is for a label that the file does not have; there are " +
                  listOfNames(namesOf(header.labelColumns)));
    head.label = index.value_or(0);
  } else {
    fields.fail("needs \"label\", the label that it learns");
  }
  const Json* const features = fields.take("features");
  if (features && !features->asArray()) fields.fail("needs a list as \"features\"");
  if (!features) head.features = {0};
  if (features && features->asArray()) {
    for (const Json& block : *features->asArray()) {
      const auto index = entryOf(block, header.features);
      if (!index)
        fields.fail("takes features that the file does not have; there are " +
                    listOfNames(namesOf(header.features)));
      head.features.push_back(index.value_or(0));
    }
  }
  if (const Json* const split = fields.take("split"); split && !split->isNull()) {
    head.split = entryOf(*split, header.splits);
    if (!head.split)
      fields.fail("names a split that the file does not have; there are " +
                  listOfNames(namesOf(header.splits)));
  }
}

void readScore(JsonFields& fields, const ContainerHeader& header, Head& head) {
  HeadScore score;
  fields.text("scoreMetric", score.metric);
  fields.number("score", score.value);
  fields.number("scoreLow", score.low);
  fields.number("scoreHigh", score.high);
  if (const Json* const part = fields.take("scorePart"); part && !part->isNull()) {
    const std::vector<std::string> none;
    const std::vector<std::string>& parts = head.split ? header.splits[*head.split].parts : none;
    const std::string* const name = part->asString();
    const int64_t* const number = part->asInteger();
    const size_t index = name ? static_cast<size_t>(std::ranges::find(parts, *name) - parts.begin())
                         : number && *number >= 0 ? static_cast<size_t>(*number)
                                                  : parts.size();
    if (index >= parts.size())
      fields.fail("has a score of a part that its split does not have; there are " + listOfNames(parts));
    score.part = static_cast<uint32_t>(index);
  }
  if (!score.metric.empty()) {
    head.score = score;
  } else if (score.value != 0 || score.low != 0 || score.high != 0 || score.part) {
    fields.fail("has a score without \"scoreMetric\"");
  }
}

}  // namespace

Result<Head> headFromJson(const Json& json, const ContainerHeader& header) {
  Head head;
  const Json* const name = json.find("name");
  JsonFields fields(json, "the head " + inMarks(name && name->asString() ? *name->asString() : ""));
  fields.text("name", head.name);
  fields.enumerator("task", head.task);
  readReferences(fields, header, head);
  PITH_RETURN_IF_ERROR(readLayers(fields, head));
  fields.enumerator("loss", head.loss);
  if (const Json* const weights = fields.take("classWeights")) {
    if (!weights->asArray()) fields.fail("needs a list as \"classWeights\"");
    for (const Json& weight : weights->asArray() ? *weights->asArray() : Json::Array{}) {
      if (!weight.isNumber()) fields.fail("has a class weight that is no number");
      head.classWeights.push_back(weight.isNumber() ? static_cast<float>(weight.number()) : 0);
    }
  }
  fields.enumerator("optimizer", head.optimizer);
  fields.number("learningRate", head.learningRate);
  fields.number("momentum", head.momentum);
  fields.number("weightDecay", head.weightDecay);
  fields.number("batchSize", head.batchSize);
  fields.number("epochs", head.epochs);
  fields.number("seed", head.seed);
  fields.text("note", head.note);
  readScore(fields, header, head);
  PITH_RETURN_IF_ERROR(fields.finish());
  return head;
}

Result<std::vector<Contact>> contactsFromJson(const Json& json) {
  if (!json.asArray()) return Error{ErrorCode::invalidArgument, "contacts are a list"};
  std::vector<Contact> contacts;
  for (const Json& entry : *json.asArray()) {
    Contact contact;
    JsonFields fields(entry, "contact " + std::to_string(contacts.size()));
    fields.text("name", contact.name);
    fields.enumerator("kind", contact.kind);
    fields.text("email", contact.email);
    fields.text("role", contact.role);
    PITH_RETURN_IF_ERROR(fields.finish());
    contacts.push_back(std::move(contact));
  }
  return contacts;
}

Result<Savings> savingsFromJson(const Json& json) {
  Savings savings;
  JsonFields fields(json, "savings");
  fields.number("originalCount", savings.originalCount);
  fields.number("originalBytes", savings.originalBytes);
  fields.number("encodingSeconds", savings.encodingSeconds);
  fields.number("loadingSeconds", savings.loadingSeconds);
  fields.number("headSeconds", savings.headSeconds);
  fields.number("epochs", savings.epochs);
  PITH_RETURN_IF_ERROR(fields.finish());
  return savings;
}

Result<Entries> entriesFromJson(const Json& json) {
  if (!json.asObject()) return Error{ErrorCode::invalidArgument, "model information is an object of texts"};
  Entries entries;
  for (const auto& [key, value] : *json.asObject()) {
    if (!value.asString())
      return Error{ErrorCode::invalidArgument, "the value of " + inMarks(key) + " is no text"};
    entries.emplace_back(key, *value.asString());
  }
  std::ranges::sort(entries);
  return entries;
}

}  // namespace pith

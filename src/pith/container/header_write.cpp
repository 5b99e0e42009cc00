// SPDX-License-Identifier: Apache-2.0
#include <capnp/message.h>
#include <capnp/serialize.h>
#include <container.capnp.h>

#include <algorithm>

#include "pith/container/header_message.h"

namespace pith::format {
namespace {

capnp::Data::Reader dataOf(const Sha256Digest& digest) { return {digest.data(), digest.size()}; }

/// Sets a text field, unless the text is empty: then it stays a null pointer.
template <typename Builder>
void setText(Builder& to, void (Builder::*set)(capnp::Text::Reader), const std::string& text) {
  if (!text.empty()) (to.*set)({text.c_str(), text.size()});
}

template <typename List>
void fillTexts(List list, const std::vector<std::string>& texts) {
  for (kj::uint i = 0; i < list.size(); ++i) {
    if (!texts[i].empty()) list.set(i, {texts[i].c_str(), texts[i].size()});
  }
}

template <typename List, typename Values>
void fillNumbers(List list, const Values& values) {
  for (kj::uint i = 0; i < list.size(); ++i) list.set(i, static_cast<std::decay_t<decltype(list[i])>>(values[i]));
}

kj::uint sizeOf(const auto& values) { return static_cast<kj::uint>(values.size()); }

uint32_t plusOne(const std::optional<uint32_t>& index) { return index ? *index + 1 : 0; }

void put(schema::Contact::Builder to, const Contact& contact) {
  using B = schema::Contact::Builder;
  setText(to, &B::setName, contact.name);
  to.setKind(static_cast<schema::EntityKind>(contact.kind));
  setText(to, &B::setEmail, contact.email);
  setText(to, &B::setRole, contact.role);
}

bool isEmpty(const Provenance& original) {
  return original.author.empty() && original.source.empty() && original.licence.empty();
}

bool isEmpty(const DatasetInfo& dataset) {
  const auto& d = dataset;
  const auto all = {&d.title,   &d.author,  &d.contact,    &d.source,   &d.licence,
                    &d.notes,   &d.version, &d.identifier, &d.citation, &d.augmentation};
  return d.contacts.empty() && isEmpty(d.original) && std::ranges::all_of(all, [](const std::string* t) { return t->empty(); });
}

void put(schema::Dataset::Builder to, const DatasetInfo& dataset) {
  using B = schema::Dataset::Builder;
  setText(to, &B::setTitle, dataset.title);
  setText(to, &B::setAuthor, dataset.author);
  setText(to, &B::setContact, dataset.contact);
  setText(to, &B::setSource, dataset.source);
  setText(to, &B::setLicence, dataset.licence);
  setText(to, &B::setNotes, dataset.notes);
  setText(to, &B::setVersion, dataset.version);
  setText(to, &B::setIdentifier, dataset.identifier);
  setText(to, &B::setCitation, dataset.citation);
  setText(to, &B::setAugmentation, dataset.augmentation);
  if (!isEmpty(dataset.original)) {
    auto original = to.initOriginal();
    using P = schema::Provenance::Builder;
    setText(original, &P::setAuthor, dataset.original.author);
    setText(original, &P::setSource, dataset.original.source);
    setText(original, &P::setLicence, dataset.original.licence);
  }
  if (dataset.contacts.empty()) return;
  auto contacts = to.initContacts(sizeOf(dataset.contacts));
  for (kj::uint i = 0; i < contacts.size(); ++i) put(contacts[i], dataset.contacts[i]);
}

void put(schema::Document::Builder to, const DocumentInfo& document) {
  using B = schema::Document::Builder;
  setText(to, &B::setFileName, document.fileName);
  setText(to, &B::setMediaType, document.mediaType);
  setText(to, &B::setTitle, document.title);
  setText(to, &B::setShortDescription, document.shortDescription);
  setText(to, &B::setLongDescription, document.longDescription);
  setText(to, &B::setAuthor, document.author);
  setText(to, &B::setCredits, document.credits);
  setText(to, &B::setLicence, document.licence);
  setText(to, &B::setDate, document.date);
  setText(to, &B::setOriginallyAvailableAt, document.originallyAvailableAt);
  setText(to, &B::setHowToCite, document.howToCite);
  setText(to, &B::setPublishedAt, document.publishedAt);
  setText(to, &B::setContact, document.contact);
  setText(to, &B::setVersion, document.version);
}

void put(capnp::List<schema::Entry>::Builder to, const Entries& entries) {
  for (kj::uint i = 0; i < to.size(); ++i) {
    auto entry = to[i];
    setText(entry, &schema::Entry::Builder::setKey, entries[i].first);
    setText(entry, &schema::Entry::Builder::setValue, entries[i].second);
  }
}

void putInfo(schema::Encoder::Builder to, const EncoderDescription& encoder) {
  using B = schema::Encoder::Builder;
  const EncoderInfo& info = encoder.info;
  setText(to, &B::setName, info.name);
  if (encoder.modelKnown) to.setModelSha256(dataOf(info.modelSha256));
  if (encoder.recipeKnown) setText(to, &B::setRecipe, recipeToJson(info.recipe).dump());
  setText(to, &B::setTap, info.tap);
  if (!info.tapShape.empty()) fillNumbers(to.initTapShape(sizeOf(info.tapShape)), info.tapShape);
  to.setPooling(static_cast<schema::Pooling>(info.pooling));
  setText(to, &B::setEngine, info.engine);
  to.setFeatureCount(static_cast<uint32_t>(info.featureCount));
  to.setPoolingPower(info.poolingPower);
}

void put(schema::Encoder::Builder to, const EncoderDescription& encoder) {
  using B = schema::Encoder::Builder;
  putInfo(to, encoder);
  setText(to, &B::setFamily, encoder.family);
  setText(to, &B::setType, encoder.type);
  setText(to, &B::setArchitectureSource, encoder.architectureSource);
  setText(to, &B::setWeightsSource, encoder.weightsSource);
  setText(to, &B::setLicence, encoder.licence);
  setText(to, &B::setCitation, encoder.citation);
  if (!encoder.model.empty()) put(to.initModel(sizeOf(encoder.model)), encoder.model);
  if (!encoder.dataProcessing.empty()) put(to.initDataProcessing(sizeOf(encoder.dataProcessing)), encoder.dataProcessing);
  if (!encoder.performance.empty()) put(to.initPerformance(sizeOf(encoder.performance)), encoder.performance);
  if (!encoder.training.empty()) put(to.initTraining(sizeOf(encoder.training)), encoder.training);
}

void put(schema::FeatureBlock::Builder to, const FeatureBlock& block) {
  to.setEncoder(block.encoder);
  to.setMaxAbsoluteError(block.narrowing.maxAbsolute);
  to.setRootMeanSquareError(block.narrowing.rootMeanSquare);
  to.setRelativeL2Error(block.narrowing.relativeL2);
  setText(to, &schema::FeatureBlock::Builder::setName, block.name);
  to.setDuplicateCount(block.duplicateCount);
}

void put(schema::LabelColumn::Builder to, const LabelColumn& column) {
  using B = schema::LabelColumn::Builder;
  setText(to, &B::setName, column.name);
  to.setType(static_cast<schema::LabelType>(column.type));
  if (!column.categories.empty()) fillTexts(to.initCategories(sizeOf(column.categories)), column.categories);
  to.setRole(static_cast<schema::ColumnRole>(column.role));
  setText(to, &B::setUnit, column.unit);
  setText(to, &B::setCodingSystem, column.codingSystem);
  setText(to, &B::setCode, column.code);
  if (!column.codes.empty()) fillTexts(to.initCodes(sizeOf(column.codes)), column.codes);
  setText(to, &B::setDescription, column.description);
  to.setGroupingPlus1(plusOne(column.grouping));
  to.setMissingCount(column.summary.missingCount);
  to.setUncertainCount(column.summary.uncertainCount);
  if (!column.summary.counts.empty()) fillNumbers(to.initCounts(sizeOf(column.summary.counts)), column.summary.counts);
  to.setMinimum(column.summary.minimum);
  to.setMaximum(column.summary.maximum);
}

void put(schema::Grouping::Builder to, const Grouping& grouping) {
  setText(to, &schema::Grouping::Builder::setName, grouping.name);
  to.setGroupCount(grouping.groupCount);
  setText(to, &schema::Grouping::Builder::setDescription, grouping.description);
}

void put(schema::Split::Builder to, const Split& split) {
  setText(to, &schema::Split::Builder::setName, split.name);
  to.setKind(static_cast<schema::SplitKind>(split.kind));
  fillTexts(to.initParts(sizeOf(split.parts)), split.parts);
  to.setGroupingPlus1(plusOne(split.grouping));
  to.setGroupsInSeveralParts(split.groupsInSeveralParts);
  to.setStratifiedByPlus1(plusOne(split.stratifiedBy));
  to.setHasSeed(split.seed.has_value());
  to.setSeed(split.seed.value_or(0));
  setText(to, &schema::Split::Builder::setMethod, split.method);
  fillNumbers(to.initCounts(sizeOf(split.counts)), split.counts);
}

void put(schema::Layer::Builder to, const Layer& layer) {
  to.setKind(static_cast<schema::LayerKind>(layer.kind));
  to.setOutputs(layer.outputs);
  to.setRate(layer.rate);
  to.setEpsilon(layer.epsilon);
}

void put(schema::Head::Builder to, const Head& head) {
  using B = schema::Head::Builder;
  setText(to, &B::setName, head.name);
  to.setTask(static_cast<schema::HeadTask>(head.task));
  to.setLabel(head.label);
  fillNumbers(to.initFeatures(sizeOf(head.features)), head.features);
  to.setSplitPlus1(plusOne(head.split));
  auto layers = to.initLayers(sizeOf(head.layers));
  for (kj::uint i = 0; i < layers.size(); ++i) put(layers[i], head.layers[i]);
  to.setLoss(static_cast<schema::Loss>(head.loss));
  if (!head.classWeights.empty()) fillNumbers(to.initClassWeights(sizeOf(head.classWeights)), head.classWeights);
  to.setOptimizer(static_cast<schema::Optimizer>(head.optimizer));
  to.setLearningRate(head.learningRate);
  to.setMomentum(head.momentum);
  to.setWeightDecay(head.weightDecay);
  to.setBatchSize(head.batchSize);
  to.setEpochs(head.epochs);
  to.setSeed(head.seed);
  setText(to, &B::setNote, head.note);
  if (!head.score) return;
  setText(to, &B::setScoreMetric, head.score->metric);
  to.setScore(head.score->value);
  to.setScoreLow(head.score->low);
  to.setScoreHigh(head.score->high);
  to.setScorePartPlus1(plusOne(head.score->part));
}

void put(schema::Savings::Builder to, const Savings& savings) {
  to.setOriginalCount(savings.originalCount);
  to.setOriginalBytes(savings.originalBytes);
  to.setEncodingSeconds(savings.encodingSeconds);
  to.setLoadingSeconds(savings.loadingSeconds);
  to.setHeadSeconds(savings.headSeconds);
  to.setEpochs(savings.epochs);
}

void put(schema::Section::Builder to, const SectionInfo& section) {
  setText(to, &schema::Section::Builder::setName, section.name);
  to.setType(static_cast<schema::ElementType>(section.type));
  to.setRequired(section.required);
  to.setOffset(section.offsetBytes);
  to.setLength(section.lengthBytes);
  if (!section.shape.empty()) fillNumbers(to.initShape(sizeOf(section.shape)), section.shape);
  to.setSha256(dataOf(section.sha256));
  to.setEncoding(static_cast<schema::Encoding>(section.encoding));
}

/// Fills a list of structs, unless it would be empty.
template <typename Init, typename Entry>
void putAll(Init init, const std::vector<Entry>& entries) {
  if (entries.empty()) return;
  auto list = init(sizeOf(entries));
  for (kj::uint i = 0; i < list.size(); ++i) put(list[i], entries[i]);
}

}  // namespace

std::vector<uint8_t> encodeHeader(const HeaderMessage& message) {
  const ContainerHeader& header = message.header;
  capnp::MallocMessageBuilder builder;
  auto root = builder.initRoot<schema::Header>();
  setText(root, &schema::Header::Builder::setWriter, header.writer);
  root.setRecordCount(message.recordCount);
  if (!isEmpty(header.dataset)) put(root.initDataset(), header.dataset);
  putAll([&](kj::uint n) { return root.initEncoders(n); }, header.encoders);
  putAll([&](kj::uint n) { return root.initFeatures(n); }, header.features);
  putAll([&](kj::uint n) { return root.initLabels(n); }, header.labelColumns);
  putAll([&](kj::uint n) { return root.initSections(n); }, message.sections);
  putAll([&](kj::uint n) { return root.initGroupings(n); }, header.groupings);
  putAll([&](kj::uint n) { return root.initSplits(n); }, header.splits);
  putAll([&](kj::uint n) { return root.initHeads(n); }, header.heads);
  putAll([&](kj::uint n) { return root.initDocuments(n); }, header.documents);
  if (!header.transforms.empty()) fillTexts(root.initTransforms(sizeOf(header.transforms)), header.transforms);
  if (!header.notKnown.empty()) fillTexts(root.initNotKnown(sizeOf(header.notKnown)), header.notKnown);
  if (header.savings && *header.savings != Savings{}) put(root.initSavings(), *header.savings);

  const kj::Array<capnp::word> words = capnp::canonicalize(root.asReader());
  const auto bytes = words.asBytes();
  return {bytes.begin(), bytes.end()};
}

}  // namespace pith::format

// SPDX-License-Identifier: Apache-2.0
// One example that has every field of the header.
#include "unit/container/vectors/vectors.h"

namespace pith::test {
namespace {

DatasetInfo richDataset() {
  DatasetInfo dataset = exampleDataset();
  dataset.version = "2.1";
  dataset.identifier = "doi:10.0000/example";
  dataset.citation = "A. Author, An example, 2026";
  dataset.augmentation = "every second film was turned";
  dataset.original = {.author = "B. Before", .source = "an older set", .licence = "CC-BY-4.0"};
  dataset.contacts = {{"A. Author", EntityKind::researcher, "author@example.org", "anything"},
                      {"Example Hospital", EntityKind::hospital, "", "access to the films"}};
  return dataset;
}

EncoderDescription richEncoder() {
  EncoderDescription encoder;
  encoder.info = exampleEncoder(4);
  encoder.family = "ExampleNet";
  encoder.type = "ExampleNet-18";
  encoder.architectureSource = "https://example.org/paper";
  encoder.weightsSource = "https://example.org/weights";
  encoder.licence = "Apache-2.0";
  encoder.citation = "C. Coder, ExampleNet";
  encoder.model = {{"intended_use_statement", "none"}, {"model_name", "example"}};
  encoder.dataProcessing = {{"resize", "224 x 192"}};
  encoder.performance = {{"roc_curve", "document:1"}};
  encoder.training = {{"batch_size", "32"}, {"note", ""}};
  return encoder;
}

EncoderDescription importedEncoder() {
  EncoderDescription encoder;
  encoder.info.name = "imported";
  encoder.info.tap = "tokens";
  encoder.info.pooling = Pooling::generalizedMean;
  encoder.info.poolingPower = 2.5f;
  encoder.info.featureCount = 3;
  encoder.modelKnown = encoder.recipeKnown = false;
  return encoder;
}

std::vector<LabelColumn> richColumns() {
  return {{.name = "finding", .type = LabelType::categorical, .categories = {"normal", "pneumonia", "unused"},
           .codingSystem = "SNOMED CT", .code = "363713009", .description = "by two readers",
           .codes = {"17621005", "233604007", ""}},
          {.name = "severity", .type = LabelType::ordinal, .categories = {"low", "middle", "high"}},
          {.name = "age", .type = LabelType::number, .role = ColumnRole::information, .unit = "a"},
          {.name = "remark", .type = LabelType::text, .role = ColumnRole::information},
          {.name = "findings", .type = LabelType::multiLabel, .categories = {"edema", "mass", "fracture"}},
          {.name = "taken", .type = LabelType::year},
          {.name = "outcome", .type = LabelType::categorical, .categories = {"alive", "dead"}, .grouping = 0}};
}

Head linearHead() {
  Head head;
  head.name = "linear";
  head.features = {0};
  head.split = 0;
  head.layers = {{LayerKind::standardize, 0, 0, 1e-6f}, {LayerKind::linear, 3, 0, 0}};
  head.classWeights = {1.0f, 2.5f, 0.0f};
  head.learningRate = 0.001;
  head.weightDecay = 0.01;
  head.batchSize = 64;
  head.epochs = 20;
  head.seed = 18446744073709551615u;
  head.score = HeadScore{.metric = "AUROC", .value = 0.91, .low = 0.88, .high = 0.94, .part = 2};
  head.note = "a first one";
  return head;
}

Head deepHead() {
  Head head;
  head.name = "deep";
  head.task = HeadTask::multiLabel;
  head.label = 4;
  head.features = {2, 0};
  head.layers = {{LayerKind::l2Normalize, 0, 0, 1e-12f}, {LayerKind::linear, 8, 0, 0},
                 {LayerKind::batchNormalization, 0, 0, 1e-5f}, {LayerKind::relu, 0, 0, 0},
                 {LayerKind::dropout, 0, 0.5f, 0}, {LayerKind::linear, 8, 0, 0},
                 {LayerKind::layerNormalization, 0, 0, 1e-5f}, {LayerKind::gelu, 0, 0, 0},
                 {LayerKind::linear, 4, 0, 0}, {LayerKind::tanh, 0, 0, 0}, {LayerKind::linear, 4, 0, 0},
                 {LayerKind::sigmoid, 0, 0, 0}, {LayerKind::linear, 3, 0, 0}};
  head.loss = Loss::binaryCrossEntropy;
  head.optimizer = Optimizer::sgd;
  head.learningRate = 0.1;
  head.momentum = 0.9;
  return head;
}

Head regressionHead(uint32_t label, Loss loss, Optimizer optimizer) {
  Head head;
  head.name = "regression";
  head.task = HeadTask::regression;
  head.label = label;
  head.features = {1};
  head.layers = {{LayerKind::linear, 1, 0, 0}};
  head.loss = loss;
  head.optimizer = optimizer;
  return head;
}

States statesOf(uint32_t number) {
  constexpr State all[] = {State::absent, State::present, State::uncertain, State::missing};
  return {all[number % 4], all[number / 4 % 4], all[(number + 1) % 4]};
}

Record richRecord(uint32_t i) {
  Record record;
  if (i % 3 != 0) record.name = "film " + std::to_string(i) + ".png";
  const uint32_t patient = i / 3;
  record.groups = {patient == 2 ? std::nullopt : std::optional(patient), std::optional(i / 2)};
  record.splits = {i % 4 == 3 ? std::nullopt : std::optional(static_cast<uint8_t>(patient % 3)), static_cast<uint8_t>(i % 5),
                   std::optional<uint8_t>(0)};
  record.labels = {i % 5 == 4 ? LabelValue() : LabelValue(i % 2),
                   LabelValue(i % 3),
                   i % 4 == 1 ? LabelValue() : LabelValue(0.25 * i - 1),
                   i % 3 == 1 ? LabelValue() : LabelValue(std::string(i, 'a') + "ö\t\n"),
                   LabelValue(statesOf(i)),
                   i % 6 == 5 ? LabelValue() : LabelValue(Year{static_cast<int32_t>(1990 + i)}),
                   patient == 1 ? LabelValue() : LabelValue(patient % 2)};
  return record;
}

}  // namespace

ContainerHeader richHeader() {
  ContainerHeader header;
  header.dataset = richDataset();
  header.encoders = {richEncoder(), importedEncoder()};
  header.features = {{.name = "example", .encoder = 0, .type = FeatureType::f16},
                     {.name = "example small", .encoder = 0, .type = FeatureType::i4},
                     {.name = "imported", .encoder = 1, .type = FeatureType::bf16, .narrowing = {0.5, 0.25, 0.125}}};
  header.labelColumns = richColumns();
  header.groupings = {{.name = "patient", .description = "by number"}, {.name = "study"}};
  header.splits = {{.name = "main", .parts = {"train", "valid", "test"}, .grouping = 0, .stratifiedBy = 0, .seed = 7,
                    .method = "pith split"},
                   {.name = "five", .kind = SplitKind::folds, .parts = {"0", "1", "2", "3", "4"}, .grouping = 1},
                   {.name = "all", .parts = {"everything"}}};
  header.heads = {linearHead(), deepHead(), regressionHead(2, Loss::meanSquaredError, Optimizer::adam),
                  regressionHead(5, Loss::meanAbsoluteError, Optimizer::lbfgs)};
  header.documents = {{.fileName = "consent.txt", .mediaType = "text/plain", .title = "Consent",
                       .shortDescription = "what was agreed", .longDescription = "in many words", .author = "A. Author",
                       .credits = "everybody", .licence = "CC0-1.0", .date = "2026-11", .originallyAvailableAt = "a drawer",
                       .howToCite = "do not", .publishedAt = "2026-11-25", .contact = "author@example.org", .version = "3"},
                      {.fileName = "curve.csv", .mediaType = "text/csv"}};
  header.transforms = {"flipped left to right", "turned by 5 degrees"};
  header.notKnown = {"dataset.original.source", "encoders.1.weightsSource", "something.from.later"};
  header.savings = Savings{.originalCount = 12, .originalBytes = 1'234'567, .encodingSeconds = 3.5, .loadingSeconds = 0.25,
                           .headSeconds = 0.125, .epochs = 30};
  return header;
}

namespace {

/// Twelve records for what is left of richHeader().
Bytes write(const ContainerHeader& header, bool moments) {
  ContainerWriter writer(header);
  std::mt19937 generator(5);
  for (uint32_t i = 0; i < 12; ++i) {
    Record record = richRecord(i);
    // Every third record is a view: the same groups, another picture.
    if (i % 3 == 2 && !header.transforms.empty()) {
      const Record parent = richRecord(i - 1);
      record.groups = parent.groups;
      record.labels.back() = parent.labels.back();
      record.view = ViewOf{.parent = i - 1, .transform = i % 2};
    }
    if (header.transforms.empty()) record.name.reset();
    record.groups.resize(header.groupings.size());
    record.splits.resize(header.splits.size());
    record.labels.resize(header.labelColumns.size());
    std::vector<std::vector<float>> values;
    for (const FeatureBlock& block : header.features) {
      values.emplace_back(header.encoders[block.encoder].info.featureCount);
      for (float& value : values.back()) value = static_cast<float>(generator() % 2049) / 256.0f - 4.0f;
    }
    const std::vector<std::span<const float>> blocks(values.begin(), values.end());
    const Status added = writer.add(record, blocks);
    EXPECT_TRUE(added.ok()) << (added.ok() ? "" : added.error().detail);
  }
  if (moments) EXPECT_TRUE(writer.setProbe(0, {1, 2, 3, 4, 0.5f, 0.25f, 0.125f, 0}).ok());
  if (!header.documents.empty()) EXPECT_TRUE(writer.setDocument(0, {'a', 'g', 'r', 'e', 'e', 'd', '\n'}).ok());
  return bytesOf(writer, {.seed = seedFromNumber(9), .moments = moments});
}

}  // namespace

Bytes richFile() { return write(richHeader(), true); }

Bytes encodersFile() {
  const ContainerHeader rich = richHeader();
  return write({.encoders = rich.encoders, .features = rich.features}, false);
}

namespace {

ContainerHeader recordsHeader() {
  ContainerHeader header = richHeader();
  header.dataset = {};
  header.encoders = {{.info = exampleEncoder(4)}};
  header.features.resize(1);
  header.heads.clear();
  header.documents.clear();
  return header;
}

}  // namespace

Bytes recordsFile() { return write(recordsHeader(), false); }

Bytes labelsFile() {
  ContainerHeader header = recordsHeader();
  header.groupings.resize(1);
  header.splits.clear();
  header.transforms.clear();
  return write(header, false);
}

Bytes viewsFile() {
  ContainerHeader header = recordsHeader();
  header.labelColumns.clear();
  header.splits[0].stratifiedBy.reset();
  return write(header, false);
}

Bytes headFile(size_t head) {
  const ContainerHeader rich = richHeader();
  ContainerHeader header{.encoders = rich.encoders, .features = rich.features, .labelColumns = rich.labelColumns,
                         .splits = {rich.splits[0]}, .heads = {rich.heads[head]}};
  header.encoders[0] = header.encoders[1];
  header.encoders[0].info.featureCount = 4;
  header.labelColumns.pop_back();
  header.splits[0].grouping.reset();
  return write(header, false);
}

Bytes simpleFile(FeatureType type) { return bytesOf(exampleRows(8, 4, 21), 4, type, 2); }

}  // namespace pith::test

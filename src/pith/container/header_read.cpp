// SPDX-License-Identifier: Apache-2.0
#include <capnp/message.h>
#include <capnp/serialize.h>
#include <container.capnp.h>

#include <algorithm>

#include "pith/container/header_message.h"
#include "pith/container/layout.h"

namespace pith::format {
namespace {

Error corrupt(std::string detail) { return {ErrorCode::corruptContainer, std::move(detail)}; }

std::string textOf(capnp::Text::Reader from) { return {from.begin(), from.size()}; }

/// Remembers the first thing that is wrong, so that reading stays flat.
class Reading {
 public:
  /// How many entries of a list to read: all, or none where there are more than allowed (an entry may take no bytes).
  template <typename List>
  kj::uint count(const List& list, size_t most, const char* what) {
    if (list.size() <= most) return list.size();
    fail(corrupt("the header has " + std::to_string(list.size()) + " " + what + "; at most " + std::to_string(most) +
                 " are allowed"));
    return 0;
  }

  /// @param last  the largest number that this version knows
  template <typename Enum, typename From>
  Enum enumerator(From from, Enum last, const char* what) {
    const auto number = static_cast<uint16_t>(from);
    if (number > static_cast<uint16_t>(last)) {
      fail({ErrorCode::unsupportedVersion,
            std::string(what) + " is number " + std::to_string(number) + ", which this version does not know"});
      return Enum{};
    }
    return static_cast<Enum>(number);
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

  void fail(Error error) {
    if (status_.ok()) status_ = Status(std::move(error));
  }
  [[nodiscard]] const Status& status() const { return status_; }

 private:
  Status status_;
};

template <typename List>
std::vector<std::string> textsOf(const List& list) {
  std::vector<std::string> texts;
  for (const capnp::Text::Reader text : list) texts.push_back(textOf(text));
  return texts;
}

template <typename To, typename List>
std::vector<To> numbersOf(const List& list) {
  std::vector<To> numbers;
  for (const auto number : list) numbers.push_back(static_cast<To>(number));
  return numbers;
}

std::optional<uint32_t> minusOne(uint32_t indexPlus1) {
  return indexPlus1 == 0 ? std::nullopt : std::optional(indexPlus1 - 1);
}

DatasetInfo readDataset(schema::Dataset::Reader from, Reading& reading) {
  DatasetInfo dataset;
  dataset.title = textOf(from.getTitle());
  dataset.author = textOf(from.getAuthor());
  dataset.contact = textOf(from.getContact());
  dataset.source = textOf(from.getSource());
  dataset.licence = textOf(from.getLicence());
  dataset.notes = textOf(from.getNotes());
  dataset.version = textOf(from.getVersion());
  dataset.identifier = textOf(from.getIdentifier());
  dataset.citation = textOf(from.getCitation());
  dataset.augmentation = textOf(from.getAugmentation());
  const auto original = from.getOriginal();
  dataset.original = {textOf(original.getAuthor()), textOf(original.getSource()), textOf(original.getLicence())};
  const auto contacts = from.getContacts();
  for (kj::uint i = 0; i < reading.count(contacts, maxContacts, "contacts"); ++i) {
    const auto kind = static_cast<uint16_t>(contacts[i].getKind());
    const bool isKnown = kind <= static_cast<uint16_t>(EntityKind::authority);
    dataset.contacts.push_back({textOf(contacts[i].getName()), isKnown ? static_cast<EntityKind>(kind) : EntityKind::unspecified,
                                textOf(contacts[i].getEmail()), textOf(contacts[i].getRole())});
  }
  return dataset;
}

DocumentInfo readDocument(schema::Document::Reader from) {
  return {.fileName = textOf(from.getFileName()),
          .mediaType = textOf(from.getMediaType()),
          .title = textOf(from.getTitle()),
          .shortDescription = textOf(from.getShortDescription()),
          .longDescription = textOf(from.getLongDescription()),
          .author = textOf(from.getAuthor()),
          .credits = textOf(from.getCredits()),
          .licence = textOf(from.getLicence()),
          .date = textOf(from.getDate()),
          .originallyAvailableAt = textOf(from.getOriginallyAvailableAt()),
          .howToCite = textOf(from.getHowToCite()),
          .publishedAt = textOf(from.getPublishedAt()),
          .contact = textOf(from.getContact()),
          .version = textOf(from.getVersion())};
}

Entries readEntries(capnp::List<schema::Entry>::Reader from, Reading& reading) {
  Entries entries;
  for (kj::uint i = 0; i < reading.count(from, maxEntries, "entries of model information"); ++i) {
    entries.emplace_back(textOf(from[i].getKey()), textOf(from[i].getValue()));
  }
  return entries;
}

EncoderInfo readInfo(schema::Encoder::Reader from, Reading& reading) {
  EncoderInfo info;
  info.name = textOf(from.getName());
  if (from.getModelSha256().size() > 0) info.modelSha256 = reading.digest(from.getModelSha256(), "the model's SHA-256");
  if (from.getRecipe().size() > 0) {
    Result<Recipe> recipe = parseRecipe(textOf(from.getRecipe()));
    if (!recipe.ok()) reading.fail(corrupt("the recipe cannot be read: " + recipe.error().detail));
    if (recipe.ok()) info.recipe = std::move(*recipe);
  }
  info.tap = textOf(from.getTap());
  const auto shape = from.getTapShape();
  for (kj::uint i = 0; i < reading.count(shape, maxRank, "axes of the tap"); ++i) info.tapShape.push_back(shape[i]);
  info.pooling = reading.enumerator(from.getPooling(), Pooling::classToken, "a pooling");
  info.poolingPower = from.getPoolingPower();
  info.engine = textOf(from.getEngine());
  if (from.getFeatureCount() == 0 || from.getFeatureCount() > maxFeatureCount) {
    reading.fail(corrupt("the encoder states " + std::to_string(from.getFeatureCount()) + " features; 1 to " +
                         std::to_string(maxFeatureCount) + " are allowed"));
  } else {
    info.featureCount = static_cast<int>(from.getFeatureCount());
  }
  return info;
}

EncoderDescription readEncoder(schema::Encoder::Reader from, Reading& reading) {
  EncoderDescription encoder;
  encoder.info = readInfo(from, reading);
  encoder.modelKnown = from.getModelSha256().size() > 0;
  encoder.recipeKnown = from.getRecipe().size() > 0;
  encoder.family = textOf(from.getFamily());
  encoder.type = textOf(from.getType());
  encoder.architectureSource = textOf(from.getArchitectureSource());
  encoder.weightsSource = textOf(from.getWeightsSource());
  encoder.licence = textOf(from.getLicence());
  encoder.citation = textOf(from.getCitation());
  encoder.model = readEntries(from.getModel(), reading);
  encoder.dataProcessing = readEntries(from.getDataProcessing(), reading);
  encoder.performance = readEntries(from.getPerformance(), reading);
  encoder.training = readEntries(from.getTraining(), reading);
  return encoder;
}

FeatureBlock readBlock(schema::FeatureBlock::Reader from) {
  FeatureBlock block;
  block.name = textOf(from.getName());
  block.encoder = from.getEncoder();
  block.narrowing = {from.getMaxAbsoluteError(), from.getRootMeanSquareError(), from.getRelativeL2Error()};
  block.duplicateCount = from.getDuplicateCount();
  return block;
}

LabelColumn readColumn(schema::LabelColumn::Reader from, Reading& reading) {
  LabelColumn column;
  column.name = textOf(from.getName());
  column.type = reading.enumerator(from.getType(), LabelType::year, "the type of a label column");
  column.categories = textsOf(from.getCategories());
  column.role = reading.enumerator(from.getRole(), ColumnRole::information, "the role of a label column");
  column.unit = textOf(from.getUnit());
  column.codingSystem = textOf(from.getCodingSystem());
  column.code = textOf(from.getCode());
  column.codes = textsOf(from.getCodes());
  column.description = textOf(from.getDescription());
  column.grouping = minusOne(from.getGroupingPlus1());
  column.summary.missingCount = from.getMissingCount();
  column.summary.uncertainCount = from.getUncertainCount();
  column.summary.counts = numbersOf<uint64_t>(from.getCounts());
  column.summary.minimum = from.getMinimum();
  column.summary.maximum = from.getMaximum();
  return column;
}

Split readSplit(schema::Split::Reader from, Reading& reading) {
  Split split;
  split.name = textOf(from.getName());
  split.kind = reading.enumerator(from.getKind(), SplitKind::folds, "the kind of a split");
  split.parts = textsOf(from.getParts());
  split.grouping = minusOne(from.getGroupingPlus1());
  split.groupsInSeveralParts = from.getGroupsInSeveralParts();
  split.stratifiedBy = minusOne(from.getStratifiedByPlus1());
  if (from.getHasSeed()) split.seed = from.getSeed();
  split.method = textOf(from.getMethod());
  split.counts = numbersOf<uint64_t>(from.getCounts());
  return split;
}

void readScore(schema::Head::Reader from, Head& head, Reading& reading) {
  const HeadScore score{.metric = textOf(from.getScoreMetric()),
                        .value = from.getScore(),
                        .low = from.getScoreLow(),
                        .high = from.getScoreHigh(),
                        .part = minusOne(from.getScorePartPlus1())};
  if (!score.metric.empty()) {
    head.score = score;
  } else if (score.value != 0 || score.low != 0 || score.high != 0 || score.part) {
    reading.fail(corrupt("a head has a score without a metric"));
  }
}

Head readHead(schema::Head::Reader from, Reading& reading) {
  Head head;
  head.name = textOf(from.getName());
  head.task = reading.enumerator(from.getTask(), HeadTask::regression, "the task of a head");
  head.label = from.getLabel();
  head.features = numbersOf<uint32_t>(from.getFeatures());
  head.split = minusOne(from.getSplitPlus1());
  const auto layers = from.getLayers();
  for (kj::uint i = 0; i < reading.count(layers, maxLayers, "layers of a head"); ++i) {
    const LayerKind kind = reading.enumerator(layers[i].getKind(), LayerKind::layerNormalization, "the kind of a layer");
    head.layers.push_back({kind, layers[i].getOutputs(), layers[i].getRate(), layers[i].getEpsilon()});
  }
  head.loss = reading.enumerator(from.getLoss(), Loss::meanAbsoluteError, "the loss of a head");
  head.classWeights = numbersOf<float>(from.getClassWeights());
  head.optimizer = reading.enumerator(from.getOptimizer(), Optimizer::lbfgs, "the optimizer of a head");
  head.learningRate = from.getLearningRate();
  head.momentum = from.getMomentum();
  head.weightDecay = from.getWeightDecay();
  head.batchSize = from.getBatchSize();
  head.epochs = from.getEpochs();
  head.seed = from.getSeed();
  head.note = textOf(from.getNote());
  readScore(from, head, reading);
  return head;
}

/// What is all zero says nothing, as if it were left out.
std::optional<Savings> readSavings(schema::Savings::Reader from) {
  const Savings savings{.originalCount = from.getOriginalCount(),
          .originalBytes = from.getOriginalBytes(),
          .encodingSeconds = from.getEncodingSeconds(),
          .loadingSeconds = from.getLoadingSeconds(),
          .headSeconds = from.getHeadSeconds(),
          .epochs = from.getEpochs()};
  return savings == Savings{} ? std::nullopt : std::optional(savings);
}

SectionInfo readSection(schema::Section::Reader from, Reading& reading) {
  SectionInfo section;
  section.name = textOf(from.getName());
  section.type = static_cast<ElementType>(from.getType());
  section.required = from.getRequired();
  section.encoding = static_cast<Encoding>(from.getEncoding());
  section.offsetBytes = from.getOffset();
  section.lengthBytes = from.getLength();
  const auto shape = from.getShape();
  for (kj::uint i = 0; i < reading.count(shape, maxRank, "axes of a section"); ++i) section.shape.push_back(shape[i]);
  section.sha256 = reading.digest(from.getSha256(), "a section's SHA-256");
  return section;
}

template <typename To, typename List, typename Read>
void readAll(std::vector<To>& to, const List& list, size_t most, const char* what, Reading& reading, Read read) {
  const kj::uint count = reading.count(list, most, what);
  for (kj::uint i = 0; i < count && reading.status().ok(); ++i) to.push_back(read(list[i]));
}

Result<HeaderMessage> readRoot(schema::Header::Reader root) {
  Reading reading;
  HeaderMessage message;
  ContainerHeader& header = message.header;
  const auto with = [&](auto read) { return [&reading, read](const auto& from) { return read(from, reading); }; };
  header.writer = textOf(root.getWriter());
  message.recordCount = root.getRecordCount();
  header.dataset = readDataset(root.getDataset(), reading);
  readAll(header.encoders, root.getEncoders(), maxEncoders, "encoders", reading, with(readEncoder));
  readAll(header.features, root.getFeatures(), maxFeatureBlocks, "feature blocks", reading, readBlock);
  readAll(header.labelColumns, root.getLabels(), maxLabelColumns, "label columns", reading, with(readColumn));
  readAll(header.groupings, root.getGroupings(), maxGroupings, "groupings", reading, [](const auto& from) {
    return Grouping{textOf(from.getName()), textOf(from.getDescription()), from.getGroupCount()};
  });
  readAll(header.splits, root.getSplits(), maxSplits, "splits", reading, with(readSplit));
  readAll(header.heads, root.getHeads(), maxHeads, "heads", reading, with(readHead));
  readAll(header.documents, root.getDocuments(), maxDocuments, "documents", reading, readDocument);
  header.transforms = textsOf(root.getTransforms());
  header.notKnown = textsOf(root.getNotKnown());
  header.savings = readSavings(root.getSavings());
  readAll(message.sections, root.getSections(), maxSections, "sections", reading, with(readSection));
  if (message.sections.empty()) reading.fail(corrupt("the header describes no section"));
  PITH_RETURN_IF_ERROR(reading.status());
  return message;
}

}  // namespace

Result<HeaderMessage> decodeHeader(ByteView bytes) {
  // A copy, because a message must be aligned, and because a memory map could change between check and use.
  std::vector<uint64_t> words(bytes.size() / sizeof(uint64_t));
  std::memcpy(words.data(), bytes.data(), words.size() * sizeof(uint64_t));
  const kj::ArrayPtr<const capnp::word> segment(reinterpret_cast<const capnp::word*>(words.data()), words.size());
  const kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>> segments(&segment, 1);

  // In canonical form nothing is pointed at twice, so that a reading costs no more than the bytes that are there, and a word
  // for each entry that is empty and takes none (a contact, a document).
  constexpr uint64_t emptyEntries = 4 * (maxContacts + maxDocuments);
  capnp::ReaderOptions options;
  options.traversalLimitInWords = 2 * words.size() + emptyEntries;
  options.nestingLimit = 16;
  capnp::SegmentArrayMessageReader formReader(segments, options);
  if (!formReader.isCanonical()) return corrupt("the header is not in Cap'n Proto's canonical form");
  options.traversalLimitInWords = 16 * words.size() + emptyEntries;  // fields are visited more than once
  capnp::SegmentArrayMessageReader reader(segments, options);
  return readRoot(reader.getRoot<schema::Header>());
}

}  // namespace pith::format

// SPDX-License-Identifier: Apache-2.0
#include "pith/container/header_rules.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "pith/container/layout.h"
#include "pith/container/text.h"

namespace pith::format {
namespace {

using NamedText = std::pair<const char*, const std::string*>;

Status checkTexts(std::initializer_list<NamedText> texts, size_t maxBytes, ErrorCode code) {
  for (const auto& [what, text] : texts) PITH_RETURN_IF_ERROR(checkText(*text, maxBytes, what, code));
  return {};
}

Status checkCount(size_t count, size_t least, size_t most, const char* what, ErrorCode code) {
  if (count >= least && count <= most) return {};
  return Error{code, std::to_string(count) + " " + what + "; " + std::to_string(least) + " to " + std::to_string(most) +
                         " are allowed"};
}

/// Clean, not empty, each once. Sorted, because there may be a million and a hash table can be made slow on purpose.
Status checkUnique(const std::vector<std::string>& texts, size_t maxBytes, const char* what, ErrorCode code) {
  for (const std::string& text : texts) PITH_RETURN_IF_ERROR(checkText(text, maxBytes, what, code));
  std::vector<std::string_view> sorted(texts.begin(), texts.end());
  std::ranges::sort(sorted);
  if ((!sorted.empty() && sorted.front().empty()) || std::ranges::adjacent_find(sorted) != sorted.end()) {
    return Error{code, std::string(what) + " is empty or stands there twice"};
  }
  return {};
}

template <typename Entry>
Status checkNames(const std::vector<Entry>& entries, const char* what, ErrorCode code) {
  std::unordered_set<std::string_view> seen;
  for (const Entry& entry : entries) {
    PITH_RETURN_IF_ERROR(checkText(entry.name, maxNameBytes, what, code));
    if (entry.name.empty() || !seen.insert(entry.name).second) {
      return Error{code, std::string(what) + " is empty or used twice"};
    }
  }
  return {};
}

Status checkReference(const std::optional<uint32_t>& index, size_t count, const char* what, ErrorCode code) {
  if (!index || *index < count) return {};
  return Error{code, std::string(what) + " is number " + std::to_string(*index) + " of " + std::to_string(count)};
}

Status checkDataset(const DatasetInfo& dataset, const RuleCodes& codes) {
  PITH_RETURN_IF_ERROR(checkTexts({{"the title", &dataset.title},
                                   {"the author", &dataset.author},
                                   {"the contact", &dataset.contact},
                                   {"the source", &dataset.source},
                                   {"the licence", &dataset.licence},
                                   {"the notes text", &dataset.notes},
                                   {"the version", &dataset.version},
                                   {"the identifier", &dataset.identifier},
                                   {"the citation", &dataset.citation},
                                   {"the augmentation text", &dataset.augmentation},
                                   {"the original's author", &dataset.original.author},
                                   {"the original's source", &dataset.original.source},
                                   {"the original's licence", &dataset.original.licence}},
                                  maxTextBytes, codes.argument));
  PITH_RETURN_IF_ERROR(checkCount(dataset.contacts.size(), 0, maxContacts, "contacts", codes.tooMany));
  for (const Contact& contact : dataset.contacts) {
    PITH_RETURN_IF_ERROR(checkTexts({{"a contact's name", &contact.name},
                                     {"a contact's address", &contact.email},
                                     {"a contact's role", &contact.role}},
                                    maxTextBytes, codes.argument));
  }
  return {};
}

Status checkDocument(const DocumentInfo& document, const RuleCodes& codes) {
  PITH_RETURN_IF_ERROR(checkTexts({{"a document's file name", &document.fileName},
                                   {"a document's media type", &document.mediaType}},
                                  maxNameBytes, codes.argument));
  return checkTexts({{"a document's title", &document.title},
                     {"a document's short description", &document.shortDescription},
                     {"a document's long description", &document.longDescription},
                     {"a document's author", &document.author},
                     {"a document's credits", &document.credits},
                     {"a document's licence", &document.licence},
                     {"a document's date", &document.date},
                     {"where a document was available", &document.originallyAvailableAt},
                     {"how to cite a document", &document.howToCite},
                     {"where a document was published", &document.publishedAt},
                     {"a document's contact", &document.contact},
                     {"a document's version", &document.version}},
                    maxTextBytes, codes.argument);
}

Status checkEntries(const Entries& entries, const RuleCodes& codes) {
  PITH_RETURN_IF_ERROR(checkCount(entries.size(), 0, maxEntries, "entries of model information", codes.tooMany));
  const std::string* before = nullptr;
  for (const auto& [key, value] : entries) {
    PITH_RETURN_IF_ERROR(checkText(key, maxNameBytes, "a key of model information", codes.argument));
    PITH_RETURN_IF_ERROR(checkText(value, maxTextBytes, "a value of model information", codes.argument));
    if (key.empty() || (before && !(*before < key))) {
      return Error{codes.argument, "the keys of model information are empty or not strictly ascending"};
    }
    before = &key;
  }
  return {};
}

Status checkRecipe(const EncoderDescription& encoder, const RuleCodes& codes) {
  if (!encoder.recipeKnown) return {};
  const std::string text = recipeToJson(encoder.info.recipe).dump();
  if (text.size() > maxTextBytes) return Error{codes.recipe, "the recipe is too long"};
  const Result<Recipe> recipe = parseRecipe(text);
  return recipe.ok() ? Status() : Status(Error{codes.recipe, recipe.error().detail});
}

Status checkEncoder(const EncoderDescription& encoder, const RuleCodes& codes) {
  const EncoderInfo& info = encoder.info;
  PITH_RETURN_IF_ERROR(checkTexts({{"the encoder's name", &info.name}, {"the tap", &info.tap}, {"the engine", &info.engine}},
                                  maxNameBytes, codes.argument));
  PITH_RETURN_IF_ERROR(checkTexts({{"the encoder's family", &encoder.family},
                                   {"the encoder's type", &encoder.type},
                                   {"the architecture's source", &encoder.architectureSource},
                                   {"the weights' source", &encoder.weightsSource},
                                   {"the weights' licence", &encoder.licence},
                                   {"the encoder's citation", &encoder.citation}},
                                  maxTextBytes, codes.argument));
  if (info.featureCount < 1 || static_cast<uint64_t>(info.featureCount) > maxFeatureCount) {
    return Error{codes.argument, "the encoder has " + std::to_string(info.featureCount) + " features; 1 to " +
                                     std::to_string(maxFeatureCount) + " are allowed"};
  }
  PITH_RETURN_IF_ERROR(checkCount(info.tapShape.size(), 0, maxRank, "axes of the tap", codes.argument));
  for (const int64_t extent : info.tapShape) {
    if (extent < 0 || extent > std::numeric_limits<uint32_t>::max()) {
      return Error{codes.argument, "an extent of the tap is " + std::to_string(extent) + "; 0 to 4294967295 are allowed"};
    }
  }
  const bool hasPower = info.pooling == Pooling::generalizedMean;
  if (hasPower ? !(std::isfinite(info.poolingPower) && info.poolingPower > 0) : info.poolingPower != 0) {
    return Error{codes.argument, "the pooling " + std::string(poolingName(info.pooling)) + " has the power " +
                                     std::to_string(info.poolingPower) +
                                     "; above 0 is allowed with generalizedMean, 0 with any other"};
  }
  for (const Entries* entries : {&encoder.model, &encoder.dataProcessing, &encoder.performance, &encoder.training}) {
    PITH_RETURN_IF_ERROR(checkEntries(*entries, codes));
  }
  return checkRecipe(encoder, codes);
}

Status checkBlocks(const ContainerHeader& header, const RuleCodes& codes) {
  PITH_RETURN_IF_ERROR(checkCount(header.features.size(), 1, maxFeatureBlocks, "feature blocks", codes.tooMany));
  PITH_RETURN_IF_ERROR(checkNames(header.features, "a feature block's name", codes.argument));
  for (const FeatureBlock& block : header.features) {
    PITH_RETURN_IF_ERROR(checkReference(block.encoder, header.encoders.size(), "a feature block's encoder", codes.argument));
    for (const double error : {block.narrowing.maxAbsolute, block.narrowing.rootMeanSquare, block.narrowing.relativeL2}) {
      if (!(error >= 0)) return Error{codes.argument, "a narrowing error is negative or not a number"};
    }
  }
  return {};
}

Status checkVocabulary(const LabelColumn& column, const RuleCodes& codes) {
  const bool isClassed = column.type == LabelType::categorical || column.type == LabelType::ordinal;
  const bool isMultiLabel = column.type == LabelType::multiLabel;
  PITH_RETURN_IF_ERROR(checkCount(column.categories.size(), isMultiLabel ? 1 : 0,
                                  isMultiLabel ? maxMultiLabelCategories : isClassed ? maxCategories : 0,
                                  "categories of a label column", codes.label));
  PITH_RETURN_IF_ERROR(checkUnique(column.categories, maxNameBytes, "a category", codes.label));
  if (!column.codes.empty() && column.codes.size() != column.categories.size()) {
    return Error{codes.label, "a label column has " + std::to_string(column.codes.size()) + " codes; none, or one for each of " +
                                  std::to_string(column.categories.size()) + " categories is allowed"};
  }
  for (const std::string& code : column.codes) {
    PITH_RETURN_IF_ERROR(checkText(code, maxNameBytes, "a category's code", codes.label));
  }
  return {};
}

Status checkColumns(const ContainerHeader& header, const RuleCodes& codes) {
  PITH_RETURN_IF_ERROR(checkCount(header.labelColumns.size(), 0, maxLabelColumns, "label columns", codes.tooMany));
  PITH_RETURN_IF_ERROR(checkNames(header.labelColumns, "a label column's name", codes.label));
  for (const LabelColumn& column : header.labelColumns) {
    PITH_RETURN_IF_ERROR(checkVocabulary(column, codes));
    PITH_RETURN_IF_ERROR(checkTexts({{"a unit", &column.unit},
                                     {"a coding system", &column.codingSystem},
                                     {"a label column's code", &column.code}},
                                    maxNameBytes, codes.label));
    PITH_RETURN_IF_ERROR(checkText(column.description, maxTextBytes, "a label column's description", codes.label));
    if (!column.unit.empty() && column.type != LabelType::number) {
      return Error{codes.label, "a label column that holds no numbers has a unit"};
    }
    PITH_RETURN_IF_ERROR(checkReference(column.grouping, header.groupings.size(), "a label column's grouping", codes.label));
  }
  return {};
}

Status checkGroupingsAndSplits(const ContainerHeader& header, const RuleCodes& codes) {
  PITH_RETURN_IF_ERROR(checkCount(header.groupings.size(), 0, maxGroupings, "groupings", codes.tooMany));
  PITH_RETURN_IF_ERROR(checkNames(header.groupings, "a grouping's name", codes.argument));
  for (const Grouping& grouping : header.groupings) {
    PITH_RETURN_IF_ERROR(checkText(grouping.description, maxTextBytes, "a grouping's description", codes.argument));
  }
  PITH_RETURN_IF_ERROR(checkCount(header.splits.size(), 0, maxSplits, "splits", codes.tooMany));
  PITH_RETURN_IF_ERROR(checkNames(header.splits, "a split's name", codes.argument));
  for (const Split& split : header.splits) {
    PITH_RETURN_IF_ERROR(checkCount(split.parts.size(), 1, maxParts, "parts of a split", codes.argument));
    PITH_RETURN_IF_ERROR(checkUnique(split.parts, maxNameBytes, "a split's part", codes.argument));
    PITH_RETURN_IF_ERROR(checkText(split.method, maxTextBytes, "a split's method", codes.argument));
    PITH_RETURN_IF_ERROR(checkReference(split.grouping, header.groupings.size(), "a split's grouping", codes.argument));
    PITH_RETURN_IF_ERROR(
        checkReference(split.stratifiedBy, header.labelColumns.size(), "a split's stratification", codes.argument));
  }
  return {};
}

Status checkRest(const ContainerHeader& header, const RuleCodes& codes) {
  PITH_RETURN_IF_ERROR(checkCount(header.documents.size(), 0, maxDocuments, "documents", codes.tooMany));
  for (const DocumentInfo& document : header.documents) PITH_RETURN_IF_ERROR(checkDocument(document, codes));
  PITH_RETURN_IF_ERROR(checkCount(header.transforms.size(), 0, maxTransforms, "transforms", codes.tooMany));
  PITH_RETURN_IF_ERROR(checkUnique(header.transforms, maxTextBytes, "a transform", codes.argument));
  PITH_RETURN_IF_ERROR(checkCount(header.notKnown.size(), 0, maxNotKnown, "fields that are not known", codes.tooMany));
  for (size_t i = 0; i < header.notKnown.size(); ++i) {
    PITH_RETURN_IF_ERROR(checkText(header.notKnown[i], maxTextBytes, "a path of a field that is not known", codes.argument));
    if (i > 0 && !(header.notKnown[i - 1] < header.notKnown[i])) {
      return Error{codes.argument, "the paths of fields that are not known are not strictly ascending"};
    }
  }
  if (!header.savings) return {};
  for (const double seconds :
       {header.savings->encodingSeconds, header.savings->loadingSeconds, header.savings->headSeconds}) {
    if (!(std::isfinite(seconds) && seconds >= 0)) {
      return Error{codes.argument, "a measured time is negative or not a finite number of seconds"};
    }
  }
  return {};
}

}  // namespace

Status checkHeader(const ContainerHeader& header, const RuleCodes& codes) {
  PITH_RETURN_IF_ERROR(checkText(header.writer, maxNameBytes, "the writer", codes.argument));
  PITH_RETURN_IF_ERROR(checkDataset(header.dataset, codes));
  PITH_RETURN_IF_ERROR(checkCount(header.encoders.size(), 1, maxEncoders, "encoders", codes.tooMany));
  for (const EncoderDescription& encoder : header.encoders) PITH_RETURN_IF_ERROR(checkEncoder(encoder, codes));
  PITH_RETURN_IF_ERROR(checkBlocks(header, codes));
  PITH_RETURN_IF_ERROR(checkColumns(header, codes));
  PITH_RETURN_IF_ERROR(checkGroupingsAndSplits(header, codes));
  PITH_RETURN_IF_ERROR(checkCount(header.heads.size(), 0, maxHeads, "heads", codes.tooMany));
  for (const Head& head : header.heads) PITH_RETURN_IF_ERROR(checkHead(head, header, codes));
  return checkRest(header, codes);
}

}  // namespace pith::format

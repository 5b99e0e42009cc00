// SPDX-License-Identifier: Apache-2.0
/// @file `pith info`: what a container says about itself.
#include <algorithm>
#include <cstdio>

#include "column_type.h"
#include "files.h"
#include "output.h"
#include "pith/container/describe.h"
#include "pith/container/reader.h"
#include "text.h"
#include "verbs.h"

namespace pith::cli {
namespace {

bool hasRange(const LabelColumn& column, size_t records) {
  const bool isNumeric = column.type == LabelType::number || column.type == LabelType::year;
  return isNumeric && column.summary.missingCount < records;
}

double meanOf(const Container& container, size_t column) {
  double sum = 0, values = 0;
  for (size_t row = 0; row < container.recordCount(); ++row) {
    const LabelValue label = container.label(column, row);
    if (const double* number = std::get_if<double>(&label)) {
      sum += *number;
      values += 1;
    }
  }
  return sum / values;
}

template <typename Has>
size_t countRows(const Container& container, Has has) {
  size_t count = 0;
  for (size_t row = 0; row < container.recordCount(); ++row) count += has(row) ? 1 : 0;
  return count;
}

size_t countWithoutGroup(const Container& container, size_t grouping) {
  return countRows(container, [&](size_t row) { return !container.group(grouping, row); });
}

size_t countNames(const Container& container) {
  if (!container.hasNames()) return 0;
  return countRows(container, [&](size_t row) { return container.record(row).name.has_value(); });
}

size_t withoutPart(const Container& container, const Split& split) {
  size_t count = container.recordCount();
  for (const uint64_t records : split.counts) count -= static_cast<size_t>(records);
  return count;
}

Json labelToJson(const Container& container, size_t k) {
  const LabelColumn& column = container.header().labelColumns[k];
  Json::Object object{
      {"name", column.name}, {"type", nameOf(column.type)}, {"missing", column.summary.missingCount}};
  if (column.type == LabelType::multiLabel) object.emplace_back("uncertain", column.summary.uncertainCount);
  if (!column.summary.counts.empty() || column.type == LabelType::categorical) {
    Json::Array classes;
    for (size_t c = 0; c < column.categories.size(); ++c) {
      classes.push_back(Json::Object{{"name", column.categories[c]}, {"count", column.summary.counts[c]}});
    }
    object.emplace_back("classes", std::move(classes));
  }
  if (hasRange(column, container.recordCount())) {
    object.emplace_back("minimum", column.summary.minimum);
    if (column.type == LabelType::number) object.emplace_back("mean", meanOf(container, k));
    object.emplace_back("maximum", column.summary.maximum);
  }
  return object;
}

Json blocksToJson(const Container& container) {
  const ContainerHeader& header = container.header();
  Json::Array blocks;
  for (size_t i = 0; i < header.features.size(); ++i) {
    const FeatureBlock& block = header.features[i];
    blocks.push_back(Json::Object{{"name", block.name},
                                  {"features", container.featureCount(i)},
                                  {"featureType", nameOf(block.type)},
                                  {"narrowing", describeNarrowing(block.narrowing)},
                                  {"duplicates", block.duplicateCount},
                                  {"encoder", describeEncoder(header.encoders[block.encoder])}});
  }
  return blocks;
}

Json splitsToJson(const Container& container) {
  Json::Array splits;
  for (const Split& split : container.header().splits) {
    Json::Object parts;
    for (size_t i = 0; i < split.parts.size(); ++i) parts.emplace_back(split.parts[i], split.counts[i]);
    Json::Object object{{"name", split.name}, {"kind", nameOf(split.kind)}, {"parts", std::move(parts)},
                        {"recordsWithoutPart", withoutPart(container, split)}};
    if (split.grouping) {
      object.emplace_back("grouping", container.header().groupings[*split.grouping].name);
      object.emplace_back("groupsInSeveralParts", split.groupsInSeveralParts);
    }
    splits.push_back(std::move(object));
  }
  return splits;
}

Json infoToJson(const Container& container, uint64_t fileBytes) {
  const ContainerHeader& header = container.header();
  Json::Array labels, groupings, signatures;
  for (size_t k = 0; k < header.labelColumns.size(); ++k) labels.push_back(labelToJson(container, k));
  for (size_t k = 0; k < header.groupings.size(); ++k) {
    groupings.push_back(Json::Object{{"name", header.groupings[k].name},
                                     {"groups", header.groupings[k].groupCount},
                                     {"recordsWithoutGroup", countWithoutGroup(container, k)}});
  }
  for (const Signature& signature : container.signatures()) signatures.emplace_back(toHex(signature.publicKey));
  const FeatureBlock& first = header.features.front();
  return Json::Object{{"fileBytes", fileBytes},
                      {"records", container.recordCount()},
                      {"features", container.featureCount()},
                      {"featureType", nameOf(first.type)},
                      {"narrowing", describeNarrowing(first.narrowing)},
                      {"dataset", describeDataset(header.dataset)},
                      {"encoder", describeEncoder(header.encoders[first.encoder].info)},
                      {"blocks", blocksToJson(container)},
                      {"labels", std::move(labels)},
                      {"groupings", std::move(groupings)},
                      {"splits", splitsToJson(container)},
                      {"recordsWithName", countNames(container)},
                      {"heads", header.heads.size()},
                      {"documents", header.documents.size()},
                      {"signatures", std::move(signatures)},
                      {"sections", describeSections(container.sections())},
                      {"writer", header.writer},
                      {"privacy", privacyNote}};
}

std::string describeLabels(const Container& container, size_t k) {
  const LabelColumn& column = container.header().labelColumns[k];
  const ColumnSummary& summary = column.summary;
  std::string text(nameOf(column.type));
  if (!column.categories.empty()) {
    constexpr size_t shown = 12;
    for (size_t c = 0; c < std::min(shown, column.categories.size()); ++c) {
      text += (c == 0 ? ": " : ", ") + printable(column.categories[c]) + " " + std::to_string(summary.counts[c]);
    }
    if (column.categories.size() > shown)
      text += ", and " + counted(column.categories.size() - shown, "more class", "more classes");
  } else if (hasRange(column, container.recordCount())) {
    char numbers[96];
    std::snprintf(numbers, sizeof numbers, ": %.6g to %.6g", summary.minimum, summary.maximum);
    text += numbers;
    if (column.type == LabelType::number) {
      std::snprintf(numbers, sizeof numbers, ", mean %.6g", meanOf(container, k));
      text += numbers;
    }
    if (!column.unit.empty()) text += " " + printable(column.unit);
  } else {
    text += ": " + counted(container.recordCount() - static_cast<size_t>(summary.missingCount), "value");
  }
  if (summary.uncertainCount > 0) text += "; " + std::to_string(summary.uncertainCount) + " uncertain";
  if (summary.missingCount > 0) text += "; " + std::to_string(summary.missingCount) + " missing";
  return text;
}

std::string describeSplit(const Container& container, const Split& split) {
  std::vector<std::string> words;
  for (size_t i = 0; i < split.parts.size(); ++i)
    words.push_back(printable(split.parts[i]) + " " + std::to_string(split.counts[i]));
  if (const size_t none = withoutPart(container, split); none > 0) words.push_back("none " + std::to_string(none));
  std::string text = inQuotes(split.name) + ", " + joined(words);
  if (split.grouping && split.groupsInSeveralParts == 0) text += "; no group in two parts";
  if (split.groupsInSeveralParts > 0)
    text += "; " + counted(static_cast<size_t>(split.groupsInSeveralParts), "group") + " in more than one part";
  return text;
}

void addRecordFacts(Facts& facts, const Container& container) {
  const ContainerHeader& header = container.header();
  for (size_t k = 0; k < header.labelColumns.size(); ++k) {
    facts.add("Label", inQuotes(header.labelColumns[k].name) + ", " + describeLabels(container, k));
  }
  for (size_t k = 0; k < header.groupings.size(); ++k) {
    std::string text = inQuotes(header.groupings[k].name) + ", " +
                       counted(static_cast<size_t>(header.groupings[k].groupCount), "group");
    if (const size_t without = countWithoutGroup(container, k); without > 0)
      text += "; " + counted(without, "record") + " without";
    facts.add("Groups", text);
  }
  for (const Split& split : header.splits) facts.add("Split", describeSplit(container, split));
  if (const size_t names = countNames(container); names > 0)
    facts.add("Names", counted(names, "record") + " with the source file's name");
}

void addEncoderFacts(Facts& facts, const Container& container) {
  const ContainerHeader& header = container.header();
  for (size_t i = 0; i < header.features.size(); ++i) {
    const FeatureBlock& block = header.features[i];
    char narrowing[96];
    std::snprintf(narrowing, sizeof narrowing, "; narrowing error %.2g relative, %.2g at most",
                  block.narrowing.relativeL2, block.narrowing.maxAbsolute);
    std::string text = std::to_string(container.featureCount(i)) + " as " + std::string(nameOf(block.type)) + narrowing;
    if (block.duplicateCount > 0)
      text += "; " + counted(static_cast<size_t>(block.duplicateCount), "duplicate");
    facts.add("Features", (header.features.size() > 1 ? inQuotes(block.name) + ", " : "") + text);
  }
  addRecordFacts(facts, container);
  for (const EncoderDescription& encoder : header.encoders) {
    const EncoderInfo& info = encoder.info;
    facts.addText("Encoder", info.name);
    facts.add("Model", encoder.modelKnown ? "SHA-256 " + toHex(info.modelSha256) : "not known");
    facts.add("Recipe", encoder.recipeKnown ? describeRecipe(info.recipe) : "not known");
    facts.add("Tap", inQuotes(info.tap) + ", pooling " + std::string(poolingName(info.pooling)));
    facts.addText("Engine", info.engine);
  }
}

std::string describe(const Container& container, uint64_t fileBytes) {
  const ContainerHeader& header = container.header();
  Facts facts;
  facts.addText("Title", header.dataset.title);
  facts.addText("Author", header.dataset.author);
  facts.addText("Contact", header.dataset.contact);
  facts.addText("Source", header.dataset.source);
  facts.addText("Licence", header.dataset.licence);
  facts.addText("Notes", header.dataset.notes);
  const size_t records = std::max<size_t>(container.recordCount(), 1);
  facts.add("Records", counted(container.recordCount(), "record") + ", " + humanBytes(fileBytes / records) +
                           " each, " + humanBytes(fileBytes) + " in all");
  addEncoderFacts(facts, container);
  for (const Head& head : header.heads) {
    std::string text = inQuotes(head.name) + ", " + std::string(nameOf(head.task)) + " of " +
                       inQuotes(header.labelColumns[head.label].name) + ", " + counted(head.layers.size(), "layer");
    if (head.score) {
      char score[32];
      std::snprintf(score, sizeof score, " %.4g", head.score->value);
      text += "; " + printable(head.score->metric) + score;
    }
    facts.add("Head", text);
  }
  for (const DocumentInfo& document : header.documents) {
    facts.add("Document", inQuotes(document.title.empty() ? document.fileName : document.title) + ", " +
                              printable(document.mediaType));
  }
  facts.addText("Writer", header.writer);
  for (const Signature& signature : container.signatures()) facts.add("Signed by", toHex(signature.publicKey));
  for (const SectionInfo& section : container.sections()) {
    facts.add("Section", printable(section.name) + ", " + humanBytes(section.lengthBytes) + " at byte " +
                             std::to_string(section.offsetBytes));
  }
  return facts.text() + privacyNote + "\n";
}

}  // namespace

ExitCode runInfo(const FileArguments& arguments) {
  const std::string what = "Cannot open " + inQuotes(arguments.file);
  const MappedFile file = require(MappedFile::open(arguments.file), what);
  const Container container = require(Container::open(file.bytes()), what);
  if (arguments.json) {
    printJson(infoToJson(container, file.bytes().size()));
  } else {
    printText(describe(container, file.bytes().size()));
  }
  return ExitCode::success;
}

}  // namespace pith::cli

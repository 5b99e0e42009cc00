// SPDX-License-Identifier: Apache-2.0
/// @file `pith info`: what a container says about itself.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

#include "column_type.h"
#include "files.h"
#include "output.h"
#include "pith/container/reader.h"
#include "text.h"
#include "verbs.h"

namespace pith::cli {
namespace {

/// What the records hold in one column.
struct LabelCounts {
  std::vector<size_t> ofCategory;
  size_t missing = 0;
  double smallest = 0, largest = 0, sum = 0;
  size_t values = 0;

  double mean() const { return values > 0 ? sum / static_cast<double>(values) : 0; }
};

LabelCounts countLabels(const ContainerHeader& header, size_t column) {
  LabelCounts counts;
  counts.ofCategory.resize(header.labelColumns[column].categories.size());
  for (const Record& record : header.records) {
    const LabelValue& value = record.labels[column];
    if (std::holds_alternative<std::monostate>(value)) {
      ++counts.missing;
      continue;
    }
    if (const uint32_t* category = std::get_if<uint32_t>(&value)) ++counts.ofCategory[*category];
    if (const double* number = std::get_if<double>(&value)) {
      counts.smallest = counts.values == 0 ? *number : std::min(counts.smallest, *number);
      counts.largest = counts.values == 0 ? *number : std::max(counts.largest, *number);
      counts.sum += *number;
    }
    ++counts.values;
  }
  return counts;
}

std::map<Split, size_t> countSplits(const ContainerHeader& header) {
  std::map<Split, size_t> counts;
  for (const Record& record : header.records) ++counts[record.split];
  return counts;
}

struct GroupCounts {
  size_t groups = 0;
  size_t recordsWithout = 0;
  size_t inSeveralSplits = 0;  // a leak between training and test
};

GroupCounts countGroups(const ContainerHeader& header) {
  std::map<uint32_t, std::pair<Split, bool>> seen;  // the group's first split, and whether there is another
  GroupCounts counts;
  for (const Record& record : header.records) {
    if (!record.group) {
      ++counts.recordsWithout;
      continue;
    }
    auto [entry, isNew] = seen.try_emplace(*record.group, record.split, false);
    if (!isNew && entry->second.first != record.split) entry->second.second = true;
  }
  counts.groups = seen.size();
  for (const auto& [group, splits] : seen) counts.inSeveralSplits += splits.second ? 1 : 0;
  return counts;
}

size_t countNames(const ContainerHeader& header) {
  return static_cast<size_t>(std::count_if(header.records.begin(), header.records.end(),
                                           [](const Record& record) { return record.name.has_value(); }));
}

Json labelsToJson(const ContainerHeader& header) {
  Json::Array columns;
  for (size_t i = 0; i < header.labelColumns.size(); ++i) {
    const LabelColumn& column = header.labelColumns[i];
    const LabelCounts counts = countLabels(header, i);
    Json::Object object{
        {"name", validUtf8(column.name)}, {"type", labelTypeName(column.type)}, {"missing", counts.missing}};
    if (column.type == LabelType::categorical) {
      Json::Array classes;
      for (size_t c = 0; c < column.categories.size(); ++c) {
        classes.push_back(
            Json::Object{{"name", validUtf8(column.categories[c])}, {"count", counts.ofCategory[c]}});
      }
      object.emplace_back("classes", std::move(classes));
    } else if (column.type == LabelType::number && counts.values > 0) {
      object.emplace_back("minimum", counts.smallest);
      object.emplace_back("mean", counts.mean());
      object.emplace_back("maximum", counts.largest);
    }
    columns.push_back(std::move(object));
  }
  return columns;
}

Json infoToJson(const Container& container, uint64_t fileBytes) {
  const ContainerHeader& header = container.header();
  const GroupCounts groups = countGroups(header);
  Json::Object splits;
  for (const auto& [split, count] : countSplits(header)) splits.emplace_back(splitName(split), count);
  return Json::Object{{"fileBytes", fileBytes},
                      {"records", container.recordCount()},
                      {"features", container.featureCount()},
                      {"featureType", featureTypeName(header.featureType)},
                      {"narrowing", describeNarrowing(header.narrowing)},
                      {"dataset", describeDataset(header.dataset)},
                      {"encoder", describeEncoder(header.encoder)},
                      {"labels", labelsToJson(header)},
                      {"splits", std::move(splits)},
                      {"groups", groups.groups},
                      {"recordsWithoutGroup", groups.recordsWithout},
                      {"groupsInSeveralSplits", groups.inSeveralSplits},
                      {"recordsWithName", countNames(header)},
                      {"sections", describeSections(container.sections())},
                      {"writer", validUtf8(header.writer)},
                      {"privacy", privacyNote}};
}

std::string describeLabels(const LabelColumn& column, const LabelCounts& counts) {
  std::string text(labelTypeName(column.type));
  if (column.type == LabelType::categorical) {
    constexpr size_t shown = 12;
    for (size_t c = 0; c < std::min(shown, column.categories.size()); ++c) {
      text += (c == 0 ? ": " : ", ") + printable(column.categories[c]) + " " +
              std::to_string(counts.ofCategory[c]);
    }
    if (column.categories.size() > shown)
      text += ", and " + counted(column.categories.size() - shown, "more class", "more classes");
  } else if (column.type == LabelType::number && counts.values > 0) {
    char numbers[96];
    std::snprintf(numbers, sizeof numbers, ": %.6g to %.6g, mean %.6g", counts.smallest, counts.largest,
                  counts.mean());
    text += numbers;
  } else {
    text += ": " + counted(counts.values, "value");
  }
  if (counts.missing > 0) text += "; " + std::to_string(counts.missing) + " missing";
  return text;
}

void addRecordFacts(Facts& facts, const ContainerHeader& header) {
  for (size_t i = 0; i < header.labelColumns.size(); ++i) {
    facts.add("Label", inQuotes(header.labelColumns[i].name) + ", " +
                           describeLabels(header.labelColumns[i], countLabels(header, i)));
  }
  const std::map<Split, size_t> splits = countSplits(header);
  std::vector<std::string> words;
  for (const auto& [split, count] : splits)
    words.push_back(std::string(splitName(split)) + " " + std::to_string(count));
  if (splits.size() != splits.count(Split::none)) facts.add("Splits", joined(words));
  const GroupCounts groups = countGroups(header);
  if (groups.groups > 0) {
    std::string text = counted(groups.groups, "group");
    if (groups.recordsWithout > 0) text += "; " + counted(groups.recordsWithout, "record") + " without";
    if (groups.inSeveralSplits > 0)
      text += "; " + counted(groups.inSeveralSplits, "group") + " in more than one split";
    facts.add("Groups", text);
  }
  if (const size_t names = countNames(header); names > 0)
    facts.add("Names", counted(names, "record") + " with the source file's name");
}

std::string describe(const Container& container, uint64_t fileBytes) {
  const ContainerHeader& header = container.header();
  const EncoderInfo& encoder = header.encoder;
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
  char narrowing[96];
  std::snprintf(narrowing, sizeof narrowing, "; narrowing error %.2g relative, %.2g at most",
                header.narrowing.relativeL2, header.narrowing.maxAbsolute);
  facts.add("Features", std::to_string(container.featureCount()) + " as " +
                            std::string(featureTypeName(header.featureType)) + narrowing);
  addRecordFacts(facts, header);
  facts.addText("Encoder", encoder.name);
  facts.add("Model", "SHA-256 " + toHex(encoder.modelSha256));
  facts.add("Recipe", describeRecipe(encoder.recipe));
  facts.add("Tap", inQuotes(encoder.tap) + ", pooling " + std::string(poolingName(encoder.pooling)));
  facts.addText("Engine", encoder.engine);
  facts.addText("Writer", header.writer);
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

// SPDX-License-Identifier: Apache-2.0
/// @file `pith stats`: features dimension by dimension, the balance of labels and splits, and what was saved.
#include <algorithm>
#include <cstdio>

#include "container_verbs.h"
#include "output.h"
#include "pith/transform/statistics.h"

namespace pith::cli {
namespace {

constexpr size_t shownCategories = 20;

std::string format(const char* pattern, double value) {
  char text[64];
  std::snprintf(text, sizeof text, pattern, value);
  return text;
}

std::string percent(uint64_t count, uint64_t all) {
  return format("%.1f %%", all > 0 ? 100.0 * static_cast<double>(count) / static_cast<double>(all) : 0.0);
}

Json spreadToJson(const Spread& spread) {
  return Json::Object{{"smallest", spread.smallest}, {"median", spread.median}, {"largest", spread.largest}};
}

Json blocksToJson(const Container& container, const std::vector<BlockStatistics>& statistics) {
  Json::Array blocks;
  for (size_t i = 0; i < statistics.size(); ++i) {
    const FeatureBlock& block = container.header().features[i];
    const BlockStatistics& figures = statistics[i];
    const std::span<const float> moments = container.moments(i);
    const size_t count = container.featureCount(i);
    const auto row = [&](size_t k) {
      Json::Array values;
      for (size_t d = 0; d < count && !moments.empty(); ++d)
        values.emplace_back(static_cast<double>(moments[k * count + d]));
      return values;
    };
    blocks.push_back(Json::Object{
        {"name", block.name},
        {"type", nameOf(block.type)},
        {"featureCount", count},
        {"minimum", figures.minimum},
        {"maximum", figures.maximum},
        {"meanOfDimensions", spreadToJson(figures.mean)},
        {"standardDeviationOfDimensions", spreadToJson(figures.standardDeviation)},
        {"constantDimensions", figures.constantDimensions},
        {"duplicateCount", figures.duplicates},
        {"moments",
         Json::Object{
             {"mean", row(0)}, {"standardDeviation", row(1)}, {"minimum", row(2)}, {"maximum", row(3)}}}});
  }
  return blocks;
}

Json labelsToJson(const Container& container) {
  Json::Array columns;
  for (size_t k = 0; k < container.header().labelColumns.size(); ++k) {
    const LabelColumn& column = container.header().labelColumns[k];
    Json::Object object{
        {"name", column.name}, {"type", nameOf(column.type)}, {"missing", column.summary.missingCount}};
    if (column.type == LabelType::multiLabel) object.emplace_back("uncertain", column.summary.uncertainCount);
    if (!column.categories.empty()) {
      Json::Array classes;
      for (size_t c = 0; c < column.categories.size(); ++c) {
        classes.push_back(Json::Object{{"name", column.categories[c]}, {"count", column.summary.counts[c]}});
      }
      object.emplace_back("classes", std::move(classes));
    }
    if (column.type == LabelType::number || column.type == LabelType::year) {
      object.emplace_back("minimum", column.summary.minimum);
      object.emplace_back("maximum", column.summary.maximum);
      if (const auto mean = meanOf(container, k)) object.emplace_back("mean", *mean);
    }
    columns.push_back(std::move(object));
  }
  return columns;
}

Json splitsToJson(const ContainerHeader& header) {
  Json::Array splits;
  for (const Split& split : header.splits) {
    Json::Object parts;
    for (size_t p = 0; p < split.parts.size(); ++p) parts.emplace_back(split.parts[p], split.counts[p]);
    splits.push_back(
        Json::Object{{"name", split.name},
                     {"kind", nameOf(split.kind)},
                     {"parts", std::move(parts)},
                     {"grouping", split.grouping ? Json(header.groupings[*split.grouping].name) : Json()},
                     {"groupsInSeveralParts", split.groupsInSeveralParts}});
  }
  return splits;
}

Json savingsToJson(const Container& container, const SavingsFigures& figures) {
  const auto orNull = [](const std::optional<double>& value) { return value ? Json(*value) : Json(); };
  const std::optional<Savings>& savings = container.header().savings;
  Json::Object object{{"bytesWithoutFeatures", figures.bytesWithoutFeatures},
                      {"bytesOfFeatures", orNull(figures.bytesOfFeatures)},
                      {"bytesOfOriginal", orNull(figures.bytesOfOriginal)},
                      {"timesSmaller", orNull(figures.timesSmaller)},
                      {"totalSavedBytes", orNull(figures.savedBytes)},
                      {"totalSavedSeconds", orNull(figures.savedSeconds)},
                      {"benefitRatio", orNull(figures.benefitRatio)},
                      {"totalBenefitRatio", orNull(figures.totalBenefitRatio)}};
  if (savings) {
    object.emplace_back("originalCount", savings->originalCount);
    object.emplace_back("originalBytes", savings->originalBytes);
    object.emplace_back("encodingSeconds", savings->encodingSeconds);
    object.emplace_back("loadingSeconds", savings->loadingSeconds);
    object.emplace_back("headSeconds", savings->headSeconds);
    object.emplace_back("epochs", savings->epochs);
  }
  return object;
}

std::string describeSpread(const Spread& spread) {
  return format("%.4g to ", spread.smallest) + format("%.4g, ", spread.largest) +
         format("median %.4g", spread.median);
}

void addBlocks(Facts& facts, const Container& container, const std::vector<BlockStatistics>& statistics) {
  for (size_t i = 0; i < statistics.size(); ++i) {
    const FeatureBlock& block = container.header().features[i];
    const BlockStatistics& figures = statistics[i];
    facts.add("Features", inQuotes(block.name) + ", " + counted(container.featureCount(i), "dimension") +
                              " as " + std::string(nameOf(block.type)) +
                              format(", values from %.4g", figures.minimum) +
                              format(" to %.4g", figures.maximum));
    facts.add("  means", describeSpread(figures.mean));
    facts.add("  deviations", describeSpread(figures.standardDeviation));
    if (figures.constantDimensions > 0) {
      facts.add("  constant",
                counted(figures.constantDimensions, "dimension") + " with one value in every record");
    }
    facts.add("  duplicates", counted(figures.duplicates, "record") + " with the features of another");
  }
}

void addLabels(Facts& facts, const Container& container) {
  const uint64_t records = container.recordCount();
  for (size_t k = 0; k < container.header().labelColumns.size(); ++k) {
    const LabelColumn& column = container.header().labelColumns[k];
    const ColumnSummary& summary = column.summary;
    std::string text = inQuotes(column.name) + ", " + std::string(nameOf(column.type));
    if (!column.unit.empty()) text += " in " + printable(column.unit);
    const bool ranged = column.type == LabelType::number || column.type == LabelType::year;
    if (ranged && summary.missingCount < records) {
      text += format(": %.6g", summary.minimum) + format(" to %.6g", summary.maximum);
      if (const auto mean = meanOf(container, k)) text += format(", mean %.6g", *mean);
    }
    if (summary.uncertainCount > 0) text += "; " + std::to_string(summary.uncertainCount) + " uncertain";
    if (summary.missingCount > 0) text += "; " + std::to_string(summary.missingCount) + " missing";
    facts.add("Label", text);
    for (size_t c = 0; c < std::min(shownCategories, column.categories.size()); ++c) {
      facts.add("  " + printable(column.categories[c]),
                std::to_string(summary.counts[c]) + " (" + percent(summary.counts[c], records) + ")");
    }
    if (column.categories.size() > shownCategories) {
      facts.add("  ...",
                counted(column.categories.size() - shownCategories, "more category", "more categories"));
    }
  }
}

void addSplits(Facts& facts, const Container& container) {
  const ContainerHeader& header = container.header();
  for (const Grouping& grouping : header.groupings) {
    facts.add("Grouping", inQuotes(grouping.name) + ": " + counted(grouping.groupCount, "group"));
  }
  for (const Split& split : header.splits) {
    std::vector<std::string> parts;
    for (size_t p = 0; p < split.parts.size(); ++p) {
      parts.push_back(printable(split.parts[p]) + " " + std::to_string(split.counts[p]) + " (" +
                      percent(split.counts[p], container.recordCount()) + ")");
    }
    facts.add("Split", inQuotes(split.name) + ": " + joined(parts));
    if (!split.grouping) continue;
    const std::string group = printable(header.groupings[*split.grouping].name);
    facts.add("  certificate",
              split.groupsInSeveralParts == 0
                  ? "no " + group + " stands in two parts"
                  : counted(split.groupsInSeveralParts, "group") + " of " + inQuotes(group) +
                        " stand in more than one part: figures of such a split are too good");
  }
}

void addSavings(Facts& facts, const Container& container, const SavingsFigures& figures, uint64_t fileBytes) {
  const std::optional<Savings>& savings = container.header().savings;
  if (!savings) return;
  if (figures.timesSmaller) {
    facts.add("Originals",
              counted(savings->originalCount, "image file") + ", " + humanBytes(savings->originalBytes));
    facts.add("  this file", humanBytes(fileBytes) + format(", %.1f times smaller", *figures.timesSmaller));
  }
  if (savings->encodingSeconds > 0) facts.add("Encoding", humanDuration(savings->encodingSeconds));
  if (figures.savedSeconds) {
    facts.add("Saved time",
              humanDuration(*figures.savedSeconds) + " in " + counted(savings->epochs, "epoch"));
  }
  if (figures.benefitRatio)
    facts.add("Benefit ratio",
              format("%.4g of the time of an epoch with the network", *figures.benefitRatio));
  if (figures.totalBenefitRatio)
    facts.add("Total ratio", format("%.4g of the time of the whole training", *figures.totalBenefitRatio));
}

}  // namespace

ExitCode runStats(const StatsArguments& arguments) {
  const OpenContainer source = openContainer(arguments.file);
  const Container& container = source.container;
  std::vector<BlockStatistics> statistics;
  for (size_t i = 0; i < container.header().features.size(); ++i) {
    statistics.push_back(
        require(blockStatistics(container, i), "Cannot read the features of " + inQuotes(arguments.file)));
  }
  const uint64_t fileBytes = source.file.bytes().size();
  const SavingsFigures figures = savingsFigures(container, fileBytes);
  if (arguments.json) {
    printJson(Json::Object{{"records", container.recordCount()},
                           {"fileBytes", fileBytes},
                           {"features", blocksToJson(container, statistics)},
                           {"labels", labelsToJson(container)},
                           {"splits", splitsToJson(container.header())},
                           {"savings", savingsToJson(container, figures)}});
    return ExitCode::success;
  }
  Facts facts;
  facts.add("Records", counted(container.recordCount(), "record") + ", " +
                           humanBytes(fileBytes / std::max<uint64_t>(container.recordCount(), 1)) + " each");
  addBlocks(facts, container, statistics);
  addLabels(facts, container);
  addSplits(facts, container);
  addSavings(facts, container, figures, fileBytes);
  printText(facts.text());
  return ExitCode::success;
}

}  // namespace pith::cli

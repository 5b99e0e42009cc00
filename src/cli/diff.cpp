// SPDX-License-Identifier: Apache-2.0
/// @file `pith diff`: what differs between two containers.
#include "pith/transform/diff.h"

#include <cstdio>

#include "container_verbs.h"
#include "output.h"

namespace pith::cli {
namespace {

constexpr size_t shownFields = 50;

/// What is damaged has the root hash of what it was, so that it would pass for the same.
OpenContainer openSound(const std::string& path) {
  // As diff(1): 1 means that they differ, so trouble is 2.
  OpenContainer source = openContainer(path, ExitCode::usage);
  require(source.container.verify(), inQuotes(path) + " is damaged, and is not compared", ExitCode::usage);
  return source;
}

Json columnsToJson(const std::vector<ColumnDifference>& columns) {
  Json::Object object;
  for (const ColumnDifference& column : columns) object.emplace_back(column.name, column.different);
  return object;
}

Json toJson(const ContainerDifference& difference) {
  Json::Array fields, blocks;
  for (const FieldDifference& field : difference.fields) {
    const auto value = [](const std::string& text) {
      const Result<Json> json = Json::parse(text);
      return json ? *json : Json();
    };
    fields.push_back(
        Json::Object{{"path", field.path}, {"first", value(field.first)}, {"second", value(field.second)}});
  }
  for (const BlockDifference& block : difference.blocks) {
    blocks.push_back(Json::Object{{"name", block.name},
                                  {"equal", block.equal},
                                  {"withinNarrowing", block.withinNarrowing},
                                  {"different", block.different},
                                  {"maxAbsolute", block.maxAbsolute}});
  }
  return Json::Object{
      {"same", difference.same()},
      {"sameRoot", difference.sameRoot},
      {"commonRecords", difference.commonRecords},
      {"onlyInFirst", difference.onlyInFirst},
      {"onlyInSecond", difference.onlyInSecond},
      {"fields", std::move(fields)},
      {"labels", columnsToJson(difference.labels)},
      {"splits", columnsToJson(difference.splits)},
      {"groupings", columnsToJson(difference.groupings)},
      {"views", difference.viewsDiffer},
      {"names", difference.namesDiffer},
      {"features", std::move(blocks)},
      {"documents", Json::Array(difference.documentsDiffer.begin(), difference.documentsDiffer.end())}};
}

void addColumns(Facts& facts, const char* title, const std::vector<ColumnDifference>& columns) {
  for (const ColumnDifference& column : columns) {
    if (column.different > 0)
      facts.add(title, inQuotes(column.name) + " differs in " + counted(column.different, "record"));
  }
}

std::string shortened(const std::string& json) {
  constexpr size_t shown = 80;
  if (json.empty()) return "nothing";
  return printable(json.size() > shown ? json.substr(0, shown) + "..." : json);
}

std::string toText(const ContainerDifference& difference) {
  Facts facts;
  std::string records = counted(difference.commonRecords, "record") + " in both";
  if (difference.onlyInFirst > 0)
    records += ", " + std::to_string(difference.onlyInFirst) + " in the first only";
  if (difference.onlyInSecond > 0)
    records += ", " + std::to_string(difference.onlyInSecond) + " in the second only";
  facts.add("Records", records);
  for (size_t i = 0; i < std::min(shownFields, difference.fields.size()); ++i) {
    const FieldDifference& field = difference.fields[i];
    facts.add("Field",
              printable(field.path) + ": " + shortened(field.first) + " and " + shortened(field.second));
  }
  if (difference.fields.size() > shownFields) {
    facts.add("Field",
              "and " + std::to_string(difference.fields.size() - shownFields) + " more; --json shows all");
  }
  addColumns(facts, "Label", difference.labels);
  addColumns(facts, "Split", difference.splits);
  addColumns(facts, "Grouping", difference.groupings);
  if (difference.viewsDiffer > 0)
    facts.add("Views", counted(difference.viewsDiffer, "record") + " have another origin");
  if (difference.namesDiffer > 0)
    facts.add("Names", counted(difference.namesDiffer, "record") + " have another name");
  for (const BlockDifference& block : difference.blocks) {
    char largest[64];
    std::snprintf(largest, sizeof largest, "; largest difference %.3g", block.maxAbsolute);
    facts.add("Features", inQuotes(block.name) + ": " + std::to_string(block.equal) + " equal, " +
                              std::to_string(block.withinNarrowing) + " within narrowing, " +
                              std::to_string(block.different) + " different" +
                              (block.maxAbsolute > 0 ? largest : ""));
  }
  for (const std::string& document : difference.documentsDiffer)
    facts.add("Document", document + " has other bytes");
  const char* const verdict = difference.sameRoot ? "The files are the same\n"
                              : difference.same() ? "The files say the same, and are stored differently\n"
                                                  : "The files differ\n";
  return facts.text() + verdict;
}

}  // namespace

ExitCode runDiff(const DiffArguments& arguments) {
  const OpenContainer first = openSound(arguments.first);
  const OpenContainer second = openSound(arguments.second);
  const ContainerDifference difference =
      require(diffContainers(first.container, second.container), "Cannot compare the files", ExitCode::usage);
  if (arguments.json) {
    printJson(toJson(difference));
  } else {
    printText(toText(difference));
  }
  return difference.same() ? ExitCode::success : ExitCode::failure;
}

}  // namespace pith::cli

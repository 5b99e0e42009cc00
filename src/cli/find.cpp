// SPDX-License-Identifier: Apache-2.0
/// @file `pith find`: searches the headers of many containers; features and records are not read.
#include <algorithm>
#include <functional>

#include "container_verbs.h"
#include "files.h"
#include "output.h"
#include "pith/container/header_only.h"

namespace pith::cli {
namespace {

constexpr size_t magicBytes = 8;

struct Found {
  std::string path;
  uint64_t bytes = 0;
  HeaderOnly content;
};

struct Search {
  std::vector<Found> found;
  uint64_t containers = 0, others = 0;
  std::vector<std::pair<std::string, Error>> damaged;
};

/// Letters of either case count as the same.
bool contains(const std::string& text, const std::string& wanted) {
  return normalised(text).find(normalised(wanted)) != std::string::npos;
}

/// Whether each wanted word is part of one of the texts.
bool all(const std::vector<std::string>& wanted, const std::vector<std::string>& texts) {
  return std::ranges::all_of(wanted, [&](const std::string& word) {
    return std::ranges::any_of(texts, [&](const std::string& text) { return contains(text, word); });
  });
}

std::vector<std::string> labelTexts(const ContainerHeader& header) {
  std::vector<std::string> texts;
  for (const LabelColumn& column : header.labelColumns) {
    texts.insert(texts.end(), {column.name, column.code, column.description});
    texts.insert(texts.end(), column.categories.begin(), column.categories.end());
    texts.insert(texts.end(), column.codes.begin(), column.codes.end());
  }
  return texts;
}

std::vector<std::string> encoderTexts(const ContainerHeader& header) {
  std::vector<std::string> texts;
  for (const EncoderDescription& encoder : header.encoders) {
    texts.insert(texts.end(), {encoder.info.name, encoder.family, encoder.type});
    if (encoder.modelKnown) texts.push_back(toHex(encoder.info.modelSha256));
  }
  return texts;
}

std::vector<std::string> splitTexts(const ContainerHeader& header) {
  std::vector<std::string> texts;
  for (const Split& split : header.splits) {
    texts.push_back(split.name);
    for (const std::string& part : split.parts) texts.push_back(split.name + ":" + part);
  }
  return texts;
}

bool fits(const FindArguments& arguments, const ContainerHeader& header) {
  const DatasetInfo& dataset = header.dataset;
  std::vector<std::string> authors{dataset.author, dataset.contact, dataset.original.author};
  for (const Contact& contact : dataset.contacts) authors.push_back(contact.name);
  return all(arguments.labels, labelTexts(header)) && all(arguments.encoders, encoderTexts(header)) &&
         all(arguments.authors, authors) &&
         all(arguments.licences, {dataset.licence, dataset.original.licence}) &&
         all(arguments.splits, splitTexts(header)) &&
         all(arguments.titles, {dataset.title, dataset.notes, dataset.source});
}

void look(const FindArguments& arguments, const std::string& path, Search& search) {
  const Result<MappedFile> file = MappedFile::open(path);
  if (!file) {
    search.damaged.emplace_back(path, file.error());
    return;
  }
  Result<HeaderOnly> content = readHeaderOnly(file->bytes());
  // A file too short for the magic bytes may be anything.
  if (!content && (content.error().code == ErrorCode::notAContainer || file->bytes().size() < magicBytes)) {
    ++search.others;
    return;
  }
  ++search.containers;
  if (!content) {
    search.damaged.emplace_back(path, content.error());
  } else if (fits(arguments, content->header)) {
    search.found.push_back({path, file->bytes().size(), std::move(*content)});
  }
}

Json toJson(const Search& search, const FoundFiles& files) {
  Json::Array found, damaged, unreadable;
  for (const Found& entry : search.found) {
    const ContainerHeader& header = entry.content.header;
    Json::Array labels, encoders, splits;
    for (const LabelColumn& column : header.labelColumns) labels.emplace_back(column.name);
    for (const EncoderDescription& encoder : header.encoders) encoders.emplace_back(encoder.info.name);
    for (const Split& split : header.splits) splits.emplace_back(split.name);
    found.push_back(Json::Object{{"file", validUtf8(entry.path)},
                                 {"fileBytes", entry.bytes},
                                 {"records", entry.content.recordCount},
                                 {"title", header.dataset.title},
                                 {"author", header.dataset.author},
                                 {"licence", header.dataset.licence},
                                 {"labels", std::move(labels)},
                                 {"encoders", std::move(encoders)},
                                 {"splits", std::move(splits)}});
  }
  for (const auto& [path, error] : search.damaged) {
    damaged.push_back(Json::Object{{"file", validUtf8(path)},
                                   {"code", errorName(error.code)},
                                   {"detail", validUtf8(error.detail)},
                                   {"advice", errorAdvice(error.code)}});
  }
  for (const std::string& folder : files.unreadableFolders) unreadable.emplace_back(validUtf8(folder));
  return Json::Object{{"found", std::move(found)},
                      {"containers", search.containers},
                      {"otherFiles", search.others},
                      {"hiddenSkipped", files.hiddenSkipped},
                      {"unreadableFolders", std::move(unreadable)},
                      {"damaged", std::move(damaged)}};
}

std::string toText(const Search& search) {
  std::string text;
  for (const Found& entry : search.found) {
    const DatasetInfo& dataset = entry.content.header.dataset;
    text += printable(entry.path) + "  " + counted(entry.content.recordCount, "record") + ", " +
            humanBytes(entry.bytes);
    if (!dataset.title.empty()) text += ", " + inQuotes(dataset.title);
    if (!dataset.licence.empty()) text += ", " + printable(dataset.licence);
    text += "\n";
  }
  return text;
}

}  // namespace

ExitCode runFind(const FindArguments& arguments) {
  const FoundFiles files = require(findFiles(arguments.folders, {}), "Cannot search there", ExitCode::usage);
  Search search;
  for (const FoundFile& file : files.files) look(arguments, file.path.string(), search);
  if (arguments.json) {
    printJson(toJson(search, files));
  } else {
    printText(toText(search));
    printNote(std::to_string(search.found.size()) + " of " + counted(search.containers, "container") +
              " found; " + counted(search.others, "other file") + " passed over");
    for (const std::string& folder : files.unreadableFolders)
      printNote("The folder " + inQuotes(folder) + " cannot be read");
    if (!search.damaged.empty())
      printNote(counted(search.damaged.size(), "file") + " cannot be read or damaged:");
    for (const auto& [path, error] : search.damaged) {
      printNote("  " + printable(path) + "  [" + std::string(errorName(error.code)) + "] " +
                printable(error.detail));
    }
  }
  // As grep(1): nothing found is 1.
  return search.found.empty() ? ExitCode::failure : ExitCode::success;
}

}  // namespace pith::cli

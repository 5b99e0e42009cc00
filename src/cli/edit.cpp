// SPDX-License-Identifier: Apache-2.0
/// @file `pith edit`: what a container says about itself; never features or records.
#include "pith/transform/edit.h"

#include <algorithm>
#include <filesystem>
#include <functional>

#include "container_verbs.h"
#include "pith/transform/field_paths.h"
#include "pith/transform/leave_out.h"

namespace pith::cli {
namespace {

constexpr uint64_t maxJsonBytes = uint64_t{64} << 20;
constexpr uint64_t maxDocumentBytes = uint64_t{1} << 30;

struct Assignment {
  std::string path, text;
};

Assignment readAssignment(const std::string& word) {
  const size_t equals = word.find('=');
  if (equals == std::string::npos || equals == 0) {
    failUsage("--set is not understood", inQuotes(word) + " was given; FIELD=TEXT is needed",
              "For example: --set dataset.title=\"Chest films\".");
  }
  return {word.substr(0, equals), word.substr(equals + 1)};
}

Json readJson(const std::string& path, const std::string& option) {
  const std::string what = "Cannot read " + option + " " + inQuotes(path);
  const std::vector<uint8_t> bytes = require(readFile(path, maxJsonBytes), what, ExitCode::usage);
  return require(Json::parse(asText(bytes)), what, ExitCode::usage);
}

/// Only what an ending says by itself.
std::string mediaTypeOf(const std::string& fileName) {
  constexpr std::pair<std::string_view, const char*> types[] = {
      {".pdf", "application/pdf"}, {".txt", "text/plain"},        {".md", "text/markdown"},
      {".csv", "text/csv"},        {".json", "application/json"}, {".png", "image/png"},
      {".jpg", "image/jpeg"},      {".jpeg", "image/jpeg"},       {".svg", "image/svg+xml"},
      {".html", "text/html"},      {".xml", "application/xml"},   {".zip", "application/zip"}};
  const std::string name = normalised(fileName);
  for (const auto& [ending, type] : types) {
    if (name.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

void addDocument(Draft& draft, const std::string& path) {
  const std::string what = "Cannot add the document " + inQuotes(path);
  const std::string name = std::filesystem::path(path).filename().string();
  const auto same = [&](const DocumentInfo& document) { return document.fileName == name; };
  if (std::ranges::any_of(draft.header.documents, same)) {
    failUsage(what, "the file holds a document of that name already", "--remove-document removes it first.");
  }
  draft.documents.push_back(require(readFile(path, maxDocumentBytes), what, ExitCode::usage));
  DocumentInfo document;
  document.fileName = name;
  document.mediaType = mediaTypeOf(name);
  draft.header.documents.push_back(std::move(document));
}

/// By its file name or its number.
size_t findDocument(const ContainerHeader& header, const std::string& word) {
  std::vector<std::string> names;
  for (size_t k = 0; k < header.documents.size(); ++k) {
    if (header.documents[k].fileName == word || std::to_string(k) == word) return k;
    names.push_back(header.documents[k].fileName);
  }
  failUsage("The file has no document " + inQuotes(word), "there are: " + listOfNames(names),
            didYouMean(word, names));
}

/// All words are looked up before anything is removed, because numbers change with it.
void removeDocuments(Draft& draft, const std::vector<std::string>& words) {
  std::vector<size_t> places;
  for (const std::string& word : words) {
    const size_t place = findDocument(draft.header, word);
    if (std::ranges::find(places, place) != places.end()) {
      failUsage("A document is removed twice",
                inQuotes(word) + " is document " + std::to_string(place) + ", which was named before",
                "Name each document once.");
    }
    places.push_back(place);
  }
  std::ranges::sort(places, std::greater<>());
  for (const size_t place : places) removeDocument(draft, place);
}

void requireField(const Status& status, const std::string& option, const std::string& path,
                  const ContainerHeader& header) {
  if (!status)
    failUsage(option + " is not understood", status.error().detail, didYouMean(path, textFieldPaths(header)));
}

void apply(const EditArguments& arguments, Draft& draft) {
  ContainerHeader& header = draft.header;
  for (const std::string& name : arguments.removeSplits)
    removeSplit(draft, requireName(header.splits, name, "split"));
  removeDocuments(draft, arguments.removeDocuments);
  for (const std::string& path : arguments.addDocuments) addDocument(draft, path);
  if (!arguments.infoPath.empty()) {
    const Json json = readJson(arguments.infoPath, "--from");
    require(applyJson(header, json), "Cannot use " + inQuotes(arguments.infoPath), ExitCode::usage);
  }
  if (!arguments.headsPath.empty()) {
    const Json json = readJson(arguments.headsPath, "--heads");
    require(setHeads(header, json), "Cannot use " + inQuotes(arguments.headsPath), ExitCode::usage);
  }
  for (const std::string& word : arguments.set) {
    const Assignment assignment = readAssignment(word);
    requireField(setField(header, assignment.path, assignment.text), "--set", assignment.path, header);
  }
  for (const std::string& path : arguments.unset)
    requireField(setField(header, path, ""), "--unset", path, header);
  for (const std::string& path : arguments.notKnown) {
    requireField(declareNotKnown(header, path), "--not-known", path, header);
  }
}

bool changesNothing(const EditArguments& a) {
  return a.set.empty() && a.unset.empty() && a.notKnown.empty() && a.removeSplits.empty() &&
         a.addDocuments.empty() && a.removeDocuments.empty() && a.infoPath.empty() && a.headsPath.empty();
}

}  // namespace

ExitCode runEdit(const EditArguments& arguments) {
  if (changesNothing(arguments)) {
    failUsage("Say what to change",
              "one of --set, --unset, --not-known, --from, --heads, --add-document, "
              "--remove-document and --remove-split is needed",
              "For example: --set dataset.licence=CC-BY-4.0.");
  }
  checkOutput(arguments);
  const OpenContainer source = openWhole(arguments.file);
  Draft draft = require(draftOf(source.container), "Cannot edit " + inQuotes(arguments.file));
  apply(arguments, draft);
  require(checkEdited(draft.header), "The file cannot say that", ExitCode::usage);
  writeAndReport(draft, arguments);
  return ExitCode::success;
}

}  // namespace pith::cli

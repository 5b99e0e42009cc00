// SPDX-License-Identifier: Apache-2.0
#include "pith/transform/field_paths.h"

#include <algorithm>
#include <charconv>

namespace pith {
namespace {

/// Calls `visit(field, text)` for every text field of one entry.
template <typename Visit>
void visitFields(DatasetInfo& dataset, Visit visit) {
  visit("title", dataset.title);
  visit("author", dataset.author);
  visit("contact", dataset.contact);
  visit("source", dataset.source);
  visit("licence", dataset.licence);
  visit("notes", dataset.notes);
  visit("version", dataset.version);
  visit("identifier", dataset.identifier);
  visit("citation", dataset.citation);
  visit("augmentation", dataset.augmentation);
  visit("original.author", dataset.original.author);
  visit("original.source", dataset.original.source);
  visit("original.licence", dataset.original.licence);
}
template <typename Visit>
void visitFields(EncoderDescription& encoder, Visit visit) {
  visit("family", encoder.family);
  visit("type", encoder.type);
  visit("architectureSource", encoder.architectureSource);
  visit("weightsSource", encoder.weightsSource);
  visit("licence", encoder.licence);
  visit("citation", encoder.citation);
}
template <typename Visit>
void visitFields(LabelColumn& column, Visit visit) {
  visit("unit", column.unit);
  visit("codingSystem", column.codingSystem);
  visit("code", column.code);
  visit("description", column.description);
}
template <typename Visit>
void visitFields(Grouping& grouping, Visit visit) {
  visit("description", grouping.description);
}
template <typename Visit>
void visitFields(Head& head, Visit visit) {
  visit("note", head.note);
}
template <typename Visit>
void visitFields(DocumentInfo& document, Visit visit) {
  visit("fileName", document.fileName);
  visit("mediaType", document.mediaType);
  visit("title", document.title);
  visit("shortDescription", document.shortDescription);
  visit("longDescription", document.longDescription);
  visit("author", document.author);
  visit("credits", document.credits);
  visit("licence", document.licence);
  visit("date", document.date);
  visit("originallyAvailableAt", document.originallyAvailableAt);
  visit("howToCite", document.howToCite);
  visit("publishedAt", document.publishedAt);
  visit("contact", document.contact);
  visit("version", document.version);
}

/// The field of one entry, or null.
template <typename Entry>
std::string* fieldOf(Entry& entry, std::string_view name) {
  std::string* found = nullptr;
  visitFields(entry, [&](std::string_view field, std::string& text) {
    if (field == name) found = &text;
  });
  return found;
}

/// "3.unit": entry 3 and "unit".
std::optional<std::pair<size_t, std::string_view>> splitEntry(std::string_view path) {
  const size_t dot = path.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  size_t index = 0;
  const auto [end, error] = std::from_chars(path.data(), path.data() + dot, index);
  if (error != std::errc() || end != path.data() + dot) return std::nullopt;
  return std::pair{index, path.substr(dot + 1)};
}

template <typename Entry>
std::string* fieldOf(std::vector<Entry>& entries, std::string_view path) {
  const auto place = splitEntry(path);
  return place && place->first < entries.size() ? fieldOf(entries[place->first], place->second) : nullptr;
}

template <typename Entry>
void addPaths(std::vector<std::string>& paths, const std::string& list, std::vector<Entry>& entries) {
  for (size_t i = 0; i < entries.size(); ++i) {
    visitFields(entries[i], [&](std::string_view field, std::string&) {
      paths.push_back(list + "." + std::to_string(i) + "." + std::string(field));
    });
  }
}

}  // namespace

std::string* textField(ContainerHeader& header, std::string_view path) {
  const size_t dot = path.find('.');
  if (dot == std::string_view::npos) return nullptr;
  const std::string_view list = path.substr(0, dot), rest = path.substr(dot + 1);
  if (list == "dataset") return fieldOf(header.dataset, rest);
  if (list == "encoders") return fieldOf(header.encoders, rest);
  if (list == "labels") return fieldOf(header.labelColumns, rest);
  if (list == "groupings") return fieldOf(header.groupings, rest);
  if (list == "heads") return fieldOf(header.heads, rest);
  if (list == "documents") return fieldOf(header.documents, rest);
  return nullptr;
}

std::vector<std::string> textFieldPaths(const ContainerHeader& constant) {
  ContainerHeader& header = const_cast<ContainerHeader&>(constant);  // only names are taken
  std::vector<std::string> paths;
  visitFields(header.dataset, [&](std::string_view field, std::string&) {
    paths.push_back("dataset." + std::string(field));
  });
  addPaths(paths, "encoders", header.encoders);
  addPaths(paths, "labels", header.labelColumns);
  addPaths(paths, "groupings", header.groupings);
  addPaths(paths, "heads", header.heads);
  addPaths(paths, "documents", header.documents);
  return paths;
}

void renumberPaths(std::vector<std::string>& paths, std::string_view list, const IndexMap& map) {
  const std::string prefix = std::string(list) + ".";
  std::vector<std::string> renumbered;
  for (std::string& path : paths) {
    const auto place =
        path.starts_with(prefix) ? splitEntry(std::string_view(path).substr(prefix.size())) : std::nullopt;
    if (!place) {
      renumbered.push_back(std::move(path));
    } else if (place->first < map.size() && map[place->first]) {
      renumbered.push_back(prefix + std::to_string(*map[place->first]) + "." + std::string(place->second));
    }
  }
  paths = std::move(renumbered);
}

void tidyNotKnown(ContainerHeader& header) {
  std::vector<std::string>& paths = header.notKnown;
  std::erase_if(paths, [&](const std::string& path) {
    const std::string* const text = textField(std::as_const(header), path);
    return text && !text->empty();
  });
  std::ranges::sort(paths);
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
}

}  // namespace pith

// SPDX-License-Identifier: Apache-2.0
#include "pith/transform/edit.h"

#include <algorithm>
#include <array>

#include "pith/container/header_rules.h"
#include "pith/transform/field_paths.h"
#include "pith/transform/header_from_json.h"
#include "pith/transform/names.h"

namespace pith {
namespace {

Error argumentError(std::string detail) { return {ErrorCode::invalidArgument, std::move(detail)}; }

template <typename Entry>
std::string nameOfEntry(const Entry& entry) {
  return entry.name;
}
std::string nameOfEntry(const EncoderDescription& encoder) { return encoder.info.name; }
std::string nameOfEntry(const DocumentInfo& document) { return document.fileName; }

/// Replaces an entry's name by its number: "labels.age.unit" becomes "labels.3.unit". Names may hold points.
template <typename Entry>
void numberEntry(const std::vector<Entry>& entries, std::string_view list, std::string& path) {
  const std::string prefix = std::string(list) + ".";
  if (!path.starts_with(prefix)) return;
  size_t best = entries.size(), bestLength = 0;
  for (size_t i = 0; i < entries.size(); ++i) {
    const std::string name = nameOfEntry(entries[i]);
    const std::string start = prefix + name + ".";
    if (name.empty() || name.size() <= bestLength || !path.starts_with(start)) continue;
    best = i;
    bestLength = name.size();
  }
  if (best < entries.size()) path = prefix + std::to_string(best) + path.substr(prefix.size() + bestLength);
}

std::string numberedPath(const ContainerHeader& header, std::string_view given) {
  std::string path(given);
  numberEntry(header.encoders, "encoders", path);
  numberEntry(header.labelColumns, "labels", path);
  numberEntry(header.groupings, "groupings", path);
  numberEntry(header.heads, "heads", path);
  numberEntry(header.documents, "documents", path);
  return path;
}

constexpr std::array<std::pair<std::string_view, Entries EncoderDescription::*>, 4> nameSpaces{
    {{"model", &EncoderDescription::model},
     {"dataProcessing", &EncoderDescription::dataProcessing},
     {"performance", &EncoderDescription::performance},
     {"training", &EncoderDescription::training}}};

/// "encoders.0.training.batch_size": the entries and the key.
std::optional<std::pair<Entries*, std::string>> entryOf(ContainerHeader& header, const std::string& path) {
  for (size_t i = 0; i < header.encoders.size(); ++i) {
    for (const auto& [name, member] : nameSpaces) {
      const std::string prefix = "encoders." + std::to_string(i) + "." + std::string(name) + ".";
      if (path.starts_with(prefix) && path.size() > prefix.size()) {
        return std::pair{&(header.encoders[i].*member), path.substr(prefix.size())};
      }
    }
  }
  return std::nullopt;
}

void setEntry(Entries& entries, const std::string& key, std::string text) {
  const auto place = std::ranges::lower_bound(entries, key, {}, &Entries::value_type::first);
  const bool there = place != entries.end() && place->first == key;
  if (text.empty()) {
    if (there) entries.erase(place);
  } else if (there) {
    place->second = std::move(text);
  } else {
    entries.emplace(place, key, std::move(text));
  }
}

Error unknownPath(const ContainerHeader& header, std::string_view path) {
  std::vector<std::string> near;
  const std::string_view list = path.substr(0, path.find('.'));
  for (const std::string& known : textFieldPaths(header)) {
    if (known.starts_with(std::string(list) + ".")) near.push_back(known);
  }
  if (near.empty()) {
    return argumentError(inMarks(path) +
                         " is no field that can be edited; fields begin with dataset, encoders.N, labels.N, "
                         "groupings.N, heads.N or documents.N");
  }
  return argumentError(inMarks(path) + " is no field that can be edited; there are " + listOfNames(near));
}

/// Applies the text members of `json` to the entry at `prefix`; `other` takes the members that are no text
/// fields, and answers whether it knew them.
template <typename Other>
Status applyTexts(ContainerHeader& header, const std::string& prefix, const Json& json, Other other) {
  if (!json.asObject()) return argumentError(inMarks(prefix) + " is no JSON object");
  for (const auto& [name, value] : *json.asObject()) {
    std::string* const field = textField(header, prefix + "." + name);
    if (field && value.asString()) {
      *field = *value.asString();
      continue;
    }
    if (field) return argumentError(inMarks(prefix + "." + name) + " is no text");
    PITH_ASSIGN_OR_RETURN(const bool known, other(name, value));
    if (!known) return unknownPath(header, prefix + "." + name);
  }
  return {};
}

Status applyDataset(ContainerHeader& header, const Json& json) {
  return applyTexts(header, "dataset", json, [&](const std::string& name, const Json& value) -> Result<bool> {
    if (name == "contacts") {
      PITH_ASSIGN_OR_RETURN(header.dataset.contacts, contactsFromJson(value));
    } else if (name == "original") {
      PITH_RETURN_IF_ERROR(applyTexts(header, "dataset.original", value,
                                      [](const std::string&, const Json&) -> Result<bool> { return false; }));
    } else {
      return false;
    }
    return true;
  });
}

/// Calls apply(number, value) for each entry of a list, or of an object whose members are named like the
/// entries.
template <typename Entry, typename Apply>
Status forEntries(const Json& json, std::string_view list, const std::vector<Entry>& entries, Apply apply) {
  if (const Json::Array* const array = json.asArray()) {
    if (array->size() != entries.size()) {
      return argumentError(inMarks(list) + " has " + std::to_string(array->size()) +
                           " entries; the file has " + std::to_string(entries.size()));
    }
    for (size_t i = 0; i < array->size(); ++i) PITH_RETURN_IF_ERROR(apply(i, (*array)[i]));
    return {};
  }
  if (!json.asObject()) return argumentError(inMarks(list) + " is no list and no object of entries by name");
  for (const auto& [name, value] : *json.asObject()) {
    size_t i = 0;
    while (i < entries.size() && nameOfEntry(entries[i]) != name) ++i;
    if (i == entries.size())
      return argumentError("the file has no entry " + inMarks(name) + " in " + inMarks(list));
    PITH_RETURN_IF_ERROR(apply(i, value));
  }
  return {};
}

/// Members that describeContainer() writes and that stay as they are.
bool isFixed(std::string_view list, std::string_view name) {
  constexpr std::array<std::string_view, 9> encoder{"name",   "modelSha256",  "recipe",
                                                    "tap",    "tapShape",     "pooling",
                                                    "engine", "featureCount", "poolingPower"};
  constexpr std::array<std::string_view, 10> column{"name",   "type",     "categories",   "role",
                                                    "codes",  "grouping", "missingCount", "uncertainCount",
                                                    "counts", "minimum"};
  constexpr std::array<std::string_view, 2> grouping{"name", "groupCount"};
  constexpr std::array<std::string_view, 2> document{"length", "sha256"};
  const auto in = [&](const auto& names) { return std::ranges::find(names, name) != names.end(); };
  if (list == "encoders") return in(encoder);
  if (list == "labels") return in(column) || name == "maximum";
  if (list == "groupings") return in(grouping);
  return list == "documents" && in(document);
}

template <typename Entry>
Status applyList(ContainerHeader& header, const std::string& list, const std::vector<Entry>& entries,
                 const Json& json) {
  return forEntries(json, list, entries, [&](size_t i, const Json& value) {
    const std::string prefix = list + "." + std::to_string(i);
    return applyTexts(header, prefix, value,
                      [&](const std::string& name, const Json& member) -> Result<bool> {
                        if (list == "encoders") {
                          for (const auto& [nameSpace, entriesOf] : nameSpaces) {
                            if (name != nameSpace) continue;
                            PITH_ASSIGN_OR_RETURN(header.encoders[i].*entriesOf, entriesFromJson(member));
                            return true;
                          }
                        }
                        return isFixed(list, name);
                      });
  });
}

Status applyNotKnown(ContainerHeader& header, const Json& json) {
  if (!json.asArray()) return argumentError("\"notKnown\" is no list");
  header.notKnown.clear();
  for (const Json& path : *json.asArray()) {
    if (!path.asString()) return argumentError("\"notKnown\" holds something that is no text");
    header.notKnown.push_back(*path.asString());
  }
  return {};
}

Status applyMember(ContainerHeader& header, const std::string& name, const Json& value) {
  constexpr std::array<std::string_view, 10> fixed{"writer",     "recordCount", "features",   "splits",
                                                   "transforms", "sections",    "signatures", "rootSha256",
                                                   "fileBytes",  "records"};
  if (name == "dataset") return applyDataset(header, value);
  if (name == "notKnown") return applyNotKnown(header, value);
  if (name == "heads") return setHeads(header, value);
  if (name == "encoders") return applyList(header, name, header.encoders, value);
  if (name == "labels") return applyList(header, name, header.labelColumns, value);
  if (name == "groupings") return applyList(header, name, header.groupings, value);
  if (name == "documents") return applyList(header, name, header.documents, value);
  if (name == "savings") {
    header.savings.reset();
    if (value.isNull()) return {};
    PITH_ASSIGN_OR_RETURN(header.savings, savingsFromJson(value));
    return {};
  }
  if (std::ranges::find(fixed, name) != fixed.end()) return {};
  return argumentError(
      "there is no member " + inMarks(name) +
      "; dataset, notKnown, savings, encoders, labels, groupings, heads and documents can be edited");
}

}  // namespace

Status setField(ContainerHeader& header, std::string_view given, std::string text) {
  const std::string path = numberedPath(header, given);
  if (const auto entry = entryOf(header, path)) {
    setEntry(*entry->first, entry->second, std::move(text));
    return {};
  }
  std::string* const field = textField(header, path);
  if (!field) return unknownPath(header, path);
  *field = std::move(text);
  std::erase(header.notKnown, path);
  return {};
}

Status declareNotKnown(ContainerHeader& header, std::string_view given) {
  const std::string path = numberedPath(header, given);
  std::string* const field = textField(header, path);
  if (!field) return unknownPath(header, path);
  field->clear();
  header.notKnown.push_back(path);
  tidyNotKnown(header);
  return {};
}

Status applyJson(ContainerHeader& header, const Json& json) {
  if (!json.asObject()) return argumentError("the file holds no JSON object");
  for (const auto& [name, value] : *json.asObject()) PITH_RETURN_IF_ERROR(applyMember(header, name, value));
  tidyNotKnown(header);
  return {};
}

Status setHeads(ContainerHeader& header, const Json& json) {
  std::vector<Head> heads;
  const Json::Array one{json};
  for (const Json& head : json.asArray() ? *json.asArray() : one) {
    PITH_ASSIGN_OR_RETURN(Head read, headFromJson(head, header));
    heads.push_back(std::move(read));
  }
  header.heads = std::move(heads);
  std::erase_if(header.notKnown, [](const std::string& path) { return path.starts_with("heads."); });
  return {};
}

Status checkEdited(const ContainerHeader& header) {
  return format::checkHeader(header, format::writingCodes);
}

}  // namespace pith

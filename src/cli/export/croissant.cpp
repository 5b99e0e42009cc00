// SPDX-License-Identifier: Apache-2.0
#include "export/croissant.h"

#include <algorithm>
#include <utility>

#include "export/flat.h"
#include "text.h"

namespace pith::cli {
namespace {

using Pair = std::pair<const char*, const char*>;

/// The context that the specification recommends, so that its terms need no prefix.
Json context() {
  Json::Object context{{"@language", "en"}, {"@vocab", "http://schema.org/"}};
  for (const auto& [prefix, iri] :
       {Pair{"sc", "http://schema.org/"}, Pair{"cr", "http://mlcommons.org/croissant/"},
        Pair{"rai", "http://mlcommons.org/croissant/RAI/"}, Pair{"dct", "http://purl.org/dc/terms/"}}) {
    context.emplace_back(prefix, iri);
  }
  context.emplace_back("conformsTo", "dct:conformsTo");
  for (const char* const term :
       {"annotation", "arrayShape",  "citeAs",    "column",        "containedIn",  "equivalentProperty",
        "excludes",   "extract",     "field",     "fileObject",    "fileProperty", "fileSet",
        "format",     "includes",    "isArray",   "isLiveDataset", "jsonPath",     "key",
        "md5",        "parentField", "readLines", "recordSet",     "references",   "regex",
        "sdVersion",  "separator",   "source",    "subField",      "transform",    "unArchive",
        "value"}) {
    context.emplace_back(term, std::string("cr:") + term);
  }
  context.emplace_back("data", Json::Object{{"@id", "cr:data"}, {"@type", "@json"}});
  context.emplace_back("dataType", Json::Object{{"@id", "cr:dataType"}, {"@type", "@vocab"}});
  context.emplace_back("examples", Json::Object{{"@id", "cr:examples"}, {"@type", "@json"}});
  return context;
}

/// A name as part of an identifier, which is an IRI: other letters than the plain ones are escaped.
std::string iriPart(std::string_view name) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string part;
  for (const char letter : name) {
    const bool isPlain = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                         (letter >= '0' && letter <= '9') || letter == '_' || letter == '-' || letter == '.';
    if (isPlain) {
      part += letter;
    } else {
      const auto byte = static_cast<uint8_t>(letter);
      part += {'%', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return part;
}

Json reference(const std::string& id) { return Json::Object{{"@id", id}}; }

Json fileObject(const std::string& id, const PublishedFile& file, const char* description) {
  return Json::Object{{"@type", "cr:FileObject"},
                      {"@id", id},
                      {"name", file.name},
                      {"description", description},
                      {"contentUrl", iriPart(file.name)},
                      {"contentSize", std::to_string(file.bytes) + " B"},
                      {"encodingFormat", file.mediaType},
                      {"sha256", toHex(file.sha256)}};
}

std::string vocabularyId(const FlatColumn& column) { return "categories-" + iriPart(column.title); }

/// A vocabulary whose entries stand in the metadata themselves.
Json vocabulary(const FlatColumn& column) {
  const std::string id = vocabularyId(column), nameId = id + "/name";
  const bool isSplit = column.origin == ColumnOrigin::split;
  Json::Array data;
  for (const std::string& category : column.categories) {
    Json::Object entry{{nameId, category}};
    if (isSplit) {
      const char* const meaning = category == "train"                               ? "cr:TrainingSplit"
                                  : category == "valid" || category == "validation" ? "cr:ValidationSplit"
                                  : category == "test"                              ? "cr:TestSplit"
                                                                                    : "";
      entry.emplace_back(id + "/url", meaning);
    }
    data.emplace_back(std::move(entry));
  }
  Json::Array fields{Json::Object{{"@type", "cr:Field"}, {"@id", nameId}, {"dataType", "sc:Text"}}};
  if (isSplit)
    fields.push_back(Json::Object{{"@type", "cr:Field"}, {"@id", id + "/url"}, {"dataType", "sc:URL"}});
  return Json::Object{{"@type", "cr:RecordSet"},
                      {"@id", id},
                      {"name", id},
                      {"dataType", isSplit ? "cr:Split" : "sc:Enumeration"},
                      {"key", reference(nameId)},
                      {"field", std::move(fields)},
                      {"data", std::move(data)}};
}

const char* dataType(CellKind kind) {
  if (kind == CellKind::integer) return "sc:Integer";
  return kind == CellKind::number ? "sc:Float" : "sc:Text";
}

Json::Object field(const std::string& title, const char* type) {
  return {{"@type", "cr:Field"},
          {"@id", "records/" + iriPart(title)},
          {"name", title},
          {"dataType", type},
          {"source",
           Json::Object{{"fileObject", reference("data")}, {"extract", Json::Object{{"column", title}}}}}};
}

Json recordFields(const ExportTable& table, const std::vector<FlatColumn>& columns, bool withFeatures) {
  Json::Array fields;
  for (const FlatColumn& column : columns) {
    Json::Object described = field(column.title, dataType(column.kind));
    std::string description = column.description;
    if (!column.unit.empty()) description += (description.empty() ? "Unit: " : "; unit: ") + column.unit;
    if (!description.empty()) described.emplace_back("description", description);
    if (!column.categories.empty())
      described.emplace_back("references", reference(vocabularyId(column) + "/name"));
    fields.emplace_back(std::move(described));
  }
  for (const ExportFeatures& features : table.features) {
    if (!withFeatures) break;
    Json::Object described = field(features.title, "sc:Float");
    described.emplace_back("isArray", true);
    described.emplace_back("arrayShape", std::to_string(features.count));
    fields.emplace_back(std::move(described));
  }
  return fields;
}

bool isUrl(const std::string& text) { return text.starts_with("https://") || text.starts_with("http://"); }

/// The author is a person unless a contact of that name says otherwise.
Json creator(const DatasetInfo& dataset) {
  const auto contact = std::ranges::find(dataset.contacts, dataset.author, &Contact::name);
  const bool isOrganization = contact != dataset.contacts.end() && contact->kind != EntityKind::unspecified &&
                              contact->kind != EntityKind::person && contact->kind != EntityKind::researcher;
  return Json::Object{{"@type", isOrganization ? "Organization" : "Person"}, {"name", dataset.author}};
}

/// What the data set was derived from.
Json origin(const DatasetInfo& dataset) {
  Json::Object work{{"@type", "CreativeWork"}};
  const auto add = [&](const char* property, const std::string& text) {
    if (!text.empty()) work.emplace_back(property, text);
  };
  add("name", dataset.original.source.empty() ? dataset.source : dataset.original.source);
  add("author", dataset.original.author);
  add("license", dataset.original.licence);
  return work;
}

std::string describeTable(const ExportTable& table, const DatasetInfo& dataset) {
  std::string text = dataset.notes;
  if (!text.empty()) text += "\n\n";
  text += "Features of " + counted(table.rows, "medical image") + ", not the images themselves: ";
  for (size_t i = 0; i < table.features.size(); ++i) {
    text += (i > 0 ? ", " : "") + std::to_string(table.features[i].count) + " values (" +
            table.features[i].name + ")";
  }
  return text + ". They are lossy, not anonymous.";
}

}  // namespace

Croissant makeCroissant(const ExportTable& table, const CroissantFacts& facts) {
  const DatasetInfo& dataset = facts.dataset;
  Croissant result;
  Json::Object metadata{
      {"@context", context()}, {"@type", "sc:Dataset"}, {"conformsTo", "http://mlcommons.org/croissant/1.1"}};
  const auto require = [&](const char* property, bool known, auto value) {
    if (known) {
      metadata.emplace_back(property, value());
    } else {
      result.missing.emplace_back(property);
    }
  };
  require("name", !dataset.title.empty(), [&] { return dataset.title; });
  metadata.emplace_back("description", describeTable(table, dataset));
  require("license", !dataset.licence.empty(), [&]() -> Json {
    if (isUrl(dataset.licence)) return dataset.licence;
    return Json::Object{{"@type", "CreativeWork"}, {"name", dataset.licence}};
  });
  require("creator", !dataset.author.empty(), [&] { return creator(dataset); });
  require("url", !facts.url.empty(), [&] { return facts.url; });
  require("datePublished", !facts.published.empty(), [&] { return facts.published; });
  if (!(dataset.source + dataset.original.source).empty())
    metadata.emplace_back("isBasedOn", origin(dataset));
  for (const auto& [property, text] :
       {std::pair("version", &dataset.version), std::pair("identifier", &dataset.identifier),
        std::pair("citeAs", &dataset.citation)}) {
    if (!text->empty()) metadata.emplace_back(property, *text);
  }

  Json::Array files{
      fileObject("container", facts.container,
                 "The container that the features come from, with everything that it says about them.")};
  if (facts.data) files.push_back(fileObject("data", *facts.data, "The same records as a table."));
  metadata.emplace_back("distribution", std::move(files));

  const std::vector<FlatColumn> columns = flatColumns(table);
  Json::Array recordSets;
  for (const FlatColumn& column : columns) {
    if (!column.categories.empty()) recordSets.push_back(vocabulary(column));
  }
  if (facts.data) {
    recordSets.push_back(Json::Object{{"@type", "cr:RecordSet"},
                                      {"@id", "records"},
                                      {"name", "records"},
                                      {"key", reference("records/id")},
                                      {"field", recordFields(table, columns, facts.dataHasFeatures)}});
  }
  if (!recordSets.empty()) metadata.emplace_back("recordSet", std::move(recordSets));
  result.metadata = std::move(metadata);
  return result;
}

}  // namespace pith::cli

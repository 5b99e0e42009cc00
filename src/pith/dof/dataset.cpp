// SPDX-License-Identifier: Apache-2.0
#include "pith/dof/dataset.h"

#include <algorithm>

namespace pith::dof {
namespace {

Error corrupt(std::string detail) { return {ErrorCode::corruptDof, std::move(detail)}; }

/// Python writes a missing number as NaN, which is no JSON: it becomes null. Texts are left alone.
std::string withoutNaN(std::string_view text) {
  constexpr std::string_view nan = "NaN";
  std::string out;
  out.reserve(text.size());
  bool inText = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (inText && text[i] == '\\' && i + 1 < text.size()) {
      out += text[i++];
    } else if (text[i] == '"') {
      inText = !inText;
    } else if (!inText && text.substr(i).starts_with(nan)) {
      out += "null";
      i += nan.size() - 1;
      continue;
    }
    out += text[i];
  }
  return out;
}

Result<Json> readJson(const MemberReader& read, const char* member) {
  PITH_ASSIGN_OR_RETURN(const ByteView bytes, read(member));
  Result<Json> json = Json::parse(withoutNaN(asText(bytes)));
  if (!json) return corrupt(std::string(member) + " is not the JSON that DoF writes: " + json.error().detail);
  return json;
}

/// Keys and texts; a number or a truth becomes its JSON, so that nothing is lost.
Result<Facts> readFacts(const Json& json) {
  Facts facts;
  if (json.isNull()) return facts;
  const Json::Object* const object = json.asObject();
  if (!object) return corrupt("what is said about the set or an element is no object");
  for (const auto& [key, value] : *object) {
    const std::string* const text = value.asString();
    std::string words = text ? *text : value.dump();
    if (value.isNull() || words.empty() || words == "NA") {
      facts.notKnown.push_back(key);
    } else if (!facts.known.emplace(key, std::move(words)).second) {
      return corrupt("a key stands twice in what is said about the set or an element");
    }
  }
  std::ranges::sort(facts.notKnown);
  return facts;
}

Result<Element> readElement(const Json& json) {
  const Json::Array* const parts = json.asArray();
  if (!parts || parts->empty()) return corrupt("the element is no list of y and what is said about it");
  if (parts->size() > 2) {
    return Error{
        ErrorCode::unsupportedDof,
        "the element refers to another file, which is not read; pack the set with DoF's save() first"};
  }
  Element element{.y = (*parts)[0], .facts = {}};
  if (parts->size() == 2) {
    PITH_ASSIGN_OR_RETURN(element.facts, readFacts((*parts)[1]));
  }
  return element;
}

}  // namespace

std::string Facts::take(const std::string& key) {
  const auto found = known.find(key);
  if (found == known.end()) return {};
  std::string text = std::move(found->second);
  known.erase(found);
  return text;
}

Result<Dataset> Dataset::read(const MemberReader& read) {
  Dataset dataset;
  {
    PITH_ASSIGN_OR_RETURN(const Json json, readJson(read, datasetMember));
    PITH_ASSIGN_OR_RETURN(dataset.facts, readFacts(json));
  }
  PITH_ASSIGN_OR_RETURN(const Json json, readJson(read, elementsMember));
  const Json::Array* const elements = json.asArray();
  if (!elements) return corrupt("the list of elements is no list");
  if (elements->empty()) return Error{ErrorCode::emptyContainer, "the data set has no element"};
  dataset.elements.reserve(elements->size());
  for (size_t i = 0; i < elements->size(); ++i) {
    Result<Element> element = readElement((*elements)[i]);
    if (!element) return atElement(i, element.error());
    dataset.elements.push_back(std::move(element).value());
  }
  return dataset;
}

std::string elementMember(size_t index) { return std::to_string(index) + ".out"; }

Error atElement(size_t index, const Error& error) {
  return {error.code, "element " + std::to_string(index) + ": " + error.detail};
}

}  // namespace pith::dof

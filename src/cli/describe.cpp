// SPDX-License-Identifier: Apache-2.0
/// @file `pith describe`: everything that a container holds but the features.
#include "pith/container/describe.h"
#include "container_verbs.h"
#include "output.h"

namespace pith::cli {
namespace {

/// One record a line, so that a million of them need no memory.
void printWithRecords(const Json& description, const Container& container) {
  std::string text = description.dump(true);
  text.resize(text.rfind('}'));
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  printText(text + ",\n  \"records\": [");
  for (size_t row = 0; row < container.recordCount(); ++row) {
    printText((row == 0 ? "\n    " : ",\n    ") + describeRecordFacts(container, row).dump());
  }
  printText("\n  ]\n}\n");
}

bool isEmpty(const Json& json) {
  const auto* const text = json.asString();
  const auto* const array = json.asArray();
  const auto* const object = json.asObject();
  return json.isNull() || (text && text->empty()) || (array && array->empty()) || (object && object->empty());
}

/// JSON as an indented list; what is empty is left out.
void addLines(const Json& json, const std::string& name, size_t depth, std::string& text) {
  if (isEmpty(json)) return;
  const std::string start = std::string(2 * depth, ' ') + printable(name);
  if (const auto* const object = json.asObject()) {
    text += start + "\n";
    for (const auto& [key, value] : *object) addLines(value, key, depth + 1, text);
  } else if (const auto* const array = json.asArray(); array && array->front().asObject()) {
    for (size_t i = 0; i < array->size(); ++i)
      addLines((*array)[i], name + " " + std::to_string(i), depth, text);
  } else {
    text += start + "  " + printable(json.asString() ? *json.asString() : json.dump()) + "\n";
  }
}

}  // namespace

ExitCode runDescribe(const DescribeArguments& arguments) {
  const OpenContainer source = openContainer(arguments.file);
  Json::Object description = *describeContainer(source.container).asObject();
  description.emplace_back("fileBytes", source.file.bytes().size());
  if (arguments.json && arguments.withoutRecords) {
    printJson(description);
  } else if (arguments.json) {
    printWithRecords(description, source.container);
  } else {
    std::string text;
    for (const auto& [name, value] : description) addLines(value, name, 0, text);
    printText(text + privacyNote + "\n");
  }
  return ExitCode::success;
}

}  // namespace pith::cli

// SPDX-License-Identifier: Apache-2.0
/// @file What verbs print: results on standard output, notes and errors on standard error.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "failure.h"
#include "pith/base/json.h"
#include "pith/container/describe.h"

namespace pith::cli {

/// What is said wherever a container is made or described.
inline constexpr const char* privacyNote =
    "Pooled features are lossy, not anonymous: unless its controller has decided otherwise, treat the file "
    "as pseudonymised health data.";

/// Lines "title   value", the values below each other.
class Facts {
 public:
  void add(std::string title, std::string value) { lines_.emplace_back(std::move(title), std::move(value)); }
  /// Left out where `value` is empty; control characters are replaced.
  void addText(std::string title, std::string_view value);
  std::string text() const;

 private:
  std::vector<std::pair<std::string, std::string>> lines_;
};

/// One result as JSON, with a line end.
void printJson(const Json& json);
void printText(const std::string& text);
/// A line on standard error.
void printNote(const std::string& text);

Json errorToJson(const Error& error);
void printFailure(const Failure& failure, bool json);

/// An encoder that was just loaded: its names come from files and need not be UTF-8.
Json encoderToJson(EncoderInfo encoder);
/// "resnet50 at 'layer4', 7 x 7 x 2048, average".
std::string describeTap(const EncoderInfo& info);
/// "256 x 256 grey, letterbox, bilinear".
std::string describeRecipe(const Recipe& recipe);

}  // namespace pith::cli

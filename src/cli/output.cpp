// SPDX-License-Identifier: Apache-2.0
#include "output.h"

#include <algorithm>
#include <cstdio>
#include <sstream>

#include "text.h"

namespace pith::cli {

void Facts::addText(std::string title, std::string_view value) {
  if (!value.empty()) add(std::move(title), printable(value));
}

std::string Facts::text() const {
  size_t width = 0;
  for (const auto& [title, value] : lines_) width = std::max(width, title.size());
  std::string text;
  for (const auto& [title, value] : lines_)
    text += title + std::string(width - title.size() + 2, ' ') + value + "\n";
  return text;
}

void printJson(const Json& json) { printText(json.dump(true) + "\n"); }
void printText(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }
void printNote(const std::string& text) { std::fprintf(stderr, "%s\n", text.c_str()); }

Json errorToJson(const Error& error) {
  return Json::Object{{"code", errorName(error.code)},
                      {"detail", validUtf8(error.detail)},
                      {"advice", errorAdvice(error.code)}};
}

void printFailure(const Failure& failure, bool json) {
  const Error& error = failure.error();
  std::string text = "pith: " + printable(failure.what()) + " [" + std::string(errorName(error.code)) + "]\n";
  for (const std::string& part : {error.detail, failure.advice()}) {
    std::istringstream lines(part);
    for (std::string line; std::getline(lines, line);) text += "  " + printable(line) + "\n";
  }
  std::fputs(text.c_str(), stderr);
  if (!json) return;
  printJson(Json::Object{{"error", Json::Object{{"what", validUtf8(failure.what())},
                                                {"code", errorName(error.code)},
                                                {"detail", validUtf8(error.detail)},
                                                {"advice", validUtf8(failure.advice())}}}});
}

Json encoderToJson(EncoderInfo encoder) {
  encoder.name = validUtf8(encoder.name);
  encoder.tap = validUtf8(encoder.tap);
  return describeEncoder(encoder);
}

std::string describeTap(const EncoderInfo& info) {
  std::string shape;
  for (int64_t extent : info.tapShape) shape += (shape.empty() ? "" : " x ") + std::to_string(extent);
  std::string text = printable(info.name) + " at " + inQuotes(info.tap) + ", " + shape + ", ";
  text += poolingName(info.pooling);
  if (info.pooling == Pooling::generalizedMean) {
    char power[32];
    std::snprintf(power, sizeof power, " with p = %g", double{info.poolingPower});
    text += power;
  }
  return text;
}

std::string describeRecipe(const Recipe& recipe) {
  const Json json = recipeToJson(recipe);
  const auto word = [&](std::string_view field) {
    const Json* const value = json.find(field);
    return value && value->asString() ? *value->asString() : std::string("?");
  };
  return std::to_string(recipe.height) + " x " + std::to_string(recipe.width) + " " + word("channels") +
         ", " + word("fit") + ", " + word("resample");
}

}  // namespace pith::cli

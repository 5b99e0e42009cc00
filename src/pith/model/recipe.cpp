// SPDX-License-Identifier: Apache-2.0
#include "pith/model/recipe.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "pith/model/json_text.h"

namespace pith {
namespace {

constexpr int64_t maxExtentPx = 65535;
constexpr std::array<std::string_view, 9> fieldNames = {
    "size", "fit", "resizeShortest", "fill", "resample", "channels", "scale", "mean", "std"};

template <typename T>
struct Named {
  std::string_view name;
  T value;
};
constexpr std::array<Named<Fit>, 3> fitNames = {
    {{"stretch", Fit::stretch}, {"crop", Fit::crop}, {"letterbox", Fit::letterbox}}};
constexpr std::array<Named<Channels>, 3> channelsNames = {
    {{"rgb", Channels::rgb}, {"bgr", Channels::bgr}, {"grey", Channels::grey}}};
constexpr std::array<Named<Resample>, 4> resampleNames = {{{"box", Resample::box},
                                                           {"bilinear", Resample::bilinear},
                                                           {"bicubic", Resample::bicubic},
                                                           {"lanczos", Resample::lanczos}}};

Error invalid(std::string detail) { return {ErrorCode::invalidRecipe, std::move(detail)}; }

template <typename T, size_t N>
Status readName(const Json& json, std::string_view field, const std::array<Named<T>, N>& names, T& value) {
  const Json* member = json.find(field);
  if (!member) return {};
  std::string allowed;
  for (const Named<T>& entry : names) {
    const std::string* text = member->asString();
    if (text && *text == entry.name) {
      value = entry.value;
      return {};
    }
    allowed += (allowed.empty() ? "" : ", ") + std::string(entry.name);
  }
  return invalid(std::string(field) + " is " + seen(*member) + "; allowed are " + allowed);
}

template <typename T, size_t N>
std::string_view nameOf(const std::array<Named<T>, N>& names, T value) {
  return std::find_if(names.begin(), names.end(), [&](const Named<T>& entry) { return entry.value == value; })
      ->name;
}

Result<int> readInteger(const Json& json, std::string_view field, int64_t least, int64_t most) {
  const int64_t* value = json.asInteger();
  if (!value || *value < least || *value > most) {
    return invalid(std::string(field) + " is " + seen(json) + "; allowed are whole numbers from " +
                   std::to_string(least) + " to " + std::to_string(most));
  }
  return static_cast<int>(*value);
}

Status readSize(const Json& json, Recipe& recipe) {
  const Json* size = json.find("size");
  if (!size) return invalid("size is missing; it is required as [height, width] in pixels");
  const Json::Array* extents = size->asArray();
  if (!extents || extents->size() != 2)
    return invalid("size is " + seen(*size) + "; allowed is [height, width]");
  PITH_ASSIGN_OR_RETURN(recipe.height, readInteger((*extents)[0], "size[0]", 1, maxExtentPx));
  PITH_ASSIGN_OR_RETURN(recipe.width, readInteger((*extents)[1], "size[1]", 1, maxExtentPx));
  return {};
}

/// The fields that only one fit knows.
Status readFitFields(const Json& json, Recipe& recipe) {
  const int largest = std::max(recipe.height, recipe.width);
  const Json* shortest = json.find("resizeShortest");
  const Json* fill = json.find("fill");
  if (shortest && recipe.fit != Fit::crop)
    return invalid("resizeShortest is given; it is only allowed with fit crop");
  if (fill && recipe.fit != Fit::letterbox)
    return invalid("fill is given; it is only allowed with fit letterbox");
  if (recipe.fit == Fit::crop) recipe.resizeShortest = largest;
  // A shorter side below the cut's larger one could leave a cut that lies partly outside of the picture.
  if (shortest) {
    PITH_ASSIGN_OR_RETURN(recipe.resizeShortest,
                          readInteger(*shortest, "resizeShortest", largest, maxExtentPx));
  }
  if (fill) {
    PITH_ASSIGN_OR_RETURN(recipe.fill, readInteger(*fill, "fill", 0, 255));
  }
  return {};
}

Status readPerChannel(const Json& json, std::string_view field, std::vector<double>& values) {
  const Json* member = json.find(field);
  if (!member) return {};
  const Json::Array* array = member->asArray();
  if (!array || array->size() != values.size()) {
    return invalid(std::string(field) + " is " + seen(*member) + "; allowed is a list of " +
                   std::to_string(values.size()) + " numbers, one for each channel");
  }
  for (size_t i = 0; i < values.size(); ++i) {
    if (!(*array)[i].isNumber() || !std::isfinite((*array)[i].number())) {
      return invalid(std::string(field) + "[" + std::to_string(i) + "] is " + seen((*array)[i]) +
                     "; allowed are finite numbers");
    }
    values[i] = (*array)[i].number();
  }
  return {};
}

Status readNormalisation(const Json& json, Recipe& recipe) {
  const auto channelCount = static_cast<size_t>(recipe.channelCount());
  recipe.mean.assign(channelCount, 0.0);
  recipe.std.assign(channelCount, 1.0);
  recipe.scale = 1.0 / 255.0;
  if (const Json* scale = json.find("scale")) {
    if (!scale->isNumber() || !std::isfinite(scale->number()) || scale->number() == 0.0) {
      return invalid("scale is " + seen(*scale) + "; allowed are finite numbers other than 0");
    }
    recipe.scale = scale->number();
  }
  PITH_RETURN_IF_ERROR(readPerChannel(json, "mean", recipe.mean));
  PITH_RETURN_IF_ERROR(readPerChannel(json, "std", recipe.std));
  for (size_t c = 0; c < channelCount; ++c) {
    const std::string index = "[" + std::to_string(c) + "]";
    if (!(recipe.std[c] > 0.0)) {
      return invalid("std" + index + " is " + numberText(recipe.std[c]) + "; allowed are numbers above 0");
    }
    // The value is linear in x, so its extremes lie at the ends of 0..255.
    for (double x : {0.0, 255.0}) {
      const double value = (x * recipe.scale - recipe.mean[c]) / recipe.std[c];
      if (!(std::abs(value) <= double{std::numeric_limits<float>::max()})) {
        return invalid("scale, mean" + index + " and std" + index + " give " + numberText(value) +
                       "; allowed are values that a float32 can hold");
      }
    }
  }
  return {};
}

Json numbers(const std::vector<double>& values) { return Json(Json::Array(values.begin(), values.end())); }

}  // namespace

Result<Recipe> parseRecipe(std::string_view json) {
  const Result<Json> document = Json::parse(json);
  if (!document) return invalid("the recipe is " + document.error().detail);
  return recipeFromJson(*document);
}

Result<Recipe> recipeFromJson(const Json& json) {
  const Json::Object* object = json.asObject();
  if (!object) return invalid("the recipe is " + seen(json) + "; allowed is an object");
  for (const Json::Member& member : *object) {
    if (std::find(fieldNames.begin(), fieldNames.end(), member.first) == fieldNames.end()) {
      return invalid("unknown field " + quoted(member.first) +
                     "; allowed are size, fit, resizeShortest, fill, resample, channels, scale, mean, std");
    }
    if (json.find(member.first) != &member.second)
      return invalid(member.first + " is given twice; allowed is once");
  }
  Recipe recipe;
  PITH_RETURN_IF_ERROR(readSize(json, recipe));
  PITH_RETURN_IF_ERROR(readName(json, "fit", fitNames, recipe.fit));
  PITH_RETURN_IF_ERROR(readFitFields(json, recipe));
  PITH_RETURN_IF_ERROR(readName(json, "resample", resampleNames, recipe.resample));
  PITH_RETURN_IF_ERROR(readName(json, "channels", channelsNames, recipe.channels));
  PITH_RETURN_IF_ERROR(readNormalisation(json, recipe));
  return recipe;
}

Json recipeToJson(const Recipe& recipe) {
  Json::Object object;
  object.emplace_back("size", Json::Array{recipe.height, recipe.width});
  object.emplace_back("fit", nameOf(fitNames, recipe.fit));
  if (recipe.fit == Fit::crop) object.emplace_back("resizeShortest", recipe.resizeShortest);
  if (recipe.fit == Fit::letterbox) object.emplace_back("fill", recipe.fill);
  object.emplace_back("resample", nameOf(resampleNames, recipe.resample));
  object.emplace_back("channels", nameOf(channelsNames, recipe.channels));
  object.emplace_back("scale", recipe.scale);
  object.emplace_back("mean", numbers(recipe.mean));
  object.emplace_back("std", numbers(recipe.std));
  return Json(std::move(object));
}

}  // namespace pith

// SPDX-License-Identifier: Apache-2.0
/// @file `pith models inspect`: where features can be taken from a network.
#include <algorithm>

#include "model_folder.h"
#include "model_store.h"
#include "output.h"
#include "pith/extract/encoder.h"
#include "text.h"
#include "verbs.h"

namespace pith::cli {
namespace {

constexpr const char* gridWarning =
    "`none` of a feature map or of tokens keeps the whole grid, and far more of the picture than a pooled vector.";

std::string shapeWords(const std::vector<int64_t>& shape) {
  std::string text;
  for (const int64_t extent : shape) text += (text.empty() ? "" : " x ") + std::to_string(extent);
  return text;
}

Json tapToJson(const TapCandidate& tap) {
  return Json::Object{{"tensor", validUtf8(tap.tensor)},
                      {"node", validUtf8(tap.node)},
                      {"operator", validUtf8(tap.op)},
                      {"kind", tapKindName(tap.kind)},
                      {"shape", Json::Array(tap.shape.begin(), tap.shape.end())},
                      {"pooling", poolingName(tap.pooling)},
                      {"chosen", tap.chosen}};
}

std::string padded(std::string text, size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

std::string describe(const std::vector<TapCandidate>& taps) {
  size_t width = 6;
  for (const TapCandidate& tap : taps)
    width = std::max(width, std::min<size_t>(60, printable(tap.tensor).size()));
  std::string text = "  " + padded("TENSOR", width) + "  " + padded("KIND", 12) + padded("SHAPE", 16) +
                     padded("POOLING", 19) + "MADE BY\n";
  for (const TapCandidate& tap : taps) {
    text += (tap.chosen ? "* " : "  ") + padded(printable(tap.tensor), width) + "  " +
            padded(std::string(tapKindName(tap.kind)), 12) + padded(shapeWords(tap.shape), 16) +
            padded(std::string(poolingName(tap.pooling)), 19) + printable(tap.op) + "\n";
  }
  return text;
}

/// A file's recipe is needed for its size alone; without one the common size is taken and said.
std::vector<TapCandidate> inspect(const ModelsInspectArguments& arguments, bool& assumedSize) {
  const std::string what = "Cannot inspect " + inQuotes(arguments.model);
  const std::filesystem::path path(arguments.model);
  std::error_code error;
  const bool isBareFile = arguments.recipe.empty() && std::filesystem::is_regular_file(path, error) &&
                          !std::filesystem::exists(path.parent_path() / "manifest.json", error);
  if (!isBareFile) {
    const ChosenModel chosen = chooseModel(arguments.model, arguments.recipe);
    ModelFolder beside(chosen.path);
    return require(inspectTaps(chosen.file.bytes(), chosen.recipe, {}, chosen.path.empty() ? nullptr : &beside), what);
  }
  assumedSize = true;
  const MappedFile file = require(MappedFile::open(path), what);
  constexpr const char* common = R"({"size": [224, 224]})";
  ModelFolder beside(path);
  return require(inspectTaps(file.bytes(), require(parseRecipe(common), what), {}, &beside), what);
}

}  // namespace

ExitCode runModelsInspect(const ModelsInspectArguments& arguments) {
  bool assumedSize = false;
  const std::vector<TapCandidate> taps = inspect(arguments, assumedSize);
  const bool isChosen = std::ranges::any_of(taps, &TapCandidate::chosen);
  if (arguments.json) {
    Json::Array array;
    for (const TapCandidate& tap : taps) array.push_back(tapToJson(tap));
    printJson(Json::Object{{"taps", std::move(array)}, {"assumedSize", assumedSize}});
  } else {
    printText(
        describe(taps) + "\n" +
        (isChosen ? "* is taken where no --tap is given. "
                  : "No tap is found by itself: choose one with --tap TENSOR. ") +
        gridWarning + "\n" +
        (assumedSize ? "Shapes are for 224 x 224 pixels; --recipe FILE.json names another size.\n" : ""));
  }
  return ExitCode::success;
}

}  // namespace pith::cli

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

/// Without a recipe the file's own size is taken, and a common one where the file leaves it open.
ModelInspection inspect(const ModelsInspectArguments& arguments) {
  const std::string what = "Cannot inspect " + inQuotes(arguments.model);
  const std::filesystem::path path(arguments.model);
  std::error_code error;
  const bool isBareFile = arguments.recipe.empty() && std::filesystem::is_regular_file(path, error) &&
                          !std::filesystem::exists(path.parent_path() / "manifest.json", error);
  if (!isBareFile) {
    const ChosenModel chosen = chooseModel(arguments.model, arguments.recipe);
    ModelFolder beside(chosen.path);
    auto inspection =
        require(inspectModel(chosen.file.bytes(), chosen.recipe, {}, chosen.path.empty() ? nullptr : &beside), what);
    inspection.input = {chosen.recipe.height, chosen.recipe.width, chosen.recipe.channelCount()};
    return inspection;
  }
  const MappedFile file = require(MappedFile::open(path), what);
  ModelFolder beside(path);
  return require(inspectModel(file.bytes(), std::nullopt, {}, &beside), what);
}

bool leavesSizeOpen(const InputSize& input) { return input.height < 0 || input.width < 0; }

Json extentToJson(int64_t extent) { return extent > 0 ? Json(extent) : Json(); }

Json inspectionToJson(const ModelInspection& inspection) {
  Json::Array taps;
  for (const TapCandidate& tap : inspection.taps) taps.push_back(tapToJson(tap));
  const InputSize& input = inspection.input;
  return Json::Object{{"input", Json::Object{{"height", extentToJson(input.height)},
                                             {"width", extentToJson(input.width)},
                                             {"channels", extentToJson(input.channels)}}},
                      {"taps", std::move(taps)},
                      {"assumedSize", leavesSizeOpen(input)}};
}

std::string inspectionText(const ModelInspection& inspection) {
  std::string text = describe(inspection.taps) + "\n";
  text += inspection.found.ok() ? "* is taken where no --tap is given. "
                                : "No tap is found by itself (" + printable(inspection.found.error().detail) +
                                      "): choose one with --tap TENSOR. ";
  text += std::string(gridWarning) + "\n";
  if (leavesSizeOpen(inspection.input)) {
    text += "The file leaves its size open. Shapes are for 224 x 224 pixels; --recipe FILE.json names another size.\n";
  } else {
    text += "Input: " + std::to_string(inspection.input.width) + " x " + std::to_string(inspection.input.height) + " pixels.\n";
  }
  return text;
}

}  // namespace

ExitCode runModelsInspect(const ModelsInspectArguments& arguments) {
  const ModelInspection inspection = inspect(arguments);
  if (arguments.json) {
    printJson(inspectionToJson(inspection));
  } else {
    printText(inspectionText(inspection));
  }
  return ExitCode::success;
}

}  // namespace pith::cli

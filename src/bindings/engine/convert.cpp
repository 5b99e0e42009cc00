// SPDX-License-Identifier: Apache-2.0
#include "bindings/engine/convert.h"

#include <utility>

#include "bindings/fields.h"

namespace pith::bindings {

using emscripten::val;

val copyOut(const Thumbnail& thumbnail) {
  val object = val::object();
  object.set("width", thumbnail.width);
  object.set("height", thumbnail.height);
  object.set("rgba", copyOut(std::span<const uint8_t>(thumbnail.rgba)));
  return object;
}

val copyOut(const ModelInspection& inspection) {
  val object = val::object();
  const InputSize& input = inspection.input;
  for (const auto& [name, extent] : {std::pair{"height", input.height}, std::pair{"width", input.width},
                                     std::pair{"channels", input.channels}})
    object.set(name, extent < 0 ? val::null() : val(static_cast<double>(extent)));
  val taps = val::array();
  for (const TapCandidate& candidate : inspection.taps) {
    val tap = val::object();
    tap.set("tensor", candidate.tensor);
    tap.set("node", candidate.node);
    tap.set("operator", candidate.op);
    tap.set("kind", std::string(tapKindName(candidate.kind)));
    val shape = val::array();
    for (const int64_t extent : candidate.shape) shape.call<void>("push", static_cast<double>(extent));
    tap.set("shape", shape);
    tap.set("pooling", std::string(poolingName(candidate.pooling)));
    tap.set("chosen", candidate.chosen);
    taps.call<void>("push", tap);
  }
  object.set("taps", taps);
  object.set("error", inspection.found.ok() ? val::null() : copyOut(inspection.found.error()));
  return object;
}

Result<ExtractorOptions> extractorOptionsFromJson(const std::string& text) {
  PITH_ASSIGN_OR_RETURN(const Json json, Json::parse(text));
  ExtractorOptions options;
  PITH_ASSIGN_OR_RETURN(options.name, stringField(json, "name"));
  PITH_ASSIGN_OR_RETURN(const Json* recipe, recipeField(json));
  PITH_ASSIGN_OR_RETURN(options.recipe, recipeFromJson(*recipe));
  PITH_ASSIGN_OR_RETURN(options.tap, stringField(json, "tap"));
  PITH_ASSIGN_OR_RETURN(options.pooling, poolingField(json));
  if (options.pooling == Pooling::generalizedMean) {
    const Json* power = json.find("poolingPower");
    if (!power || !power->isNumber()) return wrongField("poolingPower", "a number");
    options.poolingPower = static_cast<float>(power->number());
  }
  return options;
}

}  // namespace pith::bindings

// SPDX-License-Identifier: Apache-2.0
/// @file The engine's structures between JavaScript and the library.
#pragma once

#include "bindings/convert.h"
#include "pith/extract/extractor.h"
#include "pith/image/prepare.h"

namespace pith::bindings {

// Typed JavaScript values; table.cpp gives each its TypeScript name.
EMSCRIPTEN_DECLARE_VAL_TYPE(ModelBytes)
EMSCRIPTEN_DECLARE_VAL_TYPE(ExtractorResult)
EMSCRIPTEN_DECLARE_VAL_TYPE(ExtractionResult)
EMSCRIPTEN_DECLARE_VAL_TYPE(FloatsResult)
EMSCRIPTEN_DECLARE_VAL_TYPE(InspectionResult)

/// `{width, height, rgba}`
[[nodiscard]] emscripten::val copyOut(const Thumbnail& thumbnail);
/// An object rather than JSON: names in model files may be any bytes.
[[nodiscard]] emscripten::val copyOut(const ModelInspection& inspection);

/// @errors invalidArgument, naming the field; those of recipeFromJson
[[nodiscard]] Result<ExtractorOptions> extractorOptionsFromJson(const std::string& text);

}  // namespace pith::bindings

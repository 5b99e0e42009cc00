// SPDX-License-Identifier: Apache-2.0
/// @file Values between JavaScript and the library: bytes and floats are copied in and out, structures travel as JSON.
/// A view of the heap never leaves convert.cpp and script_source.cpp, because growing memory detaches it.
#pragma once

#include <emscripten/val.h>

#include <span>
#include <string>
#include <vector>

#include "pith/pith.h"

namespace pith::bindings {

// Typed JavaScript values; bindings.cpp gives each its TypeScript name.
EMSCRIPTEN_DECLARE_VAL_TYPE(Bytes)
EMSCRIPTEN_DECLARE_VAL_TYPE(Floats)
EMSCRIPTEN_DECLARE_VAL_TYPE(ModelBytes)
EMSCRIPTEN_DECLARE_VAL_TYPE(ExtractorResult)
EMSCRIPTEN_DECLARE_VAL_TYPE(ExtractionResult)
EMSCRIPTEN_DECLARE_VAL_TYPE(FloatsResult)
EMSCRIPTEN_DECLARE_VAL_TYPE(InspectionResult)
EMSCRIPTEN_DECLARE_VAL_TYPE(WriterResult)
EMSCRIPTEN_DECLARE_VAL_TYPE(BytesResult)
EMSCRIPTEN_DECLARE_VAL_TYPE(TextResult)
EMSCRIPTEN_DECLARE_VAL_TYPE(EmptyResult)

/// One copy in.
[[nodiscard]] std::vector<uint8_t> copyIn(const Bytes& bytes);
[[nodiscard]] std::vector<float> copyIn(const Floats& floats);

/// One copy out, into an array that JavaScript owns.
[[nodiscard]] emscripten::val copyOut(std::span<const uint8_t> bytes);
[[nodiscard]] emscripten::val copyOut(std::span<const float> floats);
/// `{width, height, rgba}`
[[nodiscard]] emscripten::val copyOut(const Thumbnail& thumbnail);
/// An object rather than JSON: names in model files may be any bytes.
[[nodiscard]] emscripten::val copyOut(const ModelInspection& inspection);

/// `{ok: true, value}`
[[nodiscard]] emscripten::val success(emscripten::val value);
/// `{code, detail, advice}`
[[nodiscard]] emscripten::val copyOut(const Error& error);
/// `{ok: false, error}`
[[nodiscard]] emscripten::val failure(const Error& error);

/// @errors invalidArgument, naming the field; those of recipeFromJson
[[nodiscard]] Result<DatasetInfo> datasetFromJson(const std::string& text);
[[nodiscard]] Result<EncoderInfo> encoderFromJson(const std::string& text);
[[nodiscard]] Result<ExtractorOptions> extractorOptionsFromJson(const std::string& text);
[[nodiscard]] Result<std::vector<LabelColumn>> labelColumnsFromJson(const std::string& text);
[[nodiscard]] Result<Record> recordFromJson(const std::string& text);

/// Everything but the records, which are counted by split.
[[nodiscard]] Json containerToJson(const Container& container);

}  // namespace pith::bindings

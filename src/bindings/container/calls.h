// SPDX-License-Identifier: Apache-2.0
/// @file One function for each row of the table in table.cpp: convert in, call the library, convert out.
/// No exception crosses into JavaScript; memory that cannot be had is the error outOfMemory.
#pragma once

#include <string>

#include "bindings/container/convert.h"

namespace pith::bindings {

// Typed JavaScript values; table.cpp gives each its TypeScript name.
EMSCRIPTEN_DECLARE_VAL_TYPE(WriterResult)
EMSCRIPTEN_DECLARE_VAL_TYPE(BytesResult)
EMSCRIPTEN_DECLARE_VAL_TYPE(TextResult)
EMSCRIPTEN_DECLARE_VAL_TYPE(EmptyResult)

/// @param dataset       JSON: title, author, contact, source, licence, notes; every one a text
/// @param encoder       JSON as the engine's encoderInfo() gives it
/// @param labelColumns  JSON: [{name, type, categories}]
/// @param featureType   "f32", "f16", "bf16", "i8" or "i4"
[[nodiscard]] WriterResult createWriter(const std::string& dataset, const std::string& encoder,
                                        const std::string& labelColumns, const std::string& featureType);

/// @param features  as the engine's computeProbe() gives them
[[nodiscard]] EmptyResult setProbe(ContainerWriter& writer, const Floats& features);

/// @param record  JSON: {labels: [null | number | text | {category}]}
[[nodiscard]] EmptyResult addRecord(ContainerWriter& writer, const Floats& features, const std::string& record);

/// @param seed  32 bytes from a source of secure random numbers, or the ones of an earlier run to get its bytes again
[[nodiscard]] BytesResult writeContainer(const ContainerWriter& writer, const Bytes& seed);

/// @return JSON of the header: dataset, encoder, labelColumns, recordCount, splits, featureType, narrowing, sections, writer
[[nodiscard]] TextResult describeContainer(const Bytes& file);

/// Opens the container and recomputes every hash.
[[nodiscard]] EmptyResult verifyContainer(const Bytes& file);

}  // namespace pith::bindings

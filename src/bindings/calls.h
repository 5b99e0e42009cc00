// SPDX-License-Identifier: Apache-2.0
/// @file One function for each row of the table in bindings.cpp: convert in, call the library, convert out.
/// No exception crosses into JavaScript; memory that cannot be had is the error outOfMemory.
#pragma once

#include <string>

#include "bindings/convert.h"

namespace pith::bindings {

/// @return "0.1.0"
[[nodiscard]] std::string version();

/// The size of the module's memory, which never shrinks. A double, because JavaScript's numbers are.
[[nodiscard]] double memoryBytes();

/// Checks the model file against its manifest, reads it and prepares the kernels.
/// @errors those of parseManifest, verifyModelFile and Extractor::load
[[nodiscard]] ExtractorResult loadExtractor(const ModelBytes& modelFile, const std::string& manifest);

/// Reads a model file of the user's, which no manifest describes, and prepares the kernels.
/// @param encoder  JSON: name, recipe, tap, pooling, and with generalizedMean poolingPower
/// @errors invalidArgument naming the field; those of recipeFromJson and Extractor::load
[[nodiscard]] ExtractorResult loadOwnExtractor(const ModelBytes& modelFile, const std::string& encoder);

/// @param recipe  JSON, or empty: what the file does not say is taken as inspectModel does
/// @return        {height, width, channels: number | null where the file leaves it open,
///                taps: [{tensor, node, operator, kind, shape, pooling, chosen}], error: why none is chosen |
///                null}
/// @errors        those of parseRecipe and inspectModel
[[nodiscard]] InspectionResult inspectModel(const ModelBytes& modelFile, const std::string& recipe);

/// @return JSON: name, modelSha256, recipe, tap, tapShape, pooling, featureCount, engine
[[nodiscard]] std::string encoderInfo(const Extractor& extractor);

/// @param thumbnailSidePx  longer side of the thumbnail; 0 for none
/// @return                 {features: Float32Array [featureCount], width, height, thumbnail: {width, height, rgba} | null}
/// @errors                 those of decodeImage and Extractor::extract
[[nodiscard]] ExtractionResult extract(Extractor& extractor, const Bytes& imageFile, int thumbnailSidePx);

/// The parity probe, which tells whether another machine computes the same (extract/probe.h).
/// @return Float32Array [probeImageCount * featureCount]
[[nodiscard]] FloatsResult computeProbe(Extractor& extractor);

/// @param dataset       JSON: title, author, contact, source, licence, notes; every one a text
/// @param encoder       JSON as encoderInfo() gives it
/// @param labelColumns  JSON: [{name, type, categories}]
/// @param featureType   "f32", "f16", "bf16", "i8" or "i4"
[[nodiscard]] WriterResult createWriter(const std::string& dataset, const std::string& encoder,
                                        const std::string& labelColumns, const std::string& featureType);

/// @param features  as computeProbe() gives them
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

// SPDX-License-Identifier: Apache-2.0
/// @file One function for each row of the table in table.cpp: convert in, call the library, convert out.
/// No exception crosses into JavaScript; memory that cannot be had is the error outOfMemory.
#pragma once

#include <string>

#include "bindings/engine/convert.h"

namespace pith::bindings {

/// @return "0.1.0"
[[nodiscard]] std::string version();

/// The size of the module's memory, which never shrinks. A double, because JavaScript's numbers are.
[[nodiscard]] double memoryBytes();

/// Checks the model file against its manifest, reads it and prepares the kernels.
/// @param sha256  of the file in hexadecimal digits, where the caller has computed it (browsers do so ten times faster);
///                empty: it is computed here
/// @errors those of parseManifest, verifyModelFile and Extractor::load
[[nodiscard]] ExtractorResult loadExtractor(const ModelBytes& modelFile, const std::string& manifest, const std::string& sha256);

/// Reads a model file of the user's, which no manifest describes, and prepares the kernels.
/// @param encoder  JSON: name, recipe, tap, pooling, and with generalizedMean poolingPower
/// @param sha256   as loadExtractor takes it
/// @errors invalidArgument naming the field; those of recipeFromJson and Extractor::load
[[nodiscard]] ExtractorResult loadOwnExtractor(const ModelBytes& modelFile, const std::string& encoder, const std::string& sha256);

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

}  // namespace pith::bindings

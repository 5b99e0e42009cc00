// SPDX-License-Identifier: Apache-2.0
/// @file What JavaScript can call of the engine. web/src/api/engine.d.ts is generated from it.
#include <emscripten/bind.h>

#include "bindings/engine/calls.h"

using namespace emscripten;
using namespace pith;
using namespace pith::bindings;

// The types' names as TypeScript writes them; the ones that are imported are declared by hand.
EMSCRIPTEN_BINDINGS(pith_engine) {
  register_type<Bytes>("Uint8Array");
  register_type<ModelBytes>("Uint8Array | import('./model_source').ModelSource");
  register_type<ExtractorResult>("import('./result').Result<Extractor>");
  register_type<ExtractionResult>("import('./result').Result<import('./result').Extraction>");
  register_type<FloatsResult>("import('./result').Result<Float32Array<ArrayBuffer>>");
  register_type<InspectionResult>("import('./result').Result<import('./result').Inspection>");

  class_<Extractor>("Extractor")
      .class_function("load(modelFile, manifest, sha256)", &loadExtractor)
      .class_function("loadOwn(modelFile, encoder, sha256)", &loadOwnExtractor)
      .function("info()", &encoderInfo)
      .function("extract(imageFile, thumbnailSidePx)", &extract)
      .function("probe()", &bindings::computeProbe);

  function("inspectModel(modelFile, recipe)", &bindings::inspectModel);
  function("version()", &version);
  function("memoryBytes()", &memoryBytes);
}

// SPDX-License-Identifier: Apache-2.0
/// @file The table of what JavaScript can call. web/src/api/engine.d.ts is generated from it.
#include <emscripten/bind.h>

#include "bindings/calls.h"

using namespace emscripten;
using namespace pith;
using namespace pith::bindings;

// The types' names as TypeScript writes them; the ones that are imported are declared by hand.
EMSCRIPTEN_BINDINGS(pith) {
  register_type<Bytes>("Uint8Array");
  register_type<Floats>("Float32Array");
  register_type<ModelBytes>("Uint8Array | import('./model_source').ModelSource");
  register_type<ExtractorResult>("import('./result').Result<Extractor>");
  register_type<ExtractionResult>("import('./result').Result<import('./result').Extraction>");
  register_type<FloatsResult>("import('./result').Result<Float32Array<ArrayBuffer>>");
  register_type<InspectionResult>("import('./result').Result<import('./result').Inspection>");
  register_type<WriterResult>("import('./result').Result<ContainerWriter>");
  register_type<BytesResult>("import('./result').Result<Uint8Array<ArrayBuffer>>");
  register_type<TextResult>("import('./result').Result<string>");
  register_type<EmptyResult>("import('./result').Result<null>");

  class_<Extractor>("Extractor")
      .class_function("load(modelFile, manifest)", &loadExtractor)
      .class_function("loadOwn(modelFile, encoder)", &loadOwnExtractor)
      .function("info()", &encoderInfo)
      .function("extract(imageFile, thumbnailSidePx)", &extract)
      .function("probe()", &bindings::computeProbe);

  class_<ContainerWriter>("ContainerWriter")
      .class_function("create(dataset, encoder, labelColumns, featureType)", &createWriter)
      .function("setProbe(features)", &setProbe)
      .function("add(features, record)", &addRecord)
      .function("toBytes(seed)", &writeContainer);

  function("inspectModel(modelFile, recipe)", &bindings::inspectModel);
  function("describeContainer(file)", &bindings::describeContainer);
  function("verifyContainer(file)", &verifyContainer);
  function("version()", &version);
  function("memoryBytes()", &memoryBytes);
}

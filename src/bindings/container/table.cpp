// SPDX-License-Identifier: Apache-2.0
/// @file What JavaScript can call of the container. web/src/api/container_module.d.ts is generated from it.
#include <emscripten/bind.h>

#include "bindings/container/calls.h"

using namespace emscripten;
using namespace pith;
using namespace pith::bindings;

// The types' names as TypeScript writes them; the ones that are imported are declared by hand.
EMSCRIPTEN_BINDINGS(pith_container) {
  register_type<Bytes>("Uint8Array");
  register_type<Floats>("Float32Array");
  register_type<WriterResult>("import('./result').Result<ContainerWriter>");
  register_type<BytesResult>("import('./result').Result<Uint8Array<ArrayBuffer>>");
  register_type<TextResult>("import('./result').Result<string>");
  register_type<EmptyResult>("import('./result').Result<null>");

  class_<ContainerWriter>("ContainerWriter")
      .class_function("create(dataset, encoder, labelColumns, featureType)", &createWriter)
      .function("setProbe(features)", &setProbe)
      .function("add(features, record)", &addRecord)
      .function("toBytes(seed)", &writeContainer);

  function("describeContainer(file)", &bindings::describeContainer);
  function("verifyContainer(file)", &verifyContainer);
}

// SPDX-License-Identifier: Apache-2.0
// Any bytes as a TensorFlow Lite model for a 16x16 picture: they are refused with a sentence, or become
// kernels that run.
#include <cstdlib>

#include "pith/infer/session.h"
#include "pith/model/passes.h"
#include "pith/tflite/tflite.h"

namespace {

pith::Result<pith::Session> load(pith::ByteView file, const pith::Limits& limits) {
  PITH_ASSIGN_OR_RETURN(pith::Graph graph, pith::importTflite(file, {16, 16, 3}, limits));
  const auto outputs = graph.outputs;
  graph = pith::cutGraph(std::move(graph), outputs);
  PITH_RETURN_IF_ERROR(pith::firstRefusal(graph));
  PITH_RETURN_IF_ERROR(pith::simplify(graph, limits));
  return pith::Session::create(std::move(graph), limits);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pith::Limits limits;
  limits.maxTensorElements = 1 << 18;
  limits.maxNodes = 200;
  pith::Result<pith::Session> session = load({data, size}, limits);
  if (!session) {
    if (session.error().detail.empty()) std::abort();
    return 0;
  }
  pith::FloatBuffer input(16 * 16 * 3);
  for (size_t i = 0; i < input.size(); ++i) input.data()[i] = static_cast<float>(i % 7) - 3.0F;
  if (!session->run(input).ok()) std::abort();
  return 0;
}

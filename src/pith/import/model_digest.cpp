// SPDX-License-Identifier: Apache-2.0
#include "pith/import/model_digest.h"

#include <set>

#include "pith/import/import.h"
#include "pith/onnx/wire.h"

namespace pith {
namespace {

/// Branches of nodes have weights of their own.
void addExternalFiles(const onnx::GraphMessage& graph, std::set<std::string>& names) {
  for (const onnx::TensorMessage& tensor : graph.initializers) {
    if (tensor.isExternal && staysInFolder(tensor.external.location)) names.insert(tensor.external.location);
  }
  for (const onnx::NodeMessage& node : graph.nodes) {
    for (const onnx::AttributeMessage& attribute : node.attributes) {
      for (const onnx::GraphMessage& inner : attribute.graphs) addExternalFiles(inner, names);
    }
  }
}

}  // namespace

std::vector<std::string> externalFiles(ModelSource& modelFile, const Limits& limits) {
  const Result<bool> isTensorFlow = isTfliteFile(modelFile);
  if (!isTensorFlow || *isTensorFlow) return {};
  BufferedSource buffered(modelFile);
  const Result<onnx::ModelMessage> model = onnx::readModel(buffered, limits, largeWeightBytes);
  std::set<std::string> names;
  if (model.ok()) addExternalFiles(*model, names);
  return {names.begin(), names.end()};
}

std::vector<std::string> externalFiles(ByteView modelFile, const Limits& limits) {
  MemorySource source(modelFile);
  return externalFiles(source, limits);
}

Result<Sha256Digest> modelDigest(ModelSource& modelFile, ExternalData* external, const Limits& limits) {
  PITH_ASSIGN_OR_RETURN(const Sha256Digest own, sha256(modelFile));
  const auto names = external ? externalFiles(modelFile, limits) : std::vector<std::string>{};
  if (names.empty()) return own;
  Sha256 all;
  all.update(own);
  for (const std::string& name : names) {
    PITH_ASSIGN_OR_RETURN(const ByteView bytes, external->open(name));
    all.update(sha256(bytes));
  }
  return all.finish();
}

Result<Sha256Digest> modelDigest(ByteView modelFile, ExternalData* external, const Limits& limits) {
  MemorySource source(modelFile);
  return modelDigest(source, external, limits);
}

}  // namespace pith

// SPDX-License-Identifier: Apache-2.0
#include "pith/extract/encoder.h"

#include <algorithm>
#include <cmath>
#include <new>

#include "pith/extract/rounding.h"
#include "pith/import/model_digest.h"
#include "pith/infer/session.h"
#include "pith/model/passes.h"

namespace pith {

struct Encoder::Impl {
  Session session;
  std::vector<EncoderInfo> infos;
  std::vector<size_t> outputs;  // of the session, for each tap
  std::vector<TapCandidate> candidates;
  double roundingBound;
};

namespace {

constexpr std::string_view engineName = "pith " PITH_VERSION " xnnpack 4ea82e5 " PITH_ENGINE_VARIANT;
constexpr size_t maxTaps = 64;

InputSize inputSize(const Recipe& recipe) { return {recipe.height, recipe.width, recipe.channelCount()}; }

Result<Tap> tapFor(const Graph& graph, const std::string& name) {
  return name.empty() ? findTap(graph) : namedTap(graph, name);
}

Error wrongPooling(const Graph& graph, const Tap& tap, const std::string& sentence) {
  return {ErrorCode::invalidArgument, "The tap " + quotedName(graph.tensor(tap.tensor).name) + " is " +
                                          (tap.kind == TapKind::tokens ? "" : "a ") +
                                          std::string(tapKindName(tap.kind)) + " of shape " +
                                          shapeText(tap.shape) + "; " + sentence};
}

Status checkPooling(const Graph& graph, const Tap& tap, Pooling pooling) {
  const std::string asked = " is asked for.";
  if (tap.kind == TapKind::vector && pooling != Pooling::none)
    return wrongPooling(graph, tap,
                        "only pooling none is allowed, and " + std::string(poolingName(pooling)) + asked);
  if (tap.kind == TapKind::featureMap && pooling == Pooling::classToken)
    return wrongPooling(graph, tap, "classToken, which needs tokens," + asked);
  return {};
}

/// @param common  what all taps of a network share
Result<EncoderInfo> infoOf(const Graph& graph, const Tap& tap, const TapOptions& options,
                           const EncoderInfo& common) {
  EncoderInfo info = common;
  info.tap = graph.tensor(tap.tensor).name;
  info.tapShape = tap.shape;
  info.pooling = options.pooling.value_or(tap.pooling);
  PITH_RETURN_IF_ERROR(checkPooling(graph, tap, info.pooling));
  if (info.pooling == Pooling::generalizedMean) {
    info.poolingPower = options.poolingPower.value_or(defaultPoolingPower);
    if (!(info.poolingPower > 0) || info.poolingPower > maxPoolingPower)
      return wrongPooling(graph, tap,
                          "generalizedMean takes a power above 0 and up to " +
                              std::to_string(static_cast<int>(maxPoolingPower)) + ".");
  }
  int64_t places = 1;
  for (size_t i = 0; i + 1 < tap.shape.size(); ++i) places *= tap.shape[i];
  info.featureCount = static_cast<int>(
      pooledCount(static_cast<size_t>(places), static_cast<size_t>(tap.shape.back()), info.pooling));
  return info;
}

/// The session's outputs that the taps read; a map that the file keeps channels last is turned as the engine
/// has maps.
std::vector<TensorId> addOutputs(Graph& graph, const std::vector<Tap>& taps,
                                 std::vector<size_t>& outputOfTap) {
  std::vector<TensorId> outputs, tensors;
  for (const Tap& tap : taps) {
    const auto known = std::ranges::find(tensors, tap.tensor);
    outputOfTap.push_back(static_cast<size_t>(known - tensors.begin()));
    if (known != tensors.end()) continue;
    tensors.push_back(tap.tensor);
    outputs.push_back(tap.tensor);
    if (!tap.channelsLast) continue;
    const Shape& s = tap.shape;
    Node turn;
    turn.op = Op::transpose;
    turn.opType = "Transpose";
    turn.name = graph.tensor(tap.tensor).name;
    turn.inputs = {tap.tensor};
    turn.attributes = TransposeAttributes{{0, 3, 1, 2}};
    Tensor turned;
    turned.name = turn.name + "/channels first";
    turned.shape = {1, s[2], s[0], s[1]};
    outputs.back() = graph.addTensor(std::move(turned));
    turn.outputs = {outputs.back()};
    graph.nodes.push_back(std::move(turn));
  }
  return outputs;
}

Status checkFinite(const EncoderInfo& info, const std::vector<float>& features) {
  for (size_t i = 0; i < features.size(); ++i) {
    if (!std::isfinite(features[i])) {
      return Error{ErrorCode::nonFiniteFeature, "Feature " + std::to_string(i) + " of " +
                                                    std::to_string(features.size()) + " at the tap " +
                                                    quotedName(info.tap) + " is not a finite number."};
    }
  }
  return {};
}

Status checkTaps(const EncoderOptions& options, const std::vector<EncoderInfo>& infos) {
  if (options.taps.empty() || options.taps.size() > maxTaps) {
    return Error{ErrorCode::invalidArgument, std::to_string(options.taps.size()) +
                                                 " taps are asked for; 1 to " + std::to_string(maxTaps) +
                                                 " are allowed."};
  }
  for (size_t i = 0; i < infos.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      const bool isSame = infos[i].tap == infos[j].tap && infos[i].pooling == infos[j].pooling &&
                          infos[i].poolingPower == infos[j].poolingPower;
      if (isSame) {
        return Error{ErrorCode::invalidArgument, "The tap " + quotedName(infos[i].tap) + " with pooling " +
                                                     std::string(poolingName(infos[i].pooling)) +
                                                     " is asked for twice; once is allowed."};
      }
    }
  }
  return {};
}

struct TappedGraph {
  Graph graph;  // with the weights that the taps need
  std::vector<Tap> taps;
  std::vector<EncoderInfo> infos;
};

Result<TappedGraph> readTapped(ModelSource& source, const EncoderOptions& options, const EncoderInfo& common,
                               ExternalData* external) {
  const InputSize size = inputSize(options.recipe);
  PITH_ASSIGN_OR_RETURN(const ModelFile file, ModelFile::open(source, options.limits, external));
  TappedGraph tapped;
  PITH_ASSIGN_OR_RETURN(tapped.graph, file.outline(size));
  std::vector<TensorId> tensors;
  for (const TapOptions& asked : options.taps) {
    PITH_ASSIGN_OR_RETURN(const Tap tap, tapFor(tapped.graph, asked.tensor));
    PITH_ASSIGN_OR_RETURN(EncoderInfo info, infoOf(tapped.graph, tap, asked, common));
    tapped.taps.push_back(tap);
    tapped.infos.push_back(std::move(info));
    tensors.push_back(tap.tensor);
  }
  PITH_RETURN_IF_ERROR(checkTaps(options, tapped.infos));
  PITH_ASSIGN_OR_RETURN(tapped.graph, file.withWeights(std::move(tapped.graph), size, tensors));
  return tapped;
}

}  // namespace

Encoder::Encoder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Encoder::Encoder(Encoder&&) noexcept = default;
Encoder& Encoder::operator=(Encoder&&) noexcept = default;
Encoder::~Encoder() = default;

Result<Encoder> Encoder::load(ByteView modelFile, const EncoderOptions& options, ExternalData* external) {
  MemorySource source(modelFile);
  return load(source, options, external);
}

Result<Encoder> Encoder::load(ModelSource& modelFile, const EncoderOptions& options, ExternalData* external) try {
  EncoderInfo common;
  common.name = options.name;
  common.recipe = options.recipe;
  common.engine = engineName;
  PITH_ASSIGN_OR_RETURN(TappedGraph tapped, readTapped(modelFile, options, common, external));
  auto& [graph, taps, infos] = tapped;
  Sha256Digest digest{};
  if (options.modelSha256) {
    digest = *options.modelSha256;
  } else {
    PITH_ASSIGN_OR_RETURN(digest, modelDigest(modelFile, external, options.limits));
  }
  for (EncoderInfo& info : infos) info.modelSha256 = digest;
  if (options.onImported) options.onImported();
  std::vector<TapCandidate> candidates = listTaps(graph, taps);

  std::vector<size_t> outputOfTap;
  const std::vector<TensorId> outputs = addOutputs(graph, taps, outputOfTap);
  graph = cutGraph(std::move(graph), outputs);
  PITH_RETURN_IF_ERROR(firstRefusal(graph));
  PITH_RETURN_IF_ERROR(simplify(graph, options.limits));
  const double bound = roundingBoundOf(graph);
  PITH_ASSIGN_OR_RETURN(Session session, Session::create(std::move(graph), options.limits));
  return Encoder(std::make_unique<Impl>(
      Impl{std::move(session), std::move(infos), std::move(outputOfTap), std::move(candidates), bound}));
} catch (const std::bad_alloc&) {
  return Error{ErrorCode::outOfMemory, "There is not enough memory to load the model."};
}

Result<std::vector<std::vector<float>>> Encoder::encode(const FloatBuffer& input) {
  PITH_RETURN_IF_ERROR(impl_->session.run(input));
  std::vector<std::vector<float>> features;
  for (size_t i = 0; i < impl_->infos.size(); ++i) {
    const EncoderInfo& info = impl_->infos[i];
    features.push_back(pool(impl_->session.output(impl_->outputs[i]),
                            static_cast<size_t>(info.tapShape.back()), info.pooling, info.poolingPower));
    PITH_RETURN_IF_ERROR(checkFinite(info, features.back()));
  }
  return features;
}

const std::vector<EncoderInfo>& Encoder::infos() const { return impl_->infos; }
const std::vector<TapCandidate>& Encoder::tapCandidates() const { return impl_->candidates; }
double Encoder::roundingBound() const { return impl_->roundingBound; }

Result<ModelInspection> inspectModel(ByteView modelFile, const std::optional<Recipe>& recipe,
                                     const Limits& limits, ExternalData* external) {
  MemorySource source(modelFile);
  return inspectModel(source, recipe, limits, external);
}

Result<ModelInspection> inspectModel(ModelSource& modelFile, const std::optional<Recipe>& recipe,
                                     const Limits& limits, ExternalData* external) try {
  constexpr int64_t commonExtentPx = 224;
  ModelInspection inspection;
  PITH_ASSIGN_OR_RETURN(const ModelFile file, ModelFile::open(modelFile, limits, external));
  PITH_ASSIGN_OR_RETURN(inspection.input, file.inputSize());
  const auto orElse = [](int64_t extent, int64_t common) { return extent > 0 ? extent : common; };
  InputSize size{orElse(inspection.input.height, commonExtentPx),
                 orElse(inspection.input.width, commonExtentPx), inspection.input.channels == 1 ? 1 : 3};
  if (recipe) size = inputSize(*recipe);
  PITH_ASSIGN_OR_RETURN(const Graph graph, file.outline(size));
  const Result<Tap> found = findTap(graph);
  inspection.taps = listTaps(graph, found ? std::vector<Tap>{*found} : std::vector<Tap>{});
  if (!found) inspection.found = found.error();
  return inspection;
} catch (const std::bad_alloc&) {
  return Error{ErrorCode::outOfMemory, "There is not enough memory to read the model."};
}

}  // namespace pith

// SPDX-License-Identifier: Apache-2.0
#include "pith/extract/extractor.h"

#include <cmath>
#include <new>

#include "pith/image/decode.h"
#include "pith/image/prepare.h"
#include "pith/infer/session.h"
#include "pith/model/onnx.h"
#include "pith/model/passes.h"

namespace pith {

struct Extractor::Impl {
  Session session;
  EncoderInfo info;
  std::vector<TapCandidate> candidates;
  Limits limits;
};

namespace {

constexpr std::string_view engineName = "pith " PITH_VERSION " xnnpack 4ea82e5 " PITH_ENGINE_VARIANT;

InputSize inputSize(const Recipe& recipe) { return {recipe.height, recipe.width, recipe.channelCount()}; }

Status checkFinite(const std::vector<float>& features) {
  for (size_t i = 0; i < features.size(); ++i) {
    if (!std::isfinite(features[i])) {
      return Error{ErrorCode::nonFiniteFeature, "Feature " + std::to_string(i) + " of " +
                                                    std::to_string(features.size()) +
                                                    " is not a finite number."};
    }
  }
  return {};
}

}  // namespace

Extractor::Extractor(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Extractor::Extractor(Extractor&&) noexcept = default;
Extractor& Extractor::operator=(Extractor&&) noexcept = default;
Extractor::~Extractor() = default;

Result<Extractor> Extractor::load(ByteView modelFile, const ExtractorOptions& options) {
  try {
    PITH_ASSIGN_OR_RETURN(Graph graph, importOnnx(modelFile, inputSize(options.recipe), options.limits));
    PITH_ASSIGN_OR_RETURN(const TensorId tap,
                          options.tap.empty() ? findTap(graph) : namedTap(graph, options.tap));
    EncoderInfo info;
    info.name = options.name;
    info.modelSha256 = sha256(modelFile);
    info.recipe = options.recipe;
    info.tap = graph.tensor(tap).name;
    info.tapShape = tapShape(graph.tensor(tap).shape);
    info.pooling = info.tapShape.size() == 3 ? Pooling::average : Pooling::none;
    info.featureCount = static_cast<int>(info.tapShape.back());
    info.engine = engineName;
    std::vector<TapCandidate> candidates = listTaps(graph, tap);

    graph = cutGraph(std::move(graph), {tap});
    PITH_RETURN_IF_ERROR(firstRefusal(graph));
    PITH_RETURN_IF_ERROR(simplify(graph, options.limits));
    PITH_ASSIGN_OR_RETURN(Session session, Session::create(std::move(graph), options.limits));
    return Extractor(std::make_unique<Impl>(
        Impl{std::move(session), std::move(info), std::move(candidates), options.limits}));
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::outOfMemory, "There is not enough memory to load the model."};
  }
}

Result<std::vector<float>> Extractor::extract(ByteView imageFile) {
  PITH_ASSIGN_OR_RETURN(const Image image, decodeImage(imageFile, impl_->limits));
  return extract(image);
}

Result<std::vector<float>> Extractor::extract(const Image& image) {
  PITH_ASSIGN_OR_RETURN(const FloatBuffer input, prepareImage(image, impl_->info.recipe, impl_->limits));
  return extractPrepared(input);
}

Result<std::vector<float>> Extractor::extractPrepared(const FloatBuffer& input) {
  PITH_RETURN_IF_ERROR(impl_->session.run(input));
  const auto output = impl_->session.output(0);
  std::vector<float> features = impl_->info.pooling == Pooling::average
                                    ? averagePool(output, static_cast<size_t>(impl_->info.featureCount))
                                    : std::vector<float>(output.begin(), output.end());
  PITH_RETURN_IF_ERROR(checkFinite(features));
  return features;
}

const EncoderInfo& Extractor::info() const { return impl_->info; }
const std::vector<TapCandidate>& Extractor::tapCandidates() const { return impl_->candidates; }

}  // namespace pith

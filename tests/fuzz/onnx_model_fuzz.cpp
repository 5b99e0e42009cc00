// SPDX-License-Identifier: Apache-2.0
// Any bytes: they are made compact, or refused with a sentence; and refused, or become kernels that run on an 8x8 picture, twice with the same result.
// They are read piece by piece with every weight left in the file at first, also from a source that fails on the way.
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "pith/extract/extractor.h"
#include "pith/onnx/compact.h"
#include "pith/onnx/onnx.h"

namespace {

/// Fails after some reads; must not be asked for what is not there.
class Pieces : public pith::ModelSource {
 public:
  Pieces(pith::ByteView bytes, size_t readsAllowed) : bytes_(bytes), readsLeft_(readsAllowed) {}
  uint64_t sizeBytes() const override { return bytes_.size(); }
  pith::Status read(uint64_t offset, std::span<uint8_t> to) override {
    if (offset > bytes_.size() || to.size() > bytes_.size() - offset) std::abort();
    if (readsLeft_ == 0) return pith::Error{pith::ErrorCode::readFailed, "The source failed."};
    --readsLeft_;
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), to.size(), to.begin());
    return {};
  }

 private:
  pith::ByteView bytes_;
  size_t readsLeft_;
};

/// The graph as it is read at once and in steps: both are refused, or both have the same shape.
void readInSteps(pith::ModelSource& source, pith::ByteView bytes, const pith::Limits& limits, bool mustAgree) {
  const pith::InputSize size{8, 8, 3};
  const auto file = pith::OnnxFile::open(source, limits, nullptr, 0);
  auto outline = file ? file->outline(size) : pith::Result<pith::Graph>(file.error());
  if (!outline && outline.error().detail.empty()) std::abort();
  if (!outline) return;
  const std::vector<pith::TensorId> outputs = outline->outputs;
  const auto graph = file->withWeights(std::move(*outline), size, outputs);
  if (!graph && graph.error().code == pith::ErrorCode::internalError) std::abort();
  const auto whole = pith::importOnnx(bytes, size, limits);
  if (mustAgree && graph && whole && graph->tensors.size() != whole->tensors.size()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const pith::ExtractorOptions options = [] {
    pith::ExtractorOptions small;
    small.recipe.height = 8;
    small.recipe.width = 8;
    // So few elements that the slowest kernel is done in time.
    small.limits.maxTensorElements = 1 << 13;
    small.limits.maxNodes = 200;
    return small;
  }();
  for (const pith::CompactWeights weights : {pith::CompactWeights::f16, pith::CompactWeights::i8}) {
    const auto compact = pith::compactOnnx({data, size}, {}, weights, options.limits);
    if (!compact.ok() && compact.error().detail.empty()) std::abort();
  }
  Pieces whole({data, size}, SIZE_MAX), failing({data, size}, size % 23), again({data, size}, SIZE_MAX);
  readInSteps(failing, {data, size}, options.limits, false);
  readInSteps(again, {data, size}, options.limits, true);
  pith::Result<pith::Extractor> extractor = pith::Extractor::load(whole, options);
  if (!extractor) {
    if (extractor.error().detail.empty()) std::abort();
    return 0;
  }
  if (extractor->info().featureCount < 1 || extractor->info().tap.empty()) std::abort();
  pith::FloatBuffer picture(static_cast<size_t>(8 * 8 * options.recipe.channelCount()));
  for (size_t i = 0; i < picture.size(); ++i) picture.data()[i] = static_cast<float>(i % 17) / 8 - 1;
  const auto first = extractor->extractPrepared(picture);
  const auto second = extractor->extractPrepared(picture);
  if (first.ok() != second.ok()) std::abort();
  if (!first) return 0;
  if (first->size() != static_cast<size_t>(extractor->info().featureCount) || *first != *second) std::abort();
  return 0;
}

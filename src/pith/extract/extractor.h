// SPDX-License-Identifier: Apache-2.0
/// @file The main path: decode → prepare → infer → pool, for one image at a time. Start reading here.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pith/base/bytes.h"
#include "pith/base/limits.h"
#include "pith/base/result.h"
#include "pith/base/sha256.h"
#include "pith/extract/pooling.h"
#include "pith/image/image.h"
#include "pith/model/recipe.h"
#include "pith/model/tap.h"

namespace pith {

/// Everything needed to compute the same features again. Stored in every container.
struct EncoderInfo {
  std::string name;
  Sha256Digest modelSha256{};  // of the model file's bytes
  Recipe recipe;
  std::string tap;
  std::vector<int64_t> tapShape;  // [H, W, C] or [C]
  Pooling pooling = Pooling::average;
  int featureCount = 0;
  std::string engine;  // version and variant: "pith 0.1.0 xnnpack 4ea82e5 wasm-simd"
};

struct ExtractorOptions {
  std::string name;  // of the encoder, for EncoderInfo
  Recipe recipe;
  std::string tap;  // empty: the headless cut is found by itself
  Limits limits;
};

/// One network, ready to run, single-threaded. Threads each own one.
class Extractor {
 public:
  /// Reads an ONNX file, finds the headless cut, folds, and prepares the kernels.
  /// @param modelFile  borrowed for the call; may be freed afterwards
  /// @errors corruptModel, modelTooLarge, unsupportedOperator, unsupportedShape, unsupportedDataType,
  /// tapNotFound, shapeMismatch,
  ///         engineFailure, outOfMemory
  [[nodiscard]] static Result<Extractor> load(ByteView modelFile, const ExtractorOptions& options);

  /// The network's pooled output for one image file.
  /// @return  float32 [info().featureCount], not normalised
  /// @errors  those of decodeImage and prepareImage; engineFailure; nonFiniteFeature
  [[nodiscard]] Result<std::vector<float>> extract(ByteView imageFile);
  /// The same, for an image that is decoded already.
  [[nodiscard]] Result<std::vector<float>> extract(const Image& image);
  /// The same, for a prepared input: NHWC float32 [1, recipe.height, recipe.width, channels].
  [[nodiscard]] Result<std::vector<float>> extractPrepared(const FloatBuffer& input);

  [[nodiscard]] const EncoderInfo& info() const;
  [[nodiscard]] const std::vector<TapCandidate>& tapCandidates() const;

  Extractor(Extractor&&) noexcept;
  Extractor& operator=(Extractor&&) noexcept;
  ~Extractor();

 private:
  struct Impl;
  explicit Extractor(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace pith

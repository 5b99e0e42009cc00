// SPDX-License-Identifier: Apache-2.0
/// @file The main path: decode → prepare → infer → pool, for one image at a time. Start reading here.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "pith/base/bytes.h"
#include "pith/base/limits.h"
#include "pith/base/result.h"
#include "pith/extract/encoder.h"
#include "pith/extract/encoder_info.h"
#include "pith/image/image.h"

namespace pith {

struct ExtractorOptions {
  std::string name;  // of the encoder, for EncoderInfo
  Recipe recipe;
  std::string tap;  // empty: the headless cut is found by itself
  Limits limits;
  std::optional<Pooling> pooling = std::nullopt;     // nothing: what suits the tap
  std::optional<float> poolingPower = std::nullopt;  // p of generalizedMean
  std::function<void()> onImported{};                // these two: see EncoderOptions
  std::optional<Sha256Digest> modelSha256{};
};

/// One network with one tap, ready to run, single-threaded. Threads each own one. Several networks or taps in
/// one pass: EncoderSet (extract/encoder_set.h).
class Extractor {
 public:
  /// Reads a model file, finds the headless cut, folds, and prepares the kernels.
  /// @param modelFile  borrowed until `options.onImported` is called
  /// @errors those of Encoder::load
  [[nodiscard]] static Result<Extractor> load(ModelSource& modelFile, const ExtractorOptions& options);
  [[nodiscard]] static Result<Extractor> load(ByteView modelFile, const ExtractorOptions& options);

  /// The network's pooled output for one image file.
  /// @return  float32 [info().featureCount], not normalised
  /// @errors  those of decodeImage and prepareImage; engineFailure; nonFiniteFeature
  [[nodiscard]] Result<std::vector<float>> extract(ByteView imageFile);
  /// The same, for an image that is decoded already.
  [[nodiscard]] Result<std::vector<float>> extract(const Image& image);
  /// The same, for a prepared input: NHWC float32 [1, recipe.height, recipe.width, channels].
  [[nodiscard]] Result<std::vector<float>> extractPrepared(const FloatBuffer& input);

  [[nodiscard]] const EncoderInfo& info() const { return encoder_.infos().front(); }
  [[nodiscard]] const std::vector<TapCandidate>& tapCandidates() const { return encoder_.tapCandidates(); }

 private:
  Extractor(Encoder encoder, const Limits& limits) : encoder_(std::move(encoder)), limits_(limits) {}
  Encoder encoder_;
  Limits limits_;
};

}  // namespace pith

// SPDX-License-Identifier: Apache-2.0
/// @file One network without its head, and the places where its features are taken.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pith/base/bytes.h"
#include "pith/base/limits.h"
#include "pith/base/result.h"
#include "pith/extract/encoder_info.h"
#include "pith/extract/pooling.h"
#include "pith/import/import.h"
#include "pith/model/recipe.h"
#include "pith/model/tap.h"

namespace pith {

/// One place to take features from, and how they become a vector.
struct TapOptions {
  std::string tensor;              // empty: the headless cut is found by itself
  std::optional<Pooling> pooling;  // nothing: what suits the tap (`Tap::pooling`)
  std::optional<float> poolingPower;  // p of generalizedMean; nothing: defaultPoolingPower
};

struct EncoderOptions {
  std::string name;  // for EncoderInfo
  Recipe recipe;
  std::vector<TapOptions> taps = {TapOptions{}};
  Limits limits;
  /// Called once, when the model file is not read any more: its owner may free it before the weights are packed.
  std::function<void()> onImported{};
  std::optional<Sha256Digest> modelSha256{};  // of the file, where it was computed before
};

/// One network, ready to run, single-threaded; it runs once for all of its taps.
class Encoder {
 public:
  /// Reads a model file, finds the headless cut where no tap is named, folds, and prepares the kernels. Of an ONNX file,
  /// only the weights that the taps need are ever in memory.
  /// @param modelFile  borrowed until `options.onImported` is called
  /// @param external   asked for weights in other files, which are borrowed as long; without it, such weights are
  ///                   refused
  /// @errors corruptModel, modelTooLarge, unsupportedOperator, unsupportedShape, unsupportedDataType,
  ///         tapNotFound, shapeMismatch, engineFailure, outOfMemory; invalidArgument where a pooling does not
  ///         fit its tap, or where no tap or one tap twice is asked for
  [[nodiscard]] static Result<Encoder> load(ModelSource& modelFile, const EncoderOptions& options,
                                            ExternalData* external = nullptr);
  [[nodiscard]] static Result<Encoder> load(ByteView modelFile, const EncoderOptions& options,
                                            ExternalData* external = nullptr);

  /// @param input  NHWC float32 [1, recipe.height, recipe.width, channels], as prepareImage makes it
  /// @return       for each tap float32 [infos()[i].featureCount], not normalised
  /// @errors       shapeMismatch, engineFailure, nonFiniteFeature
  [[nodiscard]] Result<std::vector<std::vector<float>>> encode(const FloatBuffer& input);

  [[nodiscard]] const std::vector<EncoderInfo>& infos() const;  // one for each tap; never empty
  [[nodiscard]] const Recipe& recipe() const { return infos().front().recipe; }
  [[nodiscard]] const std::vector<TapCandidate>& tapCandidates() const;
  /// How far two correct evaluations of this network may be apart that round and add in different orders:
  /// relative L2 distance of their features (extract/rounding.h).
  [[nodiscard]] double roundingBound() const;

  Encoder(Encoder&&) noexcept;
  Encoder& operator=(Encoder&&) noexcept;
  ~Encoder();

 private:
  struct Impl;
  explicit Encoder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// What a model file says of itself, without preparing it to run.
struct ModelInspection {
  InputSize input;                 // -1 for what the file leaves open
  std::vector<TapCandidate> taps;  // the one that is taken when no tap is named is marked
  Status found;                    // why none is marked
};

/// @param recipe  says what the file leaves open, and must agree with the rest; nothing: three channels,
///                224 x 224
/// @param external  as Encoder::load takes it
/// @errors those of reading a model file
[[nodiscard]] Result<ModelInspection> inspectModel(ModelSource& modelFile, const std::optional<Recipe>& recipe,
                                                   const Limits& limits = {},
                                                   ExternalData* external = nullptr);
[[nodiscard]] Result<ModelInspection> inspectModel(ByteView modelFile, const std::optional<Recipe>& recipe,
                                                   const Limits& limits = {},
                                                   ExternalData* external = nullptr);

}  // namespace pith

// SPDX-License-Identifier: Apache-2.0
/// @file A suggested head: what to train on the features, as data that any framework can build without guessing.
/// spec/container.md, "Heads".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pith {

enum class HeadTask : uint8_t { classification, multiLabel, regression };
enum class LayerKind : uint8_t {
  standardize,
  l2Normalize,
  linear,
  relu,
  gelu,
  tanh,
  sigmoid,
  dropout,
  batchNormalization,
  layerNormalization
};
enum class Loss : uint8_t { crossEntropy, binaryCrossEntropy, meanSquaredError, meanAbsoluteError };
enum class Optimizer : uint8_t { sgd, adam, adamW, lbfgs };

/// The names are those of the schema; an unknown number is "unknown".
[[nodiscard]] std::string_view nameOf(HeadTask value);
[[nodiscard]] std::string_view nameOf(LayerKind value);
[[nodiscard]] std::string_view nameOf(Loss value);
[[nodiscard]] std::string_view nameOf(Optimizer value);

struct Layer {
  LayerKind kind = LayerKind::linear;
  uint32_t outputs = 0;  // of linear
  float rate = 0;        // of dropout, in [0, 1)
  float epsilon = 0;     // of the normalisations
};

struct HeadScore {
  std::string metric{};           // "AUROC"
  double value = 0;
  double low = 0, high = 0;     // 95 % confidence interval; both 0 where it is not known
  std::optional<uint32_t> part{}; // of the head's split
};

struct Head {
  std::string name{};
  HeadTask task = HeadTask::classification;
  uint32_t label = 0;              // index into ContainerHeader::labelColumns
  std::vector<uint32_t> features{};  // indices into ContainerHeader::features, joined in this order
  std::optional<uint32_t> split{};
  std::vector<Layer> layers{};
  Loss loss = Loss::crossEntropy;
  std::vector<float> classWeights{};  // none, or one for each output
  Optimizer optimizer = Optimizer::adamW;
  double learningRate = 0, momentum = 0, weightDecay = 0;
  uint32_t batchSize = 0;  // 0: all records at once
  uint32_t epochs = 0;
  uint64_t seed = 0;
  std::optional<HeadScore> score{};
  std::string note{};
};

}  // namespace pith

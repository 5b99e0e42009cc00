// SPDX-License-Identifier: Apache-2.0
/// @file A model file of any kind that is read becomes a Graph.
#pragma once

#include <optional>

#include "pith/onnx/onnx.h"

namespace pith {

/// An ONNX or a TensorFlow Lite model, whichever the bytes are. ONNX is read piece by piece; TensorFlow Lite is held
/// whole while this lives, unless the source has it in memory.
class ModelFile {
 public:
  /// @param source, external  as OnnxFile::open takes them
  /// @errors those of OnnxFile::open and of `source`; modelTooLarge
  [[nodiscard]] static Result<ModelFile> open(ModelSource& source, const Limits& limits, ExternalData* external = nullptr);

  /// The size of image that the file asks for; -1 for an extent that it leaves open.
  /// @errors those of reading the file, and unsupportedShape where its input is not one image
  [[nodiscard]] Result<InputSize> inputSize() const;

  /// What taps are found in: large weights may be missing (`Tensor::missing`).
  /// @errors those of OnnxFile::outline and importTflite
  [[nodiscard]] Result<Graph> outline(const InputSize& size) const;
  /// The same graph with the weights that some of its tensors depend on.
  /// @errors those of OnnxFile::withWeights
  [[nodiscard]] Result<Graph> withWeights(Graph outline, const InputSize& size, const std::vector<TensorId>& tensors) const;

 private:
  explicit ModelFile(const Limits& limits) : limits_(limits) {}
  Limits limits_;
  std::vector<uint8_t> copy_;
  ByteView tflite_;  // or nothing
  std::optional<OnnxFile> onnx_;
};

/// A model in memory, with all weights that its nodes read.
/// @param file  borrowed for the call
/// @errors those of OnnxFile::import and importTflite
[[nodiscard]] Result<Graph> importModel(ByteView file, const InputSize& size, const Limits& limits,
                                        ExternalData* external = nullptr);

/// `ModelFile::inputSize` of a file in memory.
[[nodiscard]] Result<InputSize> declaredInputSize(ByteView file, const Limits& limits);

/// Whether a file is TensorFlow Lite, by its first bytes.
/// @errors those of ModelSource::read
[[nodiscard]] Result<bool> isTfliteFile(ModelSource& source);

}  // namespace pith

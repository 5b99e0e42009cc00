// SPDX-License-Identifier: Apache-2.0
#include "pith/import/import.h"

#include <algorithm>
#include <array>

#include "pith/tflite/tflite.h"

namespace pith {

Result<bool> isTfliteFile(ModelSource& source) {
  std::array<uint8_t, 8> first{};
  if (source.sizeBytes() < first.size()) return false;
  PITH_RETURN_IF_ERROR(source.read(0, first));
  return isTflite(first);
}

Result<ModelFile> ModelFile::open(ModelSource& source, const Limits& limits, ExternalData* external) {
  ModelFile file(limits);
  PITH_ASSIGN_OR_RETURN(const bool isTensorFlow, isTfliteFile(source));
  if (!isTensorFlow) {
    PITH_ASSIGN_OR_RETURN(file.onnx_, OnnxFile::open(source, limits, external));
    return file;
  }
  if (const auto bytes = source.inMemory()) {
    file.tflite_ = *bytes;
    return file;
  }
  if (source.sizeBytes() > static_cast<uint64_t>(limits.maxModelBytes)) {
    return Error{ErrorCode::modelTooLarge, "The model file has " + std::to_string(source.sizeBytes()) + " bytes; " +
                                               std::to_string(limits.maxModelBytes) + " are allowed."};
  }
  file.copy_.resize(static_cast<size_t>(source.sizeBytes()));
  PITH_RETURN_IF_ERROR(source.read(0, file.copy_));
  file.tflite_ = file.copy_;
  return file;
}

Result<InputSize> ModelFile::inputSize() const {
  const bool isLastCommon = !onnx_;
  PITH_ASSIGN_OR_RETURN(Shape shape, onnx_ ? onnx_->inputShape() : tfliteInputShape(tflite_, limits_));
  for (int64_t& extent : shape) extent = std::max<int64_t>(extent, -1);
  // The axis with one or three entries is the channels; where that does not decide, the format's own order.
  const auto mayBeChannels = [&](size_t axis) { return shape[axis] == 1 || shape[axis] == 3; };
  const bool isLast =
      isLastCommon ? mayBeChannels(3) || !mayBeChannels(1) : mayBeChannels(3) && !mayBeChannels(1);
  return isLast ? InputSize{shape[1], shape[2], shape[3]} : InputSize{shape[2], shape[3], shape[1]};
}

Result<Graph> ModelFile::outline(const InputSize& size) const {
  return onnx_ ? onnx_->outline(size) : importTflite(tflite_, size, limits_);
}

Result<Graph> ModelFile::withWeights(Graph outline, const InputSize& size, const std::vector<TensorId>& tensors) const {
  return onnx_ ? onnx_->withWeights(std::move(outline), size, tensors) : std::move(outline);
}

Result<Graph> importModel(ByteView file, const InputSize& size, const Limits& limits, ExternalData* external) {
  return isTflite(file) ? importTflite(file, size, limits) : importOnnx(file, size, limits, external);
}

Result<InputSize> declaredInputSize(ByteView file, const Limits& limits) {
  MemorySource source(file);
  PITH_ASSIGN_OR_RETURN(const ModelFile model, ModelFile::open(source, limits));
  return model.inputSize();
}

}  // namespace pith

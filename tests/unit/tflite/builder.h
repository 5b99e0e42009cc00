// SPDX-License-Identifier: Apache-2.0
/// @file Writes small TensorFlow Lite files, well-formed or not, with the generated code of our schema.
#pragma once

#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "tflite_generated.h"

namespace pith::test {

namespace tfl = tflite::file;

/// Tensors are numbered in the order in which they are added; the first is the input.
class TfliteBuilder {
 public:
  struct Steps {
    std::vector<float> scales;
    std::vector<int64_t> zeroPoints;
    int32_t axis = 0;
  };
  using Ints = std::vector<int32_t>;

  TfliteBuilder() { buffers_.push_back(tfl::CreateBuffer(builder_)); }

  /// An activation, or with bytes a constant.
  int32_t tensor(const Ints& shape, tfl::ElementType type = tfl::ElementType::float32,
                 const std::optional<Steps>& steps = std::nullopt, const std::vector<uint8_t>& bytes = {},
                 const Ints& signature = {}) {
    uint32_t buffer = 0;
    if (!bytes.empty()) {
      const auto data = builder_.CreateVector(bytes);
      buffers_.push_back(tfl::CreateBuffer(builder_, data));
      buffer = static_cast<uint32_t>(buffers_.size() - 1);
    }
    return tensorOf(shape, type, steps, buffer, signature);
  }
  /// Any buffer, there or not.
  int32_t tensorOf(const Ints& shape, tfl::ElementType type, const std::optional<Steps>& steps,
                   uint32_t buffer, const Ints& signature = {}) {
    flatbuffers::Offset<tfl::Quantization> quantization;
    if (steps) {
      const auto scales = builder_.CreateVector(steps->scales);
      const auto points = builder_.CreateVector(steps->zeroPoints);
      quantization = tfl::CreateQuantization(builder_, scales, points, 0, steps->axis);
    }
    const auto name = builder_.CreateString("t" + std::to_string(tensors_.size()));
    const auto extents = builder_.CreateVector(shape);
    const auto open = signature.empty() ? 0 : builder_.CreateVector(signature);
    tensors_.push_back(
        tfl::CreateTensor(builder_, extents, type, buffer, name, quantization, false, 0, open));
    return static_cast<int32_t>(tensors_.size() - 1);
  }
  int32_t floats(const Ints& shape, const std::vector<float>& values) {
    return tensor(shape, tfl::ElementType::float32, std::nullopt, bytesOf(values));
  }
  int32_t ints(const Ints& values) {
    return tensor({static_cast<int32_t>(values.size())}, tfl::ElementType::int32, std::nullopt,
                  bytesOf(values));
  }
  template <typename T>
  static std::vector<uint8_t> bytesOf(const std::vector<T>& values) {
    std::vector<uint8_t> bytes(values.size() * sizeof(T));
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return bytes;
  }

  void node(int32_t code, const Ints& inputs, const Ints& outputs, tfl::Options type = tfl::Options::NONE,
            flatbuffers::Offset<void> options = 0) {
    codes_.push_back(tfl::CreateOperatorCode(builder_, static_cast<int8_t>(std::min(code, 127)), 0, 1, code));
    nodeOf(static_cast<uint32_t>(codes_.size() - 1), inputs, outputs, type, options);
  }
  void nodeOf(uint32_t codeIndex, const Ints& inputs, const Ints& outputs,
              tfl::Options type = tfl::Options::NONE, flatbuffers::Offset<void> options = 0) {
    const auto in = builder_.CreateVector(inputs);
    const auto out = builder_.CreateVector(outputs);
    operators_.push_back(tfl::CreateOperator(builder_, codeIndex, in, out, type, options));
  }
  void conv(const Ints& inputs, int32_t output, tfl::Padding padding = tfl::Padding::same, int32_t stride = 1,
            tfl::Activation activation = tfl::Activation::none) {
    node(3, inputs, {output}, tfl::Options::ConvOptions,
         tfl::CreateConvOptions(builder_, padding, stride, stride, activation).Union());
  }
  flatbuffers::FlatBufferBuilder& raw() { return builder_; }

  /// The network that makes these outputs from tensor 0.
  std::vector<uint8_t> build(const Ints& outputs, const Ints& inputs = {0}, uint32_t version = 3) {
    const auto tensors = builder_.CreateVector(tensors_);
    const auto in = builder_.CreateVector(inputs);
    const auto out = builder_.CreateVector(outputs);
    const auto operators = builder_.CreateVector(operators_);
    const std::vector<flatbuffers::Offset<tfl::Subgraph>> graphs{
        tfl::CreateSubgraph(builder_, tensors, in, out, operators)};
    const auto codes = builder_.CreateVector(codes_);
    const auto subgraphs = builder_.CreateVector(graphs);
    const auto buffers = builder_.CreateVector(buffers_);
    tfl::FinishModelBuffer(builder_, tfl::CreateModel(builder_, version, codes, subgraphs, buffers));
    return {builder_.GetBufferPointer(), builder_.GetBufferPointer() + builder_.GetSize()};
  }

 private:
  flatbuffers::FlatBufferBuilder builder_;
  std::vector<flatbuffers::Offset<tfl::Buffer>> buffers_;
  std::vector<flatbuffers::Offset<tfl::Tensor>> tensors_;
  std::vector<flatbuffers::Offset<tfl::OperatorCode>> codes_;
  std::vector<flatbuffers::Offset<tfl::Operator>> operators_;
};

}  // namespace pith::test

// SPDX-License-Identifier: Apache-2.0
/// @file ONNX's protobuf messages, as far as networks need them. onnx_wire.cpp is the only file that includes
/// protozero.
/// @source onnx/onnx.proto of ONNX 1.17 (field numbers)
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pith/base/bytes.h"
#include "pith/base/limits.h"
#include "pith/base/result.h"
#include "pith/model/graph.h"

namespace pith::onnx {

/// TensorProto.DataType
enum class ElementType : int32_t { float32 = 1, int32 = 6, int64 = 7, boolean = 9, float16 = 10 };

/// Bytes are borrowed from the file.
struct TensorMessage {
  std::string name;
  Shape dims;
  int32_t dataType = 0;
  bool isExternal = false;
  std::optional<ByteView> rawData;
  std::vector<float> floatData;
  std::vector<int32_t> int32Data;
  std::vector<int64_t> int64Data;
};

struct AttributeMessage {
  std::string name;
  float f = 0.0F;
  int64_t i = 0;
  std::string s;
  std::optional<TensorMessage> t;
  std::vector<float> floats;
  std::vector<int64_t> ints;
};

struct NodeMessage {
  std::string name, opType, domain;
  std::vector<std::string> inputs, outputs;
  std::vector<AttributeMessage> attributes;
};

/// Extents that the file leaves open are -1.
struct ValueMessage {
  std::string name;
  int32_t elementType = 0;
  std::optional<Shape> shape;
};

struct ModelMessage {
  int64_t opset = 0;  // of the default domain
  std::vector<NodeMessage> nodes;
  std::vector<TensorMessage> initializers;
  std::vector<ValueMessage> inputs, outputs;
};

/// @errors corruptModel, modelTooLarge (more nodes than Limits::maxNodes), unsupportedOperator (functions,
/// sparse
///         initializers)
[[nodiscard]] Result<ModelMessage> readModel(ByteView file, const Limits& limits);

/// A constant with its payload; half floats are widened, int32 and bool become int64.
/// @errors corruptModel where the payload does not fill the shape or holds a NaN; unsupportedDataType
[[nodiscard]] Result<Tensor> toConstant(const TensorMessage& message, const Limits& limits);

}  // namespace pith::onnx

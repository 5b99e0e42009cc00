// SPDX-License-Identifier: Apache-2.0
/// @file ONNX's protobuf messages, as far as networks need them.
/// @source onnx/onnx.proto of ONNX 1.17
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pith/base/bytes.h"
#include "pith/base/limits.h"
#include "pith/base/result.h"
#include "pith/model/graph.h"
#include "pith/model/model_source.h"

namespace pith::onnx {

/// A part of another file.
struct ExternalMessage {
  std::string location;
  int64_t offset = 0;
  std::optional<int64_t> length;
};

/// Bytes of a tensor, or where they lie.
struct RawData {
  SourcePart part;
  std::vector<uint8_t> bytes;  // all of the part; nothing where they stay in the file
};

struct TensorMessage {
  std::string name;
  Shape dims;
  NumberType dataType = NumberType::undefined;
  bool isExternal = false;
  ExternalMessage external;
  SourcePart message;    // the tensor itself
  bool isLarge = false;  // its numbers were not read: raw data stay where they lie, the lists below are empty
  std::optional<RawData> rawData;
  std::vector<float> floatData;
  std::vector<int32_t> int32Data;
  std::vector<int64_t> int64Data;
  std::vector<uint64_t> uint64Data;
  std::vector<double> doubleData;
};

struct GraphMessage;

struct AttributeMessage {
  std::string name;
  float f = 0.0F;
  int64_t i = 0;
  std::string s;
  std::optional<TensorMessage> t;
  std::vector<float> floats;
  std::vector<int64_t> ints;
  std::vector<GraphMessage> graphs;  // one, or none
};

struct NodeMessage {
  std::string name, opType, domain;
  std::vector<std::string> inputs, outputs;
  std::vector<AttributeMessage> attributes;
};

/// Extents that the file leaves open are -1.
struct ValueMessage {
  std::string name;
  NumberType elementType = NumberType::undefined;  // or no tensor at all
  std::optional<Shape> shape;
};

/// The network's graph, or one that belongs to a node.
struct GraphMessage {
  std::vector<NodeMessage> nodes;
  std::vector<TensorMessage> initializers;
  std::vector<ValueMessage> inputs, outputs;
};

struct ModelMessage : GraphMessage {
  uint64_t largeBytes = 0;  // what a large tensor is beyond
  int64_t opset = 0;        // of the default domain
};

/// @param file        outlives what is returned, which refers to it
/// @param largeBytes  tensors beyond this leave their numbers in the file
/// @errors corruptModel (also where graphs are nested deeper than 8), modelTooLarge (more nodes than Limits::maxNodes), unsupportedOperator (functions, sparse
///         initializers); those of ModelSource::read
[[nodiscard]] Result<ModelMessage> readModel(ModelSource& file, const Limits& limits, uint64_t largeBytes);
/// The same with all numbers, which refers to nothing.
[[nodiscard]] Result<ModelMessage> readModel(ByteView file, const Limits& limits);

/// A file of one tensor, as the conformance suite stores inputs and outputs.
/// @errors corruptModel
[[nodiscard]] Result<TensorMessage> readTensorFile(ByteView file, const Limits& limits);

/// Fills the lists of numbers of a large tensor, which then are as if they had been read at once.
/// @errors corruptModel; those of ModelSource::read
[[nodiscard]] Status readLists(TensorMessage& message, const Limits& limits);

// tensor.cpp

/// Shape and type of a constant, without its payload.
/// @errors modelTooLarge (its shape), unsupportedDataType; corruptModel where its raw data do not fill its shape
[[nodiscard]] Result<Tensor> toOutline(const TensorMessage& message, const Limits& limits);

/// A constant with its payload: float formats widened to float32, whole numbers to int64.
/// @param mayHoldNan  weights may not
/// @errors those of toOutline; corruptModel where the payload does not fill the shape or holds a NaN;
///         unsupportedDataType; those of ModelSource::read
[[nodiscard]] Result<Tensor> toConstant(const TensorMessage& message, const Limits& limits, bool mayHoldNan = false);

}  // namespace pith::onnx

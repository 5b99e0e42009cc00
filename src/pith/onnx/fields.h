// SPDX-License-Identifier: Apache-2.0
/// @file Field numbers of ONNX's protobuf messages, and how they stand on the wire. For the two files that include
/// protozero: wire.cpp reads (by reader.h), compact.cpp writes.
/// @source onnx/onnx.proto of ONNX 1.17
#pragma once

#include <cstdint>
#include <protozero/pbf_reader.hpp>

namespace pith::onnx {

/// Field numbers of the messages.
namespace field {
enum Model : uint32_t { graph = 7, opsetImport = 8, functions = 25 };
enum Opset : uint32_t { opsetDomain = 1, opsetVersion = 2 };
enum Graph : uint32_t {
  node = 1,
  graphName = 2,
  initializer = 5,
  input = 11,
  output = 12,
  sparseInitializer = 15
};
enum Node : uint32_t {
  nodeInput = 1,
  nodeOutput = 2,
  nodeName = 3,
  nodeOpType = 4,
  nodeAttribute = 5,
  nodeDomain = 7
};
enum Attribute : uint32_t { attributeName = 1, f = 2, i = 3, s = 4, t = 5, subgraph = 6, floats = 7, ints = 8, kind = 20 };
enum Tensor : uint32_t {
  dims = 1,
  dataType = 2,
  segment = 3,
  floatData = 4,
  int32Data = 5,
  int64Data = 7,
  tensorName = 8,
  rawData = 9,
  doubleData = 10,
  uint64Data = 11,
  externalData = 13,
  dataLocation = 14
};
enum Entry : uint32_t { entryKey = 1, entryValue = 2 };
enum Value : uint32_t { valueName = 1, valueType = 2 };
enum Type : uint32_t { tensorType = 1 };
enum TensorType : uint32_t { elementType = 1, shape = 2 };
enum TensorShape : uint32_t { dimension = 1 };
enum Dimension : uint32_t { dimensionValue = 1 };
}  // namespace field

/// A field is known by its number and its wire type together; a known number of another type is skipped as
/// unknown, because protozero's getters do not look at the type themselves.
constexpr uint32_t bytesField(uint32_t number) {
  return protozero::tag_and_type(number, protozero::pbf_wire_type::length_delimited);
}
constexpr uint32_t varintField(uint32_t number) {
  return protozero::tag_and_type(number, protozero::pbf_wire_type::varint);
}
constexpr uint32_t fixed32Field(uint32_t number) {
  return protozero::tag_and_type(number, protozero::pbf_wire_type::fixed32);
}
constexpr uint32_t fixed64Field(uint32_t number) {
  return protozero::tag_and_type(number, protozero::pbf_wire_type::fixed64);
}

}  // namespace pith::onnx

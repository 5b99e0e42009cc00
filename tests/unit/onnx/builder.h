// SPDX-License-Identifier: Apache-2.0
/// @file Writes small ONNX files, well-formed or not, so that tests need no exporter.
#pragma once

#include <protozero/pbf_writer.hpp>

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace pith::test {

class OnnxBuilder {
 public:
  using Ints = std::vector<int64_t>;
  using Strings = std::vector<std::string>;
  /// A graph that belongs to a node.
  struct Body {
    std::string bytes;
  };
  struct Attribute {
    std::string name;
    std::variant<int64_t, float, std::string, Ints, Body> value;
  };

  explicit OnnxBuilder(int64_t opset = 13) : opset_(opset) {}

  /// An extent of -1 is left open.
  OnnxBuilder& input(const std::string& name, const Ints& shape, int32_t elementType = 1) {
    value(11, name, shape, elementType);
    return *this;
  }
  OnnxBuilder& output(const std::string& name) {
    value(12, name, {}, 1);
    return *this;
  }
  OnnxBuilder& node(const std::string& opType, const Strings& inputs, const Strings& outputs,
                    const std::vector<Attribute>& attributes = {}, const std::string& domain = "") {
    protozero::pbf_writer graph(graph_);
    protozero::pbf_writer writer(graph, 1);
    for (const auto& name : inputs) writer.add_string(1, name);
    for (const auto& name : outputs) writer.add_string(2, name);
    writer.add_string(3, opType + std::to_string(++nodes_));
    writer.add_string(4, opType);
    for (const auto& attribute : attributes) addAttribute(protozero::pbf_writer(writer, 5), attribute);
    if (!domain.empty()) writer.add_string(7, domain);
    return *this;
  }
  OnnxBuilder& floats(const std::string& name, const Ints& shape, const std::vector<float>& values) {
    return raw(name, shape, 1, values.data(), values.size() * sizeof(float));
  }
  OnnxBuilder& ints(const std::string& name, const Ints& values) {
    return raw(name, {static_cast<int64_t>(values.size())}, 7, values.data(),
               values.size() * sizeof(int64_t));
  }
  OnnxBuilder& halves(const std::string& name, const Ints& shape, const std::vector<uint16_t>& bits) {
    return raw(name, shape, 10, bits.data(), bits.size() * sizeof(uint16_t));
  }
  /// Any shape, type and bytes.
  OnnxBuilder& raw(const std::string& name, const Ints& shape, int32_t type, const void* data,
                   size_t sizeBytes) {
    protozero::pbf_writer graph(graph_);
    protozero::pbf_writer writer(graph, 5);
    writer.add_packed_int64(1, shape.begin(), shape.end());
    writer.add_int32(2, type);
    writer.add_string(8, name);
    writer.add_bytes(9, static_cast<const char*>(data), sizeBytes);
    return *this;
  }
  /// A Constant node that makes a float tensor.
  OnnxBuilder& constant(const std::string& name, const Ints& shape, const std::vector<float>& values) {
    protozero::pbf_writer graph(graph_);
    protozero::pbf_writer writer(graph, 1);
    writer.add_string(2, name);
    writer.add_string(4, "Constant");
    protozero::pbf_writer attribute(writer, 5);
    attribute.add_string(1, "value");
    protozero::pbf_writer tensor(attribute, 5);
    tensor.add_packed_int64(1, shape.begin(), shape.end());
    tensor.add_int32(2, 1);
    tensor.add_bytes(9, reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
    return *this;
  }
  /// Numbers in the typed fields: float_data where `asFloats`, else int32_data.
  OnnxBuilder& typed(const std::string& name, const Ints& shape, int32_t type,
                     const std::vector<float>& floatData, const std::vector<int32_t>& int32Data) {
    protozero::pbf_writer graph(graph_);
    protozero::pbf_writer writer(graph, 5);
    for (int64_t extent : shape) writer.add_int64(1, extent);  // not packed, as old exporters write it
    writer.add_int32(2, type);
    if (!floatData.empty()) writer.add_packed_float(4, floatData.begin(), floatData.end());
    if (!int32Data.empty()) writer.add_packed_int32(5, int32Data.begin(), int32Data.end());
    writer.add_string(8, name);
    return *this;
  }
  OnnxBuilder& external(const std::string& name, const Ints& shape) {
    protozero::pbf_writer graph(graph_);
    protozero::pbf_writer writer(graph, 5);
    writer.add_packed_int64(1, shape.begin(), shape.end());
    writer.add_int32(2, 1);
    writer.add_string(8, name);
    writer.add_int32(14, 1);
    return *this;
  }

  /// Weights that lie in another file; places are written as they are.
  OnnxBuilder& external(const std::string& name, const Ints& shape, const std::string& location, const std::string& offset,
                        const std::string& length) {
    protozero::pbf_writer graph(graph_);
    protozero::pbf_writer writer(graph, 5);
    writer.add_packed_int64(1, shape.begin(), shape.end());
    writer.add_int32(2, 1);
    writer.add_string(8, name);
    const std::pair<std::string, std::string> entries[] = {{"location", location}, {"offset", offset}, {"length", length}};
    for (const auto& [key, value] : entries) {
      protozero::pbf_writer entry(writer, 13);
      entry.add_string(1, key);
      entry.add_string(2, value);
    }
    writer.add_int32(14, 1);
    return *this;
  }

  /// What was built so far, as a node's graph.
  Body body() const { return {graph_}; }

  std::vector<uint8_t> build() const {
    std::string file;
    protozero::pbf_writer writer(file);
    writer.add_int64(1, 8);
    writer.add_message(7, graph_);
    protozero::pbf_writer opset(writer, 8);
    opset.add_string(1, "");
    opset.add_int64(2, opset_);
    opset.commit();
    return {file.begin(), file.end()};
  }

 private:
  void value(uint32_t field, const std::string& name, const Ints& shape, int32_t elementType) {
    protozero::pbf_writer graph(graph_);
    protozero::pbf_writer writer(graph, field);
    writer.add_string(1, name);
    protozero::pbf_writer type(writer, 2);
    protozero::pbf_writer tensor(type, 1);
    tensor.add_int32(1, elementType);
    protozero::pbf_writer dims(tensor, 2);
    for (int64_t extent : shape) {
      protozero::pbf_writer dim(dims, 1);
      if (extent >= 0) {
        dim.add_int64(1, extent);
      } else {
        dim.add_string(2, "open");
      }
    }
  }
  static void addAttribute(protozero::pbf_writer writer, const Attribute& attribute) {
    writer.add_string(1, attribute.name);
    if (const auto* i = std::get_if<int64_t>(&attribute.value)) writer.add_int64(3, *i);
    if (const auto* f = std::get_if<float>(&attribute.value)) writer.add_float(2, *f);
    if (const auto* s = std::get_if<std::string>(&attribute.value)) writer.add_bytes(4, *s);
    if (const auto* list = std::get_if<Ints>(&attribute.value))
      writer.add_packed_int64(8, list->begin(), list->end());
    if (const auto* body = std::get_if<Body>(&attribute.value)) writer.add_message(6, body->bytes);
  }

  int64_t opset_;
  int nodes_ = 0;
  std::string graph_;
};

}  // namespace pith::test

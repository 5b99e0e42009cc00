// SPDX-License-Identifier: Apache-2.0
#include "pith/onnx/compact.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <map>
#include <protozero/pbf_writer.hpp>
#include <set>
#include <unordered_map>

#include "pith/base/half.h"
#include "pith/onnx/fields.h"
#include "pith/onnx/onnx.h"
#include "pith/onnx/wire.h"

namespace pith {
namespace {

using namespace onnx;
using Reader = protozero::pbf_reader;
using Writer = protozero::pbf_writer;

constexpr size_t fewElements = 1024;
constexpr int floatType = 1, int8Type = 3, halfType = 10, integerAttribute = 2;

/// Parts of the file, borrowed: `bytes` is a whole message.
struct RawNode {
  protozero::data_view bytes;
  std::string opType;
  std::vector<std::string> inputs, outputs;
  bool transposesB = false;
};
struct RawTensor {
  protozero::data_view bytes;
  TensorMessage message;
};
struct RawGraph {
  std::vector<RawNode> nodes;
  std::vector<RawTensor> initializers;
  std::vector<std::pair<protozero::data_view, std::string>> inputs;
  std::vector<protozero::data_view> outputs;
  std::string name = "graph";
};

Error refused(ErrorCode code, const std::string& what) { return {code, "The model cannot be made compact: " + what}; }

Result<RawNode> readNode(protozero::data_view bytes) {
  RawNode node{bytes, {}, {}, {}, false};
  for (Reader reader(bytes); reader.next();) {
    switch (reader.tag_and_type()) {
      case bytesField(field::nodeInput): node.inputs.push_back(reader.get_string()); break;
      case bytesField(field::nodeOutput): node.outputs.push_back(reader.get_string()); break;
      case bytesField(field::nodeOpType): node.opType = reader.get_string(); break;
      case bytesField(field::nodeAttribute): {
        std::string name;
        int64_t number = 0;
        for (Reader attribute = reader.get_message(); attribute.next();) {
          if (attribute.tag_and_type() == bytesField(field::attributeName)) {
            name = attribute.get_string();
          } else if (attribute.tag_and_type() == varintField(field::i)) {
            number = attribute.get_int64();
          } else if (attribute.tag() == field::subgraph) {
            return refused(ErrorCode::unsupportedOperator, "it has subgraphs.");
          } else {
            attribute.skip();
          }
        }
        node.transposesB = node.transposesB || (name == "transB" && number != 0);
        break;
      }
      default: reader.skip();
    }
  }
  return node;
}

std::string nameOfValue(protozero::data_view bytes) {
  for (Reader reader(bytes); reader.next();) {
    if (reader.tag_and_type() == bytesField(field::valueName)) return reader.get_string();
    reader.skip();
  }
  return {};
}

Result<RawGraph> readGraph(Reader reader) {
  RawGraph graph;
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case bytesField(field::node): {
        PITH_ASSIGN_OR_RETURN(RawNode node, readNode(reader.get_view()));
        graph.nodes.push_back(std::move(node));
        break;
      }
      case bytesField(field::initializer): graph.initializers.push_back({reader.get_view(), {}}); break;
      case bytesField(field::input): {
        const protozero::data_view bytes = reader.get_view();
        graph.inputs.emplace_back(bytes, nameOfValue(bytes));
        break;
      }
      case bytesField(field::output): graph.outputs.push_back(reader.get_view()); break;
      case bytesField(field::graphName): graph.name = reader.get_string(); break;
      case bytesField(field::sparseInitializer): return refused(ErrorCode::unsupportedOperator, "it has sparse weights.");
      default: reader.skip();
    }
  }
  return graph;
}

/// Marks the nodes that `wanted` needs, behind it all the values that they read.
std::vector<bool> neededNodes(const RawGraph& graph, std::set<std::string>& wanted) {
  std::vector<bool> needed(graph.nodes.size(), false);
  for (size_t i = graph.nodes.size(); i-- > 0;) {  // nodes stand behind those that they need
    const RawNode& node = graph.nodes[i];
    needed[i] = std::ranges::any_of(node.outputs, [&](const std::string& name) { return !name.empty() && wanted.contains(name); });
    if (needed[i]) wanted.insert(node.inputs.begin(), node.inputs.end());
  }
  return needed;
}

/// The axis of output channels of a weight, where all that read it agree on one.
class ChannelAxes {
 public:
  ChannelAxes(const RawGraph& graph, const std::vector<bool>& needed) {
    for (size_t i = 0; i < needed.size(); ++i) {
      for (size_t k = 0; needed[i] && k < graph.nodes[i].inputs.size(); ++k) note(graph.nodes[i], k);
    }
  }
  /// @return -1 for none
  [[nodiscard]] int of(const std::string& name, size_t rank) const {
    const auto found = axes_.find(name);
    if (found == axes_.end() || found->second.size() != 1) return -1;
    const int axis = *found->second.begin();
    return axis == last ? static_cast<int>(rank) - 1 : axis;
  }

 private:
  static constexpr int none = -1, last = -2;
  void note(const RawNode& node, size_t input) {
    int axis = none;
    if (node.opType == "Conv" && input == 1) axis = 0;
    if (node.opType == "Gemm" && input == 1) axis = node.transposesB ? 0 : 1;
    if (node.opType == "MatMul" && input == 1) axis = last;
    axes_[node.inputs[input]].insert(axis);
  }
  std::unordered_map<std::string, std::set<int>> axes_;
};

/// 0 where there are none, or more than a file can hold.
size_t elementsOf(const Shape& shape) {
  constexpr size_t most = size_t{1} << 31;
  size_t elements = 1;
  for (int64_t extent : shape) {
    if (extent <= 0 || static_cast<size_t>(extent) > most / elements) return 0;
    elements *= static_cast<size_t>(extent);
  }
  return elements;
}

/// Of a file in memory.
ByteView bytesOf(const RawData& raw) {
  const auto file = raw.part.source ? raw.part.source->inMemory() : std::nullopt;
  return file ? file->subspan(static_cast<size_t>(raw.part.offset), static_cast<size_t>(raw.part.length)) : ByteView();
}

struct Narrowed {
  std::string bytes;
  std::vector<float> scale;  // of i8
};

std::string halves(ByteView raw) {
  std::string bytes(raw.size() / 2, '\0');
  for (size_t i = 0; i < raw.size() / 4; ++i) {
    float value;
    std::memcpy(&value, raw.data() + 4 * i, sizeof(value));
    const uint16_t half = halfFromFloat(value);
    std::memcpy(bytes.data() + 2 * i, &half, sizeof(half));
  }
  return bytes;
}

/// Symmetric: round(w / scale) with scale = max |w| / 127 of each channel.
Narrowed integers(ByteView raw, const Shape& shape, size_t axis) {
  size_t inner = 1;
  for (size_t i = axis + 1; i < shape.size(); ++i) inner *= static_cast<size_t>(shape[i]);
  const auto channels = static_cast<size_t>(shape[axis]);
  std::vector<float> values(raw.size() / sizeof(float));
  std::memcpy(values.data(), raw.data(), values.size() * sizeof(float));
  Narrowed narrowed{std::string(values.size(), '\0'), std::vector<float>(channels, 0.0F)};
  const auto channelOf = [&](size_t i) { return i / inner % channels; };
  for (size_t i = 0; i < values.size(); ++i) {
    float& most = narrowed.scale[channelOf(i)];
    most = std::max(most, std::abs(values[i]));
  }
  for (float& scale : narrowed.scale) scale = scale > 0 ? scale / 127.0F : 1.0F;
  for (size_t i = 0; i < values.size(); ++i) {
    const float step = std::nearbyint(values[i] / narrowed.scale[channelOf(i)]);
    narrowed.bytes[i] = static_cast<char>(static_cast<int8_t>(std::clamp(step, -127.0F, 127.0F)));
  }
  return narrowed;
}

class Compactor {
 public:
  Compactor(const RawGraph& graph, CompactWeights weights, const std::vector<bool>& needed)
      : weights_(weights), axes_(graph, needed) {}

  /// @return whether the tensor is stored in another way; if not, it stays as it is
  Result<bool> store(const TensorMessage& tensor) {
    const size_t elements = elementsOf(tensor.dims);
    if (tensor.dataType != NumberType::float32 || tensor.dims.size() < 2 || elements < fewElements) return false;
    const ByteView raw = tensor.rawData ? bytesOf(*tensor.rawData) : ByteView();
    if (tensor.isExternal || raw.size() != elements * sizeof(float))
      return refused(ErrorCode::unsupportedDataType, "the weights " + quotedName(tensor.name) + " are not in its raw_data.");
    const int axis = weights_ == CompactWeights::i8 ? axes_.of(tensor.name, tensor.dims.size()) : -1;
    if (axis < 0) return storeHalves(tensor, raw);
    const Narrowed narrowed = integers(raw, tensor.dims, static_cast<size_t>(axis));
    Shape scaleShape(tensor.dims.size(), 1);
    scaleShape[static_cast<size_t>(axis)] = tensor.dims[static_cast<size_t>(axis)];
    std::string scale(narrowed.scale.size() * sizeof(float), '\0');
    std::memcpy(scale.data(), narrowed.scale.data(), scale.size());
    addTensor(tensor.name + "/i8", tensor.dims, int8Type, narrowed.bytes);
    addTensor(tensor.name + "/scale", scaleShape, floatType, scale);
    addNode("Cast", {tensor.name + "/i8"}, tensor.name + "/steps");
    addNode("Mul", {tensor.name + "/steps", tensor.name + "/scale"}, tensor.name);
    return true;
  }

  const std::vector<std::string>& nodes() const { return nodes_; }
  const std::vector<std::string>& tensors() const { return tensors_; }

 private:
  bool storeHalves(const TensorMessage& tensor, ByteView raw) {
    const std::string bytes = halves(raw);
    for (size_t i = 0; i < bytes.size(); i += 2) {
      if ((static_cast<uint8_t>(bytes[i + 1]) & 0x7c) == 0x7c) return false;  // beyond 65,504, or not finite before
    }
    addTensor(tensor.name + "/f16", tensor.dims, halfType, bytes);
    addNode("Cast", {tensor.name + "/f16"}, tensor.name);
    return true;
  }

  void addTensor(const std::string& name, const Shape& dims, int type, const std::string& bytes) {
    Writer writer(tensors_.emplace_back());
    writer.add_packed_int64(field::dims, dims.begin(), dims.end());
    writer.add_int32(field::dataType, type);
    writer.add_string(field::tensorName, name);
    writer.add_bytes(field::rawData, bytes);
  }

  void addNode(const char* opType, const std::vector<std::string>& inputs, const std::string& output) {
    Writer writer(nodes_.emplace_back());
    for (const std::string& input : inputs) writer.add_string(field::nodeInput, input);
    writer.add_string(field::nodeOutput, output);
    writer.add_string(field::nodeName, output + "/" + opType);
    writer.add_string(field::nodeOpType, opType);
    if (std::string_view(opType) != "Cast") return;
    Writer attribute(writer, field::nodeAttribute);
    attribute.add_string(field::attributeName, "to");
    attribute.add_int64(field::i, floatType);
    attribute.add_enum(field::kind, integerAttribute);
  }

  CompactWeights weights_;
  ChannelAxes axes_;
  std::vector<std::string> nodes_, tensors_;
};

void writeTap(Writer& graph, const std::string& tap) {
  Writer value(graph, field::output);
  value.add_string(field::valueName, tap);
  Writer type(value, field::valueType);
  Writer tensor(type, field::tensorType);
  tensor.add_int32(field::elementType, floatType);
}

/// @param graph  with the initializers' messages filled in
Result<std::string> writeGraph(const RawGraph& graph, const std::string& tap, CompactWeights weights) {
  std::set<std::string> wanted;
  if (!tap.empty()) wanted.insert(tap);
  for (protozero::data_view output : graph.outputs) {
    if (tap.empty()) wanted.insert(nameOfValue(output));
  }
  const std::vector<bool> needed = neededNodes(graph, wanted);
  if (std::ranges::find(needed, true) == needed.end())
    return Error{ErrorCode::tapNotFound, "The tensor " + quotedName(tap) + " is not computed by the network."};
  Compactor compactor(graph, weights, needed);
  std::string bytes;
  Writer writer(bytes);
  std::vector<protozero::data_view> kept;
  for (const RawTensor& tensor : graph.initializers) {
    if (!wanted.contains(tensor.message.name)) continue;
    PITH_ASSIGN_OR_RETURN(const bool isStored, compactor.store(tensor.message));
    if (!isStored) kept.push_back(tensor.bytes);
  }
  for (const std::string& node : compactor.nodes()) writer.add_message(field::node, node);
  for (size_t i = 0; i < needed.size(); ++i) {
    if (needed[i]) writer.add_message(field::node, graph.nodes[i].bytes);
  }
  writer.add_string(field::graphName, graph.name);
  for (const std::string& tensor : compactor.tensors()) writer.add_message(field::initializer, tensor);
  for (protozero::data_view tensor : kept) writer.add_message(field::initializer, tensor);
  std::set<std::string_view> names;
  for (const RawTensor& tensor : graph.initializers) names.insert(tensor.message.name);
  for (const auto& [input, name] : graph.inputs) {
    if (!names.contains(name)) writer.add_message(field::input, input);
  }
  for (protozero::data_view output : graph.outputs) {
    if (tap.empty()) writer.add_message(field::output, output);
  }
  if (!tap.empty()) writeTap(writer, tap);
  return bytes;
}

}  // namespace

std::string_view nameOf(CompactWeights weights) { return weights == CompactWeights::f16 ? "f16" : "i8"; }

std::optional<CompactWeights> compactWeightsFromName(std::string_view name) {
  for (const CompactWeights weights : {CompactWeights::f16, CompactWeights::i8}) {
    if (nameOf(weights) == name) return weights;
  }
  return std::nullopt;
}

Result<std::vector<uint8_t>> compactOnnx(ByteView onnxFile, const std::string& tap, CompactWeights weights,
                                         const Limits& limits) try {
  // What is written below comes from messages that were read here once, with all limits.
  MemorySource source(onnxFile);
  PITH_ASSIGN_OR_RETURN(ModelMessage message, readModel(source, limits, largeWeightBytes));
  std::string bytes;
  Writer writer(bytes);
  for (Reader reader(reinterpret_cast<const char*>(onnxFile.data()), onnxFile.size()); reader.next();) {
    if (reader.tag_and_type() != bytesField(field::graph)) {
      const auto tag = reader.tag();
      if (reader.wire_type() == protozero::pbf_wire_type::varint) {
        writer.add_uint64(tag, reader.get_uint64());
      } else if (reader.wire_type() == protozero::pbf_wire_type::length_delimited) {
        writer.add_bytes(tag, reader.get_view());
      } else {
        reader.skip();
      }
      continue;
    }
    PITH_ASSIGN_OR_RETURN(RawGraph graph, readGraph(reader.get_message()));
    if (graph.initializers.size() != message.initializers.size())
      return refused(ErrorCode::corruptModel, "it has several graphs.");
    for (size_t i = 0; i < graph.initializers.size(); ++i) graph.initializers[i].message = std::move(message.initializers[i]);
    PITH_ASSIGN_OR_RETURN(const std::string written, writeGraph(graph, tap, weights));
    writer.add_message(field::graph, written);
  }
  return std::vector<uint8_t>(bytes.begin(), bytes.end());
} catch (const protozero::exception&) {
  return Error{ErrorCode::corruptModel, "The model file is not a whole ONNX message."};
} catch (const std::bad_alloc&) {
  return Error{ErrorCode::outOfMemory, "There is not enough memory to make the model compact."};
}

}  // namespace pith

// SPDX-License-Identifier: Apache-2.0
#include "pith/onnx/wire.h"

#include <algorithm>
#include <charconv>

#include "pith/onnx/fields.h"
#include "pith/onnx/reader.h"

namespace pith::onnx {
namespace {

constexpr size_t maxRank = 8;

using Reader = WireReader;

constexpr int maxGraphDepth = 8;

/// What bounds the reading of tensors and graphs.
struct Bounds {
  size_t most;          // numbers in a list
  uint64_t largeBytes;  // tensors beyond this leave their numbers in the file
  size_t maxCount = 0;  // of each kind of message in all graphs together
  size_t nodes = 0, initializers = 0, inputs = 0, outputs = 0, attributes = 0, names = 0;  // read so far
  int graphDepth = 0;                                           // of the graph that is being read
};

/// @param share  how many there may be for each node that is allowed
void count(size_t& read, const char* what, const Bounds& bounds, size_t share = 1) {
  if (++read > bounds.maxCount * share)
    throw Refused{{ErrorCode::modelTooLarge, std::string("The network has more ") + what + " than the " +
                                                 std::to_string(bounds.maxCount * share) + " that are allowed."}};
}

/// Repeated numbers come packed, or one a field: both are legal on the wire.
template <typename T, typename One>
void appendNumbers(std::vector<T>& target, Reader& reader, One one, size_t most) {
  const auto add = [&](T value) {
    if (target.size() >= most)
      throw Refused{{ErrorCode::corruptModel, "A list of numbers is longer than its tensor allows."}};
    target.push_back(value);
  };
  if (reader.wire_type() != Reader::Type::length_delimited) return add(one(reader));
  for (Reader packed = reader.message(); !packed.isAtEnd();) add(one(packed));
}

template <typename T>
void appendVarints(std::vector<T>& target, Reader& reader, size_t most) {
  appendNumbers(target, reader, [](Reader& from) { return static_cast<T>(from.varint()); }, most);
}

/// Packed numbers of fixed size are read as one block.
template <typename T>
void appendFixed(std::vector<T>& target, Reader& reader, size_t most) {
  if (reader.wire_type() != Reader::Type::length_delimited)
    return appendNumbers(target, reader, [](Reader& from) { return from.fixed<T>(); }, most);
  Reader packed = reader.message();
  const uint64_t length = packed.part().length, count = length / sizeof(T);
  if (length % sizeof(T) != 0) throw protozero::invalid_length_exception{};
  if (count > most - target.size())
    throw Refused{{ErrorCode::corruptModel, "A list of numbers is longer than its tensor allows."}};
  const size_t before = target.size();
  target.resize(before + static_cast<size_t>(count));
  packed.copy({reinterpret_cast<uint8_t*>(target.data() + before), static_cast<size_t>(length)});
}

/// Numbers that the file does not name are ignored, as ONNX says of keys that a reader does not know.
int64_t wholeNumber(const std::string& digits) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size() || number < 0)
    throw Refused{{ErrorCode::corruptModel, "An external tensor has a place that is no whole number."}};
  return number;
}

void readExternalEntry(Reader reader, ExternalMessage& external) {
  std::string key, value;
  while (reader.next()) {
    if (reader.tag_and_type() == bytesField(field::entryKey)) {
      key = reader.text();
    } else if (reader.tag_and_type() == bytesField(field::entryValue)) {
      value = reader.text();
    } else {
      reader.skip();
    }
  }
  if (key == "location") external.location = value;
  if (key == "offset") external.offset = wholeNumber(value);
  if (key == "length") external.length = wholeNumber(value);
}

NumberType numberTypeOf(int32_t number) {
  const bool isKnown = number > 0 && number <= static_cast<int32_t>(NumberType::int2);
  return isKnown ? static_cast<NumberType>(number) : NumberType::undefined;
}

void readNumbers(Reader& reader, size_t most, TensorMessage& tensor) {
  switch (reader.tag_and_type()) {
    case fixed32Field(field::floatData):
    case bytesField(field::floatData):
      return appendFixed(tensor.floatData, reader, most);
    case varintField(field::int32Data):
    case bytesField(field::int32Data):
      return appendVarints(tensor.int32Data, reader, most);
    case varintField(field::int64Data):
    case bytesField(field::int64Data):
      return appendVarints(tensor.int64Data, reader, most);
    case fixed64Field(field::doubleData):
    case bytesField(field::doubleData):
      return appendFixed(tensor.doubleData, reader, most);
    case varintField(field::uint64Data):
    case bytesField(field::uint64Data):
      return appendVarints(tensor.uint64Data, reader, most);
    default:
      reader.skip();
  }
}

/// The later of two fields counts, as protobuf has it.
RawData readRaw(Reader reader, bool staysInFile) {
  RawData raw{reader.part(), {}};
  if (staysInFile) return raw;
  raw.bytes.resize(static_cast<size_t>(raw.part.length));
  reader.copy(raw.bytes);
  return raw;
}

TensorMessage readTensor(Reader reader, const Bounds& bounds) {
  TensorMessage tensor;
  tensor.isLarge = reader.part().length > bounds.largeBytes;
  if (tensor.isLarge) tensor.message = reader.part();
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case varintField(field::dims):
      case bytesField(field::dims):
        appendVarints(tensor.dims, reader, maxRank);
        break;
      case varintField(field::dataType):
        tensor.dataType = numberTypeOf(static_cast<int32_t>(reader.varint()));
        break;
      case bytesField(field::segment):
        throw Refused{
            {ErrorCode::corruptModel, "A tensor is stored in segments; only whole tensors are allowed."}};
      case bytesField(field::tensorName):
        tensor.name = reader.text();
        break;
      case bytesField(field::rawData):
        tensor.rawData = readRaw(reader.message(), tensor.isLarge);
        break;
      case bytesField(field::externalData):
        tensor.isExternal = true;
        readExternalEntry(reader.message(), tensor.external);
        break;
      case varintField(field::dataLocation):
        tensor.isExternal |= static_cast<int32_t>(reader.varint()) == 1;
        break;
      default:
        tensor.isLarge ? reader.skip() : readNumbers(reader, bounds.most, tensor);
    }
  }
  return tensor;
}

void readGraph(Reader reader, Bounds& bounds, GraphMessage& graph);

AttributeMessage readAttribute(Reader reader, Bounds& bounds) {
  AttributeMessage attribute;
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case bytesField(field::attributeName):
        attribute.name = reader.text();
        break;
      case fixed32Field(field::f):
        attribute.f = reader.fixed<float>();
        break;
      case varintField(field::i):
        attribute.i = static_cast<int64_t>(reader.varint());
        break;
      case bytesField(field::s):
        attribute.s = reader.text();
        break;
      case bytesField(field::t):
        attribute.t = readTensor(reader.message(), bounds);
        break;
      case fixed32Field(field::floats):
      case bytesField(field::floats):
        appendFixed(attribute.floats, reader, bounds.most);
        break;
      case varintField(field::ints):
      case bytesField(field::ints):
        appendVarints(attribute.ints, reader, bounds.most);
        break;
      case bytesField(field::subgraph):
        attribute.graphs.resize(1);
        readGraph(reader.message(), bounds, attribute.graphs[0]);
        break;
      default:
        reader.skip();
    }
  }
  return attribute;
}

NodeMessage readNode(Reader reader, Bounds& bounds) {
  NodeMessage node;
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case bytesField(field::nodeInput):
        count(bounds.names, "inputs and outputs of nodes", bounds, 4);
        node.inputs.push_back(reader.text());
        break;
      case bytesField(field::nodeOutput):
        count(bounds.names, "inputs and outputs of nodes", bounds, 4);
        node.outputs.push_back(reader.text());
        break;
      case bytesField(field::nodeName):
        node.name = reader.text();
        break;
      case bytesField(field::nodeOpType):
        node.opType = reader.text();
        break;
      case bytesField(field::nodeAttribute):
        count(bounds.attributes, "attributes", bounds, 2);
        node.attributes.push_back(readAttribute(reader.message(), bounds));
        break;
      case bytesField(field::nodeDomain):
        node.domain = reader.text();
        break;
      default:
        reader.skip();
    }
  }
  return node;
}

int64_t readDimension(Reader reader) {
  int64_t extent = -1;
  while (reader.next()) {
    if (reader.tag_and_type() == varintField(field::dimensionValue)) {
      extent = static_cast<int64_t>(reader.varint());
    } else {
      reader.skip();
    }
  }
  return extent > 0 ? extent : -1;
}

Shape readShape(Reader reader) {
  Shape shape;
  while (reader.next(bytesField(field::dimension))) {
    if (shape.size() >= maxRank) throw Refused{{ErrorCode::corruptModel, "A tensor has more than 8 axes."}};
    shape.push_back(readDimension(reader.message()));
  }
  return shape;
}

ValueMessage readValue(Reader reader) {
  ValueMessage value;
  while (reader.next()) {
    if (reader.tag_and_type() == bytesField(field::valueName)) {
      value.name = reader.text();
    } else if (reader.tag_and_type() == bytesField(field::valueType)) {
      Reader type = reader.message();
      while (type.next(bytesField(field::tensorType))) {
        Reader tensorType = type.message();
        while (tensorType.next()) {
          if (tensorType.tag_and_type() == varintField(field::elementType)) {
            value.elementType = numberTypeOf(static_cast<int32_t>(tensorType.varint()));
          } else if (tensorType.tag_and_type() == bytesField(field::shape)) {
            value.shape = readShape(tensorType.message());
          } else {
            tensorType.skip();
          }
        }
      }
    } else {
      reader.skip();
    }
  }
  return value;
}

/// A graph in several fields is the sum of them, as protobuf has it.
void readGraph(Reader reader, Bounds& bounds, GraphMessage& graph) {
  if (++bounds.graphDepth > maxGraphDepth)
    throw Refused{{ErrorCode::corruptModel, "Graphs are nested deeper than the 8 that are allowed."}};
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case bytesField(field::node):
        count(bounds.nodes, "nodes", bounds);
        graph.nodes.push_back(readNode(reader.message(), bounds));
        break;
      case bytesField(field::initializer):
        count(bounds.initializers, "initializers", bounds);
        graph.initializers.push_back(readTensor(reader.message(), bounds));
        break;
      case bytesField(field::input):
        count(bounds.inputs, "inputs", bounds);
        graph.inputs.push_back(readValue(reader.message()));
        break;
      case bytesField(field::output):
        count(bounds.outputs, "outputs", bounds);
        graph.outputs.push_back(readValue(reader.message()));
        break;
      case bytesField(field::sparseInitializer):
        throw Refused{{ErrorCode::unsupportedOperator,
                       "The network has sparse initializers; only dense ones are allowed."}};
      default:
        reader.skip();
    }
  }
  --bounds.graphDepth;
}

void readOpset(Reader reader, ModelMessage& model) {
  std::string domain;
  int64_t version = 0;
  while (reader.next()) {
    if (reader.tag_and_type() == bytesField(field::opsetDomain)) {
      domain = reader.text();
    } else if (reader.tag_and_type() == varintField(field::opsetVersion)) {
      version = static_cast<int64_t>(reader.varint());
    } else {
      reader.skip();
    }
  }
  if (domain.empty() || domain == "ai.onnx") model.opset = version;
}

Bounds boundsOf(const Limits& limits, uint64_t largeBytes) {
  return {.most = static_cast<size_t>(limits.maxTensorElements), .largeBytes = largeBytes,
          .maxCount = static_cast<size_t>(limits.maxNodes)};
}

ModelMessage readMessages(ModelSource& file, Bounds bounds) {
  ModelMessage model;
  model.largeBytes = bounds.largeBytes;
  bool hasGraph = false;
  Reader reader({&file, 0, file.sizeBytes()});
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case bytesField(field::graph):
        hasGraph = true;
        readGraph(reader.message(), bounds, model);
        break;
      case bytesField(field::opsetImport):
        readOpset(reader.message(), model);
        break;
      case bytesField(field::functions):
        throw Refused{{ErrorCode::unsupportedOperator,
                       "The model defines functions of its own; only ONNX's operators are allowed."}};
      default:
        reader.skip();
    }
  }
  if (!hasGraph)
    throw Refused{{ErrorCode::corruptModel, "The file holds no graph; an ONNX model is expected."}};
  return model;
}

/// What `read` returns, or why the bytes are refused.
template <typename Read>
auto guarded(const char* what, Read read) -> Result<decltype(read())> {
  try {
    return read();
  } catch (const Refused& refused) {
    return refused.error;
  } catch (const protozero::end_of_buffer_exception&) {
    return Error{ErrorCode::corruptModel, std::string(what) + ": it breaks off."};
  } catch (const protozero::exception&) {
    return Error{ErrorCode::corruptModel, std::string(what) + "."};
  }
}

}  // namespace

Result<ModelMessage> readModel(ModelSource& file, const Limits& limits, uint64_t largeBytes) {
  return guarded("The file is damaged or no ONNX file", [&] { return readMessages(file, boundsOf(limits, largeBytes)); });
}

Result<ModelMessage> readModel(ByteView file, const Limits& limits) {
  MemorySource source(file);
  return readModel(source, limits, UINT64_MAX);
}

Result<TensorMessage> readTensorFile(ByteView file, const Limits& limits) {
  MemorySource source(file);
  return guarded("The file holds no tensor",
                 [&] { return readTensor(Reader({&source, 0, file.size()}), boundsOf(limits, UINT64_MAX)); });
}

Status readLists(TensorMessage& message, const Limits& limits) {
  const auto read = guarded("The file is damaged or no ONNX file", [&] {
    for (Reader reader(message.message); reader.next();) readNumbers(reader, static_cast<size_t>(limits.maxTensorElements), message);
    return true;
  });
  return read ? Status() : Status(read.error());
}

}  // namespace pith::onnx

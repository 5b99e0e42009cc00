// SPDX-License-Identifier: Apache-2.0
#include "pith/model/onnx_wire.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>

#include "pith/model/onnx_fields.h"

namespace pith::onnx {
namespace {

constexpr size_t maxRank = 8;

/// A limit that was exceeded while reading; never leaves this file.
struct Refused {
  Error error;
};

std::string text(protozero::pbf_reader& reader) {
  const auto view = reader.get_view();
  return {view.data(), view.size()};
}

/// Repeated numbers come packed, or one a field: both are legal on the wire.
template <typename T, typename Packed, typename One>
void appendNumbers(std::vector<T>& target, protozero::pbf_reader& reader, Packed packed, One one,
                   size_t most) {
  const auto add = [&](T value) {
    if (target.size() >= most)
      throw Refused{{ErrorCode::corruptModel, "A list of numbers is longer than its tensor allows."}};
    target.push_back(value);
  };
  if (reader.wire_type() == protozero::pbf_wire_type::length_delimited) {
    for (auto value : (reader.*packed)()) add(value);
  } else {
    add((reader.*one)());
  }
}

using Reader = protozero::pbf_reader;

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
      key = text(reader);
    } else if (reader.tag_and_type() == bytesField(field::entryValue)) {
      value = text(reader);
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

TensorMessage readTensor(Reader reader, size_t most) {
  TensorMessage tensor;
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case varintField(field::dims):
      case bytesField(field::dims):
        appendNumbers(tensor.dims, reader, &Reader::get_packed_int64, &Reader::get_int64, maxRank);
        break;
      case varintField(field::dataType):
        tensor.dataType = numberTypeOf(reader.get_int32());
        break;
      case bytesField(field::segment):
        throw Refused{
            {ErrorCode::corruptModel, "A tensor is stored in segments; only whole tensors are allowed."}};
      case fixed32Field(field::floatData):
      case bytesField(field::floatData):
        appendNumbers(tensor.floatData, reader, &Reader::get_packed_float, &Reader::get_float, most);
        break;
      case varintField(field::int32Data):
      case bytesField(field::int32Data):
        appendNumbers(tensor.int32Data, reader, &Reader::get_packed_int32, &Reader::get_int32, most);
        break;
      case varintField(field::int64Data):
      case bytesField(field::int64Data):
        appendNumbers(tensor.int64Data, reader, &Reader::get_packed_int64, &Reader::get_int64, most);
        break;
      case bytesField(field::tensorName):
        tensor.name = text(reader);
        break;
      case bytesField(field::rawData): {
        const auto view = reader.get_view();
        tensor.rawData = asBytes({view.data(), view.size()});
        break;
      }
      case bytesField(field::externalData):
        tensor.isExternal = true;
        readExternalEntry(reader.get_message(), tensor.external);
        break;
      case fixed64Field(field::doubleData):
      case bytesField(field::doubleData):
        appendNumbers(tensor.doubleData, reader, &Reader::get_packed_double, &Reader::get_double, most);
        break;
      case varintField(field::uint64Data):
      case bytesField(field::uint64Data):
        appendNumbers(tensor.uint64Data, reader, &Reader::get_packed_uint64, &Reader::get_uint64, most);
        break;
      case varintField(field::dataLocation):
        tensor.isExternal |= reader.get_int32() == 1;
        break;
      default:
        reader.skip();
    }
  }
  return tensor;
}

AttributeMessage readAttribute(Reader reader, size_t most) {
  AttributeMessage attribute;
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case bytesField(field::attributeName):
        attribute.name = text(reader);
        break;
      case fixed32Field(field::f):
        attribute.f = reader.get_float();
        break;
      case varintField(field::i):
        attribute.i = reader.get_int64();
        break;
      case bytesField(field::s):
        attribute.s = text(reader);
        break;
      case bytesField(field::t):
        attribute.t = readTensor(reader.get_message(), most);
        break;
      case fixed32Field(field::floats):
      case bytesField(field::floats):
        appendNumbers(attribute.floats, reader, &Reader::get_packed_float, &Reader::get_float, most);
        break;
      case varintField(field::ints):
      case bytesField(field::ints):
        appendNumbers(attribute.ints, reader, &Reader::get_packed_int64, &Reader::get_int64, most);
        break;
      default:
        reader.skip();
    }
  }
  return attribute;
}

NodeMessage readNode(Reader reader, size_t most) {
  NodeMessage node;
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case bytesField(field::nodeInput):
        node.inputs.push_back(text(reader));
        break;
      case bytesField(field::nodeOutput):
        node.outputs.push_back(text(reader));
        break;
      case bytesField(field::nodeName):
        node.name = text(reader);
        break;
      case bytesField(field::nodeOpType):
        node.opType = text(reader);
        break;
      case bytesField(field::nodeAttribute):
        node.attributes.push_back(readAttribute(reader.get_message(), most));
        break;
      case bytesField(field::nodeDomain):
        node.domain = text(reader);
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
      extent = reader.get_int64();
    } else {
      reader.skip();
    }
  }
  return extent > 0 ? extent : -1;
}

Shape readShape(Reader reader) {
  Shape shape;
  while (reader.next(field::dimension, protozero::pbf_wire_type::length_delimited)) {
    if (shape.size() >= maxRank) throw Refused{{ErrorCode::corruptModel, "A tensor has more than 8 axes."}};
    shape.push_back(readDimension(reader.get_message()));
  }
  return shape;
}

ValueMessage readValue(Reader reader) {
  ValueMessage value;
  while (reader.next()) {
    if (reader.tag_and_type() == bytesField(field::valueName)) {
      value.name = text(reader);
    } else if (reader.tag_and_type() == bytesField(field::valueType)) {
      Reader type = reader.get_message();
      while (type.next(field::tensorType, protozero::pbf_wire_type::length_delimited)) {
        Reader tensorType = type.get_message();
        while (tensorType.next()) {
          if (tensorType.tag_and_type() == varintField(field::elementType)) {
            value.elementType = numberTypeOf(tensorType.get_int32());
          } else if (tensorType.tag_and_type() == bytesField(field::shape)) {
            value.shape = readShape(tensorType.get_message());
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

void readGraph(Reader reader, const Limits& limits, size_t most, ModelMessage& model) {
  const auto maxNodes = static_cast<size_t>(limits.maxNodes);
  const auto checkCount = [&](size_t count, const char* what) {
    if (count >= maxNodes)
      throw Refused{{ErrorCode::modelTooLarge, std::string("The network has more ") + what + " than the " +
                                                   std::to_string(maxNodes) + " that are allowed."}};
  };
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case bytesField(field::node):
        checkCount(model.nodes.size(), "nodes");
        model.nodes.push_back(readNode(reader.get_message(), most));
        break;
      case bytesField(field::initializer):
        checkCount(model.initializers.size(), "initializers");
        model.initializers.push_back(readTensor(reader.get_message(), most));
        break;
      case bytesField(field::input):
        checkCount(model.inputs.size(), "inputs");
        model.inputs.push_back(readValue(reader.get_message()));
        break;
      case bytesField(field::output):
        checkCount(model.outputs.size(), "outputs");
        model.outputs.push_back(readValue(reader.get_message()));
        break;
      case bytesField(field::sparseInitializer):
        throw Refused{{ErrorCode::unsupportedOperator,
                       "The network has sparse initializers; only dense ones are allowed."}};
      default:
        reader.skip();
    }
  }
}

void readOpset(Reader reader, ModelMessage& model) {
  std::string domain;
  int64_t version = 0;
  while (reader.next()) {
    if (reader.tag_and_type() == bytesField(field::opsetDomain)) {
      domain = text(reader);
    } else if (reader.tag_and_type() == varintField(field::opsetVersion)) {
      version = reader.get_int64();
    } else {
      reader.skip();
    }
  }
  if (domain.empty() || domain == "ai.onnx") model.opset = version;
}

ModelMessage readMessages(ByteView file, const Limits& limits) {
  ModelMessage model;
  bool hasGraph = false;
  Reader reader(reinterpret_cast<const char*>(file.data()), file.size());
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case bytesField(field::graph):
        hasGraph = true;
        readGraph(reader.get_message(), limits, static_cast<size_t>(limits.maxTensorElements), model);
        break;
      case bytesField(field::opsetImport):
        readOpset(reader.get_message(), model);
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

Error badPayload(const TensorMessage& message, size_t found, int64_t expected) {
  return {ErrorCode::corruptModel, "Tensor " + quotedName(message.name) + " of shape " +
                                       shapeText(message.dims) + " holds " + std::to_string(found) +
                                       " values; " + std::to_string(expected) + " are expected."};
}

constexpr size_t storedBytes(size_t count, int bits) { return (count * static_cast<size_t>(bits) + 7) / 8; }

/// The bits of every element, from raw bytes (little-endian; parts of a byte from the lowest bit up).
template <typename Put>
Status readRaw(const TensorMessage& message, size_t count, Put put) {
  const ByteView raw = *message.rawData;
  const int bits = numberBits(message.dataType);
  if (raw.size() != storedBytes(count, bits))
    return badPayload(message, raw.size() * 8 / static_cast<size_t>(bits), static_cast<int64_t>(count));
  for (size_t i = 0; i < count; ++i) {
    uint64_t value = 0;
    if (bits < 8) {
      const size_t at = i * static_cast<size_t>(bits);
      value = (raw[at / 8] >> (at % 8)) & ((1U << bits) - 1U);
    } else {
      std::memcpy(&value, raw.data() + i * static_cast<size_t>(bits / 8), static_cast<size_t>(bits / 8));
    }
    put(value);
  }
  return {};
}

/// The bits of every element, from the list of numbers that the type uses.
template <typename Put>
Status readTyped(const TensorMessage& message, size_t count, Put put) {
  const auto read = [&](const auto& numbers, auto bitsOf) -> Status {
    if (numbers.size() != count) return badPayload(message, numbers.size(), static_cast<int64_t>(count));
    for (auto number : numbers) put(bitsOf(number));
    return {};
  };
  const int bits = numberBits(message.dataType);
  switch (message.dataType) {
    case NumberType::float32:
      return read(message.floatData, [](float number) { return uint64_t{std::bit_cast<uint32_t>(number)}; });
    case NumberType::float64:
      return read(message.doubleData, [](double number) { return std::bit_cast<uint64_t>(number); });
    case NumberType::int64:
      return read(message.int64Data, [](int64_t number) { return static_cast<uint64_t>(number); });
    case NumberType::uint32:
    case NumberType::uint64:
      return read(message.uint64Data, [](uint64_t number) { return number; });
    default:
      break;
  }
  if (bits >= 8) return read(message.int32Data, [](int32_t number) { return static_cast<uint64_t>(number); });
  if (message.int32Data.size() != storedBytes(count, bits))
    return badPayload(message, message.int32Data.size(), static_cast<int64_t>(count));
  for (size_t i = 0; i < count; ++i) {
    const size_t at = i * static_cast<size_t>(bits);
    put((static_cast<uint32_t>(message.int32Data[at / 8]) >> (at % 8)) & ((1U << bits) - 1U));
  }
  return {};
}

Status readPayload(const TensorMessage& message, int64_t count, Tensor& tensor) {
  const NumberType type = message.dataType;
  if (numberBits(type) == 0) {
    return Error{ErrorCode::unsupportedDataType,
                 "Tensor " + quotedName(message.name) + " holds elements of type " +
                     std::string(numberTypeName(type)) + "; numbers and truth values are allowed."};
  }
  const auto elements = static_cast<size_t>(count);
  if (type == NumberType::float32 && message.rawData && message.rawData->size() == elements * sizeof(float)) {
    tensor.floats.resize(elements);
    if (elements > 0) std::memcpy(tensor.floats.data(), message.rawData->data(), elements * sizeof(float));
    return {};
  }
  bool fits = true;
  const auto put = [&](uint64_t bits) {
    if (isHeldAsInteger(type)) {
      tensor.integers.push_back(wrappedTo(type, static_cast<int64_t>(bits)));
    } else if (type == NumberType::float64) {
      const auto wide = std::bit_cast<double>(bits);
      tensor.floats.push_back(static_cast<float>(wide));
      fits = fits && (std::isnan(wide) || double{tensor.floats.back()} == wide);
    } else {
      const int width = numberBits(type);
      tensor.floats.push_back(floatFromBits(type, static_cast<uint32_t>(bits & ((uint64_t{1} << width) - 1))));
    }
  };
  PITH_RETURN_IF_ERROR(message.rawData ? readRaw(message, elements, put) : readTyped(message, elements, put));
  if (fits) return {};
  return Error{ErrorCode::unsupportedDataType,
               "Tensor " + quotedName(message.name) + " holds float64 numbers that float32 does not have."};
}

}  // namespace

Result<ModelMessage> readModel(ByteView file, const Limits& limits) {
  try {
    return readMessages(file, limits);
  } catch (const Refused& refused) {
    return refused.error;
  } catch (const protozero::exception& exception) {
    return Error{ErrorCode::corruptModel,
                 std::string("The file is damaged or no ONNX file: ") + exception.what() + "."};
  }
}

Result<TensorMessage> readTensorFile(ByteView file, const Limits& limits) {
  try {
    return readTensor(Reader(reinterpret_cast<const char*>(file.data()), file.size()),
                      static_cast<size_t>(limits.maxTensorElements));
  } catch (const Refused& refused) {
    return refused.error;
  } catch (const protozero::exception& exception) {
    return Error{ErrorCode::corruptModel, std::string("The file holds no tensor: ") + exception.what() + "."};
  }
}

Result<Tensor> toConstant(const TensorMessage& message, const Limits& limits, bool mayHoldNan) {
  const auto count = elementCount(message.dims, limits);
  if (!count) {
    return Error{ErrorCode::modelTooLarge, "Tensor " + quotedName(message.name) + " has shape " +
                                               shapeText(message.dims) + "; at most " +
                                               std::to_string(limits.maxTensorElements) +
                                               " elements are allowed, and no negative extent."};
  }
  Tensor tensor;
  tensor.name = message.name;
  tensor.shape = message.dims;
  tensor.isConstant = true;
  tensor.element = message.dataType;
  tensor.type = isHeldAsInteger(message.dataType) ? DataType::int64 : DataType::float32;
  PITH_RETURN_IF_ERROR(readPayload(message, *count, tensor));
  const auto isNan = [](float value) { return std::isnan(value); };
  if (!mayHoldNan && std::ranges::any_of(tensor.floats, isNan)) {
    return Error{ErrorCode::corruptModel,
                 "Tensor " + quotedName(message.name) + " holds a value that is not a number."};
  }
  return tensor;
}

}  // namespace pith::onnx

// SPDX-License-Identifier: Apache-2.0
#include "pith/tflite/tensors.h"

#include <fp16.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "pith/model/json_text.h"

namespace pith::tflite {
namespace {

constexpr size_t mostAxes = 6;  // XNNPACK knows no more

/// Names are for messages and taps; a file could repeat one long name for every tensor.
constexpr size_t longestName = 512;

/// The order of elements in the graph: for rank 4, channels before rows.
template <typename T>
std::vector<T> inGraphOrder(std::vector<T> values, const Shape& fileShape) {
  if (fileShape.size() != 4 || fileShape[3] == 1 || fileShape[1] * fileShape[2] == 1) return values;
  const auto n = [&](size_t i) { return static_cast<size_t>(fileShape[i]); };
  const size_t places = n(1) * n(2), channels = n(3);
  std::vector<T> ordered(values.size());
  for (size_t b = 0; b < n(0); ++b) {
    const size_t first = b * places * channels;
    for (size_t p = 0; p < places; ++p) {
      for (size_t c = 0; c < channels; ++c)
        ordered[first + c * places + p] = values[first + p * channels + c];
    }
  }
  return ordered;
}

template <typename T>
std::vector<T> inFileOrder(const std::vector<T>& values, const Shape& fileShape) {
  // What is [places, channels] in the file is [channels, places] in the graph, so the way back is the same
  // with the two exchanged.
  if (fileShape.size() != 4) return values;
  return inGraphOrder(values, {fileShape[0], fileShape[3], 1, fileShape[1] * fileShape[2]});
}

/// A flatbuffer's bytes need not be aligned.
template <typename T>
std::vector<T> numbersOf(ByteView bytes) {
  std::vector<T> numbers(bytes.size() / sizeof(T));
  std::memcpy(numbers.data(), bytes.data(), bytes.size());
  return numbers;
}

}  // namespace

Shape toGraphShape(const Shape& shape) {
  if (shape.size() != 4) return shape;
  return {shape[0], shape[3], shape[1], shape[2]};
}

Shape toFileShape(const Shape& shape) {
  if (shape.size() != 4) return shape;
  return {shape[0], shape[2], shape[3], shape[1]};
}

int64_t toGraphAxis(int64_t axis, size_t rank) {
  constexpr std::array<int64_t, 4> graphAxes{0, 2, 3, 1};
  return rank == 4 ? graphAxes[static_cast<size_t>(axis)] : axis;
}

int64_t toFileAxis(int64_t axis, size_t rank) {
  constexpr std::array<int64_t, 4> fileAxes{0, 3, 1, 2};
  return rank == 4 ? fileAxes[static_cast<size_t>(axis)] : axis;
}

Tensors::Tensors(const file::Model& model, const Limits& limits)
    : model_(model),
      subgraph_(*model.subgraphs()->Get(0)),
      limits_(limits),
      made_(subgraph_.tensors()->size()) {}

const file::Tensor& Tensors::message(int32_t index) const {
  return *subgraph_.tensors()->Get(static_cast<uint32_t>(index));
}

bool Tensors::isConstant(int32_t index) const {
  const TensorId id = made(index);
  if (id != noTensor) return graph_.tensor(id).isConstant;
  const uint32_t at = message(index).buffer();
  if (at >= model_.buffers()->size()) return false;
  const file::Buffer* buffer = model_.buffers()->Get(at);
  return buffer->offset() > 1 || (buffer->data() && buffer->data()->size() > 0);
}

std::string Tensors::name(int32_t index) const {
  const auto* text = message(index).name();
  return text ? std::string(text->string_view().substr(0, longestName)) : "#" + std::to_string(index);
}

Shape Tensors::fileShape(int32_t index) const {
  const TensorId id = made(index);
  if (id != noTensor) return toFileShape(graph_.tensor(id).shape);
  const auto* shape = message(index).shape();
  // XNNPACK knows six dimensions at most; a longer shape is refused by whoever needs its numbers.
  return shape ? Shape(shape->begin(), shape->end()) : Shape{};
}

bool Tensors::hasFixedShape(int32_t index) const {
  const file::Tensor& tensor = message(index);
  // A shape of no axes is that of a single number, or of a tensor whose shape the file does not know.
  if (!tensor.shape() || tensor.shape()->size() == 0 || hasOpenInput_ || block(index) != noBlock) return false;
  const auto isOpen = [](int32_t extent) { return extent < 0; };
  const auto* signature = tensor.shape_signature();
  return std::none_of(tensor.shape()->begin(), tensor.shape()->end(), isOpen) &&
         (!signature || std::none_of(signature->begin(), signature->end(), isOpen));
}

Error Tensors::corrupt(int32_t index, const std::string& what) const {
  return {ErrorCode::corruptModel, "The tensor " + quotedName(name(index)) + " " + what + "."};
}

Result<Tensor> Tensors::described(int32_t index) const {
  const file::Tensor& message = this->message(index);
  Tensor tensor;
  tensor.name = name(index);
  if (message.sparsity()) {
    return Error{ErrorCode::unsupportedDataType,
                 "The tensor " + quotedName(tensor.name) + " is sparse; dense ones are allowed."};
  }
  switch (message.type()) {
    case file::ElementType::float32:
    case file::ElementType::float16:
      return tensor;
    case file::ElementType::int32:
    case file::ElementType::int64:
      tensor.type = DataType::int64;
      tensor.element = message.type() == file::ElementType::int32 ? NumberType::int32 : NumberType::int64;
      return tensor;
    case file::ElementType::int8:
    case file::ElementType::uint8: {
      tensor.type = message.type() == file::ElementType::int8 ? DataType::int8 : DataType::uint8;
      PITH_ASSIGN_OR_RETURN(tensor.quantization, quantization(index, tensor.type));
      return tensor;
    }
  }
  return Error{ErrorCode::unsupportedDataType,
               "The tensor " + quotedName(tensor.name) + " is of TensorFlow Lite's type " +
                   std::to_string(static_cast<int>(message.type())) +
                   "; float32, float16, int8, uint8, int32 and int64 are allowed."};
}

Result<Quantization> Tensors::quantization(int32_t index, DataType type) const {
  const file::Quantization* message = this->message(index).quantization();
  if (!message || !message->scale() || message->scale()->size() == 0 || message->details_type() != 0) {
    return Error{ErrorCode::unsupportedDataType, "The tensor " + quotedName(name(index)) +
                                                     " holds 8-bit integers without a scale; a scale and a "
                                                     "zero point are allowed."};
  }
  const auto scales = message->scale()->size();
  const Shape shape = fileShape(index);
  if (scales > 1 && std::ranges::find(shape, static_cast<int64_t>(scales)) == shape.end())
    return corrupt(index, "has as many scales as no axis of it has places");
  Quantization result;
  result.scales.assign(message->scale()->begin(), message->scale()->end());
  for (float scale : result.scales) {
    if (!std::isnormal(scale) || scale <= 0.0F)
      return corrupt(index, "has the scale " + numberText(scale) + "; a positive number is allowed");
  }
  const auto* points = message->zero_point();
  if (points && points->size() > 0 && points->size() != result.scales.size())
    return corrupt(index, "has " + std::to_string(result.scales.size()) + " scales and " +
                              std::to_string(points->size()) + " zero points");
  const int64_t lowest = type == DataType::int8 ? -128 : 0;
  int64_t first = 0;
  for (uint32_t i = 0; points && i < points->size(); ++i) {
    // The Verifier sees to it that a vector's length is aligned, which is not enough for numbers of eight bytes behind it.
    int64_t point = 0;
    std::memcpy(&point, points->Data() + size_t{i} * sizeof(point), sizeof(point));
    if (i == 0) first = point;
    if (point < lowest || point > lowest + 255)
      return corrupt(index, "has the zero point " + std::to_string(point) + "; " + std::to_string(lowest) +
                                " to " + std::to_string(lowest + 255) + " is allowed");
    if (point != first) {
      return Error{ErrorCode::unsupportedDataType,
                   "The tensor " + quotedName(name(index)) + " has several zero points; one is allowed."};
    }
    result.zeroPoint = static_cast<int32_t>(point);
  }
  return result;
}

Result<ByteView> Tensors::payload(int32_t index, size_t elementBytes, int64_t elements) const {
  const uint32_t at = message(index).buffer();
  if (at >= model_.buffers()->size())
    return corrupt(
        index, "names the buffer " + std::to_string(at) + " of " + std::to_string(model_.buffers()->size()));
  const file::Buffer* buffer = model_.buffers()->Get(at);
  if (buffer->offset() > 1) {
    return Error{ErrorCode::unsupportedDataType, "The tensor " + quotedName(name(index)) +
                                                     " lies behind the file's structure; buffers inside it "
                                                     "are allowed."};
  }
  const size_t size = buffer->data() ? buffer->data()->size() : 0;
  if (size != static_cast<size_t>(elements) * elementBytes)
    return corrupt(index, "has " + std::to_string(size) + " bytes; its shape " + shapeText(fileShape(index)) +
                              " needs " + std::to_string(static_cast<size_t>(elements) * elementBytes));
  return ByteView{buffer->data()->data(), size};
}

Result<TensorId> Tensors::constant(int32_t index) {
  if (made(index) != noTensor) return made(index);
  const Shape shape = fileShape(index);
  PITH_ASSIGN_OR_RETURN(Tensor tensor, described(index));
  const auto elements = shape.size() <= mostAxes ? elementCount(shape, limits_) : std::nullopt;
  if (!elements) {
    return Error{ErrorCode::modelTooLarge, "The tensor " + quotedName(tensor.name) + " has shape " +
                                               shapeText(shape) + "; at most 6 axes and " +
                                               std::to_string(limits_.maxTensorElements) +
                                               " elements are allowed."};
  }
  tensor.shape = toGraphShape(shape);
  const file::ElementType type = message(index).type();
  if (type == file::ElementType::float32) {
    PITH_ASSIGN_OR_RETURN(const ByteView bytes, payload(index, 4, *elements));
    tensor.floats = inGraphOrder(numbersOf<float>(bytes), shape);
  } else if (type == file::ElementType::float16) {
    PITH_ASSIGN_OR_RETURN(const ByteView bytes, payload(index, 2, *elements));
    for (uint16_t half : numbersOf<uint16_t>(bytes)) tensor.floats.push_back(fp16_ieee_to_fp32_value(half));
    tensor.floats = inGraphOrder(std::move(tensor.floats), shape);
  } else if (tensor.type == DataType::int64) {
    PITH_ASSIGN_OR_RETURN(tensor.integers, integers(index));
    tensor.integers = inGraphOrder(std::move(tensor.integers), shape);
  } else {
    PITH_ASSIGN_OR_RETURN(const ByteView bytes, payload(index, 1, *elements));
    tensor.bytes = inGraphOrder(numbersOf<uint8_t>(bytes), shape);
  }
  for (float number : tensor.floats) {
    if (!std::isfinite(number)) return corrupt(index, "holds a number that is not finite");
  }
  PITH_ASSIGN_OR_RETURN(const TensorId id, addConstant(std::move(tensor)));
  setMade(index, id);
  return id;
}

Result<std::vector<int64_t>> Tensors::integers(int32_t index) const {
  const TensorId id = made(index);
  if (id != noTensor && graph_.tensor(id).isConstant && graph_.tensor(id).type == DataType::int64)
    return graph_.tensor(id).integers;
  const file::ElementType type = message(index).type();
  const bool isWide = type == file::ElementType::int64;
  if (!isConstant(index) || !(isWide || type == file::ElementType::int32)) {
    return Error{ErrorCode::unsupportedShape,
                 "The tensor " + quotedName(name(index)) + " must be constant whole numbers."};
  }
  const Shape shape = fileShape(index);
  const auto elements = elementCount(shape, limits_);
  if (!elements) return corrupt(index, "has shape " + shapeText(shape));
  PITH_ASSIGN_OR_RETURN(const ByteView bytes, payload(index, isWide ? 8 : 4, *elements));
  if (isWide) return numbersOf<int64_t>(bytes);
  const auto narrow = numbersOf<int32_t>(bytes);
  return std::vector<int64_t>(narrow.begin(), narrow.end());
}

Result<TensorId> Tensors::addConstant(Tensor constant) {
  constant.isConstant = true;
  constantElements_ += static_cast<int64_t>(constant.floats.size() + constant.integers.size() +
                                            constant.bytes.size() + constant.biases.size() +
                                            (constant.quantization ? constant.quantization->scales.size() : 0));
  if (constantElements_ > limits_.maxTensorElements) {
    return Error{ErrorCode::modelTooLarge, "The constants of the network have more than the " +
                                               std::to_string(limits_.maxTensorElements) +
                                               " elements that are allowed together."};
  }
  return graph_.addTensor(std::move(constant));
}

Status Tensors::keepTable(int64_t entries) {
  if (entries > maxTableEntries - tableEntries_) {
    return Error{ErrorCode::modelTooLarge, "The tables of the network's nodes have more than the " + std::to_string(maxTableEntries) +
                                               " entries that are allowed together."};
  }
  tableEntries_ += entries;
  return {};
}

Status Tensors::reserveFolding(std::optional<int64_t> operations) {
  if (!operations || *operations > limits_.maxTensorElements - foldingOperations_)
    return Error{ErrorCode::modelTooLarge, "Computing the constants of the network takes too long."};
  foldingOperations_ += *operations;
  return {};
}

Result<TensorId> Tensors::reshapedConstant(TensorId id, const Shape& shape) {
  if (shape.size() > mostAxes) return Error{ErrorCode::unsupportedShape, "A constant would have more than 6 axes, which are allowed at most."};
  Tensor constant = graph_.tensor(id);
  const Shape old = toFileShape(constant.shape);
  if (old == shape) return id;
  const auto recut = [&](auto& values) {
    if (!values.empty()) values = inGraphOrder(inFileOrder(values, old), shape);
  };
  recut(constant.floats);
  recut(constant.integers);
  recut(constant.bytes);
  constant.shape = toGraphShape(shape);
  return addConstant(std::move(constant));
}

Result<TensorId> Tensors::dequantized(TensorId id, size_t axis) {
  const Tensor& constant = graph_.tensor(id);
  const Quantization& quantization = *constant.quantization;
  const auto channels = static_cast<size_t>(constant.shape.empty() ? 1 : constant.shape[axis]);
  if (quantization.isPerChannel() && quantization.scales.size() != channels) {
    return Error{ErrorCode::corruptModel, "The tensor " + quotedName(constant.name) + " has " +
                                              std::to_string(quantization.scales.size()) + " scales for " +
                                              std::to_string(channels) + " channels."};
  }
  size_t inner = 1;
  for (size_t i = axis + 1; i < constant.shape.size(); ++i) inner *= static_cast<size_t>(constant.shape[i]);
  Tensor numbers;
  numbers.name = constant.name;
  numbers.shape = constant.shape;
  for (size_t i = 0; i < constant.bytes.size(); ++i) {
    const uint8_t byte = constant.bytes[i];
    const int32_t integer = constant.type == DataType::int8 ? static_cast<int8_t>(byte) : int32_t{byte};
    const float scale = quantization.scales[quantization.isPerChannel() ? i / inner % channels : 0];
    numbers.floats.push_back(static_cast<float>(integer - quantization.zeroPoint) * scale);
  }
  return addConstant(std::move(numbers));
}

}  // namespace pith::tflite

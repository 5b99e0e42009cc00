// SPDX-License-Identifier: Apache-2.0
/// @file Operators whose result is known at load: constants, and the arithmetic on shapes that exporters
/// leave behind; and casts.
#include <algorithm>
#include <cmath>

#include "pith/onnx/operators.h"
#include "pith/plain/walk.h"

namespace pith::onnx {
namespace {

Tensor like(const Shape& shape, NumberType element) {
  Tensor tensor;
  tensor.shape = shape;
  tensor.element = element;
  tensor.type = isHeldAsInteger(element) ? DataType::int64 : DataType::float32;
  return tensor;
}

/// Whether every value of one float type is a value of another.
bool isWithin(NumberType from, NumberType to) {
  if (from == to || to == NumberType::float64) return true;
  if (to == NumberType::float32) return from != NumberType::float64;
  const bool isNarrow = numberBits(from) <= 8 && from != NumberType::float8e8m0;
  return isNarrow && (to == NumberType::float16 || to == NumberType::bfloat16);
}

Result<int64_t> wholeOf(const OperatorImport& node, float value, NumberType to) {
  if (to == NumberType::boolean) return value != 0.0F ? 1 : 0;
  const float truncated = std::trunc(value);
  if (!(std::abs(truncated) < 9.2e18F)) return node.unsupportedOperator("a number that is cast has no whole number");
  const auto whole = static_cast<int64_t>(truncated);
  if (numberBits(to) >= 64) {
    if (to == NumberType::uint64 && whole < 0) return node.unsupportedOperator("a number that is cast is negative");
    return whole;
  }
  const IntegerRange range = integerRange(to);
  if (numberBits(to) < 8) return wrappedTo(to, whole);
  if (whole < range.low || whole > range.high) return node.unsupportedOperator("a number that is cast does not fit its type");
  return whole;
}

Result<TensorId> castTo(OperatorImport& node, TensorId id, NumberType to, bool saturate) {
  const Tensor& from = node.tensor(id);
  if (from.element == to) return id;
  if (!isHeldAsFloat(to) && !isHeldAsInteger(to))
    return node.unsupportedOperator("casts to " + std::string(numberTypeName(to)) + " are not supported");
  if (from.type == DataType::float32 && isHeldAsFloat(to)) {
    if (isWithin(from.element, to)) return node.add(Op::identity, {}, {id}, Shape(from.shape), to);
    if (to == NumberType::float8e8m0) return node.unsupportedOperator("casts to float8e8m0 are not supported");
    UnaryAttributes round;
    round.kind = UnaryKind::roundTo;
    round.to = to;
    round.saturate = saturate;
    return node.add(Op::unary, round, {id}, Shape(from.shape), to);
  }
  if (!from.isConstant) return node.unsupportedOperator("whole numbers are supported only where they are constant");
  PITH_RETURN_IF_ERROR(node.reserveFolded(static_cast<int64_t>(from.floats.size() + from.integers.size())));
  Tensor result = like(from.shape, to);
  for (float value : from.floats) {
    PITH_ASSIGN_OR_RETURN(const int64_t whole, wholeOf(node, value, to));
    result.integers.push_back(whole);
  }
  for (int64_t value : from.integers) {
    if (result.type == DataType::int64) {
      result.integers.push_back(wrappedTo(to, value));
      continue;
    }
    const float wide = from.element == NumberType::uint64 ? static_cast<float>(static_cast<uint64_t>(value)) : static_cast<float>(value);
    result.floats.push_back(roundedTo(to, wide, saturate));
  }
  return node.addConstant(std::move(result));
}

using Compare = bool (*)(double a, double b);

/// For numbers up to 2^53, which shapes are.
Compare comparison(std::string_view name) {
  if (name == "Equal") return [](double a, double b) { return a == b; };
  if (name == "Greater") return [](double a, double b) { return a > b; };
  if (name == "GreaterOrEqual") return [](double a, double b) { return a >= b; };
  if (name == "Less") return [](double a, double b) { return a < b; };
  if (name == "LessOrEqual") return [](double a, double b) { return a <= b; };
  if (name == "And") return [](double a, double b) { return a != 0 && b != 0; };
  if (name == "Or") return [](double a, double b) { return a != 0 || b != 0; };
  if (name == "Xor") return [](double a, double b) { return (a != 0) != (b != 0); };
  return nullptr;
}

Result<int64_t> modulus(const OperatorImport& node, bool truncates, int64_t a, int64_t b) {
  if (b == 0 || b == -1) return b == 0 ? Result<int64_t>(node.corrupt("it divides by 0")) : Result<int64_t>(0);
  const int64_t rest = a % b;
  return !truncates && rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

}  // namespace

Status importCast(OperatorImport& node) {
  const bool saturate = node.intAttribute("saturate", 1) != 0;
  const bool takesType = node.opType() == "CastLike";
  if (takesType && !node.hasInput(1)) return node.corrupt("its type is missing");
  const int64_t number = node.intAttribute("to", 0);
  if (!takesType && (number < 1 || number > static_cast<int64_t>(NumberType::int2)))
    return node.unsupportedOperator("casts to type " + std::to_string(number) + " are not supported");
  return node.give(castTo(node, node.inputId(0), takesType ? node.input(1).element : static_cast<NumberType>(number), saturate));
}

Status importCompare(OperatorImport& node) {
  const bool isNot = node.opType() == "Not", isModulus = node.opType() == "Mod", truncates = node.intAttribute("fmod", 0) != 0;
  const Tensor& a = node.input(0);
  const Tensor& b = isNot ? a : node.input(1);
  if (!a.isConstant || !b.isConstant || a.type != b.type || (isModulus && a.type != DataType::int64) || a.element == NumberType::uint64)
    return node.unsupportedOperator("it is supported only where it is constant");
  PITH_ASSIGN_OR_RETURN(const Shape shape, node.broadcast(a.shape, b.shape));
  const auto count = elementCount(shape, node.limits());
  if (!count) return node.corrupt("its result is too large");
  PITH_RETURN_IF_ERROR(node.reserveFolded(*count));
  const Compare compare = comparison(node.opType());
  Tensor result = like(shape, isModulus ? a.element : NumberType::boolean);
  result.integers.resize(static_cast<size_t>(*count));
  const auto to = plain::rowMajor(shape);
  const auto left = plain::broadcastStrides(a.shape, plain::rowMajor(a.shape), shape);
  const auto right = plain::broadcastStrides(b.shape, plain::rowMajor(b.shape), shape);
  const auto valueOf = [](const Tensor& tensor, int64_t at) {
    const auto i = static_cast<size_t>(at);
    return tensor.type == DataType::int64 ? static_cast<double>(tensor.integers[i]) : double{tensor.floats[i]};
  };
  plain::Walk walk(shape, {&to, &left, &right});
  do {
    for (int64_t i = 0; i < walk.length(); ++i) {
      const int64_t p = walk.offset(1) + i * walk.step(1), q = walk.offset(2) + i * walk.step(2);
      int64_t& value = result.integers[static_cast<size_t>(walk.offset(0) + i * walk.step(0))];
      if (isModulus) {
        PITH_ASSIGN_OR_RETURN(value, modulus(node, truncates, a.integers[static_cast<size_t>(p)], b.integers[static_cast<size_t>(q)]));
      } else {
        value = isNot ? valueOf(a, p) == 0 : compare(valueOf(a, p), valueOf(b, q));
      }
    }
  } while (walk.next());
  return node.fold(std::move(result));
}

Status importConstant(OperatorImport& node) {
  Tensor constant;
  if (const auto* value = node.attribute("value"); value && value->t) {
    if (value->t->isExternal) return node.unsupportedOperator("its value lies in another file");
    PITH_ASSIGN_OR_RETURN(constant, toConstant(*value->t, node.limits()));
  } else if (const auto* one = node.attribute("value_float")) {
    constant.floats = {one->f};
  } else if (const auto* list = node.attribute("value_floats")) {
    constant.floats = list->floats;
    constant.shape = {static_cast<int64_t>(list->floats.size())};
  } else if (const auto* integer = node.attribute("value_int")) {
    constant = like({}, NumberType::int64);
    constant.integers = {integer->i};
  } else if (const auto* integers = node.attribute("value_ints")) {
    constant = like({static_cast<int64_t>(integers->ints.size())}, NumberType::int64);
    constant.integers = integers->ints;
  } else {
    return node.unsupportedOperator("it holds no tensor and no numbers");
  }
  return node.fold(std::move(constant));
}

Status importConstantOfShape(OperatorImport& node) {
  PITH_ASSIGN_OR_RETURN(const Shape shape, node.intsFrom(0, ""));
  const auto count = elementCount(shape, node.limits());
  if (!count || shape.size() > maxAxes) {
    return Error{ErrorCode::modelTooLarge, node.corrupt("its shape is " + shapeText(shape)).detail};
  }
  Tensor value;
  value.floats = {0.0F};
  if (const auto* given = node.attribute("value"); given && given->t) {
    PITH_ASSIGN_OR_RETURN(value, toConstant(*given->t, node.limits()));
  }
  PITH_RETURN_IF_ERROR(node.reserveFolded(*count));
  Tensor constant = like(shape, value.element);
  if (value.floats.size() == 1) {
    constant.floats.assign(static_cast<size_t>(*count), value.floats[0]);
  } else if (value.integers.size() == 1) {
    constant.integers.assign(static_cast<size_t>(*count), value.integers[0]);
  } else {
    return node.corrupt("its value is not one number");
  }
  return node.fold(std::move(constant));
}

Status importRange(OperatorImport& node) {
  const Tensor &start = node.input(0), &limit = node.input(1), &step = node.input(2);
  for (const Tensor* tensor : {&start, &limit, &step}) {
    if (!tensor->isConstant || tensor->integers.size() != 1)
      return node.unsupportedOperator("only ranges of constant whole numbers are supported");
  }
  const int64_t by = step.integers[0];
  constexpr int64_t most = int64_t{1} << 40;
  const auto isFar = [](int64_t number) { return number < -most || number > most; };
  if (by == 0 || isFar(start.integers[0]) || isFar(limit.integers[0]) || isFar(by))
    return node.corrupt("its range is too long");
  const int64_t span = by > 0 ? limit.integers[0] - start.integers[0] : start.integers[0] - limit.integers[0];
  const int64_t count = span <= 0 ? 0 : (span - 1) / std::abs(by) + 1;
  PITH_RETURN_IF_ERROR(node.reserveFolded(count));
  Tensor constant = like({count}, start.element);
  for (int64_t i = 0; i < count; ++i) constant.integers.push_back(start.integers[0] + i * by);
  return node.fold(std::move(constant));
}

/// Writes parts of a constant anew, as slices that are assigned to are exported: masks of windows, positions.
Status importScatterNd(OperatorImport& node) {
  const Tensor &data = node.input(0), &places = node.input(1), &parts = node.input(2);
  if (!data.isConstant || !places.isConstant || !parts.isConstant || places.type != DataType::int64 || data.type != parts.type)
    return node.unsupportedOperator("it is supported only where it is constant");
  if (node.stringAttribute("reduction", "none") != "none") return node.unsupportedOperator("its reduction is not supported");
  const size_t depth = places.shape.empty() ? 0 : static_cast<size_t>(places.shape.back());
  if (depth < 1 || depth > data.shape.size()) return node.corrupt("its indices " + shapeText(places.shape) + " do not fit " + shapeText(data.shape));
  Shape expected(places.shape.begin(), places.shape.end() - 1);
  expected.insert(expected.end(), data.shape.begin() + static_cast<std::ptrdiff_t>(depth), data.shape.end());
  if (parts.shape != expected) return node.corrupt("its updates have shape " + shapeText(parts.shape) + "; " + shapeText(expected) + " is expected");
  PITH_RETURN_IF_ERROR(node.reserveFolded(plain::countOf(data.shape)));
  Tensor result = like(data.shape, data.element);
  result.floats = data.floats;
  result.integers = data.integers;
  const auto strides = plain::rowMajor(data.shape);
  const auto length = static_cast<size_t>(plain::countOf(Shape(data.shape.begin() + static_cast<std::ptrdiff_t>(depth), data.shape.end())));
  for (size_t i = 0; i < places.integers.size() / depth; ++i) {
    int64_t to = 0;
    for (size_t axis = 0; axis < depth; ++axis) {
      PITH_ASSIGN_OR_RETURN(const int64_t at, node.axisIn(places.integers[i * depth + axis], static_cast<size_t>(data.shape[axis])));
      to += at * strides[axis];
    }
    const auto from = static_cast<std::ptrdiff_t>(i * length), first = static_cast<std::ptrdiff_t>(to);
    if (!parts.floats.empty()) std::copy_n(parts.floats.begin() + from, length, result.floats.begin() + first);
    if (!parts.integers.empty()) std::copy_n(parts.integers.begin() + from, length, result.integers.begin() + first);
  }
  return node.fold(std::move(result));
}

Status importShape(OperatorImport& node) {
  const Shape& shape = node.input(0).shape;
  const auto rank = static_cast<int64_t>(shape.size());
  const auto place = [&](int64_t at) { return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank); };
  const int64_t start = place(node.intAttribute("start", 0));
  const int64_t end = place(node.intAttribute("end", rank));
  Tensor constant = like({}, NumberType::int64);
  for (int64_t axis = start; axis < end; ++axis) constant.integers.push_back(shape[static_cast<size_t>(axis)]);
  constant.shape = {static_cast<int64_t>(constant.integers.size())};
  return node.fold(std::move(constant));
}

Status importSize(OperatorImport& node) {
  Tensor constant = like({}, NumberType::int64);
  constant.integers = {plain::countOf(node.input(0).shape)};
  return node.fold(std::move(constant));
}

/// Chooses between two tensors by constant truth values.
Status importWhere(OperatorImport& node) {
  const Tensor& condition = node.input(0);
  if (!condition.isConstant || condition.type != DataType::int64)
    return node.unsupportedOperator("its condition must be constant");
  PITH_ASSIGN_OR_RETURN(const Shape values, node.broadcast(node.input(1).shape, node.input(2).shape));
  PITH_ASSIGN_OR_RETURN(Shape shape, node.broadcast(condition.shape, values));
  if (node.input(1).type == DataType::float32) {
    std::vector<float> floats(condition.integers.begin(), condition.integers.end());
    PITH_ASSIGN_OR_RETURN(const TensorId chosen, node.addConstant(condition.shape, std::move(floats)));
    return node.give(node.add(Op::select, {}, {chosen, node.inputId(1), node.inputId(2)}, std::move(shape), node.input(1).element));
  }
  if (!node.input(1).isConstant || !node.input(2).isConstant || node.input(2).type != DataType::int64)
    return node.unsupportedOperator("whole numbers are chosen only where they are constant");
  // c * a + (1 - c) * b
  Tensor mask = like(condition.shape, node.input(1).element), inverse = mask;
  for (int64_t value : condition.integers) {
    mask.integers.push_back(value != 0);
    inverse.integers.push_back(value == 0);
  }
  PITH_ASSIGN_OR_RETURN(const TensorId taken, node.addConstant(std::move(mask)));
  PITH_ASSIGN_OR_RETURN(const TensorId left, node.addConstant(std::move(inverse)));
  PITH_ASSIGN_OR_RETURN(const TensorId a, node.addBinary(Op::multiply, taken, node.inputId(1)));
  PITH_ASSIGN_OR_RETURN(const TensorId b, node.addBinary(Op::multiply, left, node.inputId(2)));
  return node.give(node.addBinary(Op::add, a, b));
}

}  // namespace pith::onnx

// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <optional>

#include "pith/plain/plain.h"

namespace pith::plain {
namespace {

uint64_t asUnsigned(int64_t value) { return static_cast<uint64_t>(value); }

std::optional<int64_t> quotient(int64_t a, int64_t b, NumberType type) {
  if (b == 0) return std::nullopt;
  if (type == NumberType::uint64) return static_cast<int64_t>(asUnsigned(a) / asUnsigned(b));
  if (b == -1) return static_cast<int64_t>(0 - asUnsigned(a));
  return a / b;
}

std::optional<int64_t> powerOf(int64_t base, int64_t exponent) {
  if (exponent < 0) return std::nullopt;
  uint64_t result = 1, factor = asUnsigned(base);
  for (uint64_t left = asUnsigned(exponent); left > 0; left >>= 1) {
    if (left & 1) result *= factor;
    factor *= factor;
  }
  return static_cast<int64_t>(result);
}

bool isLess(int64_t a, int64_t b, NumberType type) {
  return type == NumberType::uint64 ? asUnsigned(a) < asUnsigned(b) : a < b;
}

std::optional<int64_t> binaryOf(Op op, NumberType type, int64_t a, int64_t b) {
  switch (op) {
    case Op::add:
      return static_cast<int64_t>(asUnsigned(a) + asUnsigned(b));
    case Op::subtract:
      return static_cast<int64_t>(asUnsigned(a) - asUnsigned(b));
    case Op::multiply:
      return static_cast<int64_t>(asUnsigned(a) * asUnsigned(b));
    case Op::divide:
      return quotient(a, b, type);
    case Op::maximum:
      return isLess(a, b, type) ? b : a;
    case Op::minimum:
      return isLess(a, b, type) ? a : b;
    case Op::power:
      return powerOf(a, b);
    default:
      return std::nullopt;
  }
}

std::optional<int64_t> unaryOf(UnaryKind kind, int64_t x) {
  switch (kind) {
    case UnaryKind::absolute:
      return x < 0 ? static_cast<int64_t>(0 - asUnsigned(x)) : x;
    case UnaryKind::negate:
      return static_cast<int64_t>(0 - asUnsigned(x));
    case UnaryKind::sign:
      return (x > 0) - (x < 0);
    default:
      return std::nullopt;
  }
}

bool binary(Op op, NumberType type, std::span<const View<const int64_t>> inputs, const View<int64_t>& y) {
  const Strides left = broadcastStrides(inputs[0].shape, inputs[0].strides, y.shape);
  const Strides right = broadcastStrides(inputs[1].shape, inputs[1].strides, y.shape);
  Walk walk(y.shape, {&y.strides, &left, &right});
  do {
    for (int64_t i = 0; i < walk.length(); ++i) {
      const auto value = binaryOf(op, type, inputs[0].data[walk.offset(1) + i * walk.step(1)],
                                  inputs[1].data[walk.offset(2) + i * walk.step(2)]);
      if (!value) return false;
      y.data[walk.offset(0) + i * walk.step(0)] = wrappedTo(type, *value);
    }
  } while (walk.next());
  return true;
}

bool reduce(const ReduceAttributes& attributes, NumberType type, const View<const int64_t>& x, const View<int64_t>& y) {
  Op step = Op::add;
  if (attributes.kind == ReduceKind::product) step = Op::multiply;
  if (attributes.kind == ReduceKind::maximum) step = Op::maximum;
  if (attributes.kind == ReduceKind::minimum) step = Op::minimum;
  if (step == Op::add && attributes.kind != ReduceKind::sum) return false;
  // Row by row into an output whose reduced axes stand still.
  Strides still(x.shape.size(), 0);
  size_t next = 0;
  for (size_t axis = 0; axis < x.shape.size(); ++axis) {
    const bool isReduced = std::ranges::binary_search(attributes.axes, static_cast<int64_t>(axis));
    if (isReduced && x.shape[axis] == 0) return false;
    if (!isReduced) still[axis] = y.strides[next];
    if (!isReduced || attributes.keepDims) ++next;
  }
  std::vector<uint8_t> isSeen(static_cast<size_t>(countOf(y.shape)), 0);
  Walk walk(x.shape, {&still, &x.strides});
  do {
    for (int64_t i = 0; i < walk.length(); ++i) {
      const int64_t at = walk.offset(0) + i * walk.step(0);
      const int64_t value = x.data[walk.offset(1) + i * walk.step(1)];
      uint8_t& seen = isSeen[static_cast<size_t>(at)];
      y.data[at] = seen ? wrappedTo(type, *binaryOf(step, type, y.data[at], value)) : value;
      seen = 1;
    }
  } while (walk.next());
  return true;
}

}  // namespace

bool computeIntegers(const Node& node, NumberType type, std::span<const View<const int64_t>> inputs,
                     const View<int64_t>& y) {
  if (onlyMoves(node.op)) {
    move<int64_t>(node, inputs, y);
    return true;
  }
  switch (node.op) {
    case Op::add:
    case Op::divide:
    case Op::maximum:
    case Op::minimum:
    case Op::multiply:
    case Op::power:
    case Op::subtract:
      return binary(node.op, type, inputs, y);
    case Op::reduce:
      return reduce(std::get<ReduceAttributes>(node.attributes), type, inputs[0], y);
    case Op::clamp:
    case Op::unary:
      break;
    default:
      return false;
  }
  Walk walk(y.shape, {&y.strides, &inputs[0].strides});
  do {
    for (int64_t i = 0; i < walk.length(); ++i) {
      const int64_t x = inputs[0].data[walk.offset(1) + i * walk.step(1)];
      std::optional<int64_t> value;
      if (node.op == Op::unary) value = unaryOf(std::get<UnaryAttributes>(node.attributes).kind, x);
      if (!value) return false;
      y.data[walk.offset(0) + i * walk.step(0)] = wrappedTo(type, *value);
    }
  } while (walk.next());
  return true;
}

}  // namespace pith::plain

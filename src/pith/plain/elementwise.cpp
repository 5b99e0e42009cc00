// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "pith/plain/plain.h"

namespace pith::plain {
namespace {

using UnaryFunction = float (*)(float x, const UnaryAttributes& a);

UnaryFunction unaryFunction(UnaryKind kind) {
  using A = const UnaryAttributes&;
  switch (kind) {
    case UnaryKind::absolute:
      return [](float x, A) { return std::abs(x); };
    case UnaryKind::ceiling:
      return [](float x, A) { return std::ceil(x); };
    case UnaryKind::celu:
      return [](float x, A a) { return x > 0 ? x : a.alpha * std::expm1(x / a.alpha); };
    case UnaryKind::cosine:
      return [](float x, A) { return std::cos(x); };
    case UnaryKind::elu:
      return [](float x, A a) { return x > 0 ? x : a.alpha * std::expm1(x); };
    case UnaryKind::erf:
      return [](float x, A) { return std::erf(x); };
    case UnaryKind::exponential:
      return [](float x, A) { return std::exp(x); };
    case UnaryKind::floor:
      return [](float x, A) { return std::floor(x); };
    case UnaryKind::gelu:
      return [](float x, A) { return 0.5F * x * (1.0F + std::erf(x * 0.70710678F)); };
    case UnaryKind::hardSigmoid:
      return [](float x, A a) { return std::clamp(a.alpha * x + a.beta, 0.0F, 1.0F); };
    case UnaryKind::hardSwish:
      return [](float x, A) { return x * std::clamp(x / 6.0F + 0.5F, 0.0F, 1.0F); };
    case UnaryKind::leakyRelu:
      return [](float x, A a) { return x < 0 ? a.alpha * x : x; };
    case UnaryKind::logarithm:
      return [](float x, A) { return std::log(x); };
    case UnaryKind::mish:
      return [](float x, A) { return x * std::tanh(x > 20.0F ? x : std::log1p(std::exp(x))); };
    case UnaryKind::negate:
      return [](float x, A) { return -x; };
    case UnaryKind::reciprocal:
      return [](float x, A) { return 1.0F / x; };
    case UnaryKind::round:
      return [](float x, A) { return std::nearbyint(x); };
    case UnaryKind::roundTo:
      return [](float x, A a) { return roundedTo(a.to, x, a.saturate); };
    case UnaryKind::selu:
      return [](float x, A a) { return a.beta * (x > 0 ? x : a.alpha * std::expm1(x)); };
    case UnaryKind::sigmoid:
      return [](float x, A) { return 1.0F / (1.0F + std::exp(-x)); };
    case UnaryKind::sign:
      return [](float x, A) { return static_cast<float>((x > 0) - (x < 0)); };
    case UnaryKind::sine:
      return [](float x, A) { return std::sin(x); };
    case UnaryKind::softplus:
      return [](float x, A) { return std::max(x, 0.0F) + std::log1p(std::exp(-std::abs(x))); };
    case UnaryKind::softsign:
      return [](float x, A) { return x / (1.0F + std::abs(x)); };
    case UnaryKind::square:
      return [](float x, A) { return x * x; };
    case UnaryKind::squareRoot:
      return [](float x, A) { return std::sqrt(x); };
    case UnaryKind::tanh:
      return [](float x, A) { return std::tanh(x); };
    case UnaryKind::thresholdedRelu:
      return [](float x, A a) { return x > a.alpha ? x : 0.0F; };
  }
  return nullptr;
}

using BinaryFunction = float (*)(float a, float b);

BinaryFunction binaryFunction(Op op) {
  switch (op) {
    case Op::add:
      return [](float a, float b) { return a + b; };
    case Op::divide:
      return [](float a, float b) { return a / b; };
    case Op::maximum:
      return [](float a, float b) { return std::isnan(a) || a > b ? a : b; };
    case Op::minimum:
      return [](float a, float b) { return std::isnan(a) || a < b ? a : b; };
    case Op::multiply:
      return [](float a, float b) { return a * b; };
    case Op::power:
      return [](float a, float b) { return std::pow(a, b); };
    case Op::prelu:
      return [](float a, float b) { return a < 0 ? a * b : a; };
    default:
      return [](float a, float b) { return a - b; };
  }
}

}  // namespace

void unary(const UnaryAttributes& attributes, const View<const float>& x, const View<float>& y) {
  const UnaryFunction function = unaryFunction(attributes.kind);
  Walk walk(y.shape, {&y.strides, &x.strides});
  do {
    float* to = y.data + walk.offset(0);
    const float* from = x.data + walk.offset(1);
    for (int64_t i = 0; i < walk.length(); ++i) to[i * walk.step(0)] = function(from[i * walk.step(1)], attributes);
  } while (walk.next());
}

void binary(Op op, const View<const float>& a, const View<const float>& b, const View<float>& y) {
  const BinaryFunction function = binaryFunction(op);
  const Strides left = broadcastStrides(a.shape, a.strides, y.shape);
  const Strides right = broadcastStrides(b.shape, b.strides, y.shape);
  Walk walk(y.shape, {&y.strides, &left, &right});
  do {
    float* to = y.data + walk.offset(0);
    const float *p = a.data + walk.offset(1), *q = b.data + walk.offset(2);
    for (int64_t i = 0; i < walk.length(); ++i)
      to[i * walk.step(0)] = function(p[i * walk.step(1)], q[i * walk.step(2)]);
  } while (walk.next());
}

void select(std::span<const View<const float>> inputs, const View<float>& y) {
  std::array<Strides, 3> strides;
  for (size_t i = 0; i < 3; ++i) strides[i] = broadcastStrides(inputs[i].shape, inputs[i].strides, y.shape);
  Walk walk(y.shape, {&y.strides, &strides[0], &strides[1], &strides[2]});
  do {
    for (int64_t i = 0; i < walk.length(); ++i) {
      const auto at = [&](size_t input) {
        return inputs[input].data[walk.offset(input + 1) + i * walk.step(input + 1)];
      };
      y.data[walk.offset(0) + i * walk.step(0)] = at(0) != 0.0F ? at(1) : at(2);
    }
  } while (walk.next());
}

void clamp(const ClampRange& range, const View<const float>& x, const View<float>& y) {
  Walk walk(y.shape, {&y.strides, &x.strides});
  do {
    for (int64_t i = 0; i < walk.length(); ++i) {
      const float value = x.data[walk.offset(1) + i * walk.step(1)];
      y.data[walk.offset(0) + i * walk.step(0)] = std::min(std::max(value, range.min), range.max);
    }
  } while (walk.next());
}

}  // namespace pith::plain

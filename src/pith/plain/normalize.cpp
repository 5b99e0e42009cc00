// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "pith/plain/plain.h"

namespace pith::plain {
namespace {

/// Sums of vectors are kept in lanes, which the compiler turns into SIMD without changing the order of sums.
constexpr int64_t lanes = 16;

float laneSum(const float (&sums)[lanes]) {
  double total = 0;
  for (float sum : sums) total += sum;
  return static_cast<float>(total);
}

struct Moments {
  float mean, variance;
};

/// Of a row without gaps: the layer normalisation of a transformer.
Moments momentsOfRow(const float* x, int64_t count) {
  float sums[lanes] = {};
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    for (int64_t k = 0; k < lanes; ++k) sums[k] += x[i + k];
  }
  for (; i < count; ++i) sums[0] += x[i];
  const float mean = laneSum(sums) / static_cast<float>(count);
  float squares[lanes] = {};
  for (i = 0; i + lanes <= count; i += lanes) {
    for (int64_t k = 0; k < lanes; ++k) squares[k] += (x[i + k] - mean) * (x[i + k] - mean);
  }
  for (; i < count; ++i) squares[0] += (x[i] - mean) * (x[i] - mean);
  return {mean, laneSum(squares) / static_cast<float>(count)};
}

Moments momentsOf(const float* x, Walk& inner, int64_t count) {
  if (inner.length() == count && inner.step(0) == 1) return momentsOfRow(x, count);
  double sum = 0, squares = 0;
  do {
    for (int64_t i = 0; i < inner.length(); ++i) sum += x[inner.offset(0) + i * inner.step(0)];
  } while (inner.next());
  const double mean = sum / static_cast<double>(count);
  do {
    for (int64_t i = 0; i < inner.length(); ++i) {
      const double difference = x[inner.offset(0) + i * inner.step(0)] - mean;
      squares += difference * difference;
    }
  } while (inner.next());
  return {static_cast<float>(mean), static_cast<float>(squares / static_cast<double>(count))};
}

}  // namespace

void normalize(const NormalizeAttributes& attributes, std::span<const View<const float>> inputs,
               const View<float>& y) {
  const View<const float>& x = inputs[0];
  const auto axis = static_cast<std::ptrdiff_t>(attributes.axis);
  const Shape outerShape(x.shape.begin(), x.shape.begin() + axis), part(x.shape.begin() + axis, x.shape.end());
  const Strides outerFrom(x.strides.begin(), x.strides.begin() + axis);
  const Strides outerTo(y.strides.begin(), y.strides.begin() + axis);
  const Strides from(x.strides.begin() + axis, x.strides.end()), to(y.strides.begin() + axis, y.strides.end());
  const bool isAffine = inputs.size() > 2;
  constexpr float one = 1.0F, zero = 0.0F;
  const float* scale = isAffine ? inputs[1].data : &one;
  const float* bias = isAffine ? inputs[2].data : &zero;
  const Strides scaleStrides = isAffine ? broadcastStrides(inputs[1].shape, inputs[1].strides, part) : Strides(part.size(), 0);
  const Strides biasStrides = isAffine ? broadcastStrides(inputs[2].shape, inputs[2].strides, part) : Strides(part.size(), 0);
  const int64_t count = countOf(part);
  Walk outer(outerShape, {&outerTo, &outerFrom});
  Walk moments(part, {&from}), inner(part, {&to, &from, &scaleStrides, &biasStrides});
  if (count == 0) return;
  do {
    for (int64_t n = 0; n < outer.length(); ++n) {
      const float* source = x.data + outer.offset(1) + n * outer.step(1);
      float* target = y.data + outer.offset(0) + n * outer.step(0);
      const Moments m = momentsOf(source, moments, count);
      const auto factor = static_cast<float>(1.0 / std::sqrt(double{m.variance} + attributes.epsilon));
      do {
        const float *p = source + inner.offset(1), *g = scale + inner.offset(2), *b = bias + inner.offset(3);
        float* q = target + inner.offset(0);
        const int64_t length = inner.length();
        if (inner.step(0) == 1 && inner.step(1) == 1 && inner.step(2) == 1 && inner.step(3) == 1) {
          for (int64_t i = 0; i < length; ++i) q[i] = (p[i] - m.mean) * factor * g[i] + b[i];
          continue;
        }
        for (int64_t i = 0; i < length; ++i) {
          q[i * inner.step(0)] =
              (p[i * inner.step(1)] - m.mean) * factor * g[i * inner.step(2)] + b[i * inner.step(3)];
        }
      } while (inner.next());
    }
  } while (outer.next());
}

void batchNormalization(double epsilon, std::span<const View<const float>> inputs, const View<float>& y) {
  const View<const float>& x = inputs[0];
  Shape part = x.shape;
  part[1] = std::min<int64_t>(part[1], 1);
  Walk walk(part, {&y.strides, &x.strides});
  for (int64_t c = 0; c < x.shape[1]; ++c) {
    const auto parameter = [&](size_t i) { return double{inputs[i].data[c * inputs[i].strides[0]]}; };
    const double scale = parameter(1) / std::sqrt(parameter(4) + epsilon), mean = parameter(3), bias = parameter(2);
    do {
      for (int64_t i = 0; i < walk.length(); ++i) {
        const double value = x.data[c * x.strides[1] + walk.offset(1) + i * walk.step(1)];
        y.data[c * y.strides[1] + walk.offset(0) + i * walk.step(0)] = static_cast<float>((value - mean) * scale + bias);
      }
    } while (walk.next());
  }
}

void localResponse(const LocalResponseAttributes& attributes, const View<const float>& x, const View<float>& y) {
  const int64_t channels = x.shape[1], before = (attributes.size - 1) / 2, after = attributes.size - 1 - before;
  Shape part = x.shape;
  part[1] = std::min<int64_t>(part[1], 1);
  Walk walk(part, {&y.strides, &x.strides});
  do {
    for (int64_t i = 0; i < walk.length(); ++i) {
      const float* from = x.data + walk.offset(1) + i * walk.step(1);
      float* to = y.data + walk.offset(0) + i * walk.step(0);
      for (int64_t c = 0; c < channels; ++c) {
        double squares = 0;
        for (int64_t k = std::max<int64_t>(0, c - before); k <= std::min(channels - 1, c + after); ++k)
          squares += double{from[k * x.strides[1]]} * from[k * x.strides[1]];
        const double base = attributes.bias + attributes.alpha / static_cast<double>(attributes.size) * squares;
        to[c * y.strides[1]] = static_cast<float>(from[c * x.strides[1]] / std::pow(base, double{attributes.beta}));
      }
    }
  } while (walk.next());
}

}  // namespace pith::plain

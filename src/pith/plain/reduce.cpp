// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>

#include "pith/plain/plain.h"

namespace pith::plain {
namespace {

struct Accumulator {
  ReduceKind kind;
  double count;
  double value = start();

  [[nodiscard]] double start() const {
    if (kind == ReduceKind::maximum) return -std::numeric_limits<double>::infinity();
    if (kind == ReduceKind::minimum) return std::numeric_limits<double>::infinity();
    return kind == ReduceKind::product ? 1.0 : 0.0;
  }
  void add(double x) {
    switch (kind) {
      case ReduceKind::maximum:
        value = std::max(value, x);
        break;
      case ReduceKind::minimum:
        value = std::min(value, x);
        break;
      case ReduceKind::product:
        value *= x;
        break;
      case ReduceKind::l1:
        value += std::abs(x);
        break;
      case ReduceKind::l2:
      case ReduceKind::sumSquare:
        value += x * x;
        break;
      case ReduceKind::logSumExp:
        value += std::exp(x);
        break;
      default:
        value += x;
    }
  }
  [[nodiscard]] float result() const {
    switch (kind) {
      case ReduceKind::mean:
        return static_cast<float>(value / count);
      case ReduceKind::l2:
        return static_cast<float>(std::sqrt(value));
      case ReduceKind::logSum:
      case ReduceKind::logSumExp:
        return static_cast<float>(std::log(value));
      default:
        return static_cast<float>(value);
    }
  }
};

}  // namespace

void reduce(ReduceKind kind, const std::vector<int64_t>& axes, const View<const float>& x, const View<float>& y) {
  Shape keptShape, reducedShape;
  Strides keptStrides, reducedStrides;
  for (size_t axis = 0; axis < x.shape.size(); ++axis) {
    const bool isReduced = std::ranges::binary_search(axes, static_cast<int64_t>(axis));
    (isReduced ? reducedShape : keptShape).push_back(x.shape[axis]);
    (isReduced ? reducedStrides : keptStrides).push_back(x.strides[axis]);
  }
  Strides outputStrides;
  const bool keepsDims = y.shape.size() == x.shape.size();
  for (size_t axis = 0; axis < y.shape.size(); ++axis) {
    if (!keepsDims || !std::ranges::binary_search(axes, static_cast<int64_t>(axis)))
      outputStrides.push_back(y.strides[axis]);
  }
  Walk outer(keptShape, {&outputStrides, &keptStrides});
  Walk inner(reducedShape, {&reducedStrides});
  const int64_t terms = countOf(reducedShape);
  do {
    for (int64_t i = 0; i < outer.length(); ++i) {
      const int64_t from = outer.offset(1) + i * outer.step(1);
      Accumulator sum{kind, static_cast<double>(terms)};
      if (terms > 0) {
        do {
          const float* row = x.data + from + inner.offset(0);
          for (int64_t j = 0; j < inner.length(); ++j) sum.add(row[j * inner.step(0)]);
        } while (inner.next());
      }
      y.data[outer.offset(0) + i * outer.step(0)] = sum.result();
    }
  } while (outer.next());
}

void softmax(int64_t axis, bool takesLogarithm, const View<const float>& x, const View<float>& y) {
  const auto at = static_cast<size_t>(axis);
  const int64_t extent = x.shape[at], from = x.strides[at], to = y.strides[at];
  Shape others = x.shape;
  others[at] = extent == 0 ? 0 : 1;
  Walk walk(others, {&y.strides, &x.strides});
  do {
    for (int64_t i = 0; i < walk.length(); ++i) {
      const float* source = x.data + walk.offset(1) + i * walk.step(1);
      float* target = y.data + walk.offset(0) + i * walk.step(0);
      float most = source[0];
      for (int64_t k = 1; k < extent; ++k) most = std::max(most, source[k * from]);
      double total = 0;
      for (int64_t k = 0; k < extent; ++k) total += std::exp(double{source[k * from]} - most);
      const double logarithm = std::log(total);
      for (int64_t k = 0; k < extent; ++k) {
        const double shifted = double{source[k * from]} - most;
        target[k * to] = static_cast<float>(takesLogarithm ? shifted - logarithm : std::exp(shifted) / total);
      }
    }
  } while (walk.next());
}

}  // namespace pith::plain

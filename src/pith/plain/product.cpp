// SPDX-License-Identifier: Apache-2.0
#include "pith/plain/plain.h"

namespace pith::plain {
namespace {

struct Matrix {
  const float* data;
  int64_t rowStride, columnStride;
};

/// y [rows, columns] = a [rows, depth] * b [depth, columns]
void product(const Matrix& a, const Matrix& b, int64_t rows, int64_t depth, int64_t columns, float* y, int64_t rowStride,
             int64_t columnStride) {
  if (columns == 0) return;  // there is no memory to point into
  std::vector<double> sums(static_cast<size_t>(columns));
  for (int64_t row = 0; row < rows; ++row) {
    sums.assign(sums.size(), 0.0);
    for (int64_t k = 0; k < depth; ++k) {
      const double factor = a.data[row * a.rowStride + k * a.columnStride];
      const float* from = b.data + k * b.rowStride;
      for (int64_t i = 0; i < columns; ++i) sums[static_cast<size_t>(i)] += factor * from[i * b.columnStride];
    }
    for (int64_t i = 0; i < columns; ++i)
      y[row * rowStride + i * columnStride] = static_cast<float>(sums[static_cast<size_t>(i)]);
  }
}

}  // namespace

void matMul(const View<const float>& a, const View<const float>& b, const View<float>& y) {
  const size_t rank = y.shape.size();
  const auto batchOf = [](const auto& values) { return std::vector<int64_t>(values.begin(), values.end() - 2); };
  const Shape batch = batchOf(y.shape);
  const Strides left = broadcastStrides(batchOf(a.shape), batchOf(a.strides), batch);
  const Strides right = broadcastStrides(batchOf(b.shape), batchOf(b.strides), batch);
  const Strides to = batchOf(y.strides);
  const auto last = [](const Strides& strides, size_t back) { return strides[strides.size() - back]; };
  Walk walk(batch, {&to, &left, &right});
  do {
    for (int64_t i = 0; i < walk.length(); ++i) {
      product({a.data + walk.offset(1) + i * walk.step(1), last(a.strides, 2), last(a.strides, 1)},
              {b.data + walk.offset(2) + i * walk.step(2), last(b.strides, 2), last(b.strides, 1)}, y.shape[rank - 2],
              a.shape.back(), y.shape[rank - 1], y.data + walk.offset(0) + i * walk.step(0), last(y.strides, 2),
              last(y.strides, 1));
    }
  } while (walk.next());
}

void fullyConnected(std::span<const View<const float>> inputs, const View<float>& y) {
  View<const float> weights = inputs[1];
  std::swap(weights.shape[0], weights.shape[1]);
  std::swap(weights.strides[0], weights.strides[1]);
  matMul(inputs[0], weights, y);
  if (inputs.size() > 2) binary(Op::add, {y.data, y.shape, y.strides}, inputs[2], y);
}

}  // namespace pith::plain

// SPDX-License-Identifier: Apache-2.0
/// @file Tensors as strided views, and one way of walking over several of them together. A view has the
/// graph's axes in the graph's order wherever the elements lie, so a kernel is written once for every layout.
#pragma once

#include <array>
#include <initializer_list>

#include "pith/model/graph.h"

namespace pith::plain {

using Strides = std::vector<int64_t>;  // in elements

template <typename T>
struct View {
  T* data = nullptr;
  Shape shape;
  Strides strides;
};

[[nodiscard]] Strides rowMajor(const Shape& shape);
/// Strides with which `shape` is read as if it had shape `target`: aligned at the end, extents of 1 repeated.
[[nodiscard]] Strides broadcastStrides(const Shape& shape, const Strides& strides, const Shape& target);
[[nodiscard]] int64_t countOf(const Shape& shape);

/// Walks over a shape row by row; a row is an axis, or several where all operands allow it. The first
/// operand's memory order decides the order of the axes.
///
///     Walk walk(shape, {&y.strides, &x.strides});
///     do {
///       for (int64_t i = 0; i < walk.length(); ++i) y[walk.offset(0) + i * walk.step(0)] = ...;
///     } while (walk.next());
class Walk {
 public:
  static constexpr size_t maxOperands = 4;
  Walk(const Shape& shape, std::initializer_list<const Strides*> operands);

  [[nodiscard]] int64_t length() const { return extents_.back(); }
  [[nodiscard]] int64_t step(size_t operand) const { return strides_[operand].back(); }
  [[nodiscard]] int64_t offset(size_t operand) const { return offsets_[operand]; }
  bool next();

 private:
  size_t operands_;
  Shape extents_, index_;
  std::array<Strides, maxOperands> strides_;
  std::array<int64_t, maxOperands> offsets_{};
};

}  // namespace pith::plain

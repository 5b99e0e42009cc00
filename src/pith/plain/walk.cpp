// SPDX-License-Identifier: Apache-2.0
#include "pith/plain/walk.h"

#include <algorithm>
#include <numeric>

namespace pith::plain {

Strides rowMajor(const Shape& shape) {
  Strides strides(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * shape[i];
  return strides;
}

Strides broadcastStrides(const Shape& shape, const Strides& strides, const Shape& target) {
  Strides result(target.size(), 0);
  const size_t missing = target.size() - shape.size();
  for (size_t i = 0; i < shape.size(); ++i) result[missing + i] = shape[i] == 1 ? 0 : strides[i];
  return result;
}

int64_t countOf(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

Walk::Walk(const Shape& shape, std::initializer_list<const Strides*> operands) : operands_(operands.size()) {
  const Strides& leading = **operands.begin();
  std::vector<size_t> order(shape.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, [&](size_t a, size_t b) { return leading[a] != leading[b] ? leading[a] > leading[b] : a < b; });
  const bool isEmpty = std::ranges::find(shape, 0) != shape.end();
  for (size_t axis : order) {
    if (shape[axis] == 1) continue;
    // The axis before it continues this one where a step of it is a whole walk over this one.
    bool joins = !extents_.empty();
    size_t operand = 0;
    for (const Strides* strides : operands) {
      joins = joins && strides_[operand].back() == (*strides)[axis] * shape[axis];
      ++operand;
    }
    if (!joins) extents_.push_back(1);
    extents_.back() *= shape[axis];
    operand = 0;
    for (const Strides* strides : operands) {
      if (!joins) strides_[operand].push_back(0);
      strides_[operand++].back() = (*strides)[axis];
    }
  }
  if (extents_.empty() || isEmpty) {
    extents_.assign(1, isEmpty ? 0 : 1);
    for (Strides& strides : strides_) strides.assign(1, 0);
  }
  index_.assign(extents_.size(), 0);
}

bool Walk::next() {
  for (size_t axis = extents_.size() - 1; axis-- > 0;) {
    for (size_t i = 0; i < operands_; ++i) offsets_[i] += strides_[i][axis];
    if (++index_[axis] < extents_[axis]) return true;
    for (size_t i = 0; i < operands_; ++i) offsets_[i] -= strides_[i][axis] * extents_[axis];
    index_[axis] = 0;
  }
  return false;
}

}  // namespace pith::plain

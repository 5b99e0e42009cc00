// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "pith/plain/plain.h"

namespace pith::plain {
namespace {

template <typename T>
void copy(const View<const T>& x, const View<T>& y) {
  Walk walk(y.shape, {&y.strides, &x.strides});
  do {
    T* to = y.data + walk.offset(0);
    const T* from = x.data + walk.offset(1);
    for (int64_t i = 0; i < walk.length(); ++i) to[i * walk.step(0)] = from[i * walk.step(1)];
  } while (walk.next());
}

/// Elements in row-major order on both sides, whatever the shapes are.
template <typename T>
void reshape(const View<const T>& x, const View<T>& y) {
  const auto isRowMajor = [](const Shape& shape, const Strides& strides) {
    const Strides wanted = rowMajor(shape);
    for (size_t i = 0; i < shape.size(); ++i) {
      if (shape[i] != 1 && strides[i] != wanted[i]) return false;
    }
    return true;
  };
  if (isRowMajor(x.shape, x.strides)) return copy<T>({x.data, y.shape, rowMajor(y.shape)}, y);
  if (isRowMajor(y.shape, y.strides)) return copy<T>(x, {y.data, x.shape, rowMajor(x.shape)});
  std::vector<T> between(static_cast<size_t>(countOf(x.shape)));
  copy<T>(x, {between.data(), x.shape, rowMajor(x.shape)});
  copy<T>({between.data(), y.shape, rowMajor(y.shape)}, y);
}

template <typename T>
View<const T> transposed(const View<const T>& x, const std::vector<int64_t>& permutation) {
  View<const T> result{x.data, {}, {}};
  for (int64_t axis : permutation) {
    result.shape.push_back(x.shape[static_cast<size_t>(axis)]);
    result.strides.push_back(x.strides[static_cast<size_t>(axis)]);
  }
  return result;
}

template <typename T>
View<const T> sliced(View<const T> x, const SliceAttributes& slice, const Shape& shape) {
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] > 0) x.data += slice.starts[i] * x.strides[i];
    x.strides[i] *= slice.steps[i];
  }
  x.shape = shape;
  return x;
}

template <typename T>
void concat(int64_t axis, std::span<const View<const T>> inputs, View<T> y) {
  const auto at = static_cast<size_t>(axis);
  for (const View<const T>& x : inputs) {
    y.shape[at] = x.shape[at];
    copy<T>(x, y);
    y.data += x.shape[at] * y.strides[at];
  }
}

/// One index at a time along the axis.
template <typename T>
void gather(const GatherAttributes& gather, View<const T> x, const View<T>& y) {
  const auto axis = static_cast<size_t>(gather.axis);
  const size_t depth = gather.indicesShape.size();
  const int64_t step = x.strides[axis];
  const auto place = static_cast<std::ptrdiff_t>(axis);
  x.shape.erase(x.shape.begin() + place);
  x.strides.erase(x.strides.begin() + place);
  View<T> part{nullptr, x.shape, y.strides};
  part.strides.erase(part.strides.begin() + place, part.strides.begin() + place + static_cast<std::ptrdiff_t>(depth));
  const Strides places = rowMajor(gather.indicesShape);
  for (size_t i = 0; i < gather.indices.size(); ++i) {
    int64_t offset = 0;
    for (size_t d = 0; d < depth; ++d)
      offset += static_cast<int64_t>(i) / places[d] % gather.indicesShape[d] * y.strides[axis + d];
    part.data = y.data + offset;
    copy<T>({x.data + gather.indices[i] * step, x.shape, x.strides}, part);
  }
}

/// The input's position for a position of the padded axis, or -1.
int64_t padSource(PadMode mode, int64_t position, int64_t extent) {
  if (position >= 0 && position < extent) return position;
  switch (mode) {
    case PadMode::constant:
      return -1;
    case PadMode::edge:
      return std::clamp<int64_t>(position, 0, extent - 1);
    case PadMode::wrap:
      return (position % extent + extent) % extent;
    case PadMode::reflect:
      break;
  }
  if (extent == 1) return 0;
  const int64_t period = 2 * (extent - 1);
  const int64_t phase = (position % period + period) % period;
  return phase < extent ? phase : period - phase;
}

template <typename T>
void pad(const PadAttributes& pad, const View<const T>& x, const View<T>& y) {
  if (countOf(y.shape) == 0) return;
  const size_t rank = y.shape.size();
  std::vector<std::vector<int64_t>> sources(rank);
  for (size_t axis = 0; axis < rank; ++axis) {
    for (int64_t i = 0; i < y.shape[axis]; ++i)
      sources[axis].push_back(padSource(pad.mode, i - pad.before[axis], x.shape[axis]));
  }
  Shape index(rank, 0);
  for (int64_t n = countOf(y.shape); n-- > 0;) {
    int64_t from = 0, to = 0;
    bool inside = true;
    for (size_t axis = 0; axis < rank; ++axis) {
      const int64_t source = sources[axis][static_cast<size_t>(index[axis])];
      inside = inside && source >= 0;
      from += source * x.strides[axis];
      to += index[axis] * y.strides[axis];
    }
    y.data[to] = inside ? x.data[from] : static_cast<T>(pad.value);
    for (size_t axis = rank; axis-- > 0;) {
      if (++index[axis] < y.shape[axis]) break;
      index[axis] = 0;
    }
  }
}

}  // namespace

bool onlyMoves(Op op) {
  switch (op) {
    case Op::concat:
    case Op::dropout:
    case Op::expand:
    case Op::gather:
    case Op::identity:
    case Op::pad:
    case Op::reshape:
    case Op::slice:
    case Op::transpose:
      return true;
    default:
      return false;
  }
}

template <typename T>
void move(const Node& node, std::span<const View<const T>> inputs, const View<T>& y) {
  const View<const T>& x = inputs[0];
  switch (node.op) {
    case Op::concat:
      return concat<T>(std::get<AxisAttributes>(node.attributes).axis, inputs, y);
    case Op::expand:
      return copy<T>({x.data, y.shape, broadcastStrides(x.shape, x.strides, y.shape)}, y);
    case Op::gather:
      return gather<T>(std::get<GatherAttributes>(node.attributes), x, y);
    case Op::pad:
      return pad<T>(std::get<PadAttributes>(node.attributes), x, y);
    case Op::reshape:
      return reshape<T>(x, y);
    case Op::slice:
      return copy<T>(sliced(x, std::get<SliceAttributes>(node.attributes), y.shape), y);
    case Op::transpose:
      return copy<T>(transposed(x, std::get<TransposeAttributes>(node.attributes).permutation), y);
    default:
      return copy<T>(x, y);
  }
}

template void move<float>(const Node&, std::span<const View<const float>>, const View<float>&);
template void move<int64_t>(const Node&, std::span<const View<const int64_t>>, const View<int64_t>&);

}  // namespace pith::plain

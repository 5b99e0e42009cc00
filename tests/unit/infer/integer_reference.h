// SPDX-License-Identifier: Apache-2.0
/// @file What quantised operators mean, written as plainly as possible: integers of a graph's nodes, NCHW, no
/// speed.
///
/// number = scale * (integer - zero point). Sums of products of integers are exact in a double; floats are
/// summed in doubles. Everything is rounded once, halves away from zero; convolutions and matrix products can
/// be scaled in fixed point instead.
#pragma once

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "pith/model/graph.h"

namespace pith::test {

/// A tensor's numbers: integers where it is quantised, doubles otherwise; row-major in the graph's order.
struct Numbers {
  Shape shape;
  DataType type = DataType::float32;
  Quantization quantization;
  std::vector<double> values;

  explicit Numbers(const Tensor& tensor) : shape(tensor.shape), type(tensor.type) {
    if (tensor.quantization) quantization = *tensor.quantization;
    size_t count = 1;
    for (int64_t extent : shape) count *= static_cast<size_t>(extent);
    values.resize(count);
    if (!tensor.isConstant) return;
    for (size_t i = 0; i < count; ++i) {
      if (type == DataType::float32) values[i] = tensor.floats[i];
      if (type == DataType::int8) values[i] = static_cast<int8_t>(tensor.bytes[i]);
      if (type == DataType::uint8) values[i] = tensor.bytes[i];
      if (type == DataType::int32) values[i] = tensor.biases[i];
    }
  }
  bool isQuantized() const { return type == DataType::int8 || type == DataType::uint8; }
  double number(size_t i) const {
    return isQuantized() ? (values[i] - quantization.zeroPoint) * quantization.scales[0] : values[i];
  }
  double limited(double integer) const {
    const double lowest = type == DataType::int8 ? -128 : 0;
    return std::clamp(integer, lowest, lowest + 255);
  }
  void setNumber(size_t i, double number, const ClampRange& clamp) {
    number = std::clamp(number, double{clamp.min}, double{clamp.max});
    values[i] = isQuantized() ? limited(std::round(number / quantization.scales[0]) + quantization.zeroPoint)
                              : number;
  }
  size_t at(int64_t n, int64_t c, int64_t y, int64_t x) const {
    return static_cast<size_t>(((n * shape[1] + c) * shape[2] + y) * shape[3] + x);
  }
};

/// How sums of products become integers of the result: by the real multiplier, rounded once, or as gemmlowp
/// and TensorFlow Lite's own kernels do it (Jacob et al., "Quantization and Training of Neural Networks for
/// Efficient Integer-Arithmetic-Only Inference", section 2.2): a multiplier of 31 bits and two roundings; or
/// as XNNPACK does it: a multiplier of 24 bits, halves to even, and sums of tensors by multipliers of 21
/// bits. A deep network makes several steps of one, so that only the last says what comes out of the end of
/// it.
enum class Scaling : uint8_t { exact, fixedPoint, narrow };

/// A real multiplier as round(m * 2^31) * 2^-shift, applied with two roundings: of the upper half of the
/// product, then of the shift.
inline int64_t timesMultiplier(int64_t value, double multiplier) {
  int exponent = 0;
  const double fraction = std::frexp(multiplier, &exponent);
  const auto fixed = static_cast<int64_t>(std::round(fraction * 2147483648.0));
  const int64_t product = (exponent > 0 ? value << exponent : value) * fixed;
  const int64_t nudge = product >= 0 ? (int64_t{1} << 30) : 1 - (int64_t{1} << 30);
  const int64_t high = (product + nudge) / (int64_t{1} << 31);
  if (exponent >= 0) return high;
  return static_cast<int64_t>(std::round(std::ldexp(static_cast<double>(high), exponent)));
}

/// Integers of a sum of products become integers of the result.
inline double requantized(double sum, const Numbers& x, const Numbers& weights, size_t channel,
                          const Numbers& y, const ClampRange& clamp, Scaling scaling) {
  if (!y.isQuantized()) return std::clamp(sum, double{clamp.min}, double{clamp.max});
  const auto& scales = weights.quantization.scales;
  const double multiplier =
      double{x.quantization.scales[0]} * scales[scales.size() > 1 ? channel : 0] / y.quantization.scales[0];
  double scaled = std::round(sum * multiplier);
  if (scaling == Scaling::fixedPoint)
    scaled = static_cast<double>(timesMultiplier(static_cast<int64_t>(sum), multiplier));
  if (scaling == Scaling::narrow) {
    const float scale = scales[scales.size() > 1 ? channel : 0];
    scaled = std::nearbyint(static_cast<float>(sum) *
                            (x.quantization.scales[0] * scale / y.quantization.scales[0]));
  }
  const double integer = scaled + y.quantization.zeroPoint;
  const auto limit = [&](double number) {
    return y.limited(std::round(number / y.quantization.scales[0]) + y.quantization.zeroPoint);
  };
  return std::clamp(y.limited(integer), limit(clamp.min), limit(clamp.max));
}

inline void referenceConv(const Node& node, const std::vector<Numbers>& in, Numbers& y, Scaling scaling) {
  const auto& conv = std::get<ConvAttributes>(node.attributes);
  const Window& s = conv.window;
  const Numbers &x = in[0], &w = in[1];
  std::vector<double> xs, ws;
  for (double v : x.values) xs.push_back(v - x.quantization.zeroPoint);
  for (double v : w.values) ws.push_back(v - w.quantization.zeroPoint);
  const int64_t perGroup = w.shape[0] / conv.groups;
  for (int64_t o = 0; o < y.shape[1]; ++o) {
    for (int64_t oy = 0; oy < y.shape[2]; ++oy) {
      for (int64_t ox = 0; ox < y.shape[3]; ++ox) {
        double sum = in.size() > 2 ? in[2].values[static_cast<size_t>(o)] : 0;
        for (int64_t i = 0; i < w.shape[1]; ++i) {
          for (int64_t ky = 0; ky < w.shape[2]; ++ky) {
            for (int64_t kx = 0; kx < w.shape[3]; ++kx) {
              const int64_t iy = oy * s.stride[0] + ky * s.dilation[0] - s.pads[0];
              const int64_t ix = ox * s.stride[1] + kx * s.dilation[1] - s.pads[1];
              if (iy < 0 || ix < 0 || iy >= x.shape[2] || ix >= x.shape[3]) continue;
              sum += xs[x.at(0, o / perGroup * w.shape[1] + i, iy, ix)] * ws[w.at(o, i, ky, kx)];
            }
          }
        }
        y.values[y.at(0, o, oy, ox)] = requantized(sum, x, w, static_cast<size_t>(o), y, node.clamp, scaling);
      }
    }
  }
}

inline void referenceFullyConnected(const Node& node, const std::vector<Numbers>& in, Numbers& y,
                                    Scaling scaling) {
  const Numbers &x = in[0], &w = in[1];
  const auto outputs = static_cast<size_t>(w.shape[0]), depth = static_cast<size_t>(w.shape[1]);
  for (size_t row = 0; row < x.values.size() / depth; ++row) {
    for (size_t o = 0; o < outputs; ++o) {
      double sum = in.size() > 2 ? in[2].values[o] : 0;
      for (size_t i = 0; i < depth; ++i) {
        sum += (x.values[row * depth + i] - x.quantization.zeroPoint) *
               (w.values[o * depth + i] - w.quantization.zeroPoint);
      }
      y.values[row * outputs + o] = requantized(sum, x, w, o, y, node.clamp, scaling);
    }
  }
}

/// Both steps in units of the result's as integers below 2^21, with one shift.
inline double narrowSum(const Numbers& a, size_t i, const Numbers& b, size_t k, const Numbers& y,
                        const ClampRange& clamp) {
  const float toY = y.quantization.scales[0];
  const float ratioA = a.quantization.scales[0] / toY, ratioB = b.quantization.scales[0] / toY;
  const int shift = 20 - std::ilogb(std::max(ratioA, ratioB));
  const auto scaled = [&](const Numbers& x, size_t at, float ratio) {
    return (x.values[at] - x.quantization.zeroPoint) * std::nearbyint(std::ldexp(ratio, shift));
  };
  const double sum = std::floor(std::ldexp(scaled(a, i, ratioA) + scaled(b, k, ratioB), -shift) + 0.5);
  const auto limit = [&](double number) {
    return y.limited(std::nearbyint(number / toY) + y.quantization.zeroPoint);
  };
  return std::clamp(y.limited(sum + y.quantization.zeroPoint), limit(clamp.min), limit(clamp.max));
}

/// Indices of equal rank count from the end; extents of 1 are repeated.
inline void referenceBinary(const Node& node, const std::vector<Numbers>& in, Numbers& y, Scaling scaling) {
  const auto indexIn = [&](const Numbers& x, size_t flat) {
    size_t at = 0, step = 1;
    for (size_t i = 0; i < y.shape.size(); ++i) {
      const auto extent = static_cast<size_t>(y.shape[y.shape.size() - 1 - i]);
      const size_t index = flat % extent;
      flat /= extent;
      if (i >= x.shape.size()) continue;
      const auto own = static_cast<size_t>(x.shape[x.shape.size() - 1 - i]);
      at += (own == 1 ? 0 : index) * step;
      step *= own;
    }
    return at;
  };
  for (size_t i = 0; i < y.values.size(); ++i) {
    if (scaling == Scaling::narrow && node.op == Op::add) {
      y.values[i] = narrowSum(in[0], indexIn(in[0], i), in[1], indexIn(in[1], i), y, node.clamp);
      continue;
    }
    const double a = in[0].number(indexIn(in[0], i)), b = in[1].number(indexIn(in[1], i));
    y.setNumber(i, node.op == Op::add ? a + b : a * b, node.clamp);
  }
}

/// The mean or the maximum of what lies under a window; what it takes is decided by `isMax`.
inline void referencePool(const Node& node, const Window& w, bool isMax, const Numbers& x, Numbers& y) {
  for (int64_t c = 0; c < y.shape[1]; ++c) {
    for (int64_t oy = 0; oy < y.shape[2]; ++oy) {
      for (int64_t ox = 0; ox < y.shape[3]; ++ox) {
        double sum = 0, most = -HUGE_VAL, count = 0;
        for (int64_t ky = 0; ky < w.kernel[0]; ++ky) {
          for (int64_t kx = 0; kx < w.kernel[1]; ++kx) {
            const int64_t iy = oy * w.stride[0] + ky * w.dilation[0] - w.pads[0];
            const int64_t ix = ox * w.stride[1] + kx * w.dilation[1] - w.pads[1];
            if (iy < 0 || ix < 0 || iy >= x.shape[2] || ix >= x.shape[3]) continue;
            const double number = x.number(x.at(0, c, iy, ix));
            sum += number;
            most = std::max(most, number);
            count += 1;
          }
        }
        y.setNumber(y.at(0, c, oy, ox), isMax ? most : sum / count, node.clamp);
      }
    }
  }
}

/// Sums of integers are exact; the mean is scaled and rounded once.
inline void referenceMean(const Node& node, const Numbers& x, Numbers& y) {
  const auto& axes = std::get<ReduceAttributes>(node.attributes).axes;
  std::vector<double> sums(y.values.size());
  for (size_t flat = 0; flat < x.values.size(); ++flat) {
    size_t at = 0, step = 1, rest = flat;
    for (size_t axis = x.shape.size(); axis-- > 0;) {
      const auto extent = static_cast<size_t>(x.shape[axis]);
      const bool isReduced = std::ranges::find(axes, static_cast<int64_t>(axis)) != axes.end();
      at += isReduced ? 0 : rest % extent * step;
      step *= isReduced ? 1 : extent;
      rest /= extent;
    }
    sums[at] += x.values[flat] - x.quantization.zeroPoint;
  }
  const double count = static_cast<double>(x.values.size()) / static_cast<double>(sums.size());
  for (size_t i = 0; i < sums.size(); ++i)
    y.setNumber(i, sums[i] / count * (x.isQuantized() ? x.quantization.scales[0] : 1), node.clamp);
}

inline void referenceConcat(const Node& node, const std::vector<Numbers>& in, Numbers& y) {
  const auto axis = static_cast<size_t>(std::get<AxisAttributes>(node.attributes).axis);
  size_t inner = 1, outer = 1, done = 0;
  for (size_t i = 0; i < y.shape.size(); ++i)
    (i < axis ? outer : inner) *= static_cast<size_t>(i == axis ? 1 : y.shape[i]);
  const auto total = static_cast<size_t>(y.shape[axis]);
  for (const Numbers& x : in) {
    const auto own = static_cast<size_t>(x.shape[axis]);
    for (size_t o = 0; o < outer; ++o) {
      for (size_t k = 0; k < own * inner; ++k)
        y.setNumber((o * total + done) * inner + k, x.number(o * own * inner + k), node.clamp);
    }
    done += own;
  }
}

inline void referencePad(const Node& node, const Numbers& x, Numbers& y) {
  const auto& pad = std::get<PadAttributes>(node.attributes);
  for (size_t i = 0; i < y.values.size(); ++i) y.setNumber(i, pad.value, {});
  for (int64_t c = 0; c < x.shape[1]; ++c) {
    for (int64_t row = 0; row < x.shape[2]; ++row) {
      for (int64_t column = 0; column < x.shape[3]; ++column) {
        y.setNumber(y.at(0, c + pad.before[1], row + pad.before[2], column + pad.before[3]),
                    x.number(x.at(0, c, row, column)), {});
      }
    }
  }
}

inline void referenceSoftmax(const Node& node, const Numbers& x, Numbers& y) {
  const auto width = static_cast<size_t>(x.shape.back());
  for (size_t row = 0; row < x.values.size(); row += width) {
    double most = -HUGE_VAL, sum = 0;
    for (size_t i = 0; i < width; ++i) most = std::max(most, x.number(row + i));
    for (size_t i = 0; i < width; ++i) sum += std::exp(x.number(row + i) - most);
    for (size_t i = 0; i < width; ++i)
      y.setNumber(row + i, std::exp(x.number(row + i) - most) / sum, node.clamp);
  }
}

/// A node's result. `in` are its inputs, constants included.
inline Numbers reference(const Graph& graph, const Node& node, const std::vector<Numbers>& in,
                         Scaling scaling) {
  Numbers y(graph.tensor(node.outputs[0]));
  const Numbers& x = in[0];
  switch (node.op) {
    case Op::conv:
      referenceConv(node, in, y, scaling);
      return y;
    case Op::fullyConnected:
      referenceFullyConnected(node, in, y, scaling);
      return y;
    case Op::add:
    case Op::multiply:
      referenceBinary(node, in, y, scaling);
      return y;
    case Op::maxPool:
      referencePool(node, std::get<MaxPoolAttributes>(node.attributes).window, true, x, y);
      return y;
    case Op::averagePool:
      referencePool(node, std::get<AveragePoolAttributes>(node.attributes).window, false, x, y);
      return y;
    case Op::reduceMean:
      referenceMean(node, x, y);
      return y;
    case Op::concat:
      referenceConcat(node, in, y);
      return y;
    case Op::pad:
      referencePad(node, x, y);
      return y;
    case Op::softmax:
      referenceSoftmax(node, x, y);
      return y;
    case Op::clamp:
    case Op::convert:
    case Op::reshape:  // of maps with one place, whose orders agree
      for (size_t i = 0; i < y.values.size(); ++i) y.setNumber(i, x.number(i), node.clamp);
      return y;
    default:
      throw std::runtime_error("there is no reference for " + node.opType);
  }
}

}  // namespace pith::test

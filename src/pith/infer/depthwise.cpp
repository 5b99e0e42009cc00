// SPDX-License-Identifier: Apache-2.0
#include "pith/infer/depthwise.h"

#include <algorithm>

#include "pith/infer/depthwise_kernel.h"

namespace pith {
namespace {

using depthwise::lanes;

/// Places of a window, or results of a row.
struct Range {
  int64_t first = 0, end = 0;
  [[nodiscard]] int64_t size() const { return end - first; }
};

/// What lies inside a map of a window that begins at `at`.
Range inside(int64_t at, int64_t dilation, int64_t kernel, int64_t extent) {
  const int64_t first = at < 0 ? std::min((-at + dilation - 1) / dilation, kernel) : 0;
  const int64_t end = at < extent ? std::min((extent - 1 - at) / dilation + 1, kernel) : 0;
  return {first, std::max(first, end)};
}

class DepthwiseConv : public Convolution {
 public:
  DepthwiseConv(const Graph& graph, const Node& node)
      : window_(std::get<ConvAttributes>(node.attributes).window),
        from_(mapExtents(graph, node.inputs[0])),
        to_(mapExtents(graph, node.outputs[0])),
        packed_(pack(graph, node)) {
    const auto n = [](int64_t value) { return static_cast<size_t>(value); };
    windows_ = {.weights = packed_.data(),
                .kernelColumns = n(window_.kernel[1]),
                .kernelArea = n(window_.kernel[0] * window_.kernel[1]),
                .channels = from_.channels,
                .rowStep = n(window_.dilation[0]) * from_.columns * from_.channels,
                .columnStep = n(window_.dilation[1]) * from_.channels,
                .step = n(window_.stride[1]) * from_.channels,
                .min = node.clamp.min,
                .max = node.clamp.max};
  }

  [[nodiscard]] xnn_status run(const float* input, float* output, float*) const override {
    for (size_t y = 0; y < to_.rows; ++y) computeRow(input, static_cast<int64_t>(y), output + y * to_.columns * to_.channels);
    return xnn_status_success;
  }

 private:
  static FloatBuffer pack(const Graph& graph, const Node& node) {
    const Tensor& weights = graph.tensor(node.inputs[1]);
    const FloatBuffer biases = biasesOf(graph, node);
    const auto area = static_cast<size_t>(weights.shape[2] * weights.shape[3]);
    FloatBuffer packed(biases.size() * (1 + area));
    for (size_t channel = 0; channel < biases.size(); ++channel) {
      float* to = packed.data() + channel / lanes * lanes * (1 + area) + channel % lanes;
      to[0] = biases.data()[channel];
      for (size_t k = 0; k < area; ++k) to[(1 + k) * lanes] = weights.floats[channel * area + k];
    }
    return packed;
  }

  [[nodiscard]] Range insideOf(size_t axis, int64_t place, size_t extent) const {
    return inside(place * window_.stride[axis] - window_.pads[axis], window_.dilation[axis], window_.kernel[axis], static_cast<int64_t>(extent));
  }

  /// Blocks of the results whose windows have all of their columns inside, and one result at a time beside them.
  void computeRow(const float* input, int64_t y, float* output) const {
    const Range rows = insideOf(0, y, from_.rows);
    const auto columns = static_cast<int64_t>(to_.columns);
    constexpr auto block = static_cast<int64_t>(depthwise::block);
    const auto isWhole = [&](int64_t x) { return insideOf(1, x, from_.columns).size() == window_.kernel[1]; };
    Range whole;
    while (whole.first < columns && !isWhole(whole.first)) ++whole.first;
    whole.end = whole.first;
    while (whole.end < columns && isWhole(whole.end)) ++whole.end;
    for (int64_t x = 0; x < columns;) {
      const bool isBlock = whole.size() >= block && x >= whole.first && x < whole.end;
      if (isBlock) x = std::min(x, whole.end - block);  // the last one may compute some again
      computeAt(input, rows, y, x, isBlock ? depthwise::block : 1, output);
      x += isBlock ? block : 1;
    }
  }

  void computeAt(const float* input, const Range& rows, int64_t y, int64_t x, size_t count, float* output) const {
    const Range columns = insideOf(1, x, from_.columns);
    const depthwise::Part part{static_cast<size_t>(rows.first), static_cast<size_t>(rows.size()), static_cast<size_t>(columns.first),
                               static_cast<size_t>(columns.size())};
    const int64_t top = y * window_.stride[0] - window_.pads[0] + rows.first * window_.dilation[0];
    const int64_t left = x * window_.stride[1] - window_.pads[1] + columns.first * window_.dilation[1];
    const bool isEmpty = part.rows == 0 || part.columns == 0;
    const float* corner = isEmpty ? input : input + (static_cast<size_t>(top) * from_.columns + static_cast<size_t>(left)) * from_.channels;
    depthwise::compute(windows_, part, corner, count, output + static_cast<size_t>(x) * to_.channels);
  }

  Window window_;
  MapExtents from_, to_;
  FloatBuffer packed_;
  depthwise::Windows windows_{};
};

}  // namespace

bool isForDepthwise(const Graph& graph, const Node& node, const std::vector<MemoryOrder>& orders) {
  if (!isFloatConvolution(graph, node, orders)) return false;
  const Shape& weights = graph.tensor(node.inputs[1]).shape;
  const int64_t groups = std::get<ConvAttributes>(node.attributes).groups;
  return groups > 1 && weights[1] == 1 && weights[0] == groups && groups % int64_t{lanes} == 0;
}

std::unique_ptr<Convolution> makeDepthwise(const Graph& graph, const Node& node) { return std::make_unique<DepthwiseConv>(graph, node); }

}  // namespace pith

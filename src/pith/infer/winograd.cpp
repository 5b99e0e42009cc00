// SPDX-License-Identifier: Apache-2.0
#include "pith/infer/winograd.h"

#include <algorithm>

#include "pith/infer/tile_transforms.h"

namespace pith {
namespace {

using tile::edge;
using tile::places;

/// All windows [output, input, 3, 3] as [place, output, input].
FloatBuffer transformed(const Tensor& weights) {
  const auto outputs = static_cast<size_t>(weights.shape[0]), inputs = static_cast<size_t>(weights.shape[1]);
  // By way of a small block: writing to 16 far places in turn has caches miss.
  FloatBuffer result(places * inputs * outputs), row(places * inputs);
  for (size_t o = 0; o < outputs; ++o) {
    tile::transformWindows(&weights.floats[o * inputs * 9], inputs, row.data(), inputs);
    for (size_t place = 0; place < places; ++place)
      std::copy_n(row.data() + place * inputs, inputs, result.data() + (place * outputs + o) * inputs);
  }
  return result;
}

/// As many tiles as stay in a processor's cache and are worth reading the weights for; of these the number that leaves the
/// fewest of the last block empty. Kernels take four rows at once.
size_t blockOf(size_t tiles) {
  constexpr size_t most = 64, fewest = 32, step = 4;
  const auto rows = [&](size_t block) { return (tiles + block - 1) / block * block; };
  size_t best = std::min(most, (tiles + step - 1) / step * step);
  for (size_t block = best; block >= fewest; block -= step) {
    if (rows(block) < rows(best)) best = block;
  }
  return best;
}

class WinogradConv : public Convolution {
 public:
  [[nodiscard]] Status create(const Graph& graph, const Node& node);
  [[nodiscard]] size_t scratchCount() const override;
  [[nodiscard]] xnn_status run(const float* input, float* output, float* scratch) const override;

 private:
  void gather(const float* input, size_t firstTile, float* to) const;
  void scatter(const float* from, size_t firstTile, float* output) const;

  OperatorPtr product_;
  MapExtents from_, to_;
  size_t padTop_ = 0, padLeft_ = 0;
  size_t tileColumns_ = 0, tiles_ = 0, tilesPerBlock_ = 0;
  ClampRange clamp_;
  FloatBuffer bias_;
};

Status WinogradConv::create(const Graph& graph, const Node& node) {
  const auto& pads = std::get<ConvAttributes>(node.attributes).window.pads;
  from_ = mapExtents(graph, node.inputs[0]);
  to_ = mapExtents(graph, node.outputs[0]);
  padTop_ = static_cast<size_t>(pads[0]);
  padLeft_ = static_cast<size_t>(pads[1]);
  clamp_ = node.clamp;
  bias_ = biasesOf(graph, node);
  tileColumns_ = (to_.columns + 1) / 2;
  tiles_ = (to_.rows + 1) / 2 * tileColumns_;
  tilesPerBlock_ = blockOf(tiles_);

  const FloatBuffer weights = transformed(graph.tensor(node.inputs[1]));
  xnn_operator_t product = nullptr;
  PITH_RETURN_IF_ERROR(checkXnnpack(xnn_create_batch_matrix_multiply_nc_f32_const_weights(places, from_.channels, to_.channels, weights.data(),
                                                                                          XNN_FLAG_TRANSPOSE_WEIGHTS, &product),
                                    node));
  product_.reset(product);
  constexpr size_t batch[] = {places};
  size_t workspaceBytes = 0, workspaceAlignment = 0;  // none, for constant weights
  return checkXnnpack(xnn_reshape_batch_matrix_multiply_nc_f32(product, 1, batch, batch, tilesPerBlock_, from_.channels, to_.channels,
                                                               &workspaceBytes, &workspaceAlignment, nullptr),
                      node);
}

size_t WinogradConv::scratchCount() const { return places * tilesPerBlock_ * (from_.channels + to_.channels) + from_.channels; }

/// Samples beyond the border are read from a row of zeros behind the transformed ones.
void WinogradConv::gather(const float* input, size_t firstTile, float* to) const {
  const size_t channels = from_.channels, stride = tilesPerBlock_ * channels;
  const float* zeros = to + places * stride;
  const size_t last = std::min(firstTile + tilesPerBlock_, tiles_);
  for (size_t tile = firstTile; tile < last; ++tile, to += channels) {
    const size_t top = tile / tileColumns_ * 2, left = tile % tileColumns_ * 2;
    std::array<const float*, places> samples;
    for (size_t place = 0; place < places; ++place) {
      // Above the first row, the difference wraps to a large number.
      const size_t y = top + place / edge - padTop_, x = left + place % edge - padLeft_;
      samples[place] = y < from_.rows && x < from_.columns ? input + (y * from_.columns + x) * channels : zeros;
    }
    tile::transformSamples(samples, channels, to, stride);
  }
}

void WinogradConv::scatter(const float* from, size_t firstTile, float* output) const {
  const size_t channels = to_.channels;
  const size_t last = std::min(firstTile + tilesPerBlock_, tiles_);
  for (size_t tile = firstTile; tile < last; ++tile, from += channels) {
    const size_t top = tile / tileColumns_ * 2, left = tile % tileColumns_ * 2;
    std::array<float*, 4> results;
    for (size_t place = 0; place < 4; ++place) {
      const size_t y = top + place / 2, x = left + place % 2;
      results[place] = y < to_.rows && x < to_.columns ? output + (y * to_.columns + x) * channels : nullptr;
    }
    tile::transformProducts(from, tilesPerBlock_ * channels, bias_.data(), clamp_.min, clamp_.max, channels, results);
  }
}

xnn_status WinogradConv::run(const float* input, float* output, float* scratch) const {
  float* samples = scratch;
  float* zeros = samples + places * tilesPerBlock_ * from_.channels;
  float* products = zeros + from_.channels;
  std::fill(zeros, products, 0.0F);
  xnn_status status = xnn_setup_batch_matrix_multiply_nc_f32(product_.get(), nullptr, samples, nullptr, products);
  for (size_t tile = 0; tile < tiles_ && status == xnn_status_success; tile += tilesPerBlock_) {
    gather(input, tile, samples);
    status = xnn_run_operator(product_.get(), nullptr);
    scatter(products, tile, output);
  }
  return status;
}

}  // namespace

bool isForWinograd(const Graph& graph, const Node& node, const std::vector<MemoryOrder>& orders) {
  if (!isFloatConvolution(graph, node, orders)) return false;
  constexpr int64_t fewest = 16, most = 4096;  // channels: what transforms are worth, and the memory to work in
  const auto& conv = std::get<ConvAttributes>(node.attributes);
  const Window& w = conv.window;
  const Shape& weights = graph.tensor(node.inputs[1]).shape;
  const auto fits = [](int64_t channels) { return channels >= fewest && channels <= most && channels % int64_t{tile::lanes} == 0; };
  return conv.groups == 1 && w.kernel[0] == 3 && w.kernel[1] == 3 && isOne(w.stride) && isOne(w.dilation) && fits(weights[0]) && fits(weights[1]);
}

int64_t winogradExtraBytes(const Graph& graph, const Node& node) {
  const Shape& weights = graph.tensor(node.inputs[1]).shape;
  return weights[0] * weights[1] * static_cast<int64_t>((places - 9) * sizeof(float));
}

Result<std::unique_ptr<Convolution>> makeWinograd(const Graph& graph, const Node& node) {
  auto conv = std::make_unique<WinogradConv>();
  PITH_RETURN_IF_ERROR(conv->create(graph, node));
  return std::unique_ptr<Convolution>(std::move(conv));
}

}  // namespace pith

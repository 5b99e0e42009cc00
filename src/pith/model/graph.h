// SPDX-License-Identifier: Apache-2.0
/// @file A network as plain structs, between a model file and the kernels. Semantics are ONNX's: rank-4
/// tensors are NCHW, and every shape is a number, because the input's size is known before a file is read.
/// Layout in memory is decided only where the graph becomes kernels.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "pith/base/limits.h"
#include "pith/base/result.h"
#include "pith/model/number_type.h"

namespace pith {

using Shape = std::vector<int64_t>;
using TensorId = int32_t;
inline constexpr TensorId noTensor = -1;

/// What the network will be given: one image of this size.
struct InputSize {
  int64_t height = 0;
  int64_t width = 0;
  int64_t channels = 0;
};

/// Half floats are widened when they are read, and the integers of shapes become int64. int8 and uint8 hold
/// quantised numbers; int32 holds their biases, whose step is that of the input times that of the weights.
enum class DataType : uint8_t { float32, int64, int8, uint8, int32 };

/// What the integers of a tensor stand for: number = scale * (integer - zero point).
struct Quantization {
  std::vector<float> scales;  // one, or, for weights, one for each output channel (axis 0)
  int32_t zeroPoint = 0;      // a value of the tensor's own type; 0 where there are several scales

  [[nodiscard]] bool isPerChannel() const { return scales.size() > 1; }
  bool operator==(const Quantization&) const = default;
};

struct Tensor {
  std::string name;
  Shape shape;
  DataType type = DataType::float32;
  NumberType element = NumberType::float32;  // what the file calls the type
  bool isConstant = false;
  std::vector<float> floats;                 // the payload of a float32 constant, row-major
  std::vector<int64_t> integers;             // the payload of an int64 constant
  std::vector<uint8_t> bytes;                // the payload of an int8 (two's complement) or uint8 constant
  std::vector<int32_t> biases;               // the payload of an int32 constant
  std::vector<uint32_t> missing;             // of a constant: the file's large weights that its payload still waits for
  std::optional<Quantization> quantization;  // of int8 and uint8, always
  std::optional<Error>
      refusal;  // why nothing is known of this tensor; its consumers are refused for the same reason
};

enum class Op : uint8_t {
  add,
  averagePool,
  batchNormalization,
  clamp,
  concat,
  conv,
  convert,  // between float32, int8 and uint8, or from one quantisation to another: what both tensors say
  convTranspose,
  divide,
  dropout,
  expand,
  fullyConnected,
  gather,
  identity,
  localResponseNormalization,
  logSoftmax,
  lpPool,
  matMul,
  maximum,
  maxPool,
  minimum,
  multiply,
  normalize,
  pad,
  power,
  prelu,
  reduce,
  reduceMean,
  reshape,
  resize,
  select,
  slice,
  softmax,
  subtract,
  transpose,
  unary,
  refused,  // kept so that a head which is cut off may hold anything; `Node::refusal` says why
};

/// A sliding window over the axes behind [N, C]: of [H, W], unless the tensor has another rank. Everything is
/// resolved: `auto_pad` and `ceil_mode` are already in `pads`.
struct Window {
  std::vector<int64_t> kernel{1, 1};
  std::vector<int64_t> stride{1, 1};
  std::vector<int64_t> dilation{1, 1};
  std::vector<int64_t> pads{0, 0, 0, 0};  // top, left, bottom, right
};

/// inputs: x [N,C,H,W], weights [O,C/groups,kH,kW], bias [O] or nothing
struct ConvAttributes {
  Window window;
  int64_t groups = 1;
};
/// inputs: x [N,C,H,W], weights [C,O/groups,kH,kW], bias [O] or nothing. What reaches into the pads is cut off.
struct ConvTransposeAttributes {
  Window window;
  int64_t groups = 1;
};
/// Padding takes no part in the maximum.
struct MaxPoolAttributes {
  Window window;
};
/// Samples in `window.pads` are not counted; where the file counts its padding, `zeroPads` are put around the
/// input first, and those are counted.
struct AveragePoolAttributes {
  Window window;
  std::vector<int64_t> zeroPads{0, 0, 0, 0};  // top, left, bottom, right
};
/// (sum of |x|^p)^(1/p) over each window, or that of the mean of what lies inside
struct LpPoolAttributes {
  Window window;
  int64_t p = 2;
  bool isMean = false;
};
/// inputs: x, scale [C], bias [C], mean [C], variance [C]
struct BatchNormalizationAttributes {
  double epsilon = 1e-5;
};
/// Each part of the axes from `axis` on is brought to mean 0 and variance 1. inputs: x, then nothing, or scale
/// and bias, which broadcast to that part.
struct NormalizeAttributes {
  int64_t axis = 1;
  double epsilon = 1e-5;
};
/// x / (bias + alpha / size * sum of x^2 over `size` channels around)^beta
struct LocalResponseAttributes {
  int64_t size = 1;
  float alpha = 1e-4F, beta = 0.75F, bias = 1.0F;
};
struct AxisAttributes {
  int64_t axis = 0;  // in 0..rank-1
};
enum class ReduceKind : uint8_t { mean, sum, maximum, minimum, product, l1, l2, sumSquare, logSum, logSumExp };
struct ReduceAttributes {
  std::vector<int64_t> axes;  // ascending, in 0..rank-1
  bool keepDims = true;
  ReduceKind kind = ReduceKind::mean;  // of Op::reduce
};
/// A reshape's target is its output's shape.
struct ReshapeAttributes {
  bool keepsMemoryOrder = false;  // the elements keep their NHWC order, not their NCHW order
};
struct TransposeAttributes {
  std::vector<int64_t> permutation;  // output axis i is input axis permutation[i]
};
enum class PadMode : uint8_t { constant, edge, reflect, wrap };
struct PadAttributes {
  std::vector<int64_t> before, after;  // per axis, not negative
  float value = 0.0F;
  PadMode mode = PadMode::constant;
};
/// Output position i is input position start + i * step, on each axis.
struct SliceAttributes {
  std::vector<int64_t> starts, steps;
};
/// The output's shape is the input's with `indicesShape` in place of the axis.
struct GatherAttributes {
  int64_t axis = 0;
  std::vector<int64_t> indices;  // in range, not negative
  Shape indicesShape;
};
/// Along one axis, output i is the sum of `taps` inputs, weighted.
struct ResizeAxis {
  int64_t axis = 0;
  int64_t taps = 1;
  std::vector<int32_t> indices;  // taps for each output
  std::vector<float> weights;
  std::vector<uint8_t> isOutside;  // for each output, where `extrapolation` stands instead; or nothing
};
enum class BilinearGrid : uint8_t { none, halfPixel, asymmetric, alignCorners };
struct ResizeAttributes {
  std::vector<ResizeAxis> axes;
  float extrapolation = 0.0F;
  BilinearGrid bilinear = BilinearGrid::none;  // where the whole is a plain bilinear resize of [H, W]
};
enum class UnaryKind : uint8_t {
  absolute,
  ceiling,
  celu,
  cosine,
  elu,
  erf,
  exponential,
  floor,
  gelu,
  hardSigmoid,  // max(0, min(1, alpha * x + beta))
  hardSwish,
  leakyRelu,
  logarithm,
  mish,
  negate,
  reciprocal,
  round,    // ties to even
  roundTo,  // to the values of another type of element
  selu,     // beta * (x > 0 ? x : alpha * (exp(x) - 1))
  sigmoid,
  sign,
  sine,
  softplus,
  softsign,
  square,
  squareRoot,
  tanh,
  thresholdedRelu,
};
struct UnaryAttributes {
  UnaryKind kind = UnaryKind::absolute;
  float alpha = 0.0F, beta = 0.0F;
  NumberType to = NumberType::float32;
  bool saturate = true;
};
using Attributes =
    std::variant<std::monostate, ConvAttributes, ConvTransposeAttributes, MaxPoolAttributes,
                 AveragePoolAttributes, LpPoolAttributes, BatchNormalizationAttributes, NormalizeAttributes,
                 LocalResponseAttributes, AxisAttributes, ReduceAttributes, ReshapeAttributes, TransposeAttributes, PadAttributes,
                 SliceAttributes, GatherAttributes, ResizeAttributes, UnaryAttributes>;

/// What a node's result is limited to, after the operation itself: ReLU is [0, inf). Numbers, also where the
/// result is quantised.
struct ClampRange {
  float min = -std::numeric_limits<float>::infinity();
  float max = std::numeric_limits<float>::infinity();

  /// Nothing is limited. A limit that is part of a node is lost with the node, where a pass puts another in its place.
  [[nodiscard]] bool isOpen() const {
    return min == -std::numeric_limits<float>::infinity() && max == std::numeric_limits<float>::infinity();
  }
};

/// fullyConnected has inputs x [..., K], weights [N, K], bias [N] or nothing. matMul has [..., M, K] and
/// [..., K, N]; what stands before them broadcasts. select takes the second input where the first is not 0, else
/// the third. The target of a reshape or an expansion is its output's shape.
struct Node {
  Op op = Op::refused;
  std::string name;
  std::string opType;  // as the file calls it, for messages
  std::vector<TensorId> inputs;
  std::vector<TensorId> outputs;
  Attributes attributes;
  ClampRange clamp;
  std::optional<Error> refusal;
};

struct Graph {
  std::vector<Tensor> tensors;
  std::vector<Node> nodes;  // in an order in which every tensor is made before it is used
  std::vector<TensorId> inputs;
  bool inputIsNhwc = false;  // the file itself takes NHWC, so that the input's shape is [N, H, W, C]
  std::vector<TensorId> outputs;

  /// The image, which is the only input of a network that features are taken from.
  [[nodiscard]] TensorId input() const { return inputs.empty() ? noTensor : inputs.front(); }
  Tensor& tensor(TensorId id) { return tensors[static_cast<size_t>(id)]; }
  const Tensor& tensor(TensorId id) const { return tensors[static_cast<size_t>(id)]; }
  TensorId addTensor(Tensor tensor) {
    tensors.push_back(std::move(tensor));
    return static_cast<TensorId>(tensors.size() - 1);
  }
};

/// Who makes and who uses each tensor.
struct GraphIndex {
  explicit GraphIndex(const Graph& graph);
  std::vector<int32_t> producer;                // node of each tensor, -1 for inputs and constants
  std::vector<std::vector<int32_t>> consumers;  // nodes of each tensor, in order
};

/// The reason of the first node that cannot run, if the graph has one: it is refused, or its weights are missing.
[[nodiscard]] Status firstRefusal(const Graph& graph);

/// Entries that the indices and weights of all nodes of a file may have together. The largest tables of image networks, relative
/// positions of windows, have some millions.
inline constexpr int64_t maxTableEntries = int64_t{1} << 25;

/// The elements of a shape, or nothing where they overflow or exceed the limit.
[[nodiscard]] std::optional<int64_t> elementCount(const Shape& shape, const Limits& limits);

/// Whether a stride, a dilation or a kernel is 1 along all axes.
[[nodiscard]] bool isOne(const std::vector<int64_t>& values);

/// The samples that all windows at these places have together, or nothing where they are more than 2^27: kernels keep a pointer to
/// each of them.
[[nodiscard]] std::optional<int64_t> windowSamples(const std::vector<int64_t>& kernel, Shape places);

/// "[1, 3, 224, 224]"
[[nodiscard]] std::string shapeText(std::span<const int64_t> shape);

/// A name from a file, fit for a message: in quotes, printable, of bounded length.
[[nodiscard]] std::string quotedName(std::string_view name);

/// "Conv node 'conv1'"
[[nodiscard]] std::string nodeText(const Node& node);

}  // namespace pith

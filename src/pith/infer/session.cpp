// SPDX-License-Identifier: Apache-2.0
#include "pith/infer/session.h"

#include <algorithm>

#include "pith/infer/buffers.h"
#include "pith/infer/depthwise.h"
#include "pith/infer/lowering.h"
#include "pith/infer/quantize.h"
#include "pith/infer/winograd.h"
#include "pith/plain/plain.h"

namespace pith {
namespace {

/// What callers give and take: floats, maps with their channels last.
struct Edge {
  TensorId tensor = noTensor;
  Shape shape;          // in memory
  FloatBuffer storage;  // integers of an input; floats of an output that lies otherwise; or nothing
};

/// Gives the memory back, which assigning `{}` does not.
template <typename T>
void release(std::vector<T>& values) {
  std::vector<T>().swap(values);
}

size_t countOf(const Shape& shape) { return static_cast<size_t>(plain::countOf(shape)); }

MemoryOrder outerOrder(const Graph& graph, const Shape& shape, bool isInput) {
  const bool isMap = shape.size() == 4 && !(isInput && graph.inputIsNhwc);
  return isMap ? MemoryOrder::channelsLast : MemoryOrder::asGraph;
}

}  // namespace

struct Session::Impl {
  Graph graph;
  std::vector<MemoryOrder> orders;
  std::vector<Segment> segments;
  std::vector<Edge> inputs, outputs;
  std::vector<float*> places;          // of every tensor that passes between segments
  std::vector<FloatBuffer> constants;  // kernels read these while they run
  std::vector<FloatBuffer> scratch;
  std::unique_ptr<Buffers> buffers;
  std::vector<RuntimePtr> runtimes;  // by segment; after what they read, so that they are deleted first
  std::vector<std::unique_ptr<Convolution>> convolutions;  // by segment
  FloatBuffer convolutionScratch;

  /// XNNPACK looks for a runtime from the last one made on, which is the first here.
  ~Impl() {
    for (RuntimePtr& runtime : runtimes) runtime.reset();
  }

  Status makeRuntimes(const Limits& limits);
  Status makeConvolution(size_t segment, const Limits& limits, int64_t& weightElements);
  Status makeOutput(TensorId id);
  void forget(TensorId id);
  Status bind();
  xnn_status compute(size_t i);
  void computePlain(const Node& node);
  void finishOutput(Edge& edge);
  plain::View<const float> view(TensorId id) const;
};

namespace {

Status engineStatus(xnn_status status, const char* step) {
  if (status == xnn_status_success) return {};
  if (status == xnn_status_out_of_memory)
    return Error{ErrorCode::outOfMemory, "There is not enough memory for the network."};
  return Error{ErrorCode::engineFailure,
               std::string("XNNPACK failed to ") + step + " with status " + std::to_string(status) + "."};
}

/// How often each tensor is read, by nodes and as an output.
std::vector<size_t> readersOf(const Graph& graph) {
  std::vector<size_t> readers(graph.tensors.size());
  const auto count = [&](TensorId id) {
    if (id != noTensor) ++readers[static_cast<size_t>(id)];
  };
  for (const Node& node : graph.nodes) std::ranges::for_each(node.inputs, count);
  std::ranges::for_each(graph.outputs, count);
  return readers;
}

Result<RuntimePtr> createRuntime(xnn_subgraph_t subgraph, xnn_workspace_t workspace) {
  xnn_runtime_t handle = nullptr;
  PITH_RETURN_IF_ERROR(
      engineStatus(xnn_create_runtime_v4(subgraph, nullptr, workspace, nullptr, 0, &handle), "create the network"));
  return RuntimePtr(handle);
}

}  // namespace

/// All segments work in the same memory, one after the other. They are made from the last to the first: the large weights of
/// late layers are packed first, and what is packed later fits where they were.
Status Session::Impl::makeRuntimes(const Limits& limits) {
  xnn_workspace_t handle = nullptr;
  PITH_RETURN_IF_ERROR(engineStatus(xnn_create_workspace(&handle), "create its workspace"));
  const WorkspacePtr workspace(handle);
  int64_t weightElements = 0;
  const auto packed = packedConstants(graph, segments);
  const std::vector<size_t> readers = readersOf(graph);
  for (size_t id = 0; id < readers.size(); ++id) {
    if (readers[id] == 0) forget(static_cast<TensorId>(id));
  }
  runtimes.resize(segments.size());
  convolutions.resize(segments.size());
  for (size_t i = segments.size(); i-- > 0;) {
    if (segments[i].engine == Engine::winograd || segments[i].engine == Engine::depthwise)
      PITH_RETURN_IF_ERROR(makeConvolution(i, limits, weightElements));
    if (segments[i].engine == Engine::xnnpack) {
      Lowering lowering(graph, orders, limits, weightElements);
      PITH_RETURN_IF_ERROR(lowering.run(segments[i]));
      // The runtime is made from copies of these, and nobody else reads them.
      for (TensorId id : lowering.rearrangedWeights()) {
        if (readers[static_cast<size_t>(id)] == 1) forget(id);
      }
      PITH_ASSIGN_OR_RETURN(runtimes[i], createRuntime(lowering.subgraph(), workspace.get()));
      std::ranges::move(lowering.takeKept(), std::back_inserter(constants));
    }
    for (TensorId id : packed[i]) forget(id);
  }
  // Memory to work in is taken where the weights as they were read have been: never beside them.
  for (const RuntimePtr& runtime : runtimes) {
    if (runtime) PITH_RETURN_IF_ERROR(engineStatus(xnn_reshape_runtime(runtime.get()), "plan the network"));
  }
  return {};
}

Status Session::Impl::makeConvolution(size_t i, const Limits& limits, int64_t& weightElements) {
  const Node& node = graph.nodes[segments[i].nodes[0]];
  PITH_RETURN_IF_ERROR(countWeights(node, graph.tensor(node.inputs[1]).floats.size(), limits, weightElements));
  if (segments[i].engine == Engine::depthwise) {
    convolutions[i] = makeDepthwise(graph, node);
  } else {
    PITH_ASSIGN_OR_RETURN(convolutions[i], makeWinograd(graph, node));
  }
  const size_t wanted = convolutions[i]->scratchCount();
  if (convolutionScratch.size() < wanted) convolutionScratch = FloatBuffer(wanted);
  return {};
}

/// Outputs lie where callers want them, unless they are quantised, constant, or in another order.
Status Session::Impl::makeOutput(TensorId id) {
  const Tensor& tensor = graph.tensor(id);
  const bool isInput = std::ranges::find(graph.inputs, id) != graph.inputs.end();
  if (isInput || (tensor.isConstant && tensor.type != DataType::float32)) {
    return Error{ErrorCode::tapNotFound,
                 "The tensor " + quotedName(tensor.name) + " is not computed by the network."};
  }
  const MemoryOrder order = outerOrder(graph, tensor.shape, false);
  const bool isElsewhere = tensor.isConstant || tensor.quantization || order != orders[static_cast<size_t>(id)];
  outputs.push_back({id, shapeIn(order, tensor.shape), isElsewhere ? FloatBuffer(countOf(tensor.shape)) : FloatBuffer()});
  if (tensor.isConstant) finishOutput(outputs.back());
  return {};
}

void Session::Impl::forget(TensorId id) {
  Tensor& tensor = graph.tensor(id);
  release(tensor.floats);
  release(tensor.integers);
  release(tensor.bytes);
  release(tensor.biases);
}

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Result<Session> Session::create(Graph graph, const Limits& limits) {
  PITH_RETURN_IF_ERROR(engineStatus(xnn_initialize(nullptr), "start"));
  auto impl = std::make_unique<Impl>();
  convertForPlainKernels(graph);
  impl->graph = std::move(graph);
  impl->orders = chooseMemoryOrders(impl->graph);
  impl->segments = splitIntoSegments(impl->graph, impl->orders);
  PITH_RETURN_IF_ERROR(impl->makeRuntimes(limits));
  impl->buffers = std::make_unique<Buffers>(impl->graph, impl->segments);
  for (size_t id = 0; id < impl->graph.tensors.size(); ++id)
    impl->places.push_back(impl->buffers->of(static_cast<TensorId>(id)));
  for (TensorId id : impl->graph.inputs) {
    const Tensor& tensor = impl->graph.tensor(id);
    const size_t count = countOf(tensor.shape);
    FloatBuffer integers = tensor.quantization ? FloatBuffer((count + sizeof(float) - 1) / sizeof(float)) : FloatBuffer();
    impl->inputs.push_back({id, shapeIn(outerOrder(impl->graph, tensor.shape, true), tensor.shape), std::move(integers)});
  }
  for (TensorId id : impl->graph.outputs) PITH_RETURN_IF_ERROR(impl->makeOutput(id));
  return Session(std::move(impl));
}

plain::View<const float> Session::Impl::view(TensorId id) const {
  const Tensor& tensor = graph.tensor(id);
  if (tensor.isConstant) return {tensor.floats.data(), tensor.shape, plain::rowMajor(tensor.shape)};
  const auto at = static_cast<size_t>(id);
  return {places[at], tensor.shape, stridesIn(orders[at], tensor.shape)};
}

void Session::Impl::computePlain(const Node& node) {
  std::vector<plain::View<const float>> views;
  for (TensorId id : node.inputs) {
    if (id != noTensor) views.push_back(view(id));
  }
  const plain::View<const float> output = view(node.outputs[0]);
  plain::compute(node, views, {const_cast<float*>(output.data), output.shape, output.strides});
}

xnn_status Session::Impl::compute(size_t i) {
  const std::vector<size_t>& nodes = segments[i].nodes;
  switch (segments[i].engine) {
    case Engine::xnnpack:
      return xnn_invoke_runtime(runtimes[i].get());
    case Engine::winograd:
    case Engine::depthwise: {
      const auto placeOf = [&](TensorId id) { return places[static_cast<size_t>(id)]; };
      const Node& node = graph.nodes[nodes[0]];
      return convolutions[i]->run(placeOf(node.inputs[0]), placeOf(node.outputs[0]), convolutionScratch.data());
    }
    case Engine::plain:
      for (size_t node : nodes) computePlain(graph.nodes[node]);
  }
  return xnn_status_success;
}

/// XNNPACK takes one type for inputs and outputs and only reads the former.
Status Session::Impl::bind() {
  for (size_t i = 0; i < segments.size(); ++i) {
    if (segments[i].engine != Engine::xnnpack) continue;
    std::vector<xnn_external_value> values;
    for (const auto* list : {&segments[i].inputs, &segments[i].outputs}) {
      for (TensorId id : *list) values.push_back({static_cast<uint32_t>(values.size()), places[static_cast<size_t>(id)]});
    }
    PITH_RETURN_IF_ERROR(
        engineStatus(xnn_setup_runtime_v2(runtimes[i].get(), values.size(), values.data()), "take its input"));
  }
  return {};
}

void Session::Impl::finishOutput(Edge& edge) {
  const Tensor& tensor = graph.tensor(edge.tensor);
  if (edge.storage.size() == 0) return;
  const MemoryOrder order = outerOrder(graph, tensor.shape, false);
  plain::View<const float> from = view(edge.tensor);
  if (tensor.quantization) {
    const auto* bytes = reinterpret_cast<const uint8_t*>(from.data);
    const bool isInPlace = order == orders[static_cast<size_t>(edge.tensor)];
    if (scratch.empty() && !isInPlace) scratch.emplace_back(edge.storage.size());
    if (!isInPlace && scratch[0].size() < edge.storage.size()) scratch[0] = FloatBuffer(edge.storage.size());
    const std::span<float> floats = isInPlace ? edge.storage.span() : scratch[0].span().first(edge.storage.size());
    dequantize(bytes, tensor.type, *tensor.quantization, floats);
    if (isInPlace) return;
    from.data = floats.data();
  }
  Node copy;
  copy.op = Op::identity;
  plain::move<float>(copy, {&from, 1}, {edge.storage.data(), tensor.shape, stridesIn(order, tensor.shape)});
}

Status Session::run(const FloatBuffer& input) {
  const FloatBuffer* const only = &input;
  return run({&only, 1});
}

Status Session::run(std::span<const FloatBuffer* const> inputs) {
  Impl& impl = *impl_;
  bool isBound = inputs.size() == impl.inputs.size();
  if (!isBound) {
    return Error{ErrorCode::shapeMismatch, "The network has " + std::to_string(impl.inputs.size()) + " inputs; " +
                                               std::to_string(inputs.size()) + " are given."};
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    Edge& edge = impl.inputs[i];
    if (inputs[i]->size() != countOf(edge.shape)) {
      return Error{ErrorCode::shapeMismatch, "The input has " + std::to_string(inputs[i]->size()) + " values; " +
                                                 shapeText(edge.shape) + " are expected."};
    }
    const Tensor& tensor = impl.graph.tensor(edge.tensor);
    float* taken = const_cast<float*>(inputs[i]->data());
    if (tensor.quantization) {
      taken = edge.storage.data();
      quantize(inputs[i]->span(), tensor.type, *tensor.quantization, reinterpret_cast<uint8_t*>(taken));
    }
    const float* before = std::exchange(impl.places[static_cast<size_t>(edge.tensor)], taken);
    isBound = isBound && before == taken;
  }
  if (!isBound) PITH_RETURN_IF_ERROR(impl.bind());
  for (size_t i = 0; i < impl.segments.size(); ++i) PITH_RETURN_IF_ERROR(engineStatus(impl.compute(i), "run the network"));
  for (Edge& edge : impl.outputs) {
    if (!impl.graph.tensor(edge.tensor).isConstant) impl.finishOutput(edge);
  }
  return {};
}

std::span<const float> Session::output(size_t i) const {
  const Edge& edge = impl_->outputs[i];
  if (edge.storage.size() > 0) return edge.storage.span();
  return {impl_->places[static_cast<size_t>(edge.tensor)], countOf(edge.shape)};
}
const Shape& Session::inputShape(size_t i) const { return impl_->inputs[i].shape; }
const Shape& Session::outputShape(size_t i) const { return impl_->outputs[i].shape; }

}  // namespace pith

// SPDX-License-Identifier: Apache-2.0
#include "pith/infer/session.h"

#include "pith/infer/lowering.h"
#include "pith/infer/quantize.h"

namespace pith {

namespace {

/// The integers of a quantised tensor at an end of the network, where callers have floats.
struct Edge {
  DataType type = DataType::float32;
  Quantization quantization;
  FloatBuffer storage;

  Edge() = default;
  Edge(const Tensor& tensor, size_t count) : type(tensor.type) {
    if (!tensor.quantization) return;
    quantization = *tensor.quantization;
    storage = FloatBuffer((count + sizeof(float) - 1) / sizeof(float));
  }
  [[nodiscard]] bool isQuantized() const { return storage.size() > 0; }
  [[nodiscard]] uint8_t* bytes() { return reinterpret_cast<uint8_t*>(storage.data()); }
};

size_t countOf(const Shape& shape) { return static_cast<size_t>(elementCount(shape, Limits{}).value_or(0)); }

}  // namespace

struct Session::Impl {
  Shape inputShape;
  Edge inputEdge;
  std::vector<Shape> outputShapes;
  std::vector<Edge> outputEdges;
  std::vector<FloatBuffer> outputs;
  std::vector<FloatBuffer> constants;  // kernels read these while they run
  RuntimePtr runtime;                  // after what it reads, so that it is deleted first
  const float* boundInput = nullptr;
};

namespace {

Status engineStatus(xnn_status status, const char* step) {
  if (status == xnn_status_success) return {};
  if (status == xnn_status_out_of_memory)
    return Error{ErrorCode::outOfMemory, "There is not enough memory for the network."};
  return Error{ErrorCode::engineFailure,
               std::string("XNNPACK failed to ") + step + " with status " + std::to_string(status) + "."};
}

Result<RuntimePtr> createRuntime(xnn_subgraph_t subgraph) {
  xnn_workspace_t workspaceHandle = nullptr;
  PITH_RETURN_IF_ERROR(engineStatus(xnn_create_workspace(&workspaceHandle), "create its workspace"));
  const WorkspacePtr workspace(workspaceHandle);
  xnn_runtime_t handle = nullptr;
  PITH_RETURN_IF_ERROR(engineStatus(
      xnn_create_runtime_v4(subgraph, nullptr, workspace.get(), nullptr, 0, &handle), "create the network"));
  RuntimePtr runtime(handle);
  PITH_RETURN_IF_ERROR(engineStatus(xnn_reshape_runtime(runtime.get()), "plan the network"));
  return runtime;
}

}  // namespace

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Result<Session> Session::create(Graph graph, const Limits& limits) {
  PITH_RETURN_IF_ERROR(engineStatus(xnn_initialize(nullptr), "start"));
  Lowering lowering(graph, limits);
  PITH_RETURN_IF_ERROR(lowering.run());
  auto impl = std::make_unique<Impl>();
  PITH_ASSIGN_OR_RETURN(impl->runtime, createRuntime(lowering.subgraph()));
  impl->constants = lowering.takeKept();
  const Tensor& input = graph.tensor(graph.input);
  impl->inputShape = memoryShape(input.shape);
  impl->inputEdge = Edge(input, countOf(input.shape));
  for (TensorId output : graph.outputs) {
    const Shape& shape = graph.tensor(output).shape;
    impl->outputShapes.push_back(memoryShape(shape));
    impl->outputs.emplace_back(countOf(shape));
    impl->outputEdges.emplace_back(graph.tensor(output), countOf(shape));
  }
  return Session(std::move(impl));
}

Status Session::run(const FloatBuffer& input) {
  if (input.size() != countOf(impl_->inputShape)) {
    return Error{ErrorCode::shapeMismatch, "The input has " + std::to_string(input.size()) + " values; " +
                                               shapeText(impl_->inputShape) + " are expected."};
  }
  const float* taken = input.data();
  if (Edge& edge = impl_->inputEdge; edge.isQuantized()) {
    quantize(input.span(), edge.type, edge.quantization, edge.bytes());
    taken = edge.storage.data();
  }
  if (impl_->boundInput != taken) {
    // XNNPACK takes one type for inputs and outputs and only reads the former.
    std::vector<xnn_external_value> values{{0, const_cast<float*>(taken)}};
    for (size_t i = 0; i < impl_->outputs.size(); ++i) {
      Edge& edge = impl_->outputEdges[i];
      values.push_back({static_cast<uint32_t>(i + 1),
                        edge.isQuantized() ? edge.storage.data() : impl_->outputs[i].data()});
    }
    PITH_RETURN_IF_ERROR(engineStatus(
        xnn_setup_runtime_v2(impl_->runtime.get(), values.size(), values.data()), "take its input"));
    impl_->boundInput = taken;
  }
  PITH_RETURN_IF_ERROR(engineStatus(xnn_invoke_runtime(impl_->runtime.get()), "run the network"));
  for (size_t i = 0; i < impl_->outputs.size(); ++i) {
    Edge& edge = impl_->outputEdges[i];
    if (edge.isQuantized()) dequantize(edge.bytes(), edge.type, edge.quantization, impl_->outputs[i].span());
  }
  return {};
}

std::span<const float> Session::output(size_t i) const { return impl_->outputs[i].span(); }
const Shape& Session::inputShape() const { return impl_->inputShape; }
const Shape& Session::outputShape(size_t i) const { return impl_->outputShapes[i]; }

}  // namespace pith

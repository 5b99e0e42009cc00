// SPDX-License-Identifier: Apache-2.0
#include "pith/infer/session.h"

#include "pith/infer/lowering.h"

namespace pith {

struct Session::Impl {
  Shape inputShape;
  std::vector<Shape> outputShapes;
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
  impl->inputShape = memoryShape(graph.tensor(graph.input).shape);
  for (TensorId output : graph.outputs) {
    const Shape& shape = graph.tensor(output).shape;
    impl->outputShapes.push_back(memoryShape(shape));
    impl->outputs.emplace_back(static_cast<size_t>(elementCount(shape, limits).value_or(0)));
  }
  return Session(std::move(impl));
}

Status Session::run(const FloatBuffer& input) {
  const auto expected = static_cast<size_t>(elementCount(impl_->inputShape, Limits{}).value_or(0));
  if (input.size() != expected) {
    return Error{ErrorCode::shapeMismatch, "The input has " + std::to_string(input.size()) + " values; " +
                                               shapeText(impl_->inputShape) + " are expected."};
  }
  if (impl_->boundInput != input.data()) {
    // XNNPACK takes one type for inputs and outputs and only reads the former.
    std::vector<xnn_external_value> values{{0, const_cast<float*>(input.data())}};
    for (size_t i = 0; i < impl_->outputs.size(); ++i)
      values.push_back({static_cast<uint32_t>(i + 1), impl_->outputs[i].data()});
    PITH_RETURN_IF_ERROR(engineStatus(
        xnn_setup_runtime_v2(impl_->runtime.get(), values.size(), values.data()), "take its input"));
    impl_->boundInput = input.data();
  }
  return engineStatus(xnn_invoke_runtime(impl_->runtime.get()), "run the network");
}

std::span<const float> Session::output(size_t i) const { return impl_->outputs[i].span(); }
const Shape& Session::inputShape() const { return impl_->inputShape; }
const Shape& Session::outputShape(size_t i) const { return impl_->outputShapes[i]; }

}  // namespace pith

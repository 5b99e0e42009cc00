// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "conformance/case.h"
#include "pith/infer/session.h"
#include "pith/model/passes.h"
#include "pith/onnx/wire.h"

namespace pith::conformance {
namespace {

bool isRunnable(NumberType type) {
  return type == NumberType::float32 || type == NumberType::float16 || type == NumberType::bfloat16;
}

/// The first so many float inputs are given while the network runs.
std::vector<InputBinding> bindingsOf(const Case& test, const onnx::ModelMessage& model, size_t given) {
  std::vector<InputBinding> bindings;
  for (size_t i = 0; i < std::min(test.inputs.size(), model.inputs.size()); ++i) {
    Tensor tensor = test.inputs[i];
    tensor.isConstant = !isRunnable(tensor.element) || given == 0;
    if (!tensor.isConstant) --given;
    bindings.push_back({model.inputs[i].name, std::move(tensor)});
  }
  return bindings;
}

/// A map between the orders [N, C, H, W] and [N, H, W, C].
std::vector<float> turned(std::span<const float> values, const Shape& shape, bool toChannelsLast) {
  std::vector<float> result(values.begin(), values.end());
  if (shape.size() != 4) return result;
  const int64_t channels = shape[1], places = shape[2] * shape[3];
  for (int64_t i = 0; i < static_cast<int64_t>(values.size()); ++i) {
    const int64_t n = i / (channels * places), c = i / places % channels, place = i % places;
    const auto last = static_cast<size_t>((n * places + place) * channels + c), first = static_cast<size_t>(i);
    (toChannelsLast ? result[last] : result[first]) = toChannelsLast ? values[first] : values[last];
  }
  return result;
}

/// The suite's own tolerance; numbers of narrow formats must be the very same.
bool agrees(NumberType type, float seen, float expected) {
  if (std::isnan(expected) || std::isnan(seen)) return std::isnan(expected) && std::isnan(seen);
  if (seen == expected) return true;
  if (std::isinf(expected) || std::isinf(seen) || numberBits(type) < 16) return false;
  return std::abs(double{seen} - expected) <= 1e-7 + 1e-3 * std::abs(double{expected});
}

Outcome compare(size_t index, const Tensor& seen, const Tensor& expected) {
  const auto wrong = [&](const std::string& what) {
    return Outcome{Verdict::wrong, "output " + std::to_string(index) + " " + what};
  };
  if (seen.element != expected.element)
    return wrong("is " + std::string(numberTypeName(seen.element)) + ", not " + std::string(numberTypeName(expected.element)));
  if (seen.shape != expected.shape) return wrong("has shape " + shapeText(seen.shape) + ", not " + shapeText(expected.shape));
  std::vector<int64_t> integers = seen.integers;
  // Whole numbers that a network computes are held in floats.
  if (expected.type == DataType::int64) integers.insert(integers.end(), seen.floats.begin(), seen.floats.end());
  if (integers != expected.integers) return wrong("holds other whole numbers");
  if (expected.type == DataType::int64) return {Verdict::passed, ""};
  if (seen.floats.size() != expected.floats.size()) return wrong("holds another count of numbers");
  for (size_t i = 0; i < seen.floats.size(); ++i) {
    const bool isNarrow = numberBits(seen.element) < 16;
    const float value = isNarrow ? seen.floats[i] : roundedTo(seen.element, seen.floats[i], true);
    if (!agrees(seen.element, value, expected.floats[i]))
      return wrong("is " + std::to_string(value) + " at " + std::to_string(i) + ", not " + std::to_string(expected.floats[i]));
  }
  return {Verdict::passed, ""};
}

/// The numbers of all outputs, constant or computed.
Result<std::vector<Tensor>> outputsOf(const Case& test, const onnx::ModelMessage& model, size_t given) {
  const auto bindings = bindingsOf(test, model, given);
  PITH_ASSIGN_OR_RETURN(Graph graph, importOnnx(test.model, bindings, Limits{}));
  std::vector<Tensor> outputs;
  std::vector<TensorId> computed;
  for (TensorId id : graph.outputs) {
    const Tensor& tensor = graph.tensor(id);
    if (tensor.refusal) return *tensor.refusal;
    outputs.push_back(tensor);
    if (!tensor.isConstant) computed.push_back(id);
  }
  if (computed.empty()) return outputs;
  graph = cutGraph(std::move(graph), computed);
  PITH_RETURN_IF_ERROR(firstRefusal(graph));
  PITH_RETURN_IF_ERROR(simplify(graph, Limits{}));
  std::vector<FloatBuffer> buffers;
  std::vector<const FloatBuffer*> inputs;
  for (TensorId id : graph.inputs) {
    const auto bound = std::ranges::find(bindings, graph.tensor(id).name, &InputBinding::name);
    const auto values = turned(bound->tensor.floats, bound->tensor.shape, true);
    buffers.emplace_back(values.size());
    std::ranges::copy(values, buffers.back().data());
  }
  for (const FloatBuffer& buffer : buffers) inputs.push_back(&buffer);
  PITH_ASSIGN_OR_RETURN(Session session, Session::create(std::move(graph), Limits{}));
  PITH_RETURN_IF_ERROR(session.run(inputs));
  size_t next = 0;
  for (Tensor& output : outputs) {
    if (!output.isConstant) output.floats = turned(session.output(next++), output.shape, false);
  }
  return outputs;
}

Outcome runOnce(const Case& test, const onnx::ModelMessage& model, size_t given) {
  const auto outputs = outputsOf(test, model, given);
  if (!outputs) return {Verdict::refused, outputs.error().detail};
  if (test.outputs.size() > outputs->size()) return {Verdict::wrong, "there are too few outputs"};
  for (size_t i = 0; i < test.outputs.size(); ++i) {
    const Outcome outcome = compare(i, (*outputs)[i], test.outputs[i]);
    if (outcome.verdict != Verdict::passed) return outcome;
  }
  return {Verdict::passed, ""};
}

}  // namespace

Outcome runCase(const Case& test) {
  const auto model = onnx::readModel(test.model, Limits{});
  if (!model) return {Verdict::refused, model.error().detail};
  const auto floats = static_cast<size_t>(
      std::ranges::count_if(test.inputs, [](const Tensor& tensor) { return isRunnable(tensor.element); }));
  const bool isComputed = floats > 0 && std::ranges::any_of(test.outputs, [](const Tensor& tensor) { return isHeldAsFloat(tensor.element); });
  Outcome result = runOnce(test, *model, floats);
  for (const size_t given : {size_t{1}, size_t{0}}) {
    if (floats <= given) continue;
    const Outcome outcome = runOnce(test, *model, given);
    const bool counts = given > 0 || !isComputed;
    if (outcome.verdict == Verdict::wrong || (counts && outcome.verdict == Verdict::passed && result.verdict == Verdict::refused))
      result = outcome;
    if (result.verdict == Verdict::wrong) break;
  }
  return result;
}

}  // namespace pith::conformance

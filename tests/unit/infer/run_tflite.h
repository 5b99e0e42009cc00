// SPDX-License-Identifier: Apache-2.0
/// @file Runs a small TensorFlow Lite file through import, passes and kernels. Everything here is in the file's
/// order of axes, [N, H, W, C] for maps: what is expected is written down without the graph's own order.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "pith/infer/session.h"
#include "pith/model/passes.h"
#include "pith/onnx/onnx.h"
#include "pith/tflite/tflite.h"
#include "unit/tflite/builder.h"

namespace pith::test {

using Ints = TfliteBuilder::Ints;
using Doubles = std::vector<double>;

inline size_t countOf(const Ints& shape) {
  size_t count = 1;
  for (int32_t extent : shape) count *= static_cast<size_t>(extent);
  return count;
}

/// The element at these places.
inline size_t at(const Ints& shape, const Ints& places) {
  size_t index = 0;
  for (size_t i = 0; i < shape.size(); ++i)
    index = index * static_cast<size_t>(shape[i]) + static_cast<size_t>(places[i]);
  return index;
}

/// Calls for every place of a shape, in order.
inline void forEach(const Ints& shape, const std::function<void(const Ints&)>& call) {
  Ints place(shape.size(), 0);
  for (size_t left = countOf(shape); left > 0; --left) {
    call(place);
    for (size_t axis = shape.size(); axis-- > 0;) {
      if (++place[axis] < shape[axis]) break;
      place[axis] = 0;
    }
  }
}

/// Numbers from -2 to 2, exact in float32.
inline Doubles noise(size_t count, uint32_t seed = 1) {
  Doubles numbers(count);
  for (double& number : numbers) {
    seed = seed * 1664525U + 1013904223U;
    number = static_cast<float>(seed >> 8) / 4194304.0F - 2.0F;
  }
  return numbers;
}

inline std::vector<float> floatsOf(const Doubles& numbers) { return {numbers.begin(), numbers.end()}; }

inline Result<Session> loadTflite(const std::vector<uint8_t>& file, const Ints& input) {
  PITH_ASSIGN_OR_RETURN(Graph graph, importTflite(file, {input[1], input[2], input[3]}, Limits{}));
  const auto outputs = graph.outputs;
  graph = cutGraph(std::move(graph), outputs);
  PITH_RETURN_IF_ERROR(firstRefusal(graph));
  PITH_RETURN_IF_ERROR(simplify(graph, Limits{}));
  return Session::create(std::move(graph), Limits{});
}

/// The outputs for a picture; runs twice, because kernels keep state.
inline std::vector<std::vector<float>> runTflite(const std::vector<uint8_t>& file, const Ints& input, const Doubles& x,
                                                size_t count = 1) {
  auto session = loadTflite(file, input);
  EXPECT_TRUE(session.ok()) << session.error().detail;
  if (!session.ok()) return {};
  FloatBuffer buffer(x.size());
  for (size_t i = 0; i < x.size(); ++i) buffer.data()[i] = static_cast<float>(x[i]);
  std::vector<std::vector<float>> outputs;
  for (int round = 0; round < 2; ++round) {
    EXPECT_TRUE(session->run(buffer).ok());
    outputs.clear();
    for (size_t i = 0; i < count; ++i) outputs.emplace_back(session->output(i).begin(), session->output(i).end());
  }
  return outputs;
}

/// @param tolerance  relative above 1 and absolute below it: a few roundings of float32
inline void expectNear(const std::vector<float>& seen, const Doubles& expected, double tolerance = 2e-6) {
  ASSERT_EQ(seen.size(), expected.size());
  for (size_t i = 0; i < seen.size(); ++i)
    ASSERT_NEAR(seen[i], expected[i], tolerance * std::max(1.0, std::abs(expected[i]))) << "element " << i;
}

inline Error refusalOf(const std::vector<uint8_t>& file, const Ints& input) {
  const auto session = loadTflite(file, input);
  return session.ok() ? Error{ErrorCode::internalError, "nothing is wrong"} : session.error();
}

/// One operator between the picture and the only output; more inputs may be added before.
class OneOperator {
 public:
  explicit OneOperator(Ints input) : input_(std::move(input)), x(file.tensor(input_)) {}

  void node(int32_t code, const Ints& inputs, const Ints& output) {
    y = file.tensor(output);
    file.node(code, inputs, {y});
  }
  template <typename Options>
  void node(int32_t code, const Ints& inputs, const Ints& output, flatbuffers::Offset<Options> options) {
    y = file.tensor(output);
    file.node(code, inputs, {y}, tfl::OptionsTraits<Options>::enum_value, options.Union());
  }
  std::vector<float> run(const Doubles& numbers) {
    const auto outputs = runTflite(file.build({y}), input_, numbers);
    return outputs.empty() ? std::vector<float>{} : outputs[0];
  }
  ErrorCode refusal() { return refusalOf(file.build({y}), input_).code; }

  TfliteBuilder file;

 private:
  Ints input_;

 public:
  int32_t x, y = -1;
};

}  // namespace pith::test

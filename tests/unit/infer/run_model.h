// SPDX-License-Identifier: Apache-2.0
/// @file Runs a small ONNX file through import, passes and kernels, and compares with exact values.
#pragma once

#include <gtest/gtest.h>

#include "pith/infer/session.h"
#include "pith/model/passes.h"
#include "pith/onnx/onnx.h"
#include "unit/infer/naive.h"
#include "unit/onnx/builder.h"

namespace pith::test {

/// As encoders do it, with every weight left in the file at first.
inline Result<Session> load(const OnnxBuilder& builder, const Shape& nchw) {
  const auto file = builder.build();
  const InputSize size{nchw[2], nchw[3], nchw[1]};
  MemorySource source(file);
  PITH_ASSIGN_OR_RETURN(const OnnxFile onnx, OnnxFile::open(source, Limits{}, nullptr, 0));
  PITH_ASSIGN_OR_RETURN(Graph graph, onnx.outline(size));
  const auto outputs = graph.outputs;
  PITH_ASSIGN_OR_RETURN(graph, onnx.withWeights(std::move(graph), size, outputs));
  graph = cutGraph(std::move(graph), outputs);
  PITH_RETURN_IF_ERROR(firstRefusal(graph));
  PITH_RETURN_IF_ERROR(simplify(graph, Limits{}));
  return Session::create(std::move(graph), Limits{});
}

/// Kernels take NHWC.
inline FloatBuffer toNhwc(const Values& x) {
  FloatBuffer buffer(x.exact.size());
  size_t at = 0;
  for (int64_t y = 0; y < x.shape[2]; ++y) {
    for (int64_t column = 0; column < x.shape[3]; ++column) {
      for (int64_t c = 0; c < x.shape[1]; ++c)
        buffer.data()[at++] = static_cast<float>(x.exact[x.at(0, c, y, column)]);
    }
  }
  return buffer;
}

/// The model's first output for `x` is `expected`, each value within its bound. Run twice: kernels keep
/// state.
inline void expectOutput(const OnnxBuilder& builder, const Values& x, const Values& expected) {
  auto session = load(builder, x.shape);
  ASSERT_TRUE(session.ok()) << session.error().detail;
  const FloatBuffer input = toNhwc(x);
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(session->run(input).ok());
    const auto seen = session->output(0);
    ASSERT_EQ(seen.size(), expected.exact.size());
    const bool isMap = expected.shape.size() == 4;
    const Shape shape = isMap ? expected.shape : Shape{1, static_cast<int64_t>(seen.size()), 1, 1};
    if (isMap) {
      EXPECT_EQ(session->outputShape(0), (Shape{shape[0], shape[2], shape[3], shape[1]}));
    } else {
      EXPECT_EQ(session->outputShape(0), expected.shape);
    }
    size_t at = 0;
    for (int64_t y = 0; y < shape[2]; ++y) {
      for (int64_t column = 0; column < shape[3]; ++column) {
        for (int64_t c = 0; c < shape[1]; ++c, ++at) {
          const auto nchw = static_cast<size_t>((c * shape[2] + y) * shape[3] + column);
          ASSERT_NEAR(seen[at], expected.exact[nchw], expected.bound[nchw])
              << "channel " << c << ", row " << y << ", column " << column;
        }
      }
    }
  }
}

inline ErrorCode refusalOf(const OnnxBuilder& builder, const Shape& nchw) {
  const auto session = load(builder, nchw);
  return session.ok() ? ErrorCode::internalError : session.error().code;
}

/// At most 12 layers of at most 250 products, each of which rounds by 2^-24 of the largest number at hand: 2e-4 of it at the very
/// worst. A pixel that is computed from another place is wrong by a hundred times that.
inline float toleranceOf(const std::vector<float>& values) {
  float largest = 1.0F;
  for (float value : values) largest = std::max(largest, std::abs(value));
  return 2e-4F * largest;
}

}  // namespace pith::test
